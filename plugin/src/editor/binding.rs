//! Between the view and the real parameters: makes the [`Sheet`], and does what is asked.

use std::sync::Arc;
use std::time::{Duration, Instant};

use model::music::chart::LaidChart;
use nice_plug::context::gui::GuiContext;
use nice_plug::params::persist::PersistentField;

use super::session::{Session, Undoable};
use super::sheet::{Action, Dial, Entry, ParamId, Sheet};
use crate::chart::ReadChart;
use crate::folders;
use crate::kit;
use crate::params::{BandParams, Handle, Handles};
use crate::presets::Values;

/// How long Panic and Regenerate stay pressed, so that a block of any length sees it. Chosen: longer than any block.
const PRESSED: Duration = Duration::from_millis(400);

/// Every parameter's id; a voice's are told apart by their place.
const IDS: [&str; 62] = [
    "band", "user", "ahead", "temp", "dens", "follow", "pitch", "listen", "playon", "key", "thru", "inchan", "hear",
    "keep", "seed", "outchn", "swing", "human", "progs", "bypass", "panic", "mode", "turn", "freeze", "frzlen",
    "regen", "on", "mute", "solo", "oct", "low", "high", "chan", "mychan", "mpe", "sound", "loud", "hearme", "inst",
    "vol", "pan", "clock", "run", "bpm", "num", "den", "count", "metro", "first", "runby", "drums", "drmute", "drsolo",
    "drvol", "drgroove", "drenergy", "mydrums", "harmony", "charted", "chordch", "energy", "texture",
];

/// Those that are one of a list of names.
const CHOICES: [&str; 17] = [
    "drums", "band", "user", "ahead", "pitch", "harmony", "key", "inchan", "outchn", "mychan", "mpe", "mode", "inst",
    "clock", "den", "chordch", "texture",
];

/// The choice of the band.
const BAND: ParamId = ParamId::band("band");

/// What tells the host of another chart.
const CHARTED: ParamId = ParamId::band("charted");

/// A parameter and how it is set.
struct Bound {
    /// Its place among the [`Handles`].
    place: usize,
    id: ParamId,
    shape: Dial,
}

/// The parameters of an instance, for a view.
pub struct Binding {
    params: Handles<Arc<BandParams>>,
    bound: Vec<Bound>,
    pressed: Option<(ParamId, Instant)>,
    session: Session,
    chart: ReadChart,
}

impl std::fmt::Debug for Binding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Binding").field("params", &self.bound.len()).finish_non_exhaustive()
    }
}

impl Binding {
    /// All parameters of an instance.
    #[must_use]
    pub fn new(params: Arc<BandParams>) -> Self {
        let session = Session::new(Arc::clone(&params));
        let chart = ReadChart::of(params.chart.clone());
        let params = Handles::shared(params);
        let bound = params.iter().enumerate().filter_map(|(place, (name, param))| {
            let (id, voice) = match name.split_once('_') {
                Some((id, voice)) => (id, voice.parse().ok()?),
                None => (name, 0),
            };
            let id = IDS.into_iter().find(|&known| known == id)?;
            Some(Bound { place, id: ParamId { id, voice }, shape: shape(id, param) })
        });
        let bound = bound.collect();
        Self { bound, session, chart, params, pressed: None }
    }

    /// Somebody opens a window: whoever does for the first time is told what is what.
    pub fn greet(&mut self) {
        self.session.greet();
    }

    /// The values now.
    #[must_use]
    pub fn sheet(&mut self) -> Sheet {
        let entry = |bound: &Bound| {
            let param = self.params.at(bound.place)?;
            let value = param.value();
            Some(Entry {
                id: bound.id,
                name: param.name().to_owned(),
                value,
                default: param.default(),
                text: param.text(value),
                shape: bound.shape.clone(),
            })
        };
        Sheet {
            entries: self.bound.iter().filter_map(entry).collect(),
            band_file: self.params.owner().file.map(Clone::clone),
            chart: self.chart.now().clone(),
            kit: self.params.owner().kit.shown(),
            kept: self.session.kept(),
        }
    }

