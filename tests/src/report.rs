//! `jam.json`: what happened, in figures.

use std::collections::BTreeMap;

use serde::Serialize;

/// The middle, nearly the worst, and the worst of many figures; 0 where there were none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Spread {
    /// Half of them are not larger.
    pub median: f64,
    /// 99 of 100 are not larger.
    pub p99: f64,
    /// The largest.
    pub max: f64,
}

impl Spread {
    /// The spread of these figures.
    #[must_use]
    pub fn of(figures: &[f64]) -> Self {
        let mut sorted = figures.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        // The smallest figure that so many hundredths of all do not exceed.
        let rank = |hundredths: usize| {
            let index = (sorted.len() * hundredths).div_ceil(100).saturating_sub(1);
            sorted.get(index).copied().unwrap_or_default()
        };
        Self { median: rank(50), p99: rank(99), max: rank(100) }
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// How many measures the player played.
    pub measures: usize,
    /// Measures for which no prediction was there in time.
    pub missed: u64,
    /// Notes that never ended.
    pub hanging_notes: usize,
    /// How far a note of the band's began from its step, in samples, at most.
    pub max_onset_error_samples: u64,
    /// How long predictions took, in milliseconds.
    pub prediction_ms: Spread,
    /// How long `process()` took, in microseconds.
    pub process_us: Spread,
    /// How many notes each voice of the band played.
    pub notes: BTreeMap<String, usize>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreads_are_ranks() {
        let figures: Vec<f64> = (1..=200).rev().map(f64::from).collect();
        assert_eq!(Spread::of(&figures), Spread { median: 100.0, p99: 198.0, max: 200.0 });
        assert_eq!(Spread::of(&[7.0]), Spread { median: 7.0, p99: 7.0, max: 7.0 });
        assert_eq!(Spread::of(&[]), Spread::default());
    }
}
