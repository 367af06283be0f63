//! Three hundred random scripts of all that a host may do, in each format.

use tests::host::{Format, Host};
use tests::torture::play_all;

fn check(format: Format) {
    let host = Host::load_bundled(format).expect("the bundle");
    let summary = play_all(&host, 1, 300).unwrap_or_else(|error| panic!("{format}: {error:#}"));
    println!("{format}: {summary}");
    assert!(summary.is_clean() && summary.events > 100_000, "{summary}");
}

#[test]
fn clap_withstands_three_hundred_scripts() {
    check(Format::Clap);
}

#[test]
fn vst3_withstands_three_hundred_scripts() {
    check(Format::Vst3);
}
