//! The last measures that the band played, to be frozen: repeated until released.

use super::interplay::LONGEST_TURN;
use crate::music::band::BandMeasure;
use crate::music::drums::DrumMeasure;

const MOST: usize = LONGEST_TURN as usize;

/// A measure that was performed.
#[derive(Clone, Copy)]
pub(super) struct Performed {
    /// What the band played.
    pub(super) measure: BandMeasure,
    /// What the drummer played.
    pub(super) drums: DrumMeasure,
    /// Which of the band's performances it was.
    pub(super) performance: u32,
}

/// Records what the band plays, and holds it while the band is frozen.
///
/// # Realtime safety
/// Of fixed size (60 KB): to freeze copies half of it, once; nothing allocates.
pub(super) struct Tape {
    /// The newest measure is the last one before `next`.
    last: [Performed; MOST],
    next: usize,
    len: usize,
    /// The same, as they were when the freeze took hold, oldest first.
    held: [Performed; MOST],
    held_len: usize,
    /// How many measures were repeated since; `None`: not frozen.
    repeated: Option<usize>,
}

impl Default for Tape {
    fn default() -> Self {
        let nothing = Performed { measure: BandMeasure::missing(16), drums: DrumMeasure::silent(16), performance: 0 };
        Self { last: [nothing; MOST], next: 0, len: 0, held: [nothing; MOST], held_len: 0, repeated: None }
    }
}

impl Tape {
    /// The band has played a measure, or was silent in it (`rests`). The tape begins with the first one that it played.
    pub(super) fn record(&mut self, measure: &BandMeasure, drums: &DrumMeasure, performance: u32, rests: bool) {
        if self.len > 0 || !rests {
            self.last[self.next] = Performed { measure: *measure, drums: *drums, performance };
            self.next = (self.next + 1) % MOST;
            self.len = (self.len + 1).min(MOST);
        }
    }

    /// A measure begins: what the band repeats in it, if it is frozen for `loop_length` measures. The freeze takes hold
    /// as soon as that many were played. A loop that is made longer afterwards is at most as long as what had been
    /// played by then.
    pub(super) fn turn(&mut self, loop_length: Option<u8>) -> Option<&Performed> {
        let Some(length) = loop_length.map(|length| usize::from(length.clamp(1, LONGEST_TURN))) else {
            self.repeated = None;
            return None;
        };
        if self.repeated.is_none() {
            if self.len < length {
                return None;
            }
            for place in 0..self.len {
                self.held[place] = self.last[(self.next + MOST - self.len + place) % MOST];
            }
            self.held_len = self.len;
        }
        let repeated = self.repeated.unwrap_or(0);
        self.repeated = Some(repeated.wrapping_add(1));
        let length = length.min(self.held_len);
        Some(&self.held[self.held_len - length + repeated % length])
    }

    /// The music starts anew: the tape is empty, but what is frozen stays, from its beginning on.
    pub(super) fn restart(&mut self) {
        self.len = 0;
        self.repeated = self.repeated.map(|_| 0);
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.len = 0;
        self.repeated = None;
    }
}
