//! The rooms of a crate and their order, as ARCHITECTURE.md says them, held against what the files import.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::modules::{Crate, Imports, Place};

/// The rooms of one crate, from the ground floor up: each a file or a folder of its `src`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rooms {
    floors: Vec<Vec<Place>>,
    /// Modules that know their own modules and are known by them: one thing in several files.
    shared: Vec<Place>,
}

/// What contradicts the order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A file stands in no room of the list.
    NoRoom(Place),
    /// A room of the list is not there.
    Gone(Place),
    /// A room stands twice in the list.
    Twice(Place),
    /// A file imports one of its own or a higher floor.
    Up(Place, Place),
    /// Files of one room import each other in a circle.
    Circle(Vec<Place>),
    /// A module of the list has no circle of its own files.
    NotShared(Place),
    /// A file imports what the crate's root re-exports, in place of the thing itself.
    Root(Place, String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = |place: &Place| if place.is_empty() { "the root".to_owned() } else { place.join("/") };
        match self {
            Self::NoRoom(file) => write!(f, "{} stands in no room that ARCHITECTURE.md names", path(file)),
            Self::Gone(room) => write!(f, "ARCHITECTURE.md names the room {}, which is not there", path(room)),
            Self::Twice(room) => write!(f, "ARCHITECTURE.md names the room {} twice", path(room)),
            Self::Up(from, to) => write!(f, "{} imports {}, which stands no lower", path(from), path(to)),
            Self::Circle(files) => {
                let files: Vec<String> = files.iter().map(path).collect();
                write!(f, "these import each other in a circle: {}", files.join(", "))
            }
            Self::NotShared(module) => {
                write!(f, "ARCHITECTURE.md says that {} is one module in several files", path(module))
            }
            Self::Root(file, name) => {
                write!(f, "{} imports `crate::{name}`: import it from where it stands", path(file))
            }
        }
    }
}

impl Rooms {
    /// The rooms in the table under this heading: rows of `| floor | rooms |`, the ground floor being 1, each room
    /// between backticks; in the row `| one module in several files | modules |` are those whose own files may import each
    /// other in a circle. `None` where there is no such table.
    pub(crate) fn read(text: &str, heading: &str) -> Option<Self> {
        let lines = text.lines().skip_while(|line| line.trim_start_matches('#').trim() != heading).skip(1);
        let section = lines.take_while(|line| !line.starts_with('#'));
        let (mut rows, mut shared) = (Vec::new(), Vec::new());
        for line in section {
            let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
            let [first, rooms, ..] = cells[..] else { continue };
            let rooms = rooms.split('`').skip(1).step_by(2);
            let rooms: Vec<Place> = rooms.map(|room| room.split('/').map(str::to_owned).collect()).collect();
            match first.parse::<usize>() {
                Ok(number) => rows.push((number, rooms)),
                Err(_) if first == "one module in several files" => shared.extend(rooms),
                Err(_) => {}
            }
        }
        rows.sort_by_key(|(number, _)| *number);
        (!rows.is_empty()).then(|| Self { floors: rows.into_iter().map(|(_, rooms)| rooms).collect(), shared })
    }

    /// The room of a file and its floor: the longest that contains it.
    fn room_of(&self, file: &Place) -> Option<(&Place, usize)> {
        let all = self.floors.iter().enumerate().flat_map(|(floor, rooms)| rooms.iter().map(move |room| (room, floor)));
        all.filter(|(room, _)| file.starts_with(room)).max_by_key(|(room, _)| room.len())
    }

    /// Does the first of these stand on a higher floor than the second? Both must stand somewhere.
    pub(crate) fn is_above(&self, one: &str, other: &str) -> bool {
        let floor = |name: &str| self.floors.iter().position(|rooms| rooms.iter().any(|room| room.join("/") == name));
        floor(one).zip(floor(other)).is_some_and(|(one, other)| one > other)
    }

