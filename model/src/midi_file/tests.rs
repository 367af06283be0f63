//! What a musician notices about MIDI files.

mod bending;
mod hostile;
mod layout;
mod reading;
mod writing;

use super::*;
use crate::music::meter::TimeSignature;
use crate::music::note::{Channel, Key, Velocity};

/// A file of these tracks, whose bytes stand here as the standard has them.
fn file(format: u8, division: [u8; 2], tracks: &[&[u8]]) -> Vec<u8> {
    let count = u8::try_from(tracks.len()).expect("few tracks");
    let mut bytes = b"MThd\0\0\0\x06\0".to_vec();
    bytes.extend([format, 0, count]);
    bytes.extend(division);
    for track in tracks {
        bytes.extend(b"MTrk");
        bytes.extend(u32::try_from(track.len()).expect("a short track").to_be_bytes());
        bytes.extend(*track);
    }
    bytes
}

/// 96 ticks a quarter, so that a sixteenth lasts 24.
const DIVISION: [u8; 2] = [0, 96];
const END: &[u8] = b"\0\xff\x2f\0";

fn one_track(events: &[u8]) -> Vec<u8> {
    file(0, DIVISION, &[&[events, END].concat()])
}

fn key(number: u8) -> Key {
    Key::new(number).expect("a key")
}

/// (start, end, key) of the first track, in steps.
fn notes(bytes: &[u8]) -> Vec<(u32, u32, u8)> {
    let song = Song::parse(bytes).expect("a good file");
    song.tracks[0].notes(song.spans()).iter().map(|note| (note.start, note.end, note.key.get())).collect()
}

/// What players read: (start, end, key) of the first track and what is said about it.
fn lenient(bytes: &[u8], expected: &[(u32, u32, u8)], said: &[&str]) {
    let file = MidiFile::parse(bytes.to_vec()).expect("a file that any player plays");
    let song = file.song();
    let found: Vec<_> =
        song.tracks[0].notes(song.spans()).iter().map(|note| (note.start, note.end, note.key.get())).collect();
    assert_eq!(found, expected, "{bytes:02x?}");
    let warnings: Vec<_> = file.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(warnings, said, "{bytes:02x?}");
}

/// Two voices over three measures, one note over a bar line.
fn tune() -> Song {
    let mut song = Song::steady(TimeSignature::FOUR_FOUR, 96.0, 3).expect("a supported meter");
    for (name, channel, notes) in
        [("Lead", 0, [(0, 4, 72), (4, 20, 74), (20, 48, 76)]), ("Bass", 1, [(0, 16, 36), (16, 32, 43), (40, 41, 36)])]
    {
        let channel = Channel::new(channel).expect("a channel");
        let track = Track { channel, program: 33, ..Track::new(name) };
        let long = |(start, end, number)| LongNote { start, end, key: key(number), velocity: Velocity::DEFAULT };
        song.add_notes(track, notes.into_iter().map(long).collect());
    }
    song
}
