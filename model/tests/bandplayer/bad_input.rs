//! Bad input is one clear line and exit code 2, any other failure 1; nothing is left half written.

use model::midi_file::{Song, Track};
use model::{Measure, TimeSignature};

use crate::{Scratch, bandplayer, chorale, written};

/// This command ends with this code and a line that has these words, and leaves no file.
fn check(scratch: &Scratch, arguments: &[&str], code: i32, words: &[&str]) {
    let before = scratch.files();
    let output = bandplayer(arguments);
    let line = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {line}");
    assert_eq!(line.trim_end().lines().count(), 1, "{arguments:?}: {line}");
    for word in words {
        assert!(line.contains(word), "{arguments:?}: {line}");
    }
    assert_eq!(scratch.files(), before, "{arguments:?} wrote something");
}

#[test]
fn what_cannot_be_done_is_said_in_one_line() {
    let scratch = Scratch::new("bad");
    let [song, silent, out, text] = ["song.mid", "silent.mid", "out.mid", "text.mid"].map(|name| scratch.at(name));
    written(&chorale(6), &song);
    let mut nothing = Song::steady(TimeSignature::FOUR_FOUR, 120.0, 2).expect("4/4");
    nothing.tracks.push(Track { measures: vec![Measure::silent(16); 2], ..Track::new("Soprano") });
    written(&nothing, &silent);
    std::fs::write(&text, "no music").expect("the folder is there");

    let fill = |file: &str, more: &[&str], words: &[&str]| {
        let arguments = [&["fill", file, "--out", &out], more].concat();
        check(&scratch, &arguments, 2, words);
    };
    let choir = ["--band", "chorale"];
    fill(&song, &[&choir[..], &["--voice", "Oboe"]].concat(), &["Oboe", "Soprano, Alto, Tenor, Bass"]);
    fill(&song, &[&choir[..], &["--voice", "Soprano,Alto,Tenor,Bass"]].concat(), &["song.mid", "no note is left"]);
    fill(&silent, &[&choir[..], &["--voice", "Alto"]].concat(), &["silent.mid", "no track with notes"]);
    fill(&text, &[&choir[..], &["--voice", "Alto"]].concat(), &["text.mid"]);
    fill(&scratch.at("none.mid"), &[&choir[..], &["--voice", "Alto"]].concat(), &["none.mid"]);
    fill(&song, &choir, &["--voice"]);
    fill(&song, &["--band", "nobody", "--voice", "Alto"], &["nobody"]);
    fill(&song, &[&choir[..], &["--voice", "Alto", "--temperature", "3"]].concat(), &["0 to 2"]);
    check(&scratch, &["fill", &song, "--out", &song, "--voice", "Alto", "--band", "chorale"], 2, &["over itself"]);

    let redo = |more: &[&str], words: &[&str]| {
        check(&scratch, &[&["redo", &song, "--out", &out, "--band", "chorale"], more].concat(), 2, words);
    };
    redo(&["--measures", "5-9"], &["5-9", "1-6"]);
    redo(&["--measures", "0-2"], &["0-2"]);
    redo(&["--measures", "4-3"], &["4-3"]);
    redo(&["--passes", "0"], &["--passes"]);

    let generate = |more: &[&str], words: &[&str]| {
        check(&scratch, &[&["generate", "--out", &out, "--band", "chorale"], more].concat(), 2, words);
    };
    generate(&["--primer", &silent], &["silent.mid", "no note"]);
    generate(&["--notes", "C4 X9"], &["X9"]);
    generate(&["--notes", "r r"], &["no note"]);
    generate(&["--pitch", "200"], &["200"]);
    generate(&[], &["--notes"]);
    generate(&["--silence", "--pitch", "60"], &["--silence", "--pitch"]);
    generate(&["--primer", &song, "--measures", "6"], &["more measures"]);
    generate(&["--pitch", "60", "--num-steps", "33"], &["whole measures"]);
    generate(&["--pitch", "60", "--beam-size", "3"], &["--beam-size", "whole measures"]);
    generate(&["--pitch", "60", "--meter", "5/32"], &["meter"]);
    generate(&["--pitch", "60", "--track", "3"], &["--track", "--primer"]);
    generate(&["--silence", "--pickup", "1"], &["--pickup", "--primer"]);
    generate(&["--notes", "C4*4", "--primer-measures", "3"], &["--primer-measures", "--notes"]);
    generate(&["--silence", "--seed", "-1"], &["'-1'", "--seed"]);
    generate(&["--voice", "Drums", "--pitch", "60"], &["--pitch", "--measures"]);
    generate(&["--voice", "Drums", "--style", "polka"], &["polka", "afrobeat"]);
    generate(&["--pitch", "60", "--style", "rock"], &["--style", "Drums"]);

    let answer = |more: &[&str], words: &[&str]| {
        check(&scratch, &[&["answer", &song, "--out", &out, "--band", "chorale"], more].concat(), 2, words);
    };
    answer(&["--voice", "Oboe"], &["Oboe"]);
    answer(&["--voice", "Alto", "--track", "Oboe"], &["Oboe", "Soprano"]);
    answer(&["--voice", "Alto", "--answers", "Lead"], &["Lead"]);
    answer(&["--voice", "Alto", "--measures", "0"], &["--measures"]);
    fill(&song, &[&choir[..], &["--voice", "Alto", "--style", "rock"]].concat(), &["--style", "--voice Drums"]);
    let kit = |kit: &str, words: &[&str]| {
        fill(&song, &[&choir[..], &["--voice", "Drums", "--kit", kit]].concat(), words);
    };
    kit("nobodys-kit", &["nobodys-kit", "general-midi, roland-td"]);
    let pads = scratch.at("pads.json");
    std::fs::write(&pads, "{\n  \"name\": \"mine\",\n  \"kick\": 36\n}").expect("the folder is there");
    kit(&pads, &["pads.json", "line 3", "general-midi.json"]);
    redo(&["--order", "named"], &["--order named", "--voice"]);
    check(&scratch, &["accompany", &song, "--voice", "Oboe", "--out-dir", &out], 2, &["Oboe"]);
    // What would have no effect is refused, not ignored.
    fill(&song, &["--band", "loop", "--voice", "Bass", "--temperature", "0.5"], &["--temperature 0.5", "loop"]);
    let accompany = |more: &[&str], words: &[&str]| {
        check(&scratch, &[&["accompany", &song, "--voice", "Alto", "--out-dir", &out], more].concat(), 2, words);
    };
    accompany(&["--band", "chorale", "--turn", "2"], &["--turn 2", "--mode trade"]);
    accompany(&["--band", "ngram:chorale", "--net-alone"], &["--net-alone", "ngram:chorale"]);
    accompany(&["--band", "chorale", "--net-alone", "--key", "C major"], &["--net-alone", "--key"]);
    accompany(&["--band", "ngram:loop"], &["there is no band `loop`: choose pop or chorale"]);
}

