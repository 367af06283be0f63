//! `cargo xtask validate`: what public validators check, again and again, with and without a window.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, ensure};

use crate::install::Folders;
use crate::{Outcome, bundle, cargo, jam};

/// How often, if nothing else is said.
const TIMES: u32 = 10;

/// What to do, and how often.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    /// How often each.
    pub(crate) times: u32,
    /// Only with the editor open, and faster than a host attends to it.
    pub(crate) rough: bool,
    /// Where no window can be opened, fail.
    pub(crate) require: bool,
}

/// Bundles the plugin, and validates the bundles. `--rough` does only what needs a window, with everything at once; with
/// `--require` it is a failure that no window can be opened.
pub(crate) fn run(arguments: &[OsString]) -> Outcome {
    let mut times = Times { times: TIMES, rough: false, require: false };
    let mut rest = arguments.iter().map(|word| word.to_string_lossy());
    while let Some(word) = rest.next() {
        match &*word {
            "--rough" => times.rough = true,
            "--require" => times.require = true,
            "--times" => match rest.next().and_then(|value| value.parse().ok()).filter(|&value| value > 0) {
                Some(value) => times.times = value,
                None => return usage(),
            },
            _ => return usage(),
        }
    }
    bundle::make()?;
    validate(times, None)?;
    Ok(ExitCode::SUCCESS)
}

fn usage() -> Outcome {
    eprintln!("`cargo xtask validate` takes --times N (at least 1), --rough and --require.");
    Ok(ExitCode::from(2))
}

/// Plays the validator: the tests without a window, and the strain with one, each time in processes of their own, on
/// both formats; on the bundles that lie in these folders, or else on those of `cargo xtask bundle`. Prints how often
/// each passed.
///
/// # Errors
/// If one failed.
pub(crate) fn validate(Times { times, rough, require }: Times, folders: Option<&Folders>) -> anyhow::Result<()> {
    let window = cargo::build("tests", "window", &[])?;
    if !rough {
        let mut build = cargo::cargo(&["test", "--release", "--package", "tests", "--test", "validators", "--no-run"])?;
        build.stdout(Stdio::null());
        cargo::check(build)?;
    }
    let (mut failed, mut untried) = (0, Vec::new());
    let mut count = |what: &str, make: &dyn Fn(u32) -> anyhow::Result<Command>| -> anyhow::Result<()> {
        let mut passed = 0;
        for time in 1..=times {
            let mut command = make(time)?;
            if let Some(folders) = folders {
                command.env(jam::BUNDLES, std::env::join_paths([&folders.clap, &folders.vst3])?);
            }
            let output = command.output();
            if output.as_ref().is_err_and(|error| error.kind() == ErrorKind::NotFound) {
                ensure!(!require, "could not be tried: {what} (Debian: apt install xvfb libgl1-mesa-dri)");
                untried.push(what.to_owned());
                return Ok(());
            }
            let output = output.context("it could not be started")?;
            if output.status.success() {
                passed += 1;
            } else {
                let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
                println!("{what}, time {time}: {}\n{}", output.status, last_lines(&said.concat()));
            }
        }
        println!("{what}: {passed} of {times} passed");
        failed += times - passed;
        Ok(())
    };
    if !rough {
        count("without a window, both formats", &|_| {
            cargo::cargo(&["test", "--release", "--package", "tests", "--test", "validators", "--quiet"])
        })?;
    }
    for format in ["CLAP", "VST3"] {
        count(&format!("with the editor in a window, {format}{}", if rough { ", rough" } else { "" }), &|time| {
            let mut command = Command::new("xvfb-run");
            command.args(["-a", "-s", "-screen 0 1280x900x24 +extension GLX -noreset"]).arg(&window);
            command.args(["--strain", "1", "--seed", &time.to_string()]).env("LIBGL_ALWAYS_SOFTWARE", "1");
            command.args(rough.then_some("--rough")).args((format == "VST3").then_some("--vst3"));
            Ok(command)
        })?;
    }
    ensure!(failed == 0, "{failed} runs failed");
    if !untried.is_empty() {
        println!("Skipped: {} (Debian: apt install xvfb libgl1-mesa-dri).", untried.join("; "));
    }
    Ok(())
}

/// The end of what a program said.
fn last_lines(said: &str) -> String {
    let lines: Vec<_> = said.lines().collect();
    lines[lines.len().saturating_sub(8)..].join("\n")
}
