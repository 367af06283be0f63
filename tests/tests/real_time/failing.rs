//! The engine alone, with a worker whose predictor fails in every way.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use band_player::bands::{BandLibrary, LoadError, Loaded, Wanted};
use band_player::engine::{Controls, Engine};
use band_player::midi::{Heard, Input, Message, Port};
use band_player::params::BandParams;
use band_player::status::Status;
use band_player::transport::HostTransport;
use band_player::units::{Bpm, SampleOffset, SampleRate};
use band_player::worker::{Ensemble, Wish, WorkerThread, worker};
use model::{
    BandMeasure, BandSpec, Channel, Key, LoopRule, Measure, Note, PredictError, PredictRequest, Predictor, Velocity,
};

use crate::{counting, is_stepped, locks, tell};

pub(crate) const SCENE: &str = "a predictor fails in every way";
/// A measure lasts 60 000 of its samples.
const RATE: u32 = 48_000;
const FRAMES: u32 = 64;
const BLOCKS_PER_MEASURE: u32 = 938;
const MEASURES: u32 = 18;
/// Three times as fast as it sounds: a measure is longer than the worker sleeps.
const BLOCKS_PER_MILLISECOND: u32 = 2;

static MILLISECONDS: AtomicU32 = AtomicU32::new(0);
static DONE: AtomicBool = AtomicBool::new(false);

/// Panics, refuses, answers garbage, is late, and answers well, one after the other.
struct Failing {
    spec: BandSpec,
    asked: Arc<AtomicU32>,
}

impl Predictor for Failing {
    fn spec(&self) -> &BandSpec {
        &self.spec
    }

    fn predict(&mut self, request: &PredictRequest) -> Result<BandMeasure, PredictError> {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        let mut out = BandMeasure::missing(if asked % 5 == 2 { 7 } else { request.steps });
        // A chord that is struck on every step, in voices that nobody asked for.
        let key = |step: u8, voice: usize| Key::clamped(40 + i32::from(step) + 3 * i32::try_from(voice).unwrap_or(0));
        for voice in self.spec.all().iter() {
            let notes = (0..out.steps()).map(|step| Note::new(step, 16, key(step, voice.index())));
            out.set(voice, &Measure::from_notes(out.steps(), notes));
        }
        match asked % 5 {
            0 => panic!("on purpose"),
            1 => return Err(PredictError::NotFinite),
            3 => std::thread::sleep(Duration::from_millis(700)),
            _ => {}
        }
        Ok(out)
    }
}

struct FailingLibrary(Arc<AtomicU32>);

impl BandLibrary for FailingLibrary {
    fn load(&mut self, _: &Wanted) -> Result<Loaded, LoadError> {
        let (spec, asked) = (BandSpec::pop(), Arc::clone(&self.0));
        let fallback = Arc::new(LoopRule::new(spec.clone()));
        let predictors =
            move || -> Box<dyn Predictor> { Box::new(Failing { spec: BandSpec::pop(), asked: Arc::clone(&asked) }) };
        Ok(Loaded { spec, predictors: Box::new(predictors), fallback })
    }
}

struct Always;

impl Wish for Always {
    fn number(&self) -> u64 {
        1
    }
    fn wanted(&self) -> Wanted {
        Wanted::Pop
    }
}

/// The user strikes a key; what the band says is counted.
struct Room {
    input: Option<Key>,
    said: u32,
}

impl Port for Room {
    type Event = ();

    fn next(&mut self) -> Option<Heard<()>> {
        let (channel, key) = (Channel::new(0)?, self.input.take()?);
        Some(Heard { at: SampleOffset(0), what: Input::On(channel, key, Velocity::DEFAULT), event: () })
    }

    fn pass(&mut self, (): (), _to: Option<model::Channel>) -> bool {
        true
    }

    fn say(&mut self, _: SampleOffset, _: Message) -> bool {
        self.said += 1;
        true
    }
}

pub(crate) fn child() -> ExitCode {
    std::panic::set_hook(Box::new(|_| {}));
    let (status, asked) = (Arc::new(Status::unregistered()), Arc::new(AtomicU32::new(0)));
    let (mut handle, worker) = worker(Box::new(FailingLibrary(asked)), Box::new(Always), Arc::clone(&status));
    let _thread = WorkerThread::spawn(worker, &mut handle).expect("a thread");
    let controls = Controls { wish: 1, ..BandParams::default().controls() };
    let spec = BandSpec::pop();
    let first =
        Ensemble { id: 0, wanted: 0, fallback: Arc::new(LoopRule::new(spec.clone())), spec, heeds_chords: false };
    let mut engine = Engine::new(first, handle, controls, Arc::clone(&status));
    engine.activate(SampleRate::or_usual(f64::from(RATE)), false, Duration::from_secs(20));
    std::thread::spawn(move || audio_thread(engine));
    while !DONE.load(Ordering::Acquire) {
        std::thread::sleep(Duration::from_millis(1));
        MILLISECONDS.fetch_add(1, Ordering::Release);
    }
    let _silence = std::panic::take_hook();
    tell([SCENE]);
    let report = status.report();
    assert!(report.figures.panics > 2 && report.figures.failed > report.figures.panics, "it failed: {report:?}");
    assert!(
        report.figures.missed > 3 && report.figures.measures >= MEASURES - 2,
        "and the fallback played: {report:?}"
    );
    std::process::exit(0)
}

fn audio_thread(mut engine: Engine) {
    let mut host = HostTransport {
        playing: true,
        tempo: Bpm::new(192.0),
        time_signature: Some((4, 4)),
        beats: Some(0.0),
        samples: Some(0),
        ..HostTransport::default()
    };
    let mut room = Room { input: None, said: 0 };
    counting::watched(0, || ());
    let stepping = is_stepped();
    locks::prepare();
    counting::refuse_calls();
    for number in 0..MEASURES * BLOCKS_PER_MEASURE {
        if number.is_multiple_of(BLOCKS_PER_MILLISECOND) {
            let now = MILLISECONDS.load(Ordering::Acquire);
            while MILLISECONDS.load(Ordering::Acquire) == now {
                std::hint::spin_loop();
            }
        }
        room.input = Key::new(60).filter(|_| number.is_multiple_of(100));
        let mut work = || {
            let alive = engine.process(&host, FRAMES, &mut room, None);
            engine.show(&host, FRAMES);
            alive
        };
        // Every sixth bar line, and here and there.
        let line = number * FRAMES % 360_000 < FRAMES;
        counting::watched(0, || {
            if stepping && (line || number.is_multiple_of(997)) { locks::stepped(0, work) } else { work() }
        });
        let samples = i64::from((number + 1) * FRAMES);
        host.samples = Some(samples);
        host.beats = Some(f64::from((number + 1) * FRAMES) / 15_000.0);
    }
    assert!(room.said > MEASURES, "the band plays");
    DONE.store(true, Ordering::Release);
    // The thread cannot end by itself any more.
    loop {
        std::hint::spin_loop();
    }
}
