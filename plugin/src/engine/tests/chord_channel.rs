//! Keys that only name chords, on a channel of their own.

use model::{PitchFollow, Velocity};

use super::*;

/// A player whose left hand names chords on channel 16, who plays nothing else, in the measure that begins here.
fn conducting() -> (Rig, i64) {
    let mut rig = Rig::with(Manner::Triads);
    rig.set(|controls| (controls.pitches, controls.chord_channel) = (PitchFollow::Chords, Some(channel(15))));
    rig.roll(4 * MEASURE - 6000, &[512]);
    rig.plays = false;
    rig.roll(4 * MEASURE + 100, &[512]);
    (rig, 4 * MEASURE)
}

fn name(rig: &mut Rig, from: u8, keys: &[u8], down: bool) {
    let message = |&number: &u8| match down {
        true => Message::On(channel(from), key(number), Velocity::DEFAULT),
        false => Message::Off(channel(from), key(number)),
    };
    rig.extra.extend(keys.iter().map(message));
}

fn bass(rig: &Rig, from: i64) -> Vec<(i64, u8)> {
    rig.notes().into_iter().filter(|note| note.0 >= from && note.1 == 3).map(|note| (note.0, note.2)).collect()
}

#[test]
fn the_band_goes_with_two_keys_that_name_a_chord_and_are_no_part_of_the_players_voice() {
    let (mut rig, line) = conducting();
    let step = QUARTER / 4;
    name(&mut rig, 15, &[65, 69], true);
    rig.roll(line + 2 * step - 1, &[512]);
    assert_eq!(bass(&rig, line), [(line, 36), (line + step, 41)], "F under an F at the next sixteenth");
    rig.roll(line + 12 * step, &[512]);
    assert_eq!(bass(&rig, line)[2..], [(line + 8 * step, 41)]);
    let user = rig.engine.buffer.so_far(16);
    assert!(user.is_silent(), "nothing of it is the player's voice: {user:?}");
    name(&mut rig, 15, &[65, 69], false);
    rig.roll(line + MEASURE + 1, &[512]);
    assert_eq!(bass(&rig, line)[3..], [(line + MEASURE, 36)], "the plan again");
    assert_eq!(rig.hanging().iter().filter(|place| place.0 == 15).count(), 0, "what passed has ended");
}

#[test]
fn what_is_played_elsewhere_names_no_chord_then() {
    let (mut rig, line) = conducting();
    name(&mut rig, 0, &[65, 69, 72], true);
    rig.roll(line + MEASURE, &[512]);
    assert_eq!(bass(&rig, line), [(line, 36), (line + MEASURE / 2, 36)]);
    // Another channel for chords: what was held on the one before names none any more.
    name(&mut rig, 0, &[65, 69, 72], false);
    name(&mut rig, 15, &[65, 69, 72], true);
    rig.roll(line + MEASURE + 100, &[512]);
    rig.set(|controls| controls.chord_channel = Some(channel(14)));
    rig.roll(line + 2 * MEASURE + 100, &[512]);
    assert_eq!(bass(&rig, line + 2 * MEASURE), [(line + 2 * MEASURE, 36)]);
}
