//! `cargo xtask jam`: a tune played into the bundled plugin, and what the band made of it.

use std::ffi::OsString;

use crate::{Outcome, bundle, cargo};

/// Bundles the plugin if it changed, then runs the small host with these arguments.
pub(crate) fn run(arguments: &[OsString]) -> Outcome {
    bundle::make()?;
    cargo::hand_over(&cargo::build("tests", "jam", &[])?, arguments)
}
