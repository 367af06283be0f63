//! Public names that stand twice.

use std::collections::BTreeMap;

use crate::source;

/// What may be called alike: each pair means the same in its own place.
const ALIKE: [&str; 0] = [];

/// The public types, traits and constants of a file; functions and what stands in an `impl` have a type before them.
pub(crate) fn public(text: &str) -> Vec<String> {
    let words = source::read(text).words;
    let (mut found, mut depth) = (Vec::new(), 0usize);
    for (at, word) in words.iter().enumerate() {
        match *word {
            "{" => depth += 1,
            "}" => depth = depth.saturating_sub(1),
            "pub" if depth == 0 => {
                let rest = words[at + 1..].iter().skip_while(|word| matches!(**word, "unsafe" | "auto"));
                let rest: Vec<&&str> = rest.take(2).collect();
                if let [&kind, &name] = rest[..]
                    && matches!(kind, "struct" | "enum" | "union" | "trait" | "type" | "const" | "static")
                    && name != "fn"
                {
                    found.push(name.to_owned());
                }
            }
            _ => {}
        }
    }
    found
}

/// The names that several of these files make public, each with the files.
pub(crate) fn twice(files: &[(String, String)]) -> Vec<String> {
    let mut all: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (path, text) in files {
        public(text).into_iter().for_each(|name| all.entry(name).or_default().push(path));
    }
    let twice = all.into_iter().filter(|(name, paths)| paths.len() > 1 && !ALIKE.contains(&name.as_str()));
    twice.map(|(name, paths)| format!("{name} stands in {}", paths.join(" and in "))).collect()
}

#[test]
fn a_name_that_stands_twice_is_found_and_a_method_or_a_private_name_is_none() {
    let files = [
        ("a.rs", "pub struct Here<T>(T); pub(crate) struct Own; pub const fn f() {} pub const MOST: u8 = 1;"),
        ("b.rs", "pub type Here = u8; struct Own; impl Here { pub const MOST: u8 = 2; } /* pub enum There */"),
        ("c.rs", "pub enum There { A } pub mod d { pub struct There; }"),
    ];
    let files = files.map(|(path, text)| (path.to_owned(), text.to_owned()));
    assert_eq!(twice(&files), ["Here stands in a.rs and in b.rs"]);
}
