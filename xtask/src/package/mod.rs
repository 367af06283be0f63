//! `cargo xtask package`: all that a player needs, in one archive for this system.

mod archive;
mod check;
mod contents;
mod install_text;
mod licences;
mod sums;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::{Outcome, place};

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    /// Build the program without a DAW, too.
    program: bool,
    /// Try the archive as a player would.
    check: bool,
    /// Where the check cannot open a window, fail.
    require: bool,
    /// The release that this must be: `v0.1.0`.
    tag: Option<String>,
    /// Check this archive instead of making one.
    archive: Option<PathBuf>,
}

impl Options {
    fn parse(arguments: &[OsString]) -> Option<Self> {
        let mut options = Self { program: true, check: false, require: false, tag: None, archive: None };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.to_str() {
                Some("--tag") => options.tag = Some(arguments.next()?.to_str()?.to_owned()),
                Some("--without-program") => options.program = false,
                Some("--check") => options.check = true,
                Some("--require") => options.require = true,
                _ if options.check && options.archive.is_none() && !argument.to_string_lossy().starts_with('-') => {
                    options.archive = Some(argument.into());
                }
                _ => return None,
            }
        }
        (options.check || !options.require).then_some(options)
    }
}

/// Makes the archive, and says where it lies. With `--check` it is then unpacked elsewhere, compared with its
/// list of checksums, installed, and validated; with a path that archive is checked, and none is made.
pub(crate) fn run(arguments: &[OsString]) -> Outcome {
    let Some(options) = Options::parse(arguments) else {
        eprintln!(
            "`cargo xtask package` takes --without-program, --tag vVERSION, --check [ARCHIVE], and with --check also --require."
        );
        return Ok(ExitCode::from(2));
    };
    if let Some(tag) = &options.tag {
        let version = format!("v{}", env!("CARGO_PKG_VERSION"));
        anyhow::ensure!(*tag == version, "the tag is {tag}, but Cargo.toml says that this is {version}");
    }
    let archive = match &options.archive {
        Some(archive) => archive.clone(),
        None => make(options.program)?,
    };
    if options.check {
        check::try_out(&archive, options.require)?;
    }
    println!("{}", archive.display());
    Ok(ExitCode::SUCCESS)
}

/// The archive's name without its ending: `band-player-0.1.0-linux-x86_64`.
fn name() -> String {
    use std::env::consts::{ARCH, OS};
    format!("band-player-{}-{OS}-{ARCH}", env!("CARGO_PKG_VERSION"))
}

/// Builds everything, lays it out in a folder, and packs that.
fn make(program: bool) -> anyhow::Result<PathBuf> {
    let folder = place::target()?.join("package").join(name());
    contents::lay_out(&folder, program)?;
    sums::write(&folder)?;
    archive::pack(&folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Option<Options> {
        Options::parse(&line.split_whitespace().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn a_tag_of_another_version_makes_no_archive() {
        let error = run(&["--tag".into(), "v99.0.0".into()]).expect_err("this is not it");
        assert!(error.to_string().starts_with("the tag is v99.0.0, but Cargo.toml says"), "{error}");
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        let plain = Options { program: true, check: false, require: false, tag: None, archive: None };
        assert_eq!(parsed(""), Some(plain));
        let all = Options {
            program: true,
            check: true,
            require: true,
            tag: Some("v1.0.0".into()),
            archive: Some("a.tar.gz".into()),
        };
        assert_eq!(parsed("--tag v1.0.0 --check a.tar.gz --require"), Some(all));
        for wrong in ["a.tar.gz", "--tag", "--chek", "--require", "--check a.tar.gz b.tar.gz", "--check --x"] {
            assert_eq!(parsed(wrong), None, "{wrong}");
        }
    }
}
