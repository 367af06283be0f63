//! What a band does with a piece that lies before it, without a host and without haste.
//!
//! 1. [`rewrite`]: voices of a piece written anew, from the measures before and from the other voices of the same measure:
//!    *fill* and *redo*.
//! 2. [`primer`]: what may stand before new music: notes, silence, noise.
//! 3. [`go_on`]: new measures after those that are there, one after another, and answers to a player's phrases.
//! 4. [`search`]: new events after a melody, with the search for likely ones.
//! 5. [`score`]: pieces of bands as songs, to be written to a file.

pub mod go_on;
pub mod primer;
pub mod rewrite;
pub mod score;
pub mod search;

use crate::music::band::{BandMeasure, VoiceMask};
use crate::music::tonality::Tonality;
use crate::predict::predictor::Style;

/// How a task is done.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Manner {
    /// How to play.
    pub style: Style,
    /// The key; else it is found in the music that is there.
    pub key: Option<Tonality>,
    /// Everything random comes from this.
    pub seed: u64,
}

impl Manner {
    /// What was written, as loud as the energy asks for. Once, at the end: what is played again comes from music as it was.
    pub fn aloud(&self, measures: &mut [BandMeasure], voices: VoiceMask) {
        measures.iter_mut().for_each(|measure| self.style.energy.aloud(measure, voices));
    }
}
