//! How an instance fares, for whoever asks: the small host of this workspace, a benchmark.
//!
//! A plugin's notes do not tell whether its predictions came in time. CLAP and VST3 have no
//! place for such figures, so the library exports a C function of its own beside the formats'
//! entry points: [`band_player_status`]. Hosts that do not know it never call it.

mod display;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::counters::{Counters, Figures};
use crate::snapshot::Snapshot;
use crate::typed::Typed;
pub use display::Display;

/// How many predictions' times are kept: the last ones. Chosen.
pub const TIMES: usize = 1024;

/// What [`band_player_status`] tells.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct StatusReport {
    /// What was counted since the instance was made.
    pub figures: Figures,
    /// How long each of the last predictions took, in microseconds; the first
    /// `min(predictions, TIMES)` places are filled, in no order.
    pub micros: [u32; TIMES],
}

impl Default for StatusReport {
    fn default() -> Self {
        Self { figures: Figures::default(), micros: [0; TIMES] }
    }
}

/// How an instance fares, shared by its threads.
///
/// # Realtime safety
/// Nothing but [`Status::register`] allocates or locks.
#[derive(Debug)]
pub struct Status {
    /// What the threads count.
    pub counters: Counters,
    micros: [AtomicU32; TIMES],
    /// What the editor looks at besides.
    pub display: Display,
    /// What is played in the window.
    pub typed: Typed,
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
        let micros = [const { AtomicU32::new(0) }; TIMES];
        Self { counters: Counters::default(), micros, display: Display::new(), typed: Typed::default() }
    }

    /// The worker made a prediction. Only one thread calls this.
    pub fn predicted(&self, took: Duration) {
        let micros = u32::try_from(took.as_micros()).unwrap_or(u32::MAX);
        self.micros[self.counters.predictions.now() as usize % TIMES].store(micros, Ordering::Relaxed);
        self.counters.predictions.count();
    }

    /// What the editor shows now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let counts = self.counters.now();
        let last = counts.predictions.checked_sub(1);
        let took = last.map(|last| self.micros[last as usize % TIMES].load(Ordering::Relaxed));
        Snapshot {
            page: self.display.page(),
            seen: self.display.live.load(),
            counts,
            prediction: took.map(|micros| f64::from(micros) / 1e6),
        }
    }

    /// All figures as they are now.
    #[must_use]
    pub fn report(&self) -> StatusReport {
        let figures = self.counters.now();
        let micros = std::array::from_fn(|index| self.micros[index].load(Ordering::Relaxed));
        StatusReport { figures, micros }
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
        first.counters.measures.set(8);
        first.counters.missed.set(1);
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
        assert_eq!(ask(0).map(|report| (report.figures.measures, report.figures.missed)), Some((8, 1)));
        let report = ask(1).expect("two instances");
        assert_eq!((report.figures.predictions, &report.micros[..2]), (2, &[3000, 4000][..]));
        drop(second);
        assert!(ask(1).is_none());
    }
}
