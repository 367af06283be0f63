//! What an RMVAE promises: shapes, numbers, predictions, band files.

mod band_files;
mod common;
#[cfg(feature = "train")]
mod cost;
#[cfg(feature = "train")]
#[path = "../reference/gradients.rs"]
mod gradients;
#[path = "../reference/numbers.rs"]
mod numbers;
mod playing;
mod reference;
mod shapes;
