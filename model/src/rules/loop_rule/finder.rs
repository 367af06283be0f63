//! Where the user's music repeats, kept up to date measure by measure.

use crate::music::band::{BandMeasure, VoiceId, VoiceMask};
use crate::music::measure::Measure;
use crate::predict::predictor::HISTORY;
use crate::rules::loop_lag::{self, Lag, MAX_LAG, Shape};

/// Listens to the user's measures and finds the lag at which they repeat best ([`loop_lag::lag`]),
/// with every likeness computed once.
///
/// # Realtime safety
/// Of fixed size (13 KB). A new measure costs 32 cosines of 48 numbers, a search 124 sums:
/// a few microseconds, no allocation.
#[derive(Clone, Debug)]
pub struct LoopFinder {
    shapes: [Shape; HISTORY],
    steps: [u8; HISTORY],
    /// `likes[a][P]`: likeness of measure a and the one P before it.
    likes: [[f32; MAX_LAG + 1]; HISTORY],
    newest: usize,
    len: usize,
}

impl Default for LoopFinder {
    fn default() -> Self {
        Self {
            shapes: [[0.0; 48]; HISTORY],
            steps: [0; HISTORY],
            likes: [[0.0; MAX_LAG + 1]; HISTORY],
            newest: HISTORY - 1,
            len: 0,
        }
    }
}

impl LoopFinder {
    /// How many measures it remembers.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Has it heard nothing?
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// Hears the user's next measure.
    pub fn push(&mut self, measure: &Measure) {
        self.newest = (self.newest + 1) % HISTORY;
        self.len = (self.len + 1).min(HISTORY);
        self.hear(measure);
    }

    /// Hears the newest measure once more, now that it is complete.
    pub fn replace_newest(&mut self, measure: &Measure) {
        if self.len > 0 {
            self.hear(measure);
        }
    }

    /// Forgets the newest measure.
    pub fn forget_newest(&mut self) {
        if self.len > 0 {
            self.newest = self.back(1);
            self.len -= 1;
        }
    }

    /// The lag that repeats best for the measure so many `ahead` of the newest one, if the music
    /// is long enough for any. The measure at that lag was heard: it lies at or before the newest.
    #[must_use]
    pub fn find(&self, ahead: u8) -> Option<Lag> {
        let newest = self.len.checked_sub(1)?;
        loop_lag::lag(newest, usize::from(ahead), |a, b| self.likes[self.back(newest - a)][a - b])
    }

    fn back(&self, ago: usize) -> usize {
        (self.newest + HISTORY - ago) % HISTORY
    }

    fn hear(&mut self, measure: &Measure) {
        // PANIC: there is room for a first voice.
        let voice = VoiceId::new(0).expect("a first voice");
        let mut alone = BandMeasure::missing(measure.steps());
        alone.set(voice, measure);
        let shape = loop_lag::shape(&alone, VoiceMask::only(voice));
        self.shapes[self.newest] = shape;
        self.steps[self.newest] = measure.steps();
        for lag in 1..=MAX_LAG.min(self.len - 1) {
            let other = self.back(lag);
            // Parts of a divided meter compare with parts of their own length only.
            let same_length = self.steps[other] == measure.steps();
            let like = if same_length { loop_lag::likeness(&shape, &self.shapes[other]) } else { 0.0 };
            self.likes[self.newest][lag] = like;
        }
    }
}
