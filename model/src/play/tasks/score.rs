//! Pieces of bands as songs.

use crate::midi_file::{Song, Track};
use crate::music::band::{BandMeasure, BandSpec, VoiceId};
use crate::music::measure::Measure;

/// Puts what a voice plays into a song: into the track of its name, which keeps channel and program, else into a new one.
/// All other tracks stay as they are.
pub fn put(song: &mut Song, spec: &BandSpec, voice: VoiceId, measures: Vec<Measure>) {
    let Some(voice) = spec.voices.get(voice.index()) else { return };
    let found = song.tracks.iter_mut().find(|track| track.name.eq_ignore_ascii_case(&voice.name));
    match found {
        Some(track) => track.measures = measures,
        None => {
            let (channel, program) = (voice.channel, voice.program);
            song.tracks.push(Track { channel, program, measures, ..Track::new(&voice.name) });
        }
    }
}

/// What one voice plays in these measures.
#[must_use]
pub fn line(measures: &[BandMeasure], voice: VoiceId) -> Vec<Measure> {
    measures.iter().map(|measure| *measure.voice(voice)).collect()
}

/// A song of so many measures in the tempo and meter of another, without tracks; `None` where its meter changes.
#[must_use]
pub fn sheet(like: &Song, measures: usize) -> Option<Song> {
    let [only] = like.meters() else { return None };
    let bpm = like.tempos.first().map_or(120.0, |tempo| tempo.bpm());
    Song::steady(only.meter, bpm, measures)
}
