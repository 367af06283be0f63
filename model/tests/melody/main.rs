//! What the systems of one voice promise: the numbers of PyTorch, a net that plays as it learnt, a voice of a band.

mod band_files;
#[cfg(feature = "train")]
#[path = "../reference/gradients.rs"]
mod gradients;
mod nets;
#[path = "../reference/numbers.rs"]
mod numbers;
mod playing;
#[cfg(feature = "train")]
mod training;
