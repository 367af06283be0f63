//! What the editor looks at besides the counters.

use std::sync::{OnceLock, PoisonError};

use model::BandSpec;

use crate::snapshot::{Live, Page, ReadEnd, WriteEnd, exchange};

/// What the editor looks at besides the counters.
pub struct Display {
    /// What changes with every block.
    pub live: Live,
    #[expect(clippy::disallowed_types, reason = "taken by an engine when it is made")]
    writer: std::sync::Mutex<Option<WriteEnd<Page>>>,
    #[expect(clippy::disallowed_types, reason = "readers only: the audio thread holds the other end")]
    reader: std::sync::Mutex<ReadEnd<Page>>,
    wake: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

impl std::fmt::Debug for Display {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Display").field("live", &self.live).finish_non_exhaustive()
    }
}

impl Display {
    #[expect(clippy::disallowed_types, reason = "see the fields")]
    pub(super) fn new() -> Self {
        let (writer, reader) = exchange(&Page::empty(&BandSpec::pop()));
        Self {
            live: Live::default(),
            writer: std::sync::Mutex::new(Some(writer)),
            reader: std::sync::Mutex::new(reader),
            wake: OnceLock::new(),
        }
    }

    /// The end that an engine writes to. A second engine with the same status gets one that
    /// nobody reads.
    pub(crate) fn writer(&self) -> WriteEnd<Page> {
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        writer.unwrap_or_else(|| exchange(&Page::empty(&BandSpec::pop())).0)
    }

    /// The music around now.
    pub(super) fn page(&self) -> Page {
        *self.reader.lock().unwrap_or_else(PoisonError::into_inner).read()
    }

    /// What to call when there is something new to see. It is called on the audio thread: it must
    /// not allocate, lock or wait. Only the first one counts.
    pub fn on_news(&self, wake: impl Fn() + Send + Sync + 'static) {
        let _already_set = self.wake.set(Box::new(wake));
    }

    /// There is something new to see.
    pub(crate) fn wake(&self) {
        if let Some(wake) = self.wake.get() {
            wake();
        }
    }
}
