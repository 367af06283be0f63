//! What the audio thread does that it should not: allocations, frees, system calls and locks in
//! `process()`, counted beside an empty plugin of the same framework.
//!
//! Allocations are counted by this program's global allocator, so both plugins are linked in and
//! not loaded from disk. System calls are counted by the kernel (Linux on x86-64): a filter on
//! the audio thread alone refuses each and tells; a lock that is waited for is one too. Locks that
//! are free need no call: they are counted by stepping through `process()` ([`locks`]), in a run of
//! its own, since that takes a thousand times as long, and in some of the blocks: at bar
//! lines, and here and there.
//!
//! A filter cannot be taken off again, so each plugin plays in a process of its own: this
//! program, started anew. So does the engine alone, with a predictor that fails in every way: it
//! has no framework around it, and nothing at all may be counted.

#![expect(unsafe_code, reason = "an allocator, a signal handler, and plugins in the C form in which hosts see them")]

mod counting;
mod empty;
mod failing;
mod locks;
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
    locks: u32,
}

fn main() -> ExitCode {
    match std::env::var("REAL_TIME_PLUGIN").as_deref() {
        Ok("failing") => failing::child(),
        Ok(which) => play::child(which),
        Err(_) => parent(),
    }
}

fn parent() -> ExitCode {
    let (ours, empty) = (counted("band-player"), counted("empty"));
    assert_eq!(ours.len(), play::SCENES.len(), "every scene was played");
    let mut fine = true;
    for (ours, empty) in ours.iter().zip(&empty) {
        let innocent = ours.allocations <= empty.allocations
            && ours.frees <= empty.frees
            && ours.calls <= empty.calls
            && ours.locks <= empty.locks;
        fine &= judge(&ours.scene, innocent, || format!("Band Player: {ours:?}\n    an empty plugin: {empty:?}"));
    }
    for line in counted("failing") {
        let innocent = line.allocations + line.frees + line.calls + line.locks == 0;
        fine &= judge(&line.scene, innocent, || format!("{line:?}"));
    }
    // Prove the counters: a plugin that does what it should not must be caught.
    let guilty = counted("guilty");
    let caught = guilty.iter().zip(&empty).all(|(line, empty)| {
        line.allocations > 0
            && line.frees > 0
            && (line.calls > 0 || !counting::COUNTS_CALLS)
            && (line.locks > empty.locks || !locks::COUNTS_LOCKS)
    });
    fine &= judge("a guilty plugin is caught", caught, || format!("{guilty:?}\n    an empty plugin: {empty:?}"));
    if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn judge(what: &str, fine: bool, why: impl FnOnce() -> String) -> bool {
    println!("test {what:<40} ... {}", if fine { "ok" } else { "FAILED" });
    if !fine {
        println!("    {}", why());
    }
    fine
}

/// What a plugin does, played as it is, and stepped.
fn counted(which: &str) -> Vec<Line> {
    let mut lines = run(which, false);
    if locks::COUNTS_LOCKS {
        for (line, stepped) in lines.iter_mut().zip(run(which, true)) {
            line.locks = stepped.locks;
        }
    }
    lines
}

/// Lets this program play a plugin, and reads what it counted.
fn run(which: &str, stepped: bool) -> Vec<Line> {
    let program = std::env::current_exe().expect("this program has a path");
    let mut command = Command::new(program);
    command.env("REAL_TIME_PLUGIN", which).env("REAL_TIME_STEPPED", if stepped { "yes" } else { "" });
    let output = command.output().expect("it starts");
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
            let mut words = line.splitn(5, ' ');
            let mut next = || number(words.next());
            let (allocations, frees, calls, locks) = (next(), next(), next(), next());
            Line { scene: words.next().unwrap_or_default().to_owned(), allocations, frees, calls, locks }
        })
        .collect()
}

/// In a child: is it to be stepped?
fn is_stepped() -> bool {
    std::env::var("REAL_TIME_STEPPED").is_ok_and(|stepped| !stepped.is_empty())
}

/// In a child: writes what was counted in these scenes.
fn tell<'a>(scenes: impl IntoIterator<Item = &'a str>) {
    for (scene, name) in scenes.into_iter().enumerate() {
        let (allocations, frees, calls) = counting::counted(scene);
        println!("scene {allocations} {frees} {calls} {} {name}", locks::counted(scene));
    }
    for (number, count) in counting::calls_tried() {
        println!("note system call {number} was tried {count} times");
    }
    if is_stepped() {
        println!("note {}", locks::told());
        let here = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
        let base = here.split('-').next().and_then(|base| usize::from_str_radix(base, 16).ok()).unwrap_or(0);
        for place in locks::places() {
            println!("note a lock was taken at {:#x}", place.wrapping_sub(base));
        }
    }
}
