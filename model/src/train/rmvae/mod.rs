//! Training of the RMVAE.

pub mod likely;
pub mod objective;
mod trainer;
pub mod windows;

pub use objective::LossWeights;
pub use trainer::{RmvaeEpoch, TrainOptions, train};
