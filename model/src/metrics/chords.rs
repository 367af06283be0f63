//! Is a chord the right one? By its root, and by its root with its third.
//!
//! # Source
//! C. Raffel et al., "mir_eval: a transparent implementation of common MIR metrics" (ISMIR 2014), module `chord`: `root`
//! compares roots; `majmin` compares roots and all tones up to the fifth, and counts only where the truth is a major or a
//! minor chord, by its triad, or no chord at all. Basses do not count in either.

use crate::music::chord::{Chord, ChordSymbol};

/// The tones up to the fifth, a bit each: what tells major from minor. Required: the source compares these.
const TRIAD: u16 = 0b1111_1111;

/// Root, major third and fifth. Required by the word.
const MAJOR: u16 = 0b1001_0001;

/// Root, minor third and fifth. Required by the word.
const MINOR: u16 = 0b1000_1001;

/// Has what is said the true root? No chord is right where there is none.
#[must_use]
pub fn same_root(truth: ChordSymbol, said: ChordSymbol) -> bool {
    truth.chord().map(|chord| chord.root) == said.chord().map(|chord| chord.root)
}

/// Has what is said the true root and triad? `None`: the truth is neither a major nor a minor chord, and does not count.
#[must_use]
pub fn same_triad(truth: ChordSymbol, said: ChordSymbol) -> Option<bool> {
    let Some(true_chord) = truth.chord() else { return Some(said.chord().is_none()) };
    let triad = triad(true_chord);
    let counts = triad == MAJOR || triad == MINOR;
    counts.then(|| said.chord().is_some_and(|said| said.root == true_chord.root && self::triad(said) == triad))
}

/// A chord's tones up to the fifth over its root.
fn triad(chord: Chord) -> u16 {
    chord.quality.tones().iter().fold(0u16, |bits, tone| bits | 1 << tone) & TRIAD & !NINTHS
}

/// A second or a flat second over the root is a ninth in the chords that have a third. Required: the source writes
/// extended chords without their ninths.
const NINTHS: u16 = 0b0000_0110;

#[cfg(test)]
mod tests {
    use super::*;

    fn symbol(name: &str) -> ChordSymbol {
        if name == "N.C." { ChordSymbol::None } else { ChordSymbol::Chord(name.parse().expect("a chord")) }
    }

    /// Root, and root with third, of what is said where the truth is this.
    fn check(truth: &str, said: &str, root: bool, triad: Option<bool>) {
        let (truth, said) = (symbol(truth), symbol(said));
        assert_eq!((same_root(truth, said), same_triad(truth, said)), (root, triad), "{truth:?} {said:?}");
    }

    #[test]
    fn chords_are_the_same_as_mir_eval_counts_them() {
        check("C", "C", true, Some(true));
        check("C", "C7", true, Some(true));
        check("Cmaj9", "C6", true, Some(true));
        check("C/E", "C", true, Some(true));
        check("C", "Cm", true, Some(false));
        check("Am7", "C6", false, Some(false));
        check("Am7", "Am", true, Some(true));
        check("Am", "Adim", true, Some(false));
        check("Bdim", "Bdim", true, None);
        check("Csus4", "C", true, None);
        check("C", "Csus4", true, Some(false));
        check("Caug", "Caug", true, None);
        check("N.C.", "N.C.", true, Some(true));
        check("N.C.", "C", false, Some(false));
        check("C", "N.C.", false, Some(false));
        check("C5", "C", true, None);
    }
}
