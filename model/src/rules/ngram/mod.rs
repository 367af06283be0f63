//! An n-gram of music: what follows what, counted and smoothed. It is a
//! whole band, and the rule that plays when neither a prediction nor a loop is there.
//!
//! A measure is a chain of small decisions, each with a few contexts from general to special:
//!
//! 1. `harmony`: a chord label for each half measure, from the label before and from what the
//!    user played where the music repeats;
//! 2. per voice and step, a *kind* (go on, note, rest), from the place in the measure, the onsets
//!    so far and the voice's last measure;
//! 3. per onset, its keys (a chord from its lowest note up), from the last notes and the label.
//!
//! `walk` makes these decisions; training counts them, scoring multiplies their
//! probabilities, playing draws them. Music is in C major or A minor here.

mod bytes;
mod harmony;
mod play;
mod score;
mod table;
mod train;
mod walk;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::music::band::{BandSpec, VoiceMask};
use crate::music::voicing::Players;

pub use bytes::BytesError;
pub use play::NGramPlayer;
use table::Table;

/// The most bytes that a trained n-gram takes: rare contexts are left out until it fits. Chosen: a tenth of a band that
/// ships.
pub const MOST_NGRAM_BYTES: usize = 300_000;

/// A trained n-gram of one band.
///
/// Probabilities are interpolated from the most general context (none) to the most special one,
/// each with the weight that its number of different successors suggests; none is ever 0.
///
/// # Realtime safety
/// Immutable: shared as an `Arc`. Playing ([`crate::Fallback`]) allocates and locks nothing.
///
/// # Source
/// The n-gram of `midi_generate_rnn`; Witten and Bell, "The zero-frequency problem" (1991),
/// method C, interpolated; back-off over factors as in Bilmes and Kirchhoff (2003).
#[derive(Debug)]
pub struct NGram {
    spec: BandSpec,
    players: Players,
    table: Table,
}

impl NGram {
    fn new(spec: BandSpec, table: Table) -> Self {
        let players = Players::of(&spec);
        Self { spec, players, table }
    }

    /// The band that it plays.
    #[must_use]
    pub const fn spec(&self) -> &BandSpec {
        &self.spec
    }

    /// All of its voices.
    #[must_use]
    pub fn voices(&self) -> VoiceMask {
        self.players.all()
    }

    /// A [`crate::Predictor`] that plays it.
    #[must_use]
    pub fn player(self: &Arc<Self>) -> NGramPlayer {
        NGramPlayer::new(Arc::clone(self))
    }
}
