//! What the drummer plays in the measure that begins.

use crate::music::drums::{Drum, DrumHit, DrumMeasure};
use crate::music::note::Velocity;
use crate::play::conductor::Conductor;
use crate::play::conductor::silence::Intent;
use crate::predict::predictor::Prediction;

/// How hard the stroke is with which a drummer ends. Chosen: that of an accent, below the hardest.
const LAST_STROKE: f32 = 104.0;

impl Conductor {
    /// Fills `drums`, a measure of so many steps: by what is frozen, else by its plan. Where neither is there, the drummer
    /// plays on what was played in the measure before. The drummer starts, stops and ends with the band.
    pub(super) fn fill_drums(
        &mut self,
        steps: u8,
        intent: Intent,
        frozen: Option<DrumMeasure>,
        plan: Option<&Prediction>,
    ) {
        let before = self.drums;
        self.drums = match (intent, frozen) {
            _ if !self.settings.drums => DrumMeasure::silent(steps),
            (_, Some(frozen)) => fitted(&frozen, steps),
            (Intent::Listen | Intent::Rest, None) => DrumMeasure::silent(steps),
            (Intent::Close, None) => last_stroke(steps),
            (Intent::Play, None) => {
                let plan = plan.and_then(|plan| plan.drums).filter(|drums| drums.steps() == steps);
                plan.or(Some(before).filter(|before| before.steps() == steps)).unwrap_or(DrumMeasure::silent(steps))
            }
        };
    }
}

/// As many steps of it; what it lacks is silent.
fn fitted(measure: &DrumMeasure, steps: u8) -> DrumMeasure {
    let mut out = DrumMeasure::silent(steps);
    measure.hits().for_each(|hit| out.strike(hit));
    out
}

/// The end: a cymbal and the kick under the band's last chord.
fn last_stroke(steps: u8) -> DrumMeasure {
    let mut measure = DrumMeasure::silent(steps);
    for drum in [Drum::Kick, Drum::Crash] {
        measure.strike(DrumHit { step: 0, drum, velocity: Velocity::clamped(LAST_STROKE), offset: 0.0 });
    }
    measure
}
