//! What a band is told of the chords that come.

use super::plan::ChordsHeard;
use super::trained::TrainedHarmony;
use crate::music::band::BandSpec;
use crate::music::chart::MeasureChords;
use crate::predict::predictor::PredictRequest;

impl TrainedHarmony {
    /// The wanted measure's chords, foretold where none are known; `None` where a band needs not be told: all are known, or
    /// the notes of other voices of the measure are, or the user's voice itself is wanted.
    #[must_use]
    pub fn foretold(&self, request: &PredictRequest, spec: &BandSpec) -> Option<MeasureChords> {
        let known = (0..request.steps).all(|step| request.chords.at(step).is_some());
        // Where other voices of the measure are known, they say which chord it is; where all are wanted, nobody is followed.
        if known || request.known().is_some() || request.voices.has(request.user) {
            return None;
        }
        let mut chords = request.chords;
        chords.foretell(&self.plan_hearing(request, spec, ChordsHeard::User).chords());
        Some(chords)
    }
}
