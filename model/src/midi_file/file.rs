//! A MIDI file as it is: its bytes, and the music in them.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::MOST_MIDI_BYTES;
use super::chunks::{ChunkKind, Chunks};
use super::clock::Clock;
use super::error::{Problem, ReadError};
use super::pickup::Pickup;
use super::players::RawNote;
use super::read::{self, Lane, Reading};
use super::song::Song;
use super::warning::{Warning, Warnings};

/// A file that was read: the music as measures, and all that stands in the file.
///
/// # Examples
/// ```
/// use model::midi_file::MidiFile;
/// use model::{TimeSignature, midi_file::Song};
///
/// let mut bytes = Song::steady(TimeSignature::FOUR_FOUR, 120.0, 2).unwrap().to_bytes();
/// bytes[11] = 3; // The header announces three tracks, where there is one.
/// let file = MidiFile::parse(bytes).unwrap();
/// let said = file.warnings()[0].to_string();
/// assert_eq!(said, "2 tracks fewer than the header announces: read what is there (byte 10)");
/// ```
#[derive(Clone, Debug)]
pub struct MidiFile {
    bytes: Vec<u8>,
    chunks: Chunks,
    song: Song,
    /// The song's tracks' tracks of the file, counted from 1.
    origins: Vec<usize>,
    /// Of the song's tracks what is played, in ticks of the song.
    notes: Vec<Vec<RawNote>>,
    /// (tick, microseconds per quarter), in order.
    tempos: Vec<(u64, u32)>,
    warnings: Vec<Warning>,
}

impl MidiFile {
    /// Reads a file.
    ///
    /// # Errors
    /// As [`Song::read`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, ReadError> {
        Self::open_after(path, None)
    }

    /// Reads a file that begins with an upbeat of which its time signatures do not tell.
    ///
    /// # Errors
    /// As [`Song::read`].
    pub fn open_after(path: impl AsRef<Path>, pickup: Option<Pickup>) -> Result<Self, ReadError> {
        let path = path.as_ref();
        load(path)
            .and_then(|bytes| Self::parse_after(bytes, pickup))
            .map_err(|problem| ReadError { file: path.into(), problem })
    }

    /// Reads a file's bytes.
    ///
    /// # Errors
    /// The [`Problem`] and where it is.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, Problem> {
        Self::parse_after(bytes, None)
    }

    /// Reads the bytes of a file as [`MidiFile::open_after`] does.
    ///
    /// # Errors
    /// The [`Problem`] and where it is.
    pub fn parse_after(bytes: Vec<u8>, pickup: Option<Pickup>) -> Result<Self, Problem> {
        if bytes.len() as u64 > MOST_MIDI_BYTES {
            return Err(Problem::TooManyBytes(bytes.len() as u64));
        }
        let mut warnings = Warnings::default();
        let chunks = Chunks::find(&bytes, &mut warnings)?;
        let Reading { song, origins, notes, tempos } =
            read::read(&lanes(&bytes, &chunks), chunks.division, pickup, &mut warnings)?;
        Ok(Self { bytes, chunks, song, origins, notes, tempos, warnings: warnings.into_list() })
    }

    /// The music.
    #[must_use]
    pub const fn song(&self) -> &Song {
        &self.song
    }

    /// The music alone.
    #[must_use]
    pub fn into_song(self) -> Song {
        self.song
    }

    /// What had to be bent to read it: one of each kind.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// What a track of the song plays, in ticks of the song.
    pub(super) fn notes(&self, track: usize) -> &[RawNote] {
        self.notes.get(track).map_or(&[], Vec::as_slice)
    }

    /// How many notes a track of the song has in the file, also those that find no room in the measures.
    #[must_use]
    pub fn notes_of(&self, track: usize) -> usize {
        self.notes(track).len()
    }

    /// The tracks' bytes.
    pub(super) fn lanes(&self) -> Vec<Lane<'_>> {
        lanes(&self.bytes, &self.chunks)
    }

    /// The file's bytes, as they were read.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) const fn chunks(&self) -> &Chunks {
        &self.chunks
    }

    /// Does it lie in a wrapper, or behind bytes that are no MIDI file?
    pub(super) fn is_wrapped(&self) -> bool {
        !self.bytes.starts_with(b"MThd")
    }

    /// (tick of the file, microseconds per quarter), in order.
    #[cfg(feature = "train")]
    pub(super) fn tempos(&self) -> &[(u64, u32)] {
        &self.tempos
    }

    /// Its time: ticks, and what they are in the song.
    pub(super) fn clock(&self) -> Clock {
        Clock::new(self.chunks.division, &self.tempos)
    }

    /// In which track of the file, counted from 1, a track of the song stands: by its place in [`Song::tracks`].
    #[must_use]
    pub fn origin(&self, track: usize) -> Option<usize> {
        self.origins.get(track).copied()
    }
}

impl Song {
    /// Reads a MIDI file, as players do: what had to be bent is in the warnings of [`MidiFile::open`].
    ///
    /// Formats 0 and 1, any division. Notes go to the nearest sixteenth; a note up to half a step before a bar line
    /// belongs to the next measure. A stroke ends the earlier note of its key. The pedal (CC 64) lengthens the notes of
    /// its channel, in whatever track, to its release or the key's next stroke; notes without an end last as long as
    /// their track.
    ///
    /// # Errors
    /// [`ReadError`] names the file, the place in it and the reason. Reading is bounded
    /// (see the constants of [`crate::midi_file`]).
    pub fn read(path: impl AsRef<Path>) -> Result<Self, ReadError> {
        MidiFile::open(path).map(MidiFile::into_song)
    }

    /// Reads the bytes of a MIDI file, as [`Song::read`] does.
    ///
    /// # Errors
    /// The [`Problem`] and where it is.
    pub fn parse(bytes: &[u8]) -> Result<Self, Problem> {
        MidiFile::parse(bytes.to_vec()).map(MidiFile::into_song)
    }
}

/// The bytes of a file, if they are not too many.
fn load(path: &Path) -> Result<Vec<u8>, Problem> {
    let file = File::open(path).map_err(Problem::Unreadable)?;
    let size = file.metadata().map_err(Problem::Unreadable)?.len();
    if size > MOST_MIDI_BYTES {
        return Err(Problem::TooManyBytes(size));
    }
    let mut bytes = Vec::new();
    // A file may grow while it is read, and a pipe has no size.
    file.take(MOST_MIDI_BYTES + 1).read_to_end(&mut bytes).map_err(Problem::Unreadable)?;
    Ok(bytes)
}

/// The tracks' bytes.
fn lanes<'a>(bytes: &'a [u8], chunks: &Chunks) -> Vec<Lane<'a>> {
    let lane = |chunk: &super::chunks::ChunkAt| match chunk.kind {
        ChunkKind::Track(number) => Some(Lane { bytes: &bytes[chunk.from..chunk.to], at: chunk.from, number }),
        ChunkKind::Other(_) => None,
    };
    chunks.chunks.iter().filter_map(lane).collect()
}
