//! Pieces of bands as songs.

use std::ops::Range;

use crate::midi_file::band_song::{BandSong, Casting};
use crate::midi_file::{NewVoice, Song, Track};
use crate::music::band::{BandMeasure, BandSpec, VoiceId, VoiceMask};
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

/// The measures of these in which a band can play, in stretches: see [`Song::is_played`].
#[must_use]
pub fn played(song: &Song, measures: Range<usize>) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    for at in measures.filter(|&at| song.is_played(at)) {
        match out.last_mut() {
            Some(last) if last.end == at => last.end = at + 1,
            _ => out.push(at..at + 1),
        }
    }
    out
}

/// Voices of a piece as they are written into its file, in these stretches of measures: into the tracks that are cast for
/// them, else into tracks of their own.
#[must_use]
pub fn new_voices(
    song: &Song,
    (spec, casting): (&BandSpec, &Casting),
    piece: &BandSong,
    voices: VoiceMask,
    stretches: &[Range<usize>],
) -> Vec<NewVoice> {
    let step = |measure: usize| song.spans().get(measure).map(|span| span.start);
    let end = song.spans().last().map_or(0, crate::midi_file::Span::end);
    let anew = |stretch: &Range<usize>| step(stretch.start).unwrap_or(end)..step(stretch.end).unwrap_or(end);
    let anew: Vec<Range<u32>> = stretches.iter().map(anew).collect();
    let mut out = Vec::new();
    for id in voices.iter() {
        let Some(voice) = spec.voices.get(id.index()) else { continue };
        let measures = line(&piece.measures, id);
        let added = Track { channel: voice.channel, program: voice.program, measures, ..Track::new(&voice.name) };
        let line = added.notes(song.spans());
        let tracks = casting.voices.get(id.index()).cloned().unwrap_or_default();
        out.push(NewVoice { tracks, added, anew: anew.clone(), line, played: Vec::new() });
    }
    out
}
