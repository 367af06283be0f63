//! What shapes a Melody LSTM, and what it reads.

use serde::{Deserialize, Serialize};

use crate::music::band::KeyRange;
use crate::music::measure::MonoStep;
use crate::music::note::Key;
use crate::systems::melody::Melody;

/// Five octaves: with the three other symbols, 64.
pub const FIVE_OCTAVES: KeyRange = KeyRange { low: Key::new(36).expect("a key"), high: Key::new(96).expect("a key") };

/// `_`: what goes on goes on. Required by the published encoding.
pub const HOLD: usize = 61;

/// `r`: a rest starts. Required by the published encoding.
pub const REST: usize = 62;

/// `/`: a song is over. Required by the published encoding.
pub const SLASH: usize = 63;

/// All symbols. Required by the published encoding.
pub const SYMBOLS: usize = 64;

/// How many `/` stand before a song, and how long a window is. Required by the published preparation.
pub const WINDOW: usize = 64;

/// The durations, in sixteenths, of the published songs. Required by the published preparation.
pub(super) const DURATIONS: [usize; 8] = [1, 2, 3, 4, 6, 8, 12, 16];

/// The sizes and switches of a [`MelodyLstm`](super::MelodyLstm); a band file carries them. By default as published.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MelodyLstmConfig {
    /// Hidden units.
    pub units: usize,
    /// Share of the outputs that training drops.
    pub dropout: f64,
    /// It learns from a song only if all its durations are of 1, 2, 3, 4, 6, 8, 12 or 16 sixteenths.
    pub plain_durations: bool,
}

impl Default for MelodyLstmConfig {
    fn default() -> Self {
        Self { units: 256, dropout: 0.2, plain_durations: true }
    }
}

/// Writes a melody down, one event after another: at its start silence is a rest.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Scribe {
    begun: bool,
}

impl Scribe {
    pub(super) fn symbol(&mut self, event: MonoStep) -> usize {
        let begun = std::mem::replace(&mut self.begun, true);
        match event {
            MonoStep::Note(key) => FIVE_OCTAVES.place(key),
            MonoStep::Continue if begun => HOLD,
            MonoStep::Continue | MonoStep::Rest => REST,
        }
    }
}

/// A melody in symbols.
#[must_use]
pub fn symbols(melody: &Melody) -> Vec<usize> {
    let mut scribe = Scribe::default();
    melody.events.iter().map(|&event| scribe.symbol(event)).collect()
}
