//! What the audio thread does that it should not: allocations and system calls in `process()`,
//! counted beside an empty plugin of the same framework.
//!
//! Allocations are counted by this program's global allocator, so both plugins are linked in and
//! not loaded from disk. System calls are counted by the kernel (Linux on x86-64): a filter on
//! the audio thread alone refuses each and tells. A lock that is waited for is a system call
//! too; the worker and another thread keep busy, so that one would be met.
//!
//! A filter cannot be taken off again, so each plugin plays in a process of its own: this
//! program, started anew.

#![expect(unsafe_code, reason = "an allocator, a signal handler, and plugins in the C form in which hosts see them")]

mod counting;
mod empty;
mod play;

use std::process::{Command, ExitCode};

#[global_allocator]
static ALLOCATOR: counting::CountingAllocator = counting::CountingAllocator;

/// What one plugin did in one scene.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    scene: String,
    allocations: u32,
    frees: u32,
    calls: u32,
}

fn main() -> ExitCode {
    match std::env::var("REAL_TIME_PLUGIN").as_deref() {
        Ok(which) => play::child(which),
        Err(_) => parent(),
    }
}

fn parent() -> ExitCode {
    let (ours, empty) = (run("band-player"), run("empty"));
    assert_eq!(ours.len(), play::SCENES.len(), "every scene was played");
    let mut guilty = false;
    for (ours, empty) in ours.iter().zip(&empty) {
        let fine = ours.allocations <= empty.allocations && ours.frees <= empty.frees && ours.calls <= empty.calls;
        println!("test {:<40} ... {}", ours.scene, if fine { "ok" } else { "FAILED" });
        if !fine {
            println!("    Band Player: {ours:?}\n    an empty plugin: {empty:?}");
        }
        guilty |= !fine;
    }
    // Prove the counters: a plugin that does what it should not must be caught.
    let bad = run("guilty");
    let caught =
        bad.iter().all(|line| line.allocations > 0 && line.frees > 0 && (line.calls > 0 || !counting::COUNTS_CALLS));
    println!("test {:<40} ... {}", "a guilty plugin is caught", if caught { "ok" } else { "FAILED" });
    if guilty || !caught { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Lets this program play a plugin, and reads what it counted.
fn run(which: &str) -> Vec<Line> {
    let program = std::env::current_exe().expect("this program has a path");
    let output = Command::new(program).env("REAL_TIME_PLUGIN", which).output().expect("it starts");
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{which} failed: {}\n{text}\n{errors}", output.status);
    for note in text.lines().filter(|line| line.starts_with("note ")) {
        println!("{which}: {}", &note[5..]);
    }
    let number = |word: Option<&str>| word.and_then(|word| word.parse().ok()).expect("a number");
    text.lines()
        .filter_map(|line| line.strip_prefix("scene "))
        .map(|line| {
            let mut words = line.splitn(4, ' ');
            let (allocations, frees, calls) = (number(words.next()), number(words.next()), number(words.next()));
            Line { scene: words.next().unwrap_or_default().to_owned(), allocations, frees, calls }
        })
        .collect()
}
