//! Prepared files: the measures of many pieces, as a band reads them, to be read one piece at a time.
//!
//! ```text
//! "BANDPREP"  piece  piece  …  index (JSON)  index's length u64  index's checksum u32  "BANDPREP"
//! ```
//!
//! A piece is its measures, one after another; a measure its steps and the voices present (a byte each), then for each
//! of these a count of notes and the notes, five bytes each: step, length, key, velocity, and whether it goes on (1)
//! and went on before (2). Each piece has a checksum in the index.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::files::NewFile;
use crate::music::band::{BandMeasure, BandSpec, VoiceId};
use crate::music::measure::{MAX_NOTES, MAX_STEPS, Measure};
use crate::music::note::{Key, Note, Velocity};

const MAGIC: &[u8; 8] = b"BANDPREP";

/// The largest piece and the largest index that are read, in bytes. Chosen.
const MOST_BYTES: u64 = 1 << 30;

/// Why a prepared file cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum PreparedError {
    /// The file system refuses.
    #[error("{path} cannot be written or read: {error}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// It is something else, or damaged.
    #[error("{path} is no prepared file, or a damaged one: make it again with `bandplayer prepare`")]
    Damaged {
        /// Which file.
        path: PathBuf,
    },
    /// It was prepared for other voices.
    #[error("{path} was prepared for the voices {found}: prepare it for this band")]
    OtherBand {
        /// Which file.
        path: PathBuf,
        /// Their names.
        found: String,
    },
    /// It has no such split.
    #[error("{path} has no pieces to `{split}`")]
    NoSplit {
        /// Which file.
        path: PathBuf,
        /// The split.
        split: String,
    },
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Index {
    voices: Vec<String>,
    splits: BTreeMap<String, Vec<Entry>>,
}

/// Where a piece lies.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Entry {
    at: u64,
    bytes: u64,
    measures: usize,
    checksum: u32,
}

/// A split of a prepared file.
#[derive(Debug)]
pub struct Prepared {
    path: PathBuf,
    // Whoever cuts windows reads one piece at a time.
    file: Mutex<File>,
    entries: Vec<Entry>,
}

impl Prepared {
    /// Opens a split.
    ///
    /// # Errors
    /// [`PreparedError`].
    pub fn open(path: &Path, split: &str, spec: &BandSpec) -> Result<Self, PreparedError> {
        let io = |error| PreparedError::Io { path: path.into(), error };
        let damaged = || PreparedError::Damaged { path: path.into() };
        let mut file = File::open(path).map_err(io)?;
        let size = file.metadata().map_err(io)?.len();
        let mut end = [0; 20];
        file.seek(SeekFrom::Start(size.checked_sub(20).ok_or_else(damaged)?)).map_err(io)?;
        file.read_exact(&mut end).map_err(io)?;
        let (length, checksum) = (number(&end[..8]), u32::from_le_bytes([end[8], end[9], end[10], end[11]]));
        if &end[12..] != MAGIC || length > MOST_BYTES {
            return Err(damaged());
        }
        let start = (size - 20).checked_sub(length).ok_or_else(damaged)?;
        let text = read_at(&mut file, start, length).map_err(io)?;
        if crc32fast::hash(&text) != checksum {
            return Err(damaged());
        }
        let mut index: Index = serde_json::from_slice(&text).map_err(|_| damaged())?;
        if index.voices != names(spec) {
            return Err(PreparedError::OtherBand { path: path.into(), found: index.voices.join(", ") });
        }
        let none = || PreparedError::NoSplit { path: path.into(), split: split.into() };
        let entries = index.splits.remove(split).filter(|entries| !entries.is_empty()).ok_or_else(none)?;
        Ok(Self { path: path.into(), file: Mutex::new(file), entries })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many measures each piece has.
    pub fn lengths(&self) -> impl ExactSizeIterator<Item = usize> + '_ {
        self.entries.iter().map(|entry| entry.measures)
    }

    /// Reads a piece.
    ///
    /// # Errors
    /// [`PreparedError`] where the file cannot be read any more.
    pub fn read(&self, piece: usize) -> Result<Vec<BandMeasure>, PreparedError> {
        let damaged = || PreparedError::Damaged { path: self.path.clone() };
        let entry = self.entries.get(piece).filter(|entry| entry.bytes <= MOST_BYTES).ok_or_else(damaged)?;
        let bytes = {
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            read_at(&mut file, entry.at, entry.bytes)
        };
        let bytes = bytes.map_err(|error| PreparedError::Io { path: self.path.clone(), error })?;
        let measures = (crc32fast::hash(&bytes) == entry.checksum).then(|| from_bytes(&bytes)).flatten();
        measures.filter(|measures| measures.len() == entry.measures).ok_or_else(damaged)
    }
}

