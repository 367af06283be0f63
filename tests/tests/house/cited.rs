//! Files that comments and documents point at.

use crate::source;

/// The endings of the files that a comment or a document may point at; music and data are the readers' own.
const ENDINGS: [&str; 6] = [".rs", ".py", ".md", ".lua", ".yml", ".sh"];

/// What a command writes; and a document that tells of other projects' files.
const WRITTEN: [&str; 1] = ["compare.md"];
const ABOUT_OTHERS: [&str; 1] = ["docs/upstream.md"];

/// The files of this project that a text names.
fn named(text: &str) -> impl Iterator<Item = &str> {
    let of_a_path = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/' | '.');
    let words = text.split(move |c| !of_a_path(c)).map(|word| word.trim_end_matches('.').trim_start_matches("./"));
    words.filter(|word| ENDINGS.iter().any(|ending| word.len() > ending.len() && word.ends_with(ending)))
}

/// What a file points at that is not there: `all` are the project's paths.
pub(crate) fn missing(path: &str, text: &str, all: &[String]) -> Vec<String> {
    if ABOUT_OTHERS.contains(&path) {
        return Vec::new();
    }
    let comments = if path.ends_with(".rs") { source::read(text).comments } else { text.lines().collect() };
    let names = comments.iter().flat_map(|line| named(line));
    let gone = names.filter(|name| {
        let name = name.trim_start_matches("../").trim_start_matches("blob/HEAD/");
        // A web address has lost its `https:`.
        !name.starts_with("//")
            && !WRITTEN.contains(&name)
            && !all.iter().any(|path| path == name || path.ends_with(&format!("/{name}")))
    });
    gone.map(|name| format!("{path} points at {name}, which is not there")).collect()
}

#[test]
fn a_comment_that_points_at_nothing_is_found_and_code_is_not_asked() {
    let all = ["docs/guide.md".to_owned(), "src/a.rs".to_owned()];
    let text = "// See `b.rs`, a.rs, https://rustup.rs and ../docs/guide.md.\nlet x = \"c.rs\"; // song.mid";
    assert_eq!(missing("src/a.rs", text, &all), ["src/a.rs points at b.rs, which is not there"]);
    assert_eq!(missing("x.md", "[so](gone.md)", &all), ["x.md points at gone.md, which is not there"]);
}
