//! What was heard and played is in the take, note by note, and comes back with the project.

mod harness;

use std::process::{Command, ExitCode};

use band_player::take::{Take as Recorded, Timing};
use midly::{MetaMessage, MidiMessage, Smf, TrackEventKind};
use tests::host::{Format, Instance};
use tests::need::{Need, REQUIRE, python_with_mido};
use tests::stage::Stage;
use tests::take::{Heard, Pace, Take, saved_take};
use tests::timeline::QUARTER;

fn main() -> ExitCode {
    let ours = harness::claims![
        None;
        the_take_holds_what_was_heard_and_played_note_by_note,
        swung_notes_are_saved_as_played_or_on_their_steps,
        a_take_comes_back_with_the_project_and_garbage_there_harms_nothing_else,
        a_test_that_lacks_what_it_needs_is_ignored_and_fails_where_all_is_required,
    ];
    let others = harness::claims![Some(Need::Mido); a_library_of_others_reads_the_same_notes_tempo_and_meter];
    harness::run(ours.into_iter().chain(others))
}

/// This program again, where no Python is found.
fn a_test_that_lacks_what_it_needs_is_ignored_and_fails_where_all_is_required() {
    let program = std::env::current_exe().expect("this program has a path");
    for (required, result) in [("0", "test result: ok. 0 passed; 0 failed; 1 ignored"), ("1", "0 passed; 1 failed")] {
        let mut command = Command::new(&program);
        command.arg("a_library_of_others").env("PATH", "").env(REQUIRE, required);
        let output = command.output().expect("it starts");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("needs Python's library mido") && said.contains(result), "required {required}: {said}");
        assert_eq!(output.status.success(), required == "0", "required {required}: {said}");
    }
}

/// A note, in ticks of 960 a quarter: start, end, channel, key, velocity.
type Note = (i64, i64, u8, u8, u8);

/// The take in what the host would save.
fn recorded(instance: &mut dyn Instance) -> Recorded {
    let saved = instance.save().expect("saved");
    Recorded::from_text(&saved_take(&saved).expect("a take")).expect("a take")
}

/// A file's notes by the track's name, read by another's parser.
fn notes(file: &[u8]) -> Vec<(String, Note)> {
    let smf = Smf::parse(file).expect("a MIDI file");
    let mut notes = Vec::new();
    for track in &smf.tracks {
        let (mut now, mut name, mut open) = (0, String::new(), Vec::new());
        for event in track {
            now += i64::from(event.delta.as_int());
            match event.kind {
                TrackEventKind::Meta(MetaMessage::TrackName(text)) => name = String::from_utf8_lossy(text).into(),
                TrackEventKind::Midi { channel, message: MidiMessage::NoteOn { key, vel } } => {
                    open.push((now, channel.as_int(), key.as_int(), vel.as_int()));
                }
                TrackEventKind::Midi { channel, message: MidiMessage::NoteOff { key, .. } } => {
                    let place = open.iter().position(|note| (note.1, note.2) == (channel.as_int(), key.as_int()));
                    let (start, channel, key, velocity) = open.remove(place.expect("an off has its on"));
                    notes.push((name.clone(), (start, now, channel, key, velocity)));
                }
                _ => {}
            }
        }
        assert!(open.is_empty(), "every note ends");
    }
    notes
}

/// What the checker heard.
fn heard(take: &Take) -> Vec<Note> {
    let tick = |tick: i64| tick * 960 / QUARTER;
    let of =
        |note: &Heard| (tick(note.tick), tick(note.end_tick), note.channel.get(), note.key.get(), note.velocity.get());
    let mut notes: Vec<_> = take.notes.iter().map(of).collect();
    notes.sort_unstable();
    notes
}

fn of_the_band(notes: &[(String, Note)]) -> Vec<Note> {
    let mut notes: Vec<_> = notes.iter().filter(|(name, _)| name != "You").map(|(_, note)| *note).collect();
    notes.sort_unstable();
    notes
}

fn the_take_holds_what_was_heard_and_played_note_by_note() {
    for format in Format::ALL {
        for (mode, measures) in [("Accompany", 12), ("Trade", 16)] {
            let stage = Stage::new(format, measures, 120.0);
            let mut instance = stage.instance(true);
            instance.set("Mode", mode).expect("a mode");
            instance.set("Turn", "2").expect("a turn");
            let take = stage.take_with(instance.as_mut(), &stage.straight(), &[480, 77, 4096], Pace::Free);
            let recorded = recorded(instance.as_mut());
            assert_eq!(recorded.len(), measures);
            let file = notes(&recorded.to_midi(None, Timing::Played));
            // On the step, and a step is a whole number of samples here.
            assert!(take.notes.len() > 20, "{format}, {mode}: the band plays {} notes", take.notes.len());
            assert_eq!(of_the_band(&file), heard(&take), "{format}, {mode}");
            let mut user: Vec<_> = file.iter().filter(|(name, _)| name == "You").map(|(_, note)| *note).collect();
            user.sort_unstable();
            let tick = |tick: i64| tick * 960 / QUARTER;
            let mut clip: Vec<Note> = stage
                .clip()
                .iter()
                .map(|note| {
                    let (on, off) = (tick(note.ticks.start), tick(note.ticks.end));
                    (on, off, note.channel.get(), note.key.get(), note.velocity.get())
                })
                .collect();
            clip.sort_unstable();
            assert!(clip.len() > 20, "the user plays {} notes", clip.len());
            assert_eq!(user, clip, "the user's notes");
            // One track a voice, each on its own channel.
            for (name, channel) in [("Lead", 0), ("Counter", 1), ("Chords", 2), ("Bass", 3)] {
                assert!(file.iter().all(|(track, note)| (track == name) == (note.2 == channel) || track == "You"));
            }
        }
    }
}

