//! Where things are: the workspace, and the folder that cargo builds into.

use std::path::{Path, PathBuf};

use anyhow::Context;

/// The workspace's root: `cargo run` says where this package lies now.
///
/// # Errors
/// If this program was started without cargo.
pub(crate) fn root() -> anyhow::Result<PathBuf> {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").context("start this with `cargo xtask`")?;
    Ok(Path::new(&package).parent().context("xtask does not lie in the workspace")?.to_owned())
}

/// The folder that cargo builds into. This program lies in one of its profiles' folders, so
/// `CARGO_TARGET_DIR` and every other way to choose it are honoured.
///
/// # Errors
/// If the operating system does not tell where this program is.
pub(crate) fn target() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe().context("where does this program lie?")?;
    let target = program.parent().and_then(Path::parent).context("xtask was not started by cargo")?;
    Ok(target.to_owned())
}
