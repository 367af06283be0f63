//! The folders and files from which one is chosen: what is listed, and which file is meant.

use std::path::{Path, PathBuf};

use crate::folders;
use crate::take::Timing;

/// What the file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A band is read from it.
    Band,
    /// The take is written to it, or its last measures.
    Take(Option<usize>, Timing),
}

impl Purpose {
    pub(super) const fn ending(self) -> &'static str {
        match self {
            Self::Band => folders::BAND_ENDING,
            Self::Take(..) => "mid",
        }
    }

    pub(super) fn heading(self) -> String {
        match self {
            Self::Band => "Choose a band file".into(),
            Self::Take(None, _) => "Save the take".into(),
            Self::Take(Some(1), _) => "Save the last measure".into(),
            Self::Take(Some(measures), _) => format!("Save the last {measures} measures"),
        }
    }
}

/// The list, while it is open.
#[derive(Clone, Debug)]
pub struct Browser {
    pub(super) purpose: Purpose,
    pub(super) folder: PathBuf,
    /// What was typed or chosen.
    pub(super) path: String,
    pub(super) folders: Vec<String>,
    pub(super) files: Vec<String>,
    /// Why the folder cannot be read.
    pub(super) error: Option<String>,
    /// The path has the keyboard already.
    pub(super) ready: bool,
}

impl Browser {
    fn new(purpose: Purpose, folder: &Path, path: String) -> Self {
        let (mut folders, mut files, mut error) = (Vec::new(), Vec::new(), None);
        match std::fs::read_dir(folder) {
            Ok(entries) => {
                for entry in entries.flatten() {
                    let name = entry.file_name().to_string_lossy().into_owned();
                    let hidden = name.starts_with('.');
                    if entry.path().is_dir() && !hidden {
                        folders.push(name);
                    } else if entry.path().extension().is_some_and(|ending| ending == purpose.ending()) {
                        files.push(name);
                    }
                }
            }
            Err(reason) => error = Some(format!("{} cannot be read: {reason}.", folder.display())),
        }
        folders.sort_unstable();
        files.sort_unstable();
        Self { purpose, folder: folder.to_owned(), path, folders, files, error, ready: false }
    }

    /// The list of band files in this folder.
    #[must_use]
    pub fn of_bands(folder: &Path, path: String) -> Self {
        Self::new(Purpose::Band, folder, path)
    }

    /// The same for the take, or its last measures, to be saved to this file.
    #[must_use]
    pub fn to_save(last: Option<usize>, file: &Path) -> Self {
        let folder = file.parent().unwrap_or(file);
        Self::new(Purpose::Take(last, Timing::Played), folder, file.to_string_lossy().into_owned())
    }

    /// The same list of another folder; a file that is to be written keeps its name.
    pub(super) fn moved(self, folder: &Path) -> Self {
        let path = match (self.purpose, Path::new(&self.path).file_name()) {
            (Purpose::Take(..), Some(name)) => folder.join(name).to_string_lossy().into_owned(),
            _ => self.path,
        };
        Self::new(self.purpose, folder, path)
    }

    /// The file that is meant, if it will do; and what its button says.
    pub(super) fn meant(&self) -> (Option<PathBuf>, &'static str) {
        let path = PathBuf::from(self.path.trim());
        match self.purpose {
            Purpose::Band => (Some(path).filter(|path| path.is_file()), "Load"),
            Purpose::Take(..) => {
                let path = if path.extension().is_none() { path.with_extension("mid") } else { path };
                let word = if path.is_file() { "Replace" } else { "Save" };
                let fits = path.is_absolute() && !path.is_dir() && path.parent().is_some_and(Path::is_dir);
                (fits.then_some(path), word)
            }
        }
    }
}
