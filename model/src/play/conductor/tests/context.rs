//! What a request tells the predictor.

use super::*;
use crate::predict::energy::Energy;
use crate::predict::predictor::Style;

/// The request that is due in measure `index` of a take in which the user plays 60, 61, 62 …
fn request_in(settings: Settings, index: i32) -> PredictRequest {
    let mut rig = Rig::new(settings);
    for measure in 0..index {
        rig.play(&held(60 + measure));
    }
    rig.conductor.begin_measure(16, 12);
    rig.conductor.last_step(&held(60 + index));
    assert!(rig.conductor.take_request(&mut rig.request), "a request is due");
    assert!(!rig.conductor.take_request(&mut rig.request), "only once");
    rig.request
}

#[test]
fn second_next_knows_the_users_measures_up_to_the_last_and_the_bands_own_plan() {
    let request = request_in(Settings { seed: 5, ..settings(Lookahead::SecondNext) }, 6);
    assert_eq!((request.target, request.ahead, request.unheard_steps), (MeasureIndex(7), 2, 0));
    assert_eq!(request.steps, 12, "the wanted measure has the length that was announced");
    assert_eq!(request.seed, mix(5, 7));
    assert_eq!(request.history.len(), 6);
    assert_eq!(*request.history.back(0).expect("measure 5").voice(voice(0)), held(65));
    let planned = request.planned.expect("what sounds in measure 6");
    assert!(!planned.present.has(voice(0)), "the user's measure 6 is not known");
    assert_eq!(planned.present, request.voices);
    let present: Vec<usize> = request.history.iter().map(|measure| measure.present.count()).collect();
    assert_eq!(present, [1, 1, 4, 4, 4, 4], "where the band did not play it is missing, not silent");
}

#[test]
fn a_request_says_since_when_another_seed_is_set_and_a_new_start_forgets_it() {
    let settings = settings(Lookahead::SecondNext);
    let mut rig = Rig::new(settings);
    let asked = |rig: &mut Rig, seed: u64| {
        rig.conductor.set_settings(Settings { seed, ..settings });
        rig.conductor.begin_measure(16, 16);
        let asked = rig.conductor.take_request(&mut rig.request).then_some(rig.request.since_seed);
        rig.conductor.close_measure(&held(60));
        asked
    };
    let seeds = [0, 0, 0, 1, 1, 1, 0, 0];
    let told = [None, None, None, Some(0), Some(1), Some(2), Some(0), Some(1)];
    let first = asked(&mut rig, 0);
    assert!(first.is_none(), "nothing was heard yet");
    assert_eq!(seeds.map(|seed| asked(&mut rig, seed)), told.map(Some));
    rig.conductor.start();
    let again: Vec<_> = [1, 1, 1].iter().filter_map(|&seed| asked(&mut rig, seed)).collect();
    assert_eq!(again, [None, None]);
}

#[test]
fn a_request_says_which_measures_were_asked_for_as_it_is_and_a_new_start_forgets_it() {
    let settings = settings(Lookahead::SecondNext);
    let mut rig = Rig::new(settings);
    let alike = |rig: &mut Rig, energy: f32| {
        let style = Style { energy: Energy::clamped(energy), ..settings.style };
        rig.conductor.set_settings(Settings { style, ..settings });
        rig.conductor.begin_measure(16, 16);
        let asked = rig.conductor.take_request(&mut rig.request);
        let alike = [1, 2, 3].map(|ago| rig.request.asked.were_alike(rig.request.target.0, ago));
        rig.conductor.close_measure(&held(60));
        asked.then_some(alike)
    };
    alike(&mut rig, 0.0);
    let asked = [0.0, 0.0, 1.0, 0.0].map(|energy| alike(&mut rig, energy));
    let told = [[true, true, true], [true, true, true], [false, false, true], [false, true, true]];
    assert_eq!(asked, told.map(Some));
    rig.conductor.start();
    let again: Vec<_> = [1.0, 1.0, 1.0].iter().filter_map(|&energy| alike(&mut rig, energy)).collect();
    assert_eq!(again, [[true; 3]; 2]);
}

