//! Files and folders that are there whole or not at all.
//!
//! Whatever is kept goes through here: it is written beside its place, brought to the disk, and then put in its place by
//! renaming. Whoever is killed on the way leaves the old one or the new one whole, and something beside it that the next
//! one who writes there removes:
//!
//! ```text
//! .NAME.PID-NUMBER.part     a file that is being written; locked as long as its writer lives
//! .NAME.PID-NUMBER.part.d   a folder that is being written or removed; the file of the same name is locked meanwhile
//! .NAME.new                 a whole folder on its way to its place ([`settle`] brings it there)
//! ```

mod disk;
mod file;
mod folder;
mod part;
#[cfg(test)]
pub(crate) mod steps;
#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::path::Path;

pub use file::{NewFile, may_write};
pub use folder::{NewFolder, remove, settle};

/// Writes a file with these bytes: a reader finds the old file or the new one, whole.
///
/// # Errors
/// What the file system says; what stood there before is untouched.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = NewFile::beside(path)?;
    file.write_all(bytes)?;
    file.finish()
}