    /// Does what is asked. Only on the window's thread.
    pub fn perform(&mut self, action: Action, host: &GuiContext) {
        match action {
            Action::Begin(id) => self.with(id, |param| param.begin(host)),
            Action::Set(id, value) => self.with(id, |param| param.set(value, host)),
            Action::End(id) => self.with(id, |param| param.end(host)),
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
                self.params.owner().file.set(path.to_string_lossy().into_owned());
                self.choose(BAND, 1.0, host);
            }
            Action::Undo => match self.session.undo() {
                Some(Undoable::Values(_, before)) => self.set_all(Some(&before), host),
                Some(Undoable::Chart(before)) => self.write_chart(&before, host),
                None => {}
            },
            Action::Kit(text) => self.write_kit(text, host),
            Action::KitFile(file) => match kit::read(&file) {
                Ok((named, text)) => {
                    self.write_kit(text, host);
                    let remark = named.remark().map_or(String::new(), |remark| format!(": {remark}"));
                    self.session.done(&format!("The drums have the keys of {}{remark}.", named.name));
                }
                Err(why) => self.session.fail(format!("{}: {why}.", file.display())),
            },
            Action::Chart(laid) => self.change_chart(&laid, host),
            Action::LearnChart(last) => {
                let before = self.chart.now().clone();
                if let Some(laid) = self.session.learn(&before, last) {
                    self.change_chart(&laid, host);
                }
            }
            Action::Refused(why) => self.session.fail(why),
            Action::SwitchSide => {
                let other = self.session.switch_side();
                self.set_all(other.as_ref(), host);
            }
            Action::Preset(name) => self.load_preset(&name, false, host),
            Action::OwnPreset(name) => self.load_preset(&name, true, host),
            Action::SavePreset(name) => self.session.save_preset(&name),
            Action::LookAround => self.session.look_around(),
            Action::Save(save) => self.session.save_take(save),
            Action::NoFile => self.session.done("No file was chosen."),
            Action::Copied => self.session.done("The path is copied: paste it where your DAW asks for a file."),
            Action::ShowInFolder(file) => {
                if let Err(error) = folders::show(&file) {
                    self.session.fail(format!("{} cannot be shown ({error}). Copy the path instead.", file.display()));
                }
            }
            Action::Greeted => self.session.greeted(),
            Action::LookForDevices => self.session.look_for_devices(),
            Action::Device(device, choice) => self.session.choose_device(&device, choice.as_deref()),
            // Whoever has the window plays it.
            Action::Strike(..) => {}
            Action::Panic => self.press(ParamId::band("panic"), host),
            Action::Regenerate => self.press(ParamId::band("regen"), host),
        }
    }

    fn change_chart(&mut self, laid: &LaidChart, host: &GuiContext) {
        self.session.before_chart(self.chart.now().clone());
        self.write_chart(laid, host);
    }

    /// A chart is no parameter, and the framework has no way to say that a project has changed: a parameter that nobody
    /// sees is turned over.
    fn write_chart(&self, laid: &LaidChart, host: &GuiContext) {
        self.params.owner().chart.write(laid);
        self.with(CHARTED, |param| param.choose(1.0 - param.value(), host));
    }

    /// The same of a drum kit.
    fn write_kit(&self, text: String, host: &GuiContext) {
        self.params.owner().kit.set(text);
        self.with(CHARTED, |param| param.choose(1.0 - param.value(), host));
    }

    fn load_preset(&mut self, name: &str, own: bool, host: &GuiContext) {
        self.session.before_preset();
        let values = self.session.preset(name, own);
        self.set_all(values.as_ref(), host);
    }

    /// Sets all these values that are others now.
    fn set_all(&self, values: Option<&Values>, host: &GuiContext) {
        let Some(values) = values else { return };
        if !values.file().is_empty() && self.params.owner().file.map(|path| path != values.file()) {
            self.params.owner().file.set(values.file().to_owned());
        }
        for (name, value) in values.iter() {
            if let Some(param) = self.params.get(name).filter(|param| param.value() != value) {
                param.choose(value, host);
            }
        }
    }

    /// The name of the band that is chosen.
    fn band(&self) -> String {
        let Some(param) = self.param(BAND) else { return String::new() };
        let (value, text) = (param.value(), param.text(param.value()));
        let file =
            self.params.owner().file.map(|path| std::path::Path::new(path).file_stem().map(|name| name.to_owned()));
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
        self.param(id)?.understood(text)
    }

    fn choose(&self, id: ParamId, value: f32, host: &GuiContext) {
        self.with(id, |param| param.choose(value, host));
    }

    fn with(&self, id: ParamId, act: impl Fn(Handle<'_>)) {
        if let Some(param) = self.param(id) {
            act(param);
        }
    }

    fn param(&self, id: ParamId) -> Option<Handle<'_>> {
        let bound = self.bound.iter().find(|bound| bound.id == id)?;
        self.params.at(bound.place)
    }
}

fn shape(id: &str, param: Handle<'_>) -> Dial {
    match (param, param.steps()) {
        (Handle::Switch(_), _) => Dial::Switch,
        (_, Some(last)) if CHOICES.contains(&id) => {
            let value = |step: usize| step as f32 / last.max(1) as f32;
            Dial::Choice((0..=last).map(|step| param.text(value(step))).collect())
        }
        // A float's step size is no number of steps that anybody would count.
        (Handle::Int(_), steps) => Dial::Number(steps),
        _ => Dial::Number(None),
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
        assert_eq!(sheet.entries.len(), binding.params.iter().count());
        // Those of voices, the band, the user's voice and the buttons have places of their own.
        let elsewhere =
            ["band", "user", "mychan", "mpe", "chordch", "progs", "panic", "freeze", "regen", "sound", "hearme"];
        let clock = ["clock", "run", "bpm", "num", "den", "count", "metro", "first", "runby"];
        let drums = ["drums", "drmute", "drsolo", "drvol", "drgroove", "drenergy", "mydrums"];
        let nowhere = ["charted"];
        let grouped: Vec<_> = GROUPS.iter().flat_map(|(_, faces)| faces.iter().map(|face| face.0)).collect();
        for entry in sheet.entries.iter().filter(|entry| entry.id.voice == 0) {
            let id = entry.id.id;
            if nowhere.contains(&id) {
                continue;
            }
            assert!(
                grouped.contains(&id) != (elsewhere.contains(&id) || clock.contains(&id) || drums.contains(&id)),
                "{id} has just one place"
            );
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
        let Dial::Choice(choices) = &band.shape else { panic!("a choice") };
        assert_eq!((band.step(), choices.len(), choices[4].as_str()), (0, 5, "Own file"));
        assert_eq!(band.value_of(4), 1.0);
    }
}
