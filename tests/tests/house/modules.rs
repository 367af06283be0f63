//! The modules of a crate, and which file imports which.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::source::{self, Word};

/// Where a module stands: `["music", "note"]` is the file or the folder `note` in the folder `music`; the root is empty.
pub(crate) type Place = Vec<String>;

/// The files of a crate.
#[derive(Debug, Default)]
pub(crate) struct Crate {
    /// The text of each module's file.
    pub(crate) files: BTreeMap<Place, String>,
}

/// What one file imports.
#[derive(Debug, Default)]
pub(crate) struct Imports {
    /// The modules in whose files the things stand that it imports, re-exports followed.
    pub(crate) modules: BTreeSet<Place>,
    /// What it takes from the re-exports of the crate's root.
    pub(crate) from_root: BTreeSet<String>,
    /// It is a map: modules and re-exports of its own modules alone.
    pub(crate) is_map: bool,
}

/// One `use` or inline path: from where, its names, and what a re-export is called; `*` is everything.
#[derive(Debug)]
struct Mention {
    names: Vec<String>,
    reexported_as: Option<String>,
}

impl Crate {
    /// Reads a crate's `src`; tests of their own files (`tests.rs`, `tests/`) and further binaries are left out.
    pub(crate) fn read(root: &Path) -> std::io::Result<Self> {
        let mut found = Self::default();
        found.read_folder(root, &mut Vec::new())?;
        Ok(found)
    }

    fn read_folder(&mut self, folder: &Path, place: &mut Place) -> std::io::Result<()> {
        let entries: Result<Vec<_>, _> = std::fs::read_dir(folder)?.collect();
        for path in entries?.into_iter().map(|entry| entry.path()) {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let left_out = name == "tests" || place.is_empty() && name == "bin";
            if path.is_dir() && !left_out {
                place.push(name);
                self.read_folder(&path, place)?;
                place.pop();
            } else if path.extension().is_some_and(|extension| extension == "rs") && !left_out {
                self.add(place, &name, std::fs::read_to_string(&path)?);
            }
        }
        Ok(())
    }

    fn add(&mut self, folder: &Place, name: &str, text: String) {
        let is_folder_itself = name == "mod" || folder.is_empty() && (name == "lib" || name == "main");
        let own = (!is_folder_itself).then(|| name.to_owned());
        self.files.insert(folder.iter().cloned().chain(own).collect(), text);
    }

    /// A crate of these files, by their paths: for tests of the tests.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let mut made = Self::default();
        for (path, text) in files {
            let mut folder: Place = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
            let name = folder.pop().unwrap_or_default();
            made.add(&folder, &name, (*text).to_owned());
        }
        made
    }

    /// What each file imports from others of its crate.
    pub(crate) fn imports(&self) -> BTreeMap<Place, Imports> {
        let mut files: BTreeMap<&Place, File> = self.files.iter().map(|(at, text)| (at, self.file(at, text))).collect();
        let tests: Vec<Place> = files.values().flat_map(|file| file.tests.clone()).collect();
        files.retain(|at, _| !tests.iter().any(|test| at.starts_with(test)));
        let own = |at: &Place| {
            let mut imports = Imports { is_map: files[at].is_map, ..Imports::default() };
            for path in &files[at].paths {
                let Some(found) = self.module_of(&path.names) else { continue };
                let item = path.names.get(found.len());
                // A module that shows what its own modules hold does not lean on them, unless it uses it itself.
                let is_shown = path.reexported_as.as_ref().is_some_and(|name| !self.uses(at, name));
                if is_shown && found.starts_with(at) && found != *at {
                    continue;
                }
                if let (true, Some(item), false) = (found.is_empty(), item, at.is_empty()) {
                    imports.from_root.insert(item.clone());
                }
                imports.modules.extend(item.map_or(Some(found.clone()), |item| self.home(&files, &found, item, 0)));
            }
            imports.modules.remove(at);
            imports
        };
        files.keys().map(|at| ((*at).clone(), own(at))).collect()
    }

    /// The innermost module of a path.
    fn module_of(&self, names: &[String]) -> Option<Place> {
        (0..=names.len()).rev().map(|length| names[..length].to_vec()).find(|place| self.files.contains_key(place))
    }

    /// The module in whose file a thing stands that is taken from `module`.
    fn home(&self, files: &BTreeMap<&Place, File>, module: &Place, item: &str, depth: usize) -> Option<Place> {
        let reexports = files.get(module)?.paths.iter().filter(|path| path.reexported_as.is_some());
        for path in reexports.filter(|_| depth < 8) {
            let (all, named) =
                (path.reexported_as.as_deref() == Some("*"), path.reexported_as.as_deref() == Some(item));
            let Some(target) = self.module_of(&path.names) else { continue };
            if named {
                let last = path.names.get(target.len()).map_or("", String::as_str);
                return if last.is_empty() { Some(target) } else { self.home(files, &target, last, depth + 1) };
            }
            if all && self.declares(&target, item) {
                return Some(target);
            }
        }
        Some(module.clone())
    }

    /// Does the file name this once more than where it re-exports it?
    fn uses(&self, module: &Place, item: &str) -> bool {
        let text = self.files.get(module).map_or("", String::as_str);
        source::read(text).words.iter().filter(|word| **word == item).count() > 1
    }

    fn declares(&self, module: &Place, item: &str) -> bool {
        self.files.get(module).is_some_and(|text| source::read(text).words.windows(2).any(|pair| pair[1] == item))
    }

    fn file(&self, at: &Place, text: &str) -> File {
        let mut reader =
            Reader { words: source::read(text).words, at: 0, krate: self, inside: at.clone(), file: File::default() };
        reader.file.is_map = true;
        reader.items();
        reader.file
    }
}

