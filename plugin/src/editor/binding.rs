//! Between the view and the real parameters: makes the [`Sheet`], and does what is asked.

use std::sync::Arc;
use std::time::{Duration, Instant};

use nice_plug::context::gui::GuiContext;
use nice_plug::params::Params;
use nice_plug::params::internals::ParamPtr;
use nice_plug::params::persist::PersistentField;

use super::session::Session;
use super::sheet::{Action, Entry, ParamId, Shape, Sheet};
use crate::folders;
use crate::params::BandParams;
use crate::presets::Values;

/// How long Panic and Regenerate stay pressed, so that a block of any length sees it.
const PRESSED: Duration = Duration::from_millis(400);

/// Every parameter's id; a voice's are told apart by their place.
const IDS: [&str; 32] = [
    "band", "user", "ahead", "temp", "dens", "follow", "listen", "playon", "key", "thru", "inchan", "hear", "keep",
    "seed", "outchn", "swing", "human", "progs", "bypass", "panic", "mode", "turn", "freeze", "frzlen", "regen", "on",
    "mute", "solo", "oct", "low", "high", "chan",
];

/// Those that are one of a list of names.
const CHOICES: [&str; 7] = ["band", "user", "ahead", "key", "inchan", "outchn", "mode"];

/// The choice of the band.
const BAND: ParamId = ParamId::band("band");

/// A parameter and how it is set.
struct Bound {
    /// As the host's project has it.
    name: String,
    id: ParamId,
    pointer: ParamPtr,
    shape: Shape,
}

/// The parameters of an instance, for a view.
pub struct Binding {
    /// Keeps alive what the pointers lead to.
    params: Arc<BandParams>,
    bound: Vec<Bound>,
    pressed: Option<(ParamId, Instant)>,
    session: Session,
}

impl std::fmt::Debug for Binding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Binding").field("params", &self.bound.len()).finish_non_exhaustive()
    }
}

// SAFETY: the pointers lead into `params`, which any thread may read.
#[expect(unsafe_code, reason = "parameters are handed to hosts as pointers")]
unsafe impl Send for Binding {}

#[expect(unsafe_code, reason = "parameters are handed to hosts as pointers; `params` keeps what they lead to")]
impl Binding {
    /// All parameters of an instance.
    #[must_use]
    pub fn new(params: Arc<BandParams>) -> Self {
        let bound = params.param_map().into_iter().filter_map(|(name, pointer, _)| {
            let (id, voice) = match name.split_once('_') {
                Some((id, voice)) => (id, voice.parse().ok()?),
                None => (name.as_str(), 0),
            };
            let id = IDS.into_iter().find(|&known| known == id)?;
            let (id, shape) = (ParamId { id, voice }, shape(id, pointer));
            Some(Bound { name, id, pointer, shape })
        });
        Self { bound: bound.collect(), session: Session::new(Arc::clone(&params)), params, pressed: None }
    }

    /// The values now.
    #[must_use]
    pub fn sheet(&mut self) -> Sheet {
        let entry = |bound: &Bound| {
            let pointer = bound.pointer;
            // SAFETY: `self.params` keeps what the pointer leads to.
            unsafe {
                let value = pointer.unmodulated_normalized_value();
                Entry {
                    id: bound.id,
                    name: pointer.name().to_owned(),
                    value,
                    default: pointer.default_normalized_value(),
                    text: pointer.normalized_value_to_string(value, true),
                    shape: bound.shape.clone(),
                }
            }
        };
        Sheet {
            entries: self.bound.iter().map(entry).collect(),
            band_file: self.params.file.map(Clone::clone),
            kept: self.session.kept(),
        }
    }

