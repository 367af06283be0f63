//! What is written keeps what was there: programs, tempos, meters, every note; and a batch goes on.

use model::midi_file::{MidiWriter, Song, TickNote};
use model::{BandSpec, Channel, Key, Measure, TimeSignature, Velocity};

use crate::{Scratch, bandplayer, chorale, read, succeed, written};

/// Ticks a quarter of the files here.
const QUARTER: u32 = 96;

/// An upbeat of a quarter, then seven measures of 4/4 of chords in thirds off the grid, with a tempo at every other beat.
fn upbeat_with_tempos(name: &str) -> Vec<u8> {
    let end = QUARTER * 29;
    let mut file = MidiWriter::new(96, end);
    file.meter(0, TimeSignature::new(1, 4).expect("a meter"));
    file.meter(QUARTER, TimeSignature::FOUR_FOUR);
    for beat in 0..14 {
        file.tempo(beat * 2 * QUARTER + 5, 500_000 + 10_000 * beat);
    }
    let channel = Channel::new(5).expect("a channel");
    let chord = |beat: u32| {
        [60_u32, 64, 67].map(|key| TickNote {
            on: beat * QUARTER + beat % 3,
            off: (beat + 1) * QUARTER - 7,
            channel,
            key: Key::clamped(i32::try_from(key + beat % 5).expect("small")),
            velocity: Velocity::clamped(60.0 + f32::from(u8::try_from(beat).expect("small"))),
        })
    };
    file.track(name, Some((channel, 21)), (0..29).flat_map(chord));
    file.into_bytes()
}

/// (quarter × 96, microseconds) of the tempos.
fn tempos(song: &Song) -> Vec<(f64, u32)> {
    song.tempos.iter().map(|tempo| ((tempo.beat * 96.0).round(), tempo.micros_per_quarter)).collect()
}

/// (on, off, key) of a track as it is played, in 96ths of a quarter.
fn played(path: &str, track: &str) -> Vec<(u64, u64, u8)> {
    let file = model::midi_file::MidiFile::open(path).expect("a MIDI file");
    let place = file.song().tracks.iter().position(|found| found.name == track).expect("the track");
    let performance = file.performance(&[place]);
    let tick = |tick: u64| tick * u64::from(QUARTER) / u64::from(performance.resolution);
    performance.notes.iter().map(|note| (tick(note.on), tick(note.off), note.key.get())).collect()
}

#[test]
fn a_polyphonic_primer_stays_whole_and_the_music_goes_on_in_its_last_meter_and_tempo() {
    let scratch = Scratch::new("primer");
    let [file, out] = ["song.mid", "out.mid"].map(|name| scratch.at(name));
    for name in ["Soprano", "Some Piano"] {
        std::fs::write(&file, upbeat_with_tempos(name)).expect("the folder is there");
        succeed(&["generate", "--band", "chorale", "--primer", &file, "--measures", "12", "--out", &out]);
        let (before, after) = (read(&file), read(&out));
        assert_eq!((before.len(), after.len()), (8, 12));
        assert_eq!(tempos(&before), tempos(&after));
        let steps: Vec<u8> = after.spans().iter().map(|span| span.steps).collect();
        assert_eq!(steps, [&[4][..], &[16; 11]].concat());
        let (old, new) = (played(&file, name), played(&out, name));
        let from = u64::from(QUARTER) * 29;
        let stayed: Vec<_> = new.iter().filter(|note| note.0 < from).copied().collect();
        // The last note of the line may go on.
        let begun = |notes: &[(u64, u64, u8)]| notes.iter().map(|note| (note.0, note.2)).collect::<Vec<_>>();
        assert_eq!(begun(&old), begun(&stayed));
        assert!(old.iter().zip(&stayed).filter(|(old, new)| old != new).count() <= 1);
        assert!(new.iter().any(|note| note.0 >= from), "the voice goes on");
        assert_eq!(after.tracks[0].program, 21);
        let channels: std::collections::BTreeSet<u8> = after.tracks.iter().map(|track| track.channel.get()).collect();
        assert_eq!((after.tracks.len(), channels.len()), (4, 4), "each on a channel of its own");
        assert!(after.tracks[1..].iter().all(|track| track.program == 52));
    }
}

#[test]
fn a_part_of_a_primer_keeps_its_tempos_and_no_later_ones() {
    let scratch = Scratch::new("primer-part");
    let [file, out] = ["song.mid", "out.mid"].map(|name| scratch.at(name));
    std::fs::write(&file, upbeat_with_tempos("Soprano")).expect("the folder is there");
    let part = ["--primer", &file, "--primer-measures", "3", "--measures", "6"];
    succeed(&[&["generate", "--band", "chorale", "--out", &out], &part[..]].concat());
    let (before, after) = (read(&file), read(&out));
    let within: Vec<_> = tempos(&before).into_iter().filter(|tempo| tempo.0 < 9.0 * 96.0).collect();
    assert_eq!(tempos(&after), within);
    let end = u64::from(QUARTER) * 9;
    let old: Vec<_> =
        played(&file, "Soprano").iter().filter(|note| note.0 < end).map(|note| (note.0, note.2)).collect();
    let new: Vec<_> = played(&out, "Soprano").iter().filter(|note| note.0 < end).map(|note| (note.0, note.2)).collect();
    assert_eq!(old, new);
}

