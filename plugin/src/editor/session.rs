//! What an open window keeps beside the parameters: the take and where it was saved, presets, two
//! settings to compare, and the way back from a change.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use model::music::chart::LaidChart;

use super::learn;
pub use super::writers::Save;
use super::writers::Writers;
use crate::folders;
use crate::params::BandParams;
use crate::presets::{Compare, PresetError, Shelf, Side, Undo, Values, factory};
use crate::program::{Device, Program};
use crate::take::{SaveError, Seating, TakeHandle};

/// How long the state line says what was done. Chosen: enough to read a path.
const SAID: Duration = Duration::from_secs(12);

/// How soon to look again whether a file has been written. Chosen.
const WRITES: Duration = Duration::from_millis(50);

/// How long a word is read before another file's progress takes its place. Chosen.
const READ: Duration = Duration::from_secs(4);

/// What came of the last thing that was asked for, for the state line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A sentence on what was done.
    Done(String),
    /// What could not be done, and what to do instead.
    Failed(String),
}

/// What a view sees of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SessionKept {
    /// How many measures the take has that are over.
    pub measures: usize,
    /// The file to which the take was saved last.
    pub saved: Option<PathBuf>,
    /// What came of the last thing that was asked for.
    pub outcome: Option<Outcome>,
    /// The preset that was loaded last.
    pub preset: Option<String>,
    /// Something was changed since.
    pub preset_changed: bool,
    /// Which of two settings is heard.
    pub side: Side,
    /// What an undo would bring back.
    pub undo: Option<String>,
    /// The user's own presets.
    pub own_presets: Vec<String>,
    /// Band files that were found.
    pub bands: Vec<PathBuf>,
    /// Is the card for those who are new to be seen?
    pub greets: bool,
    /// The devices of the program; `None`: this is a plugin, and its host has them.
    pub devices: Option<Vec<Device>>,
    /// The program found no device for sound.
    pub silent: bool,
}

/// How something was before it was changed.
#[derive(Clone, Debug, PartialEq)]
pub enum Undoable {
    /// These values, and the name of what played.
    Values(String, Values),
    /// This chart.
    Chart(LaidChart),
}

impl Undoable {
    fn name(&self) -> String {
        match self {
            Self::Values(name, _) => name.clone(),
            Self::Chart(laid) if laid.chart.is_empty() => "no chart".into(),
            Self::Chart(laid) => format!("the chart of {} measures", laid.chart.len()),
        }
    }
}

/// Keeps all this, and does what is asked for.
#[derive(Debug)]
pub struct Session {
    params: Arc<BandParams>,
    kept: SessionKept,
    /// The values of the preset that was loaded last.
    loaded: Option<Values>,
    compare: Compare,
    /// How it was before each change of band, preset or chart.
    undo: Undo<Undoable>,
    shelf: Option<Shelf>,
    /// Files that are being written.
    writing: Writers,
    /// When [`SessionKept::outcome`] was said first.
    since: Option<Instant>,
}

impl Session {
    /// For the instance with these parameters.
    #[must_use]
    pub fn new(params: Arc<BandParams>) -> Self {
        Self {
            params,
            kept: SessionKept::default(),
            loaded: None,
            compare: Compare::default(),
            undo: Undo::default(),
            shelf: Shelf::users(),
            writing: Writers::default(),
            since: None,
        }
    }

    /// The same with presets in another folder.
    #[must_use]
    pub fn with_shelf(self, shelf: Shelf) -> Self {
        Self { shelf: Some(shelf), ..self }
    }

    /// What a view sees now.
    pub fn kept(&mut self) -> SessionKept {
        if let Some(program) = Program::current() {
            self.kept.silent = program.is_silent();
            self.kept.devices.get_or_insert_default();
        }
        self.kept.measures = self.params.take.measures();
        self.kept.side = self.compare.heard();
        self.kept.undo = self.undo.last().map(Undoable::name);
        self.kept.preset_changed = self.loaded.as_ref().is_some_and(|loaded| *loaded != Values::of(&self.params));
        self.kept.clone()
    }

    /// Looks again which presets and bands there are.
    pub fn look_around(&mut self) {
        self.kept.own_presets = self.shelf.as_ref().map(Shelf::list).unwrap_or_default();
        self.kept.bands = folders::bands();
    }

    /// Looks again which devices there are.
    pub fn look_for_devices(&mut self) {
        self.kept.devices = Program::current().map(|program| program.machine().devices());
    }

    /// The program begins anew on another device; `None`: on the one that is found by itself.
    pub fn choose_device(&mut self, device: &str, choice: Option<&str>) {
        let Some(program) = Program::current() else { return };
        if let Err(error) = program.machine().choose(device, choice) {
            self.fail(format!("The program could not begin anew ({error}). Close it, and start it again."));
        }
    }

