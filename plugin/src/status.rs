//! How an instance fares, for whoever asks: the small host of this workspace, a benchmark.
//!
//! A plugin's notes do not tell whether its predictions came in time. CLAP and VST3 have no
//! place for such figures, so the library exports a C function of its own beside the formats'
//! entry points: [`band_player_status`]. Hosts that do not know it never call it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, Weak};
use std::time::Duration;

use model::BandSpec;

use crate::snapshot::{Counts, Live, Page, Reader, Snapshot, Writer, exchange};

/// How many predictions' times are kept: the last ones.
pub const TIMES: usize = 1024;

/// What [`band_player_status`] tells, since the instance was made. All but the first two count
/// round, after 2³² of them.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct StatusReport {
    /// Measures that the band was to play.
    pub measures: u32,
    /// Those for which no prediction was there at the bar line, so that the fallback played.
    pub missed: u32,
    /// Measures for which no prediction could be had, as after a jump: a fallback played.
    pub bridged: u32,
    /// Requests that were sent to the worker.
    pub requests: u32,
    /// Those that came back, answered or not. As many as were sent: nothing is under way.
    pub answers: u32,
    /// Requests that could not be sent before their measure began: the one before was still away.
    pub dropped_requests: u32,
    /// Answers that were made for music before a jump, or for another band: not played.
    pub stale: u32,
    /// Answers that came after their bar line: not played.
    pub late: u32,
    /// Predictions that were made.
    pub predictions: u32,
    /// Those that failed: an error or a panic in the predictor.
    pub failed: u32,
    /// Panics on the worker: in a predictor, or while a band was loaded.
    pub panics: u32,
    /// Bands that could not be loaded: the one before plays on.
    pub refused_bands: u32,
    /// Notes of the user for which a measure had no room.
    pub dropped_notes: u32,
    /// Messages for which the host's buffer had no room.
    pub unsent: u32,
    /// How long each of the last predictions took, in microseconds; the first
    /// `min(predictions, TIMES)` places are filled, in no order.
    pub micros: [u32; TIMES],
}

impl Default for StatusReport {
    fn default() -> Self {
        Status::unregistered().report()
    }
}

/// The same, shared by an instance's threads: each counts what it does.
///
/// # Realtime safety
/// Nothing but [`Status::register`] allocates or locks.
#[derive(Debug)]
pub struct Status {
    measures: AtomicU32,
    missed: AtomicU32,
    requests: AtomicU32,
    answers: AtomicU32,
    predictions: AtomicU32,
    failed: AtomicU32,
    micros: [AtomicU32; TIMES],
    /// Measures for which no prediction could be had, as after a jump: a fallback played.
    pub bridged: AtomicU32,
    /// Requests that could not be sent before their measure began.
    pub dropped_requests: AtomicU32,
    /// Answers for music before a jump, or for another band.
    pub stale: AtomicU32,
    /// Answers that came after their bar line.
    pub late: AtomicU32,
    /// Panics on the worker.
    pub panics: AtomicU32,
    /// Notes of the user that were heard.
    pub notes_in: AtomicU32,
    /// Notes that were sent for the band.
    pub notes_out: AtomicU32,
    /// Notes of the user for which a measure had no room.
    pub dropped_notes: AtomicU32,
    /// Messages for which the host's buffer had no room.
    pub unsent: AtomicU32,
    /// Bands that could not be loaded: the one before plays on.
    pub refused_bands: AtomicU32,
    /// What the editor looks at besides.
    pub display: Display,
}

/// What the editor looks at besides the counters.
pub struct Display {
    /// What changes with every block.
    pub live: Live,
    #[expect(clippy::disallowed_types, reason = "taken by an engine when it is made")]
    writer: std::sync::Mutex<Option<Writer<Page>>>,
    #[expect(clippy::disallowed_types, reason = "readers only: the audio thread holds the other end")]
    reader: std::sync::Mutex<Reader<Page>>,
    wake: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

impl std::fmt::Debug for Display {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Display").field("live", &self.live).finish_non_exhaustive()
    }
}

impl Display {
    #[expect(clippy::disallowed_types, reason = "see the fields")]
    fn new() -> Self {
        let (writer, reader) = exchange(&Page::empty(&BandSpec::pop()));
        Self {
            live: Live::default(),
            writer: std::sync::Mutex::new(Some(writer)),
            reader: std::sync::Mutex::new(reader),
            wake: OnceLock::new(),
        }
    }

    /// The end that an engine writes to. A second engine with the same status gets one that
    /// nobody reads.
    pub(crate) fn writer(&self) -> Writer<Page> {
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        writer.unwrap_or_else(|| exchange(&Page::empty(&BandSpec::pop())).0)
    }

    /// What to call when there is something new to see. It is called on the audio thread: it must
    /// not allocate, lock or wait. Only the first one counts.
    pub fn on_news(&self, wake: impl Fn() + Send + Sync + 'static) {
        let _already_set = self.wake.set(Box::new(wake));
    }

    /// There is something new to see.
    pub(crate) fn wake(&self) {
        if let Some(wake) = self.wake.get() {
            wake();
        }
    }
}

/// One more.
pub(crate) fn count(counter: &AtomicU32) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// The process's instances.
struct Instances {
    /// How many were ever made.
    made: u32,
    /// Those that live, with their numbers.
    living: Vec<(u32, Weak<Status>)>,
}

#[expect(clippy::disallowed_types, reason = "locked when an instance is made or asked about, never in process()")]
static INSTANCES: std::sync::Mutex<Instances> = std::sync::Mutex::new(Instances { made: 0, living: Vec::new() });

