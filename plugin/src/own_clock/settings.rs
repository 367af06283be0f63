//! What the musician sets of the clock.

use model::{Channel, Key, TimeSignature};

use crate::midi::Input;

/// What starts and stops the clock from a keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// A key, each time that it goes down.
    Note(Key),
    /// A controller, each time that it goes over the middle.
    Control(u8),
}

/// All that the musician sets of the clock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OwnSettings {
    /// It counts, and not the host's.
    pub chosen: bool,
    /// It runs, or waits for the first note.
    pub run: bool,
    /// Thousandths of a quarter note a minute.
    pub tempo: u32,
    /// Its meter, from the next bar line on.
    pub meter: TimeSignature,
    /// How many measures are counted in.
    pub count_in: u8,
    /// The beats of the measures are heard.
    pub metronome: bool,
    /// It starts with the first note that is heard.
    pub with_first_note: bool,
    /// What starts and stops it from a keyboard.
    pub switch: Option<Switch>,
    /// The channel that is listened to; `None`: all.
    pub listen: Option<Channel>,
}

impl Default for OwnSettings {
    fn default() -> Self {
        Self {
            chosen: false,
            run: false,
            tempo: 120_000,
            meter: TimeSignature::FOUR_FOUR,
            count_in: 0,
            metronome: false,
            with_first_note: false,
            switch: None,
            listen: None,
        }
    }
}

impl OwnSettings {
    /// Is this a note that begins, and is listened to?
    pub(super) fn is_heard(&self, what: &Input) -> bool {
        matches!(*what, Input::On(channel, ..) if self.listen.is_none_or(|only| only == channel))
    }
}
