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

    let answer = |more: &[&str], words: &[&str]| {
        check(&scratch, &[&["answer", &song, "--out", &out, "--band", "chorale"], more].concat(), 2, words);
    };
    answer(&["--voice", "Oboe"], &["Oboe"]);
    answer(&["--voice", "Alto", "--track", "Oboe"], &["Oboe", "Soprano"]);
    answer(&["--voice", "Alto", "--answers", "Lead"], &["Lead"]);
    answer(&["--voice", "Alto", "--measures", "0"], &["--measures"]);
    check(&scratch, &["accompany", &song, "--voice", "Oboe", "--out-dir", &out], 2, &["Oboe"]);
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
}

#[test]
fn a_place_that_cannot_be_written_is_no_bad_input_and_leaves_nothing() {
    let scratch = Scratch::new("unwritable");
    let song = scratch.at("song.mid");
    written(&chorale(3), &song);
    let nowhere = scratch.at("no-folder/out.mid");
    let band = ["--band", "chorale", "--out", &nowhere];
    check(&scratch, &[&["fill", &song, "--voice", "Alto"], &band[..]].concat(), 1, &["no-folder"]);
    check(&scratch, &[&["generate", "--pitch", "60"], &band[..]].concat(), 1, &["no-folder"]);
    check(&scratch, &[&["answer", &song, "--voice", "Alto"], &band[..]].concat(), 1, &["no-folder"]);
}
