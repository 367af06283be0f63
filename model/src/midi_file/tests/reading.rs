//! What players read in a file: notes, pedals, time, tracks and their names.

use super::*;

#[test]
fn running_status_and_velocity_zero_are_understood() {
    // One status byte, then strokes and releases of keys 60 and 62 by velocity alone.
    assert_eq!(notes(&one_track(b"\0\x90\x3c\x50\x18\x3c\0\0\x3e\x50\x30\x3e\0")), [(0, 1, 60), (1, 3, 62)]);
}

#[test]
fn the_pedal_lengthens_notes_to_its_release_or_the_next_stroke() {
    // Pedal down, key 60 for one step, up; pedal up after eight steps (192 ticks).
    let pedal = b"\0\xb0\x40\x7f\0\x90\x3c\x50\x18\x80\x3c\0\x81\x28\xb0\x40\0";
    assert_eq!(notes(&one_track(pedal)), [(0, 8, 60)]);
    // The same key struck again after four steps: the held note ends there.
    let again = b"\0\xb0\x40\x7f\0\x90\x3c\x50\x18\x80\x3c\0\x48\x90\x3c\x50\x18\x80\x3c\0\x48\xb0\x40\0";
    assert_eq!(notes(&one_track(again)), [(0, 4, 60), (4, 8, 60)]);
    // A half-pressed pedal below 64 holds nothing.
    assert_eq!(notes(&one_track(b"\0\xb0\x40\x3f\0\x90\x3c\x50\x18\x80\x3c\0\x48\xb0\x40\0")), [(0, 1, 60)]);
}

#[test]
fn a_stroke_ends_the_earlier_note_and_the_next_off_ends_the_stroke() {
    // On at 0, on at 2 steps, off at 4, off at 6.
    let bytes = one_track(b"\0\x90\x3c\x50\x30\x3c\x50\x30\x80\x3c\0\x30\x3c\0");
    assert_eq!(notes(&bytes), [(0, 2, 60), (2, 4, 60)]);
}

#[test]
fn a_pedal_is_its_channels_and_a_stroke_ends_the_earlier_note() {
    let right = [b"\0\x90\x3c\x50\x18\x80\x3c\0".as_slice(), END].concat();
    let left = [b"\0\xb0\x40\x7f\x81\x40\xb0\x40\0".as_slice(), END].concat();
    lenient(&file(1, DIVISION, &[&right, &left]), &[(0, 8, 60)], &[]);
    // A lost note off: the next stroke ends the note, and the next off ends the stroke.
    lenient(
        &one_track(b"\0\x90\x3c\x50\x60\x3c\x50\x18\x80\x3c\0\x48\x90\x3c\x50\x18\x80\x3c\0"),
        &[(0, 4, 60), (4, 5, 60), (8, 9, 60)],
        &[
            "1 key struck again before the note had ended: the new stroke ends the earlier note (first in track 1, tick 96)",
        ],
    );
}

#[test]
fn a_note_without_an_end_lasts_as_long_as_its_track() {
    assert_eq!(notes(&file(1, DIVISION, &[b"\0\x90\x3c\x50\x60\xff\x2f\0"])), [(0, 4, 60)]);
}

#[test]
fn a_key_that_is_released_hours_later_under_the_pedal_is_released_with_the_music() {
    let hours = b"\0\xb0\x40\x7f\0\x90\x3c\x50\x81\xd4\xb0\0\x80\x3c\x40";
    let file = MidiFile::parse(one_track(hours)).expect("a good file");
    let performance = file.performance(&[0]);
    let end = performance.notes[0].off;
    assert!(end <= 4 * 96, "{end}");
    assert_eq!(performance.messages.last().map(|message| message.0), Some(end));
}

#[test]
fn a_note_half_a_step_before_the_bar_line_belongs_to_the_next_measure() {
    // Bar line at tick 384; half a step before it is 372, and 371 is too early.
    let at = |delta: [u8; 2]| one_track(&[&delta[..], b"\x90\x3c\x50\x18\x80\x3c\0"].concat());
    assert_eq!(notes(&at([0x82, 0x74]))[0].0, 16);
    assert_eq!(notes(&at([0x82, 0x73]))[0].0, 15);
}

#[test]
fn divisions_that_four_does_not_divide_lose_nothing() {
    // Five ticks a quarter: steps lie at 0, 1.25, 2.5, 3.75; ticks 1, 3, 4 are the nearest.
    let bytes = file(0, [0, 5], &[b"\0\x90\x3c\x50\x01\x3c\0\0\x3d\x50\x02\x3d\0\0\x3e\x50\x01\x3e\0\0\xff\x2f\0"]);
    assert_eq!(notes(&bytes), [(0, 1, 60), (1, 2, 61), (2, 3, 62)]);
}

