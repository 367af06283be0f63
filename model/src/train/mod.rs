//! Training: windows cut from pieces, the loss, and the loop over epochs. Never in the plugin.

mod ahead;
mod average;
pub mod biaxial;
mod checkpoint;
pub mod chord_exam;
mod clip;
mod course;
pub mod devices;
pub mod drummer;
pub mod exam;
pub mod harmony;
mod library;
mod limits;
pub mod loop_exam;
pub mod melody;
mod neighbours;
pub mod pieces;
mod prepared;
mod remarks;
pub mod rmvae;
pub mod texture_exam;

pub use checkpoint::{CheckpointError, is_begun};
pub use course::{News, TrainError, Workbench};
pub use devices::device;
pub use library::{Library, LibraryError};
pub use melody::read_melodies;
pub use melody::{EventEpoch, EventOptions, Optimizer, train_events};
pub use pieces::{Piece, PiecesError, read_pieces};
pub use prepared::{Prepared, PreparedError, Preparing};
pub use remarks::FolderRemarks;
pub use rmvae::{LossWeights, RmvaeEpoch, TrainOptions, train};
