//! The player's sustain pedals, as they came through: one that is left down lets every note sound
//! on.

use model::Channel;

use crate::event::{Event, Kind};

/// Which controller the pedal is.
const SUSTAIN: u8 = 64;

/// The controller that brings pedals and levers back to rest. Required by MIDI.
const RESET: u8 = 121;

/// What is known of each channel's pedal, a bit each.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pedals {
    /// It is down, as it was heard.
    down: u16,
    /// It has to go up with the first sample of the block, or of the next in which the host has
    /// room.
    owed: u16,
}

impl Pedals {
    /// The player is not heard any more: all that is down goes up.
    pub(super) const fn owe_all(&mut self) {
        self.owed |= self.down;
    }

    /// Something comes out.
    pub(super) fn hear(&mut self, event: Event) {
        let (channel, value) = match event.kind {
            Kind::Control { channel, number: SUSTAIN, value } => (channel, value),
            Kind::Control { channel, number: RESET, .. } => (channel, 0),
            _ => return,
        };
        let bit = 1 << channel.get();
        if value >= 64 {
            self.down |= bit;
        } else {
            self.down &= !bit;
            if event.offset == 0 {
                self.owed &= !bit;
            }
        }
    }

    /// The channels whose pedal has not gone up as it had to. Each is named once.
    pub(super) fn late(&mut self) -> impl Iterator<Item = Channel> + use<> {
        let late = std::mem::take(&mut self.owed);
        (0..16).filter_map(Channel::new).filter(move |channel| late & 1 << channel.get() != 0)
    }
}
