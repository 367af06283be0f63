//! The thread on which a worker runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{Worker, WorkerHandle};

/// How long to wait for the worker to end before it is left alone: a prediction takes some milliseconds. Chosen.
const FAREWELL: Duration = Duration::from_secs(5);

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
            // What panics in it is caught and counted (`Worker::step`).
            drop(thread.join());
        }
    }
}
