//! What is saved with the host's project, and which saved states are taken.
//!
//! The wrapper writes a version, each parameter by its id, and the path of the user's own band
//! file. What is no such state at all is refused by the wrapper, which tells the host. All others
//! are judged here, as a whole: where one value is wrong, nothing of the state is taken.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use model::music::chart::{ChartError, LaidChart};
use nice_plug::params::{Param, Params};
use nice_plug::plugin::{ParamValue, PluginState};

use crate::params::{BandParams, Handle, Handles};

/// Why a state cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// A parameter has a value of another kind, or one out of its range.
    #[error("the parameter `{0}` cannot have the saved value")]
    Value(String),
    /// A field is not what it should be.
    #[error("the field `{0}` cannot be read")]
    Field(String),
    /// The chart cannot be read.
    #[error("the chart cannot be read: {0}")]
    Chart(#[source] ChartError),
}

/// What a new instance has: the values for what an older state lacks.
struct Defaults {
    /// The value and, for numbers, the least and the largest.
    params: BTreeMap<String, (ParamValue, (f64, f64))>,
    fields: BTreeMap<String, String>,
}

/// Judges a state and fills in what an older version did not have yet. A state that is refused
/// is emptied: loading it changes nothing.
///
/// # Errors
/// [`StateError`]: the first thing that is wrong.
pub fn migrate(state: &mut PluginState) -> Result<(), StateError> {
    // A take that cannot be read is left out; the rest of the state is taken all the same.
    if state.fields.get(TAKE).is_some_and(|field| serde_json::from_str::<String>(field).is_err()) {
        state.fields.remove(TAKE);
    }
    // What was a switch is a choice now: off, or as figures fit.
    if let Some(&ParamValue::Bool(played)) = state.params.get(SWITCH_OF_FIGURES) {
        state.params.entry("texture".to_owned()).or_insert(ParamValue::I32(i32::from(played)));
    }
    let judged = judge(state);
    if judged.is_err() {
        state.params.clear();
        state.fields.clear();
        return judged;
    }
    let defaults = defaults();
    // A state of any version has all of its parameters: one that lacks nothing but newer ones plays on as it did.
    if !state.params.is_empty() {
        for (id, value) in &BEFORE {
            state.params.entry((*id).to_owned()).or_insert_with(|| value.clone());
        }
    }
    for (id, (value, _)) in &defaults.params {
        state.params.entry(id.clone()).or_insert_with(|| value.clone());
    }
    for (name, field) in &defaults.fields {
        state.fields.entry(name.clone()).or_insert_with(|| field.clone());
    }
    Ok(())
}

/// What parameters that came later stand for what was done before they came, where their defaults do otherwise.
static BEFORE: [(&str, ParamValue); 5] = [
    // "Off".
    ("pitch", ParamValue::I32(0)),
    // "Off".
    ("harmony", ParamValue::I32(0)),
    // What was planned was played.
    ("texture", ParamValue::I32(0)),
    // "As I play".
    ("mychan", ParamValue::I32(1)),
    // The output was silent.
    ("sound", ParamValue::Bool(false)),
];

/// What [`BandParams::figures`] were before they had textures. Required: projects of then have it.
const SWITCH_OF_FIGURES: &str = "figures";

/// The field of [`BandParams::take`].
const TAKE: &str = "take";

/// The field of [`BandParams::chart`].
const CHART: &str = "chart";

/// The field of [`BandParams::kit`].
const KIT: &str = "kit";

/// How far beside its range a saved value may lie: it went through arithmetic and through text. Chosen.
const ROUNDING: f64 = 1e-3;

