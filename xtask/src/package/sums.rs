//! The list of all files with their checksums, in the form that `sha256sum -c` reads.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, bail, ensure};

/// The list's name.
pub(super) const LIST: &str = "SHA256SUMS";

/// Path from the archive's folder, with `/` between its parts, and checksum.
type Sums = BTreeMap<String, String>;

/// Writes the list of all files of a folder into it.
///
/// # Errors
/// If a file cannot be read or the list not be written.
pub(super) fn write(folder: &Path) -> anyhow::Result<()> {
    let mut text = String::new();
    for (path, sum) in of_folder(folder)? {
        let _ = writeln!(text, "{sum}  {path}");
    }
    let list = folder.join(LIST);
    fs::write(&list, text).with_context(|| format!("could not write {}", list.display()))
}

/// Holds a folder against its list.
///
/// # Errors
/// Names every file that is missing, was changed, or is not in the list.
pub(super) fn check(folder: &Path) -> anyhow::Result<()> {
    let list = folder.join(LIST);
    let text = fs::read_to_string(&list).with_context(|| format!("could not read {}", list.display()))?;
    let mut listed = Sums::new();
    for line in text.lines() {
        let (sum, path) = line.split_once("  ").with_context(|| format!("{}: no checksum: {line}", list.display()))?;
        listed.insert(path.into(), sum.into());
    }
    ensure!(!listed.is_empty(), "{} is empty", list.display());
    let found = of_folder(folder)?;
    let mut wrong: Vec<String> = Vec::new();
    for (path, sum) in &listed {
        match found.get(path) {
            None => wrong.push(format!("{path} is missing")),
            Some(other) if other != sum => wrong.push(format!("{path} is not what it was")),
            Some(_) => {}
        }
    }
    wrong.extend(found.keys().filter(|path| !listed.contains_key(*path)).map(|path| format!("{path} is not listed")));
    if !wrong.is_empty() {
        bail!("{}: {}", folder.display(), wrong.join(", "));
    }
    Ok(())
}

/// The checksum of a file, in hexadecimal digits.
///
/// # Errors
/// If it cannot be read.
pub(super) fn of_file(path: &Path) -> anyhow::Result<String> {
    let bytes = fs::read(path).with_context(|| format!("could not read {}", path.display()))?;
    Ok(hmac_sha256::Hash::hash(&bytes).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

/// Those of all files below a folder, but for the list.
fn of_folder(folder: &Path) -> anyhow::Result<Sums> {
    let mut sums = Sums::new();
    add(folder, "", &mut sums)?;
    sums.remove(LIST);
    Ok(sums)
}

fn add(folder: &Path, before: &str, sums: &mut Sums) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("could not read {}", folder.display()))? {
        let entry = entry.with_context(|| format!("could not read {}", folder.display()))?;
        let name = format!("{before}{}", entry.file_name().to_string_lossy());
        // A link is followed: what it leads to is what a player gets.
        if entry.path().is_dir() {
            add(&entry.path(), &format!("{name}/"), sums)?;
        } else {
            sums.insert(name, of_file(&entry.path())?);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::Temporary;

    fn filled() -> Temporary {
        let folder = Temporary::new("sums").expect("a folder");
        fs::create_dir(folder.path().join("bands")).expect("a folder");
        fs::write(folder.path().join("bands/pop.safetensors"), b"weights").expect("a file");
        fs::write(folder.path().join("INSTALL.txt"), b"").expect("a file");
        write(folder.path()).expect("a list");
        folder
    }

    fn said(folder: &Temporary) -> String {
        format!("{:#}", check(folder.path()).expect_err("something is wrong"))
    }

    #[test]
    fn the_list_is_one_that_sha256sum_reads() {
        let folder = filled();
        check(folder.path()).expect("all is well");
        let list = fs::read_to_string(folder.path().join(LIST)).expect("the list");
        // `printf '' | sha256sum`
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  INSTALL.txt";
        assert_eq!(list.lines().next(), Some(empty));
        assert_eq!(list.lines().count(), 2);
    }

    #[test]
    fn one_changed_bit_is_noticed_and_named() {
        let folder = filled();
        fs::write(folder.path().join("bands/pop.safetensors"), b"weighty").expect("a file");
        assert!(said(&folder).ends_with(": bands/pop.safetensors is not what it was"), "{}", said(&folder));
    }

    #[test]
    fn a_missing_file_is_named() {
        let folder = filled();
        fs::remove_file(folder.path().join("bands/pop.safetensors")).expect("it was there");
        assert!(said(&folder).ends_with(": bands/pop.safetensors is missing"), "{}", said(&folder));
    }

    #[test]
    fn a_file_that_nobody_listed_is_named() {
        let folder = filled();
        fs::write(folder.path().join("bands/more"), b"?").expect("a file");
        assert!(said(&folder).ends_with(": bands/more is not listed"), "{}", said(&folder));
    }

    #[test]
    fn without_a_list_nothing_is_believed() {
        let folder = filled();
        fs::write(folder.path().join(LIST), b"").expect("a file");
        assert!(said(&folder).ends_with("is empty"));
        fs::remove_file(folder.path().join(LIST)).expect("it was there");
        assert!(said(&folder).contains("could not read"));
    }
}
