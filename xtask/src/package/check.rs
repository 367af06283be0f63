//! The archive, tried as a player would: unpacked elsewhere, installed, and played.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};

use super::{archive, contents, sums};
use crate::bundle::Bundles;
use crate::install::{self, Folders};
use crate::place::Temporary;
use crate::validate::{self, Times};

/// Unpacks an archive into a temporary folder, holds it against its checksums, installs it into temporary plugin
/// folders, and validates the bundles there. With `require`, what cannot be tried here is a fault.
///
/// # Errors
/// Says what is wrong with the archive, or what failed.
pub(super) fn try_out(archive: &Path, require: bool) -> anyhow::Result<()> {
    let place = Temporary::new("package")?;
    let folder = archive::unpack(archive, place.path())?;
    for path in contents::needed(&folder)? {
        ensure!(path.exists(), "{} lacks {}", archive.display(), path.strip_prefix(&folder)?.display());
    }
    sums::check(&folder).with_context(|| format!("{} is not whole", archive.display()))?;
    println!("{}: whole", archive.display());
    let program = folder.join("band-player").with_extension(std::env::consts::EXE_EXTENSION);
    if program.exists() {
        starts(&program)?;
        println!("the program starts");
    }
    let home = Temporary::new("home")?;
    let folders = Folders::within(home.path());
    install::put(&Bundles::within(&folder)?, &bands(&folder)?, &folders)?;
    validate::validate(Times { times: 1, rough: false, require }, Some(&folders))
}

/// The band files that a player would copy.
fn bands(folder: &Path) -> anyhow::Result<Vec<std::path::PathBuf>> {
    let bands = crate::bundle::bands_in(&folder.join(contents::BANDS))?;
    ensure!(!bands.is_empty(), "there is no band in {}", folder.display());
    Ok(bands)
}

/// A program that finds all its libraries tells its options.
fn starts(program: &Path) -> anyhow::Result<()> {
    let mut command = Command::new(program);
    command.arg("--help").stdin(Stdio::null());
    let output = command.output().with_context(|| format!("could not start {}", program.display()))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let fault = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success() && said.contains("--backend"),
        "{} --help does not tell its options: {}",
        program.display(),
        fault.trim()
    );
    Ok(())
}
