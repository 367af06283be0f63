//! How the last measures were played, so that what is frozen is played just like it.

use model::{Begun, Source};

/// How the last measures were played, by the number of their performance.
#[derive(Clone, Copy, Debug)]
pub(super) struct Played([(u32, u32, f32); PLAYED]);

/// More than can be frozen. Chosen.
const PLAYED: usize = 64;

impl Default for Played {
    fn default() -> Self {
        Self([(0, 0, 1.0); PLAYED])
    }
}

impl Played {
    /// The index that decides on a measure's unevenness, and its loudness.
    pub(super) fn like(&mut self, begun: &Begun, loudness: f32) -> (u32, f32) {
        let place = &mut self.0[begun.performance as usize % PLAYED];
        if begun.source != Source::Frozen || place.0 != begun.performance {
            *place = (begun.performance, begun.index.0, loudness);
        }
        (place.1, place.2)
    }
}
