//! The take: what was heard and played, always recorded, to be saved as a MIDI file or drawn as sound.
//!
//! ```text
//! audio thread                    worker, or whoever asks
//!   TakeRecorder ──── ring ────────▶  Take (the last measures) ──▶ a MIDI file
//!   (drops and counts             (behind TakeHandle)      ──▶ the host's project
//!    when it is full)
//! ```
//!
//! 1. [`event`]: what the audio thread says, with the sample at which it happened.
//! 2. [`recorder`]: its end of the ring, and the port through which it overhears the band.
//! 3. [`record`]: the events as measures and notes, in ticks; bounded. `pieces`: what they are;
//!    `reading`: how they are read.
//! 4. [`file`](self): a take as a MIDI file, one track a voice. `saved`: as text, small enough for
//!    the host's project. `sound`: as a WAV file.
//! 5. [`handle`]: what other threads may do with it.

pub mod event;
mod file;
pub mod handle;
mod pieces;
mod reading;
pub mod record;
pub mod recorder;
mod saved;
mod sound;
#[cfg(test)]
mod tests;

pub use file::Timing;
pub use handle::{SaveError, TakeHandle};
pub use record::Take;
pub use recorder::{TakeRecorder, Tapped};
pub use sound::{Placed, Seating};
