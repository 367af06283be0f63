//! `cargo xtask play`: Band Player as a program, to jam now.

use std::ffi::OsString;
use std::process::Command;

use crate::{Outcome, bundle, cargo, standalone};

/// Builds the program, puts it beside the bundles, and starts it with these arguments.
pub(crate) fn run(arguments: &[OsString]) -> Outcome {
    let program = standalone::build()?;
    let program = bundle::beside(&program)?;
    println!("{}: play on your MIDI keyboard, or on A S D F G H J K in its window.", program.display());
    cargo::hand_over(Command::new(program).args(arguments))
}
