//! What is being written: its name beside its place, and the lock that says that its writer lives.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::disk::step;

/// How often another name is tried. Chosen: each is taken only by one who writes the same at the same moment.
const TRIES: usize = 100;

/// The longest part of a name that is taken over, in bytes: what is added must fit in a file's name (255 on most
/// systems). Chosen.
const MOST_NAME: usize = 120;

/// A file that is locked, under a name that nobody else has. Dropped, it is removed.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) path: PathBuf,
    /// Keeps the lock.
    pub(super) file: File,
    /// It has been renamed, and is nobody's to remove.
    pub(super) placed: bool,
}

impl Part {
    /// Begins one beside this place, and removes what others who were killed have left there.
    pub(super) fn beside(place: &Path) -> io::Result<Self> {
        let (folder, name) = (folder_of(place), name_of(place)?);
        clean(folder, &name);
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        for _ in 0..TRIES {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let path = folder.join(format!(".{name}.{}-{number}.part", std::process::id()));
            step()?;
            let file = match File::options().write(true).create_new(true).open(&path) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(error),
            };
            step().inspect_err(|_| drop(fs::remove_file(&path)))?;
            match file.try_lock() {
                // Until it was locked, another one could take it for left behind.
                Ok(()) if !path.exists() => {}
                Err(TryLockError::WouldBlock) => {}
                // Where the file system knows no locks, nobody cleans.
                Ok(()) | Err(TryLockError::Error(_)) => return Ok(Self { path, file, placed: false }),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// The folder that belongs to it.
    pub(super) fn folder(&self) -> PathBuf {
        folder_of_part(&self.path)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.placed {
            // What was begun is of no use to anybody. What cannot be removed now, the next one removes.
            drop(fs::remove_dir_all(self.folder()));
            drop(fs::remove_file(&self.path));
        }
    }
}

/// The folder in which this lies.
pub(super) fn folder_of(place: &Path) -> &Path {
    match place.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Its name, as it stands in the names beside it.
pub(super) fn name_of(place: &Path) -> io::Result<String> {
    let mut name = place.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy().into_owned();
    while name.len() > MOST_NAME {
        name.pop();
    }
    Ok(name)
}

/// Where this leads, if it is a link: what it leads to is replaced, and the link stays.
pub(super) fn followed(place: &Path) -> io::Result<PathBuf> {
    if place.is_symlink() && place.exists() { fs::canonicalize(place) } else { Ok(place.to_owned()) }
}

fn folder_of_part(part: &Path) -> PathBuf {
    let mut name = part.as_os_str().to_owned();
    name.push(".d");
    name.into()
}

/// Removes what those have left who were killed: what cannot be removed does not stop whoever writes.
fn clean(folder: &Path, name: &str) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()).filter(|path| is_part(path, name)) {
        let Ok(file) = File::open(&path) else { continue };
        // Whoever writes it holds the lock; and so do we until it is gone.
        if file.try_lock().is_ok() && remove_tree(&folder_of_part(&path)).is_ok() && step().is_ok() {
            drop(fs::remove_file(&path));
        }
    }
}

/// Removes a folder if it is there.
pub(super) fn remove_tree(folder: &Path) -> io::Result<()> {
    step()?;
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Is it called `.NAME.PID-NUMBER.part`?
fn is_part(path: &Path, name: &str) -> bool {
    let numbers = || {
        let text = path.file_name()?.to_str()?.strip_prefix('.')?.strip_prefix(name)?.strip_prefix('.')?;
        text.strip_suffix(".part")?.split_once('-')
    };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    numbers().is_some_and(|(process, number)| is_number(process) && is_number(number))
}
