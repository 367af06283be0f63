//! Band files of every form stay what they are: each is read, is written again as the same bytes, and plays the notes
//! that it played when it was kept. So do the bands that ship inside the program.
//!
//! `README.md` beside this file says how the kept files are made.

mod forms;
mod jam;
#[expect(dead_code, reason = "shared with the comparisons with PyTorch, which need more of it")]
#[path = "../reference/numbers.rs"]
mod numbers;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use model::systems::band_file::{Architecture, Band};
use model::systems::rmvae::RmvaeConfig;

use forms::Form;

/// The folder of the kept files.
fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/every_form").join(name)
}

/// The names of the kept band files, without their endings.
fn kept() -> Vec<String> {
    let entries = std::fs::read_dir(folder("bands")).expect("the kept files");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let bands = paths.filter(|path| path.extension().is_some_and(|ending| ending == "safetensors"));
    let mut names: Vec<String> = bands.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
    names.sort();
    names
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(folder("bands").join(format!("{name}.safetensors"))).expect("a kept file")
}

fn notes(folder_name: &str, name: &str) -> String {
    std::fs::read_to_string(folder(folder_name).join(format!("{name}.notes"))).expect("the notes kept beside it")
}

/// The first line in which two jams differ, named.
fn same_notes(name: &str, found: &str, kept: &str) {
    let differs = found.lines().zip(kept.lines()).find(|(found, kept)| found != kept);
    assert_eq!(differs, None, "{name} plays (left) what it did not play before (right)");
    assert_eq!(found, kept, "{name} plays as many notes");
}

#[test]
fn every_form_plays_what_it_played_when_it_was_kept() {
    let names = kept();
    assert!(names.len() >= 40, "{} files", names.len());
    for name in names {
        let band = Band::read(&bytes(&name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        same_notes(&name, &jam::form(&band), &notes("bands", &name));
    }
}

#[test]
fn a_kept_file_is_written_again_as_the_same_bytes() {
    for name in kept() {
        let kept = bytes(&name);
        let again = Band::read(&kept).unwrap_or_else(|error| panic!("{name}: {error}")).to_bytes();
        assert!(again == kept, "{name} is written as other bytes than it was read from");
    }
}

/// The `kind` of each form, as its file names it.
fn kind(architecture: &Architecture) -> String {
    let named = serde_json::to_value(architecture).expect("a form can be written");
    named["kind"].as_str().expect("a form has a kind").to_owned()
}

#[test]
fn a_file_of_each_kind_of_system_is_kept() {
    let read = |name: &String| Band::read(&bytes(name)).expect("a band").info.architecture;
    let kept: Vec<Architecture> = kept().iter().map(read).collect();
    let kinds: BTreeSet<String> = kept.iter().map(kind).collect();
    let all: BTreeSet<String> = forms::all().iter().map(|form| kind(&form.band.info.architecture)).collect();
    assert_eq!(kinds, all);
    for form in forms::all() {
        assert!(kept.contains(&form.band.info.architecture), "no file of {} is kept", form.name);
    }
    // Each switch of the RMVAE stands both ways in some file.
    let rmvaes: Vec<serde_json::Value> = kept
        .iter()
        .filter_map(|form| match form {
            Architecture::Rmvae(form) => Some(serde_json::to_value(&form.config).expect("a form can be written")),
            _ => None,
        })
        .collect();
    let switches = serde_json::to_value(RmvaeConfig::default()).expect("a form can be written");
    for (name, value) in switches.as_object().expect("named switches") {
        if value.is_boolean() || value.is_string() {
            let stands: BTreeSet<String> = rmvaes.iter().map(|config| config[name].to_string()).collect();
            assert_eq!(stands.len(), 2, "{name} is {stands:?} in all kept files");
        }
    }
}

#[test]
fn the_bands_that_ship_play_what_they_have_always_played() {
    for name in jam::SHIPPED {
        same_notes(name, &jam::shipped(name), &notes("jams", name));
    }
}

/// Makes what is not there yet, and never writes over what is.
#[test]
#[ignore = "writes the kept files of forms that have none yet: see README.md beside this test"]
fn keep_a_file_of_each_form_that_has_none() {
    let mut made = 0;
    let mut keep = |path: PathBuf, bytes: &[u8]| {
        if let Ok(mut file) = std::fs::File::create_new(&path) {
            std::io::Write::write_all(&mut file, bytes).expect("room for a small file");
            made += 1;
            println!("made {}", path.display());
        } else {
            assert!(path.exists(), "cannot write {}", path.display());
            println!("kept {}", path.display());
        }
    };
    for Form { name, band } in forms::all() {
        let path = folder("bands").join(format!("{name}.safetensors"));
        keep(path.clone(), &band.to_bytes());
        // Of the file, whose weights are rounded.
        let kept = Band::load(&path).expect("the file just kept");
        keep(folder("bands").join(format!("{name}.notes")), jam::form(&kept).as_bytes());
    }
    for name in jam::SHIPPED {
        let path = folder("jams").join(format!("{name}.notes"));
        if path.exists() {
            println!("kept {}", path.display());
        } else {
            keep(path, jam::shipped(name).as_bytes());
        }
    }
    println!("{made} files made");
}