    /// Everything in a crate that contradicts the order.
    pub(crate) fn check(&self, krate: &Crate) -> Vec<Fault> {
        let imports = krate.imports();
        let mut faults = self.lists(&imports);
        for (file, imports) in &imports {
            faults.extend(imports.from_root.iter().map(|name| Fault::Root(file.clone(), name.clone())));
            let Some((room, floor)) = self.room_of(file) else { continue };
            for to in &imports.modules {
                // What stands in no room is told of already.
                let Some((other, below)) = self.room_of(to) else { continue };
                if other != room && below >= floor {
                    faults.push(Fault::Up(file.clone(), to.clone()));
                }
            }
        }
        let mut shared: BTreeSet<&Place> = self.shared.iter().collect();
        for circle in circles(&imports) {
            let known = self.shared.iter().find(|module| circle.iter().all(|file| file.starts_with(module)));
            match known {
                Some(module) if circle.contains(module) => drop(shared.remove(module)),
                _ => faults.push(Fault::Circle(circle)),
            }
        }
        faults.extend(shared.into_iter().map(|module| Fault::NotShared(module.clone())));
        faults
    }

    /// Does the list name what is there?
    fn lists(&self, imports: &BTreeMap<Place, Imports>) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut inhabited = BTreeSet::new();
        for (file, found) in imports {
            match self.room_of(file) {
                Some((room, _)) => drop(inhabited.insert(room)),
                // The root stands above all rooms.
                None if found.is_map || file.is_empty() => {}
                None => faults.push(Fault::NoRoom(file.clone())),
            }
        }
        let mut named = BTreeSet::new();
        for room in self.floors.iter().flatten() {
            if !named.insert(room) {
                faults.push(Fault::Twice(room.clone()));
            } else if !inhabited.contains(room) {
                faults.push(Fault::Gone(room.clone()));
            }
        }
        faults
    }
}

/// The circles of files.
fn circles(imports: &BTreeMap<Place, Imports>) -> Vec<Vec<Place>> {
    let reached: BTreeMap<&Place, BTreeSet<&Place>> =
        imports.keys().map(|file| (file, reached(imports, file))).collect();
    let mut circles: BTreeSet<Vec<Place>> = BTreeSet::new();
    for file in imports.keys().filter(|file| reached[file].contains(file)) {
        let circle: Vec<Place> =
            reached[file].iter().filter(|other| reached[*other].contains(file)).map(|place| (*place).clone()).collect();
        circles.insert(circle);
    }
    circles.into_iter().collect()
}

