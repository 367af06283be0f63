//! Where the music repeats: the lags at which the user is imagined.

use crate::rules::loop_lag::{self, Lag, MAX_LAG};

/// Lags at which the user is imagined. Measured by the yardstick of the metrics: four.
pub const HYPOTHESES: usize = 4;

/// How much better repeating lags count more: e to this power for each unit of mean likeness. Required: the yardstick of
/// the metrics has 4 for each unit of the weighted sum, whose weights add up to 2.8.
const SHARPNESS: f32 = 11.2;

/// By how much mean likeness a lag of whole phrases, of four measures each, is preferred. Required: the yardstick has 0.05
/// for the weighted sum.
const PHRASE: f32 = 0.018;

/// By how much mean likeness must be better for each measure that a lag is longer. Required: as above, of 0.003.
const LONGER: f32 = 0.0011;

/// The lags at which the music up to measure `newest` repeats best, the best first, with their shares of belief.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "lags are small")]
pub fn best_lags(newest: usize, ahead: usize, alike: impl Fn(usize, usize) -> f32) -> Vec<(Lag, f32)> {
    let score =
        |lag: &Lag| lag.likeness - LONGER * lag.lag as f32 + if lag.lag.is_multiple_of(4) { PHRASE } else { 0.0 };
    let lags = 2.max(ahead)..=MAX_LAG.min(newest);
    let mut found: Vec<Lag> = lags.filter_map(|lag| loop_lag::at_lag(lag, newest, ahead, &alike)).collect();
    found.sort_by(|a, b| score(b).total_cmp(&score(a)));
    found.truncate(HYPOTHESES);
    let best = found.first().map_or(0.0, score);
    let shares: Vec<f32> = found.iter().map(|lag| (SHARPNESS * (score(lag) - best)).exp()).collect();
    let total: f32 = shares.iter().sum();
    found.into_iter().zip(shares).map(|(lag, share)| (lag, share / total)).collect()
}
