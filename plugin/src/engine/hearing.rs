//! What the user plays: listened to, and passed through.

use model::{Channel, Key};

use super::Engine;
use super::mpe::bit;
use super::routing::Aim;
use crate::midi::{
    CENTRE, EXPRESSION, HOLD_2, Heard, Input, MODULATION, PORTAMENTO, Port, RESET, SOFT, SOSTENUTO, TIMBRE,
};
use crate::sounding::{Lever, UserOff};
use crate::units::SampleOffset;

impl Engine {
    /// Something of the user: listened to, and passed through.
    pub(super) fn hear<P: Port>(&mut self, heard: &Heard<P::Event>, port: &mut P) {
        let at = self.clock.place_of(heard.at);
        // A sample may seem early: hosts round as they like.
        let slack = self.clock.steps_per_sample();
        let (only, chords) = (self.controls.listen, self.controls.chord_channel);
        let listens = |channel: Channel| only.is_none_or(|only| only == channel) && chords != Some(channel);
        if let Some(chords) = chords {
            self.chord_keys.hear(&heard.what, chords);
        }
        // Where chords have a channel of their own, what is played names none.
        let names = |channel: Channel| chords.map_or_else(|| listens(channel), |chords| channel == chords);
        if let Input::On(channel, key, _) = heard.what
            && names(channel)
        {
            self.scheduler.touch(key);
        }
        if self.mpe.hear(heard.at.0, &heard.what, self.clock.rate().get()) {
            self.divide(port, heard.at, false);
            self.aim(port, heard.at, false);
        }
        let went = self.routing.went(&heard.what);
        let to = self.routing.of(&heard.what, listens);
        match heard.what {
            Input::On(channel, key, velocity) if listens(channel) => {
                self.buffer.note_on(at, slack, channel, key, velocity);
                self.take.hear(heard.at, heard.what, to);
                self.status.counters.notes_in.count();
                self.leaves = to;
                self.pages.touch();
            }
            Input::Off(channel, key) => {
                self.buffer.note_off(at, slack, channel, key);
                self.take.hear(heard.at, heard.what, to);
            }
            Input::Pedal(channel, down) if listens(channel) || !down => {
                let reached = self.zones().reached(channel);
                for channel in (0..16).filter_map(Channel::new).filter(|&channel| reached & bit(channel) != 0) {
                    self.buffer.pedal(at, slack, channel, down);
                }
            }
            Input::Control(channel, RESET, _) => {
                let reached = self.zones().reached(channel);
                for channel in (0..16).filter_map(Channel::new).filter(|&channel| reached & bit(channel) != 0) {
                    self.buffer.pedal(at, slack, channel, false);
                }
            }
            Input::AllOff(channel) => {
                let channels = channel.map_or(u16::MAX, |channel| self.zones().reached(channel));
                self.buffer.release_channels(at, slack, channels);
                self.lift(port, heard.at, channels, None);
            }
            Input::KeyOff(key) => {
                self.lift(port, heard.at, u16::MAX, Some(key));
                for channel in (0..16).filter_map(Channel::new) {
                    self.buffer.note_off(at, slack, channel, key);
                    self.routing.of(&Input::Off(channel, key), listens);
                }
            }
            _ => {}
        }
        if self.passes() {
            if let (Input::On(from, key, _), Some(went)) = (heard.what, went.filter(|&went| Some(went) != to)) {
                // It is struck again while it sounds elsewhere.
                self.sounding.end_user(port, heard.at, (went, key), from);
            }
            self.catch_up(port, heard.at, &heard.what);
            if !self.routing.holds_back(&heard.what) && !self.declares_less(port, heard.at, &heard.what) {
                self.pass(heard, to, port);
            }
        } else {
            self.routing.remember(&heard.what);
            if let (Input::Off(from, key), Some(to)) = (heard.what, to) {
                // It may have gone through before thru was switched off.
                let _was_passed = self.sounding.user_off((to, key), from);
            }
        }
    }

