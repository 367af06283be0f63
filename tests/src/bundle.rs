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

/// Folders in which bundles lie, as in `PATH`, where they are not those of `cargo xtask bundle`.
const FOLDERS: &str = "BAND_PLAYER_BUNDLES";

/// The bundle of this format that `cargo xtask bundle` made; with `BAND_PLAYER_BUNDLES`, the one that lies in these
/// folders, and never another.
///
/// # Errors
/// If there is none: says how to make it, or where it was looked for.
pub fn find(format: Format) -> anyhow::Result<PathBuf> {
    match std::env::var_os(FOLDERS) {
        Some(folders) => find_in(std::env::split_paths(&folders), format)
            .with_context(|| format!("there is no {NAME}.{format} in {}", Path::new(&folders).display())),
        None => {
            let folder = target()?.join("bundled");
            find_in([folder.clone()], format).with_context(|| {
                format!("there is no {}: make it with `cargo xtask bundle`", called(&folder, format).display())
            })
        }
    }
}

fn find_in(folders: impl IntoIterator<Item = PathBuf>, format: Format) -> Option<PathBuf> {
    folders.into_iter().map(|folder| called(&folder, format)).find(|bundle| bundle.exists())
}

fn called(folder: &Path, format: Format) -> PathBuf {
    folder.join(format!("{NAME}.{format}"))
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
