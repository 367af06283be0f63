//! What can be wrong with a file: which one, where, why, and what helps.

use std::io;
use std::path::PathBuf;

use super::{MOST_CELLS, MOST_MIDI_BYTES, MOST_SONG_MEASURES, MOST_SONG_NOTES};

/// A MIDI file could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", file.display())]
pub struct ReadError {
    /// Which file.
    pub file: PathBuf,
    /// What is wrong with it, and where.
    #[source]
    pub problem: Problem,
}

/// What is wrong with a MIDI file.
///
/// Tracks are counted from 1, as people count them; bytes and ticks from 0.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The file system refused.
    #[error("cannot be opened ({0}); check the path and the permissions")]
    Unreadable(#[source] io::Error),
    /// There is no byte in it.
    #[error("is empty; export it again")]
    Empty,
    /// It does not begin as a MIDI file does.
    #[error("is not a MIDI file: byte 0 should begin \"MThd\"; export the music as a Standard MIDI File")]
    NotMidi,
    /// It ends too early.
    #[error("is cut off at byte {byte} in {place}: {missing} more bytes were announced; copy or export it again")]
    Truncated {
        /// Where the file ends.
        byte: usize,
        /// What it ends in.
        place: Place,
        /// How many bytes are missing at least.
        missing: usize,
    },
    /// Whole tracks are missing at the end.
    #[error("is cut off at byte {byte}: it announces {announced} tracks and holds {found}; copy or export it again")]
    MissingTracks {
        /// Where the file ends.
        byte: usize,
        /// How many the header promises.
        announced: u16,
        /// How many there are.
        found: u16,
    },
    /// Format 2 holds separate patterns, which have no common time.
    #[error("is of format 2 (separate patterns, byte 8); export it as format 0 or 1")]
    SeparatePatterns,
    /// A format that no standard knows.
    #[error("is of format {0} (byte 8), which does not exist; export it as format 0 or 1")]
    UnknownFormat(u16),
    /// A quarter of no ticks.
    #[error("has a division of zero (byte 12), so that no note has a place in time; export it again")]
    ZeroDivision,
    /// A frame rate that SMPTE does not know.
    #[error(
        "counts {0} frames a second (byte 12), where only 24, 25, 29 and 30 exist; export it with ticks per quarter"
    )]
    UnknownFrameRate(u8),
    /// Bytes that are no event.
    #[error("holds bytes that are no MIDI event at byte {byte} in track {track}, tick {tick}; export it again")]
    BadEvent {
        /// Which track.
        track: usize,
        /// Where in the file.
        byte: usize,
        /// The time of the last good event.
        tick: u64,
    },
    /// More bytes than a score needs.
    #[error("has {0} bytes, more than the {MOST_MIDI_BYTES} that are read; divide it")]
    TooManyBytes(u64),
    /// More tracks than a header can announce.
    #[error("has more than 65535 tracks (reached at byte {byte}); divide it")]
    TooManyTracks {
        /// Where the first of too many begins.
        byte: usize,
    },
    /// More notes than a score needs.
    #[error("has more than {MOST_SONG_NOTES} notes (reached in track {track} at tick {tick}); divide it")]
    TooManyNotes {
        /// In which track the limit was reached.
        track: usize,
        /// And when.
        tick: u64,
    },
    /// It lasts too long.
    #[error(
        "lasts more than {MOST_SONG_MEASURES} measures (track {track} goes on to tick {tick}); remove the late events"
    )]
    TooLong {
        /// Which track lasts longest.
        track: usize,
        /// Until when.
        tick: u64,
    },
    /// Too many tracks for its length.
    #[error("has {tracks} tracks of {measures} measures, more than {MOST_CELLS} in all; divide it")]
    TooLarge {
        /// How many tracks.
        tracks: usize,
        /// How many measures each.
        measures: usize,
    },
}

/// A part of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The header chunk.
    Header,
    /// A track chunk, counted from 1.
    Track(usize),
    /// Between the chunks.
    ChunkHead,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Header => f.write_str("the header"),
            Self::Track(number) => write!(f, "track {number}"),
            Self::ChunkHead => f.write_str("the head of a chunk"),
        }
    }
}

/// A MIDI file could not be written. What stood there before is untouched.
#[derive(Debug, thiserror::Error)]
#[error("{}: cannot be written ({reason}); check the folder, its permissions and the space left", file.display())]
pub struct WriteError {
    /// Which file.
    pub file: PathBuf,
    /// Why.
    #[source]
    pub reason: io::Error,
}
