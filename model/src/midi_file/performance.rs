//! A player's part just as it stands in a file: no grid has touched it.

use midly::MidiMessage;

use super::said::Said;
use crate::music::note::{Key, Velocity};

/// What one player plays, as any player of MIDI files would play it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Performance {
    /// Ticks per quarter note.
    pub resolution: u32,
    /// The notes as they sound, with what the pedal adds, in the order in which they begin.
    pub notes: Vec<PlayedNote>,
    /// The channel's messages with their ticks, in order: keys, pedals, controllers, bends, pressure, programs. A key that
    /// is struck again while it is down is released before.
    pub messages: Vec<(u64, MidiMessage)>,
    /// What its tracks say beside these, with its ticks, in order: lyrics, texts, markers, SysEx.
    pub said: Vec<(u64, Said)>,
}

/// A note between two ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlayedNote {
    /// Where it begins.
    pub on: u64,
    /// Where it has ended.
    pub off: u64,
    /// Which key.
    pub key: Key,
    /// How loud.
    pub velocity: Velocity,
}

impl Performance {
    /// The messages, in so many ticks per quarter note.
    pub(super) fn messages_in(&self, ticks: u16) -> impl Iterator<Item = (u32, MidiMessage)> {
        let (from, to) = (u128::from(self.resolution.max(1)), u128::from(ticks));
        self.messages.iter().map(move |&(tick, message)| {
            let scaled = (2 * u128::from(tick) * to + from) / (2 * from);
            (u32::try_from(scaled).unwrap_or(u32::MAX), message)
        })
    }

    /// The same, a tick's messages in order: what ends, what changes, what begins.
    pub(super) fn put_in_order(&mut self) {
        self.said.sort_by_key(|&(tick, _)| tick);
        self.notes.sort_by_key(|note| (note.on, note.key));
        let turn = |message: &MidiMessage| match message {
            MidiMessage::NoteOff { .. } => 0,
            MidiMessage::NoteOn { .. } => 2,
            _ => 1,
        };
        self.messages.sort_by_key(|(tick, message)| (*tick, turn(message)));
    }
}
