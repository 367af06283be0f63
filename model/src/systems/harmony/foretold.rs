//! What a band is told of the chords that come.

use super::plan::{ChordPlan, ChordsHeard};
use super::trained::TrainedHarmony;
use crate::music::band::BandSpec;
use crate::music::chart::MeasureChords;
use crate::predict::predictor::PredictRequest;

impl TrainedHarmony {
    /// The wanted measure's chords, foretold where none are known; `None` where a band needs not be told: all are known, or
    /// the notes of other voices of the measure are, or the user's voice itself is wanted.
    #[must_use]
    pub fn foretold(&self, request: &PredictRequest, spec: &BandSpec) -> Option<MeasureChords> {
        if (0..request.steps).all(|step| request.chords.at(step).is_some()) {
            return None;
        }
        let mut chords = request.chords;
        chords.foretell(&self.foretold_plan(request, spec)?.chords());
        Some(chords)
    }

    /// What is foretold to a band, whatever is known of its chords; `None` where nothing is, since other voices of the
    /// measure are known, or the user's voice itself is wanted, or the net's answer is no number.
    #[must_use]
    pub fn foretold_plan(&self, request: &PredictRequest, spec: &BandSpec) -> Option<ChordPlan> {
        // Where other voices of the measure are known, they say which chord it is; where all are wanted, nobody is followed.
        if request.known().is_some() || request.voices.has(request.user) {
            return None;
        }
        let plan = self.plan_hearing(request, spec, ChordsHeard::User);
        plan.halves.iter().all(|half| half.chances.iter().all(|chance| chance.is_finite())).then_some(plan)
    }
}
