//! Whose habits the band has.
//!
//! One accompanist rests more, another rolls through every measure. The means of all people are nobody's habits, and a band
//! that keeps to them plays every song alike. So it has those of one of them: of the one whose tune was struck most as the
//! user's is.
//!
//! # Source
//! As for the measures that are chosen: J. Zhao and G. Xia, "AccoMontage" (ISMIR 2021), who take accompaniments by how like their
//! melodies are.

use super::excerpt::{FigureMeasure, PARTS};
use super::habits::Habit;
use crate::music::measure::MAX_STEPS;

/// In which share of the measures in which it plays a tune strikes at each step.
pub(super) type Struck = [f32; MAX_STEPS as usize];

/// What an accompanist's voices do.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Person {
    /// In a measure, on the mean.
    pub(super) habits: [Habit; PARTS],
    /// In how many measures each begins a note, 0…1.
    pub(super) presence: [f32; PARTS],
}

impl Person {
    /// Who plays these measures.
    pub(super) fn of(measures: &[&FigureMeasure]) -> Self {
        let mut presence = [0.0f32; PARTS];
        let mut count = 0.0f32;
        for measure in measures {
            for (sum, rhythm) in presence.iter_mut().zip(&measure.rhythms) {
                *sum += if rhythm.onsets == 0 { 0.0 } else { 1.0 };
            }
            count += 1.0;
        }
        let presence = presence.map(|sum| sum / count.max(1.0));
        Self { habits: Habit::means(measures.iter().map(|measure| measure.habits)), presence }
    }
}

/// How a tune is struck whose notes start at these steps of each measure, a bit each; `None`: it never is.
pub(super) fn struck(measures: impl Iterator<Item = u16>) -> Option<Struck> {
    let (mut sums, mut count) = (Struck::default(), 0.0);
    for steps in measures.filter(|&steps| steps != 0) {
        sums.iter_mut().enumerate().filter(|(step, _)| steps >> step & 1 == 1).for_each(|(_, sum)| *sum += 1.0);
        count += 1.0;
    }
    (count > 0.0).then(|| sums.map(|sum| sum / count))
}

/// How far one tune is struck otherwise than another, in measures of so many steps: the sum of squares.
pub(super) fn apart(one: &Struck, other: &Struck, steps: u8) -> f32 {
    one.iter().zip(other).take(usize::from(steps)).map(|(a, b)| (a - b).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tune_is_struck_in_a_share_of_the_measures_in_which_it_plays() {
        let found = struck([0b1, 0, 0b10_0001, 0, 0].into_iter()).expect("it plays");
        assert_eq!((found[0], found[5], found.iter().sum::<f32>()), (1.0, 0.5, 1.5));
        assert!(struck([0, 0].into_iter()).is_none());
        let other = struck([0b1].into_iter()).expect("it plays");
        assert_eq!((apart(&found, &other, 16), apart(&found, &other, 5), apart(&other, &other, 16)), (0.25, 0.0, 0.0));
    }
}
