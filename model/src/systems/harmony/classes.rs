//! The chords that the net tells apart.

use crate::music::chord::{Chord, Quality};

/// The kinds of chords that are told apart; any other counts as the one that it is played like.
pub const KINDS: [Quality; 7] = [
    Quality::Major,
    Quality::Minor,
    Quality::Seventh,
    Quality::MajorSeventh,
    Quality::MinorSeventh,
    Quality::SuspendedFourth,
    Quality::Diminished,
];

/// How many chords are told apart: each kind on each root.
pub const CHORD_CLASSES: usize = KINDS.len() * 12;

/// The numbers that name a chord to the net: its root, its kind, and whether there is none.
pub const NAMED: usize = 12 + KINDS.len() + 1;

/// A chord's class: `kind · 12 + root`.
#[must_use]
pub fn class(chord: Chord) -> usize {
    use Quality as Q;
    let kind = match chord.quality {
        Q::Major | Q::Power | Q::Sixth | Q::AddNinth | Q::SixthNinth | Q::Augmented => 0,
        Q::Minor | Q::MinorSixth | Q::MinorAddNinth | Q::MinorMajorSeventh => 1,
        Q::Seventh
        | Q::AugmentedSeventh
        | Q::SeventhFlatFifth
        | Q::Ninth
        | Q::SeventhFlatNinth
        | Q::SeventhSharpNinth
        | Q::SeventhSharpEleventh
        | Q::Eleventh
        | Q::Thirteenth => 2,
        Q::MajorSeventh | Q::MajorNinth | Q::MajorSeventhSharpEleventh | Q::MajorThirteenth => 3,
        Q::MinorSeventh | Q::MinorNinth | Q::MinorEleventh | Q::MinorThirteenth => 4,
        Q::SuspendedFourth | Q::SuspendedSecond | Q::SeventhSuspended | Q::NinthSuspended => 5,
        Q::Diminished | Q::HalfDiminished | Q::DiminishedSeventh => 6,
    };
    kind * 12 + usize::from(chord.root % 12)
}

/// The chord of a class.
#[must_use]
pub fn chord(class: usize) -> Chord {
    Chord::new(u8::try_from(class % 12).unwrap_or(0), KINDS[(class / 12).min(KINDS.len() - 1)])
}

/// A class moved by so many semitones.
#[must_use]
pub fn moved(class: usize, semitones: i32) -> usize {
    let root = (class % 12 + usize::try_from(semitones.rem_euclid(12)).unwrap_or(0)) % 12;
    class / 12 * 12 + root
}

/// Writes the name of a chord, or that there is none: `[NAMED]`, zeros beforehand.
pub fn write_name(class: Option<usize>, out: &mut [f32]) {
    match class {
        None => out[NAMED - 1] = 1.0,
        Some(class) => {
            out[class % 12] = 1.0;
            out[12 + class / 12] = 1.0;
        }
    }
}

/// Numbers to chances that add up to 1.
pub(super) fn softmax(logits: &mut [f32]) {
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    logits.iter_mut().for_each(|logit| *logit = (*logit - highest).exp());
    let total: f32 = logits.iter().sum();
    logits.iter_mut().for_each(|chance| *chance /= total);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_chord_has_a_class_on_its_root_and_a_class_is_its_own_chords() {
        for class_of in 0..CHORD_CLASSES {
            assert_eq!(class(chord(class_of)), class_of);
            assert_eq!(chord(moved(class_of, -5)), chord(class_of).transposed(-5));
        }
        for quality in Quality::ALL {
            assert_eq!(class(Chord::new(7, quality)) % 12, 7);
        }
    }
}
