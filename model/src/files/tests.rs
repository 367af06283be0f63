use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::steps::{full_after, is_child, killed_after};
use super::{NewFile, NewFolder, may_write, remove, replace, settle};

/// A folder of one test, removed at its end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("band-player-files-{}-{name}", std::process::id()));
        drop(fs::remove_dir_all(&folder));
        fs::create_dir_all(&folder).expect("a writable folder");
        Self(folder)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// What lies in it, by name.
    fn names(&self) -> Vec<String> {
        names(&self.0)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<String> = entries.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

const OLD: &[u8] = b"what was there before";

/// Longer than what is gathered before it is written.
static NEW: &[u8] = &[7; 100_000];

fn folder(place: &Path, text: &[u8]) -> io::Result<()> {
    let new = NewFolder::beside(place)?;
    new.write("one", text)?;
    new.write("below/two", text)?;
    new.finish()
}

/// The text of a folder's files, which is the same in both.
fn text(place: &Path) -> Vec<u8> {
    assert_eq!(names(place), ["below", "one"]);
    let [one, two] = ["one", "below/two"].map(|name| fs::read(place.join(name)).expect("a file"));
    assert!(one == two, "half of each");
    one
}

/// The steps on which something is tried, until there are no more; at least so many are wanted.
fn every_step(least: usize, mut does: impl FnMut(usize) -> bool) {
    let steps = (0..1000).take_while(|&step| does(step)).count();
    assert!((least..1000).contains(&steps), "{steps} steps");
}

#[test]
fn whoever_is_killed_while_writing_a_file_leaves_the_old_one_or_the_new_one() {
    const TEST: &str = "whoever_is_killed_while_writing_a_file_leaves_the_old_one_or_the_new_one";
    if is_child() {
        return replace(Path::new("song.mid"), NEW).expect("written");
    }
    let scratch = Scratch::new("killed-file");
    let song = scratch.at("song.mid");
    let (mut old, mut new, mut left) = (0, 0, 0);
    every_step(6, |step| {
        replace(&song, OLD).expect("written");
        let killed = killed_after(step, module_path!(), TEST, &scratch.0);
        let found = fs::read(&song).expect("a file is there");
        assert!(found == OLD || found == NEW, "killed on step {step}: {} bytes", found.len());
        (old, new) = (old + usize::from(found == OLD), new + usize::from(found == NEW));
        left += usize::from(scratch.names().len() > 1);
        replace(&song, OLD).expect("written after all");
        assert_eq!(scratch.names(), ["song.mid"], "killed on step {step}");
        killed
    });
    assert!(old >= 4 && new >= 1 && left >= 3, "old {old}, new {new}, something left {left}");
}

#[test]
fn whoever_is_killed_while_writing_a_folder_leaves_the_old_one_or_the_new_one() {
    const TEST: &str = "whoever_is_killed_while_writing_a_folder_leaves_the_old_one_or_the_new_one";
    if is_child() {
        return folder(Path::new("it"), NEW).expect("written");
    }
    let scratch = Scratch::new("killed-folder");
    let it = scratch.at("it");
    let (mut old, mut new, mut away) = (0, 0, 0);
    every_step(15, |step| {
        folder(&it, OLD).expect("written");
        let killed = killed_after(step, module_path!(), TEST, &scratch.0);
        away += usize::from(!it.exists());
        settle(&it).expect("settled");
        let found = text(&it);
        assert!(found == OLD || found == NEW, "killed on step {step}: {} bytes", found.len());
        (old, new) = (old + usize::from(found == OLD), new + usize::from(found == NEW));
        folder(&it, OLD).expect("written after all");
        assert_eq!(scratch.names(), ["it"], "killed on step {step}");
        killed
    });
    assert!(old >= 10 && new >= 3 && away >= 1, "old {old}, new {new}, away {away}");
}

#[test]
fn whoever_is_killed_while_removing_a_folder_leaves_it_whole_or_not_at_all() {
    const TEST: &str = "whoever_is_killed_while_removing_a_folder_leaves_it_whole_or_not_at_all";
    if is_child() {
        return remove(Path::new("it")).expect("removed");
    }
    let scratch = Scratch::new("killed-removing");
    let it = scratch.at("it");
    every_step(4, |step| {
        folder(&it, OLD).expect("written");
        let killed = killed_after(step, module_path!(), TEST, &scratch.0);
        settle(&it).expect("settled");
        assert!(!it.exists() || text(&it) == OLD, "killed on step {step}");
        folder(&it, OLD).expect("written again");
        assert_eq!(scratch.names(), ["it"]);
        killed
    });
    remove(&it).expect("removed");
    remove(&it).expect("nothing to remove");
    assert!(scratch.names().is_empty());
}

#[test]
fn a_full_disk_leaves_the_old_file_whole_and_nothing_beside_it() {
    let scratch = Scratch::new("full");
    let (song, it) = (scratch.at("song.mid"), scratch.at("it"));
    every_step(6, |steps| {
        replace(&song, OLD).expect("written");
        let outcome = full_after(steps, || replace(&song, NEW));
        let found = fs::read(&song).expect("a file");
        // Only the last step, the folder's names, may fail when the new one is in its place.
        assert!(found == OLD || found == NEW, "full after {steps} steps");
        assert_eq!(scratch.names(), ["song.mid"], "full after {steps} steps");
        outcome.is_err()
    });
    fs::remove_file(&song).expect("removed");
    every_step(15, |steps| {
        folder(&it, OLD).expect("written");
        let outcome = full_after(steps, || folder(&it, NEW));
        settle(&it).expect("settled");
        let found = text(&it);
        assert!(found == OLD || found == NEW, "full after {steps} steps");
        if let Err(error) = &outcome {
            assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        }
        folder(&it, OLD).expect("written after all");
        assert_eq!(scratch.names(), ["it"], "full after {steps} steps");
        outcome.is_err()
    });
}

#[test]
fn what_is_begun_and_given_up_leaves_nothing() {
    let scratch = Scratch::new("given-up");
    let mut file = NewFile::beside(&scratch.at("song.mid")).expect("begun");
    file.write_all(NEW).expect("written");
    let new = NewFolder::beside(&scratch.at("it")).expect("begun");
    new.write("below/two", NEW).expect("written");
    assert_eq!(scratch.names().len(), 3);
    drop((file, new));
    assert!(scratch.names().is_empty());
}

#[test]
fn two_who_write_the_same_file_do_not_disturb_each_other() {
    let scratch = Scratch::new("two");
    let song = scratch.at("song.mid");
    let mut first = NewFile::beside(&song).expect("begun");
    first.write_all(b"first").expect("written");
    replace(&song, b"second").expect("written meanwhile");
    assert_eq!(fs::read(&song).expect("a file"), b"second");
    first.finish().expect("its own is still there");
    assert_eq!(fs::read(&song).expect("a file"), b"first");
    assert_eq!(scratch.names(), ["song.mid"]);
}

#[test]
fn only_what_writers_left_is_removed() {
    let scratch = Scratch::new("others");
    let others = [".song.mid.part", ".song.mid.7.part", ".song.mid.7-x.part", ".other.7-7.part", "song.mid.7-7.part"];
    for name in others {
        fs::write(scratch.at(name), "another's").expect("written");
    }
    fs::write(scratch.at(".song.mid.7-7.part"), "half").expect("written");
    replace(&scratch.at("song.mid"), NEW).expect("written");
    let mut expected: Vec<&str> = others.to_vec();
    expected.push("song.mid");
    expected.sort_unstable();
    assert_eq!(scratch.names(), expected);
}

#[test]
fn folders_and_protected_files_are_not_replaced() {
    let scratch = Scratch::new("protected");
    let (it, song) = (scratch.at("it"), scratch.at("song.mid"));
    fs::create_dir(&it).expect("a folder");
    assert_eq!(replace(&it, NEW).expect_err("a folder").kind(), io::ErrorKind::IsADirectory);
    fs::write(&song, OLD).expect("written");
    let mut rights = fs::metadata(&song).expect("a file").permissions();
    rights.set_readonly(true);
    fs::set_permissions(&song, rights).expect("protected");
    assert_eq!(replace(&song, NEW).expect_err("protected").kind(), io::ErrorKind::PermissionDenied);
    assert_eq!(replace(&scratch.at("no/song.mid"), NEW).expect_err("no folder").kind(), io::ErrorKind::NotFound);
    let new = NewFolder::beside(&scratch.at("new")).expect("begun");
    for outside in ["../song.mid", "/song.mid", "one/../../song.mid"] {
        assert_eq!(new.write(outside, NEW).expect_err("outside").kind(), io::ErrorKind::InvalidInput);
    }
    drop(new);
    assert_eq!((fs::read(&song).expect("a file"), scratch.names().len()), (OLD.to_vec(), 2));
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_a_file_keeps_its_rights_and_a_device_stays_a_device() {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};

    let scratch = Scratch::new("links");
    let (song, link) = (scratch.at("song.mid"), scratch.at("link.mid"));
    fs::write(&song, OLD).expect("written");
    fs::set_permissions(&song, fs::Permissions::from_mode(0o640)).expect("rights");
    symlink("song.mid", &link).expect("a link");
    replace(&link, NEW).expect("written");
    assert!(link.is_symlink() && fs::read(&song).expect("a file") == NEW);
    assert_eq!(fs::metadata(&song).expect("a file").permissions().mode() & 0o777, 0o640);
    replace(Path::new("/dev/null"), NEW).expect("written to nobody");
    assert!(fs::metadata("/dev/null").expect("it").file_type().is_char_device());

    // A name as long as names can be.
    let long = scratch.at(&"x".repeat(255));
    replace(&long, NEW).expect("written");
    assert_eq!(fs::read(&long).expect("a file"), NEW);
}

#[test]
fn a_folder_never_takes_the_place_of_a_file() {
    let scratch = Scratch::new("file-there");
    let place = scratch.at("mine.txt");
    fs::write(&place, OLD).expect("a file");
    assert_eq!(folder(&place, NEW).expect_err("a file is there").kind(), io::ErrorKind::NotADirectory);
    // Not even where a folder waits for its place, nor to be removed.
    fs::create_dir(scratch.at(".mine.txt.new")).expect("a folder");
    assert_eq!(settle(&place).expect_err("a file is there").kind(), io::ErrorKind::NotADirectory);
    fs::remove_dir(scratch.at(".mine.txt.new")).expect("it is there");
    assert_eq!(remove(&place).expect_err("a file is there").kind(), io::ErrorKind::NotADirectory);
    assert_eq!(fs::read(&place).expect("it stays"), OLD);
    assert_eq!(scratch.names(), ["mine.txt"]);
}

#[test]
fn whether_a_file_may_be_written_is_known_beforehand_and_leaves_nothing() {
    let scratch = Scratch::new("may-write");
    fs::write(scratch.at("old"), OLD).expect("a file");
    fs::create_dir(scratch.at("folder")).expect("a folder");
    for good in ["old", "new"] {
        may_write(&scratch.at(good)).expect("it may be");
    }
    for bad in ["folder", "nowhere/new", "old/new", &"long".repeat(100)] {
        assert!(may_write(&scratch.at(bad)).is_err(), "{bad}");
    }
    assert_eq!(scratch.names(), ["folder", "old"]);
    assert_eq!(fs::read(scratch.at("old")).expect("it stays"), OLD);
}
