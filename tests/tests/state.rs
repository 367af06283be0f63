//! What a project saves, it gets back; what is no state changes nothing; a band file of the
//! user's own is loaded while the plugin runs.

use model::band_file::Band;
use tests::host::Format;
use tests::setup::Source;
use tests::stage::{Stage, music};
use tests::take::Pace;

/// A saved state with this JSON: in CLAP its length comes first.
fn saved(format: Format, json: &str) -> Vec<u8> {
    let mut bytes = match format {
        Format::Clap => (json.len() as u64).to_le_bytes().to_vec(),
        Format::Vst3 => Vec::new(),
    };
    bytes.extend(json.as_bytes());
    bytes
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

#[test]
fn a_band_file_is_loaded_while_the_plugin_runs() {
    for format in Format::ALL {
        let path = std::env::temp_dir().join(format!("band-player-{}.safetensors", std::process::id()));
        std::fs::write(&path, Band::embedded("chorale").expect("it ships")).expect("a file");
        let mut stage = Stage::new(format, 8, 120.0);
        let script = stage.straight();
        let mut instance = stage.instance(true);
        let pop = stage.take_with(instance.as_mut(), &script, &[512], Pace::Free);
        // What cannot be loaded leaves the band as it was.
        instance.load_band(&path.with_extension("missing")).expect("a state all the same");
        let still = stage.take_with(instance.as_mut(), &script, &[512], Pace::Free);
        assert_eq!(music(&still), music(&pop));
        instance.load_band(&path).expect("a state");
        let own = stage.take_with(instance.as_mut(), &script, &[512], Pace::Free);
        std::fs::remove_file(&path).expect("removed");
        stage.setup.band = Source::Embedded("chorale".into());
        let shipped = stage.take(&script, &[512]);
        assert!(own.verdict.is_clean(), "{:?}", own.verdict);
        assert_eq!(music(&own), music(&shipped));
        assert_ne!(music(&own), music(&pop));
    }
}
