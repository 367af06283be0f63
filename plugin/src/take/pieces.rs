//! What a take is made of.

/// A measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bar {
    /// How many steps it has, 1…16; of one that was cut off, those begun.
    pub(super) steps: u8,
    /// The host's meter.
    pub(super) meter: (u8, u8),
    /// How long a quarter note lasts at its beginning, in microseconds.
    pub(super) micros: u32,
    /// The number of its first note, since the take began.
    pub(super) first: u64,
}

/// A note, in the measure in which it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Note {
    /// Ticks from the measure's beginning.
    pub(super) start: u16,
    /// Ticks; it may go on over bar lines.
    pub(super) length: u32,
    pub(super) key: u8,
    pub(super) velocity: u8,
    pub(super) channel: u8,
    /// Its place in [`Take::tracks`]; 0 is the user.
    pub(super) track: u8,
}

/// Another tempo within a measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tempo {
    /// The measure's number, since the take began.
    pub(super) measure: u64,
    /// Ticks from its beginning.
    pub(super) tick: u16,
    /// How long a quarter note lasts, in microseconds.
    pub(super) micros: u32,
}

/// A voice that played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Track {
    pub(super) name: String,
    /// Its General MIDI program; of the user it is not known, and drums have none.
    pub(super) program: Option<u8>,
}