    /// Begins to write the take, on a thread of its own: a disk may be slow, and sound takes time to draw.
    pub fn save_take(&mut self, save: Save) {
        let take: TakeHandle = self.params.take.clone();
        if save.is_sound() {
            let seating = self.seating();
            let done = Arc::new(AtomicU8::new(0));
            let says = Arc::clone(&done);
            self.begin(save, Some(done), move |save| {
                take.draw(&save.file, (save.last, save.timing), &seating, |share| {
                    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of 100")]
                    says.store((share * 100.0) as u8, Ordering::Relaxed);
                })
            });
            return;
        }
        self.begin(save, None, move |save| match save.last {
            Some(measures) => take.save_last(measures, &save.file, save.timing),
            None => take.save_all(&save.file, save.timing),
        });
    }

    /// How the voices are heard now.
    fn seating(&self) -> Seating {
        let controls = self.params.controls();
        let voices = controls.speaker.voices.map(|seat| (seat.instrument, seat.level, seat.pan));
        let user = (!controls.drums.user).then_some(usize::from(controls.user));
        Seating { voices, drums: controls.speaker.drums, user, kit: controls.kit }
    }

    fn begin(
        &mut self,
        save: Save,
        progress: Option<Arc<AtomicU8>>,
        write: impl FnOnce(&Save) -> Result<(), SaveError> + Send + 'static,
    ) {
        if let Err(why) = self.writing.begin(save, progress, write) {
            self.fail(why);
        }
    }

    /// Takes note of what has been done meanwhile. Returns when to be called again.
    pub fn tick(&mut self) -> Option<Duration> {
        let writes = self.hear_writers();
        let left = self.since.and_then(|since| SAID.checked_sub(since.elapsed())).filter(|left| !left.is_zero());
        if self.since.is_some() && left.is_none() {
            (self.kept.outcome, self.since) = (None, None);
        }
        if writes { Some(WRITES) } else { left }
    }

    /// Returns whether a file is being written still.
    fn hear_writers(&mut self) -> bool {
        for outcome in self.writing.ended() {
            match outcome {
                Ok(save) => {
                    let whole = save.last.is_none_or(|last| last >= self.kept.measures);
                    let what = if whole { "The whole take".to_owned() } else { last(save.last.unwrap_or(0)) };
                    self.done(&format!("{what} is in {}.", save.file.display()));
                    self.kept.saved = Some(save.file);
                }
                Err(why) => self.fail(why),
            }
        }
        // What was said of another file is read first.
        if let Some(percent) = self.writing.drawn().filter(|_| self.since.is_none_or(|since| since.elapsed() > READ)) {
            self.kept.outcome = Some(Outcome::Done(format!("The sound is being drawn: {percent} %.")));
        }
        self.writing.are_at_work()
    }

    /// The band is about to change: it can be undone. `name`: the one that plays now.
    pub fn before_band(&mut self, name: String) {
        self.undo.changed(Undoable::Values(name, Values::of(&self.params).only("band")));
    }

    /// All settings are about to change: it can be undone.
    pub fn before_preset(&mut self) {
        let name = self.kept.preset.clone().unwrap_or_else(|| "what was set".into());
        self.undo.changed(Undoable::Values(name, Values::of(&self.params)));
    }

    /// The chart is about to change, and is this before: it can be undone.
    pub fn before_chart(&mut self, before: LaidChart) {
        self.undo.changed(Undoable::Chart(before));
    }

    /// The chart with what was heard: on the last pass, if it loops, else since the transport started. `last`: the bar of
    /// the newest measure that is over.
    pub fn learn(&mut self, before: &LaidChart, last: Option<i64>) -> Option<LaidChart> {
        let learnt = last.and_then(|last| learn::learnt(&self.params.take.copy(), before, last));
        match &learnt {
            Some(laid) => self.done(&format!("The chart has {} measures now, as they were heard.", laid.chart.len())),
            None => self.fail("Nothing was heard whose chords could be learnt. Play first.".into()),
        }
        learnt
    }

    /// What was before the last change, to be set.
    pub fn undo(&mut self) -> Option<Undoable> {
        let before = self.undo.undo()?;
        if matches!(before, Undoable::Values(..)) {
            self.loaded = None;
            self.kept.preset = None;
        }
        Some(before)
    }

    /// The other of two settings, to be set. `None`: it is still the same as this one.
    pub fn switch_side(&mut self) -> Option<Values> {
        self.compare.switch(Values::of(&self.params))
    }

