//! What the band plays depends on nothing that it cannot have heard: its plan on what was over when it was made, and
//! the pitch of a note that yields, and its end, on what is held as it begins and as it sounds.

use std::collections::BTreeSet;

use model::midi_file::{LongNote, Track};
use model::{HarmonyChoice, Hold, Key, PitchFollow, Velocity};
use tests::host::Format;
use tests::stage::{Stage, music};
use tests::timeline::QUARTER;

/// Changes everything after measure `after` (from 1) and looks where the output first differs.
fn check(format: Format, next: bool, after: u32, unchanged: i64) {
    let told = HarmonyChoice { foretell: true, hold: Hold::Repeats };
    check_with((PitchFollow::Off, HarmonyChoice::OFF), format, next, (after, unchanged));
    check_with((PitchFollow::Off, told), format, next, (after, unchanged));
    check_with((PitchFollow::AvoidClashes, HarmonyChoice::OFF), format, next, (after, unchanged));
}

fn check_with(
    (pitches, harmony): (PitchFollow, HarmonyChoice),
    format: Format,
    next: bool,
    (after, unchanged): (u32, i64),
) {
    let mut stage = Stage::new(format, 14, 120.0);
    stage.setup.next = next;
    (stage.setup.pitches, stage.setup.harmony) = (pitches, harmony);
    let before = music(&stage.take(&stage.straight(), &[512]));
    let spans = stage.song.spans().to_vec();
    let mut notes = stage.song.tracks[0].notes(&spans);
    notes.retain(|note| note.start < after * 16);
    notes.iter_mut().for_each(|note| note.end = note.end.min(after * 16));
    // Something quite different: repeated low notes in a far key.
    notes.extend((after * 4..14 * 4).map(|beat| LongNote {
        start: beat * 4 + 1,
        end: beat * 4 + 3,
        key: Key::clamped(49 + i32::try_from(beat % 3).expect("small")),
        velocity: Velocity::MAX,
    }));
    stage.song.tracks.clear();
    stage.song.add_notes(Track::new("Lead"), notes);
    let later = music(&stage.take(&stage.straight(), &[512]));
    let until = |music: &[(usize, i64, u8, u8, u8)], tick: i64| {
        music.iter().filter(|note| note.1 < tick).copied().collect::<Vec<_>>()
    };
    let end = unchanged * 4 * QUARTER;
    let heard = i64::from(after) * 4 * QUARTER;
    match pitches {
        PitchFollow::Off => assert_eq!(until(&before, end), until(&later, end), "the same up to measure {unchanged}"),
        _ => {
            assert_eq!(until(&before, heard), until(&later, heard), "the same while the player plays the same");
            let rhythm = |music: &[(usize, i64, u8, u8, u8)]| {
                until(music, end).iter().map(|note| (note.0, note.1)).collect::<BTreeSet<_>>()
            };
            assert_eq!(rhythm(&before), rhythm(&later), "in time the same up to measure {unchanged}");
            assert_ne!(until(&before, end), until(&later, end), "but what is held moves some notes");
        }
    }
    assert!(!until(&before, end).is_empty());
    assert_ne!(before, later, "the change is heard at some time");
}

#[test]
fn second_next_knows_the_measure_before_the_last() {
    for format in Format::ALL {
        check(format, false, 5, 7);
    }
}

/// The voices' places in time and on channels: (tick, channel).
fn rhythm(music: &[(usize, i64, u8, u8, u8)], without: Option<u8>) -> BTreeSet<(i64, u8)> {
    music.iter().filter(|note| Some(note.2) != without).map(|note| (note.1, note.2)).collect()
}

#[test]
fn chords_that_are_held_move_pitches_and_strike_the_bass_again_and_nothing_else() {
    let bass = 3;
    let stage = |pitches, later: &[i32; 3], seed| {
        // The formats play alike: other hazards compare them.
        let mut stage = Stage::new(Format::Clap, 9, 120.0).with_chords();
        (stage.setup.pitches, stage.setup.seed) = (pitches, seed);
        let spans = stage.song.spans().to_vec();
        let mut notes = stage.song.tracks[0].notes(&spans);
        // From the middle of measure 7 on another chord is held.
        notes.retain(|note| note.start < 6 * 16 + 8);
        let held = later.map(|key| (6 * 16 + 9, 9 * 16, Key::clamped(key)));
        notes.extend(held.map(|(start, end, key)| LongNote { start, end, key, velocity: Velocity::DEFAULT }));
        stage.song.tracks.clear();
        stage.song.add_notes(Track::new("Lead"), notes);
        let take = stage.take(&stage.straight(), &[512]);
        assert!(take.verdict.is_clean(), "{:?}", take.verdict);
        music(&take)
    };
    let (far, near) = ([54, 58, 61], [48, 52, 55]);
    // A bass in figures rests where people's does: of these seeds, one with which it sounds where the chord changes.
    let heard = (6 * 4 + 2) * QUARTER + QUARTER / 4;
    let lies = |music: &[(usize, i64, u8, u8, u8)]| {
        music.iter().any(|note| note.2 == bass && (heard - 2 * QUARTER..heard).contains(&note.1))
    };
    let plans = (0..8).map(|seed| (seed, stage(PitchFollow::Off, &far, seed)));
    let (seed, planned) = plans.into_iter().find(|(_, music)| lies(music)).expect("a seed whose bass plays there");
    let (one, other) = (stage(PitchFollow::Chords, &far, seed), stage(PitchFollow::Chords, &near, seed));
    // The plan is the same, and all that it has comes in its time.
    assert_eq!(rhythm(&planned, Some(bass)), rhythm(&one, Some(bass)));
    assert!(rhythm(&planned, None).is_subset(&rhythm(&one, None)), "what was planned begins when it was to");
    let again = rhythm(&one, None).difference(&rhythm(&planned, None)).count();
    assert!(again > 0, "a bass was struck again");
    // What is held later is not known before it is held; and then it is.
    let until = |music: &[(usize, i64, u8, u8, u8)], tick: i64| {
        music.iter().filter(|note| note.1 < tick).copied().collect::<Vec<_>>()
    };
    assert_eq!(until(&one, heard), until(&other, heard));
    assert_ne!(until(&one, heard + 2 * QUARTER), until(&other, heard + 2 * QUARTER));
    let sharps = one.iter().filter(|note| note.1 >= 7 * 4 * QUARTER);
    let kept = sharps.clone().filter(|note| far.iter().any(|key| key % 12 == i32::from(note.3) % 12)).count();
    assert!(2 * kept > sharps.count(), "most notes are of the chord that is held");
}

#[test]
fn next_knows_the_last_measure() {
    for format in Format::ALL {
        check(format, true, 5, 6);
    }
}
