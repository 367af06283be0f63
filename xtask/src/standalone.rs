//! `cargo xtask standalone`: the plugin as a program of its own, tried over JACK.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use anyhow::Context;

use crate::{Outcome, bundle, cargo, place};

/// What is needed, how it is looked for, and the Debian packages that bring it.
type Needed = (&'static [&'static str], &'static str);

/// What building the program needs on Linux.
const TO_BUILD: [Needed; 3] = [
    (&["pkg-config", "--version"], "pkg-config"),
    (&["pkg-config", "--exists", "alsa"], "libasound2-dev"),
    (&["pkg-config", "--exists", "jack"], "libjack-jackd2-dev"),
];

/// What trying it needs beside that.
const TO_TRY: [Needed; 2] = [(&["jackd", "--version"], "jackd2"), (&["setpriv", "--version"], "util-linux")];

/// What its window needs, in the same way.
const DISPLAY: Needed = (&["sh", "-c", "command -v Xvfb"], "xvfb libgl1-mesa-dri");

/// Builds the program, puts it beside the bundles, and lets it play and be recorded, without a
/// window and with it. Where something that it needs is not installed, this is skipped, unless it is required.
pub(crate) fn run(arguments: &[OsString]) -> Outcome {
    let required = match arguments {
        [] => false,
        [only] if only == "--require" => true,
        _ => {
            eprintln!("`cargo xtask standalone` takes one option: --require.");
            return Ok(ExitCode::from(2));
        }
    };
    let missing = missing(TO_BUILD.iter().chain(&TO_TRY).chain(required.then_some(&DISPLAY)));
    if !cfg!(target_os = "linux") || !missing.is_empty() {
        let install = format!("apt-get install --no-install-recommends {}", missing.join(" "));
        let line = format!("the program `band-player` was not tried; on Debian, `{install}` brings what is missing");
        anyhow::ensure!(!required, "{line}");
        println!("Skipped: {line}.");
        return Ok(ExitCode::SUCCESS);
    }
    let program = build()?;
    println!("{}", bundle::beside(&program)?.display());
    let check = cargo::build("tests", "standalone", &["standalone"])?;
    let name = format!("band-player-{}", std::process::id());
    let status = Command::new(&check)
        .envs([("JACK_DEFAULT_SERVER", name.as_str()), ("JACK_NO_START_SERVER", "1")])
        .current_dir(place::root()?)
        .status()
        .with_context(|| format!("could not start {}", check.display()))?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Builds the program.
///
/// # Errors
/// If it does not compile; on Linux, if headers that it needs are missing: says which package brings them.
pub(crate) fn build() -> anyhow::Result<PathBuf> {
    let missing = if cfg!(target_os = "linux") { missing(TO_BUILD.iter()) } else { Vec::new() };
    anyhow::ensure!(
        missing.is_empty(),
        "the program `band-player` cannot be built without ALSA's and JACK's headers; on Debian, \
         `apt-get install --no-install-recommends {}` brings what is missing",
        missing.join(" ")
    );
    cargo::build("band-player", "band-player", &["standalone"])
}

/// The packages that bring what is not there.
fn missing<'a>(needed: impl Iterator<Item = &'a Needed>) -> Vec<&'static str> {
    needed.filter(|(check, _)| !works(check)).map(|(_, package)| *package).collect()
}

/// Does this command end well?
fn works(command: &[&str]) -> bool {
    let Some((program, arguments)) = command.split_first() else { return false };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
