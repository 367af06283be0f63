//! What a run of tests came to, read from what they print.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc::Sender;

use anyhow::Context;

use crate::cargo;

/// Tests that passed, and tests that were not run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tested {
    passed: usize,
    ignored: Vec<Ignored>,
}

/// A test that was not run, and why not.
#[derive(Debug, PartialEq, Eq)]
struct Ignored {
    name: String,
    reason: String,
}

impl Ignored {
    /// Was something missing? Else it is left out on purpose.
    fn is_missed(&self) -> bool {
        self.reason.starts_with("needs ")
    }
}

impl Tested {
    /// Runs tests to their end; what they print is passed on line by line.
    ///
    /// # Errors
    /// If they cannot be started, or fail.
    pub(crate) fn run(&mut self, mut command: Command) -> anyhow::Result<()> {
        let line = cargo::shown(&command);
        let start = || format!("could not start `{line}`");
        let mut child = command.stdout(Stdio::piped()).spawn().with_context(start)?;
        let output = child.stdout.take().with_context(start)?;
        for said in BufReader::new(output).split(b'\n') {
            let said = said.with_context(|| format!("could not read what `{line}` says"))?;
            let said = String::from_utf8_lossy(&said);
            // Who started this may not read any more: the tests go on all the same.
            let _shown = writeln!(std::io::stdout(), "{said}");
            self.read(&said);
        }
        let status = child.wait().with_context(start)?;
        anyhow::ensure!(status.success(), "`{line}` failed{}", cargo::compiler_hint());
        Ok(())
    }

    /// Runs lanes of tests side by side, in each lane one after the other. What a run prints is shown when it has ended,
    /// in one piece. A run that fails ends its own lane; the others go on to their ends. A lane starts as soon as the one
    /// before runs its first test: until then cargo lets nobody else into the folder that it builds in.
    ///
    /// # Errors
    /// If one cannot be started, or fails: all that failed are named.
    pub(crate) fn run_beside(&mut self, lanes: Vec<Vec<Command>>, show: impl Fn(&[u8]) + Sync) -> anyhow::Result<()> {
        let show = &show;
        let outcomes: Vec<anyhow::Result<Vec<u8>>> = std::thread::scope(|scope| {
            let start = |lane| {
                let (begins, begun) = std::sync::mpsc::channel();
                let lane = scope.spawn(move || run_lane(lane, &begins, show));
                // An error: the lane has ended.
                let _begun = begun.recv();
                lane
            };
            let lanes: Vec<_> = lanes.into_iter().map(start).collect();
            let ended = |outcome: std::thread::Result<_>| outcome.unwrap_or_else(|_| anyhow::bail!("a lane panicked"));
            lanes.into_iter().map(|lane| ended(lane.join())).collect()
        });
        let mut failed = Vec::new();
        for outcome in outcomes {
            match outcome {
                Ok(said) => {
                    said.split(|&byte| byte == b'\n').for_each(|line| self.read(&String::from_utf8_lossy(line)))
                }
                Err(error) => failed.push(format!("{error:#}")),
            }
        }
        anyhow::ensure!(failed.is_empty(), "{}", failed.join("; "));
        Ok(())
    }

    /// Takes in one line of what was printed.
    fn read(&mut self, line: &str) {
        let passed = line.strip_prefix("test result: ok. ").and_then(|rest| rest.split_once(" passed; "));
        self.passed += passed.and_then(|(count, _)| count.parse::<usize>().ok()).unwrap_or(0);
        let test = line.strip_prefix("test ").and_then(|rest| rest.split_once(" ... ignored"));
        if let Some((name, reason)) = test {
            // Cargo's harness writes a comma before the reason, the one of our own puts it in brackets.
            let reason = reason.trim();
            let bracketed = reason.strip_prefix('(').and_then(|reason| reason.strip_suffix(')'));
            let reason = bracketed.or_else(|| reason.strip_prefix(", ")).unwrap_or(reason).to_owned();
            self.ignored.push(Ignored { name: name.trim().to_owned(), reason });
        }
    }
}

/// Shows what a run printed, in one piece.
pub(crate) fn show(said: &[u8]) {
    let mut out = std::io::stdout().lock();
    // Who started this may not read any more: the tests go on all the same.
    let _shown = out.write_all(said).and_then(|()| out.flush());
}

