//! `cargo xtask timings`: which crates take the compiler longest.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use serde_json::{Deserializer, Value};

use crate::{Outcome, place};

/// How many are printed.
const MOST: usize = 10;

/// Prints the largest crates of a report that cargo wrote with `--timings`, as rows of a table: the newest, or the one that
/// is named.
pub(crate) fn run(arguments: &[OsString]) -> Outcome {
    let report = match arguments {
        [] => place::target()?.join("cargo-timings").join("cargo-timing.html"),
        [report] => PathBuf::from(report),
        _ => {
            eprintln!("`cargo xtask timings` takes one report, or none: target/cargo-timings/cargo-timing.html.");
            return Ok(ExitCode::from(2));
        }
    };
    let text = std::fs::read_to_string(&report).with_context(|| {
        format!("{}: cannot be read; `cargo build --timings` with an empty target folder writes it", report.display())
    })?;
    let crates = seconds(&text).with_context(|| format!("{}: is no report of `cargo --timings`", report.display()))?;
    println!("| crate | seconds |\n|---|---|");
    println!("| all | {:.0} |", crates.iter().map(|(_, seconds)| seconds).sum::<f64>());
    for (name, seconds) in crates.iter().take(MOST) {
        println!("| {name} | {seconds:.0} |");
    }
    Ok(ExitCode::SUCCESS)
}

/// How long each crate's units took together, in seconds, the largest first; `None` if the text is no such report.
fn seconds(report: &str) -> Option<Vec<(String, f64)>> {
    let (_, units) = report.split_once("const UNIT_DATA = ")?;
    // A script goes on after the list.
    let units = Deserializer::from_str(units).into_iter::<Value>().next()?.ok()?;
    let mut crates = BTreeMap::<String, f64>::new();
    for unit in units.as_array()? {
        *crates.entry(unit["name"].as_str()?.to_owned()).or_default() += unit["duration"].as_f64()?;
    }
    let mut crates: Vec<_> = crates.into_iter().collect();
    crates.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    Some(crates)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_units_of_a_crate_are_added_and_the_largest_comes_first() {
        let report = "<script>\nconst UNIT_DATA = [\n{\"name\": \"a\", \"target\": \" build-script\", \"duration\": 1.5},\n\
                      {\"name\": \"b\", \"duration\": 2.0},\n{\"name\": \"a\", \"duration\": 1.0}\n];\nconst OTHER = [];";
        assert_eq!(seconds(report), Some(vec![("a".to_owned(), 2.5), ("b".to_owned(), 2.0)]));
        assert_eq!(seconds("<html>another page</html>"), None);
    }
}
