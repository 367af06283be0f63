//! How a figure rises and falls.
//!
//! Who breaks a chord upwards does so in the next measure, too, over whatever chord comes: that, as much as when notes are struck,
//! is what an ear knows a figure by.

use crate::music::measure::Measure;

/// Where tones lie so many semitones higher or lower than they did, beside one another, nothing is left of a figure. Chosen: an
/// octave.
const LOST: f32 = 12.0;

/// How like two are that strike hardly a step in common. Chosen: nobody knows.
const UNKNOWN: f32 = 0.5;

/// From how many steps on that both strike they are compared. Chosen: two tones rise or fall, three have a shape.
const COMPARED: f32 = 3.0;

/// The highest key that is struck at each step, 0 where none is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Contour([u8; 16]);

impl Contour {
    /// Of what a voice strikes in a measure.
    pub(super) fn of(measure: &Measure) -> Self {
        let mut tops = [0u8; 16];
        for note in measure.onsets() {
            if let Some(top) = tops.get_mut(usize::from(note.step.0)) {
                *top = (*top).max(note.key.get());
            }
        }
        Self(tops)
    }

    /// How alike they rise and fall at the steps that both strike, wherever each lies as a whole, 0…1.
    pub(super) fn alike(&self, other: &Self) -> f32 {
        let both = || self.0.iter().zip(&other.0).filter(|(one, other)| **one > 0 && **other > 0);
        let higher = || both().map(|(one, other)| f32::from(*one) - f32::from(*other));
        let count = both().map(|_| 1.0).sum::<f32>();
        if count < COMPARED {
            return UNKNOWN;
        }
        let mean = higher().sum::<f32>() / count;
        let apart = higher().map(|higher| (higher - mean).abs()).sum::<f32>() / count;
        (1.0 - apart / LOST).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::note::{Key, Note};

    /// Keys in turn, one every so many steps.
    fn contour(keys: &[i32], every: u8) -> Contour {
        let notes = (0u8..).zip(keys).map(|(at, &key)| Note::new(at * every, every, Key::clamped(key)));
        Contour::of(&Measure::from_notes(16, notes))
    }

    #[test]
    fn a_figure_is_known_wherever_it_lies_and_not_where_it_is_turned_over() {
        let up = contour(&[60, 64, 67, 72], 4);
        assert_eq!(up.alike(&contour(&[65, 69, 72, 77], 4)), 1.0, "the same over another chord");
        // Over A minor a tone lies otherwise by a semitone or two.
        let minor = up.alike(&contour(&[57, 60, 64, 69], 4));
        let down = up.alike(&contour(&[72, 67, 64, 60], 4));
        assert!(minor > 0.9 && down < 0.6, "{minor} {down}");
        assert_eq!(up.alike(&contour(&[60, 64], 4)), UNKNOWN);
    }

    #[test]
    fn of_a_block_of_tones_the_highest_is_heard() {
        let block = |keys: [i32; 3]| {
            let at = |step| keys.into_iter().map(move |key| Note::new(step, 4, Key::clamped(key)));
            Contour::of(&Measure::from_notes(16, [0, 4, 8, 12].into_iter().flat_map(at)))
        };
        assert_eq!(block([60, 64, 67]).alike(&block([57, 60, 65])), 1.0);
        assert_eq!(block([60, 64, 67]), contour(&[67; 4], 4));
    }
}
