//! A disk that is full: the old files stay, whole, and one line says what could not be written.

use std::process::Command;

use crate::{Scratch, succeed};

/// The program's own page of the manual is longer than the half or whole kilobyte that a file may have here.
#[test]
fn what_finds_no_room_leaves_the_old_files_whole_and_is_said_in_one_line() {
    let scratch = Scratch::new("full");
    let folder = scratch.at(".");
    succeed(&["man", &folder]);
    let files = scratch.files();
    let text = |name: &String| std::fs::read(scratch.at(name)).expect("a page");
    let pages: Vec<Vec<u8>> = files.iter().map(text).collect();
    let first = files.iter().position(|name| name == "bandplayer.1").expect("the program's own page");
    assert!(pages[first].len() > 1024);

    // The limit would end the program; ignored, writing fails as it does on a full disk.
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_bandplayer"), "man"]);
    let output = shell.arg(&folder).output().expect("a shell");
    let line = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(1), "{line}");
    assert_eq!(line.trim_end().lines().count(), 1, "{line}");
    assert!(line.contains("bandplayer.1 cannot be written"), "{line}");
    assert_eq!(scratch.files(), files, "nothing is left behind");
    assert_eq!(files.iter().map(text).collect::<Vec<_>>(), pages);
}
