//! Whatever the worker does, the music goes on, nothing hangs, and what went wrong is counted.

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use model::VoiceId;

use super::*;
use crate::worker::{WorkerThread, worker};

/// The lowest key of a prediction for this measure; below those of the fallback.
pub(super) fn base_for(measure: u32) -> u8 {
    20 + u8::try_from(measure % 20).expect("small")
}

/// A measure that nobody asked for: every voice, the user's too, of some other length, as full as can be, with notes
/// that come from nowhere and go nowhere, in every key.
pub(super) fn garbage(seed: usize) -> BandMeasure {
    let mut rng = model::Rng::new(seed as u64);
    let mut below = |most: usize| u8::try_from(rng.below(most)).expect("small");
    let mut out = BandMeasure::missing(1 + below(16));
    for voice in (0..model::music::band::MAX_VOICES).filter_map(VoiceId::new) {
        let notes = (0..200).map(|_| Note {
            continued: below(2) == 0,
            continues: below(2) == 0,
            ..Note::new(below(16), 1 + below(16), key(below(128)))
        });
        out.set(voice, &Measure::from_notes(out.steps(), notes));
    }
    out
}

/// Ends the take; nothing of the band's may sound on. (The user's own note is the user's to end.)
fn stop(rig: &mut Rig) {
    rig.host.playing = false;
    rig.block(512);
    assert!(rig.hanging().iter().all(|&(channel, _)| channel == 0), "{:?}", rig.hanging());
}

fn tally(rig: &Rig) -> (u32, u32) {
    let tally = rig.engine.conductor.tally();
    (tally.predicted, tally.missed)
}

#[test]
fn a_prediction_is_played_in_its_own_measure_or_not_at_all() {
    for late in 1..=20 {
        let mut rig = Rig::with(Manner::Numbered);
        rig.works = false;
        // The worker looks only once in so many measures.
        for look in 1..=4 {
            rig.roll(look * late * MEASURE + MEASURE / 2, &[4096, 1, 777]);
            rig.worker.step();
        }
        let notes = rig.notes();
        let [mut predicted, mut filled] = [0, 0];
        for &(at, channel, key) in &notes {
            let measure = u32::try_from(at / MEASURE).expect("few measures");
            let low = key - 5 * channel;
            if low >= 80 {
                filled += 1;
            } else {
                predicted += 1;
                assert!(
                    (low - base_for(measure)).is_multiple_of(2),
                    "{late} measures late: {key} in measure {measure}"
                );
                assert!(low - base_for(measure) <= 2, "{late} measures late: {key} in measure {measure}");
            }
        }
        assert_eq!(predicted > 0, late == 1, "a prediction has one measure's time");
        assert!(late == 1 || filled > 0, "the music goes on");
        assert_eq!(tally(&rig).1 > 0, late > 1, "what is missed is counted");
        stop(&mut rig);
    }
}

#[test]
fn an_answer_from_before_a_jump_is_dropped_and_counted() {
    let mut rig = Rig::new();
    rig.works = false;
    rig.roll(2 * MEASURE - 1000, &[512]);
    // Back to the beginning of the second measure, while the request for the third is away.
    (rig.host.samples, rig.host.beats) = (Some(MEASURE), Some(4.0));
    rig.block(512);
    rig.worker.step();
    rig.block(512);
    let status = rig.engine.status.report();
    assert_eq!(
        (status.figures.answers, status.figures.predictions, status.figures.stale),
        (1, 1, 1),
        "it came, and is not used"
    );
    // The worker works again. What it is asked after the jump is played; the measure before that is bridged.
    rig.works = true;
    let jump = rig.now - 1024;
    rig.roll(jump + 4 * MEASURE, &[512]);
    let first = rig.notes().into_iter().find(|&(.., key)| key < 80).expect("the band plays again");
    assert_eq!(first.0, jump + MEASURE, "{:?}", rig.notes());
    assert!(rig.engine.status.report().figures.bridged > 0);
    stop(&mut rig);
}

