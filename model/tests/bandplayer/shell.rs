//! Completions and manual pages.

use crate::{Scratch, bandplayer, succeed};

#[test]
fn shells_are_told_of_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = bandplayer(&["completions", shell]);
        assert!(output.status.success(), "{shell}");
        let text = String::from_utf8(output.stdout).expect("text");
        for word in ["accompany", "fill", "redo", "generate", "answer", "inspect", "branch-factor"] {
            assert!(text.contains(word), "{shell} is not told of {word}");
        }
    }
}

#[test]
fn every_command_has_a_manual_page() {
    let scratch = Scratch::new("man");
    let folder = scratch.at("man1");
    succeed(&["man", &folder]);
    for command in ["bandplayer", "bandplayer-fill", "bandplayer-generate", "bandplayer-accompany"] {
        let page = std::fs::read_to_string(format!("{folder}/{command}.1")).expect("a page");
        assert!(page.contains(".SH SYNOPSIS") && page.contains(".SH DESCRIPTION"), "{page}");
        assert!(page.contains(&command.replace('-', "\\-")), "{page}");
    }
}