    /// The values of a preset, to be set: one that ships, or the user's own.
    pub fn preset(&mut self, name: &str, own: bool) -> Option<Values> {
        let loaded = if own {
            self.shelf.as_ref().map(|shelf| shelf.load(name))
        } else {
            factory().iter().find(|preset| preset.name == name).map(|preset| Ok(preset.values()))
        };
        match loaded? {
            Ok(values) => {
                self.kept.preset = Some(name.to_owned());
                self.loaded = Some(values.clone());
                Some(values)
            }
            Err(error) => {
                self.fail(sentence(&error));
                None
            }
        }
    }

    /// Saves what is set as a preset of the user's own.
    pub fn save_preset(&mut self, name: &str) {
        let name = name.trim();
        let values = Values::of(&self.params);
        let Some(shelf) = &self.shelf else {
            return self.fail("The system names no folder for a program's data. Set HOME.".into());
        };
        match shelf.save(name, &values) {
            Ok(()) => {
                let text = format!("The preset “{name}” is in {}.", shelf.folder().display());
                self.done(&text);
                self.kept.preset = Some(name.to_owned());
                self.loaded = Some(values);
                self.look_around();
            }
            Err(error) => self.fail(sentence(&error)),
        }
    }

    /// Shows the card for those who are new, unless somebody has read it before.
    pub fn greet(&mut self) {
        self.kept.greets = folders::greeted().is_some_and(|file| !file.exists());
    }

    /// The card has been read: it does not come back.
    pub fn greeted(&mut self) {
        self.kept.greets = false;
        let Some(file) = folders::greeted() else { return };
        let folder = file.parent().map_or(Ok(()), std::fs::create_dir_all);
        if let Err(error) = folder.and_then(|()| model::files::replace(&file, b"")) {
            self.fail(format!("{} cannot be written ({error}): the card will come back.", file.display()));
        }
    }

    /// Something else was done.
    pub fn done(&mut self, what: &str) {
        self.say(Outcome::Done(what.to_owned()));
    }

    /// Something could not be done.
    pub fn fail(&mut self, why: String) {
        self.say(Outcome::Failed(why));
    }

    fn say(&mut self, outcome: Outcome) {
        self.kept.outcome = Some(outcome);
        self.since = Some(Instant::now());
    }
}

/// "The last measure", "The last 4 measures".
fn last(measures: usize) -> String {
    if measures == 1 { "The last measure".into() } else { format!("The last {measures} measures") }
}

