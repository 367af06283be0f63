//! Do probabilities mean what they say? Of a hundred answers that are given seventy in a hundred, seventy are right.
//!
//! # Source
//! C. Guo et al., "On calibration of modern neural networks" (ICML 2017): reliability diagrams and the expected calibration
//! error, after M. P. Naeini et al., "Obtaining well calibrated probabilities using Bayesian binning" (AAAI 2015).

/// How many bins of equal width there are. Chosen: ten, as the second source has.
const BINS: usize = 10;

/// Answers counted by how sure they were.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Calibration {
    /// By bin: answers, right ones, the sum of how sure they were.
    bins: [(usize, usize, f64); BINS],
}

/// One point of a reliability diagram: the answers about as sure as each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reliability {
    /// How many answers.
    pub answers: usize,
    /// How sure they were on average, 0…1.
    pub sure: f64,
    /// The share of them that was right, 0…1.
    pub right: f64,
}

impl Calibration {
    /// Counts an answer that was given this probability.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "0…10")]
    pub fn count(&mut self, probability: f32, right: bool) {
        let sure = f64::from(probability.clamp(0.0, 1.0));
        let bin = ((sure * BINS as f64) as usize).min(BINS - 1);
        let (answers, hits, sum) = &mut self.bins[bin];
        *answers += 1;
        *hits += usize::from(right);
        *sum += sure;
    }

    /// The reliability diagram: the bins with answers, the least sure first.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    pub fn diagram(&self) -> impl Iterator<Item = Reliability> {
        self.bins.iter().filter(|bin| bin.0 > 0).map(|&(answers, hits, sum)| Reliability {
            answers,
            sure: sum / answers as f64,
            right: hits as f64 / answers as f64,
        })
    }

    /// The expected calibration error: how far sureness and truth lie apart on average, 0…1; 0 without answers.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    pub fn error(&self) -> f64 {
        let all: usize = self.bins.iter().map(|bin| bin.0).sum();
        let apart = self.diagram().map(|point| point.answers as f64 * (point.sure - point.right).abs());
        apart.sum::<f64>() / all.max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four answers at 0.9, two of them right, and four at 0.5, two of them right: half of all are 0.4 off.
    #[test]
    fn the_error_is_the_mean_distance_of_sureness_from_truth() {
        let mut found = Calibration::default();
        for right in [true, true, false, false] {
            found.count(0.9, right);
            found.count(0.5, right);
        }
        assert!((found.error() - 0.2).abs() < 1e-6);
        let points: Vec<(usize, f64)> = found.diagram().map(|point| (point.answers, point.right)).collect();
        assert_eq!(points, [(4, 0.5), (4, 0.5)]);
        assert_eq!(Calibration::default().error(), 0.0);
    }

    #[test]
    fn what_is_certain_and_right_has_no_error() {
        let mut found = Calibration::default();
        (0..5).for_each(|_| found.count(1.0, true));
        (0..5).for_each(|_| found.count(0.0, false));
        assert_eq!(found.error(), 0.0);
    }
}
