//! Jumps, stops, and other changes of what is going on.

use super::*;

/// A rig that has played six measures and begun the seventh.
fn in_the_seventh(settings: Settings) -> Rig {
    let mut rig = Rig::new(settings);
    for measure in 0..6 {
        rig.play(&held(60 + measure));
    }
    rig.conductor.begin_measure(16, 16);
    rig
}

#[test]
fn a_jump_closes_a_measure_that_is_half_played() {
    let mut rig = in_the_seventh(settings(Lookahead::SecondNext));
    let stale = rig.take().expect("due");
    let user = Measure::from_notes(16, [Note::new(0, 8, Key::MIDDLE_C)]);
    rig.conductor.jump(8, &user);
    assert_eq!(rig.conductor.history().len(), 7);
    let newest = rig.conductor.history().back(0).expect("the half measure");
    assert_eq!(newest.steps(), 16, "padded");
    assert_eq!(*newest.voice(voice(0)), user);
    assert_eq!(newest.voice(voice(3)).notes()[0].length, 8, "the band's notes ended at the jump");
    assert_eq!(rig.conductor.accept(&stale), Accepted::Stale);
    assert!(rig.conductor.playing().present.is_empty(), "silent until the next bar line");

    assert_eq!(rig.conductor.begin_measure(16, 16).index, MeasureIndex(7));
    let tally = *rig.conductor.tally();
    assert_eq!((tally.missed, tally.bridged), (0, 1), "nobody could have predicted this one");
    assert!(rig.predict(), "but the one after it is asked for at once");
    rig.conductor.close_measure(&held(60));
    assert_eq!(rig.play(&held(60)), Source::Predicted);
}

#[test]
fn a_jump_drops_a_measure_that_is_hardly_begun() {
    for lookahead in [Lookahead::SecondNext, Lookahead::Next] {
        let mut rig = in_the_seventh(settings(lookahead));
        rig.conductor.jump(7, &held(60));
        assert_eq!(rig.conductor.history().len(), 6);
        assert_eq!(rig.conductor.now(), None);
        assert!(!rig.conductor.request_due());
        assert!(rig.conductor.begin_measure(16, 16).source.is_fallback());
    }
}

#[test]
fn after_a_jump_in_the_last_step_the_loop_is_still_found() {
    let mut rig = Rig::new(settings(Lookahead::Next));
    let phrase = [60, 64, 67, 62];
    for measure in 0..12 {
        rig.play(&held(phrase[measure % 4]));
    }
    rig.conductor.begin_measure(16, 16);
    rig.conductor.last_step(&held(61));
    // A measure of one step that was not played at all is dropped; so is a stopped one.
    rig.conductor.jump(0, &held(61));
    assert_eq!(rig.conductor.begin_measure(16, 16).source, Source::LoopAgo(4));
}

#[test]
fn a_jump_between_measures_ends_what_was_held() {
    let mut rig = Rig::new(settings(Lookahead::SecondNext));
    let tied = Note { continues: true, ..Note::new(0, 16, Key::MIDDLE_C) };
    for _ in 0..4 {
        rig.conductor.begin_measure(16, 16);
        if let Some(mut prediction) = rig.take() {
            let held_on = Measure::from_notes(16, [Note { continued: true, ..tied }]);
            prediction.measure.set(voice(3), &held_on);
            rig.conductor.accept(&prediction);
        }
        rig.conductor.close_measure(&held(60));
    }
    rig.conductor.jump(0, &Measure::silent(16));
    assert!(rig.conductor.begin_measure(16, 16).source.is_fallback());
    let sounding = rig.sounding();
    assert!(!sounding.is_empty(), "the fallback plays");
    assert!(sounding.iter().all(|&(_, _, onset)| onset), "nothing goes on over a jump");
}

