//! Files whose tracks are named after nobody: voices are written all the same, and it is said who was taken for whom.

use model::midi_file::{LongNote, MidiFile, Song, Track};
use model::{Channel, Key, TimeSignature, Velocity};

use crate::{Scratch, bandplayer};

/// Eight measures of tracks that strike these keys together on each half: (name, channel, keys).
fn song(tracks: &[(&str, u8, &[u8])]) -> Song {
    let mut song = Song::steady(TimeSignature::FOUR_FOUR, 120.0, 8).expect("4/4");
    for &(name, channel, keys) in tracks {
        let note = |at: u32, key: u8| LongNote {
            start: 8 * at,
            end: 8 * at + 8,
            key: Key::clamped(i32::from(key) + i32::try_from(at % 3).expect("small")),
            velocity: Velocity::DEFAULT,
        };
        let notes = (0..16).flat_map(|at| keys.iter().map(move |&key| note(at, key))).collect();
        song.add_notes(Track { channel: Channel::new(channel).expect("a channel"), ..Track::new(name) }, notes);
    }
    song
}

const TRACKS: [(&str, u8, &[u8]); 3] = [("Piano", 0, &[60, 64, 67]), ("Strings", 1, &[76]), ("Kit", 9, &[36, 42])];

/// What a command says on both streams, and its exit code.
fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let output = bandplayer(arguments);
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    (output.status.code(), text)
}

#[test]
fn a_voice_is_filled_into_a_file_whose_tracks_are_named_after_nobody() {
    let scratch = Scratch::new("guessed");
    let [file, out] = ["song.mid", "out.mid"].map(|name| scratch.at(name));
    song(&TRACKS).save(&file).expect("the folder is there");
    let fill = ["fill", &file, "--voice", "Bass", "--band", "pop", "--out", &out];
    let (code, said) = run(&fill);
    assert_eq!(code, Some(0), "{said}");
    let cast = "Lead seems to be Strings (track 3), Chords seems to be Piano (track 2); of no voice: Kit (track 4)";
    assert!(said.contains(cast), "{said}");
    let (before, after) = (std::fs::read(&file).expect("a file"), std::fs::read(&out).expect("a file"));
    // Behind the header, with one track more, all is as it was; then comes the bass.
    assert_eq!(after[14..before.len()], before[14..]);
    let song = MidiFile::parse(after).expect("our own file").into_song();
    assert!(song.track("Bass").is_some_and(|bass| !bass.is_silent() && bass.channel.get() == 3));
    // The user may know better.
    let (code, said) = run(&[&fill[..], &["--track", "Strings", "--track", "Chords=2"]].concat());
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("Lead is Strings (track 3), Chords is Piano (track 2)"), "{said}");
    let (code, said) = run(&[&fill[..], &["--track", "Counter=3"]].concat());
    assert!(code == Some(0) && said.contains("Counter is Strings (track 3); of no voice: Piano (track 2)"), "{said}");
}

#[test]
fn what_cannot_be_cast_is_one_clear_line() {
    let scratch = Scratch::new("miscast");
    let [file, out] = ["song.mid", "out.mid"].map(|name| scratch.at(name));
    song(&TRACKS).save(&file).expect("the folder is there");
    let fill =
        |more: &[&str]| run(&[&["fill", &file, "--voice", "Bass", "--band", "pop", "--out", &out], more].concat());
    for (tracks, why) in [
        (["--track", "Chords=9"], "no track named or numbered `9`; it has Piano (track 2), Strings (track 3)"),
        (["--track", "Tuba=2"], "has no voice `Tuba`: it has Lead, Counter, Chords, Bass"),
        (["--track=Lead=2", "--track=Chords=2"], "--track Chords=2: this track is Lead's already"),
    ] {
        let (code, said) = fill(&tracks);
        assert!(code == Some(2) && said.contains(why), "{code:?}: {said}");
        assert!(!std::path::Path::new(&out).exists(), "nothing is written");
    }
    song(&[("Kit", 9, &[36, 42])]).save(&file).expect("the folder is there");
    let (code, said) = fill(&[]);
    assert!(code == Some(2) && said.contains("no track with notes plays a voice of the band pop"), "{said}");
}

#[test]
fn each_voice_is_written_anew_in_the_track_that_seems_to_be_it() {
    let scratch = Scratch::new("guessed-redo");
    let [file, out] = ["song.mid", "out.mid"].map(|name| scratch.at(name));
    song(&[("1", 0, &[74]), ("2", 1, &[67]), ("3", 2, &[60]), ("4", 3, &[45])])
        .save(&file)
        .expect("the folder is there");
    let (code, said) = run(&["redo", &file, "--measures", "3-4", "--band", "chorale", "--out", &out]);
    assert_eq!(code, Some(0), "{said}");
    let cast = "Soprano seems to be 1 (track 2), Alto seems to be 2 (track 3), Tenor seems to be 3 (track 4), Bass seems to \
                be 4 (track 5)";
    assert!(said.contains(cast), "{said}");
    let after = MidiFile::open(&out).expect("our own file").into_song();
    let names: Vec<&str> = after.tracks.iter().map(|track| track.name.as_str()).collect();
    assert_eq!(names, ["1", "2", "3", "4"], "no voice is added");
}

#[test]
fn keys_that_a_voice_lacks_are_heard_octaves_away_and_that_is_said() {
    let scratch = Scratch::new("beyond");
    let [file, out] = ["song.mid", "out.mid"].map(|name| scratch.at(name));
    song(&[("Soprano", 0, &[103]), ("Alto", 1, &[65])]).save(&file).expect("the folder is there");
    let (code, said) = run(&["fill", &file, "--voice", "Tenor", "--band", "chorale", "--out", &out]);
    assert_eq!(code, Some(0), "{said}");
    let beyond = "16 notes of Soprano lie beyond the band's keys for it (57 to 82; 60 is middle C)";
    assert!(said.contains(beyond) && !said.contains("notes of Alto"), "{said}");
}
