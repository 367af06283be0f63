//! Training: windows cut from pieces, the loss, and the loop over epochs. Never in the plugin.

mod average;
pub mod biaxial;
mod checkpoint;
mod clip;
mod course;
pub mod devices;
mod event_trainer;
pub mod exam;
mod library;
pub mod melodies;
pub mod objective;
pub mod pieces;
mod prepared;
mod trainer;
pub mod windows;

pub use checkpoint::CheckpointError;
pub use course::{Desk, News, TrainError};
pub use devices::device;
pub use event_trainer::{EventEpoch, EventOptions, Optimizer, train_events};
pub use library::{Library, LibraryError};
pub use melodies::read_melodies;
pub use objective::LossWeights;
pub use pieces::{Piece, PiecesError, read_pieces};
pub use prepared::{Prepared, PreparedError, Preparing};
pub use trainer::{Epoch, TrainOptions, train};
