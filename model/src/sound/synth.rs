//! The synthesiser: parts in, stereo out.

use super::instrument::Instrument;
use super::limiter::Limiter;
use super::part::{Part, PartEvent};
use super::pulse::{Pulse, RUN};
use super::room::Room;
use super::voice::State;
use super::voices::Voices;
use crate::music::note::{Key, Velocity};

/// How many parts there are. Chosen: as many as a MIDI port has channels, and eight more, so that a band of eight voices and
/// a player on any channel have parts of their own.
pub const PARTS: usize = 25;

/// The part that plays drums: channel 10, as people count. Required by General MIDI.
const KIT: usize = 9;

/// How loud all of it is, before anybody turns a knob. Measured: a band of four that plays neither softly nor loudly is
/// then at −18 LUFS.
const ALL: f32 = 0.11;

/// How fast the level follows: which share of the rest it goes in a sample, at 48 kHz. Chosen: 10 ms.
const FOLLOWS: f32 = 0.002;

/// [`PARTS`] parts, a room and a limiter.
///
/// A new one is General MIDI's: every part plays its program, the tenth the drum kit.
///
/// # Realtime safety
/// Whatever it needs is allocated by [`Synth::new`]. All else allocates, locks and waits for nothing. Where more notes are
/// to sound than there are voices, the one that is heard least goes, within milliseconds and without a click.
///
/// # Examples
/// ```
/// use model::sound::{PartEvent, Synth};
/// use model::{Key, Velocity};
///
/// let mut synth = Synth::new(48_000.0);
/// synth.tell(0, PartEvent::On(Key::MIDDLE_C, Velocity::DEFAULT));
/// let (mut left, mut right) = ([0.0; 4800], [0.0; 4800]);
/// synth.render(&mut left, &mut right);
/// assert!(left.iter().any(|sample| sample.abs() > 0.01));
/// ```
#[derive(Clone, Debug)]
pub struct Synth {
    parts: [Part; PARTS],
    voices: Voices,
    room: Room,
    limiter: Limiter,
    pulse: Pulse,
    rate: f32,
    level: f32,
    goal: f32,
    follows: f32,
    /// Does anything sound, or ring on?
    awake: bool,
}

impl Synth {
    /// A synthesiser for a sample rate in Hz; rates that nobody has are taken as the nearest of 8 to 768 kHz.
    #[must_use]
    pub fn new(rate: f32) -> Self {
        let rate = if rate.is_finite() { rate.clamp(8000.0, 768_000.0) } else { 48_000.0 };
        Self {
            parts: std::array::from_fn(|part| Part::new(part == KIT, rate)),
            voices: Voices::new(),
            room: Room::new(rate),
            limiter: Limiter::new(rate),
            pulse: Pulse::new(rate),
            rate,
            level: ALL,
            goal: ALL,
            follows: 1.0 - (1.0 - FOLLOWS).powf(48_000.0 / rate),
            awake: false,
        }
    }

    /// Sets how loud all of it is from now on: 1 is as it is, 0 silence.
    pub fn set_level(&mut self, level: f32) {
        self.goal = ALL * level;
        if !self.awake {
            self.level = self.goal;
        }
    }

    /// What a part plays from its next note on. Parts from [`PARTS`] on are none.
    pub fn set_instrument(&mut self, part: usize, instrument: Instrument) {
        if let Some(part) = self.parts.get_mut(part) {
            part.kit = instrument == Instrument::Drums;
            part.play(instrument);
        }
    }

    /// Sets how loud a part is beside the others (1: as it is), and where it stands: −1 left, 1 right.
    pub fn set_place(&mut self, part: usize, level: f32, pan: f32) {
        if let Some(part) = self.parts.get_mut(part) {
            part.stand(level, pan);
        }
    }

    /// A part is bent by so many semitones, beside what its own pitch wheel says.
    pub fn set_bend(&mut self, part: usize, semitones: f32) {
        if let Some(part) = self.parts.get_mut(part) {
            part.besides = semitones;
        }
    }

    /// Tells a part something, before the next sample.
    pub fn tell(&mut self, part: usize, event: PartEvent) {
        if part >= PARTS {
            return;
        }
        match event {
            PartEvent::On(key, velocity) => self.on(part, key, velocity),
            PartEvent::Off(key) => self.off(part, key),
            PartEvent::Bend(wheel) => self.parts[part].bend(wheel),
            PartEvent::Pressure(pressure) => self.parts[part].press(pressure),
            PartEvent::Program(program) => {
                if !self.parts[part].kit {
                    self.parts[part].play(Instrument::of_program(program));
                }
            }
            PartEvent::Control(120, _) => {
                self.voices.sounding().filter(|voice| voice.part == part).for_each(|voice| voice.leave())
            }
            PartEvent::Control(123..=127, _) => self.release(part, |_| true),
            PartEvent::Control(controller, value) => {
                self.parts[part].control(controller, value);
                if !self.parts[part].pedal {
                    self.release(part, |state| state == State::Pedal);
                }
            }
        }
    }

