//! `cargo xtask accompany`: a band to many files, without host or picture.

use std::ffi::OsString;
use std::process::Command;

use crate::{Outcome, cargo};

/// Runs `bandplayer accompany` with these arguments.
pub(crate) fn run(arguments: &[OsString]) -> Outcome {
    let program = cargo::build("model", "bandplayer", &["cli"])?;
    let arguments: Vec<_> = std::iter::once("accompany".into()).chain(arguments.iter().cloned()).collect();
    cargo::hand_over(Command::new(program).args(arguments))
}
