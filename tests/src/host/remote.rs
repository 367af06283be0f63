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
    let (remote, stop) = (remote_of(instance), AtomicBool::new(false));
    thread::scope(|scope| {
        // Dropped at the end, or when `work` panics: else the threads would run for ever.
        let _end = StopAtEnd(&stop);
        others.iter().for_each(|other| run_over_and_over(scope, *other, remote.as_ref(), &stop));
        work(instance)
    })
}

/// The threads of a DAW: `block` runs over and over on a thread that processes, as does each of `others` on its own,
/// while this thread, which made the instance, does what a window's does.
///
/// # Errors
/// The first of the two.
///
/// # Panics
/// If the instance has no remote, or another thread panics.
pub fn while_another_processes<R>(
    instance: &mut dyn Instance,
    others: &[Other<'_>],
    mut block: impl FnMut(&mut dyn Instance) -> anyhow::Result<()> + Send,
    window: impl FnOnce(&dyn Remote) -> anyhow::Result<R>,
) -> anyhow::Result<R> {
    let (remote, stop) = (remote_of(instance), AtomicBool::new(false));
    let lent = Lent(instance);
    thread::scope(|scope| {
        let stop = StopAtEnd(&stop);
        others.iter().for_each(|other| run_over_and_over(scope, *other, remote.as_ref(), stop.0));
        let flag = stop.0;
        let audio = scope.spawn(move || {
            let instance = lent.instance();
            while !flag.load(Relaxed) {
                block(instance)?;
            }
            anyhow::Ok(())
        });
        let done = window(remote.as_ref());
        drop(stop);
        audio.join().expect("the thread that processes")?;
        done
    })
}

/// An instance that only processes meanwhile.
struct Lent<'a>(&'a mut dyn Instance);

// SAFETY: both formats let any one thread process; what else an instance has is not touched by it, and the thread that
// made it does not touch the instance while it is lent.
#[expect(unsafe_code, reason = "the threads share the plugin, as a host's do")]
unsafe impl Send for Lent<'_> {}

impl<'a> Lent<'a> {
    /// Takes the whole, not its field: only the whole may go to another thread.
    fn instance(self) -> &'a mut dyn Instance {
        self.0
    }
}

fn remote_of(instance: &dyn Instance) -> Box<dyn Remote> {
    // SAFETY: the threads have ended when the scope of each caller ends, and the instance lives longer.
    #[expect(unsafe_code, reason = "the threads share the plugin, as a host's do")]
    let remote = unsafe { instance.remote() };
    remote.expect("an instance of a bundle has a remote")
}

fn run_over_and_over<'scope>(
    scope: &'scope thread::Scope<'scope, '_>,
    other: Other<'scope>,
    remote: &'scope dyn Remote,
    stop: &'scope AtomicBool,
) {
    scope.spawn(move || {
        while !stop.load(Relaxed) {
            other(remote);
        }
    });
}

struct StopAtEnd<'a>(&'a AtomicBool);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}
