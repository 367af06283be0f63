//! What is asked of the file system, one step after the other.

use std::fs::File;
use std::io;
use std::path::Path;

/// Called before each step that the file system takes. Tests fail it, or are killed there.
pub(super) fn step() -> io::Result<()> {
    #[cfg(test)]
    super::steps::take()?;
    Ok(())
}

/// Brings the names of a folder to the disk, where the system can; elsewhere it does so by itself.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    step()?;
    if !cfg!(unix) {
        return Ok(());
    }
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        // A folder that may be written but not read, and file systems that sync no folders.
        Err(error) if matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::InvalidInput) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(()),
        other => other,
    }
}
