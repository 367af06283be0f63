//! The limiter: nothing is louder than what converters can play.
//!
//! It looks at no sample that is still to come, so it is not late: where a sample would be too loud, all becomes quieter
//! at once, and slowly loud again.

use super::pulse::per_sample;

/// The loudest sample: −3.7 dB. Measured: between samples the wave goes at most 2.5 dB beyond it (at 8 kHz; 0.5 dB at 48
/// kHz), however hard the band plays, so that it stays below the −1 dB that broadcasters and streamers ask for.
const CEILING: f32 = 0.65;

/// The seconds until most of the loudness is back. Chosen: slower than a bass note's waves, faster than a beat.
const RECOVERS: f32 = 0.12;

/// The limiter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limiter {
    gain: f32,
    keeps: f32,
}

impl Limiter {
    /// For a sample rate, in Hz.
    pub(super) fn new(rate: f32) -> Self {
        Self { gain: 1.0, keeps: per_sample(RECOVERS, rate) }
    }

    /// It holds nothing back any more.
    pub(super) fn clear(&mut self) {
        self.gain = 1.0;
    }

    /// It holds nearly nothing back: nothing.
    pub(super) fn settle(&mut self) {
        if self.gain > 1.0 - 1e-6 {
            self.gain = 1.0;
        }
    }

    /// The two sides, none too loud.
    pub(super) fn limit(&mut self, [left, right]: [&mut [f32]; 2]) {
        for (left, right) in left.iter_mut().zip(right) {
            self.gain = 1.0 - (1.0 - self.gain) * self.keeps;
            let peak = left.abs().max(right.abs());
            if peak * self.gain > CEILING {
                self.gain = CEILING / peak;
            }
            *left *= self.gain;
            *right *= self.gain;
        }
    }
}
