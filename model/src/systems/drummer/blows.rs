//! Strokes as nets read and say them.

use crate::music::drums::{DRUMS, Drum, DrumHit, DrumMeasure};
use crate::music::measure::MAX_STEPS;
use crate::music::note::Velocity;

/// One stroke, as numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Blow {
    /// How hard, 0 (not at all) to 1.
    pub loud: f32,
    /// How far behind the step, in steps.
    pub beside: f32,
}

/// What all drums do at one step.
pub type StepBlows = [Blow; DRUMS];

/// Nothing is struck.
pub const NO_BLOWS: StepBlows = [Blow { loud: 0.0, beside: 0.0 }; DRUMS];

/// What is struck at each step of a measure.
#[must_use]
pub fn blows(measure: &DrumMeasure) -> Vec<StepBlows> {
    let mut out = vec![NO_BLOWS; measure.steps().into()];
    for hit in measure.hits() {
        let loud = f32::from(hit.velocity.get()) / 127.0;
        out[usize::from(hit.step)][hit.drum.index()] = Blow { loud, beside: hit.offset };
    }
    out
}

/// The measure in which this is struck; of more than sixteen steps the first, and none of nothing.
#[must_use]
pub fn measure_of(steps: &[StepBlows]) -> DrumMeasure {
    let count = u8::try_from(steps.len()).unwrap_or(MAX_STEPS).clamp(1, MAX_STEPS);
    let mut out = DrumMeasure::silent(count);
    for (step, blows) in (0..count).zip(steps) {
        for (drum, blow) in Drum::ALL.into_iter().zip(blows).filter(|(_, blow)| blow.loud > 0.0) {
            let velocity = Velocity::clamped(127.0 * blow.loud);
            out.strike(DrumHit { step, drum, velocity, offset: blow.beside });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measure_is_its_blows() {
        let mut measure = DrumMeasure::silent(7);
        let velocity = Velocity::clamped(101.0);
        measure.strike(DrumHit { step: 6, drum: Drum::Ride, velocity, offset: 0.125 });
        assert_eq!(measure_of(&blows(&measure)), measure);
    }
}
