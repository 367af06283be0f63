//! The Melody LSTM: one layer of 256 units over a melody written in symbols (Velardo 2020, "Generating
//! melodies with RNN-LSTM").
//!
//! A symbol stands for each sixteenth: a key starts a note, `_` holds what goes on, `r` starts a rest; 64 `/` stand
//! between songs. It reads windows of 64 symbols.

mod config;
mod net;
mod player;
mod system;

pub use config::{FIVE_OCTAVES, HOLD, MelodyLstmConfig, REST, SLASH, SYMBOLS, WINDOW, symbols};
pub use net::MelodyLstm;
pub use player::MelodyLstmModel;
