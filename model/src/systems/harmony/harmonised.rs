//! A band that is told which chords come.

use std::fmt;
use std::sync::Arc;

use super::trained::TrainedHarmony;
use crate::music::band::{BandMeasure, BandSpec};
use crate::predict::predictor::{PredictError, PredictRequest, Predictor};

/// Another predictor, which is told the chords that the net foretells where none are known.
pub struct Harmonised {
    harmony: Arc<TrainedHarmony>,
    inner: Box<dyn Predictor>,
    /// The request with its chords: made once.
    told: Box<PredictRequest>,
}

impl Harmonised {
    /// Tells this predictor the chords of this net.
    #[must_use]
    pub fn new(harmony: Arc<TrainedHarmony>, inner: Box<dyn Predictor>) -> Self {
        Self { harmony, inner, told: Box::new(PredictRequest::empty()) }
    }
}

impl fmt::Debug for Harmonised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Harmonised").field("harmony", &self.harmony.config).finish_non_exhaustive()
    }
}

impl Predictor for Harmonised {
    fn spec(&self) -> &BandSpec {
        self.inner.spec()
    }

    fn obeys_given(&self) -> bool {
        self.inner.obeys_given()
    }

    fn obeys_chords(&self) -> bool {
        self.inner.obeys_chords()
    }

    fn predict(&mut self, request: &PredictRequest) -> Result<BandMeasure, PredictError> {
        let known = (0..request.steps).all(|step| request.chords.at(step).is_some());
        // Where other voices of the measure are known, they say which chord it is; where all are wanted, nobody is followed.
        if known || request.known().is_some() || request.voices.has(request.user) {
            return self.inner.predict(request);
        }
        (*self.told).clone_from(request);
        let planned = self.harmony.plan(request, self.inner.spec()).chords();
        self.told.chords.foretell(&planned);
        self.inner.predict(&self.told)
    }
}
