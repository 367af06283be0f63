//! Files that are whole or not there, with an error that names them.

use std::path::Path;

use anyhow::{Context, Result};

/// Writes beside the file and then puts it in its place.
pub(crate) fn save(path: &Path, bytes: impl AsRef<[u8]>) -> Result<()> {
    model::files::replace(path, bytes.as_ref()).with_context(|| format!("cannot write {}", path.display()))
}