    /// Does what is asked. Only on the window's thread.
    pub fn perform(&mut self, action: Action, host: &GuiContext) {
        match action {
            Action::Begin(id) => self.with(id, |pointer| {
                // SAFETY: see the type.
                unsafe { host.raw_begin_set_parameter(pointer) }
            }),
            Action::Set(id, value) => self.with(id, |pointer| {
                // SAFETY: see the type.
                unsafe { host.raw_set_parameter_normalized(pointer, value) }
            }),
            Action::End(id) => self.with(id, |pointer| {
                // SAFETY: see the type.
                unsafe { host.raw_end_set_parameter(pointer) }
            }),
            Action::Choose(id, value) => {
                if id == BAND {
                    self.session.before_band(self.band());
                }
                self.choose(id, value, host);
            }
            Action::Type(id, text) => {
                if let Some(value) = self.understood(id, &text) {
                    self.choose(id, value, host);
                }
            }
            Action::BandFile(path) => {
                self.session.before_band(self.band());
                self.params.file.set(path.to_string_lossy().into_owned());
                self.choose(BAND, 1.0, host);
            }
            Action::Undo => {
                let before = self.session.undo();
                self.set_all(before.as_ref(), host);
            }
            Action::SwitchSide => {
                let other = self.session.switch_side();
                self.set_all(other.as_ref(), host);
            }
            Action::Preset(name) => self.load_preset(&name, false, host),
            Action::OwnPreset(name) => self.load_preset(&name, true, host),
            Action::SavePreset(name) => self.session.save_preset(&name),
            Action::LookAround => self.session.look_around(),
            Action::Save(save) => self.session.save_take(save),
            Action::Copied => self.session.done("The path is copied: paste it where your DAW asks for a file."),
            Action::ShowInFolder(file) => {
                if let Err(error) = folders::show(&file) {
                    self.session.fail(format!("{} cannot be shown ({error}). Copy the path instead.", file.display()));
                }
            }
            Action::Panic => self.press(ParamId::band("panic"), host),
            Action::Regenerate => self.press(ParamId::band("regen"), host),
        }
    }

    fn load_preset(&mut self, name: &str, own: bool, host: &GuiContext) {
        self.session.before_preset();
        let values = self.session.preset(name, own);
        self.set_all(values.as_ref(), host);
    }

    /// Sets all these values that are others now.
    fn set_all(&self, values: Option<&Values>, host: &GuiContext) {
        let Some(values) = values else { return };
        if !values.file().is_empty() && self.params.file.map(|path| path != values.file()) {
            self.params.file.set(values.file().to_owned());
        }
        for (name, value) in values.iter() {
            let Some(bound) = self.bound.iter().find(|bound| bound.name == name) else { continue };
            // SAFETY: `self.params` keeps what the pointer leads to.
            let now = unsafe { bound.pointer.unmodulated_normalized_value() };
            if now != value {
                self.choose(bound.id, value, host);
            }
        }
    }

    /// The name of the band that is chosen.
    fn band(&self) -> String {
        let Some(bound) = self.bound.iter().find(|bound| bound.id == BAND) else { return String::new() };
        // SAFETY: `self.params` keeps what the pointer leads to.
        let (value, text) = unsafe {
            let value = bound.pointer.unmodulated_normalized_value();
            (value, bound.pointer.normalized_value_to_string(value, true))
        };
        let file = self.params.file.map(|path| std::path::Path::new(path).file_stem().map(|name| name.to_owned()));
        file.filter(|_| value == 1.0).map_or(text, |name| name.to_string_lossy().into_owned())
    }

    /// Presses a parameter that is let go by itself.
    fn press(&mut self, id: ParamId, host: &GuiContext) {
        if let Some((before, _)) = self.pressed.take() {
            self.choose(before, 0.0, host);
        }
        self.choose(id, 1.0, host);
        self.pressed = Some((id, Instant::now()));
    }

    /// What is due by itself: what was pressed is let go, what was written is told. Returns when to
    /// be called again.
    pub fn tick(&mut self, host: &GuiContext) -> Option<Duration> {
        [self.session.tick(), self.let_go(host)].into_iter().flatten().min()
    }

