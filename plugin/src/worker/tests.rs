//! The worker, stepped by hand: no sleep, no clock.

use std::sync::atomic::AtomicBool;

use super::*;
use crate::bands::{LoadError, Loaded};
use model::music::chart::BarPlace;
use model::music::drums::DrumMeasure;
use model::rules::loop_rule::LoopRule;
use model::{BandMeasure, Hold, PredictError};

struct Rules;

impl BandLibrary for Rules {
    fn load(&mut self, _: &Wanted) -> Result<Loaded, LoadError> {
        let spec = BandSpec::pop();
        let rule = LoopRule::new(spec.clone());
        let fallback = Arc::new(rule.clone());
        Ok(Loaded { spec, predictors: Box::new(move || Box::new(rule.clone())), fallback })
    }
}

struct Bad(BandSpec);

impl Predictor for Bad {
    fn spec(&self) -> &BandSpec {
        &self.0
    }
    fn predict(&mut self, _: &PredictRequest) -> Result<BandMeasure, PredictError> {
        panic!("on purpose")
    }
}

struct One;

impl Wish for One {
    fn number(&self) -> u64 {
        1
    }
    fn wanted(&self) -> Wanted {
        Wanted::Pop
    }
}

fn pair() -> (WorkerHandle, Worker) {
    worker(Box::new(Rules), Box::new(One), Arc::new(Status::unregistered()))
}

fn ask(handle: &mut WorkerHandle, ensemble: u32) {
    let job = handle.job().expect("the job is home");
    job.ensemble = ensemble;
    job.request.voices = BandSpec::pop().all();
    job.request.history.push(&BandMeasure::missing(16));
    handle.send();
}

#[test]
fn the_sleep_follows_the_next_deadline() {
    let (handle, mut worker) = pair();
    let mut check = |seconds: f64, expected: Duration| {
        handle.expect_request_in(seconds);
        assert_eq!(worker.step(), expected, "{seconds} s");
    };
    check(f64::INFINITY, IDLE);
    check(3.0, PATIENT);
    check(0.05, Duration::from_millis(50));
    check(0.0, EAGER);
}

#[test]
fn one_job_goes_there_and_back() {
    let (mut handle, mut worker) = pair();
    worker.step();
    let ensemble = handle.ensemble().expect("a band is there");
    ask(&mut handle, ensemble.id);
    assert!(handle.is_waiting() && handle.job().is_none(), "one request is in flight");
    worker.step();
    assert!(handle.answer().is_some_and(|job| job.outcome.is_some()));
    assert!(handle.job().is_some());
    // A band that was never loaded predicts nothing.
    ask(&mut handle, 77);
    worker.step();
    assert!(handle.answer().is_some_and(|job| job.outcome.is_none()));
}

/// Says in its notes which chord it was told: the root as a key, or nothing.
struct Obedient(BandSpec);

impl Predictor for Obedient {
    fn spec(&self) -> &BandSpec {
        &self.0
    }
    fn obeys_chords(&self) -> bool {
        true
    }
    fn predict(&mut self, request: &PredictRequest) -> Result<BandMeasure, PredictError> {
        let mut measure = BandMeasure::missing(request.steps);
        let root = request.chords.at(0).and_then(|symbol| symbol.chord()).map(|chord| chord.root);
        let note = root.map(|root| model::Note::new(0, 4, model::Key::clamped(i32::from(root))));
        measure.set(request.user, &model::Measure::from_notes(request.steps, note));
        Ok(measure)
    }
}

#[test]
fn the_newest_chart_says_the_chords_of_the_wanted_measure() {
    let (mut handle, mut worker) = pair();
    let chart = ChartHandle::default();
    worker.read(chart.clone());
    worker.step();
    let ensemble = handle.ensemble().expect("a band is there");
    assert!(!ensemble.heeds_chords, "a rule heeds none");
    if let Some(player) = &mut worker.players[0] {
        player.predictor = Box::new(Obedient(BandSpec::pop()));
    }
    let mut told = |place: Option<i64>| {
        handle.job().expect("the job is home").request.place = place.map(|bar| BarPlace::whole(bar, 16));
        ask(&mut handle, ensemble.id);
        worker.step();
        let job = handle.answer().expect("an answer");
        let measure = job.outcome.expect("it predicts").measure;
        measure.voice(job.request.user).notes().first().map(|note| note.key.get())
    };
    assert_eq!(told(Some(1)), None, "there is no chart");
    chart.write(&"loop 3\n| C | D | E | F |".parse().expect("a chart"));
    assert_eq!(
        [told(Some(0)), told(Some(1)), told(Some(3)), told(Some(-1)), told(None)],
        [Some(0), Some(2), Some(0), None, None]
    );
    chart.write(&"once\n| G | ? |".parse().expect("a chart"));
    assert_eq!([told(Some(0)), told(Some(1)), told(Some(2))], [Some(7), None, None]);
}

