//! A host with a clip of the user, for the engine: stepped, and without a plugin format.

use std::collections::{BTreeMap, VecDeque};

use super::*;
use crate::midi::{ALL_NOTES_OFF, Input, SUSTAIN};
use crate::params::BandParams;
use crate::units::Bpm;
use crate::worker::{Worker, worker};

/// What came out, and at which sample since the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Out {
    Said(Message),
    Passed(Message),
}

pub(super) struct FakePort {
    pub(super) input: VecDeque<(u32, Message)>,
    pub(super) out: Vec<(u32, Out)>,
    pub(super) room: usize,
}

impl Port for FakePort {
    type Event = (u32, Message);

    fn next(&mut self) -> Option<Heard<(u32, Message)>> {
        let (at, message) = self.input.pop_front()?;
        let what = match message {
            Message::On(channel, key, velocity) => Input::On(channel, key, velocity),
            Message::Off(channel, key) => Input::Off(channel, key),
            Message::Control(channel, SUSTAIN, value) => Input::Pedal(channel, value >= 64),
            Message::Control(channel, 120 | ALL_NOTES_OFF.., _) => Input::AllOff(Some(channel)),
            Message::Control(channel, number, value) => Input::Control(channel, number, value),
            Message::Bend(channel, bend) => Input::Bend(channel, bend),
            Message::Pressure(channel, pressure) => Input::Pressure(channel, pressure),
            Message::Program(channel, _) => Input::Program(channel),
        };
        Some(Heard { at: SampleOffset(at), what, event: (at, message) })
    }

    fn pass(&mut self, (at, message): (u32, Message), to: Option<Channel>) -> bool {
        let message = to.map_or(message, |to| readdressed(message, to));
        let fits = self.out.len() < self.room;
        if fits {
            self.out.push((at, Out::Passed(message)));
        }
        fits
    }

    fn say(&mut self, at: SampleOffset, message: Message) -> bool {
        let fits = self.out.len() < self.room;
        if fits {
            self.out.push((at.0, Out::Said(message)));
        }
        fits
    }
}

/// The same on another channel.
fn readdressed(message: Message, to: Channel) -> Message {
    match message {
        Message::On(_, key, velocity) => Message::On(to, key, velocity),
        Message::Off(_, key) => Message::Off(to, key),
        Message::Control(_, number, value) => Message::Control(to, number, value),
        Message::Program(_, program) => Message::Program(to, program),
        Message::Bend(_, bend) => Message::Bend(to, bend),
        Message::Pressure(_, pressure) => Message::Pressure(to, pressure),
    }
}

/// A host with a clip of the user: middle C on every quarter of channel 1.
pub(super) struct Rig {
    pub(super) engine: Engine,
    pub(super) worker: Worker,
    pub(super) wish: Arc<AtomicU32>,
    pub(super) freed: Arc<AtomicU32>,
    pub(super) host: HostTransport,
    pub(super) controls: Controls,
    pub(super) changed: bool,
    pub(super) now: i64,
    /// The worker works.
    pub(super) works: bool,
    pub(super) plays: bool,
    /// What else comes in the next block, all at its first sample.
    pub(super) extra: Vec<Message>,
    pub(super) room: usize,
    pub(super) out: Vec<(i64, Out)>,
}

impl Rig {
    pub(super) fn new() -> Self {
        Self::with(Manner::Good)
    }

