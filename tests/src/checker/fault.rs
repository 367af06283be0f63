//! What a host or a listener would complain about.

use model::{Channel, Key};

use crate::event::Kind;

/// Something that a plugin must not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// An event stands before the one that was sent earlier.
    OutOfOrder {
        /// The sample of the block.
        offset: u32,
    },
    /// An event lies beyond the block.
    OutsideBlock {
        /// The sample of the block.
        offset: u32,
        /// How many samples the block has.
        frames: u32,
    },
    /// A message whose channel, key, velocity, number or value MIDI does not have.
    OutOfRange {
        /// The sample of the block.
        offset: u32,
    },
    /// A note is said in a dialect that the host has told it does not take.
    WrongDialect {
        /// The sample of the block.
        offset: u32,
    },
    /// A note begins while it sounds.
    DoubleOn {
        /// Its channel.
        channel: Channel,
        /// Its key.
        key: Key,
    },
    /// A note ends that does not sound.
    OrphanOff {
        /// Its channel.
        channel: Channel,
        /// Its key.
        key: Key,
    },
    /// A band's note begins beside its step.
    OffGrid {
        /// Samples to the nearest step.
        error: u64,
    },
    /// A band's note begins while the transport stands still, or while the plugin is bypassed.
    NoteWhileSilent {
        /// Its key.
        key: Key,
    },
    /// A note still sounds after the first sample of the first block after a stop, bypass, reset
    /// or activation.
    LateOff {
        /// Its channel.
        channel: Channel,
        /// Its key.
        key: Key,
    },
    /// The player's pedal, which came through, is still down there after a reset or activation, or
    /// after thru was switched off.
    LatePedal {
        /// Its channel.
        channel: Channel,
    },
    /// The player's own notes did not come through as they went in.
    ThruDiffers,
    /// A note of the player's came through on another channel than that of the voice that is played.
    WrongChannel {
        /// What should have come.
        expected: Kind,
    },
    /// The player's controllers did not come through as they went in.
    ControlsDiffer,
    /// The player's system exclusive messages did not come through as they went in.
    SysExDiffers,
    /// A band's note begins on a channel of the player's MPE zone, where it is bent with the player's.
    InZone {
        /// Its channel.
        channel: Channel,
    },
}

/// Where a fault was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The sample since the beginning at which the block started.
    pub block: i64,
    /// What.
    pub fault: Fault,
}

/// What the checker saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// The first faults, at most [`Verdict::SHOWN`].
    pub found: Vec<Found>,
    /// All of them.
    pub faults: usize,
    /// Notes that still sounded at the end, but those of the player that nobody ended.
    pub hanging: usize,
    /// Notes that ended without having begun.
    pub orphans: usize,
    /// Notes that began twice.
    pub doubled: usize,
    /// The farthest that a band's note began from where it may, in samples.
    pub max_onset_error: u64,
    /// Events that were heard.
    pub events: usize,
}

impl Verdict {
    /// How many faults are kept.
    pub const SHOWN: usize = 20;

    /// Nothing to complain about?
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.faults == 0 && self.hanging == 0
    }
}
