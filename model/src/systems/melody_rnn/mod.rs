//! Melody RNN: basic, mono, lookback and attention (Magenta 2016).
//!
//! An LSTM of two layers reads an event per sixteenth and says what the next one is. The forms differ in what they are
//! told ([`encoding`]): the last event alone; or also what followed one and two measures ago, the place in the measure,
//! and whether the melody repeats itself; the attention form hears keys too, and looks back at its last 40 outputs.

mod clock;
pub mod config;
pub mod encoding;
mod form;
mod keys;
mod net;
mod player;
mod system;

pub use config::MelodyRnnConfig;
pub use encoding::Encoding;
pub use form::MelodyRnnForm;
pub use net::MelodyRnn;
pub use player::MelodyRnnModel;
