//! Many files, of which some may fail: these are named, the others are done.

use crate::bad_input::{BadInput, with_reasons};
use crate::printing::warn;

/// Some files of many could not be done; each was named with its reason.
#[derive(Debug, thiserror::Error)]
#[error("{failed} of {files} files failed, each named above with its reason; the others are done")]
pub(crate) struct SomeFailed {
    failed: usize,
    files: usize,
}

/// What became of the files so far.
pub(crate) struct Batch {
    files: usize,
    failed: Vec<anyhow::Error>,
}

impl Batch {
    /// Of so many files.
    pub(crate) const fn of(files: usize) -> Self {
        Self { files, failed: Vec::new() }
    }

    /// A file's outcome; if it failed, its reason is said.
    pub(crate) fn take<T>(&mut self, outcome: anyhow::Result<T>) -> Option<T> {
        match outcome {
            Ok(done) => Some(done),
            Err(error) => {
                // One file alone needs no summary: its reason is the program's last word.
                if self.files > 1 {
                    warn(with_reasons(&error));
                }
                self.failed.push(error);
                None
            }
        }
    }

    /// How many are done.
    pub(crate) const fn done(&self) -> usize {
        self.files - self.failed.len()
    }

    /// The outcome of all.
    pub(crate) fn finish(mut self) -> anyhow::Result<()> {
        let (failed, files) = (self.failed.len(), self.files);
        match failed {
            0 => Ok(()),
            1 if files == 1 => self.failed.pop().map_or(Ok(()), Err),
            _ if failed < files => Err(SomeFailed { failed, files }.into()),
            _ if self.failed.iter().all(anyhow::Error::is::<BadInput>) => {
                Err(BadInput::error(format!("all {files} files failed, each named above with its reason")))
            }
            _ => Err(anyhow::anyhow!("all {files} files failed, each named above with its reason")),
        }
    }
}
