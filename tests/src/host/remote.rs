//! What the other threads of a host do while one of them processes.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

use super::Instance;

/// A way to an instance for other threads: those that draw a window, save a project, or follow a control surface.
pub trait Remote: Send + Sync {
    /// Moves a parameter (by its place in [`Instance::parameters`]) to so many 65535ths of its range. In CLAP only the
    /// thread that processes can do that: `false`.
    fn set(&self, index: usize, share: u16) -> bool;

    /// Reads a parameter's value and its text; `None` if there is none.
    fn get(&self, index: usize) -> Option<(f64, String)>;

    /// Saves; `None` if the plugin cannot.
    fn save(&self) -> Option<Vec<u8>>;

    /// Gives it a state; was it taken?
    fn load(&self, bytes: &[u8]) -> bool;
}

/// What another thread does over and over.
pub type Other<'a> = &'a (dyn Fn(&dyn Remote) + Sync);

/// Lets each of `others` run over and over, on a thread of its own, while `work` has the instance.
///
/// # Panics
/// If the instance has no remote.
pub fn beside<R>(instance: &mut dyn Instance, others: &[Other<'_>], work: impl FnOnce(&mut dyn Instance) -> R) -> R {
    // SAFETY: the threads have ended when the scope ends, and the instance lives longer.
    #[expect(unsafe_code, reason = "the threads share the plugin, as a host's do")]
    let remote = unsafe { instance.remote() }.expect("an instance of a bundle has a remote");
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        // Dropped at the end, or when `work` panics: else the threads would run for ever.
        let _end = StopAtEnd(&stop);
        for other in others {
            scope.spawn(|| {
                while !stop.load(Relaxed) {
                    other(remote.as_ref());
                }
            });
        }
        work(instance)
    })
}

struct StopAtEnd<'a>(&'a AtomicBool);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}
