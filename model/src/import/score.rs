//! From notes in sixteenths to a song in one meter.

use crate::midi_file::{LongNote, Song, Track};
use crate::music::meter::TimeSignature;
use crate::music::note::Channel;

/// A voice to be: its track's name, its channel, its program, its notes.
pub(super) type Part = (&'static str, u8, u8, Vec<LongNote>);

/// A song of whole measures that holds all of these notes; `None` for a meter without whole sixteenths.
pub(super) fn song(meter: TimeSignature, bpm: f64, parts: Vec<Part>) -> Option<Song> {
    let end = parts.iter().flat_map(|part| &part.3).map(|note| note.end).max().unwrap_or(0);
    let steps = u32::from(meter.steps()?).max(1);
    let per_measure = meter.parts()?.count();
    let measures = usize::try_from(end.div_ceil(steps)).ok()? * per_measure;
    let mut song = Song::steady(meter, bpm, measures)?;
    for (name, channel, program, notes) in parts {
        let mut track = Track::new(name);
        track.channel = Channel::new(channel)?;
        track.program = program;
        song.add_notes(track, notes);
    }
    Some(song)
}
