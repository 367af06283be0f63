//! `cargo xtask roll`: MIDI files as pictures.

use std::ffi::OsString;
use std::process::Command;

use crate::{Outcome, cargo};

/// Builds the program that draws, and runs it with these arguments.
pub(crate) fn run(arguments: &[OsString]) -> Outcome {
    cargo::hand_over(Command::new(cargo::build("tests", "roll", &[])?).args(arguments))
}