/// Writes a prepared file, piece by piece. Given up before it is finished, nothing is left of it.
#[derive(Debug)]
pub struct Preparing {
    path: PathBuf,
    file: NewFile,
    at: u64,
    index: Index,
}

impl Preparing {
    /// Begins a file for this band, beside the one of this path.
    ///
    /// # Errors
    /// [`PreparedError::Io`].
    pub fn new(path: &Path, spec: &BandSpec) -> Result<Self, PreparedError> {
        let io = |error| PreparedError::Io { path: path.into(), error };
        let mut file = NewFile::beside(path).map_err(io)?;
        file.write_all(MAGIC).map_err(io)?;
        let index = Index { voices: names(spec), splits: BTreeMap::new() };
        Ok(Self { path: path.into(), file, at: MAGIC.len() as u64, index })
    }

    /// Adds a piece to a split.
    ///
    /// # Errors
    /// [`PreparedError::Io`].
    pub fn add(&mut self, split: &str, measures: &[BandMeasure]) -> Result<(), PreparedError> {
        let bytes = to_bytes(measures);
        self.file.write_all(&bytes).map_err(|error| PreparedError::Io { path: self.path.clone(), error })?;
        let entry = Entry {
            at: self.at,
            bytes: bytes.len() as u64,
            measures: measures.len(),
            checksum: crc32fast::hash(&bytes),
        };
        self.at += entry.bytes;
        self.index.splits.entry(split.into()).or_default().push(entry);
        Ok(())
    }

    /// Writes the index, and puts the file in its place.
    ///
    /// # Errors
    /// [`PreparedError::Io`].
    pub fn finish(mut self) -> Result<(), PreparedError> {
        // PANIC: names and numbers.
        let text = serde_json::to_vec(&self.index).expect("an index can be written");
        let mut end = text.clone();
        end.extend((text.len() as u64).to_le_bytes());
        end.extend(crc32fast::hash(&text).to_le_bytes());
        end.extend(MAGIC);
        let written = self.file.write_all(&end).and_then(|()| self.file.finish());
        written.map_err(|error| PreparedError::Io { path: self.path, error })
    }
}

fn names(spec: &BandSpec) -> Vec<String> {
    spec.voices.iter().map(|voice| voice.name.clone()).collect()
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

fn read_at(file: &mut File, at: u64, length: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    // Not more than there is, whatever the index says.
    file.take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == length { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

fn to_bytes(measures: &[BandMeasure]) -> Vec<u8> {
    let mut out = Vec::new();
    for measure in measures {
        let mask = measure.present.iter().fold(0u8, |mask, voice| mask | 1 << voice.index());
        out.extend([measure.steps(), mask]);
        for voice in measure.present.iter() {
            let notes = measure.voice(voice).notes();
            out.push(u8::try_from(notes.len()).unwrap_or(u8::MAX));
            for note in notes {
                let flags = u8::from(note.continues) | u8::from(note.continued) << 1;
                out.extend([note.step.0, note.length, note.key.get(), note.velocity.get(), flags]);
            }
        }
    }
    out
}

fn from_bytes(mut bytes: &[u8]) -> Option<Vec<BandMeasure>> {
    let mut measures = Vec::new();
    while !bytes.is_empty() {
        let [steps, mask] = *take::<2>(&mut bytes)?;
        if !(1..=MAX_STEPS).contains(&steps) {
            return None;
        }
        let mut measure = BandMeasure::missing(steps);
        for index in (0..8).filter(|index| mask >> index & 1 == 1) {
            let [count] = *take::<1>(&mut bytes)?;
            if usize::from(count) > MAX_NOTES {
                return None;
            }
            let mut voice = Measure::silent(steps);
            for _ in 0..count {
                let [step, length, key, velocity, flags] = *take::<5>(&mut bytes)?;
                let mut note = Note::new(step, length, Key::new(key)?);
                note.velocity = Velocity::new(velocity)?;
                (note.continues, note.continued) = (flags & 1 == 1, flags & 2 == 2);
                voice.push(note);
            }
            measure.set(VoiceId::new(index)?, &voice);
        }
        measures.push(measure);
    }
    Some(measures)
}

fn take<'a, const N: usize>(bytes: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (first, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(first)
}
