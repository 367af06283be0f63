//! Standard MIDI files: music cut into measures, and back.
//!
//! - [`Song`] is what a file holds: tempo and meter maps, and tracks of measures.
//! - [`read`](Song::read) follows the path bytes → events (through `midly`) → notes in ticks →
//!   notes in steps → measures.
//! - [`save`](Song::save) goes the other way: one named track per voice after a track with tempo
//!   and meter, through [`MidiWriter`], which writes whatever the project writes.
//! - [`ReadError`] and [`WriteError`] name the file, the place and what can be done.

pub mod band_song;
mod clock;
mod error;
mod events;
mod layout;
mod read;
mod song;
mod write;
mod writer;

#[cfg(test)]
mod tests;

pub use error::{Problem, ReadError, WriteError};
pub use layout::{LongNote, MeterChange, Span, lay_out};
pub use song::{Song, TempoChange, Track};
pub use writer::{MidiWriter, TickNote};

/// The largest file that is read, in bytes: a hundred times a long score. Chosen.
pub const MOST_MIDI_BYTES: u64 = 16 << 20;

/// The most notes that are read from one file. Chosen: it bounds what reading takes.
pub const MOST_SONG_NOTES: usize = 1 << 19;

/// The most measures that a song has: about five hours at 120 quarters a minute. Chosen.
pub const MOST_SONG_MEASURES: usize = 10_000;

/// The most measures of all tracks together: bounds the memory that a song takes to 100 MB. Chosen.
pub const MOST_CELLS: usize = 1 << 18;
