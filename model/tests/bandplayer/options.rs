//! Whatever an option of a training is set to, either one line says what is wrong with it before anything is read, or the
//! training ends with a band that is read back and plays. Which systems and options there are is asked of the program:
//! a new one is tried too.

use std::fmt::Write;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use model::midi_file::Track;
use model::music::drums::Drum;
use model::predict::predictor::PredictRequest;
use model::systems::band_file::Band;
use model::{BandMeasure, Key, Measure, Note, VoiceId};
use toml::Value;

use crate::{Scratch, bandplayer, chorale, written};

/// The systems that can be trained, as the program names them.
fn systems() -> Vec<String> {
    let output = bandplayer(&["train", "--system", "?", "--show-options"]);
    let line = String::from_utf8(output.stderr).expect("text");
    let (_, names) = line.split_once("possible values: ").expect("the program lists its systems");
    let names = names.split_once(']').expect("a list").0;
    names.split(", ").map(str::to_owned).collect()
}

/// A system's options with their defaults, as the program shows them: `net.units`, `training.batch` …
fn options(system: &str) -> Vec<(String, Value)> {
    let output = bandplayer(&["train", "--system", system, "--show-options"]);
    assert_eq!(output.status.code(), Some(0), "{system}: {}", String::from_utf8_lossy(&output.stderr));
    let table: toml::Table = toml::from_str(&String::from_utf8(output.stdout).expect("text")).expect("TOML");
    let mut leaves = Vec::new();
    flatten("", &Value::Table(table), &mut leaves);
    leaves
}

fn flatten(name: &str, value: &Value, leaves: &mut Vec<(String, Value)>) {
    let Value::Table(table) = value else { return leaves.push((name.to_owned(), value.clone())) };
    for (key, value) in table {
        flatten(&if name.is_empty() { key.clone() } else { format!("{name}.{key}") }, value, leaves);
    }
}

/// What makes the training short: one epoch of few numbers, in a net of a few units.
fn short((name, default): &(String, Value)) -> Option<String> {
    let value = match (name.rsplit('.').next()?, default) {
        ("epochs" | "namer-epochs" | "believer-epochs" | "imaginer-epochs" | "patience", _) => "1",
        ("batch" | "measures", _) => "2",
        ("steps", _) => "16",
        ("least-measures" | "least-classes", _) => "2",
        (_, Value::Array(_)) if name.starts_with("net.") => "[3]",
        (_, Value::Integer(size)) if name.starts_with("net.") && *size > 8 && !name.contains("range") => "4",
        _ => return None,
    };
    Some(format!("{name}={value}"))
}

/// What an option of this kind might be set to by somebody who errs, or means it badly; some of it is possible.
fn hostile(default: &Value) -> &'static [&'static str] {
    match default {
        Value::Integer(_) => &[
            "0",
            "1",
            "41",
            "200",
            "-1",
            "4294967296",
            "9223372036854775807",
            "99999999999999999999",
            "0.5",
            "nan",
            "many",
            "[]",
        ],
        Value::Float(_) => &["0", "1.0", "2.0", "-0.1", "nan", "inf", "-inf", "1e300", "1e-300", "much", "[]", "true"],
        Value::Boolean(_) => &["true", "false", "maybe", "2", "[]"],
        Value::Array(_) => &[
            "[]",
            "[0]",
            "[1]",
            "[1, 1]",
            "[-1]",
            "[9223372036854775807]",
            "[2048, 2048, 2048, 2048]",
            "[1, 1, 1, 1, 1, 1, 1, 1, 1]",
            "[0.5]",
            "[nan]",
            "7",
            "deep",
        ],
        _ => &["nobody", "\"\"", "3", "[]", "nan"],
    }
}

/// A folder to learn from: for each part a chorale, to which somebody drums.
fn data(scratch: &Scratch) -> String {
    for part in ["train", "valid"] {
        let folder = scratch.at(&format!("data/{part}"));
        std::fs::create_dir_all(&folder).expect("a folder");
        let mut song = chorale(8);
        let beat = Measure::from_notes(16, (0..4).map(|beat| Note::new(4 * beat, 1, Drum::Kick.key())));
        song.tracks.push(Track { channel: Drum::channel(), measures: vec![beat; 8], ..Track::new("Drums") });
        written(&song, &format!("{folder}/one.mid"));
    }
    scratch.at("data")
}

