//! A file that is written bit by bit and is there whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::disk::{step, sync_folder};
use super::part::{Part, folder_of, followed};

/// Could a file be written there now? To be asked before long work whose result goes there. Nothing is left of the question.
///
/// # Errors
/// What [`NewFile::beside`] would say.
pub fn may_write(place: &Path) -> io::Result<()> {
    match fs::metadata(place) {
        // Whoever reads a pipe would take it for written and over.
        Ok(old) if !old.is_file() && !old.is_dir() => Ok(()),
        _ => NewFile::beside(place).map(drop),
    }
}

/// A file on its way. Dropped before it is finished, nothing is left of it.
///
/// What is no plain file (a pipe, a device) is written as it is.
#[derive(Debug)]
pub struct NewFile {
    place: PathBuf,
    /// `None`: it is written where it is.
    part: Option<Part>,
    out: BufWriter<File>,
}

impl NewFile {
    /// Begins a file beside its place.
    ///
    /// # Errors
    /// What the file system says: the folder is missing, closed or full; the place is a folder, or a file that may not be
    /// changed.
    pub fn beside(place: &Path) -> io::Result<Self> {
        let old = match fs::metadata(place) {
            Ok(old) => Some(old),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        match &old {
            Some(old) if old.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
            Some(old) if !old.is_file() => {
                let out = BufWriter::new(File::options().write(true).open(place)?);
                return Ok(Self { place: place.into(), part: None, out });
            }
            Some(old) if old.permissions().readonly() => return Err(io::ErrorKind::PermissionDenied.into()),
            _ => {}
        }
        let place = followed(place)?;
        let part = Part::beside(&place)?;
        if let Some(old) = old {
            step()?;
            fs::set_permissions(&part.path, old.permissions())?;
        }
        let out = BufWriter::new(part.file.try_clone()?);
        Ok(Self { place, part: Some(part), out })
    }

    /// Brings it to the disk and puts it in its place.
    ///
    /// # Errors
    /// What the file system says; what stood there before is untouched.
    pub fn finish(mut self) -> io::Result<()> {
        self.flush()?;
        let Some(part) = &mut self.part else { return Ok(()) };
        step()?;
        part.file.sync_all()?;
        if cfg!(windows) {
            // There a lock keeps readers out as well.
            part.file.unlock()?;
        }
        step()?;
        fs::rename(&part.path, &self.place)?;
        part.placed = true;
        sync_folder(folder_of(&self.place))
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        step()?;
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        step()?;
        self.out.flush()
    }
}
