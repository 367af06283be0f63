//! What a musician notices about MIDI files.

mod hostile;

use std::fs;

use proptest::prelude::*;

use super::*;
use crate::music::meter::TimeSignature;
use crate::music::note::{Channel, Key, Velocity};
use crate::random::Rng;

/// A file of these tracks, whose bytes stand here as the standard has them.
fn file(format: u8, division: [u8; 2], tracks: &[&[u8]]) -> Vec<u8> {
    let count = u8::try_from(tracks.len()).expect("few tracks");
    let mut bytes = b"MThd\0\0\0\x06\0".to_vec();
    bytes.extend([format, 0, count]);
    bytes.extend(division);
    for track in tracks {
        bytes.extend(b"MTrk");
        bytes.extend(u32::try_from(track.len()).expect("a short track").to_be_bytes());
        bytes.extend(*track);
    }
    bytes
}

/// 96 ticks a quarter, so that a sixteenth lasts 24.
const DIVISION: [u8; 2] = [0, 96];
const END: &[u8] = b"\0\xff\x2f\0";

fn one_track(events: &[u8]) -> Vec<u8> {
    file(0, DIVISION, &[&[events, END].concat()])
}

fn key(number: u8) -> Key {
    Key::new(number).expect("a key")
}

/// (start, end, key) of the first track, in steps.
fn notes(bytes: &[u8]) -> Vec<(u32, u32, u8)> {
    let song = Song::parse(bytes).expect("a good file");
    song.tracks[0].notes(song.spans()).iter().map(|note| (note.start, note.end, note.key.get())).collect()
}

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
fn a_note_without_an_end_lasts_as_long_as_its_track() {
    assert_eq!(notes(&file(1, DIVISION, &[b"\0\x90\x3c\x50\x60\xff\x2f\0"])), [(0, 4, 60)]);
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
fn long_measures_are_divided_and_a_change_of_meter_begins_a_measure() {
    let meter = |numerator, power| [0, 0xff, 0x58, 4, numerator, power, 24, 8];
    // 5/4, and after 24 steps (576 ticks), within the second measure, 3/4; then a note at step 36.
    let mut events = meter(5, 2).to_vec();
    events.extend([0x84, 0x40]);
    events.extend(&meter(3, 2)[1..]);
    events.extend(b"\x82\x20\x90\x3c\x50\x18\x80\x3c\0");
    let song = Song::parse(&one_track(&events)).expect("a good file");
    let spans: Vec<_> = song.spans().iter().map(|span| (span.start, span.steps, span.part)).collect();
    assert_eq!(spans, [(0, 12, 0), (12, 8, 1), (20, 4, 0), (24, 12, 0), (36, 12, 0)]);
    assert_eq!(song.meters().iter().map(|change| change.measure).collect::<Vec<_>>(), [0, 3]);
}

#[test]
fn an_odd_key_signature_is_stepped_over() {
    // A key signature without its two bytes, which midly refuses.
    assert_eq!(notes(&one_track(b"\0\xff\x59\0\x18\x90\x3c\x50\x18\x80\x3c\0")), [(1, 2, 60)]);
}

/// What players read: (start, end, key) of the first track and what is said about it.
fn lenient(bytes: &[u8], expected: &[(u32, u32, u8)], said: &[&str]) {
    let file = MidiFile::parse(bytes.to_vec()).expect("a file that any player plays");
    let song = file.song();
    let found: Vec<_> =
        song.tracks[0].notes(song.spans()).iter().map(|note| (note.start, note.end, note.key.get())).collect();
    assert_eq!(found, expected, "{bytes:02x?}");
    let warnings: Vec<_> = file.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(warnings, said, "{bytes:02x?}");
}

#[test]
fn what_any_player_plays_is_read_and_what_was_bent_is_said() {
    let note = b"\0\x90\x3c\x50\x18\x80\x3c\0";
    let one = [(0, 1, 60)];
    // A status goes on after a lyric.
    lenient(
        &one_track(b"\0\x90\x3c\x50\0\xff\x05\x01a\x18\x3c\0"),
        &one,
        &[
            "1 event without a status after a meta event or SysEx: the status before it kept (first in track 1, tick 24)",
        ],
    );
    // And after a SysEx.
    lenient(
        &one_track(b"\0\x90\x3c\x50\0\xf0\x02\x01\xf7\x18\x3c\0"),
        &one,
        &[
            "1 event without a status after a meta event or SysEx: the status before it kept (first in track 1, tick 24)",
        ],
    );
    lenient(
        &one_track(b"\0\x90\x3c\xc8\x18\x80\x3c\0"),
        &one,
        &["1 data byte above 127: read as 127 (first in track 1, tick 0)"],
    );
    lenient(
        &one_track(b"\x80\x80\x80\x80\0\x90\x3c\x50\x18\x80\x3c\0"),
        &one,
        &["1 delta time of more than four bytes: read (first in track 1, tick 0)"],
    );
    // Active sensing, as a careless recorder keeps it.
    lenient(
        &one_track(b"\0\xfe\0\x90\x3c\x50\x18\x80\x3c\0"),
        &one,
        &["1 message of a cable, which no file may hold: stepped over (first in track 1, tick 0)"],
    );
    let mut few = file(1, DIVISION, &[&[&note[..], END].concat(), END, END]);
    few[11] = 1;
    lenient(&few, &one, &["2 tracks more than the header announces: read (byte 10)"]);
    few[11] = 4;
    lenient(&few, &one, &["1 track fewer than the header announces: read what is there (byte 10)"]);
    // Chunk lengths: too long at the end, too long into the next track, too short.
    let two = file(1, DIVISION, &[&[&note[..], END].concat(), &[&note[..], END].concat()]);
    let second = 14 + 8 + 12;
    for (at, length) in [(second, 200), (14, 20), (14, 3), (14, 0), (second, 3)] {
        let mut wrong = two.clone();
        wrong[at + 7] = length;
        let track = if at == 14 { 1 } else { 2 };
        let song = MidiFile::parse(wrong.clone()).expect("a file that players play");
        assert_eq!(song.song().tracks.len(), 2, "length {length} at {at}");
        let said = format!(
            "1 chunk of a wrong length: read up to the end that the events tell (first in track {track}, byte {})",
            at + 4
        );
        lenient(&wrong, &one, &[&said]);
    }
    // A track without an end.
    lenient(
        &file(0, DIVISION, &[note]),
        &one,
        &["1 track without an end-of-track event: ended with the chunk (first in track 1, tick 24)"],
    );
    // One pattern of format 2.
    lenient(
        &file(2, DIVISION, &[&[&note[..], END].concat()]),
        &one,
        &["format 2 with one track: read as format 0 (byte 8)"],
    );
    // A mail program's or an old file system's bytes before it, and a RIFF with its chunks in any order.
    let plain = one_track(note);
    let before = [&[0_u8; 128][..], &plain].concat();
    lenient(&before, &one, &["128 bytes before the header: stepped over (byte 0)"]);
    let chunk = |name: &[u8], body: &[u8]| {
        let mut out = name.to_vec();
        out.extend(u32::try_from(body.len()).expect("small").to_le_bytes());
        out.extend(body);
        out.resize(out.len() + body.len() % 2, 0);
        out
    };
    for order in [[0, 1], [1, 0]] {
        let parts = [chunk(b"data", &plain), chunk(b"LIST", b"INFOINAM\x03\0\0\0abc")];
        let body = [b"RMID".to_vec(), parts[order[0]].clone(), parts[order[1]].clone()].concat();
        lenient(&chunk(b"RIFF", &body), &one, &[]);
    }
}

#[test]
fn time_signatures_are_read_as_far_as_they_say_anything() {
    let meter = |numerator, power| {
        one_track(&[&[0, 0xff, 0x58, 4, numerator, power, 24, 8][..], b"\0\x90\x3c\x50\x18\x80\x3c\0"].concat())
    };
    for (numerator, power) in [(0, 2), (4, 9), (4, 8)] {
        lenient(
            &meter(numerator, power),
            &[(0, 1, 60)],
            &["1 time signature that cannot be: the meter before stays (first in track 1, tick 0)"],
        );
    }
    // Two bytes are enough for 3/4.
    let short = one_track(b"\0\xff\x58\x02\x03\x02\0\x90\x3c\x50\x18\x80\x3c\0");
    lenient(&short, &[(0, 1, 60)], &["1 time signature of fewer than four bytes: read (first in track 1, tick 0)"]);
    assert_eq!(Song::parse(&short).expect("a good file").spans()[0].steps, 12);
    // Said again in mid-bar, it begins a bar: an upbeat of a quarter.
    let four = [0xff, 0x58, 4, 4, 2, 24, 8];
    let pickup = one_track(&[&[0][..], &four, &[96], &four, b"\0\x90\x3c\x50\x18\x80\x3c\0"].concat());
    let song = Song::parse(&pickup).expect("a good file");
    assert_eq!(song.spans().iter().map(|span| (span.start, span.steps)).collect::<Vec<_>>(), [(0, 4), (4, 16)]);
    assert_eq!(Song::parse(&song.to_bytes()).expect("our own file").spans(), song.spans());
}

#[test]
fn one_bar_of_an_odd_meter_passes_notes_through_and_the_rest_is_on_its_steps() {
    // A bar of 4/4, one of 5/32 (60 ticks), and 4/4 again with a note on its second sixteenth.
    let four = [0xff, 0x58, 4, 4, 2, 24, 8];
    let odd = [0xff, 0x58, 4, 5, 5, 24, 8];
    let bytes =
        one_track(&[&[0][..], &four, &[0x83, 0x00], &odd, &[60], &four, b"\x18\x90\x3c\x50\x18\x80\x3c\0"].concat());
    let file = MidiFile::parse(bytes).expect("a good file");
    let song = file.song();
    assert_eq!(song.spans().iter().map(|span| span.steps).collect::<Vec<_>>(), [16, 3, 16]);
    assert_eq!([0, 1, 2].map(|measure| song.is_played(measure)), [true, false, true]);
    assert_eq!(song.tracks[0].notes(song.spans())[0].start, 20);
    assert_eq!(song.tick(20), 384 + 60 + 24);
    let again = Song::parse(&song.to_bytes()).expect("our own file");
    assert_eq!(
        (again.spans(), again.tracks[0].notes(again.spans())),
        (song.spans(), song.tracks[0].notes(song.spans()))
    );
    assert!(file.warnings()[0].to_string().contains("no whole sixteenths"), "{:?}", file.warnings());
}

#[test]
fn the_music_ends_with_its_notes_not_with_what_was_left_behind() {
    let note = b"\0\x90\x3c\x50\x18\x80\x3c\0";
    // The end mark of the playing track, a tempo, an end mark of another track: each an hour later.
    let hour = [0x81, 0xd4, 0xb0, 0x00];
    let ending = [&note[..], &hour, b"\xff\x2f\0"].concat();
    let tempo = [&hour[..], b"\xff\x51\x03\x07\xa1\x20", END].concat();
    let other = [&hour[..], b"\xff\x2f\0"].concat();
    let playing = [&note[..], END].concat();
    for tracks in [vec![&ending[..]], vec![&playing, &tempo], vec![&other, &playing]] {
        let file = MidiFile::parse(file(1, DIVISION, &tracks)).expect("a good file");
        assert_eq!(file.song().len(), 1);
        let said = file.warnings().first().map(ToString::to_string).unwrap_or_default();
        assert!(said.contains("long after the last note"), "{said}");
    }
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
fn every_damage_has_its_own_error() {
    fn check(bytes: &[u8], expected: &str) {
        let problem = Song::parse(bytes).expect_err("a damaged file");
        assert_eq!(problem.to_string(), expected);
    }
    check(b"", "is empty; export it again");
    check(b"GIF89a", "is not a MIDI file: byte 0 should begin \"MThd\"; export the music as a Standard MIDI File");
    check(b"MThd\0\0", "is cut off at byte 6 in the header: 8 more bytes were announced; copy or export it again");
    let good = one_track(b"\0\x90\x3c\x50\x18\x3c\0");
    check(
        &good[..good.len() - 3],
        "is cut off at byte 30 in track 1: 3 more bytes were announced; copy or export it again",
    );
    check(&good[..14], "is cut off at byte 14: it announces 1 tracks and holds 0; copy or export it again");
    check(&file(2, DIVISION, &[END, END]), "is of format 2 (separate patterns, byte 8); export it as format 0 or 1");
    check(&file(7, DIVISION, &[END]), "is of format 7 (byte 8), which does not exist; export it as format 0 or 1");
    check(
        &file(1, [0, 0], &[END]),
        "has a division of zero (byte 12), so that no note has a place in time; export it again",
    );
    check(
        &file(1, [0xe8, 0], &[END]),
        "has a division of zero (byte 12), so that no note has a place in time; export it again",
    );
    check(
        &file(1, [0xe0, 4], &[END]),
        "counts 32 frames a second (byte 12), where only 24, 25, 29 and 30 exist; export it with ticks per quarter",
    );
    check(
        &one_track(b"\x05\x90\x3c\x50\x18\xf4\0"),
        "holds bytes that are no MIDI event at byte 26 in track 1, tick 5; export it again",
    );
}

#[test]
fn absurd_files_are_refused_without_being_built() {
    // The longest delta time that the standard allows, four times, before a note.
    let late = [b"\xff\xff\xff\x7f\x90\x3c\x50".as_slice(); 4].concat();
    assert!(matches!(Song::parse(&one_track(&late)), Err(Problem::TooLong { track: 1, tick: 0x3fff_fffc })));
    let mut many = b"\0\x90\x3c\x50".to_vec();
    many.extend(b"\0\x3c\x50".repeat(MOST_SONG_NOTES));
    assert!(matches!(Song::parse(&one_track(&many)), Err(Problem::TooManyNotes { track: 1, tick: 0 })));
    // 200 tracks of a note that lasts 3 454 976 ticks, 8998 measures.
    let long = b"\0\x90\x3c\x50\x81\xd2\xf0\0\x3c\0\0\xff\x2f\0".as_slice();
    let tracks = Song::parse(&file(1, DIVISION, &[long; 200]));
    assert!(matches!(tracks, Err(Problem::TooLarge { tracks: 200, measures: 8998 })), "{tracks:?}");
    let size = usize::try_from(MOST_MIDI_BYTES).expect("a few megabytes") + 1;
    assert!(matches!(Song::parse(&vec![0; size]), Err(Problem::TooManyBytes(_))));
}

#[test]
fn errors_name_the_file() {
    let folder = std::env::temp_dir().join(format!("midi-errors-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a temporary folder");
    let missing = folder.join("missing.mid");
    let message = Song::read(&missing).expect_err("no such file").to_string();
    assert!(message.starts_with(&format!("{}: cannot be opened (", missing.display())), "{message}");
    let empty = folder.join("empty.mid");
    fs::write(&empty, b"").expect("a file");
    let message = Song::read(&empty).expect_err("an empty file").to_string();
    assert_eq!(message, format!("{}: is empty; export it again", empty.display()));
    let song = Song::steady(TimeSignature::FOUR_FOUR, 120.0, 1).expect("a supported meter");
    let message = song.save(missing.join("under/a.mid")).expect_err("no such folder").to_string();
    assert!(message.contains("a.mid: cannot be written ("), "{message}");
    fs::remove_dir_all(&folder).expect("the folder is ours");
}

#[test]
fn saving_replaces_the_file_and_leaves_nothing_beside_it() {
    let folder = std::env::temp_dir().join(format!("midi-save-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a temporary folder");
    let path = folder.join("song.mid");
    fs::write(&path, b"old").expect("a file");
    let song = tune();
    song.save(&path).expect("a writable folder");
    assert_eq!(Song::read(&path).expect("a good file"), song);
    assert_eq!(fs::read_dir(&folder).expect("the folder").count(), 1);
    // A folder stands where the file should be: it stays, and so does nothing else.
    let blocked = folder.join("blocked.mid");
    fs::create_dir_all(blocked.join("inside")).expect("a folder");
    assert!(song.save(&blocked).is_err());
    assert_eq!(fs::read_dir(&folder).expect("the folder").count(), 2);
    fs::remove_dir_all(&folder).expect("the folder is ours");
}

/// Two voices over three measures, one note over a bar line.
fn tune() -> Song {
    let mut song = Song::steady(TimeSignature::FOUR_FOUR, 96.0, 3).expect("a supported meter");
    for (name, channel, notes) in
        [("Lead", 0, [(0, 4, 72), (4, 20, 74), (20, 48, 76)]), ("Bass", 1, [(0, 16, 36), (16, 32, 43), (40, 41, 36)])]
    {
        let channel = Channel::new(channel).expect("a channel");
        let track = Track { channel, program: 33, ..Track::new(name) };
        let long = |(start, end, number)| LongNote { start, end, key: key(number), velocity: Velocity::DEFAULT };
        song.add_notes(track, notes.into_iter().map(long).collect());
    }
    song
}

#[test]
fn a_file_cut_off_anywhere_is_an_error_or_said_to_lack_tracks() {
    let bytes = tune().to_bytes();
    for length in 0..bytes.len() {
        // Where a whole track is missing, the header tells of it.
        match MidiFile::parse(bytes[..length].to_vec()) {
            Err(_) => {}
            Ok(file) => {
                let said = file.warnings().first().map(ToString::to_string).unwrap_or_default();
                assert!(said.contains("fewer than the header announces"), "cut off at byte {length}: {said}");
            }
        }
    }
    assert_eq!(Song::parse(&bytes).expect("the whole file"), tune());
}

#[test]
fn flipped_bits_never_break_the_reader() {
    let good = tune().to_bytes();
    for seed in 0..4000 {
        let mut rng = Rng::new(seed);
        let mut bytes = good.clone();
        for _ in 0..=rng.below(6) {
            let at = rng.below(bytes.len());
            bytes[at] ^= 1 << rng.below(8);
        }
        let outcome = std::panic::catch_unwind(|| Song::parse(&bytes).map(|song| song.to_bytes().len()));
        assert!(outcome.is_ok(), "seed {seed} panicked: {bytes:02x?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn what_was_written_reads_back_the_same(song in songs()) {
        prop_assert_eq!(song.dropped, 0);
        prop_assert_eq!(Song::parse(&song.to_bytes()).expect("our own file"), song);
    }

    #[test]
    fn no_bytes_break_the_reader(body in prop::collection::vec(any::<u8>(), 0..200)) {
        // Any outcome will do, as long as there is one.
        let _ = Song::parse(&one_track(&body));
    }
}

/// Songs of a few tracks in any supported meter, changing once, within a measure's capacity.
fn songs() -> impl Strategy<Value = Song> {
    let meter = (1_u8..=15, 0_u32..=4).prop_filter_map("a supported meter", |(n, power)| {
        TimeSignature::new(n, 1 << power).filter(|m| m.steps().is_some())
    });
    let note = (0_u32..120, 1_u32..40, 40_u8..48, 1_u8..=127);
    let track = ("[a-zA-Z ]{0,8}[a-z]", 0_u8..16, 0_u8..128, prop::collection::vec(note, 0..40));
    (meter.clone(), meter, 1_u32..6, 20.0..400.0_f64, prop::collection::vec(track, 0..4)).prop_map(
        |(first, second, change, bpm, tracks)| {
            let at = change * u32::from(first.steps().unwrap_or(16));
            let ticks = |steps: u32| u64::from(steps) * 120;
            let meters = [(0, first), (ticks(at), second)];
            let cut = layout::cut(&meters, ticks(160), 480).expect("few measures");
            let mut song = Song::steady(TimeSignature::FOUR_FOUR, bpm, 0).expect("a supported meter");
            (song.spans, song.meters, song.grid) = (cut.spans, cut.meters, cut.grid);
            for (name, channel, program, notes) in tracks {
                let long = |(start, length, number, velocity)| LongNote {
                    start,
                    end: start + length,
                    key: key(number),
                    velocity: Velocity::new(velocity).unwrap_or(Velocity::DEFAULT),
                };
                let channel = Channel::new(channel).expect("a channel");
                let name = name.trim().to_owned();
                let track = Track { channel, program, ..Track::new(&name) };
                song.add_notes(track, notes.into_iter().map(long).collect());
            }
            song
        },
    )
}

/// As the standard has them, by hand: 480 ticks a quarter, so that 4/4 lasts 1920 (0x8f00 in groups of seven bits).
#[test]
fn a_song_is_written_in_these_bytes() {
    let mut song = Song::steady(TimeSignature::FOUR_FOUR, 120.0, 1).expect("4/4");
    let channel = Channel::new(3).expect("a channel");
    // The second stroke of the key begins where the first one ends.
    let notes = [crate::Note::new(0, 4, key(60)), crate::Note::new(4, 2, key(60))];
    let measures = vec![crate::Measure::from_notes(16, notes)];
    song.tracks.push(Track { channel, program: 33, measures, ..Track::new("Bass") });
    let conducting = b"\0\xff\x51\x03\x07\xa1\x20\0\xff\x58\x04\x04\x02\x18\x08\x8f\0\xff\x2f\0";
    let bass = b"\0\xff\x03\x04Bass\0\xc3\x21\0\x93\x3c\x50\x83\x60\x83\x3c\x40\0\x93\x3c\x50\x81\x70\x83\x3c\x40\x89\x30\xff\x2f\0";
    assert_eq!(song.to_bytes(), file(1, [1, 0xe0], &[conducting, bass]));
}

#[test]
fn a_writer_bears_any_numbers() {
    let far = TickNote {
        on: u32::MAX - 1,
        off: u32::MAX,
        channel: Channel::new(15).expect("a channel"),
        key: Key::MAX,
        velocity: Velocity::MAX,
    };
    let mut file = MidiWriter::new(u16::MAX, u32::MAX);
    file.tempo(u32::MAX, 0);
    file.tempo(0, u32::MAX);
    file.meter(u32::MAX, TimeSignature::new(255, 64).expect("a meter"));
    file.track("", Some((far.channel, 255)), [far, far]);
    let bytes = file.into_bytes();
    let read = midly::Smf::parse(&bytes).expect("a MIDI file");
    // Sixteen empty texts lead over the silence to the end of all ticks.
    assert_eq!(read.tracks.iter().map(Vec::len).collect::<Vec<_>>(), [4 + 16, 7 + 16]);
    let ends = read.tracks.iter().map(|track| track.iter().map(|event| u64::from(event.delta.as_int())).sum::<u64>());
    assert!(ends.eq([u64::from(u32::MAX); 2]), "nothing is moved");
}

/// A file of one track in 4/4 that plays these notes: (start, end, key) in steps.
fn played(notes: &[(u32, u32, u8)]) -> Vec<u8> {
    let last = notes.iter().map(|note| note.1).max().unwrap_or(0);
    let bars = usize::try_from(last.div_ceil(16)).expect("few bars");
    let mut song = Song::steady(TimeSignature::FOUR_FOUR, 120.0, bars).expect("4/4");
    let long =
        |&(start, end, number): &(u32, u32, u8)| LongNote { start, end, key: key(number), velocity: Velocity::DEFAULT };
    song.add_notes(Track::new("Lead"), notes.iter().map(long).collect());
    song.to_bytes()
}

#[test]
fn an_upbeat_that_is_told_of_begins_the_bars_and_one_that_is_not_is_guessed() {
    // A quarter before whole notes; and quarters throughout, of which only the end tells.
    let long: Vec<_> =
        std::iter::once((0, 4, 67)).chain((0..30).map(|bar| (4 + 16 * bar, 20 + 16 * bar, 60))).collect();
    let even: Vec<_> = (0..49).map(|beat| (4 * beat, 4 * beat + 4, 60)).collect();
    for (notes, bars) in [(long, 32), (even, 14)] {
        let bytes = played(&notes);
        let plain = MidiFile::parse(bytes.clone()).expect("a good file");
        let guess = plain.likely_pickup().expect("an upbeat");
        assert_eq!(guess.quarters(), 1.0);
        let told = MidiFile::parse_after(bytes, Some(guess)).expect("a good file");
        let spans = told.song().spans();
        assert_eq!((spans[0].end(), spans[1].end(), spans.len()), (4, 20, bars));
        assert_eq!(told.likely_pickup(), None, "it is told of");
        assert_eq!(Song::parse(&told.song().to_bytes()).expect("our own file").spans(), spans, "and written");
    }
    // Bars that begin where they are written.
    let whole: Vec<_> = (0..30).map(|bar| (16 * bar, 16 * bar + 16, 60)).collect();
    let ending: Vec<_> = (0..30).map(|beat| (8 * beat, 8 * beat + 8, 60)).chain([(240, 244, 60)]).collect();
    for notes in [whole, ending] {
        assert_eq!(MidiFile::parse(played(&notes)).expect("a good file").likely_pickup(), None);
    }
    for (text, quarters) in
        [("1", Some(1.0)), ("0.5", Some(0.5)), ("1/2", Some(0.5)), ("0", None), ("17", None), ("x", None)]
    {
        assert_eq!(text.parse::<Pickup>().ok().map(Pickup::quarters), quarters, "{text}");
    }
}

#[test]
fn a_performance_is_written_as_it_was_played_and_the_steps_are_for_the_nets() {
    // Triplets of eighths at 96 ticks, with a bend, a pedal in another track, and a key struck again before its release.
    let tune = [
        b"\0\xff\x03\x04Lead\0\x90\x3c\x50\x20\x80\x3c\x07\0\x90\x3e\x50\x10\xe0\0\x50\x10\x80\x3e\x40\0\x90\x40\x50\x20\x40\x60\x20\x80\x40\x40".as_slice(),
        END,
    ]
    .concat();
    let pedal = [b"\x08\xb0\x40\x7f\x70\xb0\x40\0".as_slice(), END].concat();
    let file = MidiFile::parse(file(1, DIVISION, &[&tune, &pedal])).expect("a good file");
    let part = file.part("Lead", None).expect("a lead");
    let performance = file.performance(&part.places);
    assert_eq!(performance.resolution, 96);
    let keys: Vec<_> = performance.notes.iter().map(|note| (note.on, note.off, note.key.get())).collect();
    assert_eq!(keys, [(0, 120, 60), (32, 120, 62), (64, 96, 64), (96, 128, 64)], "the pedal holds");
    let mut song = file.song().without_tracks();
    song.tracks.push(Track { performance: Some(performance.clone()), ..part.track });
    let again = MidiFile::parse(song.to_bytes()).expect("our own file");
    let mut expected = performance;
    // The track says its program.
    expected.messages.insert(0, (0, midly::MidiMessage::ProgramChange { program: 0.into() }));
    assert_eq!(again.performance(&[0]), expected);
    assert!(again.warnings().is_empty(), "{:?}", again.warnings());
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
fn a_key_that_is_released_hours_later_under_the_pedal_is_released_with_the_music() {
    let hours = b"\0\xb0\x40\x7f\0\x90\x3c\x50\x81\xd4\xb0\0\x80\x3c\x40";
    let file = MidiFile::parse(one_track(hours)).expect("a good file");
    let performance = file.performance(&[0]);
    let end = performance.notes[0].off;
    assert!(end <= 4 * 96, "{end}");
    assert_eq!(performance.messages.last().map(|message| message.0), Some(end));
}
