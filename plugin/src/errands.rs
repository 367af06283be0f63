//! What the framework's helper thread still has to do for an instance that goes.
//!
//! In VST3, when the audio thread moves a parameter, the helper thread is given the task to tell the
//! editor. If a task finds that its instance is gone, the helper thread ends. When the last instance
//! goes, the framework misses that thread and panics within the host's call, which aborts the host
//! (`docs/upstream.md`). So a deactivation, after which the audio thread gives no more tasks, waits
//! until the helper has done those that it was given before.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use nice_plug::context::gui::AsyncExecutor;
use nice_plug::plugin::Plugin;

/// How long a deactivation waits at most. Chosen: the tasks take microseconds, and a host must not be
/// held up by a helper that is gone.
const LIMIT: Duration = Duration::from_millis(100);

/// How long the helper may take to let go of an instance after its last task. Chosen: it is one
/// decrement.
const LETS_GO: Duration = Duration::from_millis(1);

/// A task that does nothing but tell that it was reached, by its number.
#[derive(Debug)]
pub struct Reached(u32);

/// The main thread's view of the helper thread of a plugin.
pub struct Errands<P: Plugin> {
    helper: Option<AsyncExecutor<P>>,
    reached: Arc<AtomicU32>,
    sent: u32,
}

impl<P: Plugin> Default for Errands<P> {
    fn default() -> Self {
        Self { helper: None, reached: Arc::default(), sent: 0 }
    }
}

impl<P: Plugin> std::fmt::Debug for Errands<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Errands").field("sent", &self.sent).finish_non_exhaustive()
    }
}

impl<P: Plugin<BackgroundTask = Reached>> Errands<P> {
    /// What the helper does with a [`Reached`].
    pub fn executor(&self) -> impl Fn(Reached) + Send + 'static {
        let reached = Arc::clone(&self.reached);
        move |Reached(number)| reached.store(number, Ordering::Release)
    }

    /// From now on the helper can be given something.
    pub fn employ(&mut self, helper: AsyncExecutor<P>) {
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
