//! Bands that are told chords.

use std::fmt;

use super::predictor::{PredictError, PredictRequest, Predictor};
use crate::music::band::{BandMeasure, BandSpec};
use crate::music::chart::MeasureChords;

/// The chords that a band of these voices is told with a request; `None` leaves the request as it is.
type Tell = dyn Fn(&PredictRequest, &BandSpec) -> Option<MeasureChords> + Send;

/// Another predictor, which is told chords with each request.
pub struct Told {
    inner: Box<dyn Predictor>,
    tell: Box<Tell>,
    /// The request with its chords: made once.
    request: Box<PredictRequest>,
}

impl Told {
    /// Tells this predictor chords: `tell` has the request and the band's voices, and gives the measure's chords, or `None`
    /// where the request is to stay as it is.
    #[must_use]
    pub fn new(
        inner: Box<dyn Predictor>,
        tell: impl Fn(&PredictRequest, &BandSpec) -> Option<MeasureChords> + Send + 'static,
    ) -> Self {
        Self { inner, tell: Box::new(tell), request: Box::new(PredictRequest::empty()) }
    }
}

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Told").field("spec", self.spec()).finish_non_exhaustive()
    }
}

impl Predictor for Told {
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
        let Some(chords) = (self.tell)(request, self.inner.spec()) else { return self.inner.predict(request) };
        (*self.request).clone_from(request);
        self.request.chords = chords;
        self.inner.predict(&self.request)
    }
}
