//! What plays when a prediction is missing, and how it is counted.

use super::*;

#[test]
fn a_missing_prediction_is_what_the_band_played_one_loop_ago() {
    for lookahead in [Lookahead::SecondNext, Lookahead::Next] {
        let mut rig = Rig::new(settings(lookahead));
        let phrase = [60, 64, 67, 62];
        let mut played = Vec::new();
        for measure in 0..12 {
            // In the last measure nothing comes any more for the next one.
            rig.play_with(&held(phrase[measure % 4]), 16, measure < 11);
            played.push(*rig.conductor.playing());
        }
        let begun = rig.conductor.begin_measure(16, 16);
        assert_eq!(begun.source, Source::LoopAgo(4));
        assert_eq!(*rig.conductor.playing(), played[8]);
        let tally = *rig.conductor.tally();
        assert_eq!((tally.missed, tally.bridged, tally.by_loop, tally.by_ngram), (1, 0, 1, 0));
    }
}

#[test]
fn where_nothing_repeats_the_n_gram_plays() {
    let mut rig = Rig::new(settings(Lookahead::SecondNext));
    for measure in 0..9 {
        rig.play_with(&held(60 + measure), 16, measure != 7);
    }
    let tally = *rig.conductor.tally();
    assert_eq!((tally.missed, tally.by_loop, tally.by_ngram, tally.predicted), (1, 0, 1, 6));
    let fallback: Vec<bool> = rig
        .conductor
        .history()
        .iter()
        .map(|measure| measure.voice(voice(3)).notes().iter().any(|note| note.key.get() < 60))
        .collect();
    assert_eq!(fallback, [false, false, false, false, false, false, false, false, true], "the fake plays below 60");
}

#[test]
fn the_loop_is_not_repeated_from_where_the_band_was_silent() {
    let mut rig = Rig::new(settings(Lookahead::SecondNext));
    for _ in 0..2 {
        rig.play_with(&held(60), 16, false);
    }
    rig.play_with(&held(60), 16, false);
    // The music repeats at a lag of 2, where the band still listened.
    assert_eq!(rig.play_with(&held(60), 16, false).source, Source::NGram);
    assert_eq!(rig.conductor.tally().missed, 2);
    assert_eq!(rig.play(&held(60)), Source::LoopAgo(2), "and from where a fallback played it is");
}

#[test]
fn a_late_prediction_is_not_used() {
    let mut rig = Rig::new(settings(Lookahead::SecondNext));
    rig.play(&held(60));
    rig.conductor.begin_measure(16, 16);
    let late = rig.take().expect("due");
    rig.conductor.close_measure(&held(60));
    rig.conductor.begin_measure(16, 16);
    let playing = *rig.conductor.playing();
    assert_eq!(rig.conductor.accept(&late), Accepted::Late);
    assert_eq!(*rig.conductor.playing(), playing);
    assert_eq!(rig.conductor.planned(), None);
    assert!(rig.predict(), "the next one may still be in time");
}

#[test]
fn a_prediction_from_before_the_start_is_not_used() {
    let mut rig = Rig::new(settings(Lookahead::SecondNext));
    rig.play(&held(60));
    rig.conductor.begin_measure(16, 16);
    let stale = rig.take().expect("due");
    rig.conductor.start();
    assert_eq!(rig.conductor.accept(&stale), Accepted::Stale);
    rig.conductor.begin_measure(16, 16);
    assert_eq!(rig.conductor.accept(&stale), Accepted::Stale);
}

#[test]
fn changing_the_lookahead_while_playing_costs_at_most_one_prediction() {
    let mut rig = Rig::new(settings(Lookahead::SecondNext));
    for measure in 0..24 {
        let lookahead = if measure / 4 % 2 == 0 { Lookahead::SecondNext } else { Lookahead::Next };
        rig.conductor.set_settings(Settings { lookahead, ..*rig.conductor.settings() });
        rig.play(&held(60 + measure));
    }
    assert_eq!(rig.conductor.tally().missed, 0);
    assert_eq!(rig.conductor.tally().bridged, 0);
    assert_eq!(rig.conductor.tally().predicted, 22);
}