#[test]
fn bands_that_change_faster_than_anyone_looks_leave_nothing_behind() {
    let mut rig = Rig::new();
    rig.roll(2 * MEASURE + 5000, &[512]);
    // The ring to the audio thread has one place, which nobody empties until the bar line.
    for wish in 10..30 {
        rig.wish.store(wish, Relaxed);
        rig.worker.step();
    }
    rig.wish.store(2, Relaxed);
    rig.roll(6 * MEASURE + 1, &[512]);
    assert_eq!(rig.engine.spec().name, "chorale", "the last wish is fulfilled");
    assert!(rig.notes().iter().any(|&(at, ..)| at == 6 * MEASURE), "and the band plays");
    // Each fallback that lives holds the counter, as do the library and the rig.
    assert_eq!(Arc::strong_count(&rig.freed) - 2, 1, "all other bands are freed");
    stop(&mut rig);
}

#[test]
fn a_predictor_that_always_fails_leaves_the_music_to_the_fallback() {
    for manner in [Manner::Panics, Manner::Refuses] {
        let mut rig = Rig::with(manner);
        rig.roll(12 * MEASURE + 10, &[512]);
        let (predicted, missed) = tally(&rig);
        // Measures 3 to 13, of which the one that panics late gives the first.
        assert_eq!(predicted + missed, 11);
        assert_eq!(missed, if manner == Manner::Panics { 10 } else { 11 });
        assert!(rig.engine.status.report().figures.failed >= missed);
        // What the band played one loop ago, where it played; else the rule.
        assert!(rig.notes().iter().any(|&(at, ..)| at == 12 * MEASURE), "{:?}", rig.notes());
        stop(&mut rig);
    }
}

#[test]
fn garbage_sounds_only_in_the_bands_own_voices_and_ends() {
    let mut rig = Rig::with(Manner::Garbage);
    rig.roll(40 * MEASURE, &[512, 3, 9000]);
    let notes = rig.notes();
    assert!(notes.len() > 100, "it is played");
    assert!(notes.iter().all(|&(_, channel, _)| (1..=3).contains(&channel)), "the user's voice is the user's");
    assert!(notes.iter().all(|&(at, ..)| at % (QUARTER / 4) == 0), "on the steps");
    stop(&mut rig);
}

/// Holds predictions back until it is told to go on.
struct Stuck {
    spec: BandSpec,
    go_on: Arc<AtomicBool>,
}

impl Predictor for Stuck {
    fn spec(&self) -> &BandSpec {
        &self.spec
    }

    fn predict(&mut self, request: &PredictRequest) -> Result<BandMeasure, PredictError> {
        let start = Instant::now();
        while !self.go_on.load(Relaxed) && start.elapsed() < Duration::from_secs(10) {
            std::thread::park_timeout(Duration::from_millis(1));
        }
        Ok(BandMeasure::missing(request.steps))
    }
}

struct StuckLibrary(Arc<AtomicBool>);

impl BandLibrary for StuckLibrary {
    fn load(&mut self, _: &Wanted) -> Result<Loaded, LoadError> {
        let spec = BandSpec::pop();
        let fallback = Arc::new(FakeFallback(Arc::default()));
        let (stuck, go_on) = (spec.clone(), Arc::clone(&self.0));
        let predictors =
            move || -> Box<dyn Predictor> { Box::new(Stuck { spec: stuck.clone(), go_on: Arc::clone(&go_on) }) };
        Ok(Loaded { predictors: Box::new(predictors), spec, fallback })
    }
}

/// Plays 50 measures with a predictor that hangs for 10 s, and returns how long that took.
fn play_with_a_stuck_worker(offline: bool) -> Duration {
    let go_on = Arc::new(AtomicBool::new(false));
    let mut rig = Rig::new();
    rig.works = false;
    let wish = Box::new(FakeWish(Arc::clone(&rig.wish)));
    let (mut handle, worker) = worker(Box::new(StuckLibrary(Arc::clone(&go_on))), wish, Arc::clone(&rig.engine.status));
    let thread = WorkerThread::spawn(worker, &mut handle).expect("a thread");
    let spec = BandSpec::pop();
    let first =
        Ensemble { id: 0, wanted: 0, fallback: Arc::new(FakeFallback(Arc::default())), spec, heeds_chords: false };
    rig.engine = Engine::new(first, handle, rig.controls, Arc::clone(&rig.engine.status));
    rig.engine.activate(SampleRate::or_usual(48_000.0), offline, Duration::from_secs(5));
    // As long as a player would bear, not ten seconds.
    rig.engine.patience = Duration::from_millis(300);
    let start = Instant::now();
    rig.roll(50 * MEASURE, &[4096]);
    let took = start.elapsed();
    assert!(rig.notes().iter().any(|&(at, _, key)| at == 40 * MEASURE && key == 85), "the fallback plays");
    assert!(tally(&rig).1 > 40, "what is missed is counted");
    stop(&mut rig);
    go_on.store(true, Relaxed);
    drop(thread);
    took
}

