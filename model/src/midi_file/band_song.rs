//! A song as one band plays it: its voices found by the names of the tracks.

use crate::midi_file::Song;
use crate::music::band::{BandMeasure, BandSpec, Polyphony, VoiceId, VoiceMask};
use crate::music::measure::Measure;
use crate::music::note::Note;

/// A song in the measures of a band.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BandSong {
    /// What the band plays, measure by measure; each knows its number of steps.
    pub measures: Vec<BandMeasure>,
    /// The voices for which the song has a track. The others are missing, not silent.
    pub present: VoiceMask,
}

impl BandSong {
    /// The voices of this band in a song. A voice is the first track of its name (letter case
    /// does not matter); a monophonic voice keeps of its notes what [`monophonic`] keeps.
    #[must_use]
    pub fn new(song: &Song, spec: &BandSpec) -> Self {
        let mut out = Self {
            measures: song.spans().iter().map(|span| BandMeasure::missing(span.steps)).collect(),
            present: VoiceMask::NONE,
        };
        for (index, voice) in spec.voices.iter().enumerate() {
            let (Some(id), Some(track)) = (VoiceId::new(index), song.track(&voice.name)) else { continue };
            match voice.polyphony {
                Polyphony::Mono => out.set(id, &monophonic(&track.measures)),
                Polyphony::Poly => out.set(id, &track.measures),
            }
        }
        out
    }

    /// Gives a voice its measures.
    pub fn set(&mut self, voice: VoiceId, measures: &[Measure]) {
        for (band, measure) in self.measures.iter_mut().zip(measures) {
            band.set(voice, measure);
        }
        self.present = self.present.with(voice);
    }

    /// The song moved by so many semitones.
    #[must_use]
    pub fn transposed(&self, semitones: i32) -> Self {
        let measures = self.measures.iter().map(|measure| measure.transposed(semitones)).collect();
        Self { measures, present: self.present }
    }

    /// How long each pitch class sounds in these voices in the whole song, in steps: `[12]`.
    #[must_use]
    pub fn chroma(&self, voices: VoiceMask) -> [f32; 12] {
        let mut sum = [0.0; 12];
        for measure in &self.measures {
            for (total, part) in sum.iter_mut().zip(measure.chroma(voices)) {
                *total += part;
            }
        }
        sum
    }
}

/// What a monophonic voice keeps: the highest of the notes that begin together. Each lasts until the next begins or
/// until its own end, over bar lines too.
#[must_use]
pub fn monophonic(measures: &[Measure]) -> Vec<Measure> {
    let mut out: Vec<Measure> = Vec::with_capacity(measures.len());
    // The note that the last measure hands on.
    let mut held: Option<Note> = None;
    for measure in measures {
        let mut line = Measure::silent(measure.steps());
        let carried = held
            .take()
            .and_then(|held| measure.notes().iter().copied().find(|note| note.continued && note.key == held.key));
        let mut last = carried;
        let mut at = None;
        // Notes are ordered by step and then key: the highest of a step comes last.
        let mut onsets = [None; 16];
        for note in measure.onsets() {
            onsets[usize::from(note.step.0)] = Some(*note);
        }
        for note in onsets.into_iter().flatten() {
            if let Some(earlier) = last.take() {
                push_until(&mut line, earlier, note.step.0);
            }
            at.get_or_insert(note.step.0);
            last = Some(note);
        }
        if let Some(note) = last {
            push_until(&mut line, note, measure.steps());
            held = (note.continues && note.end() == measure.steps()).then_some(note);
        }
        // A note that was handed on is cut where nothing takes it over.
        if let Some(before) = out.last_mut()
            && (carried.is_none() || at == Some(0))
        {
            before.for_each_mut(|note| note.continues = false);
        }
        out.push(line);
    }
    if let Some(last) = out.last_mut() {
        last.for_each_mut(|note| note.continues = false);
    }
    out
}

/// Puts in a note that ends at this step at the latest.
fn push_until(line: &mut Measure, mut note: Note, step: u8) {
    if note.end() > step {
        note.length = step.saturating_sub(note.step.0);
    }
    if note.end() < line.steps() {
        note.continues = false;
    }
    line.push(note);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::midi_file::{LongNote, Track, lay_out};
    use crate::music::meter::TimeSignature;
    use crate::music::note::{Key, Velocity};

    /// (start, end, key) in steps.
    type Line = [(u32, u32, u8)];

    fn song(tracks: &[(&str, &Line)]) -> Song {
        let mut song = Song::steady(TimeSignature::FOUR_FOUR, 120.0, 3).expect("a supported meter");
        for &(name, notes) in tracks {
            song.add_notes(Track::new(name), long(notes));
        }
        song
    }

    fn long(notes: &Line) -> Vec<LongNote> {
        let note = |&(start, end, key): &(u32, u32, u8)| {
            let key = Key::new(key).expect("a key");
            LongNote { start, end, key, velocity: Velocity::DEFAULT }
        };
        notes.iter().map(note).collect()
    }

    /// A line of these notes keeps those.
    fn check(notes: &Line, expected: &Line) {
        let song = song(&[("Lead", notes)]);
        let measures = monophonic(&song.tracks[0].measures);
        assert_eq!(measures, lay_out(long(expected), song.spans()).0, "{notes:?}");
    }

    #[test]
    fn a_monophonic_voice_keeps_the_highest_until_the_next() {
        check(&[(0, 4, 60), (0, 8, 67), (4, 6, 64)], &[(0, 4, 67), (4, 6, 64)]);
        check(&[(0, 2, 60), (8, 12, 62)], &[(0, 2, 60), (8, 12, 62)]);
    }

    #[test]
    fn a_held_note_ends_where_the_next_begins_after_the_bar_line() {
        check(&[(12, 40, 60), (20, 24, 62)], &[(12, 20, 60), (20, 24, 62)]);
        check(&[(12, 40, 60), (16, 24, 62)], &[(12, 16, 60), (16, 24, 62)]);
        check(&[(12, 40, 60)], &[(12, 40, 60)]);
        check(&[(12, 40, 60), (12, 20, 64)], &[(12, 20, 64)]);
    }

    #[test]
    fn a_voice_without_a_track_is_missing_and_one_without_notes_is_silent() {
        let spec = BandSpec::pop();
        let band = BandSong::new(&song(&[("LEAD", &[(0, 4, 60)]), ("Bass", &[])]), &spec);
        let voice = |name| spec.voice(name).expect("a voice of the pop band");
        assert_eq!(band.present, [voice("Lead"), voice("Bass")].into_iter().collect());
        assert!(!band.measures[0].present.has(voice("Chords")));
        assert!(band.measures.iter().all(|measure| measure.present == band.present));
        assert!(band.measures[0].voice(voice("Bass")).is_silent());
    }

    #[test]
    fn chords_keep_all_their_notes() {
        let spec = BandSpec::pop();
        let band = BandSong::new(&song(&[("Chords", &[(0, 4, 60), (0, 4, 64), (2, 4, 67)])]), &spec);
        let chords = spec.voice("Chords").expect("a voice of the pop band");
        assert_eq!(band.measures[0].voice(chords).notes().len(), 3);
        assert_eq!(band.transposed(2).chroma(band.present)[2], 4.0);
    }
}
