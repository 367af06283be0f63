//! What a change of the controls does at once.

use model::Channel;

use super::chord_keys::ChordKeys;
use super::{Controls, Engine};
use crate::midi::{ALL_NOTES_OFF, Message, Port, SUSTAIN};
use crate::units::SampleOffset;

impl Engine {
    /// Takes other controls, at the start of a block. Notes that would now sound elsewhere, or
    /// not at all, end.
    pub(super) fn apply<P: Port>(&mut self, new: Controls, port: &mut P) {
        let start = SampleOffset(0);
        let old = std::mem::replace(&mut self.controls, new);
        if new.panic && !old.panic {
            self.panic(port);
        }
        if (old.thru || old.bypass) && !(new.thru || new.bypass) {
            self.sounding.release_user(port, start);
        }
        // What was held by a player of notes is no hit, and the other way round.
        let listens_elsewhere = (new.listen, new.chord_channel) != (old.listen, old.chord_channel);
        if listens_elsewhere || new.drums.user != old.drums.user {
            self.buffer.release_all(self.clock.end_of_block());
        }
        if new.chord_channel != old.chord_channel {
            *self.chord_keys = ChordKeys::default();
        }
        self.pages.touch();
        self.owes_programs |= new.programs && !old.programs;
        self.regenerated = self.regenerated.wrapping_add(u32::from(new.regenerate && !old.regenerate));
        let settings = self.settings();
        if settings != *self.conductor.settings() {
            self.conductor.set_settings(settings);
        }
        self.divide(port, start, true);
        self.aim(port, start, listens_elsewhere);
    }

    /// Silences everything, whatever this plugin knows to sound.
    fn panic<P: Port>(&mut self, port: &mut P) {
        let start = SampleOffset(0);
        self.silence(port, start);
        // Whatever plays goes on being known; what was only taken for an MPE keyboard is not.
        self.mpe.forget();
        for channel in (0..16).filter_map(Channel::new) {
            let said = port.say(start, Message::Control(channel, SUSTAIN, 0))
                && port.say(start, Message::Control(channel, ALL_NOTES_OFF, 0));
            if !said {
                self.status.counters.unsent.count();
            }
        }
    }
}
