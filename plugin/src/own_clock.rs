//! A clock of its own, for hosts whose transport stands, for the program and for live use: tempo, meter, count-in, start and
//! stop.
//!
//! The engine sees it as it sees a host's transport: [`OwnClock`] says what a host would say, and cuts the block into
//! stretches wherever a host could say something new only at a block's beginning: where it starts and stops, and where
//! another meter begins.
//!
//! ```text
//! block      |──────────────────|──────────────────|
//! stretches  | stands    | plays                    |
//!                        ^ the first note: measure 1, beat 1
//! ```
//!
//! **Exact over hours.** Its place is a whole number. A quarter note has 60 000 units for each sample of a second, so that in
//! each sample as many units pass as the tempo has thousandths of a beat a minute: nothing is ever rounded, and another
//! tempo leaves what was where it was.

mod click;
mod cued;
mod settings;
#[cfg(test)]
mod tests;

use model::{Channel, TimeSignature};

use crate::midi::{Input, SUSTAIN};
use crate::transport::HostTransport;
use crate::units::{Bpm, SampleRate};
pub use click::Click;
pub use cued::{Cued, Takes};
pub use settings::{OwnSettings, Switch};

/// Of a sample this part is forgiven when a place is rounded to a sample: one in so many. Required: the measure clock forgives
/// as much.
const FORGIVEN: i64 = 1000;

/// What it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Stopped,
    /// It starts with the first note.
    Waits,
    Rolls,
}

/// What comes next in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advance {
    /// The next event switched the clock; nobody else is to hear it.
    Swallow,
    /// Up to this sample nothing changes, and these events belong there.
    Play {
        /// The stretch ends before it.
        to: u32,
        /// Which events.
        takes: Takes,
    },
}

/// A clock, as a host has one.
///
/// # Realtime safety
/// Nothing allocates, locks or waits.
#[derive(Clone, Debug)]
pub struct OwnClock {
    settings: OwnSettings,
    state: State,
    /// Units of a quarter note.
    quarter: i64,
    /// Where it is, in units; measure 1 begins at 0.
    place: i64,
    /// Where the bar under way begins.
    bar: i64,
    /// The meter of the bar under way.
    meter: TimeSignature,
    /// Samples since it started.
    samples: i64,
    /// Beats up to here were told.
    told: i64,
    /// The channels on which what switches it is down, a bit each.
    down: u16,
    /// It was switched from a keyboard: whether it runs since.
    turned: Option<bool>,
}

impl OwnClock {
    /// A clock that stands.
    #[must_use]
    pub fn new(rate: SampleRate) -> Self {
        Self {
            settings: OwnSettings::default(),
            state: State::Stopped,
            quarter: quarter_of(rate),
            place: 0,
            bar: 0,
            meter: TimeSignature::FOUR_FOUR,
            samples: 0,
            told: 0,
            down: 0,
            turned: None,
        }
    }

    /// For another sample rate; it begins anew.
    pub fn activate(&mut self, rate: SampleRate) {
        self.quarter = quarter_of(rate);
        self.reset();
    }

    /// Time may have passed: it begins anew.
    pub fn reset(&mut self) {
        self.state = State::Stopped;
        self.down = 0;
        self.obey();
    }

    /// Other settings, at the start of a block. Returns whether another clock counts from here on.
    pub fn set(&mut self, new: OwnSettings) -> bool {
        let old = std::mem::replace(&mut self.settings, new);
        if new.switch != old.switch {
            self.down = 0;
        }
        if new.chosen != old.chosen {
            self.state = State::Stopped;
        }
        self.obey();
        new.chosen != old.chosen
    }

    /// Does it count, and not the host's?
    #[must_use]
    pub const fn is_chosen(&self) -> bool {
        self.settings.chosen
    }

    /// Whether it runs now, if that was switched from a keyboard since this was asked last.
    pub const fn take_turned(&mut self) -> Option<bool> {
        self.turned.take()
    }

    /// Goes where the settings say.
    fn obey(&mut self) {
        let stands = self.state == State::Stopped;
        match (self.settings.chosen && self.settings.run, stands) {
            (false, false) => self.state = State::Stopped,
            (true, true) if self.settings.with_first_note => self.state = State::Waits,
            (true, true) => self.start(i64::from(self.settings.count_in)),
            // Who switches that off while it waits, wants it to go.
            (true, false) if self.state == State::Waits && !self.settings.with_first_note => {
                self.start(i64::from(self.settings.count_in));
            }
            _ => {}
        }
    }

    /// Starts, so many measures before the first.
    fn start(&mut self, count_in: i64) {
        self.state = State::Rolls;
        self.meter = self.settings.meter;
        self.place = -count_in * self.length();
        self.bar = self.place;
        self.samples = 0;
        self.told = self.place - 1;
    }

    /// What a host would say of the sample that comes next.
    #[must_use]
    pub fn transport(&self) -> HostTransport {
        let rolls = self.state == State::Rolls;
        let meter = if rolls { self.meter } else { self.settings.meter };
        HostTransport {
            playing: rolls,
            tempo: Bpm::new(f64::from(self.settings.tempo) / 1000.0),
            time_signature: Some((meter.numerator().into(), meter.denominator().into())),
            samples: rolls.then_some(self.samples),
            fraction: 0.0,
            beats: rolls.then(|| self.beats(self.place)),
            bar_start: rolls.then(|| self.beats(self.bar)),
            loop_range: None,
        }
    }