#[test]
fn a_loop_of_the_host_is_an_ordinary_bar_line() {
    // The shell goes on calling: nothing tells the conductor where the host's position is.
    let mut rig = in_the_seventh(settings(Lookahead::SecondNext));
    assert!(rig.predict());
    rig.conductor.close_measure(&held(60));
    assert_eq!(rig.play(&held(60)), Source::Predicted);
}

#[test]
fn stop_and_play_begins_anew() {
    let mut rig = in_the_seventh(settings(Lookahead::SecondNext));
    rig.conductor.stop();
    assert!(rig.conductor.playing().present.is_empty());
    assert_eq!(rig.conductor.history().len(), 6);
    rig.conductor.start();
    assert!(rig.conductor.history().is_empty());
    let begun = rig.play_with(&held(60), 16, true);
    assert_eq!((begun.index, begun.source), (MeasureIndex(0), Source::Silent), "and listens first");
}

#[test]
fn stop_and_play_goes_on_where_history_is_kept() {
    let mut rig = in_the_seventh(Settings { keep_history: true, ..settings(Lookahead::SecondNext) });
    rig.conductor.stop();
    rig.conductor.start();
    assert_eq!(rig.conductor.history().len(), 6);
    let newest = rig.conductor.history().back(0).expect("the sixth");
    assert_eq!(*newest.voice(voice(0)), held(65), "with all that the user played");
    let begun = rig.play_with(&held(60), 16, true);
    assert_eq!(begun.index, MeasureIndex(7));
    assert!(begun.source.is_fallback());
    assert_eq!(rig.play(&held(60)), Source::Predicted);
}

#[test]
fn a_user_who_changes_voice_is_heard_in_the_new_one() {
    let mut rig = in_the_seventh(settings(Lookahead::SecondNext));
    let stale = rig.take().expect("due");
    let to_bass = Settings::new(&BandSpec::pop(), voice(3));
    rig.conductor.set_settings(to_bass);
    assert_eq!(rig.conductor.accept(&stale), Accepted::Stale);
    assert!(rig.predict(), "asked for anew");
    assert_eq!(rig.request.user, voice(3));
    assert_eq!(*rig.request.history.back(0).expect("the sixth").voice(voice(0)), held(65), "what was heard was heard");
    rig.conductor.close_measure(&held(40));
    assert_eq!(rig.play(&held(40)), Source::Predicted);
    assert_eq!(rig.conductor.playing().present, to_bass.band());
    assert_eq!(*rig.conductor.history().back(1).expect("the seventh").voice(voice(3)), held(40));
}

#[test]
fn another_band_knows_what_the_user_played() {
    let mut rig = in_the_seventh(settings(Lookahead::SecondNext));
    let stale = rig.take().expect("due");
    let choir = BandSpec::chorale();
    let user = voice(3);
    let settings = Settings::new(&choir, user);
    drop(rig.conductor.set_band(&choir, Arc::new(FakeFallback), settings));
    assert_eq!(rig.conductor.accept(&stale), Accepted::Stale);
    assert_eq!(rig.conductor.history().len(), 6);
    for (measure, expected) in rig.conductor.history().iter().zip(60..) {
        assert_eq!(measure.present, VoiceMask::only(user));
        assert_eq!(*measure.voice(user), held(expected));
    }
    rig.conductor.close_measure(&held(50));
    assert!(rig.play(&held(50)).is_fallback() || rig.conductor.tally().predicted > 0);
    assert_eq!(rig.play(&held(50)), Source::Predicted);
}

#[test]
fn a_measure_begun_without_closing_the_last_drops_it() {
    for lookahead in [Lookahead::SecondNext, Lookahead::Next] {
        let mut rig = in_the_seventh(settings(lookahead));
        rig.conductor.last_step(&held(66));
        rig.conductor.begin_measure(16, 16);
        assert_eq!(rig.conductor.history().len(), 6);
        rig.conductor.close_measure(&held(67));
        assert_eq!(rig.conductor.history().len(), 7);
    }
}
