//! The engine with a fake predictor, stepped: no thread, no wall clock.

mod faults;
mod live;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use model::{
    BandMeasure, BandSpec, Channel, Fallback, FallbackContext, Key, Measure, Note, PredictError, PredictRequest,
    Predictor, Velocity,
};

use super::*;
use crate::bands::{Library, LoadError, Loaded, Wanted};
use crate::midi::Message;
use crate::params::BandParams;
use crate::units::Bpm;
use crate::worker::{Wish, Worker, worker};

/// Samples per quarter note at 120 and 48 kHz.
const QUARTER: i64 = 24_000;
const MEASURE: i64 = 4 * QUARTER;

/// What the fake predictor does.
#[derive(Clone, Copy, PartialEq)]
enum Manner {
    /// Each voice strikes a key of its own at steps 0 and 8, the second going over the bar line.
    Good,
    /// The same, with keys that tell the measure that they were made for.
    Numbered,
    /// Panics from the second measure of history on.
    Panics,
    /// Answers with an error.
    Refuses,
    /// Answers with what nobody asked for.
    Garbage,
}

struct Fake {
    spec: BandSpec,
    manner: Manner,
}

fn key(number: u8) -> Key {
    Key::new(number).expect("a key")
}

fn channel(number: u8) -> Channel {
    Channel::new(number).expect("a channel")
}

fn fill(voices: model::VoiceMask, base: u8, out: &mut BandMeasure) {
    let steps = out.steps();
    for voice in voices.iter() {
        let low = key(base + 5 * u8::try_from(voice.index()).expect("few voices"));
        let high = key(low.get() + 2);
        let notes = [
            Note::new(0, 4, low),
            Note { continues: true, ..Note::new(8, 8, high) },
            Note { continued: true, ..Note::new(0, 2, high) },
        ];
        out.set(voice, &Measure::from_notes(steps, notes));
    }
}

impl Predictor for Fake {
    fn spec(&self) -> &BandSpec {
        &self.spec
    }

    fn predict(&mut self, request: &PredictRequest) -> Result<BandMeasure, PredictError> {
        let mut out = BandMeasure::missing(request.steps);
        match self.manner {
            Manner::Good => fill(request.voices, 40, &mut out),
            Manner::Numbered => fill(request.voices, faults::base_for(request.target.0), &mut out),
            Manner::Panics => {
                assert!(request.history.len() < 2, "the fake panics on purpose");
                fill(request.voices, 40, &mut out);
            }
            Manner::Refuses => return Err(PredictError::NotFinite),
            Manner::Garbage => out = faults::garbage(request.history.len()),
        }
        Ok(out)
    }
}

/// Plays other keys than the fake, and counts when it is freed.
struct FakeFallback(Arc<AtomicU32>);

impl Fallback for FakeFallback {
    fn fill(&self, context: &FallbackContext<'_>, out: &mut BandMeasure) {
        fill(context.voices, 80, out);
    }
}

impl Drop for FakeFallback {
    fn drop(&mut self) {
        self.0.fetch_add(1, Relaxed);
    }
}

struct FakeLibrary {
    manner: Manner,
    freed: Arc<AtomicU32>,
}

impl Library for FakeLibrary {
    fn load(&mut self, wanted: &Wanted) -> Result<Loaded, LoadError> {
        let spec = match wanted {
            Wanted::File(_) => return Err(LoadError::NoFile),
            Wanted::Chorale => BandSpec::chorale(),
            _ => BandSpec::pop(),
        };
        let fallback = Arc::new(FakeFallback(Arc::clone(&self.freed)));
        Ok(Loaded { predictor: Box::new(Fake { spec: spec.clone(), manner: self.manner }), spec, fallback })
    }
}

/// Wishes what the controls wish.
struct FakeWish(Arc<AtomicU32>);

impl Wish for FakeWish {
    fn number(&self) -> u64 {
        u64::from(self.0.load(Relaxed))
    }
    fn wanted(&self) -> Wanted {
        match self.0.load(Relaxed) {
            2 => Wanted::Chorale,
            5 => Wanted::File("".into()),
            _ => Wanted::Pop,
        }
    }
}

