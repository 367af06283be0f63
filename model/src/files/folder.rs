//! A folder that is there whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use super::disk::{step, sync_folder};
use super::part::{Part, folder_of, followed, name_of, remove_tree};

/// A folder on its way. Dropped before it is finished, nothing is left of it.
#[derive(Debug)]
pub struct NewFolder {
    place: PathBuf,
    part: Part,
}

impl NewFolder {
    /// Begins a folder beside its place; what was left half-way there is settled first.
    ///
    /// # Errors
    /// What the file system says, or that a file stands in its place; what stood there before is untouched.
    pub fn beside(place: &Path) -> io::Result<Self> {
        let place = followed(place)?;
        no_file(&place)?;
        settle(&place)?;
        let part = Part::beside(&place)?;
        step()?;
        fs::create_dir(part.folder())?;
        Ok(Self { place, part })
    }

    /// Writes a file in it, and the folders in which that lies.
    ///
    /// # Errors
    /// What the file system says; [`io::ErrorKind::InvalidInput`] where the name leads out of the folder.
    pub fn write(&self, name: impl AsRef<Path>, bytes: &[u8]) -> io::Result<()> {
        let name = name.as_ref();
        if !name.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let path = self.part.folder().join(name);
        step()?;
        fs::create_dir_all(folder_of(&path))?;
        step()?;
        let mut file = File::create(&path)?;
        step()?;
        file.write_all(bytes)?;
        step()?;
        file.sync_all()
    }

    /// Brings it to the disk and puts it in its place; what stood there before is removed.
    ///
    /// # Errors
    /// What the file system says: the old folder or the new one is there, whole.
    pub fn finish(self) -> io::Result<()> {
        sync_tree(&self.part.folder())?;
        step()?;
        fs::rename(self.part.folder(), whole(&self.place)?)?;
        sync_folder(folder_of(&self.place))?;
        settle(&self.place)
    }
}

/// A folder takes the place of folders alone: a file that stands there is somebody's.
fn no_file(place: &Path) -> io::Result<()> {
    if place.exists() && !place.is_dir() { Err(io::ErrorKind::NotADirectory.into()) } else { Ok(()) }
}

/// Where a whole folder waits for its place.
fn whole(place: &Path) -> io::Result<PathBuf> {
    Ok(place.with_file_name(format!(".{}.new", name_of(place)?)))
}

/// Brings a whole folder to its place whose writer was killed on the last step. To be called before one is read that was
/// written as a [`NewFolder`].
///
/// # Errors
/// What the file system says.
pub fn settle(place: &Path) -> io::Result<()> {
    let place = &followed(place)?;
    let whole = whole(place)?;
    if !whole.is_dir() {
        return Ok(());
    }
    no_file(place)?;
    // Two renamings: between them there is none in its place, but the new one waits beside it.
    let aside = if place.exists() { Some(aside(place)?) } else { None };
    if let Err(error) = step().and_then(|()| fs::rename(&whole, place)) {
        if let Some(aside) = &aside {
            drop(fs::rename(aside.folder(), place));
        }
        return Err(error);
    }
    sync_folder(folder_of(place))?;
    aside.map_or(Ok(()), |aside| remove_tree(&aside.folder()))
}

/// Removes a folder at once and whole; no folder is fine.
///
/// # Errors
/// What the file system says.
pub fn remove(place: &Path) -> io::Result<()> {
    let place = &followed(place)?;
    settle(place)?;
    if !place.exists() {
        return Ok(());
    }
    no_file(place)?;
    let aside = aside(place)?;
    sync_folder(folder_of(place))?;
    remove_tree(&aside.folder())
}

/// Takes a folder from its place, to be removed.
fn aside(place: &Path) -> io::Result<Part> {
    let part = Part::beside(place)?;
    step()?;
    fs::rename(place, part.folder())?;
    Ok(part)
}

/// Brings the names in a folder to the disk, and in the folders in it.
fn sync_tree(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sync_tree(&path)?;
        }
    }
    sync_folder(folder)
}
