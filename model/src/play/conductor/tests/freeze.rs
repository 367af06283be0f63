//! The band repeats what it played, until released.

use super::*;

fn freeze(rig: &mut Rig, freeze: Option<u8>) {
    rig.conductor.set_settings(Settings { freeze, ..*rig.conductor.settings() });
}

/// Plays a measure of the user's and says what the band played, and which performance it was.
fn play(rig: &mut Rig, key: i32) -> (BandMeasure, u32) {
    let begun = rig.play_with(&held(key), 16, true);
    (*rig.conductor.playing(), begun.performance)
}

#[test]
fn the_last_measures_come_again_exactly_until_released() {
    for lookahead in [Lookahead::SecondNext, Lookahead::Next] {
        for length in 1..=8_usize {
            let mut rig = Rig::new(settings(lookahead));
            let before: Vec<_> = (0..12).map(|at| play(&mut rig, 60 + at)).collect();
            freeze(&mut rig, u8::try_from(length).ok());
            for at in 0..20 {
                let expected = before[12 - length + at % length];
                assert_eq!(play(&mut rig, 30), expected, "{length} measures, repeated {at}");
                assert_eq!(rig.conductor.now(), None);
            }
            freeze(&mut rig, None);
            let after = play(&mut rig, 30);
            assert!(before.iter().all(|(measure, performance)| (*measure, *performance) != after));
            assert_eq!(rig.conductor.tally().fallbacks(), 0, "released, it goes on with its prediction");
        }
    }
}

#[test]
fn it_takes_hold_once_so_many_measures_were_played() {
    let mut rig = Rig::new(Settings { freeze: Some(3), ..settings(Lookahead::SecondNext) });
    let played: Vec<_> = (0..11).map(|at| play(&mut rig, 60 + at)).collect();
    // Two measures are listened to; three are played; then they come again.
    assert!(played[..2].iter().all(|(measure, _)| measure.present.is_empty()));
    assert_eq!(played[5..8], played[2..5]);
    assert_eq!(played[8..11], played[2..5]);
    // A longer loop is as long as what there is, a shorter one its end.
    freeze(&mut rig, Some(8));
    assert!((0..6).all(|_| played[2..5].contains(&play(&mut rig, 20))));
    freeze(&mut rig, Some(1));
    assert!((0..3).all(|_| play(&mut rig, 20) == played[4]));
}

#[test]
fn it_outlives_stop_and_jump_but_not_another_band() {
    let mut rig = Rig::new(settings(Lookahead::SecondNext));
    let before: Vec<_> = (0..6).map(|at| play(&mut rig, 60 + at)).collect();
    freeze(&mut rig, Some(2));
    assert_eq!(play(&mut rig, 20), before[4]);
    rig.conductor.stop();
    rig.conductor.start();
    assert_eq!(play(&mut rig, 20), before[4], "from the loop's beginning");
    rig.conductor.begin_measure(16, 16);
    rig.conductor.jump(4, &Measure::silent(16));
    assert_eq!(play(&mut rig, 20), before[4], "the measure that was cut off counts");
    let choir = BandSpec::chorale();
    let settings = Settings { freeze: Some(2), ..Settings::new(&choir, voice(0)) };
    drop(rig.conductor.set_band(&choir, Arc::new(FakeFallback), settings));
    let begun = rig.conductor.begin_measure(16, 16);
    assert_ne!(begun.source, Source::Frozen);
}

#[test]
fn voices_that_are_switched_off_are_silent_in_it_too() {
    let mut rig = Rig::new(settings(Lookahead::SecondNext));
    for at in 0..6 {
        play(&mut rig, 60 + at);
    }
    freeze(&mut rig, Some(2));
    rig.conductor.set_settings(Settings { voices: VoiceMask::only(voice(3)), ..*rig.conductor.settings() });
    let (measure, _) = play(&mut rig, 60);
    assert_eq!(measure.present, VoiceMask::only(voice(3)));
    // The loop is short: a measure of another length is cut off, or filled with silence.
    let begun = rig.conductor.begin_measure(12, 16);
    assert_eq!((begun.source, rig.conductor.playing().steps()), (Source::Frozen, 12));
}
