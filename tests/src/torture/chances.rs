//! Drawing from a seed.

use model::Rng;
use model::random::mix;

/// A generator with the draws that scripts need.
#[derive(Debug)]
pub(super) struct Chances(Rng);

impl Chances {
    /// The generator of one script among a seed's.
    pub(super) fn new(seed: u64, number: u64) -> Self {
        Self(Rng::new(mix(seed, number)))
    }

    /// True in so many of a hundred cases.
    pub(super) fn percent(&mut self, percent: usize) -> bool {
        self.0.below(100) < percent
    }

    /// One of these.
    pub(super) fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.0.below(of.len())]
    }

    /// From the first up to the last, both included.
    pub(super) fn between(&mut self, first: i64, last: i64) -> i64 {
        let count = usize::try_from(last - first + 1).unwrap_or(1);
        first + i64::try_from(self.0.below(count)).unwrap_or(0)
    }

    /// The same for counts.
    pub(super) fn count(&mut self, first: usize, last: usize) -> usize {
        first + self.0.below(last + 1 - first)
    }

    /// The same for what MIDI counts.
    pub(super) fn byte(&mut self, first: u8, last: u8) -> u8 {
        u8::try_from(self.between(first.into(), last.into())).unwrap_or(first)
    }
}
