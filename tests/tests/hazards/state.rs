//! What a project saves, it gets back; what is no state changes nothing.

use std::collections::BTreeSet;

use model::Rng;
use model::music::drums::Drum;
use model::music::kit::{Kit, NamedKit, SHIPPED};
use tests::event::{Event, Kind};
use tests::fuzz::mutate;
use tests::host::{Format, Host, Instance};
use tests::seed::seed;
use tests::stage::Stage;
use tests::take::{Pace, Take};

/// A saved state with this JSON: in CLAP its length comes first.
fn saved(format: Format, json: impl AsRef<[u8]>) -> Vec<u8> {
    let json = json.as_ref();
    let mut bytes = match format {
        Format::Clap => (json.len() as u64).to_le_bytes().to_vec(),
        Format::Vst3 => Vec::new(),
    };
    bytes.extend(json);
    bytes
}

/// A new instance, as a host makes it when it opens a project.
fn fresh(format: Format) -> Box<dyn Instance> {
    Host::load_bundled(format).and_then(|host| host.instance()).unwrap_or_else(|error| panic!("{error:#}"))
}

fn save(instance: &mut dyn Instance) -> Vec<u8> {
    instance.save().expect("it saves")
}

#[test]
fn a_project_gets_back_what_it_saved() {
    for format in Format::ALL {
        let stage = Stage::new(format, 4, 120.0);
        let mut instance = stage.instance(true);
        instance.deactivate();
        let choices = [("Swing", "40 %"), ("Seed", "77"), ("Key", "Eb minor"), ("Voice 3 octave", "-2 oct")];
        for (name, text) in choices {
            instance.set(name, text).expect("it can be set");
        }
        let state = instance.save().expect("saved");
        let mut other = stage.instance(true);
        other.load(&state).expect("loaded");
        for (name, text) in choices {
            assert_eq!(other.get(name).expect("a value"), text, "{name}");
        }
    }
}