/// A file's paths.
#[derive(Debug, Default)]
struct File {
    paths: Vec<Mention>,
    /// The modules of it that are compiled for tests alone.
    tests: Vec<Place>,
    is_map: bool,
}

struct Reader<'a> {
    words: Vec<Word<'a>>,
    at: usize,
    krate: &'a Crate,
    /// The module that is read: the file's, or one inside it.
    inside: Place,
    file: File,
}

impl<'a> Reader<'a> {
    fn peek(&self, ahead: usize) -> Word<'a> {
        self.words.get(self.at + ahead).copied().unwrap_or("")
    }

    fn next(&mut self) -> Word<'a> {
        self.at += 1;
        self.words.get(self.at - 1).copied().unwrap_or("")
    }

    /// Reads to the end of the file, or of the module inside it.
    fn items(&mut self) {
        let (mut depth, mut public, mut test) = (0usize, false, false);
        while self.at < self.words.len() {
            match self.next() {
                "#" => test |= self.attribute(),
                "pub" => {
                    public = true;
                    if self.peek(0) == "(" {
                        self.skip_to(")");
                    }
                    continue;
                }
                "use" => {
                    let from = self.file.paths.len();
                    self.tree(Vec::new(), public);
                    self.skip_to(";");
                    if test {
                        self.file.paths.truncate(from);
                    }
                    test = false;
                }
                "mod" if self.peek(1) == ";" => {
                    if test {
                        self.file.tests.push(self.inside.iter().cloned().chain([self.peek(0).to_owned()]).collect());
                    }
                    (self.at, test) = (self.at + 2, false);
                }
                "mod" if self.peek(1) == "{" => {
                    self.inside.push(self.peek(0).to_owned());
                    self.at += 2;
                    let (paths, was_map) = (self.file.paths.len(), self.file.is_map);
                    self.items();
                    if test {
                        self.file.paths.truncate(paths);
                        self.file.is_map = was_map;
                    }
                    (self.inside, test) = (self.inside[..self.inside.len() - 1].to_vec(), false);
                }
                "{" if test => {
                    self.skip_block();
                    test = false;
                }
                "{" => (depth, self.file.is_map) = (depth + 1, false),
                "}" if depth == 0 => return,
                "}" => depth -= 1,
                "!" | "[" | "]" => {}
                word => {
                    self.file.is_map &= test || word == ";";
                    if !test {
                        self.inline(word);
                    }
                    test &= word != ";";
                }
            }
            public = false;
        }
    }

    /// An attribute: is it that of tests?
    fn attribute(&mut self) -> bool {
        if self.peek(0) == "!" {
            self.at += 1;
        }
        let from = self.at;
        let mut depth = 0usize;
        loop {
            match self.next() {
                "[" => depth += 1,
                "]" if depth <= 1 => break,
                "]" => depth -= 1,
                "" => break,
                _ => {}
            }
        }
        let words = &self.words[from..self.at.min(self.words.len())];
        words.get(1) == Some(&"cfg") && words.contains(&"test") && !words.contains(&"not")
    }

    /// Skips what is left of a block whose brace was read.
    fn skip_block(&mut self) {
        let mut depth = 1usize;
        while depth > 0 {
            match self.next() {
                "{" => depth += 1,
                "}" => depth -= 1,
                "" => return,
                _ => {}
            }
        }
    }

    fn skip_to(&mut self, sign: &str) {
        while self.at < self.words.len() && self.next() != sign {}
    }

    /// The tree of a `use`, after these names.
    fn tree(&mut self, mut names: Vec<Word<'a>>, public: bool) {
        loop {
            match self.next() {
                "::" => {}
                "{" => {
                    while !matches!(self.peek(0), "}" | "") {
                        self.tree(names.clone(), public);
                        if self.peek(0) == "," {
                            self.at += 1;
                        }
                    }
                    self.at += 1;
                    return;
                }
                "*" => return self.found(&names, public.then_some("*")),
                name => {
                    names.push(name);
                    match self.peek(0) {
                        "::" => {}
                        "as" => {
                            self.at += 1;
                            let called = self.next();
                            return self.found(&names, public.then_some(called));
                        }
                        _ => {
                            let called = if name == "self" { names.iter().rev().nth(1).copied() } else { Some(name) };
                            return self.found(&names, called.filter(|_| public));
                        }
                    }
                }
            }
        }
    }

    /// A path in the midst of code, which begins with this word.
    fn inline(&mut self, first: Word<'a>) {
        let begins = self.at < 2 || self.words[self.at - 2] != "::";
        if !begins || self.peek(0) != "::" {
            return;
        }
        let mut names = vec![first];
        while self.peek(0) == "::" && self.peek(1).starts_with(source::is_of_a_name) {
            names.push(self.peek(1));
            self.at += 2;
        }
        self.found(&names, None);
    }

    /// Keeps a path if it leads to this crate.
    fn found(&mut self, names: &[Word<'a>], reexported_as: Option<Word<'a>>) {
        let Some((&first, rest)) = names.split_first() else { return };
        let mut place = match first {
            "crate" => Place::new(),
            "self" => self.inside.clone(),
            "super" => self.inside[..self.inside.len().saturating_sub(1)].to_vec(),
            name => {
                let child: Place = self.inside.iter().cloned().chain([name.to_owned()]).collect();
                if !self.krate.files.contains_key(&child) {
                    return;
                }
                child
            }
        };
        for name in rest {
            match *name {
                "super" => drop(place.pop()),
                "self" => {}
                name => place.push(name.to_owned()),
            }
        }
        self.file.paths.push(Mention { names: place, reexported_as: reexported_as.map(str::to_owned) });
    }
}

