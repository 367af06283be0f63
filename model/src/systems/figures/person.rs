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