    /// All keys of these channels, a bit each, go up, or just this one: each note ends where it began. The message that
    /// says so is passed too, but it may go elsewhere by now, and whoever hears it may not know it.
    fn lift<P: Port>(&mut self, port: &mut P, at: SampleOffset, channels: u16, only: Option<Key>) {
        let keys = only.map_or(0..=127, |key| key.get()..=key.get());
        for from in (0..16).filter_map(Channel::new).filter(|&from| channels & bit(from) != 0) {
            for key in keys.clone().filter_map(Key::new) {
                if let Some(to) = self.routing.place_of(from, key) {
                    self.take.hear(at, Input::Off(from, key), Some(to));
                    self.sounding.end_user(port, at, (to, key), from);
                }
            }
        }
    }

    /// Passes something of the user through, on this channel. What finds no room in the host's buffer is lost, unless
    /// a note would sound on without it.
    fn pass<P: Port>(&mut self, heard: &Heard<P::Event>, to: Option<Channel>, port: &mut P) {
        let passed = match (heard.what, to) {
            (Input::On(from, key, _), Some(to)) => {
                let place = (to, key);
                let passed = self.sounding.make_room(port, heard.at, place, from) && port.pass(heard.event, Some(to));
                if passed {
                    self.sounding.user_on(place, from);
                }
                passed
            }
            (Input::Off(from, key), Some(to)) => {
                let place = (to, key);
                let off = self.sounding.user_off(place, from);
                if off == UserOff::Swallowed {
                    return;
                }
                let passed = port.pass(heard.event, Some(to));
                if !passed && off == UserOff::Ends {
                    self.sounding.owe(place);
                }
                passed
            }
            (Input::Pedal(_, down), Some(to)) => {
                let passed = port.pass(heard.event, Some(to));
                self.sounding.pedal(to, passed, down);
                passed
            }
            // What of the user's it ends has ended; it would end what the band plays there.
            (Input::KeyOff(key), _) if self.sounding.is_bands_anywhere(key) => return,
            // It would press or bend what the band plays there now.
            (Input::OfNote(_, key), Some(to)) if self.sounding.is_bands((to, key)) => return,
            (what, to) => {
                let passed = port.pass(heard.event, to);
                if let (Input::Control(_, RESET, _), Some(to), true) = (what, to, passed) {
                    self.sounding.is_reset(to);
                }
                if let (Some((lever, moved)), Some(to), true) = (lever_of(&what, self.routing.kept().any()), to, passed)
                {
                    self.sounding.lever(to, lever, moved);
                }
                passed
            }
        };
        if !passed {
            self.status.counters.unsent.count();
        }
    }

    /// Where the user goes from now on, as the controls say. What lasts where the user was goes back to rest: there
    /// the band may play now.
    pub(super) fn aim<P: Port>(&mut self, port: &mut P, at: SampleOffset, listens_elsewhere: bool) {
        let aim = self.aimed();
        let before = std::mem::replace(&mut self.routing.aim, aim);
        if aim != before || (listens_elsewhere && aim != Aim::AsPlayed) {
            // What an MPE keyboard bends goes on where it is.
            let down = self.sounding.rest(port, at, !self.routing.kept().channels());
            if let (Aim::One(channel), true) = (aim, down) {
                self.sounding.press(port, at, channel);
            }
        }
    }

    /// Where the user is to go.
    pub(super) fn aimed(&self) -> Aim {
        self.controls.aim(self.scheduler.sound(), &self.ensemble.spec)
    }
}

/// A lever that stays where it is put, and whether it is moved from its rest. `mpe`: timbre is one.
fn lever_of(what: &Input, mpe: bool) -> Option<(Lever, bool)> {
    match *what {
        Input::Bend(_, bend) => Some((Lever::Bend, bend != CENTRE)),
        Input::Pressure(_, pressure) => Some((Lever::Pressure, pressure > 0)),
        Input::Control(_, TIMBRE, value) if mpe => Some((Lever::Timbre, value != 64)),
        Input::Control(_, MODULATION, value) => Some((Lever::Modulation, value > 0)),
        Input::Control(_, EXPRESSION, value) => Some((Lever::Expression, value < 127)),
        Input::Control(_, PORTAMENTO, value) => Some((Lever::Portamento, value > 0)),
        Input::Control(_, SOSTENUTO, value) => Some((Lever::Sostenuto, value > 0)),
        Input::Control(_, SOFT, value) => Some((Lever::Soft, value > 0)),
        Input::Control(_, HOLD_2, value) => Some((Lever::Hold, value > 0)),
        _ => None,
    }
}
