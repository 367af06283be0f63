//! What an RMVAE promises: shapes, numbers, predictions, band files.

mod band_files;
mod common;
#[cfg(feature = "train")]
mod cost;
mod playing;
mod reference;
mod shapes;
