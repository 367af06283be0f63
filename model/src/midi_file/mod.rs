//! Standard MIDI files: music cut into measures, and back.
//!
//! - [`Song`] is the music: tempo and meter maps, and tracks of measures.
//! - [`MidiFile`] is a file that was read, with all that stands in it: the music, what had to be bent to read it
//!   ([`Warning`]), what the tracks play just as it stands there, and the file with voices written anew. The path is
//!   bytes → chunks → events → notes in ticks → notes in steps → measures; [`Song::read`] goes it too.
//! - [`save`](Song::save) goes the other way: one named track per voice after a track with tempo
//!   and meter.
//! - [`ReadError`] and [`WriteError`] name the file, the place and what can be done.

mod anew;
mod asides;
pub mod band_song;
mod chunks;
mod clock;
mod drums;
mod edit;
mod error;
mod events;
mod file;
mod grid;
mod guess;
mod layout;
mod moved;
mod part;
mod perform;
mod performance;
mod pickup;
mod players;
mod read;
mod said;
mod song;
mod stretch;
#[cfg(feature = "train")]
mod strokes;
mod upbeat;
mod warning;
mod write;
mod writer;

#[cfg(test)]
mod tests;

pub use anew::NewVoice;
pub use drums::drum_track;
pub use edit::{Edited, Remark};
pub use error::{Place, Problem, ReadError, WriteError};
pub use file::MidiFile;
pub use layout::{LongNote, MeterChange, Span, lay_out};
pub use part::{PlayerPart, TrackError};
pub use performance::{Performance, PlayedNote};
pub use pickup::{NoPickup, Pickup};
pub use said::{Aside, Said};
pub use song::{Song, TempoChange, Track};
pub use stretch::Stretch;
pub use warning::{Oddity, Warning};
pub use writer::{MidiWriter, TickNote};

/// The channel of drums, counted from 0. Required by General MIDI.
const DRUMS: u8 = 9;

/// The largest file that is read, in bytes: a hundred times a long score. Chosen.
pub const MOST_MIDI_BYTES: u64 = 16 << 20;

/// The most notes that are read from one file. Chosen: it bounds what reading takes.
pub const MOST_SONG_NOTES: usize = 1 << 19;

/// The most measures that a song has: about five hours at 120 quarters a minute. Chosen.
pub const MOST_SONG_MEASURES: usize = 10_000;

/// The most measures of all tracks together: bounds the memory that a song takes to 100 MB. Chosen.
pub const MOST_CELLS: usize = 1 << 18;
