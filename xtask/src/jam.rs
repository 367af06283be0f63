//! `cargo xtask jam`: a tune played into the bundled plugin, and what the band made of it.

use std::ffi::OsString;

use crate::{Outcome, bundle, cargo};

/// Bundles the plugin if it changed, then runs the small host with these arguments.
pub(crate) fn run(arguments: &[OsString]) -> Outcome {
    cargo::hand_over(&bundle::make_with("jam")?, arguments)
}
