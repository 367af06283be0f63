//! What the systems of one voice promise: the numbers of PyTorch, a net that plays as it learnt, a voice of a band.

use std::sync::{Mutex, MutexGuard, PoisonError};

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

/// What a device draws (first weights, what is dropped) comes from one generator of the whole process: who draws does so
/// while nobody else does, or a training would not go on as it would have.
fn draws() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}
