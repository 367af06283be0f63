//! The layers that several nets share, and their weights as named numbers.

pub mod arithmetic;
mod lstm;
pub mod rows;
mod weights;

pub use lstm::{Lstm, LstmState};
pub use weights::{NamedTensor, WeightsError, get_weights, set_weights};
