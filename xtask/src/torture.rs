//! `cargo xtask torture`: random scripts of all that a host may do, through both bundles.

use std::ffi::OsString;

use crate::{Outcome, bundle, cargo};

/// Bundles the plugin if it changed, then runs the scripts with these arguments.
pub(crate) fn run(arguments: &[OsString]) -> Outcome {
    bundle::make()?;
    cargo::hand_over(&cargo::build("tests", "torture", &[])?, arguments)
}
