//! What kind of chord stands on a root.

use super::tones::{PitchClasses, Tones};

/// Makes the kinds of chords from one line each: the name in code, what is written after the root, the tones in
/// semitones above it.
macro_rules! qualities {
    ($( $(#[$about:meta])* $quality:ident, $suffix:literal, [$($tone:literal),+]; )*) => {
        /// What kind of chord stands on a root: its tones, and how it is written after the root's name.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub enum Quality {
            $( $(#[$about])* $quality, )*
        }

        impl Quality {
            /// All of them. No two have the same tones; of those that are alike the plainer comes first.
            pub const ALL: [Self; [$($suffix),*].len()] = [$(Self::$quality),*];

            /// What is written after the root: `m7`, nothing for a major chord.
            #[must_use]
            pub const fn suffix(self) -> &'static str {
                match self { $( Self::$quality => $suffix, )* }
            }

            /// Its tones in semitones above the root, as pitch classes.
            #[must_use]
            pub const fn tones(self) -> PitchClasses {
                match self { $( Self::$quality => PitchClasses::of(&[$($tone),+]), )* }
            }
        }
    };
}

qualities! {
    /// Major.
    #[default]
    Major, "", [0, 4, 7];
    /// Minor.
    Minor, "m", [0, 3, 7];
    /// Dominant seventh.
    Seventh, "7", [0, 4, 7, 10];
    /// Major seventh.
    MajorSeventh, "maj7", [0, 4, 7, 11];
    /// Minor seventh.
    MinorSeventh, "m7", [0, 3, 7, 10];
    /// Diminished.
    Diminished, "dim", [0, 3, 6];
    /// Half-diminished.
    HalfDiminished, "m7b5", [0, 3, 6, 10];
    /// Diminished seventh.
    DiminishedSeventh, "dim7", [0, 3, 6, 9];
    /// Augmented.
    Augmented, "aug", [0, 4, 8];
    /// Suspended fourth.
    SuspendedFourth, "sus4", [0, 5, 7];
    /// Suspended second.
    SuspendedSecond, "sus2", [0, 2, 7];
    /// Root and fifth alone.
    Power, "5", [0, 7];
    /// Minor with the major seventh.
    MinorMajorSeventh, "mMaj7", [0, 3, 7, 11];
    /// Major with the sixth.
    Sixth, "6", [0, 4, 7, 9];
    /// Minor with the major sixth.
    MinorSixth, "m6", [0, 3, 7, 9];
    /// Major with the ninth, without a seventh.
    AddNinth, "add9", [0, 2, 4, 7];
    /// Minor with the ninth, without a seventh.
    MinorAddNinth, "madd9", [0, 2, 3, 7];
    /// Suspended fourth with the minor seventh.
    SeventhSuspended, "7sus4", [0, 5, 7, 10];
    /// Dominant seventh with the augmented fifth.
    AugmentedSeventh, "7#5", [0, 4, 8, 10];
    /// Dominant seventh with the diminished fifth.
    SeventhFlatFifth, "7b5", [0, 4, 6, 10];
    /// Dominant ninth.
    Ninth, "9", [0, 2, 4, 7, 10];
    /// Major ninth.
    MajorNinth, "maj9", [0, 2, 4, 7, 11];
    /// Minor ninth.
    MinorNinth, "m9", [0, 2, 3, 7, 10];
    /// Major with sixth and ninth.
    SixthNinth, "6/9", [0, 2, 4, 7, 9];
    /// Dominant seventh with the minor ninth.
    SeventhFlatNinth, "7b9", [0, 1, 4, 7, 10];
    /// Dominant seventh with the augmented ninth.
    SeventhSharpNinth, "7#9", [0, 3, 4, 7, 10];
    /// Suspended fourth with minor seventh and ninth.
    NinthSuspended, "9sus4", [0, 2, 5, 7, 10];
    /// Major seventh with the augmented eleventh.
    MajorSeventhSharpEleventh, "maj7#11", [0, 4, 6, 7, 11];
    /// Dominant seventh with the augmented eleventh.
    SeventhSharpEleventh, "7#11", [0, 4, 6, 7, 10];
    /// Dominant eleventh, its third too.
    Eleventh, "11", [0, 2, 4, 5, 7, 10];
    /// Minor eleventh.
    MinorEleventh, "m11", [0, 2, 3, 5, 7, 10];
    /// Dominant thirteenth; its eleventh is left out, as players do.
    Thirteenth, "13", [0, 2, 4, 7, 9, 10];
    /// Major thirteenth, without the eleventh.
    MajorThirteenth, "maj13", [0, 2, 4, 7, 9, 11];
    /// Minor thirteenth, without the eleventh.
    MinorThirteenth, "m13", [0, 2, 3, 7, 9, 10];
}

impl Quality {
    /// The chord of these tones, if there is one.
    #[must_use]
    pub fn with(tones: PitchClasses) -> Option<Self> {
        Self::ALL.into_iter().find(|quality| quality.tones() == tones)
    }

    /// What is read after a root's name, in any of the spellings in use: `maj7`, `Δ`, `M7`, `-7`, `m7b5`, `ø`.
    #[must_use]
    pub fn read(suffix: &str) -> Option<Self> {
        Self::with(Tones::read(suffix)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_have_the_same_tones_and_all_have_their_root() {
        for quality in Quality::ALL {
            assert_eq!(Quality::with(quality.tones()), Some(quality));
            assert!(quality.tones().has(0), "{quality:?}");
        }
    }
}
