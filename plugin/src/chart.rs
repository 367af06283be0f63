//! The chart of an instance: saved with the host's project, read by the worker, changed in the window.

#![expect(clippy::disallowed_types, reason = "the audio thread never asks for the chart: the worker does")]

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use model::music::chart::LaidChart;
use nice_plug::params::persist::PersistentField;

/// The chart of an instance, as text. Clones are the same chart.
#[derive(Clone, Debug, Default)]
pub struct ChartHandle(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    text: RwLock<String>,
    /// How often it was set.
    revision: AtomicU32,
}

impl ChartHandle {
    /// How often a chart was set: one that differs is another chart.
    #[must_use]
    pub fn revision(&self) -> u32 {
        self.0.revision.load(Ordering::Acquire)
    }

    /// The chart, empty where none is set. What cannot be read is none: a state that holds such text is refused before.
    #[must_use]
    pub fn read(&self) -> LaidChart {
        self.map(|text| text.parse().unwrap_or_default())
    }

    /// Another chart, from the next prediction on.
    pub fn write(&self, laid: &LaidChart) {
        self.set(if *laid == LaidChart::default() { String::new() } else { laid.to_string() });
    }
}

impl PersistentField<'_, String> for ChartHandle {
    fn set(&self, text: String) {
        *self.0.text.write().unwrap_or_else(PoisonError::into_inner) = text;
        self.0.revision.fetch_add(1, Ordering::Release);
    }

    fn map<F, R>(&self, read: F) -> R
    where
        F: Fn(&String) -> R,
    {
        read(&self.0.text.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A chart as it was read last: read again only when another was set.
#[derive(Clone, Debug, Default)]
pub struct ReadChart {
    handle: ChartHandle,
    /// The revision that was read; `None`: none yet.
    revision: Option<u32>,
    laid: LaidChart,
}

impl ReadChart {
    /// Of this instance.
    #[must_use]
    pub fn of(handle: ChartHandle) -> Self {
        Self { handle, revision: None, laid: LaidChart::default() }
    }

    /// The chart now.
    pub fn now(&mut self) -> &LaidChart {
        // The count is taken first: what is set meanwhile is read next time.
        let revision = self.handle.revision();
        if self.revision != Some(revision) {
            self.laid = self.handle.read();
            self.revision = Some(revision);
        }
        &self.laid
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_that_was_set_is_read_by_all_who_share_it() {
        let handle = ChartHandle::default();
        let mut reader = ReadChart::of(handle.clone());
        assert!(reader.now().chart.is_empty());
        handle.write(&"loop 2\n| C | F |".parse().expect("a chart"));
        assert_eq!(reader.now().to_string(), "loop 2\n| C | F |\n");
        let saved = handle.map(Clone::clone);
        handle.write(&LaidChart::default());
        assert!(reader.now().chart.is_empty() && handle.map(String::is_empty));
        handle.set(saved);
        assert_eq!(reader.now().chart.len(), 2);
    }
}
