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

mod drumming;
mod handle;
mod telling;
#[cfg(test)]
mod tests;
mod thread;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crossbeam::queue::ArrayQueue;
use model::music::chart::MeasureChords;
use model::systems::band_file::Band;
use model::systems::harmony::telling::ToldHalves;
use model::{BandSpec, Fallback, HarmonyChoice, PredictRequest, Prediction, Predictor};

use crate::bands::{BandLibrary, Predictors, Wanted};
use crate::chart::{ChartHandle, ReadChart};
use crate::status::Status;
use crate::take::TakeHandle;
use drumming::Drumming;
pub use drumming::DrumsWanted;
pub use handle::WorkerHandle;
use telling::{NoForesight, Tells};
pub use thread::WorkerThread;

/// How long the worker sleeps while no request is to be expected. Chosen: 64 workers together wake
/// 90 times a second, and a wake costs up to 60 µs; at 300 quarters a minute a worker still looks
/// once before the first request comes.
const IDLE: Duration = Duration::from_millis(700);

/// How long it sleeps at most while a request is to be expected: what is recorded has to be fetched too. Chosen.
const PATIENT: Duration = Duration::from_millis(350);

/// How often it looks when the request is due. Chosen.
const EAGER: Duration = Duration::from_millis(1);

/// A request on its way to the worker and back.
#[derive(Debug)]
pub struct Job {
    /// For which ensemble.
    pub ensemble: u32,
    /// What is wanted. The worker fills in what a chart says of it.
    pub request: PredictRequest,
    /// How somebody is to drum in it; `None`: nobody is asked.
    pub drums: Option<DrumsWanted>,
    /// Which chords the band is told where the chart says none.
    pub harmony: HarmonyChoice,
    /// What it was told of them, on the way back.
    pub told: ToldHalves,
    /// What came of it, on the way back.
    pub outcome: Option<Prediction>,
}

impl Job {
    /// One that asks for nothing yet.
    fn empty() -> Self {
        Self {
            ensemble: 0,
            request: PredictRequest::empty(),
            drums: None,
            harmony: HarmonyChoice::OFF,
            told: [None; 2],
            outcome: None,
        }
    }
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
    /// It plays the chords that it is told.
    pub heeds_chords: bool,
}

impl std::fmt::Debug for Ensemble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ensemble").field("id", &self.id).field("spec", &self.spec).finish_non_exhaustive()
    }
}

/// What the worker reads of the user's wishes: which band, and a number that differs from wish to
/// wish.
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
    /// The number of the wish that was last tried, fulfilled or not. [`NONE`]: no wish was tried yet,
    /// or one is being tried now.
    tried: AtomicU64,
    /// How often the worker has looked what is wished, and tried it.
    looks: AtomicU64,
}

/// The number that no wish has. Required: they are counted from 1.
const NONE: u64 = 0;

/// The worker's end: what runs on its thread.
pub struct Worker {
    rings: Arc<Rings>,
    library: Box<dyn BandLibrary>,
    wish: Box<dyn Wish>,
    status: Arc<Status>,
    /// The newest band; and the band before it, which the audio thread plays until it has changed.
    players: [Option<Player>; 2],
    last_id: u32,
    /// The wish that was tried last.
    last_wish: u64,
    take: Option<TakeHandle>,
    chart: ReadChart,
    tells: Tells,
    drumming: Drumming,
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
pub fn worker(library: Box<dyn BandLibrary>, wish: Box<dyn Wish>, status: Arc<Status>) -> (WorkerHandle, Worker) {
    let rings = Arc::new(Rings {
        requests: ArrayQueue::new(1),
        answers: ArrayQueue::new(1),
        ensembles: ArrayQueue::new(1),
        retired: ArrayQueue::new(4),
        expected: AtomicU64::new(u64::MAX),
        tried: AtomicU64::new(NONE),
        looks: AtomicU64::new(0),
    });
    let job = Job::empty();
    let handle = WorkerHandle {
        rings: Arc::clone(&rings),
        home: Some(Box::new(job)),
        status: Arc::clone(&status),
        thread: None,
    };
    let players = [None, None];
    let chart = ReadChart::default();
    let (take, drumming) = (None, Drumming::default());
    let tells: Tells = telling::tell;
    (
        handle,
        Worker { rings, library, wish, status, players, last_id: 0, last_wish: NONE, take, chart, tells, drumming },
    )
}

impl Worker {
    /// Fetches from now on what this take records.
    pub fn keep(&mut self, take: TakeHandle) {
        self.take = Some(take);
    }

    /// Tells bands the chords of this chart from now on.
    pub fn read(&mut self, chart: ChartHandle) {
        self.chart = ReadChart::of(chart);
    }

    /// Does all there is to do, and returns how long to sleep then. What panics is counted, and shown; the thread goes on.
    pub fn step(&mut self) -> Duration {
        if catch_unwind(AssertUnwindSafe(|| self.work())).is_err() {
            self.status.counters.panics.count();
        }
        match self.rings.expected.load(Ordering::Relaxed) {
            u64::MAX => IDLE,
            micros => Duration::from_micros(micros).clamp(EAGER, PATIENT),
        }
    }

