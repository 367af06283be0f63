//! How a tune is struck.

use crate::music::measure::MAX_STEPS;

/// In which share of the measures in which it plays a tune strikes at each step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Struck([f32; MAX_STEPS as usize]);

impl Struck {
    /// That of a tune whose notes start at these steps of each measure, a bit each; `None`: it never plays.
    pub(super) fn of(measures: impl Iterator<Item = u16>) -> Option<Self> {
        let (mut sums, mut count) = ([0.0; MAX_STEPS as usize], 0.0);
        for steps in measures.filter(|&steps| steps != 0) {
            sums.iter_mut().enumerate().filter(|(step, _)| steps >> step & 1 == 1).for_each(|(_, sum)| *sum += 1.0);
            count += 1.0;
        }
        (count > 0.0).then(|| Self(sums.map(|sum: f32| sum / count)))
    }

    /// How far it is struck otherwise than another, in measures of so many steps: the sum of squares.
    pub(super) fn apart(&self, other: &Self, steps: u8) -> f32 {
        self.0.iter().zip(&other.0).take(usize::from(steps)).map(|(a, b)| (a - b).powi(2)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tune_is_struck_in_a_share_of_the_measures_in_which_it_plays() {
        let found = Struck::of([0b1, 0, 0b10_0001, 0, 0].into_iter()).expect("it plays");
        assert_eq!((found.0[0], found.0[5], found.0.iter().sum::<f32>()), (1.0, 0.5, 1.5));
        assert!(Struck::of([0, 0].into_iter()).is_none());
        let other = Struck::of([0b1].into_iter()).expect("it plays");
        assert_eq!((found.apart(&other, 16), found.apart(&other, 5), other.apart(&other, 16)), (0.25, 0.0, 0.0));
    }
}