#[test]
fn a_predictor_that_hangs_holds_nobody_up() {
    let took = play_with_a_stuck_worker(false);
    assert!(took < Duration::from_secs(5), "{took:?}: the audio thread does not wait");
}

#[test]
fn an_offline_render_waits_only_so_long_in_all() {
    let took = play_with_a_stuck_worker(true);
    assert!(took >= Duration::from_millis(200), "{took:?}: it waits");
    assert!(took < Duration::from_secs(5), "{took:?}: but not for ever");
}

/// How long [`Slow`] takes for a band.
const READS: Duration = Duration::from_millis(200);

/// Takes its time for each band.
struct Slow;

impl BandLibrary for Slow {
    fn load(&mut self, _: &Wanted) -> Result<Loaded, LoadError> {
        let start = Instant::now();
        while start.elapsed() < READS {
            std::thread::park_timeout(READS);
        }
        let spec = BandSpec::pop();
        let fake = spec.clone();
        let predictors = move || -> Box<dyn Predictor> { Box::new(Fake { spec: fake.clone(), manner: Manner::Good }) };
        Ok(Loaded { predictors: Box::new(predictors), spec, fallback: Arc::new(FakeFallback(Arc::default())) })
    }
}

/// Other threads wish for another band all the time. At a start, an offline render waits for the band that is just being
/// read, and for the one that was wished then; never for those that are wished later.
#[test]
fn an_offline_start_waits_no_longer_than_two_bands_take() {
    let mut rig = Rig::new();
    (rig.works, rig.plays) = (false, false);
    let wish = Box::new(FakeWish(Arc::clone(&rig.wish)));
    let (mut handle, worker) = worker(Box::new(Slow), wish, Arc::clone(&rig.engine.status));
    let _thread = WorkerThread::spawn(worker, &mut handle).expect("a thread");
    let spec = BandSpec::pop();
    let first =
        Ensemble { id: 0, wanted: 0, fallback: Arc::new(FakeFallback(Arc::default())), spec, heeds_chords: false };
    rig.engine = Engine::new(first, handle, rig.controls, Arc::clone(&rig.engine.status));
    rig.engine.activate(SampleRate::or_usual(48_000.0), true, Duration::from_secs(10));
    let end = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (end, wish) = (&end, Arc::clone(&rig.wish));
        scope.spawn(move || {
            while !end.load(Relaxed) {
                wish.fetch_add(10, Relaxed);
                std::thread::park_timeout(Duration::from_millis(1));
            }
        });
        let (mut longest, mut waited) = (Duration::ZERO, 0);
        for _ in 0..8 {
            rig.host.playing = false;
            rig.block(64);
            rig.engine.patience = PATIENCE;
            rig.host.playing = true;
            // The wish that it hears of with the block is a new one, and is replaced while it waits.
            let wished = rig.wish.fetch_add(10, Relaxed) + 10;
            rig.set(|controls| controls.wish = u64::from(wished));
            let start = Instant::now();
            rig.block(64);
            let took = start.elapsed();
            longest = longest.max(took);
            waited += u32::from(took > READS / 4);
        }
        end.store(true, Relaxed);
        assert!(waited > 4, "it waits for what is wished: {waited} of 8 times");
        // And as much again, for a machine that is busy.
        assert!(longest < 4 * READS, "{longest:?}");
    });
}

/// Another thread has loaded a state, and so wishes for another band, before this one waits for the one it knows of.
#[test]
fn a_wish_that_was_replaced_meanwhile_is_not_waited_for() {
    let Rig { mut engine, worker, wish, controls, .. } = Rig::new();
    engine.preset(Controls { wish: 3, ..controls });
    wish.store(2, Relaxed);
    let _thread = WorkerThread::spawn(worker, engine.worker()).expect("a thread");
    let start = Instant::now();
    engine.activate(SampleRate::or_usual(48_000.0), true, Duration::from_secs(10));
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    assert_eq!(engine.spec().name, "chorale", "what is wished by now");
}
