//! One stroke of a drum kit: skins that are struck, noise, and metal.

use std::f32::consts::TAU;

use super::bank::{Bank, Partial};
use super::noise::Noise;
use super::pulse::per_sample;

/// A stroke is over when it has fallen to this share of its loudest: −90 dB. Chosen.
const OVER: f32 = 3e-5;

/// How many partials a plate of metal has. Chosen: fewer sound like a chord.
const PLATES: u8 = 24;

/// How loud the kit is beside the other instruments, in dB. Measured: then it drives a band, and does not bury it.
const KIT: f32 = 9.0;

/// A skin, or whatever has one pitch that may fall.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Skin {
    /// Its pitch, in Hz; with which multiple of that it begins; and for how many seconds it falls from there.
    pub(super) hz: f32,
    pub(super) from: f32,
    pub(super) falls: f32,
    /// How loud it is, and for how many seconds.
    pub(super) loud: f32,
    pub(super) seconds: f32,
}

/// What a stroke sounds like, in numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stroke {
    /// How loud it is beside the others, in dB.
    pub(super) level: f32,
    /// Where it stands: −1 left, 1 right.
    pub(super) pan: f32,
    /// What has a pitch.
    pub(super) skins: [Skin; 2],
    /// Noise: how loud, for how many seconds, from where to where (Hz).
    pub(super) noise: (f32, f32, (f32, f32)),
    /// Metal: how loud, for how many seconds, from where to where (Hz).
    pub(super) metal: (f32, f32, (f32, f32)),
    /// A stroke ends those of the same group, but 0.
    pub(super) group: u8,
}

impl Stroke {
    /// Silence, from which all strokes begin.
    pub(super) const NONE: Self = Self {
        level: 0.0,
        pan: 0.0,
        skins: [Skin { hz: 100.0, from: 1.0, falls: 0.01, loud: 0.0, seconds: 0.01 }; 2],
        noise: (0.0, 0.01, (1000.0, 5000.0)),
        metal: (0.0, 0.01, (1000.0, 5000.0)),
        group: 0,
    };
}

/// A skin as it sounds.
#[derive(Clone, Copy, Debug, Default)]
struct Struck {
    phase: f32,
    step: f32,
    more: f32,
    falls: f32,
    loud: f32,
    fades: f32,
}

/// One stroke as it sounds.
#[derive(Clone, Debug, Default)]
pub(super) struct Hit {
    skins: [Struck; 2],
    noise: Noise,
    loud: f32,
    fades: f32,
    metal: Bank,
    sides: [f32; 2],
}

impl Hit {
    /// Begins a stroke, as hard as `force` (0 to 1); `seed` makes its noise.
    pub(super) fn begin(&mut self, stroke: &Stroke, force: f32, rate: f32, seed: u32) {
        // A hard stroke stretches the skin, and is brighter.
        self.skins = stroke.skins.map(|skin| Struck {
            phase: 0.0,
            step: (skin.hz / rate).min(0.4),
            more: skin.hz * (skin.from - 1.0) * (0.6 + 0.4 * force) / rate,
            falls: per_sample(skin.falls, rate),
            // What is too high for the rate is left out.
            loud: if skin.hz * skin.from > 0.45 * rate { 0.0 } else { skin.loud },
            fades: per_sample(skin.seconds, rate),
        });
        let (loud, seconds, (low, high)) = stroke.noise;
        self.noise = Noise::new(seed, (low, high * (0.6 + 0.4 * force)), rate);
        (self.loud, self.fades) = (loud, per_sample(seconds, rate));
        self.metal.clear();
        let (loud, seconds, (low, high)) = stroke.metal;
        if loud > 0.0 {
            for plate in 0..PLATES {
                let at = f32::from(plate);
                // As far apart as plates are: evenly on the whole, and never in a row of multiples.
                let ratio = (high / low).powf((at + (at * 0.618).fract()) / f32::from(PLATES));
                let pace = per_sample(seconds * ratio.powf(-0.35), rate);
                let from = loud * ratio.powf(-0.25 + 0.2 * force);
                self.metal.add(Partial { ratio, from, to: 0.0, pace, phase: at * at * 0.382 }, low, rate);
            }
            self.metal.tune(low, rate);
        }
        let gain = 10.0_f32.powf((stroke.level + KIT) / 20.0) * (0.05 + 0.95 * force.powf(1.5));
        let angle = (stroke.pan + 1.0) * std::f32::consts::FRAC_PI_4;
        self.sides = [gain * std::f32::consts::SQRT_2 * angle.cos(), gain * std::f32::consts::SQRT_2 * angle.sin()];
    }

    /// What has died away is nothing from here on.
    pub(super) fn pulse(&mut self) {
        self.metal.tidy();
        for skin in &mut self.skins {
            if skin.loud < 1e-7 {
                skin.loud = 0.0;
            }
            if skin.more.abs() < 1e-9 {
                skin.more = 0.0;
            }
        }
        if self.loud < 1e-7 {
            self.loud = 0.0;
        }
    }

    /// Has it died away?
    pub(super) fn is_over(&self) -> bool {
        self.loud < OVER && self.skins.iter().all(|skin| skin.loud < OVER) && self.metal.loudness() < OVER
    }

    /// Writes the next samples.
    pub(super) fn sound(&mut self, left: &mut [f32], right: &mut [f32]) {
        left.fill(0.0);
        self.metal.sound(left);
        if self.loud > 0.0 {
            for out in left.iter_mut() {
                *out += self.noise.next() * self.loud;
                self.loud *= self.fades;
            }
        }
        for skin in self.skins.iter_mut().filter(|skin| skin.loud > 0.0) {
            for out in left.iter_mut() {
                skin.phase += skin.step + skin.more;
                skin.phase -= skin.phase.floor();
                skin.more *= skin.falls;
                *out += (TAU * skin.phase).sin() * skin.loud;
                skin.loud *= skin.fades;
            }
        }
        for (left, right) in left.iter_mut().zip(right) {
            *right = *left * self.sides[1];
            *left *= self.sides[0];
        }
    }
}
