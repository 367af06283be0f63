//! The presets that ship.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use super::values::{Values, Written};

/// A preset that ships.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// Its name.
    pub name: String,
    /// What it is for, in a sentence.
    pub about: String,
    /// What differs from the defaults, by parameter id.
    values: BTreeMap<String, Written>,
}

impl Preset {
    /// The value of every musical parameter.
    ///
    /// # Panics
    /// Never: a test reads every preset.
    #[must_use]
    pub fn values(&self) -> Values {
        // PANIC: see above.
        Values::with(&self.values).expect("the presets that ship are in order")
    }
}

/// All of them, in the order in which they are shown.
///
/// # Panics
/// Never: a test reads them.
#[must_use]
pub fn factory() -> &'static [Preset] {
    static PRESETS: OnceLock<Vec<Preset>> = OnceLock::new();
    // PANIC: see above.
    PRESETS.get_or_init(|| serde_json::from_str(include_str!("factory.json")).expect("the presets are JSON"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_at_least_twelve_and_each_is_of_its_own_kind() {
        let presets = factory();
        assert!(presets.len() >= 12);
        for (place, preset) in presets.iter().enumerate() {
            let values = preset.values();
            for id in preset.values.keys() {
                assert!(values.get(id).is_some(), "{}: no parameter {id} for a preset", preset.name);
            }
            let changed = |id: &String| values.get(id) != Values::defaults().get(id);
            assert!(preset.values.keys().all(changed), "{} sets something to its default", preset.name);
            assert!(preset.about.ends_with('.') && preset.about.len() < 120, "{}", preset.about);
            for other in &presets[..place] {
                assert!(other.name != preset.name && other.values() != values, "{} and {}", other.name, preset.name);
            }
        }
    }

    #[test]
    fn they_say_what_their_names_say() {
        let params = crate::params::BandParams::default();
        let check = |name: &str, id: &str, expected: &str| {
            let preset = factory().iter().find(|preset| preset.name == name).expect("it ships");
            let value = preset.values().get(id).expect("a value");
            let text = crate::params::Handles::of(&params).get(id).expect("a parameter").text(value);
            assert_eq!(text, expected, "{name}: {id}");
        };
        check("Trade fours", "mode", "Trade");
        check("Pop band", "texture", "Automatic");
        check("Pop band", "harmony", "Loops held");
        check("Pop band as it plans", "texture", "Off");
        check("Pop band as it plans", "harmony", "Off");
        check("Piano ballad", "texture", "Broken chords");
        check("Piano ballad", "energy", "-25 %");
        check("Driving rock", "drums", "Rock");
        check("Trade twos", "turn", "2 measures");
        check("Solo over my chords", "mode", "Solo");
        check("Go on without me", "mode", "Continue");
        check("Four-part chorale", "band", "Chorale");
        check("Sparse pop", "dens", "50 %");
        check("Walking bass", "on_3", "Off");
    }
}
