//! Modes, freeze, another seed, panic: what the musician switches while the music goes on.

use model::Interplay;

use super::*;
use crate::midi::ALL_NOTES_OFF;

/// The user plays in the measures that `plays` chooses.
fn roll_measures(rig: &mut Rig, measures: std::ops::Range<i64>, plays: impl Fn(i64) -> bool) {
    for measure in measures {
        rig.plays = plays(measure);
        // The user's notes of the very bar line belong to the measure that begins there.
        rig.roll((measure + 1) * MEASURE, &[480]);
    }
}

/// On which channels the band's notes begin in a measure.
fn channels(rig: &Rig, measure: i64) -> Vec<u8> {
    let notes = rig.notes().into_iter().filter(|(at, ..)| at.div_euclid(MEASURE) == measure);
    let mut channels: Vec<u8> = notes.map(|(_, channel, _)| channel).collect();
    channels.sort_unstable();
    channels.dedup();
    channels
}

#[test]
fn in_its_turn_the_band_plays_the_users_voice_too() {
    let mut rig = Rig::new();
    rig.set(|controls| (controls.interplay, controls.turn) = (Interplay::Trade, 2));
    roll_measures(&mut rig, 0..10, |measure| measure % 4 < 2);
    let heard: Vec<_> = (0..10).map(|measure| channels(&rig, measure).len()).collect();
    assert_eq!(heard, [0, 0, 4, 4, 3, 3, 4, 4, 3, 3]);
}

#[test]
fn a_mode_that_takes_the_users_voice_away_ends_its_notes_at_once() {
    for to in [Interplay::Accompany, Interplay::Solo] {
        let mut rig = Rig::new();
        rig.set(|controls| controls.interplay = Interplay::Continue);
        roll_measures(&mut rig, 0..7, |measure| measure < 3);
        rig.roll(7 * MEASURE + 1000, &[500]);
        assert!(rig.hanging().iter().any(|&(channel, _)| channel == 0), "it plays the user's voice");
        rig.set(|controls| controls.interplay = to);
        rig.block(64);
        let ended = if to == Interplay::Solo { 2 } else { 0 };
        assert!(rig.hanging().iter().all(|&(channel, _)| channel != ended), "{:?}", rig.hanging());
        rig.roll(12 * MEASURE, &[500]);
        assert!((8..12).all(|measure| !channels(&rig, measure).contains(&ended)));
    }
}

#[test]
fn what_is_frozen_sounds_exactly_as_it_did() {
    let mut rig = Rig::new();
    rig.set(|controls| (controls.humanise, controls.follow, controls.freeze_length) = (1.0, 1.0, 3));
    // The user grows louder all the time.
    let measure = |rig: &mut Rig, number: i64| {
        let velocity = Velocity::clamped(32.0 + 4.0 * number as f32);
        let stroke = Measure::from_notes(16, [Note { velocity, ..Note::new(0, 4, key(60)) }]);
        rig.engine.loudness.hear(&stroke);
        rig.roll((number + 1) * MEASURE, &[480, 1000]);
    };
    for number in 0..8 {
        measure(&mut rig, number);
    }
    rig.set(|controls| controls.freeze = true);
    for number in 8..20 {
        measure(&mut rig, number);
    }
    rig.set(|controls| controls.freeze = false);
    for number in 20..22 {
        measure(&mut rig, number);
    }
    let played = |number: i64| -> Vec<_> {
        let of = |&(at, out): &(i64, Out)| match out {
            Out::Said(message @ Message::On(..)) if at.div_euclid(MEASURE) == number => {
                Some((at - number * MEASURE, message))
            }
            _ => None,
        };
        rig.out.iter().filter_map(of).collect()
    };
    assert!(played(5) != played(6) && played(6) != played(7), "humanised");
    // The first of the loop begins anew what had been handed on to it.
    let struck_again = played(8).len() - played(5).len();
    assert!(struck_again <= 3 && played(5).iter().all(|note| played(8).contains(note)), "{struck_again} more");
    for number in 9..20 {
        let expected = if number == 9 || number == 10 { number - 3 } else { 8 + (number - 8) % 3 };
        assert_eq!(played(number), played(expected), "measure {number} is {expected}");
    }
    assert_ne!(played(20), played(17));
}

#[test]
fn another_seed_counts_from_the_next_planned_measure_until_the_stop() {
    let seeds = |rig: &Rig| rig.engine.conductor.settings().seed;
    let mut rig = Rig::new();
    rig.set(|controls| controls.seed = 5);
    rig.roll(MEASURE, &[512]);
    let press = |rig: &mut Rig| {
        rig.set(|controls| controls.regenerate = true);
        rig.block(64);
        rig.set(|controls| controls.regenerate = false);
        rig.block(64);
        rig.engine.conductor.settings().seed
    };
    let (first, second) = (press(&mut rig), press(&mut rig));
    assert!(first != 5 && second != 5 && first != second);
    let mut other = Rig::new();
    other.set(|controls| controls.seed = 5);
    assert_eq!((press(&mut other), press(&mut other)), (first, second), "it depends on seed and count alone");
    rig.host.playing = false;
    rig.block(64);
    assert_eq!(seeds(&rig), 5, "every take begins with the seed that is set");
}

#[test]
fn panic_ends_all_and_the_band_is_back_at_the_bar_line() {
    let mut rig = Rig::new();
    rig.roll(2 * MEASURE + 5000, &[500]);
    let (said, before) = (rig.out.len(), rig.notes().len());
    rig.plays = false;
    rig.set(|controls| controls.panic = true);
    rig.block(500);
    assert_eq!(rig.hanging(), []);
    let all_off = |number| Out::Said(Message::Control(channel(number), ALL_NOTES_OFF, 0));
    for number in 0..16 {
        assert!(rig.out[said..].contains(&(2 * MEASURE + 5000, all_off(number))));
    }
    rig.set(|controls| controls.panic = false);
    rig.roll(3 * MEASURE, &[500]);
    assert_eq!(rig.notes().len(), before, "nothing more of this measure");
    rig.roll(3 * MEASURE + 10, &[10]);
    assert!(rig.notes().len() > before, "but of the next");
}
