//! The band follows the user into silence.

use super::*;
use crate::music::tonality::Mode;

/// What the band does while the user plays so many measures, rests so many, and plays again.
fn sources(settings: Settings, played: usize, rests: usize) -> Vec<Source> {
    let mut rig = Rig::new(settings);
    let user = (0..played + rests + 6).map(|m| if (played..played + rests).contains(&m) { None } else { Some(60) });
    user.map(|key| rig.play(&key.map_or(Measure::silent(16), held))).collect()
}

#[test]
fn after_two_silent_measures_it_plays_on_closes_and_rests() {
    use Source::{Closing as C, Predicted as P, Resting as R, Silent as S};
    // The user plays four measures; the fifth and sixth are silent.
    let check = |lookahead, play_on, rests, expected: &[Source]| {
        let settings = Settings { play_on, ..settings(lookahead) };
        assert_eq!(sources(settings, 4, rests), expected, "{lookahead:?}, playing on for {play_on}");
    };
    // Three measures more, the close, rest; after the user's return one has to be heard.
    check(Lookahead::SecondNext, 3, 8, &[S, S, P, P, P, P, P, P, P, C, R, R, R, R, P, P, P, P]);
    check(Lookahead::Next, 3, 8, &[S, P, P, P, P, P, P, P, P, C, R, R, R, P, P, P, P, P]);
    // At second-next, the measure after the second silent one was predicted before its silence was heard.
    check(Lookahead::SecondNext, 0, 6, &[S, S, P, P, P, P, P, C, R, R, R, R, P, P, P, P]);
    check(Lookahead::Next, 0, 6, &[S, P, P, P, P, P, C, R, R, R, R, P, P, P, P, P]);
    // One silent measure is a breath.
    check(Lookahead::SecondNext, 0, 1, &[S, S, P, P, P, P, P, P, P, P, P]);
    // Who returns in time is not left alone.
    check(Lookahead::SecondNext, 3, 5, &[S, S, P, P, P, P, P, P, P, C, R, P, P, P, P]);
    check(Lookahead::SecondNext, 4, 5, &[S, S, P, P, P, P, P, P, P, P, C, P, P, P, P]);
    check(Lookahead::SecondNext, 5, 5, &[S, S, P, P, P, P, P, P, P, P, P, P, P, P, P]);
}

#[test]
fn a_band_that_plays_for_ever_never_closes() {
    let settings = Settings { play_on: Settings::FOR_EVER, ..settings(Lookahead::SecondNext) };
    assert!(sources(settings, 4, 300)[2..].iter().all(|&source| source == Source::Predicted));
}

#[test]
fn resting_is_not_missing() {
    let mut rig = Rig::new(Settings { play_on: 0, ..settings(Lookahead::SecondNext) });
    for measure in 0..12 {
        rig.play(&if measure < 4 { held(60) } else { Measure::silent(16) });
    }
    let tally = *rig.conductor.tally();
    assert_eq!(tally.fallbacks(), 0);
    assert_eq!(tally.closes, 1);
    assert!(rig.conductor.playing().present.is_empty());
    assert_eq!(rig.conductor.history().back(1).map(|measure| measure.present), Some(VoiceMask::only(voice(0))));
}

#[test]
fn the_close_is_the_tonics_triad_near_the_last_notes() {
    for (key, classes) in [
        (Tonality { tonic: 2, mode: Mode::Major }, [2, 6, 9]),
        (Tonality { tonic: 2, mode: Mode::Minor }, [2, 5, 9]),
        (Tonality { tonic: 9, mode: Mode::Minor }, [0, 4, 9]),
    ] {
        let mut rig = Rig::new(Settings { play_on: 0, key: Some(key), ..settings(Lookahead::SecondNext) });
        let mut last = BandMeasure::missing(16);
        for measure in 0.. {
            let before = *rig.conductor.playing();
            if rig.play(&if measure < 6 { held(60) } else { Measure::silent(16) }) == Source::Closing {
                last = before;
                break;
            }
        }
        let close = rig.conductor.playing();
        assert_eq!(close.present, last.present, "all who played close");
        let chroma = close.chroma(close.present);
        let sounding: Vec<usize> = (0..12).filter(|&class| chroma[class] > 0.0).collect();
        assert_eq!(sounding, classes);
        let bass = close.voice(voice(3)).notes();
        assert_eq!(bass.len(), 1);
        assert_eq!(bass[0].key.pitch_class(), key.tonic);
        for index in [1, 3] {
            let (from, to) = (last.voice(voice(index)).notes()[0].key, close.voice(voice(index)).notes()[0].key);
            let range = BandSpec::pop().voices[index].range;
            let reach = if range.contains(from) { 6 } else { 127 };
            assert!(from.get().abs_diff(to.get()) <= reach, "{from:?} to {to:?}");
        }
    }
}
