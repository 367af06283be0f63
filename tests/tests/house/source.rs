//! Rust source as words: enough of it to see what a file imports and what it makes public.

/// A word of a source file: a name, or one sign; `::` is one sign.
pub(crate) type Word<'a> = &'a str;

/// What stands in a source file.
pub(crate) struct Source<'a> {
    /// Its words, without comments and texts.
    pub(crate) words: Vec<Word<'a>>,
    /// Its comments, a line each.
    pub(crate) comments: Vec<&'a str>,
}

/// Takes a source file apart. Texts become the word `""`; a text that is never closed ends the file.
pub(crate) fn read(text: &str) -> Source<'_> {
    let (mut words, mut comments) = (Vec::new(), Vec::new());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if first.is_whitespace() {
            first.len_utf8()
        } else if rest.starts_with("//") {
            let line = rest.find('\n').unwrap_or(rest.len());
            comments.push(&rest[..line]);
            line
        } else if rest.starts_with("/*") {
            let block = nested(rest);
            comments.extend(rest[..block].lines());
            block
        } else if let Some(text) = literal(rest) {
            words.push("\"\"");
            text
        } else if first == '\'' {
            let tick = character(rest);
            words.push(&rest[..tick]);
            tick
        } else if is_of_a_name(first) {
            let name = rest.find(|c| !is_of_a_name(c)).unwrap_or(rest.len());
            words.push(&rest[..name]);
            name
        } else {
            let sign = if rest.starts_with("::") { 2 } else { first.len_utf8() };
            words.push(&rest[..sign]);
            sign
        };
        rest = &rest[length..];
    }
    Source { words, comments }
}

pub(crate) fn is_of_a_name(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// How long a block of comments is, with the blocks inside.
fn nested(text: &str) -> usize {
    let (mut at, mut depth) = (0, 0usize);
    while at < text.len() {
        if text[at..].starts_with("/*") {
            (at, depth) = (at + 2, depth + 1);
        } else if text[at..].starts_with("*/") {
            (at, depth) = (at + 2, depth - 1);
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// How long the text is that begins here, if one does: `"…"`, `b"…"`, `r#"…"#` and the like.
fn literal(text: &str) -> Option<usize> {
    let marks = text.find(|c| !matches!(c, 'b' | 'r' | 'c')).filter(|&marks| marks <= 2)?;
    let raw = text[..marks].contains('r');
    let hashes = if raw { text[marks..].bytes().take_while(|&byte| byte == b'#').count() } else { 0 };
    let open = marks + hashes;
    if !text[open..].starts_with('"') {
        return None;
    }
    if raw {
        let close = format!("\"{}", "#".repeat(hashes));
        return Some(text[open + 1..].find(&close).map_or(text.len(), |at| open + 1 + at + close.len()));
    }
    let mut escaped = false;
    for (at, c) in text[open + 1..].char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(open + 2 + at),
            _ => {}
        }
    }
    Some(text.len())
}

/// How long a character is (`'a'`, `'\n'`), or a lifetime (`'a`).
fn character(text: &str) -> usize {
    let mut rest = text[1..].chars();
    match (rest.next(), rest.next()) {
        (Some('\\'), Some(escaped)) => {
            let from = 2 + escaped.len_utf8();
            text[from..].find('\'').map_or(text.len(), |at| from + at + 1)
        }
        (Some(one), Some('\'')) => 2 + one.len_utf8(),
        _ => 1 + text[1..].find(|c| !is_of_a_name(c)).unwrap_or(text.len() - 1),
    }
}

#[test]
fn comments_and_texts_are_no_words() {
    let text =
        "use a::b; // use c::d;\n/* e /* f */ g */ let x = \"use h::i;\\\"\"; let y = r#\"j\"k\"#; 'l'; '\\''; &'m n";
    let found = read(text);
    let words = ["use", "a", "::", "b", ";", "let", "x", "=", "\"\"", ";", "let", "y", "=", "\"\"", ";"];
    assert_eq!(found.words[..words.len()], words);
    assert_eq!(found.words[words.len()..], ["'l'", ";", "'\\''", ";", "&", "'m", "n"]);
    assert_eq!(found.comments, ["// use c::d;", "/* e /* f */ g */"]);
}