#[test]
fn imports_are_followed_to_the_file_in_which_a_thing_stands() {
    let made = Crate::of(&[
        ("lib.rs", "pub mod a; pub mod b; pub mod c; #[cfg(test)] mod toy; pub use b::inner::Thing;"),
        ("toy.rs", "use crate::a::f;"),
        ("a.rs", "use crate::b::{Thing as Other, inner::{self, More}}; fn f() { super::c::g(\"crate::d\"); }"),
        ("b/mod.rs", "mod inner; mod hidden; pub use inner::Thing; pub use self::hidden::*;"),
        ("b/inner.rs", "pub struct Thing; // use crate::a;\n#[cfg(test)] mod tests { use crate::a::f; }"),
        ("b/hidden.rs", "pub struct Star; fn g() { super::super::c::g() }"),
        ("c.rs", "use crate::b::Star; use crate::Thing; #[cfg(test)] use crate::a; pub fn g() {}"),
    ]);
    let imports = made.imports();
    let of = |place: &[&str]| {
        let place: Place = place.iter().map(|&name| name.to_owned()).collect();
        let found = &imports[&place];
        let names: Vec<String> = found.modules.iter().map(|place| place.join("::")).collect();
        (names.join(" "), found.from_root.iter().cloned().collect::<Vec<_>>().join(" "), found.is_map)
    };
    assert!(!imports.contains_key(&vec!["toy".to_owned()]), "for tests alone");
    assert_eq!(of(&[]), (String::new(), String::new(), true));
    assert_eq!(of(&["a"]), ("b::inner c".to_owned(), String::new(), false));
    assert_eq!(of(&["b"]), (String::new(), String::new(), true));
    assert_eq!(of(&["b", "inner"]), (String::new(), String::new(), false));
    assert_eq!(of(&["b", "hidden"]), ("c".to_owned(), String::new(), false));
    assert_eq!(of(&["c"]), ("b::hidden b::inner".to_owned(), "Thing".to_owned(), false));
}
