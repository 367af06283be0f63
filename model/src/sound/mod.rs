//! Sounds: the instruments that are inside, so that a band is heard without any other program.
//!
//! - [`Instrument`] is what a part may play: keys, a pad, plucked and bowed strings, a choir, basses, a drum kit, a click.
//!   All of them are worked out from numbers, none is a recording.
//! - [`Synth`] plays a band and its player, a part each. Notes and controllers go in between two samples, stereo comes out.
//! - [`PartEvent`] is what a part is told.
//!
//! The same events between the same samples give the same samples, however they are cut into blocks: whatever changes
//! slowly changes on a grid of the synthesiser's own (`Pulse`), and all else sample by sample.
//!
//! ```text
//! part 1  voices ─► level, pan ─┬─► sum ───────┬─► level ─► limiter ─► left, right
//! part 2  voices ─► level, pan ─┤              │
//!   …                           └─► room ──────┘
//! ```

mod bank;
mod instrument;
mod kit;
mod limiter;
mod noise;
mod part;
mod pulse;
mod room;
mod stroke;
mod synth;
mod timbre;
mod timbres;
mod tone;
mod voice;
mod voices;

#[cfg(test)]
mod tests;

pub use instrument::Instrument;
pub use part::PartEvent;
pub use synth::{PARTS, Synth};
