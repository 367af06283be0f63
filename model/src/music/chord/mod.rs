//! Chords: a root, what stands on it, and the bass.

mod quality;
mod read;
mod recognise;
mod tones;

pub use quality::Quality;
pub use read::UnknownChord;
pub use tones::PitchClasses;

/// A chord.
///
/// # Examples
/// ```
/// use model::music::chord::Chord;
///
/// let chord: Chord = "C♯-7/G♯".parse().unwrap();
/// assert_eq!(chord.to_string(), "Dbm7/Ab");
/// assert_eq!(chord.pitch_classes().iter().collect::<Vec<_>>(), [1, 4, 8, 11]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chord {
    /// The root's pitch class, 0 (C) to 11 (B).
    pub root: u8,
    /// What stands on it.
    pub quality: Quality,
    /// The lowest note's pitch class: the root, unless the chord is written with a stroke.
    pub bass: u8,
}

/// What a chart says of a stretch of music: a chord, or that there is none (`N.C.`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChordSymbol {
    /// No chord.
    None,
    /// This chord.
    Chord(Chord),
}

impl ChordSymbol {
    /// The chord, if there is one.
    #[must_use]
    pub const fn chord(self) -> Option<Chord> {
        match self {
            Self::None => None,
            Self::Chord(chord) => Some(chord),
        }
    }

    /// The same moved by so many semitones.
    #[must_use]
    pub fn transposed(self, semitones: i32) -> Self {
        match self {
            Self::None => Self::None,
            Self::Chord(chord) => Self::Chord(chord.transposed(semitones)),
        }
    }
}

impl Chord {
    /// A chord with its root in the bass; of the root the pitch class counts.
    #[must_use]
    pub const fn new(root: u8, quality: Quality) -> Self {
        Self { root: root % 12, quality, bass: root % 12 }
    }

    /// The pitch classes that belong to it, its bass too.
    #[must_use]
    pub const fn pitch_classes(self) -> PitchClasses {
        self.quality.tones().raised(self.root).or(PitchClasses::of(&[self.bass]))
    }

    /// The same with its root in the bass.
    #[must_use]
    pub const fn without_bass(self) -> Self {
        Self::new(self.root, self.quality)
    }

    /// The chord moved by so many semitones.
    #[must_use]
    pub fn transposed(self, semitones: i32) -> Self {
        let moved = |class: u8| u8::try_from((i32::from(class) + semitones).rem_euclid(12)).unwrap_or(0);
        Self { root: moved(self.root), bass: moved(self.bass), ..self }
    }
}
