//! Bands that play by a chart.

use std::fmt;

use crate::music::band::{BandMeasure, BandSpec};
use crate::music::chart::Chart;
use crate::predict::predictor::{PredictError, PredictRequest, Predictor};

/// Which measure of the chart a request is for, from 0.
type Place = dyn Fn(&PredictRequest) -> usize + Send;

/// Another predictor, which is told the chords of a chart; those that the chart leaves open are the band's own.
pub struct Charted {
    chart: Chart,
    place: Box<Place>,
    inner: Box<dyn Predictor>,
    /// The request with its chords: made once.
    told: Box<PredictRequest>,
}

impl Charted {
    /// Tells this predictor the chords of a chart; `place` says which measure of it a request is for, from 0.
    #[must_use]
    pub fn new(
        chart: Chart,
        inner: Box<dyn Predictor>,
        place: impl Fn(&PredictRequest) -> usize + Send + 'static,
    ) -> Self {
        Self { chart, place: Box::new(place), inner, told: Box::new(PredictRequest::empty()) }
    }
}

impl fmt::Debug for Charted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Charted").field("measures", &self.chart.len()).finish_non_exhaustive()
    }
}

impl Predictor for Charted {
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
        (*self.told).clone_from(request);
        self.told.chords = self.chart.measure((self.place)(request), request.steps);
        self.inner.predict(&self.told)
    }
}
