//! What an instance counts: one list, from which the shared counters and their figures are made.

use std::sync::atomic::{AtomicU32, Ordering};

/// A number that one thread counts and any thread may read. After 2³² it begins at 0 again.
///
/// # Realtime safety
/// One atomic operation each.
#[derive(Debug, Default)]
pub struct Counter(AtomicU32);

impl Counter {
    /// One more. Whoever reads this number finds what was done before it was counted.
    pub fn count(&self) {
        self.0.fetch_add(1, Ordering::Release);
    }

    /// Takes over a number that was counted elsewhere.
    pub fn set(&self, number: u32) {
        self.0.store(number, Ordering::Release);
    }

    /// The number now.
    #[must_use]
    pub fn now(&self) -> u32 {
        self.0.load(Ordering::Acquire)
    }
}

/// Makes [`Counters`] and [`Figures`] of a list: each counter's name, and what it counts.
macro_rules! counters {
    ($($name:ident: $what:literal;)*) => {
        /// Shared by the threads of an instance: each counts what it does.
        #[derive(Debug, Default)]
        pub struct Counters {
            $(#[doc = $what] pub $name: Counter,)*
        }

        /// What was counted since the instance was made. The small host reads it through a C
        /// function, the editor in a [`crate::snapshot::Snapshot`].
        #[repr(C)]
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct Figures {
            $(#[doc = $what] pub $name: u32,)*
        }

        impl Counters {
            /// All numbers now.
            #[must_use]
            pub fn now(&self) -> Figures {
                Figures { $($name: self.$name.now(),)* }
            }
        }
    };
}

counters! {
    measures: "Measures that the band was to play.";
    missed: "Those for which no prediction was there at the bar line, so that the fallback played.";
    bridged: "Measures for which no prediction could be had, as after a jump: a fallback played.";
    requests: "Requests that were sent to the worker.";
    answers: "Those that came back, answered or not. As many as were sent: nothing is under way.";
    dropped_requests: "Requests that could not be sent before their measure began: the one before was still away.";
    stale: "Answers that were made for music before a jump, or for another band: not played.";
    late: "Answers that came after their bar line: not played.";
    predictions: "Predictions that were made.";
    failed: "Those that failed: an error or a panic in the predictor.";
    panics: "Panics on the worker: in a predictor, or while a band was loaded.";
    unforetold: "Measures whose chords could not be foretold: the band found its own.";
    refused_bands: "Bands that could not be loaded: the one before plays on.";
    notes_in: "Notes of the user that were heard.";
    notes_out: "Notes that were sent for the band.";
    dropped_notes: "Notes of the user for which a measure had no room.";
    yielded: "Notes of the band that moved away from what the user held as they began.";
    lifted: "Notes of the band that ended early, since they rubbed against what the user held.";
    unsent: "Messages for which the host's buffer had no room.";
    lost_sysex: "System exclusive messages that were too long to be passed on, or too many at once.";
    ceded: "Notes of the band that ended early, or did not begin, because the user held their key on their channel.";
}
