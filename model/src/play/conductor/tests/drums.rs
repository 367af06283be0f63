//! The drummer beside the band: starts, stops, ends and repeats with it.

use super::*;
use crate::music::drums::{Drum, DrumHit, DrumMeasure};
use crate::music::note::Velocity;

fn drums_on(lookahead: Lookahead) -> Settings {
    Settings { drums: true, ..settings(lookahead) }
}

/// A measure that tells which it is: the kick, as hard as its number.
fn numbered(target: u32, steps: u8) -> DrumMeasure {
    let mut measure = DrumMeasure::silent(steps);
    let velocity = Velocity::new(u8::try_from(target + 1).expect("few measures")).expect("above 0");
    measure.strike(DrumHit { step: 0, drum: Drum::Kick, velocity, offset: 0.0 });
    measure
}

/// The number of the measure that is drummed; `None`: nothing is.
fn number(rig: &Rig) -> Option<u8> {
    rig.conductor.drums().hit(0, Drum::Kick).map(|hit| hit.velocity.get() - 1)
}

/// Plays a measure; whether the drummer's comes in time. Returns which one is drummed.
fn play(rig: &mut Rig, user: &Measure, next_steps: u8, comes: bool) -> Option<u8> {
    rig.conductor.begin_measure(user.steps(), next_steps);
    let drummed = number(rig);
    let answer = |rig: &mut Rig| {
        if let Some(mut prediction) = rig.take() {
            let steps = rig.request.steps;
            prediction.drums = comes.then(|| numbered(prediction.target.0, steps));
            rig.conductor.accept(&prediction);
        }
    };
    answer(rig);
    rig.conductor.last_step(user);
    answer(rig);
    rig.conductor.close_measure(user);
    drummed
}

#[test]
fn the_drummer_starts_with_the_band_and_plays_what_was_asked_for() {
    for (lookahead, first) in [(Lookahead::SecondNext, 2), (Lookahead::Next, 1)] {
        let mut rig = Rig::new(drums_on(lookahead));
        let drummed: Vec<_> = (0..6).map(|_| play(&mut rig, &held(60), 16, true)).collect();
        let expected: Vec<_> = (0..6).map(|at| (at >= first).then_some(at)).collect();
        assert_eq!(drummed, expected, "{lookahead:?}");
    }
}

#[test]
fn without_drums_nobody_drums_whatever_is_planned() {
    let mut rig = Rig::new(settings(Lookahead::SecondNext));
    assert!((0..4).all(|_| play(&mut rig, &held(60), 16, true).is_none()));
    // Switched on, it begins with the next that is asked for; off, it ends with the measure.
    rig.conductor.set_settings(drums_on(Lookahead::SecondNext));
    assert_eq!(play(&mut rig, &held(60), 16, true), Some(4));
    rig.conductor.set_settings(settings(Lookahead::SecondNext));
    assert_eq!(play(&mut rig, &held(60), 16, true), None);
    assert!(rig.conductor.planned_drums().is_none());
}

#[test]
fn a_measure_that_does_not_come_is_the_one_before_once_more() {
    let mut rig = Rig::new(drums_on(Lookahead::SecondNext));
    let comes = [true, true, true, false, false, true, true];
    let drummed: Vec<_> = comes.into_iter().map(|comes| play(&mut rig, &held(60), 16, comes)).collect();
    assert_eq!(drummed, [None, None, Some(2), Some(3), Some(3), Some(3), Some(6)]);
    // Of another length, nothing fits.
    let three = Measure::from_notes(12, [Note::new(0, 4, Key::MIDDLE_C)]);
    assert_eq!(play(&mut rig, &three, 12, true), None);
    assert_eq!(play(&mut rig, &three, 12, true), Some(8));
}

#[test]
fn the_drummer_ends_with_the_band_on_one_stroke_and_rests() {
    let mut rig = Rig::new(Settings { play_on: 0, ..drums_on(Lookahead::SecondNext) });
    for _ in 0..3 {
        play(&mut rig, &held(60), 16, true);
    }
    let mut ends = Vec::new();
    for _ in 0..6 {
        let begun = rig.conductor.begin_measure(16, 16);
        ends.push((begun.source, rig.conductor.drums().hits().map(|hit| (hit.step, hit.drum)).collect::<Vec<_>>()));
        if let Some(prediction) = rig.take() {
            rig.conductor.accept(&prediction);
        }
        rig.conductor.close_measure(&Measure::silent(16));
    }
    let at = ends.iter().position(|(source, _)| *source == Source::Closing).expect("it ends");
    assert_eq!(ends[at].1, [(0, Drum::Kick), (0, Drum::Crash)]);
    assert!(ends[at + 1..].iter().all(|(source, hits)| *source == Source::Resting && hits.is_empty()));
}

