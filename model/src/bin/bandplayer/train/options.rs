//! Options of a training: defaults, then a TOML file, then single ones from the command line.

use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

use crate::bad_input::BadInput;

/// The options: `defaults`, changed by the file, changed by each `key=value`.
pub(super) fn read<T: Serialize + DeserializeOwned>(file: Option<&Path>, set: &[String], defaults: &T) -> Result<T> {
    let mut table = Table::try_from(defaults).context("the options have no defaults")?;
    if let Some(path) = file {
        let text = std::fs::read_to_string(path)
            .map_err(|error| BadInput::error(format!("{}: the options cannot be read: {error}", path.display())))?;
        let wrong = |error: toml::de::Error| {
            BadInput::error(format!("the options in {} are wrong: {}", path.display(), plain(&error)))
        };
        merge(&mut table, toml::from_str(&text).map_err(wrong)?);
        // Wrong here already: the file is named.
        let _: T = table.clone().try_into().map_err(wrong)?;
    }
    for text in set {
        let wrong = |error: toml::de::Error| BadInput::error(format!("--set {text}: {}", plain(&error)));
        // A word that is no TOML value is a text: `net.form=basic`.
        let quoted = text.split_once('=').map(|(key, value)| format!("{key}=\"{}\"", value.trim()));
        let one = toml::from_str(text).or_else(|error| quoted.map_or(Err(error), |quoted| toml::from_str(&quoted)));
        merge(&mut table, one.map_err(wrong)?);
        let _: T = table.clone().try_into().map_err(wrong)?;
    }
    table.try_into().context("the options are wrong")
}

/// What is wrong, with the kinds of values in words that need no programming.
fn plain(error: &toml::de::Error) -> String {
    const WORDS: [(&str, &str); 8] = [
        ("expected usize", "expected a whole number, 0 or more"),
        ("expected u64", "expected a whole number, 0 or more"),
        ("expected u8", "expected a whole number from 0 to 127"),
        ("is out of MIDI's range", "is out of MIDI's range: give a key from 0 to 127"),
        ("expected f64", "expected a number"),
        ("expected f32", "expected a number"),
        ("expected a boolean", "expected true or false"),
        ("expected a sequence", "expected a list, as in [64, 32]"),
    ];
    let message = error.message().replace('\n', " ");
    WORDS.iter().fold(message, |message, (word, plain)| message.replace(word, plain))
}

/// Puts every value of the second table into the first.
fn merge(into: &mut Table, from: Table) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Value::Table(into)), Value::Table(from)) => merge(into, from),
            (_, value) => drop(into.insert(key, value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::systems::melody_rnn::{MelodyRnnConfig, MelodyRnnForm};

    fn set(options: &[&str]) -> Result<MelodyRnnConfig> {
        let set: Vec<String> = options.iter().map(|&text| text.to_owned()).collect();
        read(None, &set, &MelodyRnnConfig::new(MelodyRnnForm::Lookback))
    }

    #[test]
    fn single_options_change_the_defaults() {
        let found = set(&["units=[256, 256]", "dropout=0.25"]).expect("good options");
        assert_eq!(
            (found.units.as_slice(), found.dropout, found.form),
            (&[256, 256][..], 0.25, MelodyRnnForm::Lookback)
        );
        assert_eq!(set(&["form=attention"]).expect("a word is a text").form, MelodyRnnForm::Attention);
    }

    #[test]
    fn wrong_options_are_named_in_one_line() {
        for wrong in ["unit=3", "units=many", "units", "form=\"jazz\""] {
            let line = format!("{:#}", set(&[wrong]).expect_err("a wrong option"));
            assert!(line.starts_with(&format!("--set {wrong}: ")) && !line.contains('\n'), "{line}");
        }
    }
}