#[test]
fn a_predictor_that_panicked_is_replaced() {
    let (mut handle, mut worker) = pair();
    worker.step();
    let id = handle.ensemble().expect("a band is there").id;
    if let Some(player) = &mut worker.players[0] {
        player.predictor = Box::new(Bad(BandSpec::pop()));
    }
    ask(&mut handle, id);
    worker.step();
    assert!(handle.answer().is_some_and(|job| job.outcome.is_none()));
    assert_eq!(worker.status.counters.panics.now(), 1);
    ask(&mut handle, id);
    worker.step();
    assert!(handle.answer().is_some_and(|job| job.outcome.is_some()), "the new one predicts");
}

/// Loads once; its file has gone since. The first of its predictors panics.
#[derive(Default)]
struct Gone {
    loads: u32,
}

impl BandLibrary for Gone {
    fn load(&mut self, wanted: &Wanted) -> Result<Loaded, LoadError> {
        self.loads += 1;
        if self.loads > 1 {
            return Err(LoadError::NoFile);
        }
        let first = AtomicBool::new(true);
        let loaded = Rules.load(wanted)?;
        let (spec, good) = (loaded.spec.clone(), loaded.predictors);
        let predictors: Predictors =
            Box::new(move || if first.swap(false, Ordering::Relaxed) { Box::new(Bad(spec.clone())) } else { good() });
        Ok(Loaded { predictors, ..loaded })
    }
}

#[test]
fn another_predictor_needs_no_file() {
    let (mut handle, mut worker) = worker(Box::new(Gone::default()), Box::new(One), Arc::new(Status::unregistered()));
    worker.step();
    let id = handle.ensemble().expect("a band is there").id;
    assert_eq!(worker.status.report().figures.panics, 1, "it was tried out before it was needed");
    for outcome in [false, true] {
        ask(&mut handle, id);
        worker.step();
        assert_eq!(handle.answer().is_some_and(|job| job.outcome.is_some()), outcome);
    }
}

#[test]
fn a_library_that_panics_hangs_nobody_and_is_not_asked_again() {
    struct Torn;
    impl BandLibrary for Torn {
        fn load(&mut self, _: &Wanted) -> Result<Loaded, LoadError> {
            panic!("on purpose")
        }
    }
    let (mut handle, mut worker) = worker(Box::new(Torn), Box::new(One), Arc::new(Status::unregistered()));
    for _ in 0..3 {
        worker.step();
    }
    assert!(handle.has_tried(1) && handle.ensemble().is_none());
    assert_eq!(worker.status.report().figures.panics, 1);
}

/// Wishes what is next in a list, each time that it is asked; then always the last.
struct List(std::cell::RefCell<Vec<u64>>);

impl Wish for List {
    fn number(&self) -> u64 {
        let mut list = self.0.borrow_mut();
        if list.len() > 1 { list.remove(0) } else { list[0] }
    }
    fn wanted(&self) -> Wanted {
        Wanted::Pop
    }
}

/// Keeps in mind which wish counted as tried while it loaded.
struct Watching {
    rings: std::sync::mpsc::Receiver<Arc<Rings>>,
    tried: Arc<AtomicU64>,
}

impl BandLibrary for Watching {
    fn load(&mut self, wanted: &Wanted) -> Result<Loaded, LoadError> {
        if let Ok(rings) = self.rings.try_recv() {
            self.tried.store(rings.tried.load(Ordering::SeqCst), Ordering::SeqCst);
        }
        Rules.load(wanted)
    }
}

#[test]
fn no_wish_counts_as_tried_while_another_is() {
    let (send, rings) = std::sync::mpsc::channel();
    let tried = Arc::new(AtomicU64::new(77));
    let library = Watching { rings, tried: Arc::clone(&tried) };
    let wish = List(vec![1, 1, 2].into());
    let (handle, mut worker) = worker(Box::new(library), Box::new(wish), Arc::new(Status::unregistered()));
    worker.step();
    assert!(handle.has_tried(1));
    assert!(send.send(Arc::clone(&handle.rings)).is_ok());
    worker.step();
    assert_eq!(tried.load(Ordering::SeqCst), NONE, "the first wish, wished again now, would not be fulfilled");
    assert!(handle.has_tried(2));
}

