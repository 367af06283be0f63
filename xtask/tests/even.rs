//! Cargo compiles a crate anew for every set of features that it is asked for, and everything above it too. So all
//! commands ask for the same features of what they share: who builds after a jam compiles little.

#![cfg(target_os = "linux")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Whose features training alone asks for: gradients and threads, which do not belong into a host; and three small ones.
const TRAINED_WITH_MORE: [&str; 17] = [
    "burn",
    "burn-core",
    "burn-dispatch",
    "burn-flex",
    "burn-tensor",
    "crossbeam-deque",
    "either",
    "gemm",
    "gemm-c32",
    "gemm-c64",
    "gemm-common",
    "gemm-f16",
    "gemm-f32",
    "gemm-f64",
    "linux-raw-sys",
    "model",
    "rustix",
];

/// The features asked of each crate, by its name and version. A crate may be there twice: for programs, and for
/// procedural macros.
fn features(packages: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["tree", "--locked", "--edges", "normal,build", "--prefix", "none"]);
    command.args(["--format", "{p}|{f}"]).args(packages).current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = command.output().expect("cargo can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut crates = BTreeMap::<_, BTreeSet<_>>::new();
    for line in String::from_utf8_lossy(&output.stdout).lines().filter(|line| !line.is_empty()) {
        // A crate that stands there already is marked so.
        let (package, features) = line.trim_end_matches(" (*)").split_once('|').expect("a crate and its features");
        let name = package.split(" (").next().unwrap_or(package);
        crates.entry(name.to_owned()).or_default().insert(features.to_owned());
    }
    assert!(crates.len() > 5, "{packages:?}: {crates:?}");
    crates
}

/// What both commands compile, and with features that only the first asks for.
fn uneven(first: &[&str], then: &[&str]) -> Vec<String> {
    let (first, then) = (features(first), features(then));
    let shared = first.iter().filter_map(|(name, asked)| Some((name, asked, then.get(name)?)));
    shared
        .filter(|(_, asked, also)| !asked.is_subset(also) && !also.is_subset(asked))
        .map(|(name, asked, also)| format!("{name}: {asked:?}, then {also:?}"))
        .collect()
}

/// The names of what both commands compile, but not with the same features.
fn differing(first: &[&str], then: &[&str]) -> BTreeSet<String> {
    uneven(first, then).iter().filter_map(|line| line.split(' ').next().map(str::to_owned)).collect()
}

const PLUGIN: [&str; 2] = ["--package", "band-player"];

#[test]
fn the_plugin_is_compiled_once_for_the_bundle_a_jam_and_the_tests() {
    for then in [&["--package", "band-player", "--package", "tests"][..], &["--workspace", "--exclude", "model"]] {
        assert_eq!(uneven(&PLUGIN, then), [""; 0], "see the end of [dependencies] in model/Cargo.toml");
    }
}

/// Tests and programs that are built alone (the window that validators open, pictures of the editor) take the plugin as
/// the bundle has it.
#[test]
fn what_looks_at_the_plugin_takes_the_one_of_the_bundle() {
    let alone = differing(&["--package", "tests"], &["--package", "band-player", "--package", "tests"]);
    assert_eq!(alone, BTreeSet::new(), "see the features in tests/Cargo.toml");
}

/// The program without a DAW: what brings sound cards and JACK is its own, all else is there from the bundle.
#[test]
fn the_program_without_a_daw_compiles_only_the_shell_anew() {
    let program = [&PLUGIN[..], &["--features", "standalone"]].concat();
    let plugin = ["--package", "band-player", "--package", "tests"];
    let shell = ["band-player", "nice-plug"].map(str::to_owned);
    assert_eq!(
        differing(&plugin, &program),
        BTreeSet::from(shell),
        "see the end of [dependencies] in model/Cargo.toml"
    );
}

/// A newcomer's first jam goes without the window, and what it compiles serves the plugin with a window too, but for
/// these small ones.
#[test]
fn the_window_compiles_only_the_shell_anew() {
    let plugin = ["--package", "band-player", "--package", "tests"];
    let windowless = [&plugin[..], &["--no-default-features"]].concat();
    let shell = ["band-player", "nice-plug", "nice-plug-core", "tests", "tracing"].map(str::to_owned);
    assert_eq!(
        differing(&windowless, &plugin),
        BTreeSet::from(shell),
        "see the end of the dependencies in model/Cargo.toml"
    );
}

/// The first thing that a newcomer waits for is xtask: what it needs is not compiled again for the plugin. `smallvec`
/// may be: it is small, and with the plugin's features it would bring code made by macros.
#[test]
fn what_the_commands_need_is_compiled_once() {
    let uneven = uneven(&["--package", "xtask"], &PLUGIN);
    let large: Vec<_> = uneven.iter().filter(|line| !line.starts_with("smallvec ")).collect();
    assert!(large.is_empty(), "see [dependencies] in xtask/Cargo.toml: {large:#?}");
}

#[test]
fn training_compiles_only_burn_anew() {
    let uneven = uneven(&PLUGIN, &["--package", "model", "--features", "train"]);
    let name = |line: &String| line.split(' ').next().unwrap_or_default().to_owned();
    let more: Vec<_> = uneven.iter().filter(|line| !TRAINED_WITH_MORE.contains(&&*name(line))).collect();
    assert!(more.is_empty(), "see the end of [dependencies] in model/Cargo.toml: {more:#?}");
    assert!(uneven.len() >= 5, "burn learns with features that the plugin does not have: {uneven:?}");
}