/// The band in this file is read, and says something.
fn plays(file: &str) -> Result<(), String> {
    let band = Band::load(Path::new(file)).map_err(|error| error.to_string())?;
    let mut request = PredictRequest::empty();
    request.voices = band.spec().all().without(VoiceId::FIRST);
    let mut heard = BandMeasure::missing(16);
    heard.set(VoiceId::FIRST, &Measure::from_notes(16, [Note::new(0, 8, Key::clamped(67))]));
    request.history.push(&heard);
    band.predictor().predict(&request).map(drop).map_err(|error| error.to_string())
}

/// Trains so. `Ok(true)`: a band was trained and plays; `Ok(false)`: one line refused it, naming `option`.
fn tried(arguments: &[&str], out: &str, option: &str) -> Result<bool, String> {
    let output = bandplayer(arguments);
    let (said, told) = (String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
    let written = Path::new(out).exists();
    match output.status.code() {
        Some(0) if written => plays(out).map(|()| true).map_err(|error| format!("trained, but: {error}")),
        Some(0) => Err("ended well without a band".into()),
        Some(2) => {
            let one_line = said.trim_end().lines().count() == 1;
            let remedy = ["give ", "expected", "switch it off", "choose "].iter().any(|word| said.contains(word));
            if !one_line || !said.contains(option) || !remedy {
                Err(format!("one line should name {option} and what may be given: {said}"))
            } else if !told.is_empty() || written {
                Err(format!("refused only after: {told}"))
            } else {
                Ok(false)
            }
        }
        code => Err(format!("ended with {code:?}: {said}")),
    }
}

/// Each option is set to every eighth of the values, another eighth for each next one.
#[test]
fn every_option_of_every_system_is_refused_in_one_line_or_trains_a_band_that_plays() {
    try_options(8);
}

/// The same with all values: some minutes.
#[test]
#[ignore = "by hand, some minutes: cargo test --release -p model --features train --test bandplayer -- --ignored every_value"]
fn every_value_of_every_option_is_refused_in_one_line_or_trains_a_band_that_plays() {
    try_options(1);
}

/// Tries one of so many values of each option.
fn try_options(one_of: usize) {
    let scratch = Scratch::new("options");
    let data = data(&scratch);
    let mut cases: Vec<(String, Vec<String>, String, String)> = Vec::new();
    let systems = systems();
    assert!(systems.len() >= 10, "{systems:?}");
    for system in systems {
        let all = options(&system);
        assert!(all.len() >= 5, "{system}: {all:?}");
        let base: Vec<String> = all.iter().filter_map(short).collect();
        for (at, (option, default)) in all.iter().enumerate() {
            for (_, value) in hostile(default).iter().enumerate().filter(|(place, _)| (at + place) % one_of == 0) {
                cases.push((system.clone(), base.clone(), option.clone(), (*value).to_owned()));
            }
        }
    }
    let (next, faults, trained) = (AtomicUsize::new(0), Mutex::new(String::new()), AtomicUsize::new(0));
    let work = |worker: usize| {
        let out = scratch.at(&format!("{worker}.safetensors"));
        while let Some((system, base, option, value)) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            let set = format!("{option}={value}");
            let mut arguments = vec!["train", "--system", system, "--band", "chorale", "--data", &data, "--out", &out];
            for one in base.iter().chain([&set]) {
                arguments.extend(["--set", one]);
            }
            let name = option.rsplit('.').next().unwrap_or(option);
            match tried(&arguments, &out, name) {
                Ok(true) => drop(trained.fetch_add(1, Ordering::Relaxed)),
                Ok(false) => {}
                Err(fault) => {
                    let mut faults = faults.lock().expect("a list");
                    writeln!(faults, "--system {system} --set {set}: {fault}").expect("text");
                }
            }
            drop(std::fs::remove_file(&out));
            drop(std::fs::remove_dir_all(Path::new(&out).with_extension("checkpoint")));
        }
    };
    std::thread::scope(|scope| {
        for worker in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(move || work(worker));
        }
    });
    let faults = faults.into_inner().expect("a list");
    assert!(faults.is_empty(), "of {} cases:\n{faults}", cases.len());
    let trained = trained.into_inner();
    println!("{} cases, {trained} of them trained", cases.len());
    assert!(trained > 50 / one_of && trained < cases.len() / 2, "{trained} of {} trained", cases.len());
}

