//! Where the plugin's bundle lies on disk.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::host::Format;

/// The name of the files or folders that `cargo xtask bundle` makes.
const NAME: &str = "Band Player";

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

/// The bundle of this format that `cargo xtask bundle` made.
///
/// # Errors
/// If there is none yet: says how to make it.
pub fn find(format: Format) -> anyhow::Result<PathBuf> {
    let bundle = target()?.join("bundled").join(format!("{NAME}.{format}"));
    if !bundle.exists() {
        bail!("there is no {}: make it with `cargo xtask bundle`", bundle.display());
    }
    Ok(bundle)
}

/// The library within a bundle: the bundle itself, unless it is a folder.
#[must_use]
pub fn library(bundle: &Path) -> PathBuf {
    use std::env::consts::{ARCH, OS};
    let Some(name) = bundle.file_stem().filter(|_| bundle.is_dir()) else { return bundle.to_owned() };
    let (folder, ending) = match OS {
        "macos" => ("MacOS".to_owned(), ""),
        "windows" => (format!("{ARCH}-win"), ".vst3"),
        _ => (format!("{ARCH}-{OS}"), ".so"),
    };
    let mut file = name.to_owned();
    file.push(ending);
    bundle.join("Contents").join(folder).join(file)
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
