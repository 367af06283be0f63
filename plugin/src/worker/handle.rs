//! The audio thread's end of the worker.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::Thread;
use std::time::{Duration, Instant};

use super::{Ensemble, Job, Rings};
use crate::status::Status;

/// The audio thread's end.
///
/// # Realtime safety
/// Nothing allocates, frees, locks or waits, but for the methods that say that they wait.
pub struct WorkerHandle {
    pub(super) rings: Arc<Rings>,
    /// The job while it is not at the worker.
    pub(super) home: Option<Box<Job>>,
    pub(super) status: Arc<Status>,
    pub(super) thread: Option<Thread>,
}

impl std::fmt::Debug for WorkerHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WorkerHandle").field("home", &self.home.is_some()).finish_non_exhaustive()
    }
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
                self.status.counters.requests.count();
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
            // Cannot happen: the worker empties the ring before it sends another band. Memory is
            // not freed on the audio thread; to leak it is better.
            std::mem::forget(ensemble);
        }
    }

    /// Has the worker tried to fulfil this wish, and is it trying no other?
    #[must_use]
    pub fn has_tried(&self, wish: u64) -> bool {
        self.rings.tried.load(Ordering::SeqCst) == wish
    }

    /// The next request is to be expected in so many seconds; infinite: there will be none.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
    pub fn expect_request_in(&self, seconds: f64) {
        self.rings.expected.store((seconds * 1e6) as u64, Ordering::Relaxed);
    }

    /// Waits until the worker has answered; `false` if it has not within the limit. Offline only.
    #[must_use]
    pub fn wait_for_answer(&self, limit: Duration) -> bool {
        self.wait(limit, |rings| !rings.answers.is_empty())
    }

    /// How often the worker has looked what is wished. Once it has looked twice more, whatever was wished before has
    /// been tried, or what replaced it: the second look began later.
    #[must_use]
    pub fn looks(&self) -> u64 {
        self.rings.looks.load(Ordering::Acquire)
    }

    /// Is there a thread that works?
    #[must_use]
    pub const fn has_thread(&self) -> bool {
        self.thread.is_some()
    }

    /// Waits until the worker has tried to fulfil a wish, or has looked so often. Not on the audio thread, but offline.
    #[must_use]
    pub fn wait_for_wish(&self, wish: u64, looks: u64, limit: Duration) -> bool {
        let looked = |rings: &Rings| rings.looks.load(Ordering::Acquire) >= looks;
        self.wait(limit, |rings| rings.tried.load(Ordering::Acquire) == wish || looked(rings))
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