/// Options that are possible alone and not together, and flags that name options.
#[test]
fn what_contradicts_itself_is_refused_in_one_line() {
    let scratch = Scratch::new("contradictions");
    let (data, out) = (data(&scratch), scratch.at("band.safetensors"));
    let check = |system: &str, more: &[&str], option: &str| {
        let base = ["train", "--system", system, "--band", "chorale", "--data", &data, "--out", &out];
        let found = tried(&[&base[..], more].concat(), &out, option);
        assert_eq!(found, Ok(false), "--system {system} {more:?}");
    };
    check("rmvae", &["--set", "net.decoder-form=convolutional"], "net.frame-before");
    let whole = ["frame-before", "pitch-chain", "voice-chain", "loop-expert", "history-expert"];
    for left in whole {
        let off: Vec<String> =
            whole.iter().filter(|&&name| name != left).map(|name| format!("net.{name}=false")).collect();
        let mut more = vec!["--set", "net.decoder-form=convolutional"];
        off.iter().for_each(|one| more.extend(["--set", one]));
        check("rmvae", &more, left);
    }
    check("rmvae", &["--set", "net.recurrent=4096", "--set", "net.recurrent-layers=16"], "net.recurrent");
    check("rmvae", &["--set", "batch=1024", "--set", "measures=1024"], "batch");
    check("biaxial", &["--set", "batch=1024", "--set", "measures=1024"], "batch");
    check("biaxial", &["--form", "full", "--set", "net.window=41"], "net.window");
    check("basic-rnn", &["--set", "training.batch=9999", "--set", "training.steps=9999"], "training.batch");
    check("basic-rnn", &["--set", "net.units=[4096, 4096, 4096, 4096]"], "net.units");
    check("plain-rnn", &["--set", "training.optimizer=adam", "--set", "training.learning-rate=0.5"], "learning-rate");
    check("ngram", &["--set", "net.range.low=80", "--set", "net.range.high=40"], "net.range.low");
    check("markov", &["--set", "net.range.high=40"], "net.range.low");
    check("harmony", &["--set", "batch=65536", "--set", "measures=65536"], "batch");
    check("harmony", &["--set", "net.window=41"], "net.window");
    check("harmony", &["--set", "noise=1.5"], "noise");
    for system in ["rmvae", "biaxial", "harmony"] {
        check(system, &["--epochs", "0"], "epochs");
        check(system, &["--voice", "Alto"], "--voice");
    }
    check("melody-lstm", &["--epochs", "0"], "training.epochs");
    check("melody-lstm", &["--form", "small"], "--form");
    check("melody-lstm", &["--device", "abacus"], "abacus");
    let jazz = ["train", "--system", "melody-lstm", "--band", "jazz", "--data", &data, "--out", &out];
    assert_eq!(tried(&jazz, &out, "jazz"), Ok(false), "a band that is none");
}

#[test]
fn options_that_are_shown_can_be_given_as_a_file() {
    let scratch = Scratch::new("shown");
    let (data, out, file) = (data(&scratch), scratch.at("band.safetensors"), scratch.at("options.toml"));
    let shown =
        bandplayer(&["train", "--system", "melody-lstm", "--set", "net.units=5", "--epochs", "1", "--show-options"]);
    std::fs::write(&file, &shown.stdout).expect("a file");
    let base = ["train", "--system", "melody-lstm", "--band", "chorale", "--data", &data, "--out", &out];
    let extraction = ["--set", "extraction.least-measures=2", "--set", "extraction.least-classes=2"];
    let found = tried(&[&base[..], &["--options", &file], &extraction].concat(), &out, "");
    assert_eq!(found, Ok(true));
    let band = Band::load(Path::new(&out)).expect("a band").info.architecture;
    assert!(serde_json::to_string(&band).expect("a form").contains("\"units\":5"), "{band:?}");
    let missing = bandplayer(&[&base[..], &["--options", &scratch.at("none.toml")]].concat());
    assert_eq!(missing.status.code(), Some(2), "a file that is not there");
    assert!(String::from_utf8_lossy(&missing.stderr).contains("none.toml"));
}
