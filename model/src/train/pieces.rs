//! Training pieces: MIDI files as a band would hear them, brought to C major or A minor or not.

use std::path::{Path, PathBuf};

use crate::midi_file::band_song::{BandSong, Casting};
use crate::midi_file::{MidiFile, Song};
use crate::music::band::{BandMeasure, BandSpec};
use crate::music::tonality::Tonality;
use crate::train::remarks::FolderRemarks;

/// A piece: its measures, all voices.
#[derive(Clone, Debug)]
pub struct Piece {
    /// The file that it came from.
    pub source: PathBuf,
    /// Its measures. A voice that the file lacks is not present.
    pub measures: Vec<BandMeasure>,
}

/// Why pieces cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum PiecesError {
    /// A folder cannot be listed.
    #[error(
        "cannot list the folder {folder}: {error}; a set of music has the folders `train`, `valid` and `test`, with MIDI files in them"
    )]
    Folder {
        /// Which.
        folder: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// There is no MIDI file.
    #[error("there is no MIDI file in {}: put files there whose tracks are named {voices}", list(folders))]
    NoFile {
        /// Where.
        folders: Vec<PathBuf>,
        /// The names looked for.
        voices: String,
    },
    /// There is no piece with any of the band's voices.
    #[error(
        "no MIDI file in {} has a track named {voices}: name the tracks after the band's voices (left out: {left_out})",
        list(folders)
    )]
    Empty {
        /// Where.
        folders: Vec<PathBuf>,
        /// The names looked for.
        voices: String,
        /// Why the first file was left out.
        left_out: String,
    },
    /// No line of the voice is long and rich enough.
    #[error(
        "in {} there is no melody of {voice} to learn from: of {measures} measures and {classes} different notes, say the \
         options extraction.least-measures and extraction.least-classes",
        list(folders)
    )]
    NoMelody {
        /// Where.
        folders: Vec<PathBuf>,
        /// Whose.
        voice: String,
        /// The fewest measures.
        measures: usize,
        /// The fewest pitch classes.
        classes: usize,
    },
}

impl PiecesError {
    /// Nothing was found in these folders for this band.
    #[must_use]
    pub fn nothing(folders: &[PathBuf], spec: &BandSpec, remarks: &FolderRemarks) -> Self {
        let voices: Vec<&str> = spec.voices.iter().map(|voice| voice.name.as_str()).collect();
        let (folders, voices) = (folders.to_vec(), voices.join(", "));
        match remarks.first_left_out() {
            Some(left_out) => Self::Empty { folders, voices, left_out: left_out.to_owned() },
            None => Self::NoFile { folders, voices },
        }
    }
}

/// Their paths, as they were given.
fn list(folders: &[PathBuf]) -> String {
    let paths: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
    paths.join(", ")
}

impl Piece {
    /// The song as this band would play it, brought to C major or A minor where `home_key`.
    #[must_use]
    pub fn from_song(source: &Path, song: &Song, spec: &BandSpec, home_key: bool) -> Self {
        let song = BandSong::new(song, spec);
        let shift = if home_key { Tonality::of(&song.chroma(song.present)).to_c() } else { 0 };
        Self { source: source.to_owned(), measures: song.transposed(shift).measures }
    }

    /// The piece as the rules that count read it.
    #[must_use]
    pub fn song(&self) -> BandSong {
        let present = self.measures.first().map(|measure| measure.present).unwrap_or_default();
        BandSong { measures: self.measures.clone(), present }
    }
}

/// The MIDI files of these folders, in the order of their names.
///
/// # Errors
/// [`PiecesError::Folder`] where one cannot be listed.
pub fn midi_files(folders: &[PathBuf]) -> Result<Vec<PathBuf>, PiecesError> {
    let mut files = Vec::new();
    for folder in folders {
        let failed = |error| PiecesError::Folder { folder: folder.clone(), error };
        for entry in std::fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("").to_ascii_lowercase();
            if ["mid", "midi", "rmi", "kar"].contains(&extension.as_str()) {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Reads the pieces of these folders, each brought to C major or A minor where `home_key`. Files that cannot be read, or
/// that lack every voice of the band, are left out; the second result names them, each with the reason, and says what had
/// to be bent to read the others.
///
/// # Errors
/// [`PiecesError`] where a folder cannot be listed or nothing is left.
pub fn read_pieces(
    folders: &[PathBuf],
    spec: &BandSpec,
    home_key: bool,
) -> Result<(Vec<Piece>, FolderRemarks), PiecesError> {
    let (mut pieces, mut remarks) = (Vec::new(), FolderRemarks::default());
    for path in midi_files(folders)? {
        match MidiFile::open(&path) {
            Ok(file) => {
                let piece = Piece::from_song(&path, file.song(), spec, home_key);
                if piece.measures.iter().any(|measure| !measure.is_silent(spec.all())) {
                    remarks.read(&path, &file, &Casting::of(file.song(), spec));
                    pieces.push(piece);
                } else {
                    remarks.leave_out(format_args!("{}: no track is named after a voice of the band", path.display()));
                }
            }
            Err(error) => remarks.leave_out(error),
        }
    }
    if pieces.is_empty() {
        return Err(PiecesError::nothing(folders, spec, &remarks));
    }
    Ok((pieces, remarks))
}
