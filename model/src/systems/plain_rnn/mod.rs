//! The plain RNN: one layer of 50 tanh units over notes (Elman 1990, "Finding structure in time").
//!
//! It reads the keys of a melody's notes, one after another, and says which comes next: s_t = tanh(U x_t + W s_{t−1}),
//! o_t = softmax(V s_t). It knows nothing of rhythm; a band lends it the user's.

mod config;
mod net;
mod player;
mod system;

pub use config::{CLASSES, END, PIANO, PlainRnnConfig, START};
pub use net::PlainRnn;
pub use player::PlainRnnModel;
