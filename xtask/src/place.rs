//! Where things are: the workspace, and the folder that cargo builds into.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

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

/// An empty folder of its own among the system's temporary files; it goes, with all that is in it, when this does.
#[derive(Debug)]
pub(crate) struct Temporary(PathBuf);

impl Temporary {
    /// # Errors
    /// If it cannot be made.
    pub(crate) fn new(what: &str) -> anyhow::Result<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("band-player-{what}-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder).with_context(|| format!("could not make {}", folder.display()))?;
        Ok(Self(folder))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("{} could not be removed: {error}", self.0.display());
        }
    }
}
