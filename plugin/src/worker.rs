//! The worker: a thread of each instance that predicts and loads bands, so that `process()` never
//! waits.
//!
//! ```text
//! audio thread                          worker
//!   Job (request) ───── requests ────▶  predict
//!   accept        ◀──── answers ──────  Job (request and outcome)
//!   play it       ◀──── ensembles ────  load another band
//!   the old one   ───── retired ─────▶  free it
//! ```
//!
//! One [`Job`] exists, so one request is in flight, and nothing is allocated for it. The audio
//! thread wakes nobody: it says when the next request is to be expected, and the worker looks by
//! itself then.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{JoinHandle, Thread};
use std::time::{Duration, Instant};

use crossbeam::queue::ArrayQueue;
use model::{BandSpec, Fallback, PredictRequest, Prediction, Predictor};

use crate::bands::{Library, Predictors, Wanted};
use crate::status::{Status, count};
use crate::take::TakeHandle;

/// How long the worker of an idle instance sleeps. Chosen: 64 of them wake 180 times a second
/// together, measured as 0.5 % of a core, and at 300 quarters a minute it still looks twice
/// before the first request comes.
const IDLE: Duration = Duration::from_millis(350);

/// How often it looks while a request is expected.
const EAGER: Duration = Duration::from_millis(1);

/// How long to wait for the worker to end before it is left alone: a prediction takes some
/// milliseconds.
const FAREWELL: Duration = Duration::from_secs(5);

/// A request on its way to the worker and back.
#[derive(Debug)]
pub struct Job {
    /// For which ensemble.
    pub ensemble: u32,
    /// What is wanted.
    pub request: PredictRequest,
    /// What came of it, on the way back.
    pub outcome: Option<Prediction>,
}

/// A band, as the audio thread needs it.
pub struct Ensemble {
    /// Counts the bands that this worker loaded.
    pub id: u32,
    /// What it was loaded for.
    pub wanted: u64,
    /// Its voices.
    pub spec: BandSpec,
    /// What plays when no prediction is there.
    pub fallback: Arc<dyn Fallback>,
}

impl std::fmt::Debug for Ensemble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ensemble").field("id", &self.id).field("spec", &self.spec).finish_non_exhaustive()
    }
}

/// What the worker reads of the user's wishes: which band, and a number that is another for
/// another wish.
pub trait Wish: Send {
    /// The number alone: cheap, asked at every look.
    fn number(&self) -> u64;
    /// The band.
    fn wanted(&self) -> Wanted;
}

struct Rings {
    requests: ArrayQueue<Box<Job>>,
    answers: ArrayQueue<Box<Job>>,
    ensembles: ArrayQueue<Box<Ensemble>>,
    retired: ArrayQueue<Box<Ensemble>>,
    /// When the next request is to be expected, in microseconds from now on; [`u64::MAX`]: never.
    expected: AtomicU64,
    /// The number of the wish that was last tried, fulfilled or not; 0: none yet.
    tried: AtomicU64,
}

/// The audio thread's end.
///
/// # Realtime safety
/// Nothing allocates, frees, locks or waits, but for the methods that say that they wait.
pub struct WorkerHandle {
    rings: Arc<Rings>,
    /// The job while it is not at the worker.
    home: Option<Box<Job>>,
    status: Arc<Status>,
    thread: Option<Thread>,
}

impl std::fmt::Debug for WorkerHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WorkerHandle").field("home", &self.home.is_some()).finish_non_exhaustive()
    }
}

/// The worker's end: what runs on its thread.
pub struct Worker {
    rings: Arc<Rings>,
    library: Box<dyn Library>,
    wish: Box<dyn Wish>,
    status: Arc<Status>,
    /// The newest band, and the one that the audio thread plays until it has changed to that.
    players: [Option<Player>; 2],
    last_id: u32,
    take: Option<TakeHandle>,
}

struct Player {
    id: u32,
    predictors: Predictors,
    predictor: Box<dyn Predictor>,
    warm: bool,
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").field("last_id", &self.last_id).finish_non_exhaustive()
    }
}