#[test]
fn what_is_no_state_is_refused_and_changes_nothing() {
    for format in Format::ALL {
        let stage = Stage::new(format, 4, 120.0);
        let mut instance = stage.instance(true);
        let before = instance.save().expect("saved");
        let mut cut = before.clone();
        cut.truncate(before.len() / 2);
        for bytes in [&b""[..], b"garbage", &saved(format, "{}"), &saved(format, "not JSON"), &cut] {
            assert!(instance.load(bytes).is_err(), "{} bytes", bytes.len());
            assert_eq!(instance.save().expect("saved"), before);
        }
        // A state in form, with a wrong value among right ones.
        let wrong = saved(format, r#"{"version":"0.1.0","params":{"seed":{"i32":5},"band":{"f32":1.0}},"fields":{}}"#);
        let _answer = instance.load(&wrong);
        assert_eq!(instance.save().expect("saved"), before);
    }
}

#[test]
fn an_older_state_has_defaults_for_what_it_lacks() {
    for format in Format::ALL {
        let stage = Stage::new(format, 4, 120.0);
        let mut instance = stage.instance(true);
        instance.deactivate();
        instance.set("Swing", "40 %").expect("it can be set");
        instance
            .load(&saved(format, r#"{"version":"0.0.1","params":{"seed":{"i32":5}},"fields":{}}"#))
            .expect("loaded");
        assert_eq!(instance.get("Seed").expect("a value"), "5");
        assert_eq!(instance.get("Swing").expect("a value"), "0 %");
    }
}

/// Moves every parameter of an active instance: to the end of its range, to a place of its own, or not at all.
fn shuffle(instance: &mut dyn Instance, round: u64, rng: &mut Rng) {
    let count = u16::try_from(instance.parameters().len()).expect("few parameters");
    let mut events = Vec::new();
    for index in 0..count {
        let share = match (round, rng.below(4)) {
            (0, _) => 0,
            (1, _) => u16::MAX,
            (_, 0) => continue,
            _ => u16::try_from(rng.below(1 << 16)).expect("16 bits"),
        };
        events.push(Event { offset: 0, kind: Kind::Parameter { index, share } });
    }
    instance.process(16, None, &events, &mut Vec::new()).expect("it plays");
}

#[test]
fn every_setting_survives_saving_and_loading_byte_for_byte() {
    let seed = seed();
    for format in Format::ALL {
        let mut instance = fresh(format);
        instance.activate(48_000, 64).expect("active");
        let mut different = BTreeSet::new();
        for round in 0..200 {
            let mut rng = Rng::new(seed ^ round);
            shuffle(instance.as_mut(), round, &mut rng);
            if rng.below(4) == 0 {
                let path = ["/tmp/band.safetensors", "C:\\Bänder\\\"my\" band", "楽団", ""][rng.below(4)];
                instance.load_band(path.as_ref()).expect("a path is only text");
            }
            let state = save(instance.as_mut());
            let mut other = fresh(format);
            other.load(&state).expect("it is its own state");
            let again = save(other.as_mut());
            assert_eq!(again, state, "{format}, round {round} of seed {seed}: {}", state.escape_ascii());
            different.insert(state);
        }
        assert!(different.len() > 190, "{format}: {} different states of seed {seed}", different.len());
    }
}

#[test]
fn a_state_cut_off_anywhere_is_refused_and_changes_nothing() {
    for format in Format::ALL {
        let mut instance = fresh(format);
        instance.set("Seed", "4711").expect("it can be set");
        let before = save(instance.as_mut());
        instance.set("Seed", "815").expect("it can be set");
        let now = save(instance.as_mut());
        for length in 0..before.len() {
            assert!(instance.load(&before[..length]).is_err(), "{format}: {length} of {} bytes", before.len());
            assert_eq!(save(instance.as_mut()), now, "{format}: {length} bytes");
        }
        instance.load(&before).expect("the whole is a state");
        assert_eq!(save(instance.as_mut()), before);
    }
}

#[test]
fn a_megabyte_of_garbage_is_refused_and_changes_nothing() {
    const MEGABYTE: usize = 1 << 20;
    let seed = seed();
    let mut rng = Rng::new(seed);
    let mut random = |values: usize| -> Vec<u8> {
        (0..MEGABYTE).map(|_| u8::try_from(rng.below(values)).expect("a byte")).collect()
    };
    let (bytes, text) = (random(256), random(128));
    for format in Format::ALL {
        let mut instance = fresh(format);
        instance.set("Seed", "4711").expect("it can be set");
        let before = save(instance.as_mut());
        let length = if format == Format::Clap { 8 } else { 0 };
        let json = before[length..].to_vec();
        let long_text = format!("\"{}\"", "x".repeat(MEGABYTE));
        let garbage: Vec<(&str, Vec<u8>)> = vec![
            ("any bytes", bytes.clone()),
            ("any bytes, of a stated length", saved(format, &bytes)),
            ("any text", saved(format, &text)),
            ("zeros", vec![0; MEGABYTE]),
            ("the largest bytes", vec![255; MEGABYTE]),
            ("spaces", saved(format, vec![b' '; MEGABYTE])),
            ("brackets", saved(format, vec![b'['; MEGABYTE])),
            ("braces", saved(format, b"{\"params\":".repeat(MEGABYTE / 10))),
            ("a text", saved(format, &long_text)),
            (
                "a state in a text",
                saved(format, format!("{{\"version\":\"1\",\"params\":{long_text},\"fields\":{{}}}}")),
            ),
            ("a state, and more", saved(format, [json.clone(), bytes.clone()].concat())),
            ("a state of the wrong kind", saved(format, json.repeat(MEGABYTE / json.len()))),
        ];
        for (name, bytes) in garbage {
            assert!(instance.load(&bytes).is_err(), "{format}: {name}");
            assert_eq!(save(instance.as_mut()), before, "{format}: {name}");
        }
        instance.load(&before).expect("the instance is as good as before");
    }
}

#[test]
fn a_state_changed_anywhere_is_taken_whole_or_not_at_all() {
    let seed = seed();
    for format in Format::ALL {
        let mut instance = fresh(format);
        let good = save(instance.as_mut());
        let mut taken = 0;
        for round in 0..3000 {
            let mut rng = Rng::new(seed ^ round);
            let before = save(instance.as_mut());
            let mut bytes = good.clone();
            if round % 2 == 0 {
                mutate(&mut bytes, &before, &mut rng);
            } else {
                // One digit of a number is another.
                let digits: Vec<_> = (0..bytes.len()).filter(|&at| bytes[at].is_ascii_digit()).collect();
                bytes[digits[rng.below(digits.len())]] = b"0123456789"[rng.below(10)];
            }
            let told = instance.load(&bytes).is_ok();
            let after = save(instance.as_mut());
            let name = || format!("{format}, round {round} of seed {seed}: {}", bytes.escape_ascii());
            assert!(told || after == before, "refused, but changed: {}", name());
            if after != before {
                taken += 1;
                let mut other = fresh(format);
                other.load(&after).expect("its own state");
                assert_eq!(save(other.as_mut()), after, "{}", name());
            }
        }
        assert!(taken > 100, "{format}: some states are still states: {taken} of 3000");
    }
}

/// Where the states of earlier versions lie: `VERSION.json` is what was saved, and `VERSION.txt` says what a player
/// finds in each setting after loading it.
fn fixtures() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/states")
}

/// All settings as a player reads them: (name, text).
fn settings(instance: &mut dyn Instance) -> Vec<(String, String)> {
    let names: Vec<_> = instance.parameters().iter().map(|parameter| parameter.name.clone()).collect();
    names.into_iter().map(|name| (name.clone(), instance.get(&name).expect("a value"))).collect()
}

/// What is new since the fixtures, and leaves the music of a project as it was.
const BEFORE: [(&str, &str); 5] =
    [("Follow", "Off"), ("Harmony", "Off"), ("Figures", "Off"), ("Your channel", "As I play"), ("Sound", "Off")];

#[test]
fn states_of_other_versions_load_to_what_their_authors_had_set() {
    let mut count = 0;
    for entry in std::fs::read_dir(fixtures()).expect("the fixtures") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|ending| ending != "json") {
            continue;
        }
        count += 1;
        let json = std::fs::read(&path).expect("a state");
        let text = std::fs::read_to_string(path.with_extension("txt")).expect("its settings");
        let documented: Vec<(&str, &str)> = text.lines().filter_map(|line| line.split_once(": ")).collect();
        assert!(documented.len() > 40, "{}: all settings of that version", path.display());
        for format in Format::ALL {
            // What a newer version has in addition is as in a new instance, whatever was set before.
            let defaults = settings(fresh(format).as_mut());
            let mut instance = fresh(format);
            instance.activate(48_000, 64).expect("active");
            shuffle(instance.as_mut(), 2, &mut Rng::new(1));
            instance.load(&saved(format, &json)).expect("it is a state");
            for ((name, value), (_, default)) in settings(instance.as_mut()).into_iter().zip(&defaults) {
                let expected = documented.iter().find(|(documented, _)| *documented == name).map(|(_, text)| *text);
                // In brackets stand only examples: which voice that is in which band.
                let plain = |text: &str| text.split(" (").next().unwrap_or_default().to_owned();
                let before = BEFORE.iter().find(|(newer, _)| *newer == name).map(|(_, text)| *text);
                let expected = plain(expected.or(before).unwrap_or(default));
                assert_eq!(plain(&value), expected, "{format}, {}: {name}", path.display());
            }
            for (name, _) in &documented {
                assert!(defaults.iter().any(|(known, _)| known == name), "{}: {name} is no more", path.display());
            }
            // Saved again, every number is the one that was saved then, to its last digit.
            let (then, now) = (parsed(&json), parsed(&save(instance.as_mut())[saved(format, "").len()..]));
            for (kind, known) in [("params", &now["params"]), ("fields", &now["fields"])] {
                for (id, value) in known.as_object().expect("a map") {
                    assert_eq!(then[kind].get(id).unwrap_or(value), value, "{format}, {}: {id}", path.display());
                }
            }
        }
    }
    assert!(count >= 2, "the fixtures are there");
}