#[test]
fn next_knows_everything_before_the_last_step() {
    let mut rig = Rig::new(settings(Lookahead::Next));
    for measure in 0..3 {
        rig.play(&held(60 + measure));
    }
    rig.conductor.begin_measure(16, 16);
    assert!(!rig.conductor.request_due(), "not before the last step begins");
    let user = Measure::from_notes(16, [Note::new(0, 16, Key::MIDDLE_C), Note::new(15, 1, Key::MAX)]);
    rig.conductor.last_step(&user);
    assert!(rig.conductor.take_request(&mut rig.request));
    let request = rig.request;
    assert_eq!((request.target, request.ahead, request.unheard_steps), (MeasureIndex(4), 1, 1));
    assert!(request.planned.is_none());
    assert_eq!(request.history.len(), 4);
    let newest = request.history.back(0).expect("the measure under way");
    assert_eq!(newest.voice(voice(0)).notes(), [Note::new(0, 15, Key::MIDDLE_C)]);
    assert_eq!(newest.present.count(), 4, "the band knows what it plays");
    // The closed measure is in the history whole, and once.
    rig.conductor.close_measure(&user);
    rig.conductor.begin_measure(16, 16);
    assert_eq!(rig.conductor.history().len(), 4);
    assert_eq!(*rig.conductor.history().back(0).expect("closed").voice(voice(0)), user);
}

#[test]
fn a_band_that_does_not_hear_itself_knows_the_user_alone() {
    for lookahead in [Lookahead::SecondNext, Lookahead::Next] {
        let request = request_in(Settings { hear_own: false, ..settings(lookahead) }, 6);
        assert!(request.planned.is_none());
        for measure in request.history.iter() {
            assert_eq!(measure.present, VoiceMask::only(voice(0)));
            assert!((1..4).all(|index| measure.voice(voice(index)).is_silent()));
        }
    }
}

#[test]
fn a_fixed_key_is_what_the_request_says() {
    let key = Tonality { tonic: 4, mode: crate::music::tonality::Mode::Minor };
    assert_eq!(request_in(Settings { key: Some(key), ..settings(Lookahead::Next) }, 3).tonality, key);
}

#[test]
fn the_tracked_key_follows_the_user() {
    let scale = [2, 4, 6, 7, 9, 11, 13, 14];
    let scale =
        Measure::from_notes(16, (0_u8..).zip(scale).map(|(i, key)| Note::new(2 * i, 2, Key::clamped(60 + key))));
    let mut rig = Rig::new(settings(Lookahead::SecondNext));
    for _ in 0..4 {
        rig.play(&scale);
    }
    assert_eq!(rig.conductor.tonality(), Tonality { tonic: 2, mode: crate::music::tonality::Mode::Major });
    rig.conductor.begin_measure(16, 16);
    assert!(rig.conductor.take_request(&mut rig.request));
    assert_eq!(rig.request.tonality, rig.conductor.tonality());
}

#[test]
fn a_request_taken_late_knows_no_more() {
    let mut early = Rig::new(settings(Lookahead::SecondNext));
    let mut late = Rig::new(settings(Lookahead::SecondNext));
    for measure in 0..8 {
        let user = held(60 + measure);
        for rig in [&mut early, &mut late] {
            rig.conductor.begin_measure(16, 16);
        }
        assert!(measure == 0 || early.predict());
        // The box comes back when the measure is nearly over.
        late.conductor.last_step(&user);
        assert!(measure == 0 || late.predict());
        for rig in [&mut early, &mut late] {
            rig.conductor.close_measure(&user);
        }
        assert!(!late.predict(), "after the measure it is too late to ask");
        assert_eq!(early.conductor.playing(), late.conductor.playing());
    }
}
