//! `cargo xtask test`: the whole check, as CI runs it.

use std::ffi::OsString;
use std::process::{Command, ExitCode};
use std::time::Instant;

use crate::lanes::Lanes;
use crate::tested::{Tested, show};
use crate::{Outcome, bundle, cargo};

/// The environment variable by which tests fail whose needs are not met (`tests/src/need.rs`).
const REQUIRE: &str = "BAND_PLAYER_REQUIRE";

/// How the model is compiled with its trainings, and the plugin with its unit tests, which nothing else here shares: in
/// parts, on all cores, as the plugin that ships is not. Measured in one part each: 409 processor seconds for the
/// model's library, programs and tests, mostly one after the other, and 144 for the plugin's unit tests on one core
/// (34, in parts). (At level 1 the model's were 265, but the tests of the instruments took five times as long to run.)
const MODEL_QUICKLY: [&str; 2] = ["--config", "profile.release.package.model.codegen-units=16"];
const PLUGIN_QUICKLY: [&str; 2] = ["--config", "profile.release.package.band-player.codegen-units=16"];

/// Formatting, lints, the bundle, a jam, then all tests, which need the bundle, and the docs; what leaves a core waiting
/// runs side by side. One profile throughout, so that dependencies compile as seldom as cargo allows. At the end stands
/// what was not run, and why not; with `--require`, a test whose needs are not met fails.
pub(crate) fn run(arguments: &[OsString]) -> Outcome {
    let required = match arguments {
        [] => false,
        [only] if only == "--require" => true,
        _ => {
            eprintln!("`cargo xtask test` takes one option: --require.");
            return Ok(ExitCode::from(2));
        }
    };
    let start = Instant::now();
    // The model is checked with everything it can do; the others as the plugin sees it.
    const MODEL: [&str; 4] = ["--package", "model", "--features", "train"];
    const OTHERS: [&str; 3] = ["--workspace", "--exclude", "model"];
    const PLUGIN: [&str; 2] = ["--package", "band-player"];
    check("formatting", &["fmt", "--all", "--check"], &[], &[])?;
    let deny = ["--", "-D", "warnings"];
    check("lints", &["clippy", "--release", "--all-targets"], &OTHERS, &deny)?;
    check("lints of the model", &["clippy", "--release", "--all-targets"], &MODEL, &deny)?;
    let mut tested = Tested::default();
    let test = |packages: &[&str], more: &[&str], targets: &[String]| {
        let mut command = cargo::cargo(&["test", "--release"])?;
        command.args(packages).args(more).args(targets).env("RUSTDOCFLAGS", "-D warnings");
        command.envs(required.then_some((REQUIRE, "1")));
        anyhow::Ok(command)
    };
    let doc = |more: &[&str], packages: &[&str]| {
        let mut command = cargo::cargo(&["doc", "--release", "--no-deps"])?;
        command.args(more).args(packages).env("RUSTDOCFLAGS", "-D warnings");
        anyhow::Ok(command)
    };
    // The plugin is compiled in one part, on one core: meanwhile the other compiles what looks at it.
    timed("what the tests compile", || check_with(test(&OTHERS, &["--exclude", PLUGIN[1], "--no-run"], &[])?))?;
    timed("the bundle and a jam", || cargo::check(Command::new(bundle::make_with("jam")?)))?;
    timed("a plugin to compare with", cargo::build_empty_plugin)?;
    timed("what the tests of the model compile", || {
        check_with(test(&MODEL, &[MODEL_QUICKLY[0], MODEL_QUICKLY[1], "--no-run"], &[])?)
    })?;
    timed("tests of the model and of the plugin's units, and the docs", || {
        let units = test(&PLUGIN, &PLUGIN_QUICKLY, &["--lib".to_owned()])?;
        let docs = vec![units, doc(&[], &OTHERS)?, doc(&["--lib"], &MODEL)?];
        tested.run_beside(vec![vec![test(&MODEL, &MODEL_QUICKLY, &[])?], docs], show)
    })?;
    let lanes = Lanes::without(MODEL[1], PLUGIN[1])?;
    timed("tests side by side", || {
        let runs = |runs: &[Vec<String>]| runs.iter().map(|run| test(&OTHERS, &[], run)).collect::<anyhow::Result<_>>();
        tested.run_beside(lanes.beside.iter().map(|lane| runs(lane)).collect::<anyhow::Result<_>>()?, show)
    })?;
    timed("tests alone", || {
        let command = test(&OTHERS, &[], &lanes.alone)?;
        println!("$ {}", cargo::shown(&command));
        tested.run(command)
    })?;
    println!("\n{tested}.\nAll is well, after {}.", elapsed(start));
    Ok(ExitCode::SUCCESS)
}

/// One step that is a run of cargo.
fn check(what: &str, command: &[&str], packages: &[&str], last: &[&str]) -> anyhow::Result<()> {
    timed(what, || {
        let mut command = cargo::cargo(command)?;
        command.args(packages).args(last).env("RUSTDOCFLAGS", "-D warnings");
        check_with(command)
    })
}

fn check_with(command: Command) -> anyhow::Result<()> {
    println!("$ {}", cargo::shown(&command));
    cargo::check(command)
}

fn timed(what: &str, step: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
    println!("\n== {what}");
    let start = Instant::now();
    step()?;
    println!("== {what}: {}", elapsed(start));
    Ok(())
}

fn elapsed(start: Instant) -> String {
    let seconds = start.elapsed().as_secs();
    if seconds < 60 { format!("{seconds} s") } else { format!("{} min {} s", seconds / 60, seconds % 60) }
}
