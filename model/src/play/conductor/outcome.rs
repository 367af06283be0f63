//! What the conductor says about a measure, a prediction, and the whole take.

use crate::predict::predictor::MeasureIndex;

/// A measure that has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begun {
    /// Its place in play order.
    pub index: MeasureIndex,
    /// Where the band's part comes from.
    pub source: Source,
    /// Counts the measures that the band performed since the conductor was made. One that is
    /// frozen has the number of the one that it repeats: it is played just as that was.
    pub performance: u32,
}

/// Where a measure of the band comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// The band is silent: it still listens, or no voice is chosen.
    Silent,
    /// A prediction, there in time.
    Predicted,
    /// The prediction is missing: what the band played so many measures ago, where the user's
    /// music repeats.
    LoopAgo(u8),
    /// The prediction is missing and nothing repeats: the n-gram.
    NGram,
    /// The user is silent: the band ends on a close in the key.
    Closing,
    /// The band rests after its close until the user plays again.
    Resting,
    /// The band is frozen, and repeats what it played.
    Frozen,
}

impl Source {
    /// Is it a fallback for a missing prediction?
    #[must_use]
    pub const fn is_fallback(self) -> bool {
        matches!(self, Self::LoopAgo(_) | Self::NGram)
    }
}

/// What became of a prediction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// It plays at its bar line.
    Planned,
    /// It was requested before a jump, a reset or a change of the user's voice: not used.
    Stale,
    /// Its measure has already begun: not used.
    Late,
}

/// How many measures came from where, since the conductor was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Measures that were predicted.
    pub predicted: u32,
    /// Measures whose prediction was due and did not come in time; a fallback played.
    pub missed: u32,
    /// Measures for which no prediction could be had (the first after a jump, say); a fallback
    /// played.
    pub bridged: u32,
    /// Fallback measures that repeat what the band played one loop ago.
    pub by_loop: u32,
    /// Fallback measures by the n-gram.
    pub by_ngram: u32,
    /// Closing measures.
    pub closes: u32,
}

impl Tally {
    /// Measures that a fallback played: missed and bridged.
    #[must_use]
    pub const fn fallbacks(&self) -> u32 {
        self.missed + self.bridged
    }
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.predicted += other.predicted;
        self.missed += other.missed;
        self.bridged += other.bridged;
        self.by_loop += other.by_loop;
        self.by_ngram += other.by_ngram;
        self.closes += other.closes;
    }
}
