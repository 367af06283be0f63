//! When the band enters, and that the same take gives the same notes.

use super::*;

/// In which measure, counted from 1, the band first sounds.
fn first_measure(settings: Settings, user: impl Fn(usize) -> Measure) -> usize {
    let mut rig = Rig::new(settings);
    for measure in 1..20 {
        if rig.play(&user(measure)) != Source::Silent {
            assert_eq!(rig.conductor.now(), None);
            assert_eq!(*rig.conductor.tally(), Tally { predicted: 1, ..Tally::default() });
            return measure;
        }
    }
    panic!("the band never sounds");
}

#[test]
fn the_band_enters_after_it_has_listened() {
    let always = |_| held(60);
    for (lookahead, listen_first, expected) in [
        (Lookahead::SecondNext, 0, 3),
        (Lookahead::SecondNext, 1, 3),
        (Lookahead::SecondNext, 4, 6),
        (Lookahead::Next, 1, 2),
        (Lookahead::Next, 4, 5),
    ] {
        let settings = Settings { listen_first, ..settings(lookahead) };
        assert_eq!(first_measure(settings, always), expected, "{lookahead:?}, {listen_first}");
    }
}

#[test]
fn listening_begins_with_the_users_first_note() {
    let from_fifth = |measure| if measure < 5 { Measure::silent(16) } else { held(60) };
    assert_eq!(first_measure(settings(Lookahead::SecondNext), from_fifth), 7);
    assert_eq!(first_measure(settings(Lookahead::Next), from_fifth), 6);
}

#[test]
fn no_prediction_is_missed_while_the_band_listens() {
    let mut rig = Rig::new(Settings { listen_first: 5, ..settings(Lookahead::SecondNext) });
    for _ in 0..6 {
        assert_eq!(rig.play_with(&held(60), 16, false).source, Source::Silent);
    }
    assert_eq!(*rig.conductor.tally(), Tally::default());
}

#[test]
fn measures_are_counted_in_play_order() {
    let mut rig = Rig::new(settings(Lookahead::SecondNext));
    for index in 0..50 {
        assert_eq!(rig.play_with(&held(60), 16, true).index, MeasureIndex(index));
    }
}

#[test]
fn a_prediction_sounds_at_its_bar_line_as_it_is() {
    for lookahead in [Lookahead::SecondNext, Lookahead::Next] {
        let mut rig = Rig::new(settings(lookahead));
        let mut expected = None;
        for measure in 0..10 {
            rig.conductor.begin_measure(16, 16);
            if let Some(expected) = expected.take() {
                assert_eq!(*rig.conductor.playing(), expected, "measure {measure}");
            }
            for last_step in [false, true] {
                if last_step {
                    rig.conductor.last_step(&held(60 + measure));
                }
                if let Some(mut prediction) = rig.take() {
                    // Loudness is the predictor's business.
                    let loud = crate::music::note::Velocity::clamped(30.0);
                    prediction.measure.voice_mut(voice(2)).for_each_mut(|note| note.velocity = loud);
                    assert_eq!(rig.conductor.accept(&prediction), Accepted::Planned);
                    assert_eq!(rig.conductor.planned(), Some(&prediction.measure));
                    expected = Some(prediction.measure);
                }
            }
            rig.conductor.close_measure(&held(60 + measure));
        }
        assert_eq!(rig.conductor.tally().fallbacks(), 0);
    }
}

#[test]
fn the_same_start_input_and_settings_give_the_same_notes() {
    let take = |seed| {
        let mut rig = Rig::new(Settings { seed, ..settings(Lookahead::SecondNext) });
        let mut takes = Vec::new();
        for _ in 0..2 {
            rig.conductor.start();
            let mut take = Vec::new();
            for measure in 0..12 {
                rig.play_with(&held(60 + measure % 5), 16, measure % 4 != 3);
                take.push(rig.sounding());
            }
            rig.conductor.stop();
            takes.push(take);
        }
        assert_eq!(takes[0], takes[1], "from start to start");
        takes.remove(0)
    };
    assert_eq!(take(7), take(7));
    assert_ne!(take(7), take(8), "another seed, other notes");
}

#[test]
fn voices_that_are_switched_off_fall_silent_at_the_next_bar_line() {
    let mut rig = Rig::new(settings(Lookahead::SecondNext));
    for _ in 0..5 {
        rig.play(&held(60));
    }
    let without_bass = rig.conductor.settings().band().without(voice(3));
    rig.conductor.set_settings(Settings { voices: without_bass, ..*rig.conductor.settings() });
    assert_eq!(rig.play(&held(60)), Source::Predicted);
    assert_eq!(rig.conductor.playing().present, without_bass);

    rig.conductor.set_settings(Settings { voices: VoiceMask::only(voice(0)), ..*rig.conductor.settings() });
    assert_eq!(rig.play(&held(60)), Source::Silent, "the user's own voice never plays along");
    assert!(rig.conductor.playing().present.is_empty());
}

#[test]
fn a_note_over_the_bar_line_is_joined_only_where_both_measures_agree() {
    let mut rig = Rig::new(settings(Lookahead::SecondNext));
    let tied = |key: i32, continued, continues| {
        let note = Note { continued, continues, ..Note::new(0, 16, Key::clamped(key)) };
        let mut measure = BandMeasure::missing(16);
        measure.set(voice(3), &Measure::from_notes(16, [note]));
        measure
    };
    // Handed on and taken up; handed on but not taken up; taken up but not handed on.
    let played = [tied(40, false, true), tied(40, true, true), tied(43, false, false), tied(43, true, true)];
    let mut onsets = Vec::new();
    for measure in 0..6 {
        rig.conductor.begin_measure(16, 16);
        onsets.extend(rig.sounding().into_iter().map(|(_, key, onset)| (key, onset)));
        if let Some(mut prediction) = rig.take() {
            prediction.measure = played[measure.min(4) - 1];
            rig.conductor.accept(&prediction);
        }
        rig.conductor.close_measure(&held(60));
    }
    assert_eq!(onsets, [(40, true), (40, false), (43, true), (43, true)]);
    let history = rig.conductor.history();
    let continues: Vec<bool> = history.iter().flat_map(|m| m.voice(voice(3)).notes()).map(|n| n.continues).collect();
    assert_eq!(continues, [true, false, false, true], "the history says what sounded");
}

#[test]
fn measures_of_any_length_follow_each_other() {
    let mut rig = Rig::new(settings(Lookahead::SecondNext));
    let parts = [12, 8];
    for at in 0..12 {
        let steps = parts[at % 2];
        let user = Measure::from_notes(steps, [Note::new(0, 4, Key::MIDDLE_C)]);
        let begun = rig.play_with(&user, parts[(at + 1) % 2], true);
        assert_eq!(begun.source, if at < 2 { Source::Silent } else { Source::Predicted });
        assert_eq!(rig.conductor.playing().steps(), steps);
    }
}

#[test]
fn a_change_of_meter_that_nobody_announced_drops_the_plan() {
    let mut rig = Rig::new(settings(Lookahead::SecondNext));
    for _ in 0..4 {
        rig.play(&held(60));
    }
    let waltz = Measure::from_notes(12, [Note::new(0, 12, Key::MIDDLE_C)]);
    let begun = rig.play_with(&waltz, 12, true);
    assert!(begun.source.is_fallback());
    assert_eq!(rig.conductor.playing().steps(), 12);
    let tally = *rig.conductor.tally();
    assert_eq!((tally.missed, tally.bridged), (0, 1), "the prediction came, for another measure");
    assert_eq!(rig.play(&waltz), Source::Predicted);
}