/// A worker and the audio thread's end of it.
#[must_use]
pub fn worker(library: Box<dyn Library>, wish: Box<dyn Wish>, status: Arc<Status>) -> (WorkerHandle, Worker) {
    let rings = Arc::new(Rings {
        requests: ArrayQueue::new(1),
        answers: ArrayQueue::new(1),
        ensembles: ArrayQueue::new(1),
        retired: ArrayQueue::new(4),
        expected: AtomicU64::new(u64::MAX),
        tried: AtomicU64::new(0),
    });
    let job = Job { ensemble: 0, request: PredictRequest::empty(), outcome: None };
    let handle = WorkerHandle {
        rings: Arc::clone(&rings),
        home: Some(Box::new(job)),
        status: Arc::clone(&status),
        thread: None,
    };
    (handle, Worker { rings, library, wish, status, players: [None, None], last_id: 0, take: None })
}

impl WorkerHandle {
    /// The job, if it is here and can be filled.
    pub fn job(&mut self) -> Option<&mut Job> {
        self.home.as_deref_mut()
    }

    /// Sends the job to the worker.
    pub fn send(&mut self) {
        if let Some(job) = self.home.take() {
            // The ring has room for the only job there is; a refused one comes back.
            self.home = self.rings.requests.push(job).err();
            if self.is_waiting() {
                self.status.requested();
            }
        }
    }

    /// An answer, if one has come. The job is home again.
    pub fn answer(&mut self) -> Option<&Job> {
        let job = self.rings.answers.pop()?;
        self.home = Some(job);
        self.home.as_deref()
    }

    /// Is a request at the worker?
    #[must_use]
    pub const fn is_waiting(&self) -> bool {
        self.home.is_none()
    }

    /// Another band, if one was loaded.
    pub fn ensemble(&mut self) -> Option<Box<Ensemble>> {
        self.rings.ensembles.pop()
    }

    /// Gives a band back, to be freed by the worker.
    pub fn retire(&mut self, ensemble: Box<Ensemble>) {
        if let Err(ensemble) = self.rings.retired.push(ensemble) {
            // Cannot happen: the worker empties the ring before it sends another. To leak is
            // better than to free here.
            std::mem::forget(ensemble);
        }
    }

    /// Has the worker tried to fulfil this wish?
    #[must_use]
    pub fn has_tried(&self, wish: u64) -> bool {
        self.rings.tried.load(Ordering::Acquire) == wish
    }

    /// The next request is to be expected in so many seconds, or (infinite) not at all.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
    pub fn expect_request_in(&self, seconds: f64) {
        self.rings.expected.store((seconds * 1e6) as u64, Ordering::Relaxed);
    }

    /// Waits until the worker has answered; `false` if it has not within the limit. Offline only.
    #[must_use]
    pub fn wait_for_answer(&self, limit: Duration) -> bool {
        self.wait(limit, |rings| !rings.answers.is_empty())
    }

    /// Waits until the worker has tried to fulfil a wish. Not on the audio thread, but offline.
    #[must_use]
    pub fn wait_for_wish(&self, wish: u64, limit: Duration) -> bool {
        self.wait(limit, |rings| rings.tried.load(Ordering::Acquire) == wish)
    }

    fn wait(&self, limit: Duration, done: impl Fn(&Rings) -> bool) -> bool {
        let Some(worker) = &self.thread else { return done(&self.rings) };
        let start = Instant::now();
        loop {
            if done(&self.rings) {
                return true;
            }
            worker.unpark();
            if start.elapsed() >= limit {
                return false;
            }
            std::thread::park_timeout(Duration::from_micros(100));
        }
    }
}

impl Worker {
    /// Fetches from now on what this take records.
    pub fn keep(&mut self, take: TakeHandle) {
        self.take = Some(take);
    }

