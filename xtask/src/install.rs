//! `cargo xtask install`: the bundles into the user's own plugin folders.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;

use crate::{Outcome, bundle};

/// Bundles, and copies both bundles to where hosts look for a user's plugins.
pub(crate) fn run() -> Outcome {
    let bundles = bundle::make()?;
    let (clap, vst3) = folders()?;
    for (bundle, folder) in [(&bundles.clap, &clap), (&bundles.vst3, &vst3)] {
        let name = bundle.file_name().context("a bundle has a name")?;
        let to = folder.join(name);
        fs::create_dir_all(folder).with_context(|| format!("could not make {}", folder.display()))?;
        remove(&to)?;
        copy(bundle, &to)?;
        println!("Installed {}", to.display());
    }
    let more = data()?.join("bands");
    fs::create_dir_all(&more).with_context(|| format!("could not make {}", more.display()))?;
    for band in bundle::bands()? {
        copy(&band, &more.join(band.file_name().context("a band file has a name")?))?;
    }
    println!("Installed more bands in {}", more.display());
    println!("Let your host scan its plugins again; docs/routing.md says how to route MIDI there.");
    Ok(ExitCode::SUCCESS)
}

/// The user's CLAP and VST3 folders, as the two formats define them for each system.
fn folders() -> anyhow::Result<(PathBuf, PathBuf)> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from).with_context(|| format!("{name} is not set"));
    Ok(if cfg!(windows) {
        let common = variable("LOCALAPPDATA")?.join("Programs").join("Common");
        (common.join("CLAP"), common.join("VST3"))
    } else if cfg!(target_os = "macos") {
        let plugins = variable("HOME")?.join("Library/Audio/Plug-Ins");
        (plugins.join("CLAP"), plugins.join("VST3"))
    } else {
        let home = variable("HOME")?;
        (home.join(".clap"), home.join(".vst3"))
    })
}

/// Where the plugin looks for more bands (`plugin/src/folders.rs`).
fn data() -> anyhow::Result<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = std::env::home_dir();
    let data = if cfg!(windows) {
        variable("APPDATA")
    } else if cfg!(target_os = "macos") {
        home.map(|home| home.join("Library/Application Support"))
    } else {
        variable("XDG_DATA_HOME").or_else(|| home.map(|home| home.join(".local/share")))
    };
    Ok(data.context("the system does not say where a user's data lie")?.join("band-player"))
}

fn remove(path: &Path) -> anyhow::Result<()> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("could not replace {} (is a host using it?)", path.display()))
        }
        _ => Ok(()),
    }
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    if from.is_dir() {
        fs::create_dir_all(to).with_context(|| format!("could not make {}", to.display()))?;
        for entry in fs::read_dir(from).with_context(|| format!("could not read {}", from.display()))? {
            let entry = entry.with_context(|| format!("could not read {}", from.display()))?;
            copy(&entry.path(), &to.join(entry.file_name()))?;
        }
    } else {
        fs::copy(from, to).with_context(|| format!("could not write {}", to.display()))?;
    }
    Ok(())
}
