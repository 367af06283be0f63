//! The instruments, by name, and which of them a General MIDI program is.

use serde::{Deserialize, Serialize};

use crate::music::band::{KeyRange, Role, Voice};
use crate::music::note::Key;

/// An instrument that a part may play.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Instrument {
    /// Keys: an electric piano.
    ElectricPiano,
    /// Metal bars, struck.
    Vibraphone,
    /// An organ.
    Organ,
    /// A plucked string: a guitar, a harp.
    Pluck,
    /// An electric bass.
    ElectricBass,
    /// A double bass, plucked.
    UprightBass,
    /// Bowed strings.
    Strings,
    /// A choir.
    Choir,
    /// Brass.
    Brass,
    /// A flute.
    Flute,
    /// A synthesiser's tune.
    Lead,
    /// A soft bed of sound.
    Pad,
    /// A drum kit, a stroke a key, as General MIDI has them.
    Drums,
    /// The click of a metronome: the higher, the more it counts.
    Click,
}

impl Instrument {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 14] = [
        Self::ElectricPiano,
        Self::Vibraphone,
        Self::Organ,
        Self::Pluck,
        Self::ElectricBass,
        Self::UprightBass,
        Self::Strings,
        Self::Choir,
        Self::Brass,
        Self::Flute,
        Self::Lead,
        Self::Pad,
        Self::Drums,
        Self::Click,
    ];

    /// What people call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ElectricPiano => "Electric piano",
            Self::Vibraphone => "Vibraphone",
            Self::Organ => "Organ",
            Self::Pluck => "Plucked string",
            Self::ElectricBass => "Electric bass",
            Self::UprightBass => "Upright bass",
            Self::Strings => "Strings",
            Self::Choir => "Choir",
            Self::Brass => "Brass",
            Self::Flute => "Flute",
            Self::Lead => "Synth lead",
            Self::Pad => "Soft pad",
            Self::Drums => "Drums",
            Self::Click => "Click",
        }
    }

    /// The instrument nearest to a General MIDI program, 0 to 127.
    ///
    /// # Source
    /// General MIDI System Level 1: sixteen families of eight programs.
    #[must_use]
    pub const fn of_program(program: u8) -> Self {
        match program {
            0..=7 => Self::ElectricPiano,
            8..=15 | 108 | 112..=118 => Self::Vibraphone,
            16..=23 => Self::Organ,
            24..=31 | 45 | 46 | 104..=107 => Self::Pluck,
            32 | 43 => Self::UprightBass,
            33..=39 => Self::ElectricBass,
            40..=42 | 44 | 47..=51 | 55 | 109..=111 => Self::Strings,
            52..=54 | 85 | 91 => Self::Choir,
            56..=67 => Self::Brass,
            68..=79 => Self::Flute,
            80..=84 | 86 | 87 => Self::Lead,
            _ => Self::Pad,
        }
    }

    /// The instrument of a band's voice: its program's, unless that is the first, which says nothing; then its role's.
    #[must_use]
    pub const fn of_voice(voice: &Voice) -> Self {
        match (voice.program, voice.role) {
            (0, Role::Melody) => Self::Lead,
            (0, Role::Counter) => Self::Pluck,
            (0, Role::Harmony) => Self::ElectricPiano,
            (0, Role::Bass) => Self::ElectricBass,
            (program, _) => Self::of_program(program),
        }
    }

    /// The keys in which it is at home: it plays others too.
    #[must_use]
    pub fn range(self) -> KeyRange {
        let (low, high) = match self {
            Self::ElectricPiano => (28, 96),
            Self::Vibraphone => (53, 89),
            Self::Organ | Self::Pad => (36, 96),
            Self::Pluck => (40, 88),
            Self::ElectricBass | Self::UprightBass => (28, 60),
            Self::Strings => (36, 96),
            Self::Choir => (40, 84),
            Self::Brass => (40, 84),
            Self::Flute => (58, 96),
            Self::Lead => (48, 96),
            Self::Drums => (35, 81),
            Self::Click => (72, 96),
        };
        KeyRange { low: Key::clamped(low), high: Key::clamped(high) }
    }

    /// Has it a pitch for each key?
    #[must_use]
    pub const fn is_pitched(self) -> bool {
        !matches!(self, Self::Drums)
    }
}
