//! What other threads may do with a take: count, save, keep it with the project.

#![expect(clippy::disallowed_types, reason = "the audio thread has the ring; these locks are for all others")]

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::BandSpec;
use nice_plug::params::persist::PersistentField;

use super::file::Timing;
use super::record::Take;
use super::recorder::{Ring, TakeRecorder};
use super::saved;
use crate::folders;

/// A take could not be saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// There is nothing in it.
    #[error("there is nothing to save yet: the take begins when the transport rolls")]
    Nothing,
    /// It is longer than a WAV file can be.
    #[error("the take is longer than six hours, and a WAV file cannot hold it; save its last measures")]
    TooLong,
    /// The file system refused.
    #[error("{} cannot be written ({reason}); choose another folder", file.display())]
    File {
        /// Which file.
        file: PathBuf,
        /// Why.
        #[source]
        reason: std::io::Error,
    },
}

/// The take of an instance, from any thread but the audio thread. Clones are the same take.
///
/// The worker fetches what the audio thread recorded a few times a second; whoever asks for
/// something fetches the rest.
#[derive(Clone, Debug, Default)]
pub struct TakeHandle(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    ring: Arc<Ring>,
    take: Mutex<Take>,
    /// From a project, not yet read: hosts may load one on the audio thread.
    loaded: Mutex<Option<String>>,
}

impl TakeHandle {
    /// The audio thread's end. There should be one.
    #[must_use]
    pub fn recorder(&self) -> TakeRecorder {
        TakeRecorder::new(Arc::clone(&self.0.ring))
    }

    /// Fetches what was recorded.
    pub fn fetch(&self) {
        drop(self.up_to_date());
    }

    /// A band may play from now on, as the one with this number.
    pub fn introduce(&self, id: u32, spec: &BandSpec) {
        self.up_to_date().introduce(id, spec);
    }

    /// How many measures there are that are over.
    #[must_use]
    pub fn measures(&self) -> usize {
        self.up_to_date().len()
    }

    /// How many events were lost because nobody fetched them in time.
    #[must_use]
    pub fn lost(&self) -> u32 {
        self.0.ring.lost()
    }

    /// A copy of the take, in which everything has ended.
    #[must_use]
    pub fn copy(&self) -> Take {
        let mut copy = self.up_to_date().clone();
        copy.finish();
        copy
    }

    /// Writes the whole take to a MIDI file; a reader finds the old file or the new one, whole.
    ///
    /// # Errors
    /// [`SaveError`]: there is nothing yet, or the file cannot be written.
    pub fn save_all(&self, file: &Path, timing: Timing) -> Result<(), SaveError> {
        self.save(file, None, timing)
    }

    /// The same with the last so many measures that are over, and the one under way.
    ///
    /// # Errors
    /// As [`Self::save_all`].
    pub fn save_last(&self, measures: usize, file: &Path, timing: Timing) -> Result<(), SaveError> {
        self.save(file, Some(measures), timing)
    }

    /// How takes are called, before their number.
    pub const NAME: &str = "Band Player take";

    /// A file that does not exist yet, in the user's Music folder.
    #[must_use]
    pub fn suggested_file() -> PathBuf {
        folders::free(&folders::music(), Self::NAME, "mid")
    }

    fn save(&self, file: &Path, measures: Option<usize>, timing: Timing) -> Result<(), SaveError> {
        // Written from a copy: nobody waits for a disk.
        let take = self.copy();
        if take.is_empty() {
            return Err(SaveError::Nothing);
        }
        model::files::replace(file, &take.to_midi(measures, timing))
            .map_err(|reason| SaveError::File { file: file.into(), reason })
    }

    fn up_to_date(&self) -> MutexGuard<'_, Take> {
        let mut take = self.0.take.lock().unwrap_or_else(PoisonError::into_inner);
        let loaded = self.0.loaded.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(saved) = loaded.filter(|_| take.is_empty()).and_then(|text| Take::from_text(&text)) {
            take.resume(saved);
        }
        while let Some(event) = self.0.ring.pop() {
            take.hear(&event);
        }
        take
    }
}

/// Saved with the host's project, as text of at most 256 KB. Only an instance that has recorded
/// nothing yet takes up a project's take: so what was just played is not lost when a host loads a
/// preset. Text that holds no take is ignored.
impl PersistentField<'_, String> for TakeHandle {
    fn set(&self, text: String) {
        let text = Some(text).filter(|text| !text.is_empty() && text.len() <= saved::MOST_TEXT + 4);
        *self.0.loaded.lock().unwrap_or_else(PoisonError::into_inner) = text;
    }

    fn map<F, R>(&self, read: F) -> R
    where
        F: Fn(&String) -> R,
    {
        read(&self.copy().to_text())
    }
}
