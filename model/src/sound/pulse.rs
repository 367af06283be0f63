//! The grid of whatever changes slowly: vibrato, tremolo, the ends of voices.

/// How often slow things change, at least, in Hz. Chosen: steps of vibrato at this pace are not heard.
const PACE: f32 = 750.0;

/// The longest run of samples that is worked out at once. Chosen: it fits the stack and the first cache.
pub(super) const RUN: usize = 64;

/// Counts samples, and says how many are left until slow things change again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pulse {
    every: usize,
    left: usize,
}

impl Pulse {
    /// For a sample rate, in Hz.
    pub(super) fn new(rate: f32) -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate has at most six digits")]
        let every = ((rate / PACE) as usize).next_power_of_two();
        Self { every, left: 0 }
    }

    /// How many samples lie between two changes.
    pub(super) const fn every(self) -> usize {
        self.every
    }

    /// Is now the time?
    pub(super) const fn is_due(self) -> bool {
        self.left == 0
    }

    /// How many samples can be worked out at once, of so many that are wanted. After a change, at least one.
    pub(super) fn run(&mut self, wanted: usize) -> usize {
        if self.left == 0 {
            self.left = self.every;
        }
        let run = wanted.min(self.left).min(RUN);
        self.left -= run;
        run
    }
}

/// What is left of one after a sample, where an exponential falls to 1/e in so many seconds.
pub(super) fn per_sample(seconds: f32, rate: f32) -> f32 {
    (-1.0 / (seconds.max(1e-5) * rate)).exp()
}

/// How far a first-order low-pass filter with this corner (Hz) goes in a sample.
pub(super) fn towards(corner: f32, rate: f32) -> f32 {
    1.0 - (-std::f32::consts::TAU * corner.min(0.45 * rate) / rate).exp()
}