/// Runs these one after the other until one fails, and tells when the first test runs; returns all that they printed,
/// which was shown.
fn run_lane(lane: Vec<Command>, begins: &Sender<()>, show: impl Fn(&[u8])) -> anyhow::Result<Vec<u8>> {
    let mut all = Vec::new();
    for mut command in lane {
        let line = cargo::shown(&command);
        let start = || format!("could not start `{line}`");
        let (reader, writer) = std::io::pipe().with_context(start)?;
        // One pipe for both, so that both stay in the order in which they were said.
        let mut child =
            command.stdout(writer.try_clone().with_context(start)?).stderr(writer).spawn().with_context(start)?;
        // The command holds the pipe's other end too, and without this the pipe would never end.
        drop(command);
        let mut said = format!("$ {line}\n").into_bytes();
        for one in BufReader::new(reader).split(b'\n') {
            let one = one.with_context(|| format!("could not read what `{line}` says"))?;
            if one.starts_with(b"running ") {
                // Nobody may be waiting any more.
                let _begun = begins.send(());
            }
            said.extend(one);
            said.push(b'\n');
        }
        let status = child.wait().with_context(start)?;
        show(&said);
        anyhow::ensure!(status.success(), "`{line}` failed{}", cargo::compiler_hint());
        all.append(&mut said);
    }
    Ok(all)
}

impl std::fmt::Display for Tested {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (missed, left_out): (Vec<_>, Vec<_>) = self.ignored.iter().partition(|test| test.is_missed());
        for (what, tests) in [("Left out on purpose", left_out), ("Not run, for want of something", missed)] {
            if !tests.is_empty() {
                writeln!(f, "{what}:")?;
            }
            for Ignored { name, reason } in tests {
                writeln!(f, "  {name}: {reason}")?;
            }
        }
        write!(f, "{} tests passed", self.passed)?;
        match self.ignored.iter().filter(|test| test.is_missed()).count() {
            0 => Ok(()),
            missed => write!(f, ", {missed} not run for want of something"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Tested {
        let mut tested = Tested::default();
        lines.iter().for_each(|line| tested.read(line));
        tested
    }

    #[test]
    fn what_was_not_run_is_named_with_its_reason_and_not_counted() {
        let tested = read(&[
            "running 3 tests",
            "test scan ... ignored, what another starts anew",
            "test small ... ok",
            "test result: ok. 7 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s",
            "test a_window_opens          ... ignored (needs Xvfb; on Debian, `apt-get install xvfb` brings it)",
            "test no_reason ... ignored",
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s",
        ]);
        let said = tested.to_string();
        assert!(
            said.contains("\n  a_window_opens: needs Xvfb; on Debian, `apt-get install xvfb` brings it\n"),
            "{said}"
        );
        assert!(said.contains("  scan: what another starts anew\n  no_reason: \n"), "{said}");
        assert!(said.ends_with("19 tests passed, 1 not run for want of something"), "{said}");
    }

    #[cfg(unix)]
    #[test]
    fn lanes_run_side_by_side_and_every_failure_is_named() {
        let shell = |script: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            command
        };
        let passed = "echo 'test result: ok. 2 passed; 0 failed' >&2; echo 'test x ... ignored, needs y'";
        // Not printed: who runs this test would read it as theirs.
        let heard = std::sync::Mutex::new(Vec::new());
        let show = |said: &[u8]| heard.lock().expect("nobody panics").push(String::from_utf8_lossy(said).into_owned());
        let mut tested = Tested::default();
        tested.run_beside(vec![vec![shell(passed), shell(passed)], vec![shell(passed)]], show).expect("all pass");
        assert_eq!(heard.lock().expect("nobody panicked").len(), 3, "each in one piece");
        assert_eq!((tested.passed, tested.ignored.len()), (6, 3));
        let lanes = vec![vec![shell("exit 3"), shell("exit 4")], vec![shell("exit 5")], vec![shell(passed)]];
        let error = tested.run_beside(lanes, show).expect_err("two fail").to_string();
        assert!(error.contains("exit 3") && error.contains("exit 5") && !error.contains("exit 4"), "{error}");
        assert_eq!(tested.passed, 8, "what passes beside a failure counts");
        // Each waits for the other: one after the other they would never end.
        let begins = "echo 'running 1 test'; ";
        let folder = crate::place::Temporary::new("lanes").expect("a folder");
        let meet = |mine: &str, other: &str| {
            let (mine, other) = (folder.path().join(mine), folder.path().join(other));
            shell(&format!(
                "{begins}touch '{}'; until [ -e '{}' ]; do sleep 0.01; done",
                mine.display(),
                other.display()
            ))
        };
        tested.run_beside(vec![vec![meet("a", "b")], vec![meet("b", "a")]], show).expect("they meet");
    }

    #[test]
    fn where_all_ran_nothing_else_is_said() {
        let said = read(&["test result: ok. 7 passed; 0 failed; 0 ignored"]).to_string();
        assert_eq!(said, "7 tests passed");
    }
}