/// All that a file imports, and what that imports, and so on.
fn reached<'a>(imports: &'a BTreeMap<Place, Imports>, from: &Place) -> BTreeSet<&'a Place> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&Place> = imports.get(from).iter().flat_map(|imports| &imports.modules).collect();
    while let Some(file) = open.pop() {
        if reached.insert(file) {
            open.extend(imports.get(file).iter().flat_map(|imports| &imports.modules));
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDER: &str = "# House\n## Rooms of `toy`\n\n| floor | rooms |\n|---|---|\n| 3 | `play` |\n| 2 | `nets/net`, `rules` |\n| 1 | `note` |\n| one module in several files | `play` |\n\n## Next\n| 4 | `gone` |\n";

    const TREE: [(&str, &str); 7] = [
        ("lib.rs", "pub mod note; pub mod nets; pub mod rules; pub mod play; pub use note::Note;"),
        ("note.rs", "pub struct Note;"),
        ("nets/mod.rs", "pub mod net;"),
        ("nets/net.rs", "use crate::note::Note; pub fn net(_: Note) {}"),
        ("rules.rs", "use crate::note::Note; pub fn rule(_: Note) {}"),
        ("play/mod.rs", "mod tape; use crate::{nets::net, rules}; pub struct Play; fn f() { tape::roll() }"),
        ("play/tape.rs", "use super::Play; pub fn roll() { let _ = Play; }"),
    ];

    fn faults(change: &[(&str, &str)]) -> Vec<String> {
        let mut files: BTreeMap<&str, &str> = TREE.into();
        files.extend(change.iter().copied());
        let files: Vec<(&str, &str)> = files.into_iter().collect();
        let rooms = Rooms::read(ORDER, "Rooms of `toy`").expect("a table");
        rooms.check(&Crate::of(&files)).iter().map(Fault::to_string).collect()
    }

    #[test]
    fn a_tree_in_order_has_no_fault() {
        assert_eq!(faults(&[]), [""; 0]);
        assert_eq!(Rooms::read(ORDER, "Rooms of `toy`").expect("a table").floors.len(), 3);
        assert!(Rooms::read(ORDER, "Rooms of `nobody`").is_none());
        let rooms = Rooms::read(ORDER, "Rooms of `toy`").expect("a table");
        let above = |one, other| rooms.is_above(one, other);
        assert_eq!(
            [above("play", "note"), above("note", "play"), above("rules", "nets/net"), above("play", "x")],
            [true, false, false, false]
        );
    }

    #[test]
    fn an_import_that_runs_up_is_found_in_a_use_in_a_path_and_through_a_re_export() {
        let up = "note imports play, which stands no lower";
        assert_eq!(faults(&[("note.rs", "use crate::play::Play; pub struct Note;")])[0], up);
        assert_eq!(faults(&[("note.rs", "pub struct Note; fn f() { crate::play::f() }")])[0], up);
        assert_eq!(faults(&[("note.rs", "pub struct Note; fn f() { super::play::f() }")])[0], up);
        let through = [
            ("nets/mod.rs", "pub mod net; pub use crate::play::Play;"),
            ("note.rs", "use crate::nets::Play; pub struct Note;"),
        ];
        assert!(faults(&through).contains(&up.to_owned()), "{:?}", faults(&through));
    }

    #[test]
    fn rooms_of_one_floor_do_not_import_each_other() {
        let found =
            faults(&[("rules.rs", "use crate::nets::net::net; use crate::note::Note; pub fn rule(_: Note) {}")]);
        assert_eq!(found, ["rules imports nets/net, which stands no lower"]);
    }

    #[test]
    fn a_circle_is_found_between_rooms_and_inside_one() {
        let between = [
            ("nets/net.rs", "use crate::rules::rule; use crate::note::Note; pub fn net(_: Note) {}"),
            ("rules.rs", "use crate::nets::net::net; use crate::note::Note; pub fn rule(_: Note) {}"),
        ];
        assert!(faults(&between).contains(&"these import each other in a circle: nets/net, rules".to_owned()));
        let inside = [
            ("play/tape.rs", "use super::reel::turn; pub fn roll() { turn() }"),
            ("play/reel.rs", "use super::tape::roll; pub fn turn() { roll() }"),
        ];
        let circle = "these import each other in a circle: play/reel, play/tape".to_owned();
        assert!(faults(&inside).contains(&circle), "{:?}", faults(&inside));
    }

    #[test]
    fn one_type_in_several_files_is_a_circle_that_is_said() {
        let order = ORDER.replace("| one module in several files | `play` |", "");
        let found = Rooms::read(&order, "Rooms of `toy`").expect("a table").check(&Crate::of(&TREE));
        let found: Vec<String> = found.iter().map(Fault::to_string).collect();
        assert_eq!(found, ["these import each other in a circle: play, play/tape"]);
        let apart = faults(&[("play/tape.rs", "pub fn roll() {}")]);
        assert_eq!(apart, ["ARCHITECTURE.md says that play is one module in several files"]);
    }

    #[test]
    fn a_room_that_is_missing_or_gone_or_named_twice_is_found() {
        let new = [("new.rs", "pub struct New;")];
        assert_eq!(faults(&new), ["new stands in no room that ARCHITECTURE.md names"]);
        let order = ORDER.replace("`rules`", "`rules`, `attic`").replace("| 1 | `note`", "| 1 | `note`, `play`");
        let rooms = Rooms::read(&order, "Rooms of `toy`").expect("a table");
        let found: Vec<String> = rooms.check(&Crate::of(&TREE)).iter().map(Fault::to_string).collect();
        assert!(found.contains(&"ARCHITECTURE.md names the room attic, which is not there".to_owned()), "{found:?}");
        assert!(found.contains(&"ARCHITECTURE.md names the room play twice".to_owned()), "{found:?}");
    }

    #[test]
    fn what_the_root_re_exports_is_for_others() {
        let found = faults(&[("rules.rs", "use crate::Note; pub fn rule(_: Note) {}")]);
        assert_eq!(found, ["rules imports `crate::Note`: import it from where it stands"]);
    }

    #[test]
    fn tests_may_import_what_they_like() {
        let test = "pub struct Note; #[cfg(test)] mod tests { use crate::play::Play; fn f() { crate::play::f() } }";
        assert_eq!(faults(&[("note.rs", test)]), [""; 0]);
    }
}
