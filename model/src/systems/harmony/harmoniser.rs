//! A harmoniser, which bands of before have: names the chord of half a measure from what the user plays in it and around it. It
//! is read, and no longer trained: a [`namer`](super::namer) reads all that was heard.
//!
//! # Source
//! As the namer's, but two layers that see six halves to each side.

use super::classes::CHORD_CLASSES;
use super::features::{HEARD, HeardHalf};
use super::two_layers::Sizes;

/// Half measures to each side that a harmoniser hears. Required by the files that have one.
const AROUND: usize = 6;

/// The numbers that a harmoniser reads: each half measure and whether it was heard, and whether it is the second of its
/// measure or the only one.
const HARMONISED: usize = (2 * AROUND + 1) * (HEARD + 1) + 2;

/// The part of a net that it is.
pub(super) const PART: &str = "harmoniser";

/// The sizes of one with layers of so many units.
pub(super) const fn sizes(units: usize) -> Sizes {
    Sizes { input: HARMONISED, units, classes: CHORD_CLASSES }
}

/// What a harmoniser reads of the half measure at this place among all that were heard: `[HARMONISED]`.
pub(super) fn surroundings(heard: &[HeardHalf], at: usize, second: bool, only: bool) -> Vec<f32> {
    let mut out = vec![0.0; HARMONISED];
    for (place, numbers) in out[..HARMONISED - 2].chunks_exact_mut(HEARD + 1).enumerate() {
        if let Some(half) = (at + place).checked_sub(AROUND).and_then(|at| heard.get(at)) {
            numbers[..HEARD].copy_from_slice(half);
            numbers[HEARD] = 1.0;
        }
    }
    out[HARMONISED - 2] = f32::from(u8::from(second));
    out[HARMONISED - 1] = f32::from(u8::from(only));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_heard_is_marked_and_the_asked_half_stands_in_the_middle() {
        let heard = [[0.25; HEARD], [0.5; HEARD]];
        let numbers = surroundings(&heard, 1, true, false);
        let half = |place: usize| &numbers[place * (HEARD + 1)..][..HEARD + 1];
        assert_eq!((half(AROUND)[0], half(AROUND)[HEARD]), (0.5, 1.0));
        assert_eq!((half(AROUND - 1)[0], half(AROUND - 1)[HEARD]), (0.25, 1.0));
        assert!(half(AROUND + 1).iter().chain(half(AROUND - 2)).all(|&number| number == 0.0));
        assert_eq!(numbers[HARMONISED - 2..], [1.0, 0.0]);
    }
}
