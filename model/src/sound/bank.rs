//! Partials: sines of their own pitch and loudness, added.
//!
//! A sine is a point that turns on a circle, a step a sample; so it is in tune however long it sounds, needs no table, and
//! has nothing above half the sample rate.

use std::f32::consts::{PI, TAU};

use super::pulse::RUN;
use crate::systems::nn::arithmetic::in_wide_vectors;

/// The most partials of one bank. Chosen: those of a low string up to two kilohertz.
pub(super) const MOST: usize = 32;

/// How many partials are worked out side by side. Chosen: what the narrowest vectors of 64-bit processors hold, twice.
const LANES: usize = 8;

/// No partial is higher than this share of the sample rate. Chosen: a bend of two semitones stays below a half.
const HIGHEST: f32 = 0.42;

/// Below this a partial is nothing: −120 dB. Chosen: nobody hears it go, and it is far above the smallest numbers, which
/// processors are slow with.
const NOTHING: f32 = 1e-6;

/// One partial as it begins.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Partial {
    /// Its pitch, of that of the note.
    pub(super) ratio: f32,
    /// How loud it begins, and how loud it becomes.
    pub(super) from: f32,
    pub(super) to: f32,
    /// Which share of the difference between the two is left after a sample.
    pub(super) pace: f32,
    /// Where it begins, in turns.
    pub(super) phase: f32,
}

/// Partials that sound together.
#[derive(Clone, Debug)]
pub(super) struct Bank {
    re: [f32; MOST],
    im: [f32; MOST],
    cos: [f32; MOST],
    sin: [f32; MOST],
    amp: [f32; MOST],
    goal: [f32; MOST],
    pace: [f32; MOST],
    ratio: [f32; MOST],
    /// How many partials there are.
    used: usize,
    /// Are they the multiples of one pitch, in order?
    harmonic: bool,
    /// The highest pitch of all, of that of the note.
    highest: f32,
    /// Where it is tuned to, in Hz.
    tuned: f32,
}

impl Default for Bank {
    fn default() -> Self {
        let zeros = [0.0; MOST];
        Self {
            re: zeros,
            im: zeros,
            cos: zeros,
            sin: zeros,
            amp: zeros,
            goal: zeros,
            pace: zeros,
            ratio: zeros,
            used: 0,
            harmonic: true,
            highest: 0.0,
            tuned: 0.0,
        }
    }
}

impl Bank {
    /// Has no partials from now on.
    pub(super) fn clear(&mut self) {
        (self.used, self.harmonic, self.highest, self.tuned) = (0, true, 0.0, 0.0);
        // Places that stay empty are worked out too, to fill the vectors.
        (self.amp, self.goal) = ([0.0; MOST], [0.0; MOST]);
    }

    /// One more partial of a note at `hz`, unless it would be too high or there is no room.
    pub(super) fn add(&mut self, partial: Partial, hz: f32, rate: f32) {
        let at = self.used;
        if at == MOST || partial.ratio * hz > HIGHEST * rate {
            return;
        }
        let (sin, cos) = (TAU * partial.phase).sin_cos();
        (self.re[at], self.im[at]) = (cos, sin);
        (self.amp[at], self.goal[at], self.pace[at]) = (partial.from, partial.to, partial.pace);
        self.ratio[at] = partial.ratio;
        self.used += 1;
        self.highest = self.highest.max(partial.ratio);
        let multiple = self.used as f32;
        let is_multiple = partial.ratio == multiple;
        self.harmonic &= is_multiple;
    }

    /// Multiplies the loudness of all partials by this.
    pub(super) fn scale(&mut self, gain: f32) {
        for at in 0..self.used {
            self.amp[at] *= gain;
            self.goal[at] *= gain;
        }
    }

    /// How loud all partials are together when each is at its loudest: the root of the sum of their squares.
    pub(super) fn strength(&self) -> f32 {
        let loudest = |at: usize| self.amp[at].max(self.goal[at]);
        (0..self.used).map(|at| loudest(at) * loudest(at)).sum::<f32>().sqrt()
    }

    /// How loud it is now, at most.
    pub(super) fn loudness(&self) -> f32 {
        (0..self.used).map(|at| self.amp[at].max(self.goal[at])).sum()
    }

    /// From now on the note is at `hz`.
    pub(super) fn tune(&mut self, hz: f32, rate: f32) {
        if hz == self.tuned {
            return;
        }
        self.tuned = hz;
        let turn = hz / rate * TAU;
        self.turn_by(turn);
        if turn * self.highest >= PI {
            // Bent so high that the rate has no place for it: it rests, until it comes back.
            for at in (0..self.used).filter(|&at| turn * self.ratio[at] >= PI) {
                (self.re[at], self.im[at], self.cos[at], self.sin[at]) = (1.0, 0.0, 1.0, 0.0);
            }
        }
    }

    /// Every partial turns by its ratio of this in a sample.
    fn turn_by(&mut self, turn: f32) {
        if !self.harmonic {
            for at in 0..self.used {
                (self.sin[at], self.cos[at]) = (turn * self.ratio[at]).min(PI).sin_cos();
            }
            return;
        }
        // Each multiple is one turn further than the one below; each row of them as far as its first row is wide.
        let (sin, cos) = turn.sin_cos();
        let (mut s, mut c) = (0.0_f32, 1.0_f32);
        for at in 0..LANES {
            (s, c) = (s * cos + c * sin, c * cos - s * sin);
            (self.sin[at], self.cos[at]) = (s, c);
        }
        for from in (LANES..self.used).step_by(LANES) {
            for at in from..from + LANES {
                let (sin, cos) = (self.sin[at - LANES], self.cos[at - LANES]);
                (self.sin[at], self.cos[at]) = (sin * c + cos * s, cos * c - sin * s);
            }
        }
    }

