//! Parameters that a VST3 host's window sets while another thread processes.
//!
//! The framework ignores them, and trusts that the host says the same with a block. Some hosts never do, and others ask
//! at once what was set. So it is set here. But a host that automates a parameter also shows each of its values in the
//! window, and may be late with that: as long as blocks bring values of a parameter, they alone count.
#![expect(unsafe_code, reason = "VST3 is a C++ interface")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use nice_plug::wrapper::vst3::vst3::ComRef;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{
    IParamValueQueueTrait, IParameterChangesTrait, ParamID, ProcessData,
};

use crate::params::{BandParams, Handles};
use crate::plugin;

/// How long after a block brought a value the window's are ignored, in seconds. Chosen: windows are drawn many times a
/// second, and nobody moves the same control by two hands.
const ECHO: f64 = 1.0;

/// An instance's parameters, and when a block moved each.
///
/// # Realtime safety
/// Nothing that is called while a block is processed allocates, frees, locks or waits.
#[derive(Debug)]
pub(super) struct Meanwhile {
    params: Option<Handles<Arc<BandParams>>>,
    /// The format's number of each parameter and its place, in order of the numbers.
    places: Vec<(ParamID, usize)>,
    /// Until which sample the window is ignored, for each place.
    until: Vec<AtomicU64>,
    /// Samples processed so far.
    now: AtomicU64,
    /// [`ECHO`] in samples.
    echo: AtomicU64,
}

impl Meanwhile {
    /// Of the instance that this thread made last. `id` gives the format's number of the parameter at a place.
    pub(super) fn of_the_last_made(id: impl Fn(i32) -> Option<ParamID>) -> Self {
        let params = plugin::params_of_the_last_made().map(Handles::shared);
        let count = params.as_ref().map_or(0, |params| params.iter().count());
        let at = |place: usize| Some((id(i32::try_from(place).ok()?)?, place));
        let mut places: Vec<_> = (0..count).filter_map(at).collect();
        places.sort_unstable();
        let until = (0..count).map(|_| AtomicU64::new(0)).collect();
        Self { params, places, until, now: AtomicU64::new(0), echo: AtomicU64::new(0) }
    }

    fn place(&self, id: ParamID) -> Option<usize> {
        let found = self.places.binary_search_by_key(&id, |&(id, _)| id).ok()?;
        self.places.get(found).map(|&(_, place)| place)
    }

    /// Is it a parameter of the plugin's own? Others stand for controllers.
    pub(super) fn has(&self, id: ParamID) -> bool {
        self.place(id).is_some()
    }

    /// The window sets a parameter. `false`: to nothing that it can be.
    pub(super) fn set(&self, id: ParamID, value: f64) -> bool {
        let Some((params, place)) = self.params.as_ref().zip(self.place(id)) else { return false };
        if !value.is_finite() {
            return false;
        }
        if self.now.load(Ordering::Relaxed) >= self.until[place].load(Ordering::Relaxed)
            && let Some(handle) = params.at(place)
        {
            #[expect(clippy::cast_possible_truncation, reason = "the framework counts so")]
            handle.put(value as f32);
        }
        true
    }

    /// The sample rate, in Hz.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
    pub(super) fn set_up(&self, rate: f64) {
        self.echo.store((rate * ECHO) as u64, Ordering::Relaxed);
    }

    /// A block comes: which parameters does it move?
    ///
    /// # Safety
    /// The block must be a host's, which is being processed.
    pub(super) unsafe fn see(&self, block: &ProcessData) {
        let now = self.now.fetch_add(u64::try_from(block.numSamples).unwrap_or(0), Ordering::Relaxed);
        let until = now.saturating_add(self.echo.load(Ordering::Relaxed)).max(now + 1);
        // SAFETY: the host's changes outlive the block, as do their queues; either may be null.
        unsafe {
            let Some(changes) = ComRef::from_raw(block.inputParameterChanges) else { return };
            for index in 0..changes.getParameterCount() {
                let Some(queue) = ComRef::from_raw(changes.getParameterData(index)) else { continue };
                let place = self.place(queue.getParameterId()).filter(|_| queue.getPointCount() > 0);
                if let Some(until_then) = place.and_then(|place| self.until.get(place)) {
                    until_then.store(until, Ordering::Relaxed);
                }
            }
        }
    }
}