    pub(super) fn with(manner: Manner) -> Self {
        let (wish, freed) = (Arc::new(AtomicU32::new(1)), Arc::new(AtomicU32::new(0)));
        let status = Arc::new(Status::unregistered());
        let library = FakeLibrary { manner, freed: Arc::clone(&freed) };
        let (handle, mut worker) =
            worker(Box::new(library), Box::new(FakeWish(Arc::clone(&wish))), Arc::clone(&status));
        let controls = Controls {
            wish: 1,
            follow: 0.0,
            pitches: model::PitchFollow::Off,
            user_channel: UserChannel::AsPlayed,
            ..BandParams::default().controls()
        };
        let spec = BandSpec::pop();
        let first = Ensemble {
            id: 0,
            wanted: 0,
            fallback: Arc::new(FakeFallback(Arc::clone(&freed))),
            spec,
            heeds_chords: false,
        };
        let mut engine = Engine::new(first, handle, controls, status);
        worker.step();
        engine.activate(SampleRate::or_usual(48_000.0), false, Duration::ZERO);
        let host = HostTransport {
            playing: true,
            tempo: Bpm::new(120.0),
            time_signature: Some((4, 4)),
            samples: Some(0),
            fraction: 0.0,
            beats: Some(0.0),
            bar_start: None,
            loop_range: None,
        };
        Self {
            engine,
            worker,
            wish,
            freed,
            host,
            controls,
            changed: false,
            now: 0,
            works: true,
            plays: true,
            extra: Vec::new(),
            room: usize::MAX,
            out: Vec::new(),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "few samples")]
    pub(super) fn block(&mut self, frames: u32) {
        let mut input: VecDeque<_> = self.extra.drain(..).map(|message| (0, message)).collect();
        if self.plays && self.host.playing {
            let place = self.host.samples.expect("a position");
            for offset in 0..frames {
                match (place + i64::from(offset)).rem_euclid(QUARTER) {
                    0 => input.push_back((offset, Message::On(channel(0), Key::MIDDLE_C, Velocity::DEFAULT))),
                    12_000 => input.push_back((offset, Message::Off(channel(0), Key::MIDDLE_C))),
                    _ => {}
                }
            }
        }
        let mut port = FakePort { input, out: Vec::new(), room: self.room };
        let changed = std::mem::take(&mut self.changed).then_some(self.controls);
        self.engine.process(&self.host, frames, &mut port, changed);
        self.engine.show(&self.host, frames);
        let mut last = 0;
        for (at, out) in port.out {
            assert!(at >= last && at < frames, "{out:?} at {at} after {last} in a block of {frames}");
            last = at;
            self.out.push((self.now + i64::from(at), out));
        }
        self.now += i64::from(frames);
        if self.host.playing {
            let samples = self.host.samples.map(|at| at + i64::from(frames));
            self.host.samples = samples;
            self.host.beats = samples.map(|at| at as f64 / QUARTER as f64);
        }
        if self.works {
            self.worker.step();
        }
    }

    pub(super) fn roll(&mut self, until: i64, sizes: &[u32]) {
        for &size in sizes.iter().cycle() {
            if self.now >= until {
                break;
            }
            self.block(size.min(u32::try_from(until - self.now).expect("few samples")));
        }
    }

    pub(super) fn set(&mut self, change: impl FnOnce(&mut Controls)) {
        change(&mut self.controls);
        self.changed = true;
    }

    /// The band's notes: (sample, channel, key).
    pub(super) fn notes(&self) -> Vec<(i64, u8, u8)> {
        let note = |&(at, out): &(i64, Out)| match out {
            Out::Said(Message::On(channel, key, _)) => Some((at, channel.get(), key.get())),
            _ => None,
        };
        self.out.iter().filter_map(note).collect()
    }

    /// What still sounds, by channel and key; a note that begins twice or ends twice is a bug
    /// of the plugin, but for the user's own.
    pub(super) fn hanging(&self) -> Vec<(u8, u8)> {
        let mut down: BTreeMap<(u8, u8), i32> = BTreeMap::new();
        for (at, out) in &self.out {
            let (Out::Said(message) | Out::Passed(message)) = out;
            match message {
                Message::On(channel, key, _) => {
                    let count = down.entry((channel.get(), key.get())).or_default();
                    *count += 1;
                    assert_eq!(*count, 1, "{message:?} begins twice at {at}");
                }
                Message::Off(channel, key) => {
                    let count = down.entry((channel.get(), key.get())).or_default();
                    *count = (*count - 1).max(0);
                }
                _ => {}
            }
        }
        down.into_iter().filter(|&(_, count)| count > 0).map(|(place, _)| place).collect()
    }
}
