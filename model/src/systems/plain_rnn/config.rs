//! What shapes a plain RNN, and what it reads.

use serde::{Deserialize, Serialize};

use crate::music::band::KeyRange;
use crate::music::note::Key;

/// The keys of a piano.
pub const PIANO: KeyRange = KeyRange { low: Key::new(21).expect("a key"), high: Key::new(108).expect("a key") };

/// The class that stands before a melody's first note, after the 88 keys. Required by the published encoding.
pub const START: usize = 88;

/// The class after its last note. Required by the published encoding.
pub const END: usize = 89;

/// Keys, START, END. Required by the published encoding.
pub const CLASSES: usize = 90;

/// The size of a [`PlainRnn`](super::PlainRnn); a band file carries it. By default as published.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PlainRnnConfig {
    /// Hidden units.
    pub units: usize,
}

impl Default for PlainRnnConfig {
    fn default() -> Self {
        Self { units: 50 }
    }
}

/// The class of a key; keys beyond the piano are brought in by octaves.
pub(super) fn class(key: Key) -> usize {
    PIANO.place(key)
}
