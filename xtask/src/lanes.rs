//! Which test programs run side by side, since each leaves a core waiting, and which run alone.

use std::collections::BTreeSet;

use anyhow::Context;

use crate::cargo;

/// Test programs that run side by side, a lane each: in a lane one after the other. Measured, on two cores: 8 minutes one
/// after the other, 5 side by side.
const LANES: [&[&str]; 3] = [&["hazards"], &["window"], &["memory", "real_time"]];

/// Test programs that run when nothing else does: they measure how busy they keep the machine, or keep all of it busy.
const ALONE: [&str; 3] = ["idle", "many_instances", "validators"];

/// What of cargo's packages is tested, but one package's and the unit tests of another, as cargo's arguments.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Lanes {
    /// What runs side by side: for each lane, a run of cargo for each of its programs.
    pub(crate) beside: Vec<Vec<Vec<String>>>,
    /// What runs alone, as cargo's arguments.
    pub(crate) alone: Vec<String>,
}

impl Lanes {
    /// Of the whole workspace but this package, and but the unit tests of the other. What is named nowhere has a lane
    /// together, so nothing new is ever left out.
    ///
    /// # Errors
    /// If cargo does not say what there is to test, or a lane names what there is not.
    pub(crate) fn without(package: &str, units_of: &str) -> anyhow::Result<Self> {
        let output = cargo::cargo(&["metadata", "--no-deps", "--locked", "--format-version", "1"])?
            .output()
            .context("could not start cargo")?;
        let said = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(output.status.success(), "`cargo metadata` failed: {}", said.trim_end());
        let metadata = serde_json::from_slice(&output.stdout).context("could not read what `cargo metadata` says")?;
        Self::of(&metadata, package, units_of)
    }

    fn of(metadata: &serde_json::Value, without: &str, units_of: &str) -> anyhow::Result<Self> {
        let list = |value: &serde_json::Value, name: &str| {
            value[name].as_array().cloned().with_context(|| format!("`cargo metadata` tells of no {name}"))
        };
        let (mut tests, mut programs) = (BTreeSet::new(), BTreeSet::new());
        for package in list(metadata, "packages")?.iter().filter(|package| package["name"] != without) {
            let tested = |target: &serde_json::Value| {
                target["test"] == true && target["required-features"].as_array().is_none_or(Vec::is_empty)
            };
            for target in list(package, "targets")?.iter().filter(|target| tested(target)) {
                let name = target["name"].as_str().context("a target without a name")?.to_owned();
                let is =
                    |kind: &str| target["kind"].as_array().is_some_and(|kinds| kinds.iter().any(|one| one == kind));
                if is("test") {
                    tests.insert(name);
                } else if is("bin") {
                    programs.insert(name);
                }
            }
        }
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        let mut beside = Vec::new();
        for lane in LANES {
            let mut runs = Vec::new();
            for &name in lane {
                anyhow::ensure!(tests.remove(name), "a lane names the test `{name}`, which there is not");
                runs.push(words(&["--test", name]));
            }
            beside.push(runs);
        }
        let named = |tests: Vec<String>| tests.into_iter().flat_map(|name| ["--test".to_owned(), name]);
        for name in ALONE {
            anyhow::ensure!(tests.remove(name), "the test `{name}`, which is to run alone, is not there");
        }
        // A test program of that package which no lane names is not lost: cargo does not find it, and says so.
        let mut rest = words(&["--exclude", units_of, "--lib"]);
        rest.extend(programs.into_iter().flat_map(|name| ["--bin".to_owned(), name]));
        rest.extend(named(tests.into_iter().collect()));
        beside.push(vec![rest, words(&["--doc"])]);
        Ok(Self { beside, alone: named(words(&ALONE)).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(targets: &[(&str, &str, bool)]) -> serde_json::Value {
        let target =
            |&(kind, name, test): &(&str, &str, bool)| serde_json::json!({"kind": [kind], "name": name, "test": test});
        let targets: Vec<_> = targets.iter().map(target).collect();
        let model = [target(&("test", "of_the_model", true))];
        serde_json::json!({"packages": [{"name": "here", "targets": targets}, {"name": "model", "targets": model}]})
    }

    #[test]
    fn a_test_that_is_named_nowhere_has_a_lane_and_each_runs_once() {
        let mut targets: Vec<_> = LANES.concat().into_iter().chain(ALONE).map(|name| ("test", name, true)).collect();
        targets.extend([("test", "brand_new", true), ("bin", "program", true), ("bin", "untested", false)]);
        let lanes = Lanes::of(&metadata(&targets), "model", "units").expect("lanes");
        assert_eq!(lanes.alone, ["--test", "idle", "--test", "many_instances", "--test", "validators"]);
        let (rest, named) = lanes.beside.split_last().expect("lanes");
        assert_eq!(
            *rest,
            [&["--exclude", "units", "--lib", "--bin", "program", "--test", "brand_new"][..], &["--doc"]]
        );
        assert_eq!(named.iter().flatten().map(|run| run[1].as_str()).collect::<Vec<_>>(), LANES.concat());
    }

    #[test]
    fn a_lane_that_names_nothing_is_an_error() {
        let error = Lanes::of(&metadata(&[("test", "hazards", true)]), "model", "units").expect_err("no window");
        assert!(error.to_string().contains("`window`"), "{error}");
    }

    #[test]
    fn every_test_of_this_workspace_runs_once() {
        let lanes = Lanes::without("model", "band-player").expect("lanes");
        let all: Vec<_> = lanes.beside.iter().flatten().flatten().chain(&lanes.alone).collect();
        for name in ["hazards", "window", "memory", "real_time", "house", "even", "many_instances", "--lib", "--doc"] {
            assert_eq!(all.iter().filter(|word| **word == name).count(), 1, "{name}: {all:?}");
        }
    }
}
