//! Files that any player plays are read by every command, which says what was bent and which track is whose.

use model::midi_file::{LongNote, MidiFile, Song, Track};
use model::{Channel, Key, TimeSignature, Velocity};

use crate::{Scratch, bandplayer};

/// Tracks of so many measures of a half note: name, key, measures.
fn song(tracks: &[(&str, u8, u32)]) -> Song {
    let mut song = Song::steady(TimeSignature::FOUR_FOUR, 120.0, 8).expect("4/4");
    for (channel, &(name, key, measures)) in (0..).zip(tracks) {
        let key = Key::new(key).expect("a key");
        let note = |at: u32| LongNote { start: 16 * at, end: 16 * at + 8, key, velocity: Velocity::DEFAULT };
        let channel = Channel::new(channel).expect("a channel");
        song.add_notes(Track { channel, ..Track::new(name) }, (0..measures).map(note).collect());
    }
    song
}

/// What a command says, on both streams; it succeeds.
fn said(arguments: &[&str]) -> String {
    let output = bandplayer(arguments);
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {text}");
    text
}

fn has(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "{word:?} in {text}");
    }
}

#[test]
fn every_command_says_what_was_bent_and_which_track_is_whose() {
    let scratch = Scratch::new("reading");
    let [file, out] = ["song.mid", "out.mid"].map(|name| scratch.at(name));
    let mut bytes = song(&[("Soprano 1", 72, 8), ("Bass", 48, 8), ("Kazoo", 84, 2)]).to_bytes();
    bytes[11] = 2; // The header announces two tracks of four.
    std::fs::write(&file, bytes).expect("the folder is there");
    let bent = "song.mid: 2 tracks more than the header announces: read (byte 10)";
    let cast = "Soprano is Soprano 1 (track 2), Bass is Bass (track 3); of no voice: Kazoo (track 4)";
    let band = ["--band", "chorale", "--out", &out];
    has(&said(&[&["fill", &file, "--voice", "Tenor"], &band[..]].concat()), &[bent, cast]);
    has(&said(&[&["redo", &file, "--voice", "Bass"], &band[..]].concat()), &[bent, cast]);
    has(&said(&[&["generate", "--primer", &file, "--measures", "9"], &band[..]].concat()), &[bent, cast]);
    let calls = "Soprano is Soprano 1 (track 2); not heard: Bass (track 3), Kazoo (track 4)";
    has(&said(&[&["answer", &file, "--voice", "Soprano"], &band[..]].concat()), &[bent, calls]);
    let folder = scratch.at("out");
    let accompany = ["accompany", &file, "--band", "chorale", "--out-dir", &folder];
    has(&said(&[&accompany[..], &["--voice", "Soprano"]].concat()), &[bent, calls]);
    // By number, as other programs count; and by the name that two channels of a track share.
    has(&said(&[&accompany[..], &["--voice", "Alto", "--track", "4"]].concat()), &["Alto is Kazoo (track 4)"]);
}

#[cfg(feature = "train")]
#[test]
fn folders_are_read_as_kindly_and_each_kind_is_said_once() {
    let scratch = Scratch::new("reading-folder");
    for split in ["train", "valid"] {
        std::fs::create_dir_all(scratch.0.join(split)).expect("a folder");
        for name in ["a.mid", "b.mid"] {
            let mut bytes = song(&[("Lead", 72, 8), ("Kazoo", 84, 2)]).to_bytes();
            bytes[11] = 9;
            std::fs::write(scratch.0.join(split).join(name), bytes).expect("the folder is there");
        }
    }
    let data = scratch.0.to_string_lossy().into_owned();
    let text = said(&["prepare", "--band", "pop", "--data", &data, "--out", &scratch.at("set")]);
    has(&text, &["a.mid: 6 tracks fewer than the header announces", "the like in 1 more file", "Kazoo (2)"]);
}

#[test]
fn the_players_notes_are_written_as_they_were_played_and_an_upbeat_is_told_of() {
    let scratch = Scratch::new("as-played");
    let [file, folder] = ["song.mid", "out"].map(|name| scratch.at(name));
    // Triplets of eighths at 96 ticks, with a bend: a quarter of upbeat, then eight bars.
    let mut track = b"\0\xff\x03\x04Lead\0\xe0\0\x48".to_vec();
    for _ in 0..33 {
        for key in [60, 64, 67] {
            track.extend([0, 0x90, key, 80, 32, 0x80, key, 64]);
        }
    }
    track.extend(b"\0\xff\x2f\0");
    let mut bytes = b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk".to_vec();
    bytes.extend(u32::try_from(track.len()).expect("short").to_be_bytes());
    bytes.extend(track);
    std::fs::write(&file, bytes).expect("the folder is there");
    let accompany = ["accompany", &file, "--voice", "Lead", "--band", "loop", "--out-dir", &folder];
    let guess = said(&accompany);
    has(&guess, &["song.mid: its bars seem to begin 1 quarter note later than they are written: try --pickup 1"]);
    let told = said(&[&accompany[..], &["--pickup", "1"]].concat());
    assert!(!told.contains("--pickup"), "{told}");
    let read = MidiFile::open(&file).expect("a good file");
    let out = MidiFile::open(scratch.0.join("out/song.mid")).expect("our own file");
    assert_eq!(out.song().spans()[1].start, 4, "the first bar line stands after the upbeat");
    let (before, after) = (read.performance(&[0]), out.performance(&[0]));
    assert_eq!((before.resolution, &before.notes), (after.resolution, &after.notes));
    assert!(after.messages.iter().any(|(_, message)| before.messages[0].1 == *message), "the bend stays");
}
