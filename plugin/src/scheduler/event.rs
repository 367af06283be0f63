//! What happens in a measure, and in which order.

use model::{Key, Velocity};

use crate::midi::Bandmate;

#[derive(Clone, Copy, Debug)]
pub(super) struct Event {
    /// In steps from the measure's beginning.
    pub at: f64,
    /// The step that it was planned for.
    pub step: u8,
    pub what: What,
    pub mate: Bandmate,
    pub key: Key,
}

/// What an event does, in the order in which events of one moment come: offs first, so that a key can be struck again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// The note ends.
    Ends,
    /// The user is listened to.
    Listens,
    /// The note begins, so loud.
    Begins(Velocity),
}

impl What {
    const fn rank(self) -> u8 {
        match self {
            Self::Ends => 0,
            Self::Listens => 1,
            Self::Begins(_) => 2,
        }
    }
}

impl Event {
    /// By time, and at the same time as [`What`] says.
    pub(super) fn order(&self, other: &Self) -> std::cmp::Ordering {
        self.at
            .total_cmp(&other.at)
            .then(self.what.rank().cmp(&other.what.rank()))
            .then(self.mate.cmp(&other.mate))
            .then(self.key.cmp(&other.key))
    }
}
