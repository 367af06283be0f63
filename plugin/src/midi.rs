//! The few MIDI messages that Band Player makes, and where they go.

use model::{Channel, Key, Velocity};

use crate::units::SampleOffset;

/// A controller: the sustain pedal. Required by MIDI.
pub const SUSTAIN: u8 = 64;
/// A controller: all notes off. Required by MIDI.
pub const ALL_NOTES_OFF: u8 = 123;

/// What the engine says to the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// A note begins.
    On(Channel, Key, Velocity),
    /// A note ends.
    Off(Channel, Key),
    /// A controller moves.
    Control(Channel, u8, u8),
    /// An instrument is chosen, 0 to 127.
    Program(Channel, u8),
}

/// What the engine hears from the host.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Heard<E> {
    /// When.
    pub at: SampleOffset,
    /// What.
    pub what: Input,
    /// The host's own event, to be passed through as it came.
    pub event: E,
}

/// What of the host's events matters to the engine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Input {
    /// A key goes down.
    On(Channel, Key, Velocity),
    /// A key goes up.
    Off(Channel, Key),
    /// The sustain pedal of a channel moves.
    Pedal(Channel, bool),
    /// All of the user's notes end.
    AllOff,
    /// Anything else: only passed through.
    Other,
}

/// The host's events of one block, in and out.
pub trait Port {
    /// The host's own kind of event.
    type Event: Copy;

    /// The next event, in order of time.
    fn next(&mut self) -> Option<Heard<Self::Event>>;

    /// Passes an event through, unchanged. `false`: the host's buffer is full.
    fn pass(&mut self, event: Self::Event) -> bool;

    /// What is said next is this voice's, if it is a note that begins: for who overhears it.
    fn speaks(&mut self, _voice: model::VoiceId) {}

    /// Says something. `false`: the host's buffer is full.
    fn say(&mut self, at: SampleOffset, message: Message) -> bool;
}
