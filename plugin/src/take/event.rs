//! What the audio thread tells the recorder.

use model::{Channel, Key, Velocity};

use crate::midi::Bandmate;

/// Something that happened at a sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Event {
    /// Samples that the instance has processed before it.
    pub at: u64,
    /// What.
    pub what: What,
}

/// Whose note it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// The user's.
    User,
    /// That of one of the band.
    Band(Bandmate),
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum What {
    /// The tempo from here on.
    Pace {
        /// How many steps pass in a sample.
        steps: f64,
        /// How long a quarter note lasts, in microseconds.
        micros: u32,
    },
    /// A measure begins; the one before is complete.
    Line {
        /// How many steps it has, 1…16.
        steps: u8,
        /// The host's meter: its upper and its lower number.
        meter: (u8, u8),
    },
    /// The measure under way is cut off, by a jump or a stop.
    Cut {
        /// The transport rolls on: until the next line, measures are of no known length.
        rolls: bool,
    },
    /// Another band plays from now on.
    Band(u32),
    /// A note begins.
    On {
        /// Whose.
        who: Who,
        /// Its channel.
        channel: Channel,
        /// Its key.
        key: Key,
        /// How loud it is.
        velocity: Velocity,
    },
    /// A note ends, if one sounds there.
    Off {
        /// The user's, or the band's?
        user: bool,
        /// Its channel.
        channel: Channel,
        /// Its key.
        key: Key,
    },
}
