//! `cargo xtask torture`: random scripts of all that a host may do, through both bundles.

use std::ffi::OsString;
use std::process::Command;

use crate::{Outcome, bundle, cargo};

/// Bundles the plugin if it changed, then runs the scripts with these arguments.
pub(crate) fn run(arguments: &[OsString]) -> Outcome {
    cargo::hand_over(Command::new(bundle::make_with("torture")?).args(arguments))
}
