//! Charts: heard in a file, and played by.

use model::midi_file::Song;
use model::music::chart::Chart;

use crate::{Scratch, bandplayer, chorale, read, succeed, written};

/// How much of what these tracks sound is a tone of the chart's chord there.
fn share_in(song: &Song, tracks: &[&str], chart: &Chart, from: usize) -> f64 {
    let (mut inside, mut all) = (0u32, 0u32);
    for name in tracks {
        let track = song.track(name).expect("a track of the band");
        for (at, measure) in track.measures.iter().enumerate().skip(from) {
            for note in measure.notes() {
                for step in note.step.0..note.end() {
                    let chord = chart.at(at, step, measure.steps()).and_then(|symbol| symbol.chord());
                    all += 1;
                    inside += u32::from(chord.expect("a chord").pitch_classes().has(note.key.pitch_class()));
                }
            }
        }
    }
    f64::from(inside) / f64::from(all.max(1))
}

#[test]
fn the_chart_that_is_heard_in_a_file_is_read_back() {
    let scratch = Scratch::new("chart");
    let file = scratch.at("song.mid");
    written(&chorale(8), &file);
    let output = bandplayer(&["chart", &file]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0));
    let chart: Chart = text.parse().expect("a chart");
    let first: Vec<String> = (0..8).map(|at| chart.at(at, 0, 16).expect("a chord").to_string()).collect();
    assert_eq!(first, ["C", "F", "G", "C", "C", "F", "G", "C"], "{text}");
}

/// The tune is over C, F, G and C; the chart says otherwise, a tritone away.
#[test]
fn bands_play_by_the_chart_in_every_command() {
    let scratch = Scratch::new("by-chart");
    let [song, out, chart] = ["song.mid", "out.mid", "song.txt"].map(|name| scratch.at(name));
    written(&chorale(12), &song);
    let text = "| F# | B | C# | F# |\n";
    std::fs::write(&chart, text).expect("a chart");
    let known: Chart = text.parse().expect("a chart");
    let folder = scratch.at("out");
    let others = ["Alto", "Tenor", "Bass"];
    let accompany = ["accompany", "--voice", "Soprano", "--band", "chorale", "--out-dir", &folder, &song];
    let played = |more: &[&str]| {
        succeed(&[&accompany[..], more].concat());
        share_in(&read(&format!("{folder}/song.mid")), &others, &known, 2)
    };
    let (with, without) = (played(&["--chart", &chart]), played(&[]));
    assert!(with > 0.6 && with > without + 0.3, "with the chart {with:.2}, without {without:.2}");

    let fill = ["fill", &song, "--band", "chorale", "--voice", "Bass", "--out", &out];
    let filled = |more: &[&str]| {
        succeed(&[&fill[..], more].concat());
        share_in(&read(&out), &["Bass"], &known, 0)
    };
    let (with, without) = (filled(&["--chart", &chart]), filled(&[]));
    assert!(with > without + 0.3, "with the chart {with:.2}, without {without:.2}");
    for command in [
        vec!["generate", "--primer", &song, "--measures", "14", "--band", "chorale", "--out", &out, "--chart", &chart],
        vec!["answer", &song, "--voice", "Soprano", "--band", "chorale", "--out", &out, "--chart", &chart],
    ] {
        succeed(&command);
    }
}

#[test]
fn a_chart_that_cannot_be_read_names_line_measure_and_word_and_writes_nothing() {
    let scratch = Scratch::new("bad-chart");
    let [song, out, chart] = ["song.mid", "out.mid", "song.txt"].map(|name| scratch.at(name));
    written(&chorale(4), &song);
    let check = |bytes: &[u8], expected: &str| {
        std::fs::write(&chart, bytes).expect("a file");
        let fill = ["fill", &song, "--band", "chorale", "--voice", "Bass", "--out", &out, "--chart", &chart];
        let output = bandplayer(&fill);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), said.lines().count()), (Some(2), 1), "{said}");
        assert!(said.contains("song.txt") && said.contains(expected), "{said}");
        assert!(!std::path::Path::new(&out).exists());
    };
    check(b"| C | F |\n| Am7 | Gx |\n", "line 2, measure 4, `Gx`");
    check(&[0xff, 0xfe, 0], "this is no chart");
    check(b"", "there is no measure");
    std::fs::remove_file(&chart).expect("it is there");
    let output = bandplayer(&["accompany", "--voice", "Soprano", "--chart", &chart, "--out-dir", &out, &song]);
    assert_eq!(output.status.code(), Some(2), "a chart that is not there");
    assert!(!std::path::Path::new(&out).exists(), "nor is a folder made for it");
    std::fs::write(&chart, "| C |").expect("a file");
    let rule = ["fill", &song, "--band", "ngram:chorale", "--voice", "Bass", "--out", &out, "--chart", &chart];
    let said = String::from_utf8_lossy(&bandplayer(&rule).stderr).into_owned();
    assert!(said.contains("told no chords"), "{said}");
}
