//! A disk that is full: the old files stay, whole, and one line says what could not be written.

use std::process::{Command, Stdio};

use crate::{Scratch, chorale, succeed, written};

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

/// What was asked for is what is printed: a chart of which the half is missing is no success. Whoever reads no further
/// has seen enough.
#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_printed_is_a_failure_but_a_reader_who_left_is_none() {
    let scratch = Scratch::new("printed");
    let song = scratch.at("song.mid");
    written(&chorale(4), &song);
    for arguments in [&["chart", &song][..], &["completions", "bash"], &["inspect", "chorale", "--no-timing"]] {
        let run = |out: Stdio| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_bandplayer"));
            let output = command.args(arguments).stdout(out).output().expect("bandplayer runs");
            (output.status.code(), String::from_utf8(output.stderr).expect("text"))
        };
        let full = std::fs::File::options().write(true).open("/dev/full").expect("a full disk");
        let (code, line) = run(full.into());
        assert!(code == Some(1) && line.contains("could be printed"), "{arguments:?}: {code:?} {line}");
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        assert_eq!(run(writer.into()), (Some(0), String::new()), "{arguments:?}");
    }
}
