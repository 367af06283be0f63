//! How long predictions take.

use std::time::{Duration, Instant};

use model::{BandMeasure, BandSpec, Lookahead, PredictError, PredictRequest, Predictor};

/// A predictor with a stopwatch.
pub(crate) struct Timed {
    predictor: Box<dyn Predictor>,
    times: Vec<Duration>,
}

impl Timed {
    pub(crate) fn new(predictor: Box<dyn Predictor>) -> Self {
        Self { predictor, times: Vec::new() }
    }

    /// How many there were.
    pub(crate) fn predictions(&self) -> usize {
        self.times.len()
    }

    /// Median, 99th percentile and maximum so far, in milliseconds; `None` without a prediction.
    pub(crate) fn milliseconds(&self) -> Option<[f64; 3]> {
        let mut times = self.times.clone();
        times.sort_unstable();
        let last = times.len().checked_sub(1)?;
        Some([last / 2, last * 99 / 100, last].map(|at| times[at].as_secs_f64() * 1e3))
    }
}

/// The fastest tempo in 4/4, in quarter notes a minute, at which a prediction of so many milliseconds is there in time: a
/// second-next one has a measure, a next one a sixteenth.
pub(crate) fn fastest(lookahead: Lookahead, milliseconds: f64) -> f64 {
    let quarters = match lookahead {
        Lookahead::SecondNext => 4.0,
        Lookahead::Next => 0.25,
    };
    quarters * 60e3 / milliseconds
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