    /// All notes of all parts end as their keys would end them, and pedals go up.
    pub fn release_all(&mut self) {
        for part in 0..PARTS {
            self.parts[part].pedal = false;
            self.release(part, |_| true);
        }
    }

    /// Silence, at once: to be called where nobody hears it. Instruments, levels and pans stay, controllers are reset.
    pub fn reset(&mut self) {
        self.voices.clear();
        self.room.clear();
        self.limiter.clear();
        self.pulse = Pulse::new(self.rate);
        self.level = self.goal;
        self.awake = false;
        for part in &mut self.parts {
            for (controller, value) in [(121, 0), (7, 100), (10, 64)] {
                part.control(controller, value);
            }
            part.besides = 0.0;
            part.arrive();
        }
    }

    /// Does nothing sound, and does nothing ring on?
    #[must_use]
    pub const fn is_silent(&self) -> bool {
        !self.awake
    }

    /// Writes the next samples of both sides: as many as the shorter of both has.
    pub fn render(&mut self, left: &mut [f32], right: &mut [f32]) {
        let wanted = left.len().min(right.len());
        let mut done = 0;
        while done < wanted {
            if self.pulse.is_due() {
                self.slowly();
            }
            let run = self.pulse.run(wanted - done);
            let (left, right) = (&mut left[done..done + run], &mut right[done..done + run]);
            left.fill(0.0);
            right.fill(0.0);
            if self.awake {
                self.run(left, right);
            }
            done += run;
        }
    }

    fn on(&mut self, part: usize, key: Key, velocity: Velocity) {
        let state = self.parts[part];
        let is_again = |voice: &&mut super::voice::Voice| voice.part == part && voice.key == key.get();
        // The same string is struck again.
        self.voices.sounding().filter(is_again).for_each(|voice| voice.release());
        if !self.voices.sounding().any(|voice| voice.part == part) {
            self.parts[part].arrive();
        }
        let Some((voice, number)) = self.voices.place() else { return };
        voice.begin((part, key.get(), number), state.timbre(), velocity.get(), self.rate);
        voice.pulse(state.bent + state.besides, state.shakes(), self.pulse.every() as f32);
        let group = voice.group;
        if group != 0 {
            let rings =
                |voice: &&mut super::voice::Voice| voice.part == part && voice.group == group && voice.number != number;
            self.voices.sounding().filter(rings).for_each(|voice| voice.damp());
        }
        self.awake = true;
    }

    fn off(&mut self, part: usize, key: Key) {
        let pedal = self.parts[part].pedal;
        for voice in self.voices.sounding().filter(|voice| voice.part == part && voice.key == key.get()) {
            match voice.state {
                State::Held if pedal => voice.state = State::Pedal,
                State::Held => voice.release(),
                _ => {}
            }
        }
    }

    /// Notes of a part end; the pedal holds none of them.
    fn release(&mut self, part: usize, which: impl Fn(State) -> bool) {
        self.voices
            .sounding()
            .filter(|voice| voice.part == part && which(voice.state))
            .for_each(|voice| voice.release());
    }

    /// What changes slowly.
    fn slowly(&mut self) {
        if !self.awake {
            return;
        }
        let every = self.pulse.every() as f32;
        for voice in self.voices.sounding() {
            let part = &self.parts[voice.part];
            voice.pulse(part.bent + part.besides, part.shakes(), every);
        }
        self.parts.iter_mut().for_each(Part::settle);
        if (self.level - self.goal).abs() < 1e-6 {
            self.level = self.goal;
        }
        self.limiter.settle();
        self.room.settle();
        self.awake = !(self.voices.is_silent() && self.room.is_silent());
        if !self.awake {
            self.limiter.clear();
        }
    }

    /// Some samples during which nothing changes slowly.
    fn run(&mut self, left: &mut [f32], right: &mut [f32]) {
        let run = left.len();
        let (mut room_left, mut room_right) = ([0.0; RUN], [0.0; RUN]);
        let playing = self.voices.sounding().fold(0_u32, |parts, voice| parts | 1 << voice.part);
        for part in (0..PARTS).filter(|part| playing & 1 << part != 0) {
            let (mut own_left, mut own_right) = ([0.0; RUN], [0.0; RUN]);
            for voice in self.voices.sounding().filter(|voice| voice.part == part) {
                voice.sound(&mut own_left[..run], &mut own_right[..run]);
            }
            self.parts[part].mix(
                [&own_left[..run], &own_right[..run]],
                [&mut left[..], &mut right[..]],
                [&mut room_left[..run], &mut room_right[..run]],
            );
        }
        if playing != 0 || !self.room.is_silent() {
            self.room.sound([&room_left[..run], &room_right[..run]], [&mut left[..], &mut right[..]]);
        }
        for (left, right) in left.iter_mut().zip(right.iter_mut()) {
            self.level += (self.goal - self.level) * self.follows;
            *left *= self.level;
            *right *= self.level;
        }
        self.limiter.limit([left, right]);
    }
}
