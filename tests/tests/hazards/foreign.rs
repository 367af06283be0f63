//! Another author's bundle, given by its path: who behaves well gets no false alarm.

use std::path::Path;

use tests::bundle;
use tests::host::{Format, Host};
use tests::torture::{Case, play};

/// Plays so many scripts that check only what every plugin must do. Returns how many events there
/// were.
fn check(bundle: &Path, scripts: u64) -> usize {
    let host = Host::load(bundle).expect("it loads");
    (0..scripts)
        .map(|number| {
            let played = play(&host, &Case::new(9, number, true).told_by(host.format()))
                .unwrap_or_else(|error| panic!("{number}: {error:#}"));
            assert!(played.verdict.is_clean(), "{} script {number}: {:?}", bundle.display(), played.verdict.found);
            played.events
        })
        .sum()
}

#[test]
fn a_plugin_that_hands_notes_through_is_clean() {
    assert!(check(&bundle::empty_plugin().expect("cargo xtask test builds it"), 150) > 10_000);
}

/// With the band that they have of their own accord, which is a net: so only a few.
#[test]
fn our_own_bundles_are_clean_as_anyones() {
    for format in Format::ALL {
        assert!(check(&bundle::find(format).expect("the bundle"), 25) > 2000);
    }
}
