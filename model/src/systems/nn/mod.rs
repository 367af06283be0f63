//! The layers that several nets share, and their weights as named numbers.

pub mod arithmetic;
mod lstm;
pub mod rows;
mod split;
mod weights;

pub use lstm::{Direction, Lstm, LstmState};
pub use split::split;
pub(crate) use weights::numbers;
pub use weights::{NamedTensor, WeightsError, are_storable, get_weights, numbers_in, set_weights};