    /// Does all there is to do, and returns how long to sleep then.
    pub fn step(&mut self) -> Duration {
        while let Some(ensemble) = self.rings.retired.pop() {
            drop(ensemble);
        }
        let wish = self.wish.number();
        if wish != self.rings.tried.load(Ordering::Relaxed) {
            self.load(wish);
            self.rings.tried.store(wish, Ordering::Release);
        }
        if let Some(mut job) = self.rings.requests.pop() {
            job.outcome = self.predict(job.ensemble, &job.request);
            // There is room for the only job there is.
            let refused = self.rings.answers.push(job);
            debug_assert!(refused.is_ok(), "there is one job");
            self.status.answered();
        }
        self.warm_up();
        if let Some(take) = &self.take {
            take.fetch();
        }
        match self.rings.expected.load(Ordering::Relaxed) {
            u64::MAX => IDLE,
            micros => Duration::from_micros(micros).clamp(EAGER, IDLE),
        }
    }

    fn load(&mut self, wish: u64) {
        let wanted = self.wish.wanted();
        let load = || self.library.load(&wanted).map(|loaded| ((loaded.predictors)(), loaded));
        match catch_unwind(AssertUnwindSafe(load)) {
            Ok(Ok((predictor, loaded))) => {
                self.last_id += 1;
                let id = self.last_id;
                let ensemble = Ensemble { id, wanted: wish, spec: loaded.spec, fallback: loaded.fallback };
                if let Some(take) = &self.take {
                    take.introduce(id, &ensemble.spec);
                }
                // A band that lies there still was never played, and is not wished for any more.
                let unused = self.rings.ensembles.force_push(Box::new(ensemble));
                if unused.is_none() {
                    self.players.swap(0, 1);
                }
                self.players[0] = Some(Player { id, predictors: loaded.predictors, predictor, warm: false });
            }
            Ok(Err(_)) => count(&self.status.refused_bands),
            Err(_) => count(&self.status.panics),
        }
    }

    fn predict(&mut self, ensemble: u32, request: &PredictRequest) -> Option<Prediction> {
        let player = self.players.iter_mut().flatten().find(|player| player.id == ensemble)?;
        let start = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| player.predictor.predict(request)));
        player.warm = true;
        self.status.predicted(start.elapsed());
        match outcome {
            Ok(Ok(measure)) => Some(Prediction { epoch: request.epoch, target: request.target, measure }),
            Ok(Err(_)) => {
                self.status.failed();
                None
            }
            Err(_) => {
                self.status.failed();
                count(&self.status.panics);
                // It may have stopped half-way through a change of itself: a new one takes over.
                if let Ok(predictor) = catch_unwind(AssertUnwindSafe(&player.predictors)) {
                    player.predictor = predictor;
                }
                None
            }
        }
    }

    /// The first prediction of a net is slow: it is made up, before one is needed.
    fn warm_up(&mut self) {
        let Some(player) = self.players[0].as_mut().filter(|player| !player.warm) else { return };
        player.warm = true;
        let mut request = PredictRequest::empty();
        request.voices = player.predictor.spec().all().without(request.user);
        let mut heard = model::BandMeasure::missing(16);
        heard.set(request.user, &model::Measure::from_notes(16, [model::Note::new(0, 4, model::Key::MIDDLE_C)]));
        request.history.push(&heard);
        if catch_unwind(AssertUnwindSafe(|| player.predictor.predict(&request))).is_err() {
            count(&self.status.panics);
        }
    }
}

/// A worker's thread. Dropping it ends it; that waits for a prediction under way, so not on the
/// audio thread.
#[derive(Debug)]
pub struct WorkerThread {
    end: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl WorkerThread {
    /// Lets a worker run on a thread of its own.
    ///
    /// # Errors
    /// If the system has no thread left.
    pub fn spawn(mut worker: Worker, handle: &mut WorkerHandle) -> std::io::Result<Self> {
        let end = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&end);
        let thread = std::thread::Builder::new().name("band-player".into()).spawn(move || {
            while !ends.load(Ordering::Acquire) {
                let pause = worker.step();
                if !ends.load(Ordering::Acquire) {
                    std::thread::park_timeout(pause);
                }
            }
        })?;
        handle.thread = Some(thread.thread().clone());
        Ok(Self { end, thread: Some(thread) })
    }
}

