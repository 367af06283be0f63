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

/// More blocks than this are watched in every scene, and more than this are stepped where locks are counted.
/// Chosen: a scene of two measures at 240 quarters a minute has 1500 blocks, of which one begins it.
const LEAST_BLOCKS: u32 = 1000;
const LEAST_STEPPED: u32 = 0;

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
    let scenes = play::SCENES.map(|(name, _)| name);
    // Side by side, since stepping leaves a core waiting; ours takes as long as the others together.
    let (ours, [empty, failing, guilty]) = std::thread::scope(|scope| {
        let others = scope
            .spawn(|| [counted("empty", &scenes), counted("failing", &[failing::SCENE]), counted("guilty", &scenes)]);
        (counted("band-player", &scenes), others.join().expect("the others are counted"))
    });
    let mut fine = true;
    for (ours, empty) in ours.iter().zip(&empty) {
        let innocent = ours.allocations <= empty.allocations
            && ours.frees <= empty.frees
            && ours.calls <= empty.calls
            && ours.locks <= empty.locks;
        fine &= judge(&ours.scene, innocent, || format!("Band Player: {ours:?}\n    an empty plugin: {empty:?}"));
    }
    for line in failing {
        let innocent = line.allocations + line.frees + line.calls + line.locks == 0;
        fine &= judge(&line.scene, innocent, || format!("{line:?}"));
    }
    // Prove the counters: a plugin that does what it should not must be caught.
    let caught = guilty.iter().zip(&empty).all(|(line, empty)| {
        line.allocations > 0
            && line.frees > 0
            && (line.calls > 0 || !counting::COUNTS_CALLS)
            && (line.locks > empty.locks || !locks::COUNTS_LOCKS)
    });
    fine &= judge("a guilty plugin is caught", caught, || format!("{guilty:?}\n    an empty plugin: {empty:?}"));
    for (counts, what) in [(counting::COUNTS_CALLS, "system calls"), (locks::COUNTS_LOCKS, "locks")] {
        if !counts {
            println!("test {what:<40} ... ignored (needs Linux on x86-64: counted nowhere else)");
        }
    }
    if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn judge(what: &str, fine: bool, why: impl FnOnce() -> String) -> bool {
    println!("test {what:<40} ... {}", if fine { "ok" } else { "FAILED" });
    if !fine {
        println!("    {}", why());
    }
    fine
}

/// What a plugin does in each of these scenes, played as it is, and stepped.
fn counted(which: &str, scenes: &[&str]) -> Vec<Line> {
    let mut lines = run(which, scenes, false);
    if locks::COUNTS_LOCKS {
        for (line, stepped) in lines.iter_mut().zip(run(which, scenes, true)) {
            line.locks = stepped.locks;
        }
    }
    lines
}

/// Lets this program play a plugin, and reads what it counted: a line for each of these scenes, in all of which blocks
/// were watched, and where it was to be stepped, stepped.
fn run(which: &str, scenes: &[&str], stepped: bool) -> Vec<Line> {
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
    let line = |line: &str| {
        let mut words = line.splitn(7, ' ');
        let mut next = || number(words.next());
        let (watched, steps): (u32, u32) = (next(), next());
        let (allocations, frees, calls, locks) = (next(), next(), next(), next());
        let scene = words.next().unwrap_or_default().to_owned();
        assert!(watched > LEAST_BLOCKS, "{which}, {scene}: {watched} blocks were watched");
        assert_eq!(steps > LEAST_STEPPED, stepped && locks::COUNTS_LOCKS, "{which}, {scene}: {steps} were stepped");
        Line { scene, allocations, frees, calls, locks }
    };
    let lines: Vec<Line> = text.lines().filter_map(|text| text.strip_prefix("scene ").map(line)).collect();
    assert_eq!(lines.iter().map(|line| &line.scene).collect::<Vec<_>>(), scenes, "{which}: every scene was played");
    lines
}

/// In a child: is it to be stepped?
fn is_stepped() -> bool {
    std::env::var("REAL_TIME_STEPPED").is_ok_and(|stepped| !stepped.is_empty())
}

/// In a child: writes what was counted in these scenes.
fn tell<'a>(scenes: impl IntoIterator<Item = &'a str> + Clone) {
    for (scene, name) in scenes.clone().into_iter().enumerate() {
        let (allocations, frees, calls) = counting::counted(scene);
        let (watched, stepped) = (counting::blocks(scene), locks::stepped_calls(scene));
        println!("scene {watched} {stepped} {allocations} {frees} {calls} {} {name}", locks::counted(scene));
    }
    for (number, count) in counting::calls_tried() {
        println!("note system call {number} was tried {count} times");
    }
    if is_stepped() {
        println!("note {}", locks::told());
        let here = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
        let base = here.split('-').next().and_then(|base| usize::from_str_radix(base, 16).ok()).unwrap_or(0);
        for (scene, name) in scenes.into_iter().enumerate() {
            let places = locks::places(scene).into_iter().map(|place| format!(" {:#x}", place.wrapping_sub(base)));
            println!("note {name}: locks were taken at{}", places.collect::<String>());
        }
    }
}
