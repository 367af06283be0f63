//! The metrics of a jam are those of the tool that defines them.
//!
//! The tool is not in this repository; `fixtures.py` made the songs beside this file and asked it for `expected.json`.
//! Where the tool is at hand, both are compared on real songs too, by hand: the environment variable `JAM_METRICS` names
//! it, and `JAM_METRICS_MIDI` a folder of songs with a track `Lead` (POP909 as `bandplayer import` makes it); then
//! `cargo test --release -p model --test metrics -- --ignored`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use model::metrics::{JamMetrics, jam_metrics, mean};
use model::midi_file::Song;
use serde_json::Value;

/// Figures are means of a few thousand exact counts.
const TOLERANCE: f64 = 1e-9;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/metrics")
}

fn check(name: &str, found: &JamMetrics, expected: &Value) {
    let found = serde_json::to_value(found).expect("numbers");
    for (figure, value) in found.as_object().expect("an object") {
        let wanted = expected.get(figure).and_then(Value::as_f64);
        match (value.as_f64(), wanted) {
            (Some(a), Some(b)) => assert!((a - b).abs() < TOLERANCE, "{name}: {figure} is {a}, not {b}"),
            (a, b) => assert_eq!(a, b, "{name}: {figure}"),
        }
    }
}

#[test]
fn the_numbers_are_those_of_the_tool() {
    let text = std::fs::read_to_string(folder().join("expected.json")).expect("the numbers");
    let cases: BTreeMap<String, Value> = serde_json::from_str(&text).expect("JSON");
    assert_eq!(cases.len(), 3);
    for (name, expected) in cases {
        let read = |who: &str| Song::read(folder().join(format!("{name}-{who}.mid"))).expect("a song");
        let (user, first) = (expected["user"].as_str().expect("a name"), expected["first"].as_u64().expect("a number"));
        let found = jam_metrics(&read("people"), &read("band"), user, usize::try_from(first).expect("small"));
        check(&name, &found.expect("comparable songs"), &expected);
    }
}

#[test]
#[ignore = "by hand, with the tool: JAM_METRICS names it"]
fn the_tool_says_the_same_of_real_songs() {
    let tool = std::env::var_os("JAM_METRICS").expect("JAM_METRICS names the tool");
    let songs = std::env::var_os("JAM_METRICS_MIDI").map_or_else(folder, PathBuf::from);
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(songs).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "mid"));
    files.sort();
    let has_lead = |path: &PathBuf| Song::read(path).is_ok_and(|song| song.track("Lead").is_some());
    files.retain(has_lead);
    files.truncate(20);
    // Each song's "band" is the next song's, so that much differs.
    let pairs: Vec<(&PathBuf, &PathBuf)> = files.iter().zip(files.iter().cycle().skip(1)).collect();
    assert!(!pairs.is_empty(), "no song with a Lead");
    let arguments = pairs.iter().flat_map(|(people, band)| [people.as_path(), band.as_path()]);
    let said = Command::new("python3").arg(tool).arg("--json").args(arguments).output().expect("python3");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let expected: Value = serde_json::from_slice(&said.stdout).expect("JSON");
    let each = pairs.iter().map(|(people, band)| {
        let read = |path: &Path| Song::read(path).expect("a song");
        jam_metrics(&read(people), &read(band), "Lead", 5).expect("comparable songs")
    });
    let found = mean(&each.collect::<Vec<_>>()).expect("pieces");
    check("all", &found.metrics, &expected);
}