    /// Rounding has moved the points off their circles: back onto them. What has died away is nothing.
    pub(super) fn tidy(&mut self) {
        let used = self.used.next_multiple_of(LANES);
        for (re, im) in self.re[..used].iter_mut().zip(&mut self.im[..used]) {
            let pull = (3.0 - *re * *re - *im * *im) * 0.5;
            *re *= pull;
            *im *= pull;
        }
        for (amp, goal) in self.amp[..used].iter_mut().zip(&self.goal[..used]) {
            *amp = if *goal == 0.0 && *amp < NOTHING { 0.0 } else { *amp };
        }
        // The highest die away first: what is nothing at the end needs no turns any more.
        while self.used > 0 && self.amp[self.used - 1] == 0.0 && self.goal[self.used - 1] == 0.0 {
            self.used -= 1;
        }
    }

    /// Adds as many samples as `out` has: at most [`RUN`].
    pub(super) fn sound(&mut self, out: &mut [f32]) {
        if self.used > 0 {
            in_wide_vectors(
                #[inline(always)]
                || self.sound_in_any(out),
            );
        }
    }

    #[inline(always)]
    fn sound_in_any(&mut self, out: &mut [f32]) {
        let mut sums = [[0.0; LANES / 2]; RUN];
        let sums = &mut sums[..out.len()];
        let end = self.used.next_multiple_of(LANES);
        let mut from = 0;
        // A turn has to wait for the turn before: twice as many lanes, where there are as many, fill the time.
        while from + 2 * LANES <= end {
            self.turn::<{ 2 * LANES }>(from, sums);
            from += 2 * LANES;
        }
        if from < end {
            self.turn::<LANES>(from, sums);
        }
        for (out, [a, b, c, d]) in out.iter_mut().zip(sums) {
            *out += (*a + *b) + (*c + *d);
        }
    }

    /// Turns so many partials, and adds what they make to the sums: always in the same order.
    #[inline(always)]
    fn turn<const N: usize>(&mut self, from: usize, sums: &mut [[f32; LANES / 2]]) {
        let load = |of: &[f32; MOST]| -> [f32; N] { std::array::from_fn(|lane| of[from + lane]) };
        let (mut re, mut im, mut amp) = (load(&self.re), load(&self.im), load(&self.amp));
        let (cos, sin, goal, pace) = (load(&self.cos), load(&self.sin), load(&self.goal), load(&self.pace));
        for sum in sums {
            let mut parts = [0.0; N];
            for lane in 0..N {
                let turned = re[lane] * cos[lane] - im[lane] * sin[lane];
                im[lane] = im[lane] * cos[lane] + re[lane] * sin[lane];
                re[lane] = turned;
                amp[lane] = goal[lane] + (amp[lane] - goal[lane]) * pace[lane];
                parts[lane] = im[lane] * amp[lane];
            }
            for row in parts.chunks_exact(LANES) {
                for lane in 0..LANES / 2 {
                    sum[lane] += row[lane] + row[lane + LANES / 2];
                }
            }
        }
        self.re[from..from + N].copy_from_slice(&re);
        self.im[from..from + N].copy_from_slice(&im);
        self.amp[from..from + N].copy_from_slice(&amp);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sound is the same on every processor.
    #[test]
    fn wide_vectors_change_no_sample() {
        for partials in [1_u8, 8, 9, 20, 32] {
            let mut bank = Bank::default();
            bank.clear();
            for number in 1..=partials {
                let n = f32::from(number);
                bank.add(Partial { ratio: n, from: 1.0 / n, to: 0.1, pace: 0.999, phase: 0.1 * n }, 110.0, 48_000.0);
            }
            bank.tune(110.0, 48_000.0);
            let mut same = bank.clone();
            for run in [1, 7, 32, RUN] {
                let (mut wide, mut plain) = ([0.0; RUN], [0.0; RUN]);
                bank.sound(&mut wide[..run]);
                same.sound_in_any(&mut plain[..run]);
                assert_eq!(wide, plain, "{partials} partials, {run} samples");
            }
        }
    }

    #[test]
    fn what_is_bent_beyond_what_the_rate_can_play_is_not_heard() {
        let bank = |partials: u8| {
            let mut bank = Bank::default();
            bank.clear();
            for number in 1..=partials {
                let ratio = f32::from(number);
                bank.add(Partial { ratio, from: 0.5, to: 0.5, pace: 1.0, phase: 0.0 }, 1000.0, 48_000.0);
            }
            bank.tune(14_000.0, 48_000.0);
            let mut out = [0.0; RUN];
            bank.sound(&mut out);
            out
        };
        assert_eq!(bank(3), bank(1));
        assert!(bank(1).iter().any(|sample| sample.abs() > 0.4));
    }

    /// A row at a time is as much in tune as one after the other.
    #[test]
    fn every_multiple_turns_as_fast_as_it_should() {
        let mut bank = Bank::default();
        bank.clear();
        for number in 1..=32_u8 {
            bank.add(Partial { ratio: f32::from(number), ..Partial::default() }, 100.0, 48_000.0);
        }
        bank.tune(100.0, 48_000.0);
        for (at, number) in (1..=32_u8).enumerate() {
            let (sin, cos) = (TAU * f32::from(number) * 100.0 / 48_000.0).sin_cos();
            assert!((bank.sin[at] - sin).abs() < 2e-6 && (bank.cos[at] - cos).abs() < 2e-6, "multiple {number}");
        }
    }
}
