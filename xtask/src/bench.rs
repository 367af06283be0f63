//! `cargo xtask bench`: the figures that a musician's computer cares about.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::process::{Command, ExitCode};

use anyhow::{Context, ensure};

use crate::{Outcome, bundle, cargo};

/// Bundles the plugin, then runs the benchmarks with these arguments (criterion's: a filter …).
/// Without any, or with `editor` alone, it also measures what an open editor costs.
pub(crate) fn run(arguments: &[OsString]) -> Outcome {
    bundle::make()?;
    cargo::build_empty_plugin()?;
    let only_editor = arguments.len() == 1 && arguments[0] == "editor";
    if !only_editor {
        let mut command = cargo::cargo(&["bench", "--package", "tests", "--bench", "figures", "--"])?;
        command.args(arguments);
        cargo::check(command)?;
    }
    if arguments.is_empty() || only_editor {
        editor(only_editor)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What an open editor costs, on an X server without a screen.
fn editor(required: bool) -> anyhow::Result<()> {
    let program = cargo::build("tests", "window", &[])?;
    let mut command = Command::new("xvfb-run");
    command.args(["-a", "-s", "-screen 0 1280x900x24 +extension GLX -noreset"]).arg(program).args(["--cost", "10"]);
    match command.env("LIBGL_ALWAYS_SOFTWARE", "1").status() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let line = "what an open editor costs was not measured; on Debian, `apt-get install xvfb libgl1-mesa-dri` brings what is missing";
            // Who asks for nothing else must not take silence for a figure.
            ensure!(!required, "{line}");
            println!("Skipped: {line}.");
            Ok(())
        }
        status => {
            ensure!(status.context("could not start xvfb-run")?.success(), "an open editor could not be measured");
            Ok(())
        }
    }
}
