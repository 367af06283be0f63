//! What the band played before, and plays again.

use super::choose::{Rhythms, bands_alike};
use super::ground::Returning;
use super::weighing::{Weighing, Worth};
use crate::music::band::BandMeasure;

/// How much of a measure must lie in the chords to be played again, 0…1. Chosen: a passing note in five is no wrong chord.
const IN_CHORD: f32 = 0.8;

/// How much it counts that a measure followed what is played now. Chosen: a rhythm is kept.
const FOLLOWED: f32 = 3.5;

/// The same where chords are only foretold. Chosen on the validation songs, by how often measures of people's come again: a new
/// measure, whose tones lie where they fit best, is worth the more there.
const FOLLOWED_FORETOLD: f32 = 3.4;

/// How much it counts that a measure lies whole phrases of four back. Chosen on the validation songs: there people's
/// measures come again most often.
const PHRASES: f32 = 0.25;

/// How much it counts that the measure is the one that the user's music comes back to, if that comes again just as it was.
/// Chosen.
const RETURNS: f32 = 2.0;

/// From which likeness on the user's music comes again. Chosen: as where figures are chosen.
const RETURNS_FROM: f32 = 0.6;

/// How much better than a new measure one must be to be played again. Chosen on the validation songs, by how often measures
/// of people's come again.
const BETTER: f32 = 0.3;

/// Where a measure lies that may be played again.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// How many measures ago, from the wanted one.
    pub(super) ago: usize,
    /// The rhythms of the measure before it.
    pub(super) before: Option<Rhythms>,
}

/// What it takes to be played again.
pub(super) struct Again<'a> {
    /// By what it is weighed.
    pub(super) weighing: &'a Weighing<'a>,
    /// What the user's music comes back to.
    pub(super) returning: Option<Returning<'a>>,
}

impl Again<'_> {
    /// How much better than a new one an old measure is; `None` if it may not be played again.
    pub(super) fn better(&self, then: (&BandMeasure, Worth), place: Place, new: Worth) -> Option<f32> {
        let (measure, old) = then;
        let less = old.in_chords.0 < new.in_chords.0 || old.in_chords.1 < new.in_chords.1;
        if old.in_chords.0 < IN_CHORD || self.weighing.known && less {
            return None;
        }
        let mut score = old.worth - new.worth;
        let steady = self.weighing.steady;
        let followed = if self.weighing.known { FOLLOWED } else { FOLLOWED_FORETOLD };
        score += place.before.map_or(0.0, |before| steady * followed * bands_alike(&self.weighing.now, &before));
        if place.ago.is_multiple_of(4) {
            score += steady * self.weighing.habit() * PHRASES;
        }
        if let Some(Returning { then, lag }) = self.returning
            && std::ptr::eq(then, measure)
        {
            score += steady * RETURNS * (lag.likeness - RETURNS_FROM).max(0.0) / (1.0 - RETURNS_FROM);
        }
        (score >= self.weighing.habit() * BETTER).then_some(score)
    }
}

#[cfg(test)]
mod tests {
    use super::super::examples::{ground, held, known, weighing};
    use super::super::excerpt::PARTS;
    use super::*;

    /// How much better than new an old measure is, so many measures back, over this chord.
    fn better(chord: &str, known: bool, old: &BandMeasure, new: &BandMeasure, ago: usize) -> Option<f32> {
        better_to(chord, (known, false), old, new, ago)
    }

    /// The same where the user plays the chords, or does not.
    fn better_to(
        chord: &str,
        (known, beneath): (bool, bool),
        old: &BandMeasure,
        new: &BandMeasure,
        ago: usize,
    ) -> Option<f32> {
        let (ground, now) = (ground(self::known(chord), new), [None; PARTS]);
        let weighing = Weighing { beneath, known, ..weighing(&ground) };
        let (worth, fresh) = (weighing.worth(old, &now), weighing.worth(new, &now));
        Again { weighing: &weighing, returning: None }.better((old, worth), Place { ago, before: None }, fresh)
    }

    #[test]
    fn what_was_played_comes_back_over_its_chords_and_never_over_others() {
        let (c, f) = (held(&[60, 64, 67], 36), held(&[60, 65, 69], 41));
        // The new measure's bass is wrong, and half of it is foreign: the old one is better.
        let new = held(&[61, 64, 66], 42);
        assert!(better("C", false, &c, &new, 4).is_some());
        assert!(better("C", false, &f, &new, 4).is_none(), "two of its four tones are foreign");
        assert!(better("F", false, &f, &new, 4).is_some());
        assert!(better("C", false, &c, &c, 4).is_none(), "nothing speaks for it but that it was there");
    }

    #[test]
    fn what_lies_phrases_back_comes_back_before_what_does_not() {
        let (c, new) = (held(&[60, 64, 67], 36), held(&[61, 64, 66], 42));
        let score = |ago| better("C", false, &c, &new, ago).expect("it may come back");
        assert!(score(4) > score(3) && (score(8) - score(4)).abs() < 1e-6 && (score(3) - score(5)).abs() < 1e-6);
    }

    #[test]
    fn beneath_the_users_chords_a_bass_beside_the_root_does_not_come_back() {
        // All of it lies in the chord, over its fifth; half of the new one is foreign, over the root.
        let (fifth, root) = (held(&[60, 64, 67], 43), held(&[61, 64, 66], 36));
        assert!(better_to("C", (false, false), &fifth, &root, 4).is_some());
        assert!(better_to("C", (false, true), &fifth, &root, 4).is_none());
    }

    #[test]
    fn where_a_chart_says_the_chord_nothing_comes_back_that_lies_less_in_it() {
        // Its one foreign tone is let be where chords are foretold.
        let (nearly, new) = (held(&[60, 64, 65, 67], 36), held(&[60, 64, 67], 43));
        let over = |known| better("C", known, &nearly, &new, 4).is_some();
        assert!(better("C", true, &held(&[60, 64, 67], 36), &held(&[61, 63, 66], 42), 4).is_some());
        assert!(!over(true));
    }
}
