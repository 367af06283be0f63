//! Training: windows cut from pieces, the loss, and the loop over epochs. Never in the plugin.

mod average;
pub mod biaxial;
mod checkpoint;
mod clip;
mod event_trainer;
pub mod exam;
pub mod melodies;
pub mod objective;
pub mod pieces;
mod trainer;
pub mod windows;

pub use checkpoint::CheckpointError;
pub use event_trainer::{EventEpoch, EventNews, EventOptions, Optimizer, train_events};
pub use melodies::read_melodies;
pub use objective::LossWeights;
pub use pieces::{Piece, PiecesError, read_pieces};
pub use trainer::{Epoch, Event, TrainError, TrainOptions, train};
