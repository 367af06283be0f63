//! The house is in order: no import runs from a lower room to a higher one, no files import each other in a circle,
//! public names stand once, and what comments point at is there.

mod cited;
mod crates;
mod modules;
mod names;
mod rooms;
mod source;

use std::path::{Path, PathBuf};

use modules::Crate;
use rooms::Rooms;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

fn rooms(heading: &str) -> Rooms {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("the architecture");
    Rooms::read(&text, heading).unwrap_or_else(|| panic!("ARCHITECTURE.md lacks the table {heading}"))
}

fn check(krate: &str, heading: &str) {
    let faults = rooms(heading).check(&Crate::read(&root().join(krate)).expect("the sources"));
    let lines: Vec<String> = faults.iter().map(|fault| format!("{krate}: {fault}")).collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
}

#[test]
fn imports_run_down_in_the_model() {
    check("model/src", "Rooms of the model");
}

#[test]
fn imports_run_down_in_the_command_line() {
    check("model/src/bin/bandplayer", "Rooms of the command line");
}

#[test]
fn imports_run_down_in_the_plugin() {
    check("plugin/src", "Rooms of the plugin");
}

/// The project's files of these endings, by their paths from its root.
fn files(endings: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open = vec![root()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of the project") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let hidden = name.starts_with('.') && name != ".ci" && name != ".github";
            if path.is_dir() && !hidden && name != "target" {
                open.push(path);
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                let place = path.strip_prefix(root()).expect("inside").to_string_lossy().replace('\\', "/");
                found.push((place, std::fs::read_to_string(&path).expect("text")));
            }
        }
    }
    found.sort();
    found
}

/// `plugin → model`, `tests → plugin, model`; `xtask` depends on none of them, so that it compiles in seconds.
#[test]
fn crates_depend_downwards() {
    let rooms = rooms("Crates");
    for (folder, _) in crates::CRATES {
        let manifest = std::fs::read_to_string(root().join(folder).join("Cargo.toml")).expect("a manifest");
        for other in crates::depends_on(&manifest) {
            assert!(
                rooms.is_above(folder, other),
                "{folder} depends on {other}, which stands no lower in ARCHITECTURE.md"
            );
        }
    }
    assert_eq!(
        crates::depends_on(&std::fs::read_to_string(root().join("xtask/Cargo.toml")).expect("a manifest")),
        [""; 0]
    );
}

/// Where code stands for which the compiler cannot vouch: what is asked in C, the entries for hosts, and three hand-overs
/// by pointer. A new place is written here, and says why in its `expect`.
const UNSAFE: [&str; 12] = [
    "plugin/src/editor/kept.rs",
    "plugin/src/editor/native/library.rs",
    "plugin/src/entry/callable.rs",
    "plugin/src/entry/clap.rs",
    "plugin/src/entry/component.rs",
    "plugin/src/entry/meanwhile.rs",
    "plugin/src/entry/vst3.rs",
    "plugin/src/folders.rs",
    "plugin/src/params/handles.rs",
    "plugin/src/snapshot/exchange.rs",
    "plugin/src/status.rs",
    "plugin/src/sysex.rs",
];

/// The framework hands parameters out as pointers: one file follows them, for all others.
#[test]
fn unsafe_code_stands_where_it_must_and_pointers_to_parameters_are_followed_in_one_place() {
    let (mut without_safety, mut pointers) = (Vec::new(), Vec::new());
    for (path, text) in files(&[".rs"]) {
        if !path.starts_with("model/src/") && !path.starts_with("plugin/src/") {
            continue;
        }
        let words = source::read(&text).words;
        if words.contains(&"unsafe") {
            without_safety.push(path.clone());
        }
        if words.contains(&"ParamPtr") {
            pointers.push(path);
        }
    }
    assert_eq!(without_safety, UNSAFE);
    assert_eq!(pointers, ["plugin/src/params/handles.rs"]);
}

#[test]
fn public_names_stand_once() {
    let mut files = files(&[".rs"]);
    files.retain(|(path, _)| ["model/src/", "plugin/src/"].iter().any(|crates| path.starts_with(crates)));
    files.retain(|(path, _)| !path.contains("/bin/") && !path.contains("tests"));
    assert!(files.len() > 100, "the crates are where they were looked for");
    let twice = names::twice(&files);
    assert!(twice.is_empty(), "{}", twice.join("\n"));
}

#[test]
fn what_comments_and_documents_point_at_is_there() {
    let files = files(&[".rs", ".py", ".md", ".lua", ".yml", ".sh"]);
    let all: Vec<String> = files.iter().map(|(path, _)| path.clone()).collect();
    let missing: Vec<String> = files.iter().flat_map(|(path, text)| cited::missing(path, text, &all)).collect();
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
