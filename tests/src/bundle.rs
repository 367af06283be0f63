//! Where the plugin's bundle lies on disk.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// The file or folder that `cargo xtask bundle` makes.
const NAME: &str = "Band Player.clap";

/// The folder that cargo built this program into.
///
/// # Errors
/// If the operating system does not say where this program is.
pub fn target() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe().context("where does this program lie?")?;
    // target/release/jam, and target/release/deps/loop-0123 for a test.
    let profile = program.ancestors().skip(1).find(|folder| !folder.ends_with("deps"));
    Ok(profile.and_then(Path::parent).context("this program was not built by cargo")?.to_owned())
}

/// The bundle that `cargo xtask bundle` made.
///
/// # Errors
/// If there is none yet: says how to make it.
pub fn find() -> anyhow::Result<PathBuf> {
    let bundle = target()?.join("bundled").join(NAME);
    if !bundle.exists() {
        bail!("there is no {}: make it with `cargo xtask bundle`", bundle.display());
    }
    Ok(bundle)
}

/// The library within a CLAP bundle: the bundle itself, but on macOS, where it is a folder.
#[must_use]
pub fn library(bundle: &Path) -> PathBuf {
    match bundle.file_stem() {
        Some(name) if bundle.is_dir() => bundle.join("Contents/MacOS").join(name),
        _ => bundle.to_owned(),
    }
}

/// The plugin that does nothing, as cargo built it.
///
/// # Errors
/// If it was not built yet: says how.
pub fn empty_plugin() -> anyhow::Result<PathBuf> {
    use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
    let library = target()?.join("release").join(format!("{DLL_PREFIX}empty_plugin{DLL_SUFFIX}"));
    if !library.exists() {
        bail!("there is no {}: build it with `cargo build --release --package empty-plugin`", library.display());
    }
    Ok(library)
}
