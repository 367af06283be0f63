//! How loud a note is for its place in the measure.

use crate::music::note::Velocity;

/// How loud a note is for its place: the measure's first step and its middle are stressed, steps off the beat are not.
/// The numbers, in steps of velocity beside the usual one, are chosen.
pub(crate) fn accent(step: usize, steps: usize) -> Velocity {
    let stress = if step == 0 {
        10.0
    } else if step * 2 == steps {
        6.0
    } else if step.is_multiple_of(4) {
        3.0
    } else if step.is_multiple_of(2) {
        -2.0
    } else {
        -6.0
    };
    Velocity::clamped(f32::from(Velocity::DEFAULT.get()) + stress)
}