fn sentence(error: &PresetError) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::take::Timing;
    use crate::take::event::{What, Who};
    use crate::units::SampleOffset;
    use nice_plug::params::persist::PersistentField;

    struct Folder(PathBuf);

    impl Drop for Folder {
        fn drop(&mut self) {
            let _gone = std::fs::remove_dir_all(&self.0);
        }
    }

    /// A session in a folder of its own, and its parameters.
    fn session(name: &str) -> (Folder, Session, Arc<BandParams>) {
        let folder = std::env::temp_dir().join(format!("band-player-session-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let params = Arc::new(BandParams::default());
        let session = Session::new(Arc::clone(&params)).with_shelf(Shelf::new(folder.join("presets")));
        (Folder(folder), session, params)
    }

    /// Waits until nothing is being written any more.
    fn settle(session: &mut Session) -> SessionKept {
        let start = Instant::now();
        while session.hear_writers() {
            assert!(start.elapsed() < Duration::from_secs(20), "it is never written");
            std::thread::yield_now();
        }
        session.kept()
    }

    #[test]
    fn a_take_is_written_beside_the_window_and_said_to_be() {
        let (folder, mut session, params) = session("take");
        let save = Save { file: folder.0.join("take.mid"), last: None, timing: Timing::Played };
        session.save_take(save.clone());
        let kept = settle(&mut session);
        assert!(matches!(&kept.outcome, Some(Outcome::Failed(why)) if why.contains("nothing to save yet")));
        assert_eq!((kept.saved, kept.measures), (None, 0));

        let recorder = params.take.recorder();
        let line = What::Line { steps: 16, meter: (4, 4) };
        recorder.say(SampleOffset(0), What::Pace { steps: 1e-3, micros: 500_000 });
        for measure in 0..4 {
            recorder.say(SampleOffset(16_000 * measure), line);
        }
        for (last, says) in [(None, "The whole take"), (Some(2), "The last 2 measures"), (Some(8), "The whole take")] {
            session.save_take(Save { last, ..save.clone() });
            let kept = settle(&mut session);
            assert!(matches!(&kept.outcome, Some(Outcome::Done(what)) if what.starts_with(says)), "{:?}", kept.outcome);
            assert_eq!((kept.saved.as_ref(), kept.measures), (Some(&save.file), 3));
        }
        let nowhere = Save { file: folder.0.join("no folder").join("take.mid"), ..save };
        session.save_take(nowhere);
        assert!(
            matches!(settle(&mut session).outcome, Some(Outcome::Failed(why)) if why.contains("choose another folder"))
        );
    }

    #[test]
    fn a_take_is_drawn_as_sound_and_said_to_be() {
        let (folder, mut session, params) = session("sound");
        let recorder = params.take.recorder();
        let key = model::Key::MIDDLE_C;
        let channel = model::Channel::new(0).expect("a channel");
        let velocity = model::Velocity::DEFAULT;
        recorder.say(SampleOffset(0), What::Pace { steps: 1e-3, micros: 500_000 });
        recorder.say(SampleOffset(0), What::Line { steps: 16, meter: (4, 4) });
        recorder.say(SampleOffset(0), What::On { who: Who::User, channel, key, velocity });
        recorder.say(SampleOffset(4000), What::Off { user: true, channel, key });
        recorder.say(SampleOffset(16_000), What::Line { steps: 16, meter: (4, 4) });
        let draw = |session: &mut Session, name: &str| {
            let file = folder.0.join(name);
            session.save_take(Save { file: file.clone(), last: None, timing: Timing::Played });
            let kept = settle(session);
            assert!(matches!(&kept.outcome, Some(Outcome::Done(what)) if what.contains(name)), "{:?}", kept.outcome);
            let wav = std::fs::read(file).expect("a file");
            assert!(wav.starts_with(b"RIFF") && wav.len() > 48_000 && wav[44..].iter().any(|&byte| byte != 0));
            wav
        };
        let usual = draw(&mut session, "take.wav");
        assert_eq!(draw(&mut session, "again.WAV"), usual, "the same again");
        let seating = Seating {
            voices: [(Some(model::sound::Instrument::Organ), 1.0, -1.0); 8],
            drums: 1.0,
            user: Some(0),
            kit: params.controls().kit,
        };
        let file = folder.0.join("organ.wav");
        let mut shares = Vec::new();
        params.take.draw(&file, (None, Timing::Played), &seating, |share| shares.push(share)).expect("it is drawn");
        assert_ne!(std::fs::read(file).expect("a file"), usual, "with what was chosen");
        assert!(shares.windows(2).all(|pair| pair[0] <= pair[1]) && shares.last() == Some(&1.0), "{shares:?}");
        session.save_take(Save { file: folder.0.join("no/take.wav"), last: None, timing: Timing::Played });
        assert!(matches!(settle(&mut session).outcome, Some(Outcome::Failed(_))));
    }

    #[test]
    fn a_writer_that_breaks_off_is_said_to_and_why() {
        let (folder, mut session, _) = session("broken");
        let save = Save { file: folder.0.join("take.mid"), last: None, timing: Timing::Played };
        session.begin(save, None, |_| panic!("on purpose"));
        let kept = settle(&mut session);
        assert!(
            matches!(&kept.outcome, Some(Outcome::Failed(why)) if why.contains("on purpose")),
            "{:?}",
            kept.outcome
        );
        assert_eq!(kept.saved, None);
    }

    #[test]
    fn what_was_saved_as_a_preset_is_listed_and_found_again() {
        let (_folder, mut session, params) = session("preset");
        session.save_preset("  Sunday ");
        let kept = session.kept();
        assert_eq!((kept.preset.as_deref(), kept.preset_changed), (Some("Sunday"), false));
        assert_eq!(kept.own_presets, ["Sunday"]);
        assert_eq!(session.preset("Sunday", true), Some(Values::of(&params)));
        let first = &factory()[1];
        assert_eq!(session.preset(&first.name, false), Some(first.values()));
        assert!(session.kept().preset_changed, "nobody has set its values yet");
        session.save_preset("a/b");
        assert!(
            matches!(session.kept().outcome, Some(Outcome::Failed(why)) if why.starts_with("A preset cannot be called"))
        );
        assert_eq!(session.preset("Monday", true), None);
    }

    #[test]
    fn undo_brings_back_the_band_and_leaves_the_rest_alone() {
        let (_folder, mut session, params) = session("undo");
        assert_eq!((session.kept().undo, session.undo()), (None, None));
        session.before_band("Pop".into());
        params.file.set("/bands/a.safetensors".into());
        assert_eq!(session.kept().undo.as_deref(), Some("Pop"));
        let Some(Undoable::Values(_, before)) = session.undo() else { panic!("a way back") };
        assert_eq!(before.iter().collect::<Vec<_>>(), [("band", 0.0)]);
        session.before_preset();
        let chart: LaidChart = "| C | F |".parse().expect("a chart");
        session.before_chart(chart.clone());
        assert_eq!(session.kept().undo.as_deref(), Some("the chart of 2 measures"));
        assert_eq!(session.undo(), Some(Undoable::Chart(chart)));
        assert!(matches!(session.undo(), Some(Undoable::Values(_, before)) if before == Values::of(&params)));
    }
}
