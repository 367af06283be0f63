//! How long predictions take.

use std::time::{Duration, Instant};

use model::{BandMeasure, BandSpec, PredictError, PredictRequest, Predictor};

/// A predictor with a stopwatch.
pub(crate) struct Timed {
    predictor: Box<dyn Predictor>,
    times: Vec<Duration>,
}

impl Timed {
    pub(crate) fn new(predictor: Box<dyn Predictor>) -> Self {
        Self { predictor, times: Vec::new() }
    }

    /// Median, 99th percentile and maximum so far, in milliseconds; `None` without a prediction.
    pub(crate) fn milliseconds(&self) -> Option<[f64; 3]> {
        let mut times = self.times.clone();
        times.sort_unstable();
        let last = times.len().checked_sub(1)?;
        Some([last / 2, last * 99 / 100, last].map(|at| times[at].as_secs_f64() * 1e3))
    }
}

impl Predictor for Timed {
    fn spec(&self) -> &BandSpec {
        self.predictor.spec()
    }

    fn predict(&mut self, request: &PredictRequest) -> Result<BandMeasure, PredictError> {
        let start = Instant::now();
        let measure = self.predictor.predict(request);
        self.times.push(start.elapsed());
        measure
    }
}