/// What came out, and at which sample since the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Out {
    Said(Message),
    Passed(Message),
}

struct FakePort {
    input: VecDeque<(u32, Message)>,
    out: Vec<(u32, Out)>,
    room: usize,
}

impl Port for FakePort {
    type Event = (u32, Message);

    fn next(&mut self) -> Option<Heard<(u32, Message)>> {
        let (at, message) = self.input.pop_front()?;
        let what = match message {
            Message::On(channel, key, velocity) => Input::On(channel, key, velocity),
            Message::Off(channel, key) => Input::Off(channel, key),
            _ => Input::Other,
        };
        Some(Heard { at: SampleOffset(at), what, event: (at, message) })
    }

    fn pass(&mut self, (at, message): (u32, Message)) -> bool {
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

/// A host with a clip of the user: middle C on every quarter of channel 1.
struct Rig {
    engine: Engine,
    worker: Worker,
    wish: Arc<AtomicU32>,
    freed: Arc<AtomicU32>,
    host: HostTransport,
    controls: Controls,
    changed: bool,
    now: i64,
    /// The worker works.
    works: bool,
    plays: bool,
    room: usize,
    out: Vec<(i64, Out)>,
}

impl Rig {
    fn new() -> Self {
        Self::with(Manner::Good)
    }

    fn with(manner: Manner) -> Self {
        let (wish, freed) = (Arc::new(AtomicU32::new(1)), Arc::new(AtomicU32::new(0)));
        let status = Arc::new(Status::unregistered());
        let library = FakeLibrary { manner, freed: Arc::clone(&freed) };
        let (handle, mut worker) =
            worker(Box::new(library), Box::new(FakeWish(Arc::clone(&wish))), Arc::clone(&status));
        let controls = Controls { wish: 1, follow: 0.0, ..BandParams::default().controls() };
        let spec = BandSpec::pop();
        let first = Ensemble { id: 0, wanted: 0, fallback: Arc::new(FakeFallback(Arc::clone(&freed))), spec };
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
            room: usize::MAX,
            out: Vec::new(),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "few samples")]
    fn block(&mut self, frames: u32) {
        let mut input = VecDeque::new();
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

    fn roll(&mut self, until: i64, sizes: &[u32]) {
        for &size in sizes.iter().cycle() {
            if self.now >= until {
                break;
            }
            self.block(size.min(u32::try_from(until - self.now).expect("few samples")));
        }
    }

    fn set(&mut self, change: impl FnOnce(&mut Controls)) {
        change(&mut self.controls);
        self.changed = true;
    }

    /// The band's notes: (sample, channel, key).
    fn notes(&self) -> Vec<(i64, u8, u8)> {
        let note = |&(at, out): &(i64, Out)| match out {
            Out::Said(Message::On(channel, key, _)) => Some((at, channel.get(), key.get())),
            _ => None,
        };
        self.out.iter().filter_map(note).collect()
    }

    /// What still sounds, by channel and key; a note that begins twice or ends twice is a bug
    /// of the plugin, but for the user's own.
    fn hanging(&self) -> Vec<(u8, u8)> {
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

#[test]
fn the_band_enters_in_the_third_measure() {
    let mut rig = Rig::new();
    rig.roll(4 * MEASURE, &[512]);
    let third = 2 * MEASURE;
    let half = MEASURE / 2;
    assert_eq!(
        rig.notes(),
        [
            // A note that nobody handed on is a new one.
            (third, 1, 45),
            (third, 1, 47),
            (third, 2, 50),
            (third, 2, 52),
            (third, 3, 55),
            (third, 3, 57),
            (third + half, 1, 47),
            (third + half, 2, 52),
            (third + half, 3, 57),
            // The second notes go over the bar line: they are not struck again.
            (third + MEASURE, 1, 45),
            (third + MEASURE, 2, 50),
            (third + MEASURE, 3, 55),
            (third + MEASURE + half, 1, 47),
            (third + MEASURE + half, 2, 52),
            (third + MEASURE + half, 3, 57),
        ]
    );
    let off = |at, number| rig.out.contains(&(at, Out::Said(Message::Off(channel(1), key(number)))));
    assert!(off(third + QUARTER, 45) && off(third + MEASURE + QUARTER / 2, 47));
    // The user's own notes came through at their samples.
    assert_eq!(rig.out[0], (0, Out::Passed(Message::On(channel(0), Key::MIDDLE_C, Velocity::DEFAULT))));
    assert_eq!(rig.engine.conductor.tally().missed, 0);
}

#[test]
fn with_next_the_band_enters_in_the_second_measure() {
    let mut rig = Rig::new();
    rig.set(|controls| controls.lookahead = Lookahead::Next);
    rig.roll(2 * MEASURE, &[512]);
    assert_eq!(rig.notes().first(), Some(&(MEASURE, 1, 45)));
    assert_eq!(rig.engine.conductor.tally().missed, 0);
}

#[test]
fn any_blocks_play_the_same_notes_at_the_same_samples() {
    let check = |sizes: &[u32], swing: f64, humanise: f64| {
        let mut rig = Rig::new();
        rig.set(|controls| (controls.swing, controls.humanise) = (swing, humanise));
        rig.roll(5 * MEASURE + 1, sizes);
        rig.out
    };
    for (swing, humanise) in [(0.0, 0.0), (0.7, 0.0), (0.0, 1.0)] {
        let expected = check(&[64], swing, humanise);
        for sizes in [&[1024][..], &[16_384], &[1, 4000, 77], &[47_999]] {
            assert_eq!(check(sizes, swing, humanise), expected, "{sizes:?}");
        }
    }
}

#[test]
fn humanised_notes_depend_on_the_seed_alone() {
    let play = |seed| {
        let mut rig = Rig::new();
        rig.set(|controls| (controls.humanise, controls.seed) = (1.0, seed));
        rig.roll(4 * MEASURE, &[512]);
        rig.notes()
    };
    assert_eq!(play(1), play(1));
    assert_ne!(play(1), play(2));
    assert!(play(1).iter().all(|&(at, ..)| at.rem_euclid(MEASURE / 2) < 1201), "late by a fifth of a step at most");
}

#[test]
fn every_note_on_gets_its_note_off() {
    let check = |name: &str, change: fn(&mut Rig)| {
        for at in [2 * MEASURE + 100, 2 * MEASURE + MEASURE / 2 + 5, 3 * MEASURE + 10, 3 * MEASURE + 7000] {
            let mut rig = Rig::new();
            rig.roll(at, &[512]);
            assert!(!rig.hanging().is_empty(), "something sounds");
            rig.plays = false;
            change(&mut rig);
            rig.block(64);
            let band = rig.hanging().into_iter().filter(|&(channel, _)| channel > 0).collect::<Vec<_>>();
            assert_eq!(band, [], "after {name} at {at}");
        }
    };
    check("a stop", |rig| rig.host.playing = false);
    check("a jump", |rig| {
        rig.host.samples = Some(9 * QUARTER);
        rig.host.beats = Some(9.0);
    });
    check("a reset", |rig| rig.engine.reset());
    check("an activation", |rig| rig.engine.activate(SampleRate::or_usual(44_100.0), false, Duration::ZERO));
    check("bypass", |rig| rig.set(|controls| controls.bypass = true));
    check("panic", |rig| rig.set(|controls| controls.panic = true));
    check("an unsupported meter", |rig| rig.host.time_signature = Some((5, 32)));
    check("voices switched off", |rig| rig.set(|controls| controls.voices.iter_mut().for_each(|v| v.on = false)));
}

#[test]
fn a_change_of_channel_or_octave_ends_notes_where_they_began() {
    let check = |change: fn(&mut Controls), expected: (u8, u8)| {
        let mut rig = Rig::new();
        rig.roll(2 * MEASURE + 100, &[512]);
        rig.set(change);
        rig.block(64);
        assert_eq!(rig.hanging().into_iter().filter(|&(channel, _)| channel == 1).collect::<Vec<_>>(), []);
        let before = rig.notes().len();
        rig.roll(3 * MEASURE, &[512]);
        let (_, channel, key) = rig.notes()[before];
        assert_eq!((channel, key), expected);
    };
    check(|controls| controls.channels = Channels::One(channel(9)), (9, 47));
    check(|controls| controls.voices[1].octave = -2, (1, 23));
    check(|controls| controls.voices[1].range.low = key(60), (1, 71));
}

#[test]
fn the_users_note_wins_its_channel_and_key() {
    let mut rig = Rig::new();
    // The band's voices share the user's channel, and the second voice wants the user's key: 45 + 15.
    rig.set(|controls| {
        controls.channels = Channels::One(channel(0));
        controls.voices[1].range = model::KeyRange { low: key(60), high: key(60) };
    });
    rig.roll(4 * MEASURE, &[512]);
    assert!(rig.notes().iter().all(|&(at, _, key)| key != 60 || at.rem_euclid(QUARTER) >= 12_000), "{:?}", rig.notes());
    let mut rig2 = rig;
    rig2.host.playing = false;
    rig2.block(64);
    assert_eq!(rig2.hanging(), []);
}

#[test]
fn a_late_prediction_is_not_used_and_the_fallback_plays() {
    let mut rig = Rig::new();
    rig.roll(MEASURE - 512, &[512]);
    rig.works = false;
    rig.roll(2 * MEASURE + 1000, &[512]);
    // Keys of the fallback.
    assert_eq!(rig.notes().first(), Some(&(2 * MEASURE, 1, 85)));
    assert_eq!(rig.engine.conductor.tally().missed, 1);
    // Late is not wrong, only unused: the next one is in time.
    rig.works = true;
    rig.roll(4 * MEASURE, &[512]);
    assert_eq!(rig.engine.conductor.tally().missed, 1);
}

#[test]
fn a_request_that_finds_the_job_away_is_counted() {
    let mut rig = Rig::new();
    rig.roll(MEASURE - 512, &[512]);
    rig.works = false;
    rig.roll(4 * MEASURE, &[512]);
    assert_eq!(rig.engine.status.dropped_requests.load(Relaxed), 1);
    assert_eq!(rig.engine.conductor.tally().missed, 2);
}

#[test]
fn a_panic_is_counted_and_the_fallback_plays() {
    let mut rig = Rig::with(Manner::Panics);
    rig.roll(4 * MEASURE + 100, &[512]);
    assert!(rig.engine.status.panics.load(Relaxed) >= 2);
    assert_eq!(rig.notes().first(), Some(&(2 * MEASURE, 1, 45)), "the first prediction came");
    assert!(rig.notes().iter().any(|&(at, _, key)| at == 3 * MEASURE && key == 85), "{:?}", rig.notes());
}

#[test]
fn another_band_takes_over_on_the_bar_line_and_the_worker_frees_the_old() {
    let mut rig = Rig::new();
    rig.roll(2 * MEASURE + 5000, &[512]);
    let freed = rig.freed.load(Relaxed);
    rig.wish.store(2, Relaxed);
    rig.roll(2 * MEASURE + 30_000, &[512]);
    assert_eq!(rig.engine.spec().name, "pop", "the old band ends its measure");
    rig.works = false;
    rig.roll(3 * MEASURE + 10, &[512]);
    assert_eq!(rig.engine.spec().name, "chorale");
    assert_eq!(rig.freed.load(Relaxed), freed, "nothing is freed on the audio thread");
    rig.worker.step();
    assert_eq!(rig.freed.load(Relaxed), freed + 1);
    rig.works = true;
    rig.roll(6 * MEASURE, &[512]);
    assert!(rig.notes().iter().any(|&(at, ..)| at == 5 * MEASURE), "the new band plays");
}

#[test]
fn a_band_that_cannot_be_loaded_leaves_the_old_one() {
    let mut rig = Rig::new();
    rig.wish.store(5, Relaxed);
    rig.roll(3 * MEASURE, &[512]);
    assert_eq!(rig.engine.spec().name, "pop");
    assert_eq!(rig.engine.status.refused_bands.load(Relaxed), 1, "it is tried once");
}

#[test]
fn note_offs_that_find_no_room_come_in_the_next_block() {
    let mut rig = Rig::new();
    rig.plays = false;
    rig.roll(64, &[64]);
    rig.plays = true;
    rig.roll(2 * MEASURE + 100, &[512]);
    rig.host.playing = false;
    rig.room = 1;
    rig.block(64);
    assert!(!rig.hanging().is_empty());
    rig.room = usize::MAX;
    rig.block(64);
    assert_eq!(rig.hanging(), [(0, 60)], "only the user's own");
}

#[test]
fn thru_switched_off_ends_what_had_passed() {
    let mut rig = Rig::new();
    rig.roll(1000, &[500]);
    rig.set(|controls| controls.thru = false);
    rig.block(500);
    assert_eq!(rig.hanging(), []);
    let passed = rig.out.len();
    rig.roll(2 * MEASURE, &[500]);
    assert_eq!(rig.out.len(), passed, "nothing passes");
    rig.roll(2 * MEASURE + 500, &[500]);
    assert!(!rig.notes().is_empty(), "but it was heard");
}

#[test]
fn without_a_transport_notes_pass_through() {
    let mut rig = Rig::new();
    rig.host = HostTransport { samples: Some(0), ..HostTransport::default() };
    let mut port = FakePort {
        input: [(3, Message::On(channel(4), key(70), Velocity::MAX)), (9, Message::Control(channel(0), 1, 5))].into(),
        out: Vec::new(),
        room: 99,
    };
    let rolls = rig.engine.process(&rig.host, 64, &mut port, None);
    assert!(rolls, "a note is owed its off");
    assert_eq!(
        port.out,
        [
            (3, Out::Passed(Message::On(channel(4), key(70), Velocity::MAX))),
            (9, Out::Passed(Message::Control(channel(0), 1, 5)))
        ]
    );
}

#[test]
fn only_the_chosen_channel_is_listened_to() {
    let mut rig = Rig::new();
    rig.set(|controls| controls.listen = Some(channel(5)));
    rig.roll(4 * MEASURE, &[512]);
    assert_eq!(rig.notes(), [], "nothing was heard, so the band listens on");
    assert!(!rig.out.is_empty(), "but it passed");
}

#[test]
fn programs_are_chosen_at_the_start_if_wanted() {
    let mut rig = Rig::new();
    rig.set(|controls| controls.programs = true);
    rig.block(64);
    let programs: Vec<_> = rig.out.iter().filter(|(_, out)| matches!(out, Out::Said(Message::Program(..)))).collect();
    assert_eq!(
        programs,
        [
            &(0, Out::Said(Message::Program(channel(1), 11))),
            &(0, Out::Said(Message::Program(channel(2), 0))),
            &(0, Out::Said(Message::Program(channel(3), 33)))
        ]
    );
}

#[test]
fn the_band_follows_the_users_loudness_as_late_as_its_notes() {
    let mut rig = Rig::new();
    rig.set(|controls| controls.follow = 1.0);
    rig.plays = false;
    rig.roll(100, &[100]);
    let stroke = |velocity| Measure::from_notes(16, [Note { velocity, ..Note::new(0, 4, key(60)) }]);
    rig.engine.loudness.hear(&stroke(Velocity::MAX));
    rig.roll(MEASURE + 1, &[512]);
    assert_eq!(rig.engine.loudness.factor(1.0), 127.0 / 80.0);
    assert_eq!(rig.engine.loudness.factor(0.0), 1.0);
    rig.engine.loudness.hear(&stroke(Velocity::MIN));
    assert_eq!(rig.engine.loudness.factor(1.0), 127.0 / 80.0, "known from the next bar line on");
}
