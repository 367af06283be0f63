//! A number that somebody could turn has its reason beside it: it was measured, chosen, or is required.

use std::path::{Path, PathBuf};

/// The words that say so.
const WORDS: [&str; 3] = ["measured", "chosen", "required"];

/// All sources of a crate but for its tests.
fn sources(crate_name: &str) -> Vec<PathBuf> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name(crate_name).join("src")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("an entry").path();
            let name = path.file_stem().expect("a name");
            if path.is_dir() && name != "tests" {
                folders.push(path);
            } else if name != "tests" && path.extension().is_some_and(|ending| ending == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The name of a constant that is a number, a time, or some of these, written out in full: one that is worked out from
/// other constants has their reasons.
fn number(line: &str) -> Option<&str> {
    const KINDS: [&str; 12] = ["u8", "u16", "u32", "u64", "usize", "i8", "i16", "i32", "i64", "f32", "f64", "Duration"];
    let (before, rest) = line.trim_start().split_once("const ")?;
    let (name, rest) = rest.split_once(": ")?;
    let (kind, value) = rest.split_once(" = ")?;
    let kind = kind.trim_start_matches(['[', '(']).split(|c: char| !c.is_alphanumeric()).next()?;
    let is_name = |word: &str| word.len() > 1 && word.chars().all(|c| c.is_uppercase() || c == '_');
    let made_of_others = value.split(|c: char| !c.is_alphanumeric() && c != '_').any(is_name);
    let is_constant = before.is_empty() || before.starts_with("pub");
    (is_constant && KINDS.contains(&kind) && !made_of_others).then_some(name)
}

/// The constants of a source without a reason, and how many have one. A comment speaks for the constants that follow it
/// without an empty line or a comment of their own.
fn look(text: &str) -> (Vec<&str>, usize) {
    let (mut without, mut with) = (Vec::new(), 0);
    let (mut comment, mut in_comment) = (String::new(), false);
    for line in text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().lines() {
        let said = line.trim_start().strip_prefix("//");
        if let Some(said) = said {
            if !in_comment {
                comment.clear();
            }
            comment.push_str(&said.to_lowercase());
        } else if let Some(name) = number(line) {
            if WORDS.iter().any(|word| comment.contains(word)) { with += 1 } else { without.push(name) }
        } else if !line.trim_start().starts_with("#[") && !line.trim_start().starts_with("const ") {
            comment.clear();
        }
        in_comment = said.is_some();
    }
    (without, with)
}

#[test]
fn every_number_that_could_be_turned_has_its_reason_beside_it() {
    let (mut missing, mut with) = (Vec::new(), 0);
    for path in ["model", "plugin"].into_iter().flat_map(sources) {
        let text = std::fs::read_to_string(&path).expect("a source");
        let (without, more) = look(&text);
        missing.extend(without.into_iter().map(|name| format!("{name} in {}", path.display())));
        with += more;
    }
    assert!(
        missing.is_empty(),
        "say of each whether it was measured (of what), chosen (why) or is required (by what):\n{}",
        missing.join("\n")
    );
    assert!(with > 150, "{with} constants were found");
}

#[test]
fn a_number_without_a_reason_is_found() {
    let text = "/// How long. Chosen.\nconst A: usize = 3;\nconst B: f32 = 0.5;\n\nconst C: [u8; 2] = [1, 2];\n/// Far.\n\
                pub(crate) const D: Duration = Duration::from_secs(1);\nconst E: u32 = TICKS * 4;\nconst F: &str = \"x\";\n\
                #[cfg(test)]\nmod tests {\n    const G: u8 = 1;\n}\n";
    assert_eq!(look(text), (vec!["C", "D"], 2));
}
