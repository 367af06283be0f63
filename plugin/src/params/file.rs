//! The path of the user's own band file.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use nice_plug::params::persist::PersistentField;

/// The path of the user's own band file, saved with the host's project.
#[derive(Debug)]
pub struct BandFile {
    #[expect(clippy::disallowed_types, reason = "read and written by the worker and the host's main thread only")]
    path: std::sync::RwLock<String>,
    /// How often it was set.
    pub(super) revision: AtomicU32,
    changed: Arc<AtomicBool>,
}

impl BandFile {
    #[expect(clippy::disallowed_types, reason = "see the field")]
    pub(super) fn new(changed: &Arc<AtomicBool>) -> Self {
        let (path, revision) = (std::sync::RwLock::default(), AtomicU32::new(0));
        Self { path, revision, changed: Arc::clone(changed) }
    }
}

impl PersistentField<'_, String> for BandFile {
    fn set(&self, path: String) {
        *self.path.write().unwrap_or_else(std::sync::PoisonError::into_inner) = path;
        self.revision.fetch_add(1, Ordering::Release);
        self.changed.store(true, Ordering::Release);
    }

    fn map<F, R>(&self, read: F) -> R
    where
        F: Fn(&String) -> R,
    {
        read(&self.path.read().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}
