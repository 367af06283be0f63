//! What the band plays depends on nothing that it cannot have heard: its plan on what was over when it was made, and
//! the pitch of a note that yields on what is held as it begins.

use model::midi_file::{LongNote, Track};
use model::{Key, PitchFollow, Velocity};
use tests::host::Format;
use tests::stage::{Stage, music};
use tests::timeline::QUARTER;

/// Changes everything after measure `after` (from 1) and looks where the output first differs.
fn check(format: Format, next: bool, after: u32, unchanged: i64) {
    check_with(PitchFollow::Off, format, next, (after, unchanged));
    check_with(PitchFollow::AvoidClashes, format, next, (after, unchanged));
}

fn check_with(pitches: PitchFollow, format: Format, next: bool, (after, unchanged): (u32, i64)) {
    let mut stage = Stage::new(format, 14, 120.0);
    stage.setup.next = next;
    stage.setup.pitches = pitches;
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
        PitchFollow::AvoidClashes | PitchFollow::Chords => {
            assert_eq!(until(&before, heard), until(&later, heard), "the same while the player plays the same");
            let rhythm = |music: &[(usize, i64, u8, u8, u8)]| {
                until(music, end).iter().map(|note| (note.0, note.1)).collect::<std::collections::BTreeSet<_>>()
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

#[test]
fn next_knows_the_last_measure() {
    for format in Format::ALL {
        check(format, true, 5, 6);
    }
}
