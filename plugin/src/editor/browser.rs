//! The folders and files from which one is chosen: what is listed, and which file is meant.

use std::path::{Path, PathBuf};

use super::dialog::{Dialogs, Pending, Question};
use super::session::Save;
use super::sheet::Action;
use crate::folders;
use crate::take::Timing;

/// What the file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A band is read from it.
    Band,
    /// A drum kit is read from it.
    Kit,
    /// The take is written to it, or its last measures.
    Take(Option<usize>, Timing, Form),
}

/// What the name of a drum kit's file ends in. Chosen: what it is.
const KIT_ENDING: &str = "json";

/// As what a take is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A MIDI file.
    Notes,
    /// A WAV file.
    Sound,
}

impl Form {
    pub(super) const fn ending(self) -> &'static str {
        match self {
            Self::Notes => "mid",
            Self::Sound => Save::SOUND,
        }
    }

    /// The form of a file with this name.
    fn of(file: &Path) -> Self {
        let is_sound = file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(Save::SOUND));
        if is_sound { Self::Sound } else { Self::Notes }
    }
}

impl Purpose {
    pub(super) const fn ending(self) -> &'static str {
        match self {
            Self::Band => folders::BAND_ENDING,
            Self::Kit => KIT_ENDING,
            Self::Take(_, _, form) => form.ending(),
        }
    }

    /// What is to be done with this file.
    pub(super) fn action(self, file: PathBuf) -> Action {
        match self {
            Self::Band => Action::BandFile(file),
            Self::Kit => Action::KitFile(file),
            Self::Take(last, timing, _) => Action::Save(Save { file, last, timing }),
        }
    }

    pub(super) fn heading(self) -> String {
        match self {
            Self::Band => "Choose a band file".into(),
            Self::Kit => "Choose the file of a drum kit".into(),
            Self::Take(None, ..) => "Save the take".into(),
            Self::Take(Some(1), ..) => "Save the last measure".into(),
            Self::Take(Some(measures), ..) => format!("Save the last {measures} measures"),
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
    /// A dialog that is not ours asks in its place.
    pub(super) asked: Option<Pending>,
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
        Self { purpose, folder: folder.to_owned(), path, folders, files, error, ready: false, asked: None }
    }

    /// The list of band files in this folder.
    #[must_use]
    pub fn of_bands(folder: &Path, path: String) -> Self {
        Self::new(Purpose::Band, folder, path)
    }

    /// The list of files of drum kits in this folder.
    #[must_use]
    pub fn of_kits(folder: &Path) -> Self {
        Self::new(Purpose::Kit, folder, String::new())
    }

    /// The same for the take, or its last measures, to be saved to this file.
    #[must_use]
    pub fn to_save(last: Option<usize>, file: &Path) -> Self {
        let folder = file.parent().unwrap_or(file);
        Self::new(Purpose::Take(last, Timing::Played, Form::of(file)), folder, file.to_string_lossy().into_owned())
    }

    /// The same, while another dialog asks first, where there is one.
    pub(super) fn asking(mut self, dialogs: &Dialogs) -> Self {
        let (kind, name) = match self.purpose {
            Purpose::Band => ("Bands", None),
            Purpose::Kit => ("Drum kits", None),
            Purpose::Take(_, _, form) => {
                let kind = if form == Form::Sound { "WAV files" } else { "MIDI files" };
                (kind, Path::new(&self.path).file_name())
            }
        };
        self.asked = dialogs.open(Question {
            title: self.purpose.heading(),
            folder: self.folder.clone(),
            name: name.map(|name| name.to_string_lossy().into_owned()),
            kind,
            ending: self.purpose.ending(),
        });
        self
    }

    /// Does another dialog ask still?
    #[must_use]
    pub fn waits(&self) -> bool {
        self.asked.is_some()
    }

    /// What is to be done with the file that another dialog gave. `None` where the list has to ask: the file will not do,
    /// or it got its ending here, and is now one that nobody agreed to replace.
    pub(super) fn given(&mut self, file: &Path) -> Option<Action> {
        self.path = file.to_string_lossy().into_owned();
        self.asked = None;
        match self.meant() {
            (Some(meant), word) if meant == file || word != "Replace" => Some(self.purpose.action(meant)),
            _ => None,
        }
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
            Purpose::Band | Purpose::Kit => (Some(path).filter(|path| path.is_file()), "Load"),
            Purpose::Take(_, _, form) => {
                let path = if path.extension().is_none() { path.with_extension(form.ending()) } else { path };
                let word = if path.is_file() { "Replace" } else { "Save" };
                let fits = path.is_absolute() && !path.is_dir() && path.parent().is_some_and(Path::is_dir);
                (fits.then_some(path), word)
            }
        }
    }
}
