//! `cargo xtask bench`: the figures that a musician's computer cares about.

use std::ffi::OsString;
use std::process::ExitCode;

use crate::{Outcome, bundle, cargo};

/// Bundles the plugin, then runs the benchmarks with these arguments (criterion's: a filter …).
pub(crate) fn run(arguments: &[OsString]) -> Outcome {
    bundle::make()?;
    cargo::build_empty_plugin()?;
    let mut command = cargo::cargo(&["bench", "--package", "tests", "--bench", "figures", "--"])?;
    command.args(arguments);
    cargo::check(command)?;
    Ok(ExitCode::SUCCESS)
}
