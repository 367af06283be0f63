//! Whatever bytes a file, a project or a host holds, nothing panics.
//!
//! The same entry points under coverage guidance: `cargo fuzz run --fuzz-dir tests/fuzz midi_file`.

use std::panic::catch_unwind;
use std::time::{Duration, Instant};

use model::Rng;
use tests::fuzz::{TARGETS, Target, corpus, mutate};

/// Inputs for each target, and the time after which no more are tried.
const INPUTS: u64 = 200_000;
const TIME: Duration = Duration::from_secs(20);

fn check(target: &Target) {
    let folder = corpus(target.name);
    let mut seeds: Vec<Vec<u8>> = Vec::new();
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    for path in paths {
        let seed = std::fs::read(&path).expect("a seed");
        assert!(catch_unwind(|| (target.run)(&seed)).is_ok(), "{}", path.display());
        seeds.push(seed);
    }
    assert!(!seeds.is_empty(), "{} has seeds", target.name);
    let start = Instant::now();
    for seed in (0..INPUTS).take_while(|_| start.elapsed() < TIME) {
        let mut rng = Rng::new(seed);
        let mut bytes = seeds[rng.below(seeds.len())].clone();
        let other = &seeds[rng.below(seeds.len())];
        mutate(&mut bytes, other, &mut rng);
        let outcome = catch_unwind(|| (target.run)(&bytes));
        assert!(outcome.is_ok(), "{}, seed {seed}: {}", target.name, bytes.escape_ascii());
    }
}

#[test]
fn any_midi_file_is_read_or_refused() {
    check(&TARGETS[0]);
}

#[test]
fn any_band_file_is_read_or_refused() {
    check(&TARGETS[1]);
}

#[test]
fn any_state_is_taken_or_refused() {
    check(&TARGETS[2]);
}

#[test]
fn any_transport_is_followed() {
    check(&TARGETS[3]);
}
