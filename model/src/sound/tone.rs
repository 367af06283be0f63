//! One note of an instrument with pitches.

use std::f32::consts::TAU;

use super::bank::{Bank, MOST};
use super::noise::Noise;
use super::pulse::{RUN, per_sample};
use super::timbre::Timbre;

/// A note that dies away by itself is over when it has fallen to this share of its loudest: −90 dB. Chosen.
const OVER: f32 = 3e-5;

/// How many multiples are wide. Chosen: nobody hears where the higher ones come from.
const WIDE: usize = 12;

/// How loud the side is beside the middle. Chosen: a row of players, none of them outside the loudspeakers.
const WIDTH: f32 = 0.28;

/// One note as it sounds.
#[derive(Clone, Debug)]
pub(super) struct Tone {
    timbre: &'static Timbre,
    /// What is in the middle, and what is to the left as it is and to the right upside down: whoever hears both in one
    /// loudspeaker hears the middle alone, and it is in tune.
    middle: Bank,
    side: Bank,
    hz: f32,
    rate: f32,
    gain: f32,
    noise: Noise,
    rustle: f32,
    rustle_pace: f32,
    /// Seconds since it began.
    age: f32,
    /// Of the sides' loudness, so much where slow things changed last, a sample later so much more, and how many samples
    /// ago that was.
    tremolo: [f32; 2],
    slope: [f32; 2],
    since: f32,
}

impl Default for Tone {
    fn default() -> Self {
        Self {
            timbre: &Timbre::PLAIN,
            middle: Bank::default(),
            side: Bank::default(),
            hz: 0.0,
            rate: 48_000.0,
            gain: 0.0,
            noise: Noise::default(),
            rustle: 0.0,
            rustle_pace: 0.0,
            age: 0.0,
            tremolo: [1.0; 2],
            slope: [0.0; 2],
            since: 0.0,
        }
    }
}

impl Tone {
    /// Begins a note at `hz`, struck as hard as `force` (0 to 1); `seed` makes its noise.
    pub(super) fn begin(&mut self, timbre: &'static Timbre, (hz, force): (f32, f32), rate: f32, seed: u32) {
        (self.timbre, self.hz, self.rate, self.age) = (timbre, hz, rate, 0.0);
        timbre.fill(&mut self.middle, (hz, force, rate), MOST, 0.0);
        if timbre.wide.is_some() {
            timbre.fill(&mut self.side, (hz, force, rate), WIDE, 0.25);
            self.side.scale(WIDTH);
        } else {
            self.side.clear();
        }
        let (rustle, seconds, corners) = timbre.rustle;
        self.noise = Noise::new(seed, corners, rate);
        self.rustle = rustle * (0.4 + 0.6 * force);
        self.rustle_pace = if seconds > 0.0 { per_sample(seconds, rate) } else { 1.0 };
        self.gain = 10.0_f32.powf(timbre.level / 20.0) * (0.06 + 0.94 * force.powf(1.4));
        (self.tremolo, self.slope, self.since) = ([1.0; 2], [0.0; 2], 0.0);
    }

    /// The seconds that it takes to begin, and to end.
    pub(super) const fn edges(&self) -> (f32, f32) {
        let attack = if self.timbre.dies.is_some() { self.timbre.attack } else { 0.004 };
        (attack, self.timbre.release)
    }

    /// What changes slowly, for the next `every` samples: it is `bent` by so many semitones, and trembles by so many
    /// cents more.
    pub(super) fn pulse(&mut self, bent: f32, more: f32, every: f32) {
        self.middle.tidy();
        self.side.tidy();
        let (often, cents, much) = self.timbre.tremble;
        // It trembles more and more.
        let grown = (self.age / 0.6).min(1.0);
        let turn = TAU * often * self.age;
        let cents = (cents * grown + more) * turn.sin();
        let tuned = |cents: f32| self.hz * ((bent + cents / 100.0) / 12.0).exp2();
        let middle = tuned(cents);
        self.middle.tune(middle, self.rate);
        if let Some(spread) = self.timbre.wide {
            let side = tuned(cents + spread);
            self.side.tune(side, self.rate);
        }
        let sway = much * grown * (turn + 0.5).sin();
        let to = [1.0 + sway, 1.0 - sway];
        let now = |side: usize| self.tremolo[side] + self.slope[side] * self.since;
        self.tremolo = [now(0), now(1)];
        self.slope = [(to[0] - self.tremolo[0]) / every, (to[1] - self.tremolo[1]) / every];
        self.since = 0.0;
        self.age += every / self.rate;
        if self.rustle < 1e-7 {
            self.rustle = 0.0;
        }
    }

    /// Has it died away by itself?
    pub(super) fn is_over(&self) -> bool {
        self.timbre.dies.is_some() && self.middle.loudness() < OVER && self.rustle < OVER
    }

    /// Writes the next samples, as loud as it was struck.
    pub(super) fn sound(&mut self, left: &mut [f32], right: &mut [f32]) {
        left.fill(0.0);
        self.middle.sound(left);
        if self.rustle > 0.0 {
            for out in left.iter_mut() {
                *out += self.noise.next() * self.rustle;
                self.rustle *= self.rustle_pace;
            }
        }
        right.copy_from_slice(left);
        if self.timbre.wide.is_some() {
            let mut side = [0.0; RUN];
            let side = &mut side[..left.len()];
            self.side.sound(side);
            for ((left, right), side) in left.iter_mut().zip(right.iter_mut()).zip(side) {
                *left += *side;
                *right -= *side;
            }
        }
        let (gain, tremolo, slope, since) = (self.gain, self.tremolo, self.slope, self.since);
        let loud = |side: usize, at: usize| gain * (tremolo[side] + slope[side] * (since + at as f32));
        for (at, (left, right)) in left.iter_mut().zip(right.iter_mut()).enumerate() {
            *left *= loud(0, at);
            *right *= loud(1, at);
        }
        self.since += left.len() as f32;
    }
}
