//! What the framework's helper thread still has to do for an instance that goes.
//!
//! In VST3 a parameter that the audio thread moved is told to the editor by a task of that thread.
//! A task that finds its instance gone ends the thread; and when the last instance goes, the
//! framework misses it, panics within the host's call, and so aborts the host (`docs/upstream.md`).
//! After a deactivation the audio thread gives no more tasks: it waits until those before are done.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use nice_plug::context::gui::AsyncExecutor;

use crate::plugin::BandPlayer;

/// How long a deactivation waits at most. Chosen: the tasks take microseconds, and a helper that is
/// gone must not hold up its host.
const LIMIT: Duration = Duration::from_millis(100);

/// How long the helper may take to let go of an instance after its last task. Chosen: it is one
/// decrement.
const LETS_GO: Duration = Duration::from_millis(1);

/// A task that does nothing but tell that it was reached, by its number.
#[derive(Debug)]
pub struct Reached(u32);

/// The main thread's view of the helper thread.
#[derive(Default)]
pub struct Errands {
    helper: Option<AsyncExecutor<BandPlayer>>,
    reached: Arc<AtomicU32>,
    sent: u32,
}

impl std::fmt::Debug for Errands {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Errands").field("sent", &self.sent).finish_non_exhaustive()
    }
}

impl Errands {
    /// What the helper does with a [`Reached`].
    pub fn executor(&self) -> impl Fn(Reached) + Send + 'static {
        let reached = Arc::clone(&self.reached);
        move |Reached(number)| reached.store(number, Ordering::Release)
    }

    /// From now on the helper can be given something.
    pub fn employ(&mut self, helper: AsyncExecutor<BandPlayer>) {
        self.helper = Some(helper);
    }

    /// Waits until all is done that the helper was given before.
    pub fn finish(&mut self) {
        let Some(helper) = &self.helper else { return };
        self.sent = self.sent.wrapping_add(1);
        helper.execute_background(Reached(self.sent));
        let start = Instant::now();
        while self.reached.load(Ordering::Acquire) != self.sent && start.elapsed() < LIMIT {
            std::thread::park_timeout(Duration::from_micros(100));
        }
        std::thread::park_timeout(LETS_GO);
    }
}
