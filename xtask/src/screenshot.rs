//! `cargo xtask screenshot`: pictures of the editor, drawn without a window.

use std::ffi::OsString;
use std::process::Command;

use crate::{Outcome, cargo, place};

/// Builds the program that draws, and runs it; the pictures go to `target/screenshots`.
pub(crate) fn run(arguments: &[OsString]) -> Outcome {
    let mut arguments = arguments.to_vec();
    if !arguments.iter().any(|argument| argument == "--out") {
        arguments.extend(["--out".into(), place::target()?.join("screenshots").into()]);
    }
    cargo::hand_over(Command::new(cargo::build("tests", "screenshot", &[])?).args(arguments))
}