#[test]
fn what_is_frozen_is_drummed_again() {
    let mut rig = Rig::new(drums_on(Lookahead::SecondNext));
    for _ in 0..6 {
        play(&mut rig, &held(60), 16, true);
    }
    rig.conductor.set_settings(Settings { freeze: Some(2), ..drums_on(Lookahead::SecondNext) });
    let drummed: Vec<_> = (0..5).map(|_| play(&mut rig, &held(60), 16, true)).collect();
    assert_eq!(drummed, [4, 5, 4, 5, 4].map(Some));
}

#[test]
fn a_drummer_plays_on_alone_where_no_voice_does() {
    let mut rig = Rig::new(Settings { voices: VoiceMask::NONE, ..drums_on(Lookahead::SecondNext) });
    let drummed: Vec<_> = (0..4).map(|_| play(&mut rig, &held(60), 16, true)).collect();
    assert_eq!(drummed, [None, None, Some(2), Some(3)]);
    // Nobody at all is asked for nothing.
    let mut rig = Rig::new(Settings { voices: VoiceMask::NONE, ..settings(Lookahead::SecondNext) });
    play(&mut rig, &held(60), 16, true);
    rig.conductor.begin_measure(16, 16);
    assert!(!rig.conductor.request_due());
}

#[test]
fn a_new_take_begins_without_what_was_drummed_before() {
    let mut rig = Rig::new(drums_on(Lookahead::SecondNext));
    for _ in 0..4 {
        play(&mut rig, &held(60), 16, true);
    }
    rig.conductor.stop();
    rig.conductor.start();
    assert_eq!(play(&mut rig, &held(60), 16, false), None);
}

/// Kicks on these steps, and a shaker that says little.
fn hits(steps: &[u8]) -> Measure {
    let hard = Velocity::clamped(110.0);
    let kicks = steps.iter().map(|&step| Note { velocity: hard, ..Note::new(step, 1, Drum::Kick.key()) });
    Measure::from_notes(16, kicks.chain([Note::new(2, 1, Key::clamped(82))]))
}

#[test]
fn to_a_user_who_drums_the_band_plays_every_voice_where_the_kicks_are_and_knows_of_no_key() {
    for (lookahead, first) in [(Lookahead::SecondNext, 2), (Lookahead::Next, 1)] {
        let mut rig = Rig::new(Settings { user_drums: true, drums: true, ..settings(lookahead) });
        for at in 0..8 {
            let source = rig.play(&hits(&[0, 5, 11]));
            let playing = *rig.conductor.playing();
            assert_eq!(source == Source::Predicted, at >= first, "{lookahead:?}, {at}");
            if at < first {
                continue;
            }
            assert_eq!(playing.present, BandSpec::pop().all());
            assert!(rig.conductor.drums().is_silent(), "nobody else drums");
            // The fake holds one note of the whole measure: the bass strikes it again with the kicks.
            let bass: Vec<u8> = playing.voice(voice(3)).notes().iter().map(|note| note.step.0).collect();
            assert_eq!(bass, [0, 5, 11], "{lookahead:?}, {at}");
        }
        assert!(rig.conductor.history().iter().skip(first).all(|heard| heard.present == BandSpec::pop().all()));
        // Kicks and shakers say nothing of the key: it is that of what the band plays.
        let mut heard = KeyTracker::new();
        rig.conductor
            .history()
            .iter()
            .for_each(|heard_measure| heard.hear(&heard_measure.chroma(BandSpec::pop().all())));
        assert_eq!(rig.conductor.tonality(), heard.tonality());
    }
}

#[test]
fn whoever_stops_drumming_is_heard_in_their_voice_again_and_hits_never_are() {
    let mut rig = Rig::new(Settings { user_drums: true, ..settings(Lookahead::SecondNext) });
    (0..4).for_each(|_| {
        rig.play(&hits(&[0, 8]));
    });
    rig.conductor.set_settings(settings(Lookahead::SecondNext));
    (0..4).for_each(|_| {
        rig.play(&held(60));
    });
    let users: Vec<Vec<u8>> = rig
        .conductor
        .history()
        .iter()
        .map(|measure| measure.voice(voice(0)).notes().iter().map(|note| note.key.get()).collect())
        .collect();
    assert!(users.iter().flatten().all(|&key| key != 82 && key != 36), "{users:?}");
    assert!(users[5..7].iter().all(|keys| *keys == [60]), "{users:?}");
}
