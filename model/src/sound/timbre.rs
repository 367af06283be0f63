//! What an instrument with pitches sounds like, in numbers; and the partials of one of its notes.

use super::bank::{Bank, Partial};
use super::pulse::per_sample;

/// Multiples above the last that is louder than this are left out. Chosen: 60 dB below the loudest.
const NOT_HEARD: f32 = 1e-3;

/// What an instrument with pitches sounds like.
///
/// Pairs say how it is when it is played softly, and when it is played loudly.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timbre {
    /// How loud it is beside the others, in dB.
    pub(super) level: f32,
    /// How loud each multiple of the pitch is; all the same where there are none.
    pub(super) weights: &'static [f32],
    /// How many multiples there are, where `weights` does not say.
    pub(super) multiples: usize,
    /// How fast the multiples become weaker: the n-th by n to this power.
    pub(super) tilt: (f32, f32),
    /// From here on (Hz) they become weaker much faster.
    pub(super) corner: (f32, f32),
    /// Where a string is struck or plucked, of its length: multiples that rest there are not heard. 0: none.
    pub(super) plucked_at: f32,
    /// Where the body or the throat resounds: Hz, how wide, how much.
    pub(super) resonances: &'static [(f32, f32, f32)],
    /// Partials that are no multiples: the ratio, how loud, how many seconds.
    pub(super) bells: &'static [(f32, f32, f32)],
    /// `Some`: it is struck, and dies away by itself.
    pub(super) dies: Option<Dying>,
    /// How many seconds it takes to begin, and to end when the key goes up.
    pub(super) attack: f32,
    pub(super) release: f32,
    /// `Some`: it is wide, as of many players, whose pitches are so many cents apart.
    pub(super) wide: Option<f32>,
    /// How often a second it trembles, by how many cents, and by how much of its loudness.
    pub(super) tremble: (f32, f32, f32),
    /// What is heard of the hammer, the finger, the breath: how loud, for how many seconds (0: as long as it sounds),
    /// from where to where in Hz.
    pub(super) rustle: (f32, f32, (f32, f32)),
    /// How much of it the room gets.
    pub(super) room: f32,
}

/// How a struck note dies away.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dying {
    /// The seconds until middle C has fallen to 1/e.
    pub(super) seconds: f32,
    /// How much shorter a note an octave higher lasts: by two to this power.
    pub(super) higher: f32,
    /// How much shorter the n-th multiple lasts: by n to this power.
    pub(super) multiples: f32,
}

impl Timbre {
    /// An even, plain tone that others begin from.
    pub(super) const PLAIN: Self = Self {
        level: 0.0,
        weights: &[],
        multiples: 16,
        tilt: (1.0, 1.0),
        corner: (4000.0, 8000.0),
        plucked_at: 0.0,
        resonances: &[],
        bells: &[],
        dies: None,
        attack: 0.002,
        release: 0.1,
        wide: None,
        tremble: (5.0, 0.0, 0.0),
        rustle: (0.0, 0.0, (100.0, 2000.0)),
        room: 0.2,
    };

    /// How loud the n-th multiple of a note at `hz` is, struck as hard as `force` (0 to 1).
    fn weight(&self, number: usize, hz: f32, force: f32) -> f32 {
        let n = number as f32;
        let between = |(soft, loud): (f32, f32)| soft + (loud - soft) * force;
        let at = n * hz;
        let listed = if self.weights.is_empty() { 1.0 } else { self.weights.get(number - 1).copied().unwrap_or(0.0) };
        let above = at / between(self.corner);
        let comb = if self.plucked_at > 0.0 { (std::f32::consts::PI * n * self.plucked_at).sin().abs() } else { 1.0 };
        let body = if self.resonances.is_empty() {
            1.0
        } else {
            // Something is heard between the resonances too.
            let peak = |&(hz, wide, much): &(f32, f32, f32)| much / (1.0 + ((at - hz) / wide).powi(2));
            0.12 + self.resonances.iter().map(peak).sum::<f32>()
        };
        listed * n.powf(-between(self.tilt)) / (1.0 + above.powi(4)).sqrt() * comb * body
    }

    /// Fills a bank with the lowest `most` multiples of a note at `hz`, struck as hard as `force`. All banks are equally
    /// strong, and begin elsewhere on their circles by `shift` turns.
    pub(super) fn fill(&self, bank: &mut Bank, (hz, force, rate): (f32, f32, f32), most: usize, shift: f32) {
        bank.clear();
        let multiples = if self.weights.is_empty() { self.multiples } else { self.weights.len() };
        let heard = |number: &usize| self.weight(*number, hz, force) > NOT_HEARD;
        let last = (1..=multiples.min(most)).rfind(heard).unwrap_or(1);
        for number in 1..=last {
            let n = number as f32;
            let weight = self.weight(number, hz, force);
            let partial = match self.dies {
                Some(dying) => {
                    let seconds = dying.seconds * (hz / 261.6).powf(-dying.higher) * n.powf(-dying.multiples);
                    Partial { ratio: n, from: weight, to: 0.0, pace: per_sample(seconds, rate), phase: 0.0 }
                }
                None => {
                    // The higher multiples come later, and no two begin together: no peak stands out.
                    let pace = per_sample(self.attack * (0.4 + 0.2 * n.sqrt()), rate);
                    Partial { ratio: n, from: 0.0, to: weight, pace, phase: (n * n * 0.381_97 + shift).fract() }
                }
            };
            bank.add(partial, hz, rate);
        }
        let strength = bank.strength();
        for &(ratio, loud, seconds) in self.bells {
            let from = loud * strength * (0.3 + 0.7 * force);
            bank.add(Partial { ratio, from, to: 0.0, pace: per_sample(seconds, rate), phase: 0.0 }, hz, rate);
        }
        if strength > 0.0 {
            bank.scale(1.0 / strength);
        }
    }
}
