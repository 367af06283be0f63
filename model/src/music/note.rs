//! One note, and the numbers that it is made of.

use serde::{Deserialize, Serialize};

/// A MIDI key number, 0 (C−1) to 127 (G9); 60 is middle C.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Key(u8);

/// A MIDI note-on velocity, 1 to 127. Zero is a note off in MIDI and cannot be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Velocity(u8);

/// A MIDI channel, 0 to 15 (people say 1 to 16).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Channel(u8);

/// A number that MIDI has no room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is out of MIDI's range")]
pub struct OutOfRange(pub u8);

impl Key {
    /// The lowest key.
    pub const MIN: Self = Self(0);
    /// The highest key.
    pub const MAX: Self = Self(127);
    /// Middle C.
    pub const MIDDLE_C: Self = Self(60);

    /// The key of this number, if MIDI has it.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if number <= 127 { Some(Self(number)) } else { None }
    }

    /// The key of this number, clamped to 0…127.
    #[must_use]
    pub fn clamped(number: i32) -> Self {
        u8::try_from(number.clamp(0, 127)).map_or(Self::MIN, Self)
    }

    /// The key number, 0 to 127.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }

    /// The pitch class, 0 (C) to 11 (B).
    #[must_use]
    pub const fn pitch_class(self) -> u8 {
        self.0 % 12
    }

    /// This key moved by so many semitones, if it stays within MIDI.
    #[must_use]
    pub fn transposed(self, semitones: i32) -> Option<Self> {
        u8::try_from(i32::from(self.0) + semitones).ok().and_then(Self::new)
    }
}

impl Velocity {
    /// The softest.
    pub const MIN: Self = Self(1);
    /// The loudest.
    pub const MAX: Self = Self(127);
    /// A moderate stroke, for notes that nobody gave a velocity.
    pub const DEFAULT: Self = Self(80);

    /// This velocity, unless it is 0 (a note off) or beyond 127.
    #[must_use]
    pub const fn new(value: u8) -> Option<Self> {
        if 1 <= value && value <= 127 { Some(Self(value)) } else { None }
    }

    /// This velocity, rounded and clamped to 1…127.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 1…127")]
    pub fn clamped(value: f32) -> Self {
        if value.is_nan() { Self::DEFAULT } else { Self(value.round().clamp(1.0, 127.0) as u8) }
    }

    /// The value, 1 to 127.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl Channel {
    /// The channel with this index, 0 to 15.
    #[must_use]
    pub const fn new(index: u8) -> Option<Self> {
        if index < 16 { Some(Self(index)) } else { None }
    }

    /// The index, 0 to 15.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

macro_rules! bytes {
    ($($name:ident),*) => {$(
        impl TryFrom<u8> for $name {
            type Error = OutOfRange;
            fn try_from(value: u8) -> Result<Self, OutOfRange> {
                Self::new(value).ok_or(OutOfRange(value))
            }
        }
        impl From<$name> for u8 {
            fn from(value: $name) -> u8 {
                value.0
            }
        }
    )*};
}
bytes!(Key, Velocity, Channel);

/// A sixteenth within a measure, counted from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Step(pub u8);

/// One note of one voice, placed in its measure.
///
/// A note that sounds over a bar line stands in both measures: cut off there with `continues`
/// set, and in the next measure at step 0 with `continued` set. Whoever plays the notes
/// joins the two; whoever counts onsets skips the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Note {
    /// Where it starts. Invariant (kept by [`crate::Measure`]): within the measure.
    pub step: Step,
    /// How many steps it lasts, at least 1. Invariant: it ends within the measure.
    pub length: u8,
    /// Which key.
    pub key: Key,
    /// How loud.
    pub velocity: Velocity,
    /// It goes on in the next measure.
    pub continues: bool,
    /// It began in the measure before; only ever at step 0.
    pub continued: bool,
}

impl Note {
    /// A note within one measure, of default velocity.
    #[must_use]
    pub const fn new(step: u8, length: u8, key: Key) -> Self {
        Self { step: Step(step), length, key, velocity: Velocity::DEFAULT, continues: false, continued: false }
    }

    /// The first step at which it no longer sounds.
    #[must_use]
    pub const fn end(&self) -> u8 {
        self.step.0.saturating_add(self.length)
    }

    /// Does it sound at this step?
    #[must_use]
    pub const fn sounds_at(&self, step: u8) -> bool {
        self.step.0 <= step && step < self.end()
    }
}