    /// Must it look at each of the user's events before the engine does?
    const fn looks(&self) -> bool {
        matches!(self.state, State::Waits) || self.settings.switch.is_some()
    }

    /// What comes from sample `from` on, in a block of so many, of which `event` is what the user does next.
    pub fn step(&mut self, from: u32, frames: u32, event: Option<(u32, Input)>) -> Advance {
        if let Some((_, what)) = event.filter(|&(at, _)| at <= from)
            && self.looks()
        {
            if self.is_switched_by(&what) {
                return Advance::Swallow;
            }
            if self.state == State::Waits && self.settings.is_heard(&what) {
                self.start(0);
            }
            if self.looks() {
                return Advance::Play { to: from, takes: Takes::One };
            }
        }
        let takes = if self.looks() { Takes::None } else { Takes::All };
        let to = if self.looks() { event.map_or(frames, |(at, _)| at.min(frames)) } else { frames };
        Advance::Play { to: to.min(self.next_meter(from)), takes }
    }

    /// The sample at which another meter begins.
    fn next_meter(&self, from: u32) -> u32 {
        if self.state != State::Rolls || self.meter == self.settings.meter {
            return u32::MAX;
        }
        from.saturating_add(self.samples_to(self.bar + self.length()))
    }

    /// Goes on by so many samples. Calls `beat` for each beat that is heard in them: after how many samples, and whether a
    /// measure begins there. Those of the count-in are always heard.
    pub fn pass(&mut self, frames: u32, mut beat: impl FnMut(u32, bool)) {
        if self.state != State::Rolls {
            return;
        }
        let pace = i64::from(self.settings.tempo);
        let end = self.place + pace * i64::from(frames);
        loop {
            let (length, beats) = (self.length(), i64::from(self.meter.numerator()));
            for (number, at) in (0..beats).map(|number| (number, self.bar + number * (length / beats))) {
                let after = self.samples_to(at);
                if at > self.told && after < frames {
                    self.told = at;
                    if at < 0 || self.settings.metronome {
                        beat(after, number == 0);
                    }
                }
            }
            // A bar line that none of these samples reaches belongs to what comes next, unless its first sample does.
            if (self.bar + length - end) * FORGIVEN > pace {
                break;
            }
            self.bar += length;
            self.meter = self.settings.meter;
        }
        self.place = end;
        self.samples += i64::from(frames);
    }

    /// The first sample at which a place is reached, counted from the next one.
    fn samples_to(&self, place: i64) -> u32 {
        let pace = i64::from(self.settings.tempo);
        let left = (place - self.place) * FORGIVEN - pace;
        let samples = left.max(0).div_euclid(pace * FORGIVEN) + i64::from(left.max(0) % (pace * FORGIVEN) > 0);
        u32::try_from(samples).unwrap_or(u32::MAX)
    }

    /// How long the bar under way is, in units.
    fn length(&self) -> i64 {
        4 * self.quarter / i64::from(self.meter.denominator()) * i64::from(self.meter.numerator())
    }

    #[expect(clippy::cast_precision_loss, reason = "up to 2^53 units, weeks of music, nothing is lost")]
    fn beats(&self, place: i64) -> f64 {
        place as f64 / self.quarter as f64
    }

    /// Is this what starts and stops the clock? Then it does. What went down before it was the switch, goes up for all.
    fn is_switched_by(&mut self, what: &Input) -> bool {
        let touched = match (self.settings.switch, *what) {
            (Some(Switch::Note(wanted)), Input::On(channel, key, _)) if key == wanted => Some((channel, true)),
            (Some(Switch::Note(wanted)), Input::Off(channel, key)) if key == wanted => Some((channel, false)),
            (Some(Switch::Control(wanted)), what) => control_of(&what)
                .filter(|&(_, number, _)| number == wanted)
                .map(|(channel, _, value)| (channel, value >= 64)),
            _ => None,
        };
        let Some((channel, goes_down)) = touched else { return false };
        let (bit, before) = (1 << channel.get(), self.down);
        self.down = if goes_down { before | bit } else { before & !bit };
        if goes_down && before & bit == 0 {
            self.settings.run = !self.settings.run;
            self.turned = Some(self.settings.run);
            self.obey();
        }
        goes_down || before & bit != 0
    }
}

/// A controller that moves: its channel, its number, and how far, 0 to 127.
pub(crate) fn control_of(what: &Input) -> Option<(Channel, u8, u8)> {
    match *what {
        Input::Control(channel, number, value) => Some((channel, number, value)),
        Input::Pedal(channel, down) => Some((channel, SUSTAIN, if down { 127 } else { 0 })),
        _ => None,
    }
}

/// How many units a quarter note has: so many that a sample has as many as the tempo has thousandths, and that a 64th of a
/// whole note is a whole number of them.
#[expect(clippy::cast_possible_truncation, reason = "rates are a million at most")]
fn quarter_of(rate: SampleRate) -> i64 {
    60 * 4 * (rate.get() * 250.0).round() as i64
}
