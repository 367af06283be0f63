//! Which earlier measure the music is about to repeat.

use crate::music::band::{BandMeasure, VoiceMask};

/// The longest lag that is looked at, in measures. Required: the rule of the metrics looks as far.
pub const MAX_LAG: usize = 32;

/// The newest measures weigh most when two stretches are compared. Required: the rule of the metrics has these.
const WEIGHTS: [f32; 4] = [1.0, 0.8, 0.6, 0.4];

/// By how much a lag must be better for each measure that it is longer. Required: the rule of the metrics has this.
const LAG_COST: f32 = 0.003;

/// What a measure is compared by: its chroma beat by beat, `[4 beats, 12]`, of length 1 (or 0).
pub type Shape = [f32; 48];

/// A measure's shape over these voices.
#[must_use]
pub fn shape(measure: &BandMeasure, voices: VoiceMask) -> Shape {
    let mut shape = [0.0f32; 48];
    for voice in voices.and(measure.present).iter() {
        for (beat, out) in (0u8..).step_by(4).zip(shape.chunks_exact_mut(12)) {
            for (sum, part) in out.iter_mut().zip(measure.voice(voice).chroma_between(beat, beat + 4)) {
                *sum += part;
            }
        }
    }
    let length = shape.iter().map(|x| x * x).sum::<f32>().sqrt();
    if length > 0.0 {
        shape.iter_mut().for_each(|x| *x /= length);
    }
    shape
}

/// The cosine of two shapes, 0…1; 0 where either is silent.
#[must_use]
pub fn likeness(a: &Shape, b: &Shape) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// How alike each measure is to those before it and to itself, by the shapes of these voices: `[a][b ≤ a]`, 0…1.
#[must_use]
pub fn alikes<'a>(measures: impl IntoIterator<Item = &'a BandMeasure>, voices: VoiceMask) -> Vec<Vec<f32>> {
    let shapes: Vec<Shape> = measures.into_iter().map(|measure| shape(measure, voices)).collect();
    let to_earlier = |(a, one)| shapes[..=a].iter().map(|other| likeness(one, other)).collect();
    shapes.iter().enumerate().map(to_earlier).collect()
}

/// A lag, and how well the music repeats at it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lag {
    /// In measures, 2…[`MAX_LAG`].
    pub lag: usize,
    /// Mean likeness of the newest measures with those one lag earlier, 0…1.
    pub likeness: f32,
    /// Likeness of the newest measure with the one a lag earlier, 0…1.
    pub newest: f32,
}

/// The lag at which the music up to measure `newest` repeats best, such that the measure one lag before
/// `newest + ahead` was heard. `alike(a, b)` is the likeness of measures a ≥ b.
///
/// # Source
/// The loop rule: Σ wᵢ · likeness(m − i, m − i − P) − 0.003 · P, the first best P of 2…32.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "lags are small")]
pub fn lag(newest: usize, ahead: usize, alike: impl Fn(usize, usize) -> f32) -> Option<Lag> {
    let mut best: Option<(f32, Lag)> = None;
    for lag in 2.max(ahead)..=MAX_LAG.min(newest) {
        let (sum, found) = compare(newest, lag, &alike);
        let score = sum - LAG_COST * lag as f32;
        if best.is_none_or(|(other, _)| score > other) {
            best = Some((score, found));
        }
    }
    best.map(|(_, lag)| lag)
}

/// How well the music repeats at this lag; `None` where the measure that it points to was not heard.
#[must_use]
pub fn at_lag(lag: usize, newest: usize, ahead: usize, alike: impl Fn(usize, usize) -> f32) -> Option<Lag> {
    (ahead <= lag && lag <= newest).then(|| compare(newest, lag, &alike).1)
}

/// The weighted sum of the likenesses at a lag, and what it says.
fn compare(newest: usize, lag: usize, alike: &impl Fn(usize, usize) -> f32) -> (f32, Lag) {
    let (mut sum, mut weights) = (0.0, 0.0);
    for (ago, weight) in WEIGHTS.iter().enumerate().take(newest - lag + 1) {
        sum += weight * alike(newest - ago, newest - ago - lag);
        weights += weight;
    }
    (sum, Lag { lag, likeness: sum / weights, newest: alike(newest, newest - lag) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tune_of_four_measures_repeats_at_four() {
        let alike = |a: usize, b: usize| if a % 4 == b % 4 { 1.0 } else { 0.2 };
        assert_eq!(lag(11, 2, alike).map(|found| found.lag), Some(4));
        assert_eq!(lag(11, 2, alike).map(|found| found.likeness), Some(1.0));
    }

    #[test]
    fn the_measure_pointed_to_was_heard() {
        assert_eq!(lag(1, 2, |_, _| 1.0), None);
        assert_eq!(lag(2, 2, |_, _| 1.0).map(|found| found.lag), Some(2));
    }
}
