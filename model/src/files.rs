//! Files that are there whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// Writes these bytes beside the file and then puts them in its place: a reader finds the old file or the new one, whole.
///
/// # Errors
/// What the file system says; what stood there before is untouched.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.{}.part", std::process::id()));
    let written = fs::File::create(&beside).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    let outcome = written.and_then(|()| fs::rename(&beside, path));
    if outcome.is_err() {
        // What was begun is of no use to anybody; if it cannot be removed, the error says why.
        let _ = fs::remove_file(&beside);
    }
    outcome
}
