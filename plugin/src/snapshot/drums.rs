//! A drummer's measure as it is shown.

use model::music::drums::{DRUMS, Drum, DrumMeasure};
use model::music::kit::Kit;
use model::{MAX_STEPS, Measure, Velocity};

/// The strokes of a measure on their steps, as loud as they leave the plugin: how far beside its step a stroke lies is less
/// than is seen. A page holds many measures, and is copied: so this is a tenth of what the drummer's own measure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShownDrums {
    steps: u8,
    /// By step and drum; 0: it is not struck.
    loud: [[u8; DRUMS]; MAX_STEPS as usize],
    /// By step: other percussion.
    other: [u8; MAX_STEPS as usize],
}

impl ShownDrums {
    /// Nothing, in a measure of so many steps.
    #[must_use]
    pub const fn none(steps: u8) -> Self {
        Self { steps, loud: [[0; DRUMS]; MAX_STEPS as usize], other: [0; MAX_STEPS as usize] }
    }

    /// A measure whose velocities are changed by a factor.
    #[must_use]
    pub fn of(measure: &DrumMeasure, loudness: f32) -> Self {
        let mut strokes = Self::none(measure.steps());
        for hit in measure.hits() {
            let velocity = Velocity::clamped(f32::from(hit.velocity.get()) * loudness);
            strokes.loud[usize::from(hit.step)][hit.drum.index()] = velocity.get();
        }
        strokes
    }

    /// What a user struck on a kit of these keys: also what is none of the drums that the band knows.
    #[must_use]
    pub fn of_hits(measure: &Measure, kit: &Kit) -> Self {
        let mut strokes = Self::none(measure.steps());
        for hit in measure.onsets() {
            let step = usize::from(hit.step.0);
            let loud = match kit.hears(hit.key) {
                Some(drum) => &mut strokes.loud[step][drum.index()],
                None => &mut strokes.other[step],
            };
            *loud = (*loud).max(hit.velocity.get());
        }
        strokes
    }

    /// Its first steps.
    #[must_use]
    pub fn begun(mut self, steps: u8) -> Self {
        self.steps = steps;
        self.loud.iter_mut().skip(steps.into()).for_each(|step| *step = [0; DRUMS]);
        self.other.iter_mut().skip(steps.into()).for_each(|step| *step = 0);
        self
    }

    /// How many steps it has.
    #[must_use]
    pub const fn steps(&self) -> u8 {
        self.steps
    }

    /// How loud a drum is struck at a step, 1 to 127; `None`: it is not.
    #[must_use]
    pub fn loud(&self, step: u8, drum: Drum) -> Option<u8> {
        self.loud.get(usize::from(step)).map(|step| step[drum.index()]).filter(|&loud| loud > 0)
    }

    /// The same of what is none of the drums.
    #[must_use]
    pub fn other(&self, step: u8) -> Option<u8> {
        self.other.get(usize::from(step)).copied().filter(|&loud| loud > 0)
    }

    /// Is nothing struck that is none of the drums?
    #[must_use]
    pub fn has_no_other(&self) -> bool {
        self.other.iter().all(|&loud| loud == 0)
    }

    /// Is nothing struck?
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.has_no_other() && self.loud.iter().flatten().all(|&loud| loud == 0)
    }
}

#[cfg(test)]
mod tests {
    use model::music::drums::DrumHit;
    use model::{Key, Note};

    use super::*;

    #[test]
    fn strokes_are_shown_on_their_steps_as_loud_as_they_are_heard_and_cut_with_their_measure() {
        let mut measure = DrumMeasure::silent(12);
        for (step, velocity) in [(0, 100), (11, 40)] {
            let velocity = Velocity::new(velocity).expect("a velocity");
            measure.strike(DrumHit { step, drum: Drum::Snare, velocity, offset: 0.3 });
        }
        let strokes = ShownDrums::of(&measure, 0.5);
        assert_eq!(
            (strokes.steps(), strokes.loud(0, Drum::Snare), strokes.loud(11, Drum::Snare)),
            (12, Some(50), Some(20))
        );
        assert_eq!((strokes.loud(1, Drum::Snare), strokes.loud(0, Drum::Kick)), (None, None));
        let begun = strokes.begun(4);
        assert_eq!((begun.steps(), begun.loud(0, Drum::Snare), begun.loud(11, Drum::Snare)), (4, Some(50), None));
        assert!(ShownDrums::none(16).is_silent() && !begun.is_silent());
    }

    #[test]
    fn of_what_a_user_strikes_nothing_is_left_out() {
        let hit = |step: u8, key: u8| Note::new(step, 1, Key::new(key).expect("a key"));
        // A kick, another kick, a cowbell, and a key of no instrument.
        let strokes = ShownDrums::of_hits(
            &Measure::from_notes(16, [hit(0, 36), hit(4, 35), hit(8, 56), hit(12, 3)]),
            &Kit::GENERAL_MIDI,
        );
        assert!(strokes.loud(0, Drum::Kick).is_some() && strokes.loud(4, Drum::Kick).is_some());
        assert!(strokes.other(8).is_some() && strokes.other(12).is_some() && strokes.other(0).is_none());
        assert!(!strokes.has_no_other() && strokes.begun(8).has_no_other());
    }
}
