//! The audio thread's end: events into a ring, and nothing waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crossbeam::queue::ArrayQueue;
use model::{Channel, Key, TimeSignature, VoiceId};

use super::event::{Event, What, Who};
use crate::midi::{Bandmate, Heard, Input, Message, Port};
use crate::transport::HostTransport;
use crate::units::{SampleOffset, SampleRate};

/// How many events wait to be fetched, at most. Chosen: the worker looks three times a second, and
/// a dense band with its user makes some hundred events in that time.
pub(super) const CAPACITY: usize = 1024;

/// The way from the audio thread to the take.
#[derive(Debug)]
pub struct Ring {
    events: ArrayQueue<Event>,
    lost: AtomicU32,
}

impl Default for Ring {
    fn default() -> Self {
        Self { events: ArrayQueue::new(CAPACITY), lost: AtomicU32::new(0) }
    }
}

impl Ring {
    fn push(&self, event: Event) {
        if self.events.push(event).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The oldest event that was not fetched yet.
    pub fn pop(&self) -> Option<Event> {
        self.events.pop()
    }

    /// How many events found no room.
    #[must_use]
    pub fn lost(&self) -> u32 {
        self.lost.load(Ordering::Relaxed)
    }
}

/// Says what happens, for the take.
///
/// # Realtime safety
/// Nothing allocates, locks or waits. Without a ring it does nothing.
#[derive(Debug)]
pub struct TakeRecorder {
    ring: Option<Arc<Ring>>,
    /// Another handle to it, lent out for each block: to clone it in every block would change a count
    /// that other threads change too.
    lent: Option<Arc<Ring>>,
    /// Samples processed before this block.
    now: u64,
    pace: f64,
    meter: TimeSignature,
}

impl Default for TakeRecorder {
    fn default() -> Self {
        Self { ring: None, lent: None, now: 0, pace: 0.0, meter: TimeSignature::FOUR_FOUR }
    }
}

impl TakeRecorder {
    /// A recorder into this ring.
    #[must_use]
    pub fn new(ring: Arc<Ring>) -> Self {
        Self { lent: Some(Arc::clone(&ring)), ring: Some(ring), ..Self::default() }
    }

    /// The ring, to be given back by [`Self::end_block`], and the first sample of the block: for [`Tapped`].
    #[must_use]
    pub fn tap(&mut self) -> (Option<Arc<Ring>>, u64) {
        (self.lent.take(), self.now)
    }

    /// A block begins, in which so many steps pass in a sample.
    pub fn begin_block(&mut self, host: &HostTransport, steps_per_sample: f64, rate: SampleRate) {
        let said = host.time_signature.and_then(|(numerator, denominator)| {
            TimeSignature::new(u8::try_from(numerator).ok()?, u8::try_from(denominator).ok()?)
        });
        self.meter = said.unwrap_or(self.meter);
        if steps_per_sample.to_bits() != self.pace.to_bits() && steps_per_sample > 0.0 {
            self.pace = steps_per_sample;
            // A quarter note has four steps.
            let micros = 4e6 / (steps_per_sample * rate.get());
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 24 bits")]
            let micros = micros.round().clamp(1.0, f64::from((1 << 24) - 1)) as u32;
            self.say(SampleOffset(0), What::Pace { steps: steps_per_sample, micros });
        }
    }

    /// The block is over, and what was lent for it comes back.
    pub fn end_block(&mut self, frames: u32, lent: Option<Arc<Ring>>) {
        self.lent = lent;
        self.now += u64::from(frames);
    }

    /// A measure begins.
    pub fn line(&self, at: SampleOffset, steps: u8) {
        self.say(at, What::Line { steps, meter: (self.meter.numerator(), self.meter.denominator()) });
    }

    /// A note of the user that was listened to, and the channel on which it goes on, if another.
    pub fn hear(&self, at: SampleOffset, what: Input, to: Option<Channel>) {
        match what {
            Input::On(channel, key, velocity) => {
                self.say(at, What::On { who: Who::User, channel: to.unwrap_or(channel), key, velocity });
            }
            Input::Off(channel, key) => self.say(at, What::Off { user: true, channel: to.unwrap_or(channel), key }),
            _ => {}
        }
    }

    /// Anything else.
    pub fn say(&self, at: SampleOffset, what: What) {
        if let Some(ring) = &self.ring {
            ring.push(Event { at: self.now + u64::from(at.0), what });
        }
    }
}

/// The host's port, overheard: what the band says goes into the ring too, if the host took it.
#[derive(Debug)]
pub struct Tapped<'a, P> {
    port: &'a mut P,
    ring: Option<&'a Ring>,
    start: u64,
    mate: Option<Bandmate>,
}

impl<'a, P: Port> Tapped<'a, P> {
    /// Overhears this port, in the block that begins at this sample.
    #[must_use]
    pub const fn new(port: &'a mut P, ring: Option<&'a Ring>, start: u64) -> Self {
        Self { port, ring, start, mate: None }
    }
}

impl<P: Port> Port for Tapped<'_, P> {
    type Event = P::Event;

    fn next(&mut self) -> Option<Heard<P::Event>> {
        self.port.next()
    }

    fn pass(&mut self, event: P::Event, to: Option<Channel>) -> bool {
        self.port.pass(event, to)
    }

    fn speaks(&mut self, mate: Bandmate, key: Key) {
        self.mate = Some(mate);
        self.port.speaks(mate, key);
    }

    fn seats(&mut self, at: SampleOffset, spec: &model::BandSpec, user: VoiceId) {
        self.port.seats(at, spec, user);
    }

    fn say(&mut self, at: SampleOffset, message: Message) -> bool {
        let said = self.port.say(at, message);
        let what = match (message, self.mate) {
            (Message::On(channel, key, velocity), Some(mate)) => {
                Some(What::On { who: Who::Band(mate), channel, key, velocity })
            }
            (Message::Off(channel, key), _) => Some(What::Off { user: false, channel, key }),
            _ => None,
        };
        if let (true, Some(ring), Some(what)) = (said, self.ring, what) {
            ring.push(Event { at: self.start + u64::from(at.0), what });
        }
        said
    }
}