#[test]
fn a_wish_that_is_taken_back_at_once_changes_nothing() {
    let wish = List(vec![1, 1, 2, 1].into());
    let (mut handle, mut worker) = worker(Box::new(Rules), Box::new(wish), Arc::new(Status::unregistered()));
    worker.step();
    assert!(handle.ensemble().is_some());
    worker.step();
    assert!(handle.has_tried(1) && handle.ensemble().is_none(), "nothing was loaded");
}

#[test]
fn a_job_that_finds_the_ring_full_stays_at_home() {
    let (mut handle, mut worker) = pair();
    assert!(handle.rings.requests.push(Box::new(Job::empty())).is_ok());
    ask(&mut handle, 1);
    assert!(handle.job().is_some() && !handle.is_waiting());
    assert_eq!(worker.status.report().figures.requests, 0);
    worker.step();
    assert!(handle.answer().is_some(), "the one that had its place");
    ask(&mut handle, 1);
    worker.step();
    let report = worker.status.report();
    assert_eq!((report.figures.requests, report.figures.answers), (1, 2));
}

#[test]
fn a_thread_ends_when_it_is_dropped() {
    let (mut handle, worker) = pair();
    let thread = WorkerThread::spawn(worker, &mut handle).expect("a thread");
    assert!(handle.wait_for_wish(1, u64::MAX, Duration::from_secs(20)), "it loads the band");
    let rings = Arc::downgrade(&handle.rings);
    drop(thread);
    drop(handle);
    assert_eq!(rings.strong_count(), 0, "nobody is left");
}

/// Wishes for a second band, and panics when it is asked which.
struct Broken(Arc<AtomicBool>);

impl Wish for Broken {
    fn number(&self) -> u64 {
        1 + u64::from(self.0.load(Ordering::Relaxed))
    }
    fn wanted(&self) -> Wanted {
        assert!(!self.0.load(Ordering::Relaxed), "on purpose");
        Wanted::Pop
    }
}

#[test]
fn whatever_panics_in_the_worker_the_band_plays_on_and_the_fault_is_shown() {
    let second = Arc::new(AtomicBool::new(false));
    let wish = Box::new(Broken(Arc::clone(&second)));
    let (mut handle, mut worker) = worker(Box::new(Rules), wish, Arc::new(Status::unregistered()));
    worker.step();
    let first = handle.ensemble().expect("the first band").id;
    second.store(true, Ordering::Relaxed);
    worker.step();
    assert_eq!(worker.status.report().figures.panics, 1, "it is counted, and the thread lives");
    ask(&mut handle, first);
    worker.step();
    assert!(handle.answer().is_some_and(|job| job.outcome.is_some()), "the first band plays on");
}

/// A request for this measure, drummed as `change` says; what is drummed.
fn drummed(worker: &mut Worker, handle: &mut WorkerHandle, target: u32, run: u32) -> Option<DrumMeasure> {
    let job = handle.job().expect("the job is home");
    job.ensemble = 1;
    job.request.target = model::MeasureIndex(target);
    job.request.seed = u64::from(target);
    job.request.voices = BandSpec::pop().all();
    job.request.history.push(&BandMeasure::missing(16));
    job.drums = Some(DrumsWanted { style: None, energy: 0.0, place: None, tempo: 110.0, take: 7, run });
    handle.send();
    worker.step();
    handle.answer().and_then(|job| job.outcome).and_then(|outcome| outcome.drums)
}

#[test]
fn a_drummer_plays_on_and_repeats_what_is_asked_for_again() {
    let (mut handle, mut worker) = pair();
    worker.step();
    let first: Vec<_> = (2..8).map(|target| drummed(&mut worker, &mut handle, target, 1)).collect();
    assert!(first.iter().flatten().any(|measure| !measure.is_silent()));
    assert_ne!(first[3], first[4]);
    // The same measure is asked for again, and the music goes on as if it had not been.
    assert_eq!(drummed(&mut worker, &mut handle, 7, 1), first[5]);
    let on = drummed(&mut worker, &mut handle, 8, 1);
    // The transport starts again: the same take.
    let again: Vec<_> = (2..8).map(|target| drummed(&mut worker, &mut handle, target, 2)).collect();
    assert_eq!(again, first);
    assert_eq!(drummed(&mut worker, &mut handle, 8, 2), on);
}

