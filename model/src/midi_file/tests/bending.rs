//! What is bent so that a file can be read, and said; and what cannot be read, and why.

use std::fs;

use super::*;
use crate::random::Rng;

#[test]
fn an_odd_key_signature_is_stepped_over() {
    // A key signature without its two bytes, which midly refuses.
    assert_eq!(notes(&one_track(b"\0\xff\x59\0\x18\x90\x3c\x50\x18\x80\x3c\0")), [(1, 2, 60)]);
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
    for (at, length) in [(second, 200), (14, 20), (14, 3), (14, 0), (second, 3), (second, 0), (second, 4)] {
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
    // Something behind a track's own end; zeros there only fill the chunk.
    let late = |behind: &[u8]| file(1, DIVISION, &[&[&note[..], END, behind].concat()]);
    lenient(
        &late(b"\0\x90\x40\x50"),
        &one,
        &["4 bytes behind a track's own end: not played (first in track 1, byte 34)"],
    );
    lenient(&late(&[0; 5]), &one, &[]);
    // A track without an end.
    lenient(
        &file(0, DIVISION, &[note]),
        &one,
        &["1 track without an end-of-track event: ended with the chunk (first in track 1, tick 24)"],
    );
    // The same with letters behind it that are no chunk, as a program signs its files.
    lenient(
        &[&file(0, DIVISION, &[note])[..], b"Made with a loop station 3.1\r\n"].concat(),
        &one,
        &[
            "30 bytes that belong to no chunk: stepped over (byte 30)",
            "1 track without an end-of-track event: ended with the chunk (first in track 1, tick 24)",
        ],
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