fn swung_notes_are_saved_as_played_or_on_their_steps() {
    for format in Format::ALL {
        let stage = Stage::new(format, 10, 97.0);
        // Figures that strike between the eighths, whatever the band makes of the tune.
        let rolling = |swing: &str| {
            let mut instance = stage.instance(true);
            instance.set("Figures", "Rolling sixteenths").expect("figures");
            instance.set("Swing", swing).expect("swing");
            instance
        };
        let mut instance = rolling("0 %");
        let plain = stage.take_with(instance.as_mut(), &stage.straight(), &[512], Pace::Free);
        let mut instance = rolling("100 %");
        let script = stage.straight();
        // The checker's grid is exact: here only the take is looked at.
        let swung = stage.take_with(instance.as_mut(), &script, &[512], Pace::Free);
        let recorded = recorded(instance.as_mut());
        let of = |timing| of_the_band(&notes(&recorded.to_midi(None, timing)));
        assert!(plain.notes.len() > 20, "{format}: the band plays {} notes", plain.notes.len());
        assert_eq!(of(Timing::Quantised), heard(&plain), "{format}: on the steps that they were meant for");
        let late = of(Timing::Played).iter().filter(|note| note.0 % 240 != 0).count();
        let meant = swung.notes.iter().filter(|note| note.tick / (QUARTER / 4) % 2 == 1).count();
        assert!(late > 0, "{format}: the band strikes no odd sixteenth");
        assert_eq!(late, meant, "{format}: as many come late as are meant for odd sixteenths");
    }
}

fn a_take_comes_back_with_the_project_and_garbage_there_harms_nothing_else() {
    for format in Format::ALL {
        let stage = Stage::new(format, 6, 120.0);
        let mut instance = stage.instance(true);
        instance.set("Swing", "30 %").expect("swing");
        let _played = stage.take_with(instance.as_mut(), &stage.straight(), &[512], Pace::Free);
        let saved = instance.save().expect("saved");
        let before = recorded(instance.as_mut());
        assert_eq!(before.len(), 6, "{format}: the take has all measures");
        let mut other = stage.instance(true);
        other.load(&saved).expect("loaded");
        assert_eq!(recorded(other.as_mut()).to_text(), before.to_text());
        // The same with a take that is none: all else is loaded.
        let json = tests::take::json_of(&saved).expect("JSON");
        for garbage in ["17", "[]", "not JSON", "\"\"", "\"AAAA\"", "\"no letters of base64\""] {
            let mut state = json.clone();
            state["fields"]["take"] = garbage.into();
            let text = serde_json::to_vec(&state).expect("JSON");
            let mut bytes =
                if format == Format::Clap { (text.len() as u64).to_le_bytes().to_vec() } else { Vec::new() };
            bytes.extend(text);
            let mut other = stage.instance(true);
            other.load(&bytes).expect("loaded");
            assert_eq!(other.get("Swing").expect("a value"), "30 %", "{garbage}");
        }
    }
}

/// The lines that another library reads in a file, by words.
fn read_by_mido(file: &[u8]) -> Vec<Vec<String>> {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("take to read.mid");
    std::fs::write(&path, file).expect("a file");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/read_take.py");
    let mut python = std::process::Command::new(python_with_mido().expect("the harness has looked"));
    let output = python.arg(script).arg(&path).output().expect("python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    text.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

fn a_library_of_others_reads_the_same_notes_tempo_and_meter() {
    let stage = Stage::new(Format::Clap, 12, 97.0);
    let mut instance = stage.instance(true);
    instance.set("Swing", "40 %").expect("swing");
    let _played = stage.take_with(instance.as_mut(), &stage.straight(), &[512], Pace::Free);
    let recorded = recorded(instance.as_mut());
    for (last, timing) in [(None, Timing::Played), (Some(4), Timing::Quantised)] {
        let file = recorded.to_midi(last, timing);
        let lines = read_by_mido(&file);
        let of = |kind: &str| -> Vec<String> {
            let lines = lines.iter().filter(|line| line[0] == kind);
            let mut lines: Vec<_> = lines.map(|line| line[1..].join(" ")).collect();
            lines.sort_unstable();
            lines
        };
        let ours = notes(&file);
        let mut expected: Vec<_> = ours
            .iter()
            .map(|(name, (start, end, channel, key, velocity))| {
                format!("{name} {start} {end} {channel} {key} {velocity}")
            })
            .collect();
        expected.sort_unstable();
        assert!(expected.len() > 20, "{} notes", expected.len());
        assert_eq!(of("note"), expected);
        // Tempo and meter in a track of their own, the user, and four voices less the one that the user plays.
        assert_eq!(of("form"), ["1 960 5"]);
        // 60 s / 97, in microseconds.
        assert_eq!((of("tempo"), of("meter")), (vec!["0 618557".to_owned()], vec!["0 4 4".to_owned()]));
    }
}