#[test]
fn nobody_drums_who_is_not_asked_and_a_drummer_alone_needs_no_band() {
    let (mut handle, mut worker) = pair();
    worker.step();
    ask(&mut handle, 1);
    worker.step();
    assert!(handle.answer().and_then(|job| job.outcome).is_some_and(|outcome| outcome.drums.is_none()));
    let job = handle.job().expect("the job is home");
    job.request.voices = model::VoiceMask::NONE;
    job.drums = Some(DrumsWanted { style: None, energy: 0.0, place: None, tempo: 110.0, take: 7, run: 1 });
    handle.send();
    worker.step();
    let outcome = handle.answer().and_then(|job| job.outcome).expect("an answer");
    assert!(outcome.measure.present.is_empty() && outcome.drums.is_some_and(|drums| !drums.is_silent()));
}

/// Measures of a tune over C – Am – F – G, of which the band is asked what comes after next.
fn ask_for_chords(handle: &mut WorkerHandle, place: Option<i64>, harmony: HarmonyChoice) {
    let job = handle.job().expect("the job is home");
    job.ensemble = 1;
    job.harmony = harmony;
    job.request = PredictRequest::empty();
    job.request.place = place.map(|bar| BarPlace::whole(bar, 16));
    job.request.voices = BandSpec::pop().all().without(job.request.user);
    for key in [60, 69, 65, 67].repeat(4) {
        let mut heard = BandMeasure::missing(16);
        let notes = [0, 4, 7].map(|tone| model::Note::new(0, 16, model::Key::clamped(key + tone)));
        heard.set(job.request.user, &model::Measure::from_notes(16, notes));
        job.request.history.push(&heard);
    }
    handle.send();
}

#[test]
fn where_the_chart_says_nothing_chords_are_foretold_and_said_to_be() {
    let (mut handle, mut worker) = pair();
    let chart = ChartHandle::default();
    worker.read(chart.clone());
    worker.step();
    if let Some(player) = &mut worker.players[0] {
        player.predictor = Box::new(Obedient(BandSpec::pop()));
    }
    chart.write(&"once\n| Ab ? |".parse().expect("a chart"));
    let on = HarmonyChoice { foretell: true, hold: Hold::Never };
    let mut told = |place, harmony| {
        ask_for_chords(&mut handle, place, harmony);
        worker.step();
        let job = handle.answer().expect("an answer");
        let root = job
            .outcome
            .expect("it predicts")
            .measure
            .voice(job.request.user)
            .notes()
            .first()
            .map(|note| note.key.get());
        (root, job.told)
    };
    assert_eq!(told(Some(0), HarmonyChoice::OFF), (Some(8), [None; 2]));
    let (root, [first, second]) = told(Some(0), on);
    assert_eq!((root, first), (Some(8), None), "the chart comes first");
    assert!(second.is_some_and(|second| second.steps == (8, 16)), "and the half that it leaves open is foretold");
    let (root, [first, _]) = told(Some(1), on);
    let first = first.expect("all of it is");
    assert_eq!(root, Some(first.chord.root), "the band is told what is shown");
    assert!(first.chance.is_some() && first.likeliest.iter().all(Option::is_some) && first.why[0].is_some());
    assert_eq!(told(Some(1), HarmonyChoice::OFF), (None, [None; 2]));
    assert_eq!(told(None, on).1[0], Some(first), "wherever the measure lies");
}

#[test]
fn chords_that_cannot_be_foretold_are_counted_and_the_band_plays_on() {
    let faults: [(Tells, u32); 2] = [(|_, _, _| Err(NoForesight), 0), (|_, _, _| panic!("on purpose"), 1)];
    for (fault, panics) in faults {
        let (mut handle, mut worker) = pair();
        worker.step();
        if let Some(player) = &mut worker.players[0] {
            player.predictor = Box::new(Obedient(BandSpec::pop()));
        }
        worker.tells = fault;
        ask_for_chords(&mut handle, None, HarmonyChoice { foretell: true, hold: Hold::Repeats });
        worker.step();
        let job = handle.answer().expect("an answer");
        assert!(job.outcome.is_some() && job.told == [None; 2]);
        let figures = worker.status.report().figures;
        assert_eq!((figures.unforetold, figures.panics, figures.failed), (1, panics, 0));
    }
}