/// What is wrong with a system that counts is said, not guessed.
#[cfg(feature = "train")]
#[test]
fn a_system_that_counts_says_why_it_cannot_be() {
    let scratch = Scratch::new("counts");
    for part in ["train", "valid"] {
        std::fs::create_dir_all(scratch.at(part)).expect("a folder");
        written(&chorale(8), &scratch.at(&format!("{part}/one.mid")));
    }
    let train = |system: &str, set: &str, words: &[&str]| {
        let out = scratch.at("band.safetensors");
        let folders = ["--band", "chorale", "--data", &scratch.at(""), "--out", &out];
        check(&scratch, &[&["train", "--system", system, "--set", set], &folders[..]].concat(), 2, words);
    };
    train("ngram", "net.order=40", &["net.order is 40", "1 to 32"]);
    train("ngram", "net.range={low=80, high=60}", &["lowest key", "above the highest"]);
    train("markov", "net.range={low=80, high=60}", &["lowest key", "above the highest"]);
    let (data, out) = (scratch.at(""), scratch.at("band.safetensors"));
    let counted = ["train", "--system", "markov", "--band", "chorale", "--data", &data, "--out", &out];
    check(&scratch, &[&counted[..], &["--seed", "7"]].concat(), 2, &["leave out --seed 7"]);
    check(&scratch, &[&counted[..], &["--device", "cuda"]].concat(), 2, &["leave out --device cuda"]);
}

/// A line on standard error, with this code, and the folder is as before.
#[cfg(feature = "train")]
fn refused(scratch: &Scratch, arguments: &[&str], code: i32, words: &[&str]) {
    let before = scratch.files();
    let output = bandplayer(arguments);
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    let line = said.lines().last().unwrap_or_default();
    assert!(!said.contains("panicked") && words.iter().all(|word| line.contains(word)), "{arguments:?}: {said}");
    assert_eq!(scratch.files(), before, "{arguments:?} wrote something");
}

