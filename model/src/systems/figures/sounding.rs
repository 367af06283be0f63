//! What some voices of a measure sound, step by step.

use crate::music::band::{BandMeasure, VoiceMask};
use crate::music::chord::PitchClasses;
use crate::music::measure::MAX_STEPS;
use crate::music::note::Note;

/// How many notes of each class sound at each step, in C.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sounding {
    steps: u8,
    notes: [[u8; 12]; MAX_STEPS as usize],
}

impl Sounding {
    /// Of these voices of a measure, as far as they are there, whose music lies `home` semitones below C.
    pub(super) fn of(measure: &BandMeasure, voices: VoiceMask, home: i32) -> Self {
        let mut out = Self { steps: measure.steps(), notes: Default::default() };
        for voice in voices.and(measure.present).iter() {
            for note in measure.voice(voice).notes() {
                out.at_each_step(note, class_in_c(note, home), |notes| *notes += 1);
            }
        }
        out
    }

    /// The same, if a note that it has sounded another class.
    pub(super) fn with(mut self, note: &Note, (from, to): (usize, usize)) -> Self {
        self.at_each_step(note, from, |notes| *notes -= 1);
        self.at_each_step(note, to, |notes| *notes += 1);
        self
    }

    fn at_each_step(&mut self, note: &Note, class: usize, change: impl Fn(&mut u8)) {
        let steps = usize::from(note.step.0)..usize::from(note.end().min(self.steps));
        self.notes[steps].iter_mut().for_each(|notes| change(&mut notes[class]));
    }

    /// How many notes of each class sound at each step.
    pub(super) fn steps(&self) -> &[[u8; 12]] {
        &self.notes[..usize::from(self.steps)]
    }

    /// The classes that sound at each step.
    pub(super) fn classes(&self) -> Vec<PitchClasses> {
        let classes = |notes: &[u8; 12]| {
            let sounding = (0u8..).zip(notes).filter(|(_, count)| **count > 0);
            sounding.fold(PitchClasses::NONE, |all, (class, _)| all.or(PitchClasses::of(&[class])))
        };
        self.steps().iter().map(classes).collect()
    }

    /// How long each class sounds from one step to another, in steps.
    pub(super) fn between(&self, from: u8, to: u8) -> [f32; 12] {
        let mut out = [0.0; 12];
        for notes in &self.notes[usize::from(from)..usize::from(to)] {
            out.iter_mut().zip(notes).for_each(|(sum, &count)| *sum += f32::from(count));
        }
        out
    }
}

/// The class of a note whose music lies `home` semitones below C.
pub(super) fn class_in_c(note: &Note, home: i32) -> usize {
    usize::try_from((i32::from(note.key.get()) + home).rem_euclid(12)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::band::BandSpec;
    use crate::music::measure::Measure;
    use crate::music::note::Key;

    #[test]
    fn a_class_sounds_as_long_as_its_notes_and_moves_with_one_of_them() {
        let chords = BandSpec::pop().voice("Chords").expect("chords");
        let notes = [Note::new(0, 4, Key::clamped(60)), Note::new(2, 6, Key::clamped(72))];
        let mut measure = BandMeasure::missing(8);
        measure.set(chords, &Measure::from_notes(8, notes));
        // The music is in D: what is a C there is a B flat in C.
        let sounding = Sounding::of(&measure, VoiceMask::only(chords), -2);
        assert_eq!(
            (sounding.between(0, 8)[10], sounding.between(2, 4)[10], sounding.between(4, 8)[10]),
            (10.0, 4.0, 4.0)
        );
        let then = sounding.with(&notes[0], (10, 2));
        assert_eq!((then.between(0, 8)[10], then.between(0, 8)[2]), (6.0, 4.0));
        let at = |step: usize| then.classes()[step];
        assert_eq!(
            (at(0), at(3), at(5)),
            (PitchClasses::of(&[2]), PitchClasses::of(&[2, 10]), PitchClasses::of(&[10]))
        );
        assert_eq!(then.with(&notes[0], (2, 10)), sounding);
    }
}