#[test]
fn film_time_is_brought_to_music_by_the_tempo() {
    // 25 frames of 40 ticks: 1000 ticks a second. At 120 a quarter lasts 500 ticks, a step 125;
    // from tick 1000 at 60 a step lasts 250.
    let bytes = file(
        0,
        [0xe7, 40],
        &[b"\x81\x7a\x90\x3c\x50\x85\x6e\x3c\0\0\xff\x51\x03\x0f\x42\x40\x87\x68\x90\x3e\x50\x81\x7a\x3e\0\0\xff\x2f\0"],
    );
    // On at 250 (step 2), off and tempo change at 1000 (step 8), on at 2000 (step 12), off at 2250.
    assert_eq!(notes(&bytes), [(2, 8, 60), (12, 13, 62)]);
    let song = Song::parse(&bytes).expect("a good file");
    assert_eq!(
        song.tempos,
        [
            TempoChange { beat: 0.0, micros_per_quarter: 500_000 },
            TempoChange { beat: 2.0, micros_per_quarter: 1_000_000 }
        ]
    );
}

#[test]
fn each_channel_of_a_track_becomes_a_track() {
    let events = b"\0\xff\x03\x05Piano\0\xc1\x05\0\x90\x3c\x50\0\x91\x40\x40\x18\x80\x3c\0\0\x81\x40\0";
    let song = Song::parse(&one_track(events)).expect("a good file");
    let named: Vec<_> = song.tracks.iter().map(|t| (t.name.as_str(), t.channel.get(), t.program)).collect();
    assert_eq!(named, [("Piano, channel 1", 0, 0), ("Piano, channel 2", 1, 5)]);
    assert!(song.track("piano, CHANNEL 2").is_some());
    assert_eq!(song.tune(), Some(1), "the higher one");
}

#[test]
fn names_are_instruments_where_tracks_have_none_and_their_bytes_stay() {
    let note = b"\0\x90\x3c\x50\x18\x80\x3c\0";
    let named = |kind: u8, name: &[u8]| {
        let head = [&[0, 0xff, kind, u8::try_from(name.len()).expect("short")][..], name].concat();
        Song::parse(&one_track(&[&head[..], note].concat())).expect("a good file")
    };
    assert_eq!(named(4, b"Flute").tracks[0].name, "Flute");
    let shift_jis = b"\x83\x81\x83\x8d\x83f\x83B";
    let song = named(3, shift_jis);
    let bytes = song.to_bytes();
    assert!(bytes.windows(shift_jis.len()).any(|window| window == shift_jis), "written back as they were");
    // Another name is written as it is said.
    let mut renamed = song.clone();
    renamed.tracks[0].name = "Lead".into();
    assert!(renamed.to_bytes().windows(4).any(|window| window == b"Lead"));
}

#[test]
fn a_channels_program_counts_wherever_it_stands() {
    let note = [b"\0\x90\x3c\x50\x18\x80\x3c\0".as_slice(), END].concat();
    let program = [b"\0\xc0\x2a".as_slice(), END].concat();
    let song = Song::parse(&file(1, DIVISION, &[&note, &program])).expect("a good file");
    assert_eq!(song.tracks[0].program, 42);
}

#[test]
fn notes_beyond_what_the_nets_hear_are_counted_and_stay_in_the_performance() {
    // 128 notes in one measure of 4/4, eight on each step, at three ticks' distance.
    let mut events = Vec::new();
    for number in 0..128_u8 {
        events.extend([0, 0x90, 20 + number % 64, 80, 3, 0x80, 20 + number % 64, 0]);
    }
    let file = MidiFile::parse(one_track(&events)).expect("a good file");
    let heard = file.song().tracks[0].notes(file.song().spans()).len();
    let said = file.warnings()[0].to_string();
    assert_eq!((file.warnings()[0].oddity, file.warnings()[0].count), (Oddity::NoRoom, 128 - heard), "{said}");
    assert_eq!(file.performance(&[0]).notes.len(), 128);
}

#[test]
fn a_bar_line_between_two_ticks_begins_no_measure_more() {
    // A bar of 3/8 has 49 150.5 ticks of this division: a note that fills it ends at tick 49 151.
    let bars = |end: [u8; 3]| {
        let events = [&[0, 0xff, 0x58, 4, 3, 3, 24, 8, 0, 0x90, 60, 80][..], &end, &[0x80, 60, 0], END].concat();
        let song = Song::parse(&file(0, [0x7f, 0xff], &[&events])).expect("a good file");
        let again = Song::parse(&song.to_bytes()).expect("what was written can be read");
        assert_eq!(again.spans(), song.spans());
        assert!(song.tracks[0].measures.last().is_some_and(|last| last.notes().iter().all(|note| !note.continues)));
        song.len()
    };
    assert_eq!(bars([0x82, 0xff, 0x7f]), 1);
    assert_eq!(bars([0x83, 0x80, 0x00]), 2, "a tick later another bar has begun");
}