    fn let_go(&mut self, host: &GuiContext) -> Option<Duration> {
        let (id, since) = self.pressed?;
        let left = PRESSED.checked_sub(since.elapsed()).filter(|left| !left.is_zero());
        if left.is_none() {
            self.pressed = None;
            self.choose(id, 0.0, host);
        }
        left
    }

    /// What a typed value means, 0 to 1.
    #[must_use]
    pub fn understood(&self, id: ParamId, text: &str) -> Option<f32> {
        let bound = self.bound.iter().find(|bound| bound.id == id)?;
        // SAFETY: `self.params` keeps what the pointer leads to.
        unsafe { bound.pointer.string_to_normalized_value(text) }
    }

    fn choose(&self, id: ParamId, value: f32, host: &GuiContext) {
        self.with(id, |pointer| {
            // SAFETY: see the type.
            unsafe {
                host.raw_begin_set_parameter(pointer);
                host.raw_set_parameter_normalized(pointer, value);
                host.raw_end_set_parameter(pointer);
            }
        });
    }

    fn with(&self, id: ParamId, act: impl Fn(ParamPtr)) {
        if let Some(bound) = self.bound.iter().find(|bound| bound.id == id) {
            act(bound.pointer);
        }
    }
}

#[expect(unsafe_code, reason = "parameters are handed to hosts as pointers; the caller holds them")]
fn shape(id: &str, pointer: ParamPtr) -> Shape {
    // SAFETY: the caller holds the parameters.
    let steps = unsafe { pointer.step_count() };
    match (pointer, steps) {
        (ParamPtr::BoolParam(_), _) => Shape::Switch,
        (_, Some(last)) if CHOICES.contains(&id) => {
            let value = |step: usize| step as f32 / last.max(1) as f32;
            // SAFETY: the caller holds the parameters.
            let text = |step| unsafe { pointer.normalized_value_to_string(value(step), true) };
            Shape::Choice((0..=last).map(text).collect())
        }
        // A float's step size is no number of steps that anybody would count.
        (ParamPtr::IntParam(_), steps) => Shape::Number(steps),
        _ => Shape::Number(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::editor::controls::GROUPS;

    fn binding() -> Binding {
        Binding::new(Arc::new(BandParams::default()))
    }

    #[test]
    fn every_parameter_is_on_the_sheet_and_has_a_control() {
        let mut binding = binding();
        let sheet = binding.sheet();
        assert_eq!(sheet.entries.len(), binding.params.param_map().len());
        // Those of voices, the band, the user's voice and the buttons have places of their own.
        let elsewhere = ["band", "user", "panic", "freeze", "regen"];
        let grouped: Vec<_> = GROUPS.iter().flat_map(|(_, faces)| faces.iter().map(|face| face.0)).collect();
        for entry in sheet.entries.iter().filter(|entry| entry.id.voice == 0) {
            let id = entry.id.id;
            assert!(grouped.contains(&id) != elsewhere.contains(&id), "{id} has just one place");
        }
    }

    #[test]
    fn what_is_shown_is_understood_when_it_is_typed() {
        let mut binding = binding();
        for entry in binding.sheet().entries {
            let Some(value) = binding.understood(entry.id, &entry.text) else {
                panic!("{}: {}", entry.name, entry.text)
            };
            assert!((value - entry.value).abs() < 0.01, "{}: {}", entry.name, entry.text);
        }
        assert_eq!(binding.understood(ParamId::band("swing"), "a lot"), None);
    }

    #[test]
    fn choices_are_counted_from_the_first() {
        let sheet = binding().sheet();
        let band = sheet.get(ParamId::band("band")).expect("it is there");
        let Shape::Choice(choices) = &band.shape else { panic!("a choice") };
        assert_eq!((band.step(), choices.len(), choices[4].as_str()), (0, 5, "Own file"));
        assert_eq!(band.value_of(4), 1.0);
    }
}
