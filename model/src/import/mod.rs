//! Public data sets, as their authors publish them, made into training folders: `train`, `valid` and `test` with MIDI
//! files whose tracks are named after the voices, bar lines on the grid.
//!
//! [`pop909`], [`groove`], [`jsb`] and [`kern`] each read one form. What cannot be used is told with the reason
//! ([`Skip`]).

pub mod groove;
pub mod jsb;
pub mod kern;
mod performance;
pub mod pop909;
mod score;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::files::NewFolder;
use crate::midi_file::Warning;

/// What came of an import.
#[derive(Debug, Default)]
pub struct Report {
    /// How many files each folder got, by its name.
    pub written: std::collections::BTreeMap<String, usize>,
    /// What was left out: its name in the source, and why.
    pub skipped: Vec<(String, Skip)>,
    /// What had to be bent to read a file: its name in the source, and what.
    pub bent: Vec<(String, Warning)>,
}

/// Why a piece is left out.
#[derive(Clone, Debug, PartialEq)]
pub enum Skip {
    /// It has none of this part.
    Lacks(&'static str),
    /// A file of it cannot be read.
    Unreadable(&'static str),
    /// A line of it cannot be understood.
    Line(usize),
    /// Neither beats nor chords say where the measures begin: the share of the chord changes that lie on the annotated
    /// downbeats, and on the likeliest ones.
    Downbeats(f64, f64),
    /// The meter changes on the way.
    MeterChanges,
    /// Its meter has no whole number of sixteenths, or is not one that is wanted.
    Meter(String),
    /// A measure is longer than its meter.
    Measure(String),
    /// A duration is no multiple of a sixteenth.
    OffGrid(String),
    /// A duration that Velardo's filter refuses, in quarter notes.
    Duration(f64),
    /// It has several voices.
    ManyVoices,
    /// Of another kind, as its list says.
    Kind(String),
    /// Nobody plays a note.
    Silent,
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lacks(part) => write!(f, "it has no {part}"),
            Self::Unreadable(part) => write!(f, "its {part} cannot be read"),
            Self::Line(line) => write!(f, "line {line} cannot be understood"),
            Self::Downbeats(annotated, best) => write!(
                f,
                "the downbeats are uncertain: {:.0} % of the chord changes lie on the annotated ones, {:.0} % on others",
                annotated * 100.0,
                best * 100.0
            ),
            Self::MeterChanges => f.write_str("its meter changes"),
            Self::Meter(meter) => write!(f, "its meter is {meter}"),
            Self::Measure(number) => write!(f, "measure {number} is longer than its meter"),
            Self::OffGrid(token) => write!(f, "`{token}` is no multiple of a sixteenth"),
            Self::Duration(quarters) => write!(f, "a duration of {quarters} quarters is not a plain one"),
            Self::ManyVoices => f.write_str("it has several voices"),
            Self::Kind(kind) => write!(f, "it is of the kind {kind}"),
            Self::Silent => f.write_str("nobody plays a note"),
        }
    }
}

impl Skip {
    /// The reason without its particulars: to count alike ones.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Lacks(_) => "lacks a part",
            Self::Unreadable(_) => "cannot be read",
            Self::Line(_) => "cannot be understood",
            Self::Downbeats(..) => "uncertain downbeats",
            Self::MeterChanges => "changing meter",
            Self::Meter(_) => "another meter",
            Self::Measure(_) => "measures longer than their meter",
            Self::OffGrid(_) => "shorter notes than sixteenths, or triplets",
            Self::Duration(_) => "durations that the filter refuses",
            Self::ManyVoices => "several voices",
            Self::Kind(_) => "another kind",
            Self::Silent => "no notes",
        }
    }
}

/// Why an import cannot be made at all.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file or folder of the source is missing or closed.
    #[error("cannot read {path}: {error}: {expected}")]
    Source {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
        /// What should be there.
        expected: &'static str,
    },
    /// The source is something else.
    #[error("{path} is not what was expected: {expected}")]
    Form {
        /// Which file.
        path: PathBuf,
        /// What should be there.
        expected: &'static str,
    },
    /// A folder of the result cannot be made, or a file not be written.
    #[error("cannot write {path}: {error}")]
    Out {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Nothing in the source is a piece that can be used.
    #[error("no piece of {path} can be used{first}")]
    Nothing {
        /// The source.
        path: PathBuf,
        /// The first that was left out, and why.
        first: String,
    },
    /// The folder of the result holds something.
    #[error("{0} is not empty: name a new folder, or empty it first")]
    Occupied(PathBuf),
}

/// The training folder that comes of it: there whole or not at all.
struct Output {
    folder: NewFolder,
    place: PathBuf,
}

impl Output {
    /// Begins one. There is none in its place yet, or an empty one: what was not imported now does not get between.
    fn new(place: &Path) -> Result<Self, ImportError> {
        if place.is_file() || std::fs::read_dir(place).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(ImportError::Occupied(place.into()));
        }
        let out = |error| ImportError::Out { path: place.into(), error };
        if let Some(parent) = place.parent() {
            std::fs::create_dir_all(parent).map_err(out)?;
        }
        Ok(Self { folder: NewFolder::beside(place).map_err(out)?, place: place.into() })
    }

    /// Adds a file to a split.
    fn add(&self, split: &str, name: &str, bytes: &[u8]) -> Result<(), ImportError> {
        let path = Path::new(split).join(name);
        let written = self.folder.write(&path, bytes);
        written.map_err(|error| ImportError::Out { path: self.place.join(path), error })
    }

    /// Puts it in its place, if anything of this source is in it.
    fn finish(self, source: &Path, report: &Report) -> Result<(), ImportError> {
        if report.written.is_empty() {
            let first = report.skipped.first().map(|(name, reason)| format!(": {name}: {reason}")).unwrap_or_default();
            return Err(ImportError::Nothing { path: source.into(), first });
        }
        self.folder.finish().map_err(|error| ImportError::Out { path: self.place, error })
    }
}

/// The text of a file of the source.
fn text(path: &Path, expected: &'static str) -> Result<String, ImportError> {
    let bytes = std::fs::read(path).map_err(|error| ImportError::Source { path: path.into(), error, expected })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The entries of a folder of the source, in the order of their names.
fn entries(path: &Path, expected: &'static str) -> Result<Vec<PathBuf>, ImportError> {
    let failed = |error| ImportError::Source { path: path.into(), error, expected };
    let mut all = Vec::new();
    for entry in std::fs::read_dir(path).map_err(failed)? {
        all.push(entry.map_err(failed)?.path());
    }
    all.sort();
    Ok(all)
}
