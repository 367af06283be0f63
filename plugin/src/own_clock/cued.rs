//! The host's port, in stretches of a block: whoever stands behind it sees each stretch as a block of its own.

use model::{BandSpec, Channel, Key, VoiceId};

use crate::midi::{Bandmate, Heard, Input, Message, Port};
use crate::units::SampleOffset;

/// Which of the user's events a stretch has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// All up to its end.
    All,
    /// The next one, at its first sample.
    One,
    /// None.
    None,
}

/// The host's port for one block, stretch by stretch: [`Cued::open`] begins one.
#[derive(Debug)]
pub struct Cued<'a, P: Port> {
    port: &'a mut P,
    /// The next event, if it was looked at.
    held: Option<Heard<P::Event>>,
    from: u32,
    to: u32,
    takes: Takes,
    /// The last key or controller that moved.
    touched: Option<Input>,
}

impl<'a, P: Port> Cued<'a, P> {
    /// In front of this port, before any stretch.
    pub fn new(port: &'a mut P) -> Self {
        Self { port, held: None, from: 0, to: 0, takes: Takes::None, touched: None }
    }

    /// A stretch begins at a sample of the block, and ends before another.
    pub fn open(&mut self, from: u32, to: u32, takes: Takes) {
        (self.from, self.to, self.takes) = (from, to, takes);
    }

    /// What the user does next, if anything, and at which sample of the block. What came before it must have been taken.
    pub fn peek(&mut self) -> Option<(u32, Input)> {
        if self.held.is_none() {
            self.held = self.fetch();
        }
        self.held.as_ref().map(|heard| (heard.at.0, heard.what))
    }

    /// Nobody hears what was looked at.
    pub fn swallow(&mut self) {
        self.held = None;
    }

    /// The last key or controller that moved in this block.
    #[must_use]
    pub const fn touched(&self) -> Option<Input> {
        self.touched
    }

    fn fetch(&mut self) -> Option<Heard<P::Event>> {
        let heard = self.port.next()?;
        if let Input::On(..) | Input::Control(..) | Input::Pedal(..) = heard.what {
            self.touched = Some(heard.what);
        }
        Some(heard)
    }
}

impl<P: Port> Port for Cued<'_, P> {
    type Event = P::Event;

    fn next(&mut self) -> Option<Heard<P::Event>> {
        match self.takes {
            Takes::None => return None,
            Takes::One => self.takes = Takes::None,
            Takes::All => {
                self.peek()?;
            }
        }
        // A block without samples has events too, at its first.
        let last = self.to.max(self.from + 1);
        let heard = self.held.take_if(|heard| heard.at.0 < last)?;
        Some(Heard { at: SampleOffset(heard.at.0.saturating_sub(self.from)), ..heard })
    }

    fn pass(&mut self, event: P::Event, to: Option<Channel>) -> bool {
        self.port.pass(event, to)
    }

    fn speaks(&mut self, mate: Bandmate, key: Key) {
        self.port.speaks(mate, key);
    }

    fn seats(&mut self, at: SampleOffset, spec: &BandSpec, user: VoiceId) {
        self.port.seats(SampleOffset(at.0 + self.from), spec, user);
    }

    fn say(&mut self, at: SampleOffset, message: Message) -> bool {
        self.port.say(SampleOffset(at.0 + self.from), message)
    }
}
