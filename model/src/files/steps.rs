//! Faults on purpose: a step of the writing that fails, or on which the process is killed.

use std::cell::Cell;
use std::io;
use std::path::Path;
use std::process::Command;

/// How a process ends that is killed on purpose. Chosen.
const KILLED: i32 = 86;

/// Says to a child on which step it is killed.
const VARIABLE: &str = "BAND_PLAYER_TEST_STEP";

#[derive(Clone, Copy)]
enum Fate {
    Fails,
    Dies,
}

thread_local! {
    /// How many steps go well, and what happens then, on this thread.
    static PLAN: Cell<Option<(usize, Fate)>> = const { Cell::new(None) };
}

/// One step is taken.
pub(super) fn take() -> io::Result<()> {
    match PLAN.get() {
        None => Ok(()),
        Some((0, Fate::Dies)) => std::process::exit(KILLED),
        // And so do all that follow, as on a full disk.
        Some((0, Fate::Fails)) => Err(io::ErrorKind::StorageFull.into()),
        Some((left, fate)) => {
            PLAN.set(Some((left - 1, fate)));
            Ok(())
        }
    }
}

/// Does this with only so many steps that go well.
pub(crate) fn full_after<R>(steps: usize, work: impl FnOnce() -> R) -> R {
    PLAN.set(Some((steps, Fate::Fails)));
    let done = work();
    PLAN.set(None);
    done
}

/// Runs the test of this name (`module_path!()`, then its own) in this folder, in a process that is killed after so many
/// steps. Returns whether it was; if not, it had fewer steps.
pub(crate) fn killed_after(steps: usize, module: &str, test: &str, folder: &Path) -> bool {
    let (_, module) = module.split_once("::").expect("a module of this crate");
    let mut child = Command::new(std::env::current_exe().expect("this program"));
    child.args(["--exact", &format!("{module}::{test}"), "--test-threads=1"]);
    let outcome = child.env(VARIABLE, steps.to_string()).current_dir(folder).output().expect("it starts");
    let text = String::from_utf8_lossy(&outcome.stdout);
    assert!(text.contains("running 1 test"), "{text}");
    match outcome.status.code() {
        Some(KILLED) => true,
        Some(0) => false,
        other => panic!("{other:?}: {text}"),
    }
}

/// Is this such a process? Then its steps are counted from now on.
pub(crate) fn is_child() -> bool {
    let steps = std::env::var(VARIABLE).ok().and_then(|text| text.parse().ok());
    PLAN.set(steps.map(|steps| (steps, Fate::Dies)));
    steps.is_some()
}
