//! Files that are whole or not there.

use std::path::Path;

use anyhow::{Context, Result};

/// Writes beside the file and then puts it in its place.
pub(crate) fn save(path: &Path, bytes: impl AsRef<[u8]>) -> Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.{}.part", std::process::id()));
    let written = std::fs::write(&beside, bytes).and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        // What was begun is of no use to anybody; the error says why it was not finished.
        drop(std::fs::remove_file(&beside));
    }
    written.with_context(|| format!("cannot write {}", path.display()))
}