impl Status {
    /// The status of a new instance, which can be asked for from now on, until it is dropped.
    #[must_use]
    pub fn register() -> Arc<Self> {
        let status = Arc::new(Self::unregistered());
        let mut instances = INSTANCES.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        instances.living.retain(|(_, instance)| instance.strong_count() > 0);
        let number = instances.made;
        instances.living.push((number, Arc::downgrade(&status)));
        instances.made += 1;
        status
    }

    /// The status of the instance with this number, if it lives.
    #[must_use]
    pub fn of(instance: u32) -> Option<Arc<Self>> {
        let instances = INSTANCES.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let found = instances.living.iter().find(|(number, _)| *number == instance);
        found.and_then(|(_, status)| status.upgrade())
    }

    /// A status that nobody can ask for by number.
    #[must_use]
    pub fn unregistered() -> Self {
        let zero = || AtomicU32::new(0);
        Self {
            measures: zero(),
            missed: zero(),
            requests: zero(),
            answers: zero(),
            predictions: zero(),
            failed: zero(),
            micros: [const { AtomicU32::new(0) }; TIMES],
            bridged: zero(),
            dropped_requests: zero(),
            stale: zero(),
            late: zero(),
            panics: zero(),
            notes_in: zero(),
            notes_out: zero(),
            dropped_notes: zero(),
            unsent: zero(),
            refused_bands: zero(),
            display: Display::new(),
        }
    }

    /// What the audio thread counted: measures that the band was to play, and how many of them
    /// were missed.
    pub fn set_measures(&self, measures: u32, missed: u32) {
        self.measures.store(measures, Ordering::Relaxed);
        self.missed.store(missed, Ordering::Relaxed);
    }

    /// A request is on its way to the worker.
    pub(crate) fn requested(&self) {
        count(&self.requests);
    }

    /// Its answer is on its way back: whoever reads this count finds it there.
    pub(crate) fn answered(&self) {
        self.answers.fetch_add(1, Ordering::Release);
    }

    /// The worker made a prediction. Only one thread calls this.
    pub fn predicted(&self, took: Duration) {
        let count = self.predictions.load(Ordering::Relaxed);
        let micros = u32::try_from(took.as_micros()).unwrap_or(u32::MAX);
        self.micros[count as usize % TIMES].store(micros, Ordering::Relaxed);
        self.predictions.store(count.saturating_add(1), Ordering::Release);
    }

    /// The worker's predictor failed. Only one thread calls this.
    pub fn failed(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
    }

    /// What the editor shows now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let load = |counter: &AtomicU32| counter.load(Ordering::Relaxed);
        let predictions = self.predictions.load(Ordering::Acquire);
        let last = predictions.checked_sub(1).map(|last| load(&self.micros[last as usize % TIMES]));
        Snapshot {
            page: *self.display.reader.lock().unwrap_or_else(PoisonError::into_inner).read(),
            seen: self.display.live.load(),
            counts: Counts {
                measures: load(&self.measures),
                missed: load(&self.missed),
                failed: load(&self.failed),
                bridged: load(&self.bridged),
                dropped_requests: load(&self.dropped_requests),
                panics: load(&self.panics),
                notes_in: load(&self.notes_in),
                notes_out: load(&self.notes_out),
                dropped_notes: load(&self.dropped_notes),
                unsent: load(&self.unsent),
                refused_bands: load(&self.refused_bands),
            },
            prediction: last.map(|micros| f64::from(micros) / 1e6),
        }
    }

    /// All figures as they are now.
    #[must_use]
    pub fn report(&self) -> StatusReport {
        let now = |counter: &AtomicU32| counter.load(Ordering::Relaxed);
        StatusReport {
            measures: now(&self.measures),
            missed: now(&self.missed),
            bridged: now(&self.bridged),
            requests: now(&self.requests),
            answers: self.answers.load(Ordering::Acquire),
            dropped_requests: now(&self.dropped_requests),
            stale: now(&self.stale),
            late: now(&self.late),
            predictions: self.predictions.load(Ordering::Acquire),
            failed: now(&self.failed),
            panics: now(&self.panics),
            refused_bands: now(&self.refused_bands),
            dropped_notes: now(&self.dropped_notes),
            unsent: now(&self.unsent),
            micros: std::array::from_fn(|index| self.micros[index].load(Ordering::Relaxed)),
        }
    }
}

/// Tells how the instance with this number fares: a process's instances are numbered from 0 in
/// the order in which they were made. `false` if there is none, or none any more.
///
/// # Safety
/// `report` must be null (nothing is written then) or point to room for a [`StatusReport`].
#[expect(unsafe_code, reason = "a C function, exported by its name")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn band_player_status(instance: u32, report: *mut StatusReport) -> bool {
    let Some(status) = Status::of(instance) else { return false };
    if !report.is_null() {
        // SAFETY: the caller promises room for one report there.
        unsafe { report.write(status.report()) };
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_are_told_apart_until_they_are_dropped() {
        let first = Status::register();
        let second = Status::register();
        first.set_measures(8, 1);
        for millis in [3, 4] {
            second.predicted(Duration::from_millis(millis));
        }
        let ask = |instance| {
            let mut report = first.report();
            // SAFETY: a place for one report.
            #[expect(unsafe_code, reason = "the function is C")]
            let found = unsafe { band_player_status(instance, &raw mut report) };
            found.then_some(report)
        };
        // No other test of this crate makes an instance.
        assert_eq!(ask(0).map(|report| (report.measures, report.missed)), Some((8, 1)));
        let report = ask(1).expect("two instances");
        assert_eq!((report.predictions, &report.micros[..2]), (2, &[3000, 4000][..]));
        drop(second);
        assert!(ask(1).is_none());
    }
}