    fn work(&mut self) {
        while let Some(ensemble) = self.rings.retired.pop() {
            drop(ensemble);
        }
        if self.wish.number() != self.rings.tried.load(Ordering::Relaxed) {
            // The order matters: whoever wishes for the old band again, and finds that it was tried,
            // can be sure that no other band comes.
            self.rings.tried.store(NONE, Ordering::SeqCst);
            let wish = self.wish.number();
            if wish != self.last_wish {
                self.last_wish = wish;
                self.load(wish);
            }
            self.rings.tried.store(wish, Ordering::Release);
        }
        self.rings.looks.fetch_add(1, Ordering::Release);
        if let Some(mut job) = self.rings.requests.pop() {
            let steps = job.request.steps;
            job.request.chords =
                job.request.place.map_or(MeasureChords::NONE, |place| self.chart.now().chords(place, steps));
            let start = Instant::now();
            self.tell(&mut job);
            job.outcome = self.predict(job.ensemble, &job.request, (job.drums.as_ref(), start));
            // There is room for the only job there is.
            let refused = self.rings.answers.push(job);
            debug_assert!(refused.is_ok(), "there is one job");
            self.status.counters.answers.count();
        }
        self.warm_up();
        if let Some(take) = &self.take {
            take.fetch();
        }
    }

    fn load(&mut self, wish: u64) {
        let wanted = self.wish.wanted();
        let load = || self.library.load(&wanted).map(|loaded| ((loaded.predictors)(), loaded));
        match catch_unwind(AssertUnwindSafe(load)) {
            Ok(Ok((predictor, loaded))) => {
                self.last_id += 1;
                let id = self.last_id;
                let heeds_chords = predictor.obeys_chords();
                let ensemble =
                    Ensemble { id, wanted: wish, spec: loaded.spec, fallback: loaded.fallback, heeds_chords };
                if let Some(take) = &self.take {
                    take.introduce(id, &ensemble.spec);
                }
                // A band that still lies in the ring was never played, and nobody wishes for it now.
                let unused = self.rings.ensembles.force_push(Box::new(ensemble));
                if unused.is_none() {
                    self.players.swap(0, 1);
                }
                self.players[0] = Some(Player { id, predictors: loaded.predictors, predictor, warm: false });
            }
            Ok(Err(_)) => self.status.counters.refused_bands.count(),
            Err(_) => self.status.counters.panics.count(),
        }
    }

    /// Tells the band that is asked which chords come, where no chart says it.
    fn tell(&mut self, job: &mut Job) {
        job.told = [None; 2];
        let player = self.players.iter().flatten().find(|player| player.id == job.ensemble);
        let heeds = |player: &&Player| player.predictor.obeys_chords() && !job.request.voices.is_empty();
        let Some(player) = player.filter(heeds).filter(|_| job.harmony != HarmonyChoice::OFF) else { return };
        let tell = || (self.tells)(job.harmony, &job.request, player.predictor.spec());
        match catch_unwind(AssertUnwindSafe(tell)) {
            Ok(Ok(None)) => {}
            Ok(Ok(Some(told))) => (job.request.chords, job.told) = (told.chords, told.halves),
            Ok(Err(NoForesight)) => self.status.counters.unforetold.count(),
            Err(_) => {
                self.status.counters.unforetold.count();
                self.status.counters.panics.count();
            }
        }
    }

    /// `start`: when the work on this request began.
    fn predict(
        &mut self,
        ensemble: u32,
        request: &PredictRequest,
        (drums, start): (Option<&DrumsWanted>, Instant),
    ) -> Option<Prediction> {
        let player = self.players.iter_mut().flatten().find(|player| player.id == ensemble)?;
        let predict = || match request.voices.is_empty() {
            true => Ok(model::BandMeasure::missing(request.steps)),
            false => player.predictor.predict(request),
        };
        let outcome = catch_unwind(AssertUnwindSafe(predict));
        player.warm |= !request.voices.is_empty();
        let drums = drums.and_then(|wanted| {
            let band = outcome.as_ref().ok().and_then(|outcome| outcome.as_ref().ok());
            let play = || self.drumming.play(wanted, request, (player.predictor.spec(), band));
            let played = catch_unwind(AssertUnwindSafe(play));
            match played {
                Ok(Some(measure)) => Some(measure),
                Ok(None) => {
                    self.status.counters.failed.count();
                    None
                }
                Err(_) => {
                    self.status.counters.panics.count();
                    // It may have stopped half-way through a measure.
                    self.drumming = Drumming::default();
                    None
                }
            }
        });
        self.status.predicted(start.elapsed());
        match outcome {
            Ok(Ok(measure)) => Some(Prediction { epoch: request.epoch, target: request.target, measure, drums }),
            Ok(Err(_)) => {
                self.status.counters.failed.count();
                None
            }
            Err(_) => {
                self.status.counters.failed.count();
                self.status.counters.panics.count();
                // It may have stopped half-way through a change of itself: a new one takes over.
                if let Ok(predictor) = catch_unwind(AssertUnwindSafe(&player.predictors)) {
                    player.predictor = predictor;
                }
                None
            }
        }
    }

    /// The first prediction of a net is slow, so one is made before any is needed.
    fn warm_up(&mut self) {
        let Some(player) = self.players[0].as_mut().filter(|player| !player.warm) else { return };
        player.warm = true;
        let mut request = PredictRequest::empty();
        request.voices = player.predictor.spec().all().without(request.user);
        let mut heard = model::BandMeasure::missing(16);
        heard.set(request.user, &model::Measure::from_notes(16, [model::Note::new(0, 4, model::Key::MIDDLE_C)]));
        request.history.push(&heard);
        let heeds = player.predictor.obeys_chords();
        if catch_unwind(AssertUnwindSafe(|| player.predictor.predict(&request))).is_err() {
            self.status.counters.panics.count();
        }
        if heeds {
            // The net that foretells is read by the first who needs it, and that takes time too.
            let _read = catch_unwind(Band::harmony);
        }
    }
}
