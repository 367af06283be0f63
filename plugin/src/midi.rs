//! The few MIDI messages that Band Player makes, and where they go.

use model::music::band::MAX_VOICES;
use model::{Channel, Key, Velocity, VoiceId};

use crate::units::SampleOffset;

/// A controller: the sustain pedal. Required by MIDI.
pub const SUSTAIN: u8 = 64;
/// A controller: the pedal that holds what is down as it is pressed. Required by MIDI.
pub const SOSTENUTO: u8 = 66;
/// A controller: the soft pedal. Required by MIDI.
pub const SOFT: u8 = 67;
/// A controller: a second pedal that holds. Required by MIDI.
pub const HOLD_2: u8 = 69;
/// A controller: notes glide into each other. Required by MIDI.
pub const PORTAMENTO: u8 = 65;
/// A controller: how loud, of the volume that is set. Required by MIDI.
pub const EXPRESSION: u8 = 11;
/// A controller: pedals and levers go back to rest. Required by MIDI.
pub const RESET: u8 = 121;
/// A controller: all notes off. Required by MIDI.
pub const ALL_NOTES_OFF: u8 = 123;
/// A controller: the modulation wheel. Required by MIDI.
pub const MODULATION: u8 = 1;
/// A controller: timbre, which MPE's players move note by note. Required by MPE.
pub const TIMBRE: u8 = 74;
/// A bend that bends nothing. Required by MIDI.
pub const CENTRE: u16 = 1 << 13;

/// How many there are of [`Bandmate`]: each voice, and the drummer. Required by the sum.
pub const BANDMATES: usize = MAX_VOICES + 1;

/// Who of the band plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bandmate {
    /// A voice of the band.
    Voice(VoiceId),
    /// The drummer beside it.
    Drummer,
}

impl Bandmate {
    /// The place among all, below [`BANDMATES`]: voices first.
    #[must_use]
    pub const fn index(self) -> usize {
        match self {
            Self::Voice(voice) => voice.index(),
            Self::Drummer => MAX_VOICES,
        }
    }

    /// All of them, by their places.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..MAX_VOICES).filter_map(VoiceId::new).map(Self::Voice).chain([Self::Drummer])
    }
}

impl From<VoiceId> for Bandmate {
    fn from(voice: VoiceId) -> Self {
        Self::Voice(voice)
    }
}

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
    /// The pitch bends, 0 to 16 383; [`CENTRE`] is none.
    Bend(Channel, u16),
    /// A channel is pressed, 0 to 127.
    Pressure(Channel, u8),
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
    /// A note that sounds is pressed or bent by itself.
    OfNote(Channel, Key),
    /// The sustain pedal of a channel moves.
    Pedal(Channel, bool),
    /// Another controller of a channel: its number, and where to.
    Control(Channel, u8, u8),
    /// The pitch of a channel bends, as in [`Message::Bend`].
    Bend(Channel, u16),
    /// A channel is pressed, 0 to 127.
    Pressure(Channel, u8),
    /// An instrument is chosen for a channel.
    Program(Channel),
    /// All of the user's notes end; the channel that the message names, if any.
    AllOff(Option<Channel>),
    /// A key goes up on every channel.
    KeyOff(Key),
    /// Anything else: only passed through.
    Other,
}

/// The host's events of one block, in and out.
pub trait Port {
    /// The host's own kind of event.
    type Event: Copy;

    /// The next event, in order of time.
    fn next(&mut self) -> Option<Heard<Self::Event>>;

    /// Passes an event through, on this channel; `None`: on its own. Nothing else of it changes.
    /// `false`: the host's buffer is full.
    fn pass(&mut self, event: Self::Event, to: Option<Channel>) -> bool;

    /// What is said next is this one's, if it is a note that begins, and this its key as the band plays it, before octaves
    /// and drum kits: for who overhears it.
    fn speaks(&mut self, _mate: Bandmate, _key: Key) {}

    /// From here on this band plays, and the user this voice of it: for who overhears it.
    fn seats(&mut self, _at: SampleOffset, _spec: &model::BandSpec, _user: VoiceId) {}

    /// Says something. `false`: the host's buffer is full.
    fn say(&mut self, at: SampleOffset, message: Message) -> bool;
}
