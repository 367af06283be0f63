//! Training of the systems of one voice.

mod melodies;
mod trainer;

pub use melodies::read_melodies;
pub use trainer::{EventEpoch, EventOptions, Optimizer, train_events};
