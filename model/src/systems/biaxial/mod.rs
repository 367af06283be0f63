//! The biaxial LSTM: polyphonic music as a grid of sixteenths and pitches, with one LSTM along each axis.
//!
//! ```text
//! pitch 101 ┌──────────────┐      ┌─► played? struck?
//!     …     │  along time, │  ─►  │   along the pitches,
//! pitch  24 │  each pitch  │      │   from low to high
//!           └──────────────┘      └─► played? struck?
//! ```
//!
//! The time axis is shared by all pitches, so that what it learns of one key it knows of all; the note axis sees what was
//! chosen for the pitch below. [`encoding`] is what the net reads, [`BiaxialNet`] the net in training, [`Axes`] the same
//! at play, [`sharing`] says which voice plays which of its notes, and [`BiaxialPredictor`] plays.
//!
//! # Source
//! Johnson 2015, "Composing Music With Recurrent Neural Networks", and his program `biaxial-rnn-music-composition`. The
//! differences: notes outside its range are folded in by octaves instead of dropped; the LSTMs' forget gates start open
//! and the weights of the pitch's own number small; pieces are brought to C major or A minor.

mod axes;
mod config;
pub mod encoding;
pub mod loss;
mod net;
mod predictor;
pub mod sharing;
mod system;
mod trained;

pub use axes::{Axes, TimeState};
pub use config::BiaxialConfig;
pub use net::BiaxialNet;
pub use predictor::BiaxialPredictor;
pub use trained::TrainedBiaxial;