/// Music of which nothing can be learnt, examined or imported is said to be so, before anything is made of it.
#[cfg(feature = "train")]
#[test]
fn music_of_which_nothing_can_be_made_is_refused() {
    let scratch = Scratch::new("nothing");
    for set in ["empty", "short"] {
        for split in ["train", "valid", "test"] {
            std::fs::create_dir_all(scratch.at(&format!("{set}/{split}"))).expect("a folder");
        }
    }
    for split in ["train", "valid", "test"] {
        written(&chorale(1), &scratch.at(&format!("short/{split}/one.mid")));
    }
    let [empty, short, nowhere, out] = ["empty", "short", "nowhere", "out"].map(|name| scratch.at(name));
    let train = |more: &[&str], words: &[&str]| {
        let arguments = ["train", "--band", "chorale", "--out", &out];
        refused(&scratch, &[&arguments[..], more].concat(), 2, words);
    };
    train(&["--data", &nowhere], &["nowhere/train", "folders `train`"]);
    train(&["--data", &empty], &["there is no MIDI file in", "empty/train", "Soprano"]);
    train(&["--data", &short], &["`train`", "longer ones are wanted"]);
    train(&["--data", &short, "--system", "harmony"], &["`valid`", "three measures"]);
    train(&["--data", &short, "--system", "markov"], &["no melody of Soprano", "7 measures", "least-measures"]);
    for data in [&empty, &nowhere] {
        refused(
            &scratch,
            &["prepare", "--band", "chorale", "--data", data, "--out", &out],
            2,
            &[&format!("{data}/train")],
        );
    }
    for band in ["chorale", "harmony"] {
        refused(&scratch, &["eval", band, "--data", &short], 2, &["short/test", "longer ones are wanted"]);
    }
    refused(&scratch, &["compare", "chorale", "--data", &short], 2, &["short/test", "longer ones are wanted"]);
    refused(&scratch, &["compare", "chorale", "--data", &short, "--most", "0"], 2, &["--most"]);
    refused(&scratch, &["eval", "harmony", "--data", &short, "--samples", "9"], 2, &["--samples", "leave it out"]);
    refused(&scratch, &["eval", "chorale", "--data", &short, "--user", "Alto"], 2, &["--user", "leave it out"]);
    refused(&scratch, &["eval", "chorale", "--data", &short, "--threshold", "nan"], 2, &["0 to 1"]);

    let (list, file) = (scratch.at("list.json"), scratch.at("file"));
    std::fs::write(&list, "{}").expect("a file");
    std::fs::write(&file, "somebody's").expect("a file");
    refused(&scratch, &["import", "jsb", &list, &out], 2, &["list.json", "no piece"]);
    std::fs::write(&list, r#"{"train": [[[72, 67, 64, 48]]]}"#).expect("a file");
    refused(&scratch, &["import", "jsb", &list, &file], 2, &["file", "name a new folder"]);
    refused(&scratch, &["import", "jsb", &list, &out, "--meters", &file], 2, &["file", "meters is wanted"]);
    assert_eq!(std::fs::read(&file).expect("it stays"), b"somebody's");
    // A training that could not be kept does not begin.
    refused(
        &scratch,
        &["train", "--band", "chorale", "--data", &short, "--out", &empty],
        1,
        &["empty", "cannot be written"],
    );
}

#[test]
fn a_place_that_cannot_be_written_is_no_bad_input_and_leaves_nothing() {
    let scratch = Scratch::new("unwritable");
    let song = scratch.at("song.mid");
    written(&chorale(3), &song);
    let nowhere = scratch.at("no-folder/out.mid");
    // Before the work, and each reason once.
    let folder = scratch.at("folder");
    std::fs::create_dir(&folder).expect("a folder");
    for out in [nowhere.as_str(), &folder] {
        for redo in [&["redo", &song, "--band", "chorale", "--out", out][..], &["render", &song, "--out", out]] {
            check(&scratch, redo, 1, &["cannot be written"]);
        }
    }
    let line =
        String::from_utf8(bandplayer(&["redo", &song, "--band", "chorale", "--out", &folder]).stderr).expect("text");
    assert_eq!(line.matches("directory").count(), 1, "{line}");
    check(&scratch, &["accompany", &song, "--voice", "Lead", "--out-dir", &song], 1, &["song.mid", "cannot be made"]);
    let band = ["--band", "chorale", "--out", &nowhere];
    check(&scratch, &[&["fill", &song, "--voice", "Alto"], &band[..]].concat(), 1, &["no-folder"]);
    check(&scratch, &[&["generate", "--pitch", "60"], &band[..]].concat(), 1, &["no-folder"]);
    check(&scratch, &[&["answer", &song, "--voice", "Alto"], &band[..]].concat(), 1, &["no-folder"]);
}