fn judge(state: &PluginState) -> Result<(), StateError> {
    let defaults = defaults();
    for (id, value) in &state.params {
        // What a newer version has in addition is not ours to judge.
        let Some((default, (min, max))) = defaults.params.get(id) else { continue };
        let fits = match (default, value) {
            (ParamValue::F32(_), &ParamValue::F32(value)) => {
                (min - ROUNDING..=max + ROUNDING).contains(&f64::from(value))
            }
            (ParamValue::I32(_), &ParamValue::I32(value)) => (*min..=*max).contains(&f64::from(value)),
            (ParamValue::Bool(_), ParamValue::Bool(_)) => true,
            _ => false,
        };
        if !fits {
            return Err(StateError::Value(id.clone()));
        }
    }
    for (name, field) in &state.fields {
        if !defaults.fields.contains_key(name) {
            continue;
        }
        let text = serde_json::from_str::<String>(field).map_err(|_| StateError::Field(name.clone()))?;
        if name == CHART {
            text.parse::<LaidChart>().map_err(StateError::Chart)?;
        }
    }
    Ok(())
}

/// The same state with another path of the user's own band file, and that file chosen. As CLAP
/// saves it: eight bytes of length, then JSON. `None` if it is no such state.
#[must_use]
pub fn with_band_file(saved: &[u8], path: &str) -> Option<Vec<u8>> {
    changed(saved, |state| {
        state.fields.insert("band-file".into(), serde_json::to_string(path).ok()?);
        state.params.insert("band".into(), ParamValue::I32(4));
        Some(())
    })
}

/// The same state with this chart, as [`LaidChart`] is written, whether it can be read or not. `None` if it is no such
/// state.
#[must_use]
pub fn with_chart(saved: &[u8], chart: &str) -> Option<Vec<u8>> {
    changed(saved, |state| {
        state.fields.insert(CHART.into(), serde_json::to_string(chart).ok()?);
        Some(())
    })
}

/// The same state with this drum kit, as a file of one is written, whether it can be read or not. `None` if it is no such
/// state.
#[must_use]
pub fn with_kit(saved: &[u8], kit: &str) -> Option<Vec<u8>> {
    changed(saved, |state| {
        state.fields.insert(KIT.into(), serde_json::to_string(kit).ok()?);
        Some(())
    })
}

/// A state as CLAP saves it, changed.
fn changed(saved: &[u8], change: impl FnOnce(&mut PluginState) -> Option<()>) -> Option<Vec<u8>> {
    let mut state: PluginState = serde_json::from_slice(saved.get(8..)?).ok()?;
    change(&mut state)?;
    let json = serde_json::to_vec(&state).ok()?;
    let mut out = u64::try_from(json.len()).ok()?.to_le_bytes().to_vec();
    out.extend(json);
    Some(out)
}

fn defaults() -> &'static Defaults {
    static DEFAULTS: OnceLock<Defaults> = OnceLock::new();
    DEFAULTS.get_or_init(|| {
        let params = BandParams::default();
        let by_id = Handles::of(&params).iter().map(|(id, param)| (id.to_owned(), default_of(param))).collect();
        Defaults { params: by_id, fields: params.serialize_fields() }
    })
}

