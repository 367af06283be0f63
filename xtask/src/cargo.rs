//! Running cargo and what it built.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, bail};

use crate::place;

/// Cargo with these arguments, in the workspace, building into the same folder as this program.
///
/// # Errors
/// If it is not known where the workspace or that folder is.
pub(crate) fn cargo(arguments: &[&str]) -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(place::root()?).env("CARGO_TARGET_DIR", place::target()?).args(arguments);
    Ok(command)
}

/// Runs a command to its end.
///
/// # Errors
/// If it cannot be started or fails; the error shows the command.
pub(crate) fn check(mut command: Command) -> anyhow::Result<()> {
    let line = shown(&command);
    let status = command.status().with_context(|| format!("could not start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed{}", compiler_hint());
    }
    Ok(())
}

/// Builds a program of the workspace and says where it lies.
///
/// # Errors
/// If it does not compile.
pub(crate) fn build(package: &str, program: &str, features: &[&str]) -> anyhow::Result<std::path::PathBuf> {
    let mut command = cargo(&["build", "--release", "--package", package, "--bin", program])?;
    if !features.is_empty() {
        command.args(["--features", &features.join(",")]);
    }
    check(command)?;
    built(program)
}

/// Where cargo put this program.
///
/// # Errors
/// If it is not known where it builds.
pub(crate) fn built(program: &str) -> anyhow::Result<std::path::PathBuf> {
    Ok(place::target()?.join("release").join(program).with_extension(std::env::consts::EXE_EXTENSION))
}

/// Builds the plugin that does nothing, with which the tests and the benchmark compare. Together
/// with Band Player, so that both are made of the same framework, compiled once.
///
/// # Errors
/// If it does not compile.
pub(crate) fn build_empty_plugin() -> anyhow::Result<()> {
    check(cargo(&["build", "--release", "--package", "band-player", "--package", "empty-plugin", "--lib"])?)
}

/// Runs a program in the caller's own folder and hands on its exit code.
///
/// # Errors
/// If it cannot be started.
pub(crate) fn hand_over(program: &mut Command) -> anyhow::Result<ExitCode> {
    let status =
        program.status().with_context(|| format!("could not start {}", Path::new(program.get_program()).display()))?;
    // A program that was killed has no code of its own.
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Ok(ExitCode::from(code))
}

/// The command as one would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_stem().unwrap_or_default();
    let words = std::iter::once(program).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

/// What to install where no C compiler is found: rustc links with it.
pub(crate) fn compiler_hint() -> &'static str {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found =
        std::env::split_paths(&path).any(|folder| ["cc", "gcc", "clang"].iter().any(|name| folder.join(name).exists()));
    if found || cfg!(windows) {
        ""
    } else if cfg!(target_os = "macos") {
        ": no C compiler was found; install one with `xcode-select --install`"
    } else {
        ": no C compiler was found; install the package `gcc` (Debian, Ubuntu: `apt install build-essential`)"
    }
}
