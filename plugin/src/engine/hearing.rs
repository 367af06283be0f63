//! What the user plays: listened to, and passed through.

use model::Channel;

use super::Engine;
use crate::midi::{Heard, Input, Port};
use crate::sounding::UserOff;

impl Engine {
    /// Something of the user: listened to, and passed through.
    pub(super) fn hear<P: Port>(&mut self, heard: &Heard<P::Event>, port: &mut P) {
        let at = self.clock.place_of(heard.at);
        // A sample may seem early: hosts round as they like.
        let slack = self.clock.steps_per_sample();
        let listens = |channel: Channel| self.controls.listen.is_none_or(|only| only == channel);
        match heard.what {
            Input::On(channel, key, velocity) if listens(channel) => {
                self.buffer.note_on(at, slack, channel, key, velocity);
                self.take.hear(heard.at, heard.what);
                self.status.counters.notes_in.count();
                self.pages.touch();
            }
            Input::Off(channel, key) => {
                self.buffer.note_off(at, slack, channel, key);
                self.take.hear(heard.at, heard.what);
            }
            Input::Pedal(channel, down) if listens(channel) || !down => self.buffer.pedal(at, slack, channel, down),
            Input::AllOff => {
                self.buffer.release_all(at);
                self.take.hear(heard.at, heard.what);
            }
            _ => {}
        }
        if self.controls.thru || self.controls.bypass {
            self.pass(heard, port);
        } else if let Input::Off(channel, key) = heard.what {
            // It may have gone through before thru was switched off.
            let _was_passed = self.sounding.user_off((channel, key));
        }
    }

    /// Passes something of the user through. What finds no room in the host's buffer is lost, unless
    /// a note would sound on without it.
    pub(super) fn pass<P: Port>(&mut self, heard: &Heard<P::Event>, port: &mut P) {
        let passed = match heard.what {
            Input::On(channel, key, _) => {
                let place = (channel, key);
                let passed = self.sounding.make_room(port, heard.at, place) && port.pass(heard.event);
                if passed {
                    self.sounding.user_on(place);
                }
                passed
            }
            Input::Off(channel, key) => {
                let place = (channel, key);
                let off = self.sounding.user_off(place);
                if off == UserOff::Swallowed {
                    return;
                }
                let passed = port.pass(heard.event);
                if !passed && off == UserOff::Ends {
                    self.sounding.owe(place);
                }
                passed
            }
            Input::Pedal(channel, down) => {
                let passed = port.pass(heard.event);
                self.sounding.pedal(channel, passed, down);
                passed
            }
            _ => port.pass(heard.event),
        };
        if !passed {
            self.status.counters.unsent.count();
        }
    }
}
