//! What a run of tests came to, read from what they print.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

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

    #[test]
    fn where_all_ran_nothing_else_is_said() {
        let said = read(&["test result: ok. 7 passed; 0 failed; 0 ignored"]).to_string();
        assert_eq!(said, "7 tests passed");
    }
}
