//! Settings by name: those that ship, the user's own as files, two to compare, and the way back.
//!
//! 1. [`values`]: the musical parameters' values; what a preset sets, and what it leaves alone.
//! 2. [`mod@factory`]: the presets that ship, from `factory.json`.
//! 3. [`shelf`]: the user's own, a file each.
//! 4. [`compare`]: A and B; and undo.

pub mod compare;
pub mod factory;
pub mod shelf;
pub mod values;

pub use compare::{Compare, Side, Undo};
pub use factory::{Preset, factory};
pub use shelf::{PresetError, Shelf};
pub use values::Values;
