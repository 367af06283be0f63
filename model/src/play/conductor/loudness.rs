//! How loud the band plays: as its energy says, and as loud as the user as far as it follows.

use super::settings::{Lookahead, Settings};
use crate::music::measure::Measure;

/// The loudness of a moderate stroke, against which the user's is measured. Chosen: the velocity of
/// a note that nobody gave one.
const MODERATE: f32 = 80.0;

/// How much of a new note's loudness is followed at once. Chosen: about ten notes.
const FOLLOWS: f32 = 0.1;

/// How loud the user plays, as a factor of a moderate stroke.
///
/// What the band follows is known as late as its notes are: a measure's loudness must not depend on
/// what a prediction for that measure could not have heard.
#[derive(Clone, Copy, Debug, Default)]
pub struct Loudness {
    /// From all notes that were heard.
    heard: Option<f32>,
    /// From those that the next measure may know.
    known: Option<f32>,
}

impl Loudness {
    /// A measure of the user's is over.
    pub fn hear(&mut self, measure: &Measure) {
        self.heard = self.after(measure, measure.steps());
    }

    /// The last step of the user's measure begins: with [`Lookahead::Next`], what was played before
    /// it is known to the next measure.
    pub fn last_step(&mut self, so_far: &Measure, settings: &Settings) {
        if settings.lookahead == Lookahead::Next {
            self.known = self.after(so_far, so_far.steps() - 1);
        }
    }

    /// A measure begins: how loud the band plays in it.
    pub fn begin(&mut self, settings: &Settings) -> f32 {
        let factor = self.factor(settings);
        if settings.lookahead == Lookahead::SecondNext {
            self.known = self.heard;
        }
        factor
    }

    /// How loud the next measure will be, as far as is known: a factor for its velocities.
    #[must_use]
    pub fn factor(&self, settings: &Settings) -> f32 {
        let followed = 1.0 + settings.follow * (self.known.unwrap_or(1.0) - 1.0);
        followed * settings.style.energy.loudness()
    }

    /// How loud the user plays after the notes of `measure` that begin before step `end`. Of
    /// measures, not of notes as they come: a note on a bar line, or a little before it, belongs
    /// to the measure that begins there.
    fn after(&self, measure: &Measure, end: u8) -> Option<f32> {
        measure.onsets().filter(|note| note.step.0 < end).fold(self.heard, |heard, note| {
            let now = f32::from(note.velocity.get()) / MODERATE;
            Some(heard.map_or(now, |before| before + FOLLOWS * (now - before)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::band::{BandSpec, VoiceId};
    use crate::music::note::{Key, Note, Velocity};
    use crate::predict::energy::Energy;

    fn struck(step: u8, velocity: f32) -> Measure {
        let note = Note { velocity: Velocity::clamped(velocity), ..Note::new(step, 1, Key::MIDDLE_C) };
        Measure::from_notes(16, [note])
    }

    fn settings(lookahead: Lookahead) -> Settings {
        Settings { lookahead, follow: 1.0, ..Settings::new(&BandSpec::pop(), VoiceId::FIRST) }
    }

    #[test]
    fn a_measure_is_as_loud_as_what_a_prediction_for_it_could_have_heard() {
        let settings = settings(Lookahead::SecondNext);
        let mut loudness = Loudness::default();
        assert_eq!(loudness.begin(&settings), 1.0);
        loudness.hear(&struck(0, 40.0));
        // The second measure was planned before the first was over.
        assert_eq!(loudness.begin(&settings), 1.0);
        loudness.hear(&struck(0, 40.0));
        assert_eq!(loudness.begin(&settings), 0.5);
    }

    #[test]
    fn with_the_next_lookahead_all_is_known_but_the_last_step() {
        let settings = settings(Lookahead::Next);
        for (step, expected) in [(14, 0.5), (15, 1.0)] {
            let mut loudness = Loudness::default();
            loudness.begin(&settings);
            loudness.last_step(&struck(step, 40.0), &settings);
            loudness.hear(&struck(step, 40.0));
            assert_eq!(loudness.begin(&settings), expected, "struck at step {step}");
        }
    }

    #[test]
    fn energy_makes_the_band_louder_beside_the_user() {
        let mut loudness = Loudness::default();
        loudness.hear(&struck(0, 40.0));
        let mut settings = settings(Lookahead::SecondNext);
        loudness.begin(&settings);
        let factors = [-1.0, 0.0, 0.5, 1.0].map(|energy| {
            settings.style.energy = Energy::clamped(energy);
            loudness.factor(&settings)
        });
        assert_eq!(factors[1], 0.5, "as the user, who plays half as loud as usual");
        assert!(factors.is_sorted_by(|a, b| a < b), "{factors:?}");
    }

    #[test]
    fn a_band_follows_as_far_as_it_is_set_to() {
        let mut loudness = Loudness::default();
        loudness.hear(&struck(0, 120.0));
        for (follow, expected) in [(0.0, 1.0), (0.5, 1.25), (1.0, 1.5)] {
            let settings = Settings { follow, ..settings(Lookahead::SecondNext) };
            let mut loudness = loudness;
            loudness.begin(&settings);
            assert_eq!(loudness.factor(&settings), expected, "{follow}");
        }
    }
}
