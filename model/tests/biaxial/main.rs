//! The biaxial LSTM: its numbers are PyTorch's, and it plays as a band must.

mod playing;
#[cfg(feature = "train")]
mod reference;
#[cfg(feature = "train")]
mod training;
