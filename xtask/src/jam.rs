//! `cargo xtask jam`: a tune played into the bundled plugin, and what the band made of it.

use std::ffi::OsString;
use std::process::Command;

use crate::{Outcome, bundle, cargo};

/// Tells the small host in which folders bundles lie (`tests/src/bundle.rs`).
pub(crate) const BUNDLES: &str = "BAND_PLAYER_BUNDLES";

/// Bundles the plugin if it changed, then runs the small host with these arguments. Who never bundled it, and so
/// waits for every crate, hears the plugin without its window.
pub(crate) fn run(arguments: &[OsString]) -> Outcome {
    if bundle::made_before()? {
        return cargo::hand_over(Command::new(bundle::make_with("jam")?).args(arguments));
    }
    let (program, bundles) = bundle::make_windowless_with("jam")?;
    cargo::hand_over(Command::new(program).args(arguments).env(BUNDLES, bundles))
}
