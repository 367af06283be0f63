//! Files that are whole or not there, with an error that names them.

use std::path::Path;

use anyhow::{Context, Result};

/// Refuses a place where no file can be written, before the work whose result would go there.
pub(crate) fn may_write(path: &Path) -> Result<()> {
    model::files::may_write(path).with_context(|| {
        format!("{} cannot be written: check the folder, its permissions and the space left", path.display())
    })
}

/// Makes a folder, if it is not there.
pub(crate) fn folder(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path).with_context(|| format!("the folder {} cannot be made", path.display()))
}

/// Writes beside the file and then puts it in its place.
#[cfg(feature = "train")]
pub(crate) fn save(path: &Path, bytes: impl AsRef<[u8]>) -> Result<()> {
    model::files::replace(path, bytes.as_ref()).with_context(|| format!("cannot write {}", path.display()))
}