fn parsed(json: &[u8]) -> serde_json::Value {
    serde_json::from_slice(json).expect("JSON")
}

#[test]
fn a_newer_kind_of_value_is_refused_and_changes_nothing() {
    for format in Format::ALL {
        let mut instance = fresh(format);
        let before = save(instance.as_mut());
        for json in [
            r#"{"version":"9.0.0","params":{"seed":{"i32":5},"mood":{"colour":"blue"}},"fields":{}}"#,
            r#"{"version":"9.0.0","params":{"seed":{"i32":5},"swing":{"f64":0.5}},"fields":{}}"#,
        ] {
            assert!(instance.load(&saved(format, json)).is_err(), "{format}: {json}");
            assert_eq!(save(instance.as_mut()), before);
        }
    }
}

/// For a release: `cargo test --release -p tests --test hazards state:: -- --ignored` saves this version's fixture. One that is
/// there is never written again.
#[test]
#[ignore = "writes a fixture"]
fn save_the_fixture_of_this_version() {
    let path = fixtures().join(concat!(env!("CARGO_PKG_VERSION"), ".json"));
    assert!(!path.exists(), "{} is there already", path.display());
    let mut instance = fresh(Format::Vst3);
    instance.activate(48_000, 64).expect("active");
    shuffle(instance.as_mut(), 2, &mut Rng::new(2));
    instance.load_band("/home/player/Bands/My band.safetensors".as_ref()).expect("a path is only text");
    let text: String =
        settings(instance.as_mut()).into_iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    std::fs::write(path.with_extension("txt"), text).expect("written");
    std::fs::write(&path, save(instance.as_mut())).expect("written");
}

