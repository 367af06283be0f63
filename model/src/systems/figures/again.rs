//! What the band played before, and plays again.

use super::choose::{Rhythms, bands_alike};
use super::ground::{Ground, Returning};
use crate::music::band::{BandMeasure, VoiceId, VoiceMask};
use crate::predict::energy::Energy;

/// How much of a measure must lie in the chords to be played again, 0…1. Chosen: a passing note in five is no wrong chord.
const IN_CHORD: f32 = 0.8;

/// How much it counts that a measure's first bass notes are its chords'. Chosen: half of what all of its notes count.
const BASS: f32 = 0.5;

/// The same where chords are only foretold. Chosen on the validation songs: with more the bass has people's root oftener, and
/// repeats its note oftener, too.
const BASS_FORETOLD: f32 = 0.7;

/// The same where the user plays the chords, beneath which a wrong root is heard at once. Measured: the bass then has people's
/// root as often as before what fits counted twice as much (docs/results.md).
const BASS_BENEATH: f32 = 2.5;

/// How much it counts that a measure fits what the user is imagined to play. Chosen on the validation songs: five times as much as
/// the chords.
const FIT: f32 = 5.0;

/// How much each note of a measure counts. Chosen on the validation songs: what has few notes fits more easily, and the band
/// would play fewer than people.
const NOTE: f32 = 0.007;

/// How much it counts that a measure followed what is played now. Chosen: a rhythm is kept.
const FOLLOWED: f32 = 0.5;

/// How much it counts that a measure lies whole phrases of four back. Chosen on the validation songs: there people's
/// measures come again most often.
const PHRASES: f32 = 0.25;

/// How much it counts that the measure is the one that the user's music comes back to, if that comes again just as it was.
/// Chosen.
const RETURNS: f32 = 0.5;

/// From which likeness on the user's music comes again. Chosen: as where figures are chosen.
const RETURNS_FROM: f32 = 0.6;

/// How much better than a new measure one must be to be played again. Chosen on the validation songs, by how often measures
/// of people's come again.
const BETTER: f32 = 0.5;

/// How much each note, what was played before and being better than a new measure counts where chords are only foretold, beside
/// where they are known. Chosen on the validation songs: what fits the user comes back the more.
const FORETOLD: f32 = 0.5;

/// Where a measure lies that may be played again.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// How many measures ago, from the wanted one.
    pub(super) ago: usize,
    /// The rhythms of the measure before it.
    pub(super) before: Option<Rhythms>,
}

/// What a measure is worth, whenever it was played.
#[derive(Clone, Copy, Debug)]
pub(super) struct Worth {
    /// The share of it that lies in the chords, and whether its bass is theirs.
    in_chords: (f32, f32),
    /// All that speaks for it.
    worth: f32,
}

/// What it takes to be played again.
pub(super) struct Again<'a> {
    /// The chords, and the user.
    pub(super) ground: &'a Ground,
    /// The voices that are played in figures.
    pub(super) own: VoiceMask,
    /// The bass.
    pub(super) bass: Option<VoiceId>,
    /// The user plays the chords.
    pub(super) beneath: bool,
    /// How far the tonality lies from C.
    pub(super) home: i32,
    /// What is played in the measure before.
    pub(super) now: Rhythms,
    /// What the user's music comes back to.
    pub(super) returning: Option<Returning<'a>>,
    /// How much of it is wanted.
    pub(super) energy: Energy,
    /// How much counts what was played, 0…1.
    pub(super) steady: f32,
    /// Chords are known, not foretold: nothing may come again that lies less in them.
    pub(super) known: bool,
}

impl Again<'_> {
    /// What this measure is worth.
    #[expect(clippy::cast_precision_loss, reason = "a measure's notes")]
    pub(super) fn worth(&self, measure: &BandMeasure) -> Worth {
        let notes = self.own.iter().map(|voice| measure.voice(voice).onsets().count()).sum();
        let more = self.habit() * NOTE * notes as f32 + self.energy.worth(notes);
        let measure = measure.transposed(self.home);
        let in_chords = self.ground.in_chords(&measure, self.own, self.bass);
        let bass = match (self.beneath, self.known) {
            (true, _) => BASS_BENEATH,
            (false, true) => BASS,
            (false, false) => BASS_FORETOLD,
        };
        let fit = self.ground.user.fit(&measure, self.own);
        let worth = in_chords.0 + bass * in_chords.1 + FIT * fit + more;
        Worth { in_chords, worth }
    }

    /// How much better than a new one an old measure is; `None` if it may not be played again.
    pub(super) fn better(&self, then: (&BandMeasure, Worth), place: Place, new: Worth) -> Option<f32> {
        let (measure, old) = then;
        let less = old.in_chords.0 < new.in_chords.0 || old.in_chords.1 < new.in_chords.1;
        if old.in_chords.0 < IN_CHORD || self.known && less {
            return None;
        }
        let mut score = old.worth - new.worth;
        let steady = self.steady * self.habit();
        score += place.before.map_or(0.0, |before| steady * FOLLOWED * bands_alike(&self.now, &before));
        if place.ago.is_multiple_of(4) {
            score += steady * PHRASES;
        }
        if let Some(Returning { then, lag }) = self.returning
            && std::ptr::eq(then, measure)
        {
            score += steady * RETURNS * (lag.likeness - RETURNS_FROM).max(0.0) / (1.0 - RETURNS_FROM);
        }
        (score >= self.habit() * BETTER).then_some(score)
    }

    /// How much all counts that is neither the chords nor the fit.
    fn habit(&self) -> f32 {
        if self.known { 1.0 } else { FORETOLD }
    }
}

#[cfg(test)]
mod tests {
    use super::super::imagined::Imagined;
    use super::*;
    use crate::music::band::BandSpec;
    use crate::music::chart::MeasureChords;
    use crate::music::measure::Measure;
    use crate::music::note::{Key, Note};
    use crate::predict::predictor::PredictRequest;

    /// Chords and Bass hold these keys for a measure.
    fn held(chords: &[i32], bass: i32) -> BandMeasure {
        let spec = BandSpec::pop();
        let hold = |keys: &[i32]| Measure::from_notes(16, keys.iter().map(|&key| Note::new(0, 16, Key::clamped(key))));
        let mut out = BandMeasure::missing(16);
        out.set(spec.voice("Chords").expect("chords"), &hold(chords));
        out.set(spec.voice("Bass").expect("a bass"), &hold(&[bass]));
        out
    }

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
        let spec = BandSpec::pop();
        let mut request = PredictRequest::empty();
        request.chords = MeasureChords::NONE;
        request.chords.set_from(0, Some(chord.parse().expect("a chord")));
        let bass = spec.voice("Bass");
        let ground = Ground::new(&request, new, bass, Imagined::default());
        let now = [None; 3];
        let again = Again {
            ground: &ground,
            own: new.present,
            bass,
            beneath,
            home: 0,
            now,
            returning: None,
            energy: Energy::NEUTRAL,
            steady: 1.0,
            known,
        };
        let (worth, fresh) = (again.worth(old), again.worth(new));
        again.better((old, worth), Place { ago, before: None }, fresh)
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
        // All of it lies in the chord, over its fifth; the new one is foreign, over the root in one of its halves.
        let (fifth, mut root) = (held(&[60, 64, 67], 43), held(&[61, 63, 66, 68], 36));
        let bass = [(0, 36), (8, 42)].map(|(step, key)| Note::new(step, 8, Key::clamped(key)));
        root.set(BandSpec::pop().voice("Bass").expect("a bass"), &Measure::from_notes(16, bass));
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
