//! The host's port, heard: what goes through it in a block is played at its sample.

use model::{BandSpec, Channel, Key, VoiceId};

use super::Speaker;
use crate::midi::{Bandmate, Heard, Input, Message, Port};
use crate::units::SampleOffset;

/// The host's port for one block, with the block's samples. [`Aloud::finish`] writes the last of them.
///
/// ```text
/// user    next() ─ waits ──► hear ─┐
/// band    say()  ──────────► play ─┤  each after the samples before it are rendered
/// block   ├────────────┬───────────┴──┬─────┤
/// ```
///
/// The engine asks for the user's next event before it plays what the band says up to there, so an event waits here until
/// the block has come to it. At the same sample the user comes first.
#[derive(Debug)]
pub struct Aloud<'a, P> {
    speaker: &'a mut Speaker,
    port: &'a mut P,
    left: &'a mut [f32],
    right: &'a mut [f32],
    /// How many samples are rendered.
    done: usize,
    waits: Option<(SampleOffset, Input)>,
    speaks: Option<(Bandmate, Key)>,
}

impl<'a, P: Port> Aloud<'a, P> {
    pub(super) fn new(speaker: &'a mut Speaker, port: &'a mut P, left: &'a mut [f32], right: &'a mut [f32]) -> Self {
        Self { speaker, port, left, right, done: 0, waits: None, speaks: None }
    }

    /// The rest of the block.
    pub fn finish(mut self) {
        self.come_to(SampleOffset(u32::MAX));
    }

    /// Renders up to a sample, and plays what waits before it or there.
    fn come_to(&mut self, at: SampleOffset) {
        if let Some((when, input)) = self.waits.take_if(|(when, _)| *when <= at) {
            self.render(when);
            self.speaker.hear(input);
        }
        self.render(at);
    }

    fn render(&mut self, to: SampleOffset) {
        let to = usize::try_from(to.0).unwrap_or(usize::MAX).min(self.left.len()).min(self.right.len());
        if to > self.done {
            self.speaker.render(&mut self.left[self.done..to], &mut self.right[self.done..to]);
            self.done = to;
        }
    }
}

impl<P: Port> Port for Aloud<'_, P> {
    type Event = P::Event;

    fn next(&mut self) -> Option<Heard<P::Event>> {
        let heard = self.port.next();
        if let Some((when, input)) = self.waits.take() {
            self.render(when);
            self.speaker.hear(input);
        }
        self.waits = heard.map(|heard| (heard.at, heard.what));
        heard
    }

    fn pass(&mut self, event: P::Event, to: Option<Channel>) -> bool {
        self.port.pass(event, to)
    }

    fn speaks(&mut self, mate: Bandmate, key: Key) {
        self.speaks = Some((mate, key));
        self.port.speaks(mate, key);
    }

    fn seats(&mut self, at: SampleOffset, spec: &BandSpec, user: VoiceId) {
        self.come_to(at);
        self.speaker.seat(spec, user);
    }

    fn say(&mut self, at: SampleOffset, message: Message) -> bool {
        let said = self.port.say(at, message);
        if said {
            self.come_to(at);
            self.speaker.play(message, self.speaks);
        }
        said
    }
}
