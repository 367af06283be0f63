//! Whatever bytes a file, a project or a host holds, nothing panics.
//!
//! The same entry points under coverage guidance: `cargo fuzz run --fuzz-dir tests/fuzz midi_file`.

use std::panic::catch_unwind;
use std::time::{Duration, Instant};

use model::Rng;
use tests::fuzz::{TARGETS, Target, corpus, mutate};

/// Inputs for each target, and the time after which no more are tried, as soon as there were the fewest.
const INPUTS: u64 = 200_000;
const TIME: Duration = Duration::from_secs(20);
/// The fewest inputs, and of how many of them one must come through. Measured, on a busy machine of two cores: 44 000
/// MIDI files to 200 000 states in the time, of which one in 16, in 44 (states), in 125 (band files), and nearly every
/// transport came through.
const LEAST: u64 = 20_000;
const ONE_IN: u64 = 250;

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
    let (mut tried, mut came_through) = (0, 0);
    for seed in (0..INPUTS).take_while(|&number| number < LEAST || start.elapsed() < TIME) {
        let mut rng = Rng::new(seed);
        let mut bytes = seeds[rng.below(seeds.len())].clone();
        let other = &seeds[rng.below(seeds.len())];
        mutate(&mut bytes, other, &mut rng);
        let outcome = catch_unwind(|| (target.run)(&bytes));
        let through = outcome.unwrap_or_else(|_| panic!("{}, seed {seed}: {}", target.name, bytes.escape_ascii()));
        tried += 1;
        came_through += u64::from(through);
    }
    let said = format!("{}: {came_through} of {tried} inputs came through", target.name);
    println!("{said}");
    assert!(tried >= LEAST && came_through >= tried / ONE_IN && came_through < tried, "{said}");
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
