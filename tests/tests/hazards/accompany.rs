//! `bandplayer accompany` gives the notes that the host run gives.

use std::sync::Arc;

use clap::Parser;
use model::play::accompany::accompany;
use model::systems::band_file::Band;
use model::{Lookahead, Settings};
use tests::host::{Format, Host};
use tests::jam::Options;

fn check(options: &[&str]) {
    let plan =
        Options::try_parse_from(std::iter::once(&"jam").chain(options)).expect("options").plan().expect("a plan");
    let jam = plan.play(&Host::load_bundled(Format::Clap).expect("the bundle"), |_| ()).expect("it plays");
    let tests::setup::Source::Embedded(name) = &plan.band else { panic!("an embedded band") };
    let band = Band::embedded(name).map(Band::read).expect("an embedded band").expect("a good band");
    let settings = Settings {
        lookahead: if plan.setup().next { Lookahead::Next } else { Lookahead::SecondNext },
        seed: u64::from(plan.seed),
        ..Settings::new(&plan.spec, plan.voice)
    };
    let fallback = Arc::new(model::rules::loop_rule::LoopRule::new(plan.spec.clone()));
    let expected =
        accompany(&plan.song, &plan.track, (&plan.spec, settings), band.predictor().as_mut(), fallback, |_| ());
    let names = |song: &model::midi_file::Song| song.tracks.iter().map(|track| track.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&jam.song), names(&expected.song));
    for (heard, expected) in jam.song.tracks.iter().zip(&expected.song.tracks) {
        // The plugin's loudness follows the player's; all else is the same.
        let notes = |track: &model::midi_file::Track| {
            let notes = track.notes(jam.song.spans());
            notes.iter().map(|note| (note.start, note.end, note.key)).collect::<Vec<_>>()
        };
        assert!(!notes(expected).is_empty(), "{} plays", expected.name);
        assert_eq!(notes(heard), notes(expected), "{options:?}: {}", expected.name);
    }
}

#[test]
fn the_host_hears_what_accompany_writes() {
    check(&["--seed", "7"]);
}

#[test]
fn with_the_next_lookahead_too() {
    check(&["--lookahead", "next"]);
}

#[test]
fn and_for_any_voice_of_any_band() {
    check(&["--band", "chorale", "--voice", "Alto"]);
}
