//! What an RMVAE promises: shapes, numbers, predictions, band files.

mod band_files;
mod common;
#[cfg(feature = "train")]
mod cost;
#[path = "../reference/numbers.rs"]
mod numbers;
mod playing;
mod reference;
mod shapes;
