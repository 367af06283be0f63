//! Pieces to train on, in memory or in prepared files that are read piece by piece.

use std::path::{Path, PathBuf};

use crate::music::band::{BandMeasure, BandSpec};
use crate::train::pieces::{Piece, PiecesError, read_pieces};
use crate::train::prepared::{Prepared, PreparedError};
use crate::train::remarks::FolderRemarks;

/// Pieces in a fixed order. What is in prepared files stays there until it is asked for, so that the memory taken does
/// not grow with the music but for a few bytes a piece.
#[derive(Debug)]
pub struct Library {
    shelves: Vec<Shelf>,
    places: Vec<Place>,
}

#[derive(Debug)]
enum Shelf {
    Memory(Vec<Piece>),
    File(Prepared),
}

#[derive(Clone, Copy, Debug)]
struct Place {
    shelf: usize,
    piece: usize,
    measures: usize,
}

/// Why a library cannot be opened or read.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// A folder has no pieces.
    #[error(transparent)]
    Pieces(#[from] PiecesError),
    /// A prepared file cannot be read.
    #[error(transparent)]
    Prepared(#[from] PreparedError),
    /// A prepared file's pieces have left their keys.
    #[error("{0}: its pieces were brought to C major and A minor; a band that keeps the key needs the folders")]
    HomeKeys(PathBuf),
}

impl Library {
    /// These pieces.
    #[must_use]
    pub fn of(pieces: Vec<Piece>) -> Self {
        let mut library = Self { shelves: Vec::new(), places: Vec::new() };
        library.add(Shelf::Memory(pieces));
        library
    }

    /// A split (`train`, `valid`, `test`) of these folders and prepared files. The folders' pieces come first, in the
    /// order of their paths, then the files'. The second result names what was left out. Pieces are in C major or A minor
    /// where `home_key`; prepared ones always are.
    ///
    /// # Errors
    /// [`LibraryError`].
    pub fn open(
        paths: &[PathBuf],
        split: &str,
        spec: &BandSpec,
        home_key: bool,
    ) -> Result<(Self, FolderRemarks), LibraryError> {
        let (files, folders): (Vec<PathBuf>, Vec<PathBuf>) = paths.iter().cloned().partition(|path| path.is_file());
        let (mut library, mut remarks) = (Self { shelves: Vec::new(), places: Vec::new() }, FolderRemarks::default());
        if !folders.is_empty() {
            let folders: Vec<PathBuf> = folders.iter().map(|folder| folder.join(split)).collect();
            let (pieces, found) = read_pieces(&folders, spec, home_key)?;
            library.add(Shelf::Memory(pieces));
            remarks = found;
        }
        for file in files {
            if !home_key {
                return Err(LibraryError::HomeKeys(file));
            }
            library.add(Shelf::File(Prepared::open(Path::new(&file), split, spec)?));
        }
        Ok((library, remarks))
    }

    fn add(&mut self, shelf: Shelf) {
        let number = self.shelves.len();
        let lengths: Vec<usize> = match &shelf {
            Shelf::Memory(pieces) => pieces.iter().map(|piece| piece.measures.len()).collect(),
            Shelf::File(file) => file.lengths().collect(),
        };
        let place = |(piece, measures)| Place { shelf: number, piece, measures };
        self.places.extend(lengths.into_iter().enumerate().map(place));
        self.shelves.push(shelf);
    }

    /// How many pieces it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Has it none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// How many measures each piece has.
    pub fn lengths(&self) -> impl ExactSizeIterator<Item = usize> + '_ {
        self.places.iter().map(|place| place.measures)
    }

    /// How many measures all pieces have.
    #[must_use]
    pub fn measures(&self) -> usize {
        self.lengths().sum()
    }

    /// At most `count` measures of a piece, from `start` on.
    ///
    /// # Errors
    /// [`LibraryError`] where its file cannot be read any more.
    pub fn window(&self, piece: usize, start: usize, count: usize) -> Result<Vec<BandMeasure>, LibraryError> {
        let Some(place) = self.places.get(piece) else { return Ok(Vec::new()) };
        let cut = |measures: &[BandMeasure]| measures.iter().skip(start).take(count).copied().collect();
        Ok(match &self.shelves[place.shelf] {
            Shelf::Memory(pieces) => cut(&pieces[place.piece].measures),
            Shelf::File(file) => cut(&file.read(place.piece)?),
        })
    }

    /// The pieces, one after another.
    pub fn iter(&self) -> impl Iterator<Item = Result<Piece, LibraryError>> + '_ {
        self.places.iter().map(|place| {
            Ok(match &self.shelves[place.shelf] {
                Shelf::Memory(pieces) => pieces[place.piece].clone(),
                Shelf::File(file) => Piece { source: file.path().to_owned(), measures: file.read(place.piece)? },
            })
        })
    }
}