/// A parameter's default value and range.
fn default_of(param: Handle<'_>) -> (ParamValue, (f64, f64)) {
    match param {
        Handle::Float(param) => {
            let range = (param.preview_plain(0.0).into(), param.preview_plain(1.0).into());
            (ParamValue::F32(param.default_plain_value()), range)
        }
        Handle::Int(param) => {
            let range = (param.preview_plain(0.0).into(), param.preview_plain(1.0).into());
            (ParamValue::I32(param.default_plain_value()), range)
        }
        Handle::Switch(param) => (ParamValue::Bool(param.default_plain_value()), (0.0, 0.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(json: &str) -> PluginState {
        serde_json::from_str(json).expect("a state")
    }

    fn check_refused(json: &str, expected: &StateError) {
        let mut state = state(json);
        assert_eq!(migrate(&mut state).as_ref(), Err(expected), "{json}");
        assert!(state.params.is_empty() && state.fields.is_empty(), "nothing of it is taken");
    }

    #[test]
    fn an_older_state_gets_defaults_for_what_it_lacks() {
        let mut old = state(r#"{"version":"0.0.1","params":{"seed":{"i32":7}},"fields":{}}"#);
        assert_eq!(migrate(&mut old), Ok(()));
        assert!(matches!(old.params.get("seed"), Some(ParamValue::I32(7))));
        assert!(matches!(old.params.get("thru"), Some(ParamValue::Bool(true))));
        assert!(matches!(old.params.get("oct_8"), Some(ParamValue::I32(0))));
        // What came later than the state leaves the project's music as it was.
        assert!(matches!(old.params.get("pitch"), Some(ParamValue::I32(0))));
        // Nobody told its band any chords.
        assert!(matches!(old.params.get("harmony"), Some(ParamValue::I32(0))));
        // Its band played what was planned.
        assert!(matches!(old.params.get("texture"), Some(ParamValue::I32(0))));
        // Its user was passed on as played.
        assert!(matches!(old.params.get("mychan"), Some(ParamValue::I32(1))));
        // Its output was silent, and it had other instruments.
        assert!(matches!(old.params.get("sound"), Some(ParamValue::Bool(false))));
        assert_eq!(old.fields.get("band-file").map(String::as_str), Some("\"\""));
        assert_eq!(old.fields.get("chart").map(String::as_str), Some("\"\""), "and no chart");
        assert_eq!(old.fields.get("kit").map(String::as_str), Some("\"\""), "and General MIDI's drums");
    }

    #[test]
    fn a_wrong_state_changes_nothing() {
        let value = |id: &str| StateError::Value(id.into());
        check_refused(r#"{"params":{"seed":{"f32":1.0},"swing":{"f32":0.5}},"fields":{}}"#, &value("seed"));
        check_refused(r#"{"params":{"band":{"i32":77}},"fields":{}}"#, &value("band"));
        check_refused(r#"{"params":{"temp":{"bool":true}},"fields":{}}"#, &value("temp"));
        check_refused(r#"{"params":{"dens":{"f32":1e9},"seed":{"i32":5}},"fields":{}}"#, &value("dens"));
        check_refused(r#"{"params":{"swing":{"f32":-0.5}},"fields":{}}"#, &value("swing"));
        let field = StateError::Field("band-file".into());
        check_refused(r#"{"params":{},"fields":{"band-file":"17"}}"#, &field);
        let error = "| C | Hm |".parse::<LaidChart>().expect_err("no chord");
        check_refused(
            r#"{"params":{"seed":{"i32":7}},"fields":{"chart":"\"| C | Hm |\""}}"#,
            &StateError::Chart(error),
        );
    }

    #[test]
    fn a_switch_of_figures_is_read_as_the_choice_that_it_was() {
        for (switch, choice) in [(false, 0), (true, 1)] {
            let mut old =
                state(&format!(r#"{{"version":"0.1.0","params":{{"figures":{{"bool":{switch}}}}},"fields":{{}}}}"#));
            assert_eq!(migrate(&mut old), Ok(()));
            let now = old.params.get("texture");
            assert!(matches!(now, Some(&ParamValue::I32(now)) if now == choice), "{switch}: {now:?}");
        }
    }

    #[test]
    fn a_newer_state_loads_as_far_as_it_is_known() {
        let mut newer = state(r#"{"version":"9.0.0","params":{"groove":{"i32":7},"swing":{"f32":0.5}},"fields":{}}"#);
        assert_eq!(migrate(&mut newer), Ok(()));
        assert!(matches!(newer.params.get("swing"), Some(ParamValue::F32(value)) if *value == 0.5));
    }

    #[test]
    fn ids_stay_as_they_are() {
        let ids: Vec<_> = defaults().params.keys().map(String::as_str).filter(|id| !id.contains('_')).collect();
        let expected = "ahead band bpm bypass charted chordch clock count den dens drenergy drgroove drmute drsolo drums drvol energy first follow freeze frzlen harmony hear hearme human inchan keep key listen loud metro mode mpe mychan mydrums \
                        num outchn panic pitch playon progs regen run runby seed sound swing temp texture thru turn user";
        assert_eq!(ids.join(" "), expected);
        assert!(["on_1", "oct_8", "low_3", "high_8"].iter().all(|&id| defaults().params.contains_key(id)));
    }
}
