//! Three hundred random scripts of all that a host may do, in each format.

use tests::host::{Format, Host};
use tests::torture::play_all;

const SCRIPTS: usize = 300;

/// The fewest blocks, events, and notes that the bands began. Measured: 435 448, 500 185 and 16 192.
const LEAST: (usize, usize, usize) = (400_000, 400_000, 12_000);

fn check(format: Format) {
    let host = Host::load_bundled(format).expect("the bundle");
    let summary = play_all(&host, 1, SCRIPTS as u64).unwrap_or_else(|error| panic!("{format}: {error:#}"));
    println!("{format}: {summary}");
    assert!(summary.is_clean() && summary.scripts == SCRIPTS, "{summary}");
    let played = (summary.blocks, summary.events, summary.notes);
    let enough = played.0 > LEAST.0 && played.1 > LEAST.1 && played.2 > LEAST.2;
    assert!(enough, "{played:?} blocks, events and notes of the bands, not more than {LEAST:?}");
}

#[test]
fn clap_withstands_three_hundred_scripts() {
    check(Format::Clap);
}

#[test]
fn vst3_withstands_three_hundred_scripts() {
    check(Format::Vst3);
}
