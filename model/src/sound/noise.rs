//! Noise that is the same whenever it begins with the same number, and what is cut out of it.

use super::pulse::towards;

/// White noise between two corners.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Noise {
    state: u32,
    /// How far the filters go in a sample, and where they are.
    low: f32,
    high: f32,
    under_high: f32,
    under_high_twice: f32,
    under_low: f32,
}

impl Noise {
    /// Noise between `low` and `high`, in Hz.
    pub(super) fn new(seed: u32, (low, high): (f32, f32), rate: f32) -> Self {
        Self {
            state: seed.wrapping_mul(0x9e37_79b9) | 1,
            low: towards(low, rate),
            high: towards(high, rate),
            ..Self::default()
        }
    }

    /// The next sample, about −1 to 1.
    pub(super) fn next(&mut self) -> f32 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 17;
        self.state ^= self.state << 5;
        // The upper half of the number between 1 and 2.
        let white = f32::from_bits(0x3f80_0000 | self.state >> 9) * 2.0 - 3.0;
        self.under_high += (white - self.under_high) * self.high;
        self.under_high_twice += (self.under_high - self.under_high_twice) * self.high;
        self.under_low += (self.under_high_twice - self.under_low) * self.low;
        self.under_high_twice - self.under_low
    }
}