#[test]
fn calls_stay_as_they_are_played_in_their_own_tempos_and_answers_go_on_in_the_last() {
    let scratch = Scratch::new("calls");
    let [file, out] = ["song.mid", "out.mid"].map(|name| scratch.at(name));
    std::fs::write(&file, upbeat_with_tempos("Soprano")).expect("the folder is there");
    succeed(&["answer", &file, "--voice", "Soprano", "--band", "chorale", "--measures", "2", "--out", &out]);
    let (before, after) = (read(&file), read(&out));
    let steps: Vec<u8> = after.spans().iter().map(|span| span.steps).collect();
    assert_eq!(steps, [&[4][..], &[16; 15]].concat());
    // Where the two measures of each call begin, before and after, in quarters.
    let calls = [(0, 5, 0), (5, 13, 13), (13, 21, 29), (21, 29, 45)];
    let mut expected: Vec<(u64, u64, u8)> = Vec::new();
    for (from, to, at) in calls {
        let inside = |note: &&(u64, u64, u8)| (from * 96..to * 96).contains(&note.0);
        let old = played(&file, "Soprano");
        expected.extend(old.iter().filter(inside).map(|n| (n.0 + (at - from) * 96, n.1 + (at - from) * 96, n.2)));
        for beat in from..to {
            let tempo = |song: &Song, beat: u64| {
                let beat = f64::from(u32::try_from(beat).expect("small")) + 0.5;
                song.tempos.iter().rfind(|tempo| tempo.beat <= beat).map(|tempo| tempo.micros_per_quarter)
            };
            assert_eq!(tempo(&before, beat), tempo(&after, at + beat - from), "beat {beat}");
            let answer = at + to - from;
            assert_eq!(tempo(&before, to - 1), tempo(&after, answer + 3), "the answer to the call at {from}");
        }
    }
    assert_eq!(played(&out, "Soprano"), expected);
    for track in &after.tracks[1..] {
        let during_calls = track.measures.chunks(4).flat_map(|turn| &turn[..2]);
        assert!(during_calls.into_iter().all(Measure::is_silent), "{}", track.name);
        assert_ne!(track.channel, after.tracks[0].channel, "{}", track.name);
    }
    for at in (0..16).filter(|at| at % 4 >= 2) {
        assert!(after.tracks[1..].iter().any(|track| !track.measures[at].is_silent()), "measure {at}");
    }
}

#[test]
fn each_voice_of_an_accompaniment_has_its_program_and_channel() {
    let scratch = Scratch::new("programs");
    let [file, out] = ["song.mid", "out"].map(|name| scratch.at(name));
    written(&chorale(6), &file);
    for (band, spec, user) in [("chorale", BandSpec::chorale(), "Alto"), ("pop", BandSpec::pop(), "Bass")] {
        succeed(&["accompany", &file, "--voice", user, "--band", band, "--out-dir", &out]);
        let song = read(&scratch.at("out/song.mid"));
        assert_eq!(song.tracks.len(), spec.voices.len());
        for voice in spec.voices.iter().filter(|voice| voice.name != user) {
            let track = song.track(&voice.name).unwrap_or_else(|| panic!("{} plays", voice.name));
            assert_eq!((track.program, track.channel), (voice.program, voice.channel), "{}", voice.name);
        }
    }
}

#[test]
fn a_batch_names_what_failed_does_the_others_and_says_so_in_its_exit_code() {
    let scratch = Scratch::new("batch");
    let [one, two, text, none] = ["one.mid", "two.mid", "text.mid", "none.mid"].map(|name| scratch.at(name));
    let out = scratch.at("out");
    written(&chorale(4), &one);
    written(&chorale(5), &two);
    std::fs::write(&text, "no music").expect("the folder is there");
    let run = |files: &[&str]| {
        let options = ["accompany", "--voice", "Alto", "--band", "chorale", "--out-dir", &out];
        let output = bandplayer(&[&options, files].concat());
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let (code, said, errors) = run(&[&text, &one, &none, &two]);
    assert_eq!(code, Some(3), "{errors}");
    assert!(said.contains("2 files, 9 measures"), "{said}");
    assert!(
        errors.contains("text.mid: is not a MIDI file") && errors.contains("none.mid: cannot be opened"),
        "{errors}"
    );
    assert!(errors.trim_end().ends_with("2 of 4 files failed, each named above with its reason; the others are done"));
    let done = |name: &str| read(&scratch.at(&format!("out/{name}"))).len();
    assert_eq!((done("one.mid"), done("two.mid")), (4, 5));
    let (code, _, errors) = run(&[&text, &none]);
    assert_eq!(code, Some(2), "{errors}");
    assert!(errors.contains("all 2 files failed"), "{errors}");
    let (code, _, errors) = run(&[&text]);
    assert_eq!((code, errors.trim_end().lines().count()), (Some(2), 1), "{errors}");
    // What cannot be written is named too.
    std::fs::remove_file(scratch.at("out/one.mid")).expect("the file is there");
    std::fs::create_dir(scratch.at("out/one.mid")).expect("the folder is there");
    let (code, _, errors) = run(&[&one, &two]);
    assert!(code == Some(3) && errors.contains("one.mid"), "{code:?} {errors}");
}
