//! `cargo xtask install`: the bundles into the user's own plugin folders.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use etcetera::BaseStrategy;
use etcetera::base_strategy::choose_native_strategy;

use crate::Outcome;
use crate::bundle::{self, Bundles};

/// Where bundles and bands go.
#[derive(Debug)]
pub(crate) struct Folders {
    /// The user's CLAP plugins.
    pub(crate) clap: PathBuf,
    /// The user's VST3 plugins.
    pub(crate) vst3: PathBuf,
    /// Where the plugin looks for more bands.
    pub(crate) bands: PathBuf,
}

impl Folders {
    /// The user's own.
    ///
    /// # Errors
    /// If the system does not say where they are.
    fn of_user() -> anyhow::Result<Self> {
        let [clap, vst3] = plugins()?;
        Ok(Self { clap, vst3, bands: data()?.join("bands") })
    }

    /// Such folders in this one.
    pub(crate) fn within(folder: &Path) -> Self {
        Self { clap: folder.join("clap"), vst3: folder.join("vst3"), bands: folder.join("bands") }
    }
}

/// Bundles, and copies both bundles to where hosts look for a user's plugins.
pub(crate) fn run() -> Outcome {
    put(&bundle::make()?, &bundle::bands()?, &Folders::of_user()?)?;
    println!("Let your host scan its plugins again; docs/routing.md says how to route MIDI there.");
    Ok(ExitCode::SUCCESS)
}

/// Copies bundles and bands into these folders. A bundle that is there is replaced.
///
/// # Errors
/// Names what could not be made, replaced or written.
pub(crate) fn put(bundles: &Bundles, bands: &[PathBuf], folders: &Folders) -> anyhow::Result<()> {
    for (bundle, folder) in [(&bundles.clap, &folders.clap), (&bundles.vst3, &folders.vst3)] {
        let to = folder.join(bundle.file_name().context("a bundle has a name")?);
        remove(&to)?;
        copy(bundle, &to)?;
        println!("Installed {}", to.display());
    }
    for band in bands {
        copy(band, &folders.bands.join(band.file_name().context("a band file has a name")?))?;
    }
    println!("Installed more bands in {}", folders.bands.display());
    Ok(())
}

/// The user's CLAP and VST3 folders, as the two formats define them for each system.
fn plugins() -> anyhow::Result<[PathBuf; 2]> {
    let system = system()?;
    Ok(if cfg!(windows) {
        // What Windows calls local, and this library the place of caches.
        windows(&system.cache_dir())
    } else if cfg!(target_os = "macos") {
        macos(system.home_dir())
    } else {
        linux(system.home_dir())
    })
}

fn windows(local: &Path) -> [PathBuf; 2] {
    ["CLAP", "VST3"].map(|format| local.join("Programs").join("Common").join(format))
}

fn macos(home: &Path) -> [PathBuf; 2] {
    ["CLAP", "VST3"].map(|format| home.join("Library/Audio/Plug-Ins").join(format))
}

fn linux(home: &Path) -> [PathBuf; 2] {
    [".clap", ".vst3"].map(|format| home.join(format))
}

/// Where the plugin looks for more bands (`plugin/src/folders.rs`).
fn data() -> anyhow::Result<PathBuf> {
    Ok(system()?.data_dir().join("band-player"))
}

fn system() -> anyhow::Result<impl BaseStrategy> {
    choose_native_strategy().context("the system does not say where the user's home is")
}

/// Removes a file or a folder with all that is in it, if there is one.
///
/// # Errors
/// If it cannot be removed.
pub(crate) fn remove(path: &Path) -> anyhow::Result<()> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("could not replace {} (is a host using it?)", path.display()))
        }
        _ => Ok(()),
    }
}

/// Copies a file, or a folder with all that is in it; makes the folders on the way.
///
/// # Errors
/// Names what could not be made, read or written.
pub(crate) fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    if from.is_dir() {
        fs::create_dir_all(to).with_context(|| format!("could not make {}", to.display()))?;
        for entry in fs::read_dir(from).with_context(|| format!("could not read {}", from.display()))? {
            let entry = entry.with_context(|| format!("could not read {}", from.display()))?;
            copy(&entry.path(), &to.join(entry.file_name()))?;
        }
    } else {
        let folder = to.parent().context("a file lies in a folder")?;
        fs::create_dir_all(folder).with_context(|| format!("could not make {}", folder.display()))?;
        fs::copy(from, to).with_context(|| format!("could not copy {} to {}", from.display(), to.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_system_has_its_folders_for_a_users_plugins() {
        let check = |found: [PathBuf; 2], expected: [&str; 2]| assert_eq!(found, expected.map(PathBuf::from));
        let home = Path::new("/home/ada");
        check(linux(home), ["/home/ada/.clap", "/home/ada/.vst3"]);
        check(macos(home), ["/home/ada/Library/Audio/Plug-Ins/CLAP", "/home/ada/Library/Audio/Plug-Ins/VST3"]);
        check(windows(Path::new("/local")), ["/local/Programs/Common/CLAP", "/local/Programs/Common/VST3"]);
    }
}
