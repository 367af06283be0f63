//! Notes of a MIDI file as they were played: in seconds, by the names of their tracks.

use midly::MidiMessage;

use crate::midi_file::MidiFile;
use crate::music::note::{Key, Velocity};

/// A note as it was played.
#[derive(Clone, Copy, Debug)]
pub(super) struct Played {
    /// In seconds.
    pub(super) start: f64,
    /// In seconds.
    pub(super) end: f64,
    pub(super) key: Key,
    pub(super) velocity: Velocity,
}

/// The notes of every track that has a name, read as all files are.
///
/// A release ends the first of several strokes of one key, where a player would end the newest: that pairing stays.
pub(super) fn read(file: &MidiFile) -> Vec<(String, Vec<Played>)> {
    let seconds = file.seconds();
    let mut out = Vec::new();
    for track in file.strokes() {
        let Some(name) = track.name else { continue };
        let mut notes = Vec::new();
        let mut open: Vec<(u8, u64, Key, Velocity)> = Vec::new();
        for (tick, channel, message) in track.strokes {
            let (key, velocity) = match message {
                MidiMessage::NoteOn { key, vel } => (key, vel.as_int()),
                MidiMessage::NoteOff { key, .. } => (key, 0),
                _ => continue,
            };
            let Some(key) = Key::new(key.as_int()) else { continue };
            if let Some(velocity) = Velocity::new(velocity) {
                open.push((channel, tick, key, velocity));
            } else if let Some(at) = open.iter().position(|note| note.0 == channel && note.2 == key) {
                let (_, start, key, velocity) = open.remove(at);
                notes.push(Played { start: seconds(start), end: seconds(tick), key, velocity });
            }
        }
        out.push((String::from_utf8_lossy(&name).trim().to_owned(), notes));
    }
    out
}
