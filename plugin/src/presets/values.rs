//! The musical parameters' values, by id.

use std::collections::BTreeMap;

use nice_plug::params::persist::PersistentField;
use serde::{Deserialize, Serialize};

use crate::params::{BandParams, Handle, Handles};

/// What no preset touches: switches of the moment, how the plugin is wired in this project, whether it is a drummer who
/// plays it, and who counts how fast: a preset is chosen while the music goes on.
const LEFT_ALONE: [&str; 30] = [
    "bypass", "panic", "freeze", "regen", "thru", "inchan", "outchn", "mychan", "mpe", "progs", "mute", "solo", "chan",
    "sound", "loud", "hearme", "clock", "run", "bpm", "num", "den", "count", "metro", "first", "runby", "drmute",
    "drsolo", "charted", "mydrums", "chordch",
];

/// Does a preset touch this one? Those of voices are told apart by their place.
fn is_musical(id: &str) -> bool {
    !LEFT_ALONE.contains(&id.split('_').next().unwrap_or(id))
}

/// The choice of [`BandParams::band`] that is a file. Required: states have it.
const OWN_FILE: f32 = 1.0;

/// Values of musical parameters, by id, as hosts count: 0 to 1; and the band's file, if it is one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values {
    by_id: BTreeMap<String, f32>,
    file: String,
}

/// A value as a preset's file has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Written {
    /// As hosts count: 0 to 1.
    Number(f32),
    /// As the player reads it: "40 %", "Chorale".
    Text(String),
    /// On or off.
    Switch(bool),
}

impl Values {
    /// As they are now.
    #[must_use]
    pub fn of(params: &BandParams) -> Self {
        Self::each(params, |param| param.value()).with_file(&params.file.map(Clone::clone))
    }

    /// Those of a new instance.
    #[must_use]
    pub fn defaults() -> Self {
        Self::each(&BandParams::default(), |param| param.default())
    }

    fn each(params: &BandParams, value: impl Fn(Handle<'_>) -> f32) -> Self {
        let handles = Handles::of(params);
        let musical = handles.iter().filter(|(id, _)| is_musical(id));
        Self { by_id: musical.map(|(id, param)| (id.to_owned(), value(param))).collect(), file: String::new() }
    }

    /// The same with this file, if a file is the band.
    pub(super) fn with_file(self, file: &str) -> Self {
        let file = if self.get("band") == Some(OWN_FILE) { file.to_owned() } else { String::new() };
        Self { file, ..self }
    }

    /// Of these the one with this id, and the file: which band it is, say.
    #[must_use]
    pub fn only(mut self, id: &str) -> Self {
        self.by_id.retain(|known, _| known == id);
        self
    }

    /// The band's file; empty: it is none.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The defaults, with these values. What this version does not know is left out; `None` if a
    /// value is none that its parameter can have.
    pub(super) fn with(written: &BTreeMap<String, Written>) -> Option<Self> {
        let params = BandParams::default();
        let mut values = Self::defaults();
        for (id, param) in Handles::of(&params).iter() {
            let (Some(value), Some(written)) = (values.by_id.get_mut(id), written.get(id)) else { continue };
            *value = understood(param, written)?;
        }
        Some(values)
    }

    /// By id: what the host is to be told.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f32)> {
        self.by_id.iter().map(|(id, &value)| (id.as_str(), value))
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<f32> {
        self.by_id.get(id).copied()
    }

    /// As a preset's file has them.
    pub(super) fn written(&self) -> BTreeMap<String, Written> {
        self.by_id.iter().map(|(id, &value)| (id.clone(), Written::Number(value))).collect()
    }
}

fn understood(param: Handle<'_>, written: &Written) -> Option<f32> {
    let value = match written {
        Written::Number(value) => *value,
        Written::Text(text) => param.understood(text)?,
        Written::Switch(on) => f32::from(u8::from(*on)),
    };
    (0.0..=1.0).contains(&value).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_set_what_is_musical_and_leave_the_wiring_alone() {
        let defaults = Values::defaults();
        assert_eq!(Values::of(&BandParams::default()), defaults);
        let named = |id: &str| defaults.get(id).is_some();
        assert!(
            ["band", "user", "mode", "turn", "seed", "swing", "on_1", "low_8", "inst_2", "vol_3", "pan_4"]
                .into_iter()
                .all(named)
        );
        assert!(!LEFT_ALONE.into_iter().any(named));
        assert!(!["mute_1", "solo_8", "chan_3"].into_iter().any(named));
        let params = BandParams::default();
        let all = Handles::of(&params);
        for id in LEFT_ALONE {
            assert!(all.iter().any(|(known, _)| known.split('_').next() == Some(id)), "{id} exists");
        }
    }
}