impl Drop for WorkerThread {
    fn drop(&mut self) {
        self.end.store(true, Ordering::Release);
        let Some(thread) = self.thread.take() else { return };
        let start = Instant::now();
        while !thread.is_finished() && start.elapsed() < FAREWELL {
            thread.thread().unpark();
            std::thread::park_timeout(Duration::from_micros(200));
        }
        if thread.is_finished() {
            // It catches what panics; were there more, the host need not hear of it.
            drop(thread.join());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bands::{LoadError, Loaded};
    use model::loop_rule::LoopRule;
    use model::{BandMeasure, PredictError};

    struct Rules;

    impl Library for Rules {
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
        check(3.0, IDLE);
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
        assert_eq!(worker.status.panics.load(Ordering::Relaxed), 1);
        ask(&mut handle, id);
        worker.step();
        assert!(handle.answer().is_some_and(|job| job.outcome.is_some()), "the new one predicts");
    }

    /// Loads once; its file has gone since. The first of its predictors panics.
    #[derive(Default)]
    struct Gone {
        loads: u32,
    }

    impl Library for Gone {
        fn load(&mut self, wanted: &Wanted) -> Result<Loaded, LoadError> {
            self.loads += 1;
            if self.loads > 1 {
                return Err(LoadError::NoFile);
            }
            let first = AtomicBool::new(true);
            let loaded = Rules.load(wanted)?;
            let (spec, good) = (loaded.spec.clone(), loaded.predictors);
            let predictors: Predictors =
                Box::new(
                    move || {
                        if first.swap(false, Ordering::Relaxed) { Box::new(Bad(spec.clone())) } else { good() }
                    },
                );
            Ok(Loaded { predictors, ..loaded })
        }
    }

    #[test]
    fn another_predictor_needs_no_file() {
        let (mut handle, mut worker) =
            worker(Box::new(Gone::default()), Box::new(One), Arc::new(Status::unregistered()));
        worker.step();
        let id = handle.ensemble().expect("a band is there").id;
        assert_eq!(worker.status.report().panics, 1, "it was tried out before it was needed");
        for outcome in [false, true] {
            ask(&mut handle, id);
            worker.step();
            assert_eq!(handle.answer().is_some_and(|job| job.outcome.is_some()), outcome);
        }
    }

    #[test]
    fn a_library_that_panics_hangs_nobody_and_is_not_asked_again() {
        struct Torn;
        impl Library for Torn {
            fn load(&mut self, _: &Wanted) -> Result<Loaded, LoadError> {
                panic!("on purpose")
            }
        }
        let (mut handle, mut worker) = worker(Box::new(Torn), Box::new(One), Arc::new(Status::unregistered()));
        for _ in 0..3 {
            worker.step();
        }
        assert!(handle.has_tried(1) && handle.ensemble().is_none());
        assert_eq!(worker.status.report().panics, 1);
    }

    #[test]
    fn a_job_that_finds_the_ring_full_stays_at_home() {
        let (mut handle, mut worker) = pair();
        let other = Job { ensemble: 0, request: PredictRequest::empty(), outcome: None };
        assert!(handle.rings.requests.push(Box::new(other)).is_ok());
        ask(&mut handle, 1);
        assert!(handle.job().is_some() && !handle.is_waiting());
        assert_eq!(worker.status.report().requests, 0);
        worker.step();
        assert!(handle.answer().is_some(), "the one that had its place");
        ask(&mut handle, 1);
        worker.step();
        let report = worker.status.report();
        assert_eq!((report.requests, report.answers), (1, 2));
    }

    #[test]
    fn a_thread_ends_when_it_is_dropped() {
        let (mut handle, worker) = pair();
        let thread = WorkerThread::spawn(worker, &mut handle).expect("a thread");
        assert!(handle.wait_for_wish(1, Duration::from_secs(20)), "it loads the band");
        let rings = Arc::downgrade(&handle.rings);
        drop(thread);
        drop(handle);
        assert_eq!(rings.strong_count(), 0, "nobody is left");
    }
}
