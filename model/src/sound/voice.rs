//! One voice of the synthesiser: a note or a stroke, from the key to the silence after it.

use super::kit::stroke_of;
use super::pulse::{RUN, per_sample};
use super::stroke::Hit;
use super::timbre::Timbre;
use super::tone::Tone;

/// How many seconds a note takes to be silent that has to go. Chosen: long enough not to click, and not to be heard.
const AWAY: f32 = 0.006;

/// A note that ends is over when it has fallen to this share of its loudest: −80 dB. Chosen.
const SILENT: f32 = 1e-4;

/// What a voice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It is nobody's.
    Free,
    /// Its key is down.
    Held,
    /// Its key is up, the pedal holds it.
    Pedal,
    /// It ends as its instrument ends.
    Released,
    /// It has to go.
    Leaving,
}

/// One voice.
#[derive(Clone, Debug)]
pub(super) struct Voice {
    pub(super) state: State,
    pub(super) part: usize,
    pub(super) key: u8,
    /// The number of its note, in the order in which notes begin.
    pub(super) number: u32,
    /// Which strokes end it; 0: none.
    pub(super) group: u8,
    /// A stroke, or a note with a pitch?
    strikes: bool,
    tone: Tone,
    hit: Hit,
    level: f32,
    rises: f32,
    falls: f32,
    leaves: f32,
}

impl Default for Voice {
    fn default() -> Self {
        Self {
            state: State::Free,
            part: 0,
            key: 0,
            number: 0,
            group: 0,
            strikes: false,
            tone: Tone::default(),
            hit: Hit::default(),
            level: 0.0,
            rises: 1.0,
            falls: 0.0,
            leaves: 1.0,
        }
    }
}

impl Voice {
    /// Begins the note or stroke of a key; `None` for the timbre: a stroke. The same note has the same noise.
    pub(super) fn begin(
        &mut self,
        (part, key, number): (usize, u8, u32),
        timbre: Option<&'static Timbre>,
        velocity: u8,
        rate: f32,
    ) {
        (self.state, self.part, self.key, self.number, self.level) = (State::Held, part, key, number, 0.0);
        #[expect(clippy::cast_possible_truncation, reason = "there are 24 parts")]
        let seed = (part as u32) << 14 | u32::from(key) << 7 | u32::from(velocity);
        let force = f32::from(velocity) / 127.0;
        self.leaves = 1.0 / (AWAY * rate).max(1.0);
        if let Some(timbre) = timbre {
            (self.strikes, self.group) = (false, 0);
            let hz = 440.0 * ((f32::from(key) - 69.0) / 12.0).exp2();
            self.tone.begin(timbre, (hz, force), rate, seed);
            let (attack, release) = self.tone.edges();
            (self.rises, self.falls) = (1.0 / (attack * rate).max(1.0), per_sample(release, rate));
        } else {
            let stroke = stroke_of(key);
            (self.strikes, self.group) = (true, stroke.group);
            self.hit.begin(&stroke, force, rate, seed);
            (self.rises, self.falls) = (1.0 / (0.0006 * rate).max(1.0), per_sample(0.02, rate));
        }
    }

    /// Its key goes up.
    pub(super) fn release(&mut self) {
        // A stroke dies away by itself.
        if !self.strikes && matches!(self.state, State::Held | State::Pedal) {
            self.state = State::Released;
        }
    }

    /// It ends soon, whatever it is.
    pub(super) fn damp(&mut self) {
        if matches!(self.state, State::Held | State::Pedal) {
            self.state = State::Released;
        }
    }

    /// It has to go.
    pub(super) fn leave(&mut self) {
        if self.state != State::Free {
            // Nothing of it was heard yet: it may go at once.
            self.state = if self.level == 0.0 { State::Free } else { State::Leaving };
        }
    }

    /// How dear it is to whoever listens: the least goes first.
    pub(super) fn worth(&self) -> (u8, u32, u32) {
        let rank = match self.state {
            State::Free | State::Leaving => 0,
            State::Released => 1,
            State::Pedal => 2,
            State::Held => 3 - u8::from(self.strikes),
        };
        // Of those that end, the quietest; else the oldest. The bits of positive numbers are in their order.
        let quiet = if self.state == State::Released { self.level.to_bits() } else { 0 };
        (rank, quiet, self.number)
    }

    /// What changes slowly; `bent` in semitones, `more` vibrato in cents.
    pub(super) fn pulse(&mut self, bent: f32, more: f32, every: f32) {
        let over = if self.strikes {
            self.hit.pulse();
            self.hit.is_over()
        } else {
            self.tone.pulse(bent, more, every);
            self.tone.is_over()
        };
        let ended = match self.state {
            State::Released => self.level < SILENT,
            State::Leaving => self.level <= 0.0,
            State::Free | State::Held | State::Pedal => false,
        };
        if over || ended {
            self.state = State::Free;
        }
    }

    /// Adds its next samples.
    pub(super) fn sound(&mut self, left: &mut [f32], right: &mut [f32]) {
        let (mut own_left, mut own_right) = ([0.0; RUN], [0.0; RUN]);
        let (own_left, own_right) = (&mut own_left[..left.len()], &mut own_right[..right.len()]);
        if self.strikes {
            self.hit.sound(own_left, own_right);
        } else {
            self.tone.sound(own_left, own_right);
        }
        let (mut level, rises, falls, leaves) = (self.level, self.rises, self.falls, self.leaves);
        let own = own_left.iter().zip(own_right.iter());
        let all = left.iter_mut().zip(right).zip(own);
        match self.state {
            State::Free | State::Held | State::Pedal if level >= 1.0 => add(all, || 1.0),
            State::Free | State::Held | State::Pedal => add(all, || {
                level = (level + rises).min(1.0);
                level
            }),
            State::Released => add(all, || {
                level *= falls;
                level
            }),
            State::Leaving => add(all, || {
                level = (level - leaves).max(0.0);
                level
            }),
        }
        self.level = level;
    }
}

/// Adds a voice's own samples to both sides, each as loud as `level` says.
#[inline(always)]
fn add<'a>(
    samples: impl Iterator<Item = ((&'a mut f32, &'a mut f32), (&'a f32, &'a f32))>,
    mut level: impl FnMut() -> f32,
) {
    for ((left, right), (own_left, own_right)) in samples {
        let level = level();
        *left += own_left * level;
        *right += own_right * level;
    }
}
