//! Notes of a MIDI file as they were played: in seconds, by the names of their tracks.

use midly::{MetaMessage, MidiMessage, Smf, Timing, TrackEventKind};

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

/// The notes of every track that has a name; `None` if this is no MIDI file of ticks per quarter.
pub(super) fn read(bytes: &[u8]) -> Option<Vec<(String, Vec<Played>)>> {
    let smf = Smf::parse(bytes).ok()?;
    let Timing::Metrical(ticks) = smf.header.timing else { return None };
    let per_quarter = f64::from(ticks.as_int().max(1));
    let mut tempos: Vec<(u64, u32)> = Vec::new();
    for track in &smf.tracks {
        let mut tick = 0;
        for event in track {
            tick += u64::from(event.delta.as_int());
            if let TrackEventKind::Meta(MetaMessage::Tempo(micros)) = event.kind {
                tempos.push((tick, micros.as_int()));
            }
        }
    }
    tempos.sort_by_key(|&(tick, _)| tick);
    let seconds = |tick: u64| {
        let (mut sum, mut last, mut micros) = (0.0, 0, 500_000);
        for &(at, next) in tempos.iter().take_while(|&&(at, _)| at < tick) {
            sum += span(last, at) * f64::from(micros);
            (last, micros) = (at, next);
        }
        (sum + span(last, tick) * f64::from(micros)) / per_quarter / 1e6
    };
    let mut out = Vec::new();
    for track in &smf.tracks {
        let (mut tick, mut name, mut notes) = (0, None, Vec::new());
        let mut open: Vec<(u8, u64, Key, Velocity)> = Vec::new();
        for event in track {
            tick += u64::from(event.delta.as_int());
            match event.kind {
                TrackEventKind::Meta(MetaMessage::TrackName(text)) => {
                    name = Some(String::from_utf8_lossy(text).trim().to_owned());
                }
                TrackEventKind::Midi { channel, message } => {
                    let (key, velocity) = match message {
                        MidiMessage::NoteOn { key, vel } => (key, vel.as_int()),
                        MidiMessage::NoteOff { key, .. } => (key, 0),
                        _ => continue,
                    };
                    let (Some(key), channel) = (Key::new(key.as_int()), channel.as_int()) else { continue };
                    if let Some(velocity) = Velocity::new(velocity) {
                        open.push((channel, tick, key, velocity));
                    } else if let Some(at) = open.iter().position(|note| note.0 == channel && note.2 == key) {
                        let (_, start, key, velocity) = open.remove(at);
                        notes.push(Played { start: seconds(start), end: seconds(tick), key, velocity });
                    }
                }
                _ => {}
            }
        }
        if let Some(name) = name {
            out.push((name, notes));
        }
    }
    Some(out)
}

#[expect(clippy::cast_precision_loss, reason = "ticks of a file")]
fn span(from: u64, to: u64) -> f64 {
    (to - from) as f64
}
