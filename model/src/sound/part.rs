//! A part: what a channel's controllers are set to, and where its sound stands.

use std::f32::consts::{FRAC_PI_4, SQRT_2};

use super::instrument::Instrument;
use super::timbre::Timbre;
use crate::music::note::{Key, Velocity};

/// What a part is told: MIDI's messages of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartEvent {
    /// A key goes down.
    On(Key, Velocity),
    /// A key goes up.
    Off(Key),
    /// A controller (0 to 127) moves to a value (0 to 127).
    Control(u8, u8),
    /// The pitch wheel stands here, −8192 to 8191.
    Bend(i16),
    /// The keys are pressed, 0 to 127.
    Pressure(u8),
    /// A General MIDI program, 0 to 127, is chosen.
    Program(u8),
}

/// How far the modulation wheel, or the keys' pressure, shakes the pitch, in cents. Chosen: as a violinist does at most.
const WHEEL: f32 = 35.0;

/// How fast level and pan follow: which share of the rest they go in a sample, at 48 kHz. Chosen: 10 ms, no click, and no drag.
const FOLLOWS: f32 = 0.002;

/// How much of a drum kit the room gets. Chosen: a small studio.
const KIT_ROOM: f32 = 0.10;

/// The state of a part.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) instrument: Instrument,
    /// Does it stay a drum kit, whatever program is chosen?
    pub(super) kit: bool,
    pub(super) pedal: bool,
    /// In semitones: by the wheel, and besides.
    pub(super) bent: f32,
    pub(super) besides: f32,
    level: f32,
    pan: f32,
    volume: u8,
    expression: u8,
    stand: u8,
    wheel: u8,
    pressure: u8,
    bend: i16,
    /// How far the pitch wheel bends, in semitones, and which parameter is being set.
    bends: f32,
    parameter: (u8, u8),
    /// What it is multiplied with: left, right, to the room; and where these go.
    gains: [f32; 3],
    goals: [f32; 3],
    follows: f32,
}

impl Part {
    pub(super) fn new(kit: bool, rate: f32) -> Self {
        let instrument = if kit { Instrument::Drums } else { Instrument::of_program(0) };
        let mut part = Self {
            instrument,
            kit,
            pedal: false,
            bent: 0.0,
            besides: 0.0,
            level: 1.0,
            pan: 0.0,
            volume: 100,
            expression: 127,
            stand: 64,
            wheel: 0,
            pressure: 0,
            bend: 0,
            bends: 2.0,
            parameter: (127, 127),
            gains: [0.0; 3],
            goals: [0.0; 3],
            follows: 1.0 - (1.0 - FOLLOWS).powf(48_000.0 / rate),
        };
        part.aim();
        part.arrive();
        part
    }

    /// The timbre of its notes; `None`: strokes.
    pub(super) fn timbre(&self) -> Option<&'static Timbre> {
        self.instrument.is_pitched().then(|| Timbre::of(self.instrument))
    }

    /// How far the wheel or the pressure shakes its pitch, in cents: the one that shakes more.
    pub(super) fn shakes(&self) -> f32 {
        WHEEL * f32::from(self.wheel.max(self.pressure)) / 127.0
    }

    pub(super) fn play(&mut self, instrument: Instrument) {
        self.instrument = instrument;
        self.aim();
    }

    /// Sets how loud it is beside the others (1: as it is), and where it stands: −1 left, 1 right.
    pub(super) fn stand(&mut self, level: f32, pan: f32) {
        (self.level, self.pan) = (level, pan);
        self.aim();
    }

    /// Takes a controller, but none of those that end notes.
    pub(super) fn control(&mut self, controller: u8, value: u8) {
        match controller {
            1 => self.wheel = value,
            6 if self.parameter == (0, 0) => self.bends = f32::from(value.min(96)),
            38 if self.parameter == (0, 0) => self.bends = self.bends.floor() + f32::from(value.min(99)) / 100.0,
            7 => self.volume = value,
            10 => self.stand = value,
            11 => self.expression = value,
            64 => self.pedal = value >= 64,
            98 | 99 => self.parameter = (127, 127),
            100 => self.parameter.1 = value,
            101 => self.parameter.0 = value,
            // Reset all controllers: all but level, pan and program, as MIDI's RP-015 has it.
            121 => {
                (self.wheel, self.pressure, self.expression, self.pedal, self.bend) = (0, 0, 127, false, 0);
                self.parameter = (127, 127);
            }
            _ => {}
        }
        self.bend(self.bend);
        self.aim();
    }

    /// How hard the keys are pressed.
    pub(super) fn press(&mut self, pressure: u8) {
        self.pressure = pressure;
    }

    pub(super) fn bend(&mut self, wheel: i16) {
        self.bend = wheel;
        self.bent = f32::from(wheel) / 8192.0 * self.bends;
    }

    /// Works out where its gains go.
    fn aim(&mut self) {
        let square = |value: u8, one: f32| (f32::from(value) / one).powi(2);
        let level = self.level * square(self.volume, 100.0) * square(self.expression, 127.0);
        let stand = (f32::from(self.stand.max(1)) - 64.0) / 63.0;
        let angle = ((self.pan + stand).clamp(-1.0, 1.0) + 1.0) * FRAC_PI_4;
        let room = self.timbre().map_or(KIT_ROOM, |timbre| timbre.room);
        self.goals = [level * SQRT_2 * angle.cos(), level * SQRT_2 * angle.sin(), room];
    }

    /// Its gains are where they go. To be called where nothing of it sounds, or where they are so near that it is not heard.
    pub(super) fn arrive(&mut self) {
        self.gains = self.goals;
    }

    /// Its gains are nearly where they go: there.
    pub(super) fn settle(&mut self) {
        for (gain, goal) in self.gains.iter_mut().zip(self.goals) {
            if (*gain - goal).abs() < 1e-6 {
                *gain = goal;
            }
        }
    }

    /// Adds what its voices made to the sum and to what the room gets.
    pub(super) fn mix(&mut self, own: [&[f32]; 2], sum: [&mut [f32]; 2], room: [&mut [f32]; 2]) {
        let ([own_left, own_right], [left, right], [room_left, room_right]) = (own, sum, room);
        for at in 0..own_left.len() {
            for (gain, goal) in self.gains.iter_mut().zip(self.goals) {
                *gain += (goal - *gain) * self.follows;
            }
            let (l, r) = (own_left[at] * self.gains[0], own_right[at] * self.gains[1]);
            left[at] += l;
            right[at] += r;
            room_left[at] += l * self.gains[2];
            room_right[at] += r * self.gains[2];
        }
    }
}