#[test]
fn a_project_keeps_its_drum_kit_and_a_new_one_has_general_midis() {
    let NamedKit { kit, .. } = SHIPPED[3].1.parse().expect("it ships");
    for format in Format::ALL {
        let mut stage = Stage::new(format, 6, 120.0);
        stage.setup.drums = "automatic".into();
        // When and how hard each drum is struck.
        let struck = |take: &Take, kit: &Kit| -> Vec<_> {
            let drums = take.notes.iter().filter(|note| note.channel == Drum::channel());
            drums.map(|note| (note.on, note.velocity, kit.hears(note.key).map(Drum::index))).collect()
        };
        let usual = stage.take(&stage.straight(), &[512]);
        stage.setup.kit = 3;
        let mut instance = stage.instance(true);
        let other = stage.take_with(instance.as_mut(), &stage.straight(), &[512], Pace::Free);
        assert!(usual.verdict.is_clean() && other.verdict.is_clean());
        let kicks = other.notes.iter().filter(|note| (note.channel, note.key.get()) == (Drum::channel(), 33));
        assert!(kicks.count() > 3, "{format}: the kicks have the kit's key");
        let (mut usual, mut other) = (struck(&usual, &Kit::GENERAL_MIDI), struck(&other, &kit));
        usual.sort_unstable();
        other.sort_unstable();
        assert_eq!(usual, other, "{format}");
        // Another instance has it from the project; one of before the kits brings General MIDI's back.
        let mut again = stage.instance(true);
        again.load(&instance.save().expect("saved")).expect("loaded");
        let text = |instance: &mut dyn Instance| String::from_utf8_lossy(&save(instance)).into_owned();
        assert!(text(again.as_mut()).contains("Yamaha DTXplorer"), "{format}");
        again.load(&saved(format, r#"{"version":"0.0.1","params":{},"fields":{}}"#)).expect("loaded");
        assert!(!text(again.as_mut()).contains("Yamaha"), "{format}");
    }
}
