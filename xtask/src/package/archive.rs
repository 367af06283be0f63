//! Packing a folder, and unpacking it elsewhere: with `tar`, which all three systems bring along.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail, ensure};

use super::sums;
use crate::cargo;

/// Windows opens these by itself; there, `tar` makes one if the name says so.
const ENDING: &str = if cfg!(windows) { "zip" } else { "tar.gz" };

/// Packs a folder into an archive beside it, and puts the archive's checksum beside that.
///
/// # Errors
/// If `tar` is missing or fails.
pub(super) fn pack(folder: &Path) -> anyhow::Result<PathBuf> {
    let (within, name) = folder.parent().zip(folder.file_name()).context("the folder has a name")?;
    let name = name.to_string_lossy();
    let archive = within.join(format!("{name}.{ENDING}"));
    let mut command = tar();
    command.arg(if cfg!(windows) { "-acf" } else { "-czf" }).arg(&archive).arg("-C").arg(within).arg(&*name);
    cargo::check(command)?;
    let sum = format!("{}  {name}.{ENDING}\n", sums::of_file(&archive)?);
    let beside = sum_file(&archive);
    fs::write(&beside, sum).with_context(|| format!("could not write {}", beside.display()))?;
    Ok(archive)
}

/// Unpacks an archive into an empty folder, and says which folder it held. Where its checksum lies beside it, it must
/// be that archive.
///
/// # Errors
/// If it is not whole, or is no archive.
pub(super) fn unpack(archive: &Path, into: &Path) -> anyhow::Result<PathBuf> {
    let archive = fs::canonicalize(archive).with_context(|| format!("there is no archive {}", archive.display()))?;
    if let Ok(sum) = fs::read_to_string(sum_file(&archive)) {
        let is = sum.split_whitespace().next() == Some(&sums::of_file(&archive)?);
        ensure!(is, "{} does not have the checksum that lies beside it", archive.display());
    }
    let mut command = tar();
    command.arg("-xf").arg(&archive).arg("-C").arg(into);
    let output = command.output().context("could not start `tar`")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{} cannot be unpacked, it is not whole: {}", archive.display(), said.trim());
    }
    let inside: Vec<_> = fs::read_dir(into)?.collect::<std::io::Result<_>>()?;
    match &inside[..] {
        [folder] if folder.path().is_dir() => Ok(folder.path()),
        others => bail!("{} should hold one folder, and holds {} things", archive.display(), others.len()),
    }
}

fn sum_file(archive: &Path) -> PathBuf {
    let mut name = archive.as_os_str().to_owned();
    name.push(".sha256");
    name.into()
}

fn tar() -> Command {
    // Windows' own, not one that a shell brings along, which takes `C:` for another computer.
    let own = std::env::var_os("SystemRoot").map(|root| Path::new(&root).join("System32").join("tar.exe"));
    Command::new(own.filter(|path| cfg!(windows) && path.exists()).unwrap_or_else(|| "tar".into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::Temporary;

    /// An archive of one small folder, and where it may be unpacked.
    fn packed() -> (Temporary, PathBuf, Temporary) {
        let place = Temporary::new("packed").expect("a folder");
        let folder = place.path().join("band-player-0");
        fs::create_dir(&folder).expect("a folder");
        // Nothing that packs small, so that half of the archive is half of this.
        let noise: Vec<u8> = (0u32..60_000).map(|x| (x.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        fs::write(folder.join("noise"), noise).expect("a file");
        let archive = pack(&folder).expect("an archive");
        (place, archive, Temporary::new("unpacked").expect("a folder"))
    }

    #[test]
    fn what_is_unpacked_is_what_was_packed() {
        let (place, archive, elsewhere) = packed();
        let folder = unpack(&archive, elsewhere.path()).expect("it is whole");
        assert_eq!(folder, elsewhere.path().join("band-player-0"));
        let read = |folder: &Path| fs::read(folder.join("noise")).expect("the file");
        assert_eq!(read(&folder), read(&place.path().join("band-player-0")));
    }

    #[test]
    fn an_archive_that_does_not_match_its_checksum_is_refused() {
        let (_place, archive, elsewhere) = packed();
        let mut bytes = fs::read(&archive).expect("the archive");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&archive, bytes).expect("a file");
        let error = unpack(&archive, elsewhere.path()).expect_err("one bit is wrong");
        assert!(error.to_string().contains("does not have the checksum"), "{error}");
    }

    #[test]
    fn an_archive_that_is_cut_off_is_refused_without_a_checksum_too() {
        let (_place, archive, elsewhere) = packed();
        fs::remove_file(sum_file(&archive)).expect("it was there");
        let bytes = fs::read(&archive).expect("the archive");
        fs::write(&archive, &bytes[..bytes.len() / 2]).expect("a file");
        let error = unpack(&archive, elsewhere.path()).expect_err("half of it is missing");
        assert!(error.to_string().contains("not whole"), "{error}");
    }

    #[test]
    fn there_must_be_an_archive() {
        let elsewhere = Temporary::new("none").expect("a folder");
        let error = unpack(Path::new("nowhere.tar.gz"), elsewhere.path()).expect_err("there is none");
        assert!(error.to_string().contains("no archive nowhere.tar.gz"), "{error}");
    }
}
