//! The biaxial LSTM: its numbers are PyTorch's, and it plays as a band must.

#[cfg(feature = "train")]
#[path = "../reference/gradients.rs"]
mod gradients;
#[cfg(feature = "train")]
#[expect(dead_code, reason = "what other systems' tests need")]
#[path = "../reference/numbers.rs"]
mod numbers;
mod playing;
#[cfg(feature = "train")]
mod reference;
#[cfg(feature = "train")]
mod training;
