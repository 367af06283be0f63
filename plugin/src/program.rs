//! What is different where Band Player runs as a program of its own: what it begins with, what it remembers, and which
//! devices it plays on.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use nice_plug::params::Params;
use serde::{Deserialize, Serialize};

use crate::params::{BandParams, Handles};

/// What the program remembers from one start to the next.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SetUp {
    /// Its devices, by what they are for; those that are missing are found by themselves.
    pub devices: BTreeMap<String, String>,
    /// The parameters by id, as hosts count: 0 to 1.
    pub values: BTreeMap<String, f32>,
    /// What else a host would save, but the take.
    pub fields: BTreeMap<String, String>,
}

/// What a take is called among the fields: it is saved as a file, where anybody wishes.
const TAKE: &str = "take";

/// Parameters of the moment, which no start remembers.
const OF_THE_MOMENT: [&str; 5] = ["run", "panic", "regen", "freeze", "bypass"];

impl SetUp {
    /// What was remembered; where there is no file yet, nothing.
    ///
    /// # Errors
    /// If the file cannot be read, or holds something else.
    pub fn read(file: &Path) -> io::Result<Self> {
        match std::fs::read(file) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(io::Error::other),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    /// May a program begin with this parameter set? Not with what is of the moment.
    #[must_use]
    pub fn takes(id: &str) -> bool {
        !OF_THE_MOMENT.contains(&id)
    }

    /// Remembers it.
    ///
    /// # Errors
    /// What the file system says; what was remembered before is untouched.
    pub fn write(&self, file: &Path) -> io::Result<()> {
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        model::files::replace(file, &serde_json::to_vec_pretty(self).map_err(io::Error::other)?)
    }

    /// The same with these parameters' values.
    #[must_use]
    pub fn with(mut self, params: &BandParams) -> Self {
        let handles = Handles::of(params);
        let lasting = handles.iter().filter(|(id, _)| Self::takes(id));
        self.values = lasting.map(|(id, param)| (id.to_owned(), param.value())).collect();
        self.fields = params.serialize_fields();
        self.fields.remove(TAKE);
        self
    }

    /// Sets what a program begins with, then what was remembered. With its own clock, and sound; where the first note is to
    /// start the clock, it waits for that.
    pub fn begin(&self, params: &BandParams) {
        let handles = Handles::of(params);
        let set = |id: &str, value: f32| {
            if let Some(param) = handles.get(id).filter(|_| (0.0..=1.0).contains(&value)) {
                param.put(value);
            }
        };
        set("clock", 1.0);
        self.values.iter().filter(|(id, _)| Self::takes(id)).for_each(|(id, &value)| set(id, value));
        let fields = self.fields.iter().filter(|(name, _)| *name != TAKE);
        params.deserialize_fields(&fields.map(|(name, field)| (name.clone(), field.clone())).collect());
        set("run", if params.with_first_note.value() { 1.0 } else { 0.0 });
    }
}

/// A device that can be chosen, and what there is to choose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// What it is for, as the player reads it.
    pub name: String,
    /// What can be chosen; the first is what is found by itself.
    pub choices: Vec<String>,
    /// Which of them it is.
    pub chosen: usize,
}

/// What only the program can do.
pub trait Machine: Send + Sync {
    /// The devices that there are now.
    fn devices(&self) -> Vec<Device>;

    /// Plays on another device from now on, and remembers that. Where it succeeds, the program begins anew.
    ///
    /// # Errors
    /// If it could not be begun anew.
    fn choose(&self, device: &str, choice: Option<&str>) -> io::Result<()>;
}

/// The program.
pub struct Program {
    set_up: SetUp,
    machine: Box<dyn Machine>,
    params: OnceLock<Arc<BandParams>>,
    silent: AtomicBool,
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Program").field("set_up", &self.set_up).finish_non_exhaustive()
    }
}

static PROGRAM: OnceLock<Program> = OnceLock::new();

impl Program {
    /// From now on this process is the program, which begins so. Only the first call counts.
    pub fn start(set_up: SetUp, machine: Box<dyn Machine>) -> &'static Self {
        let (params, silent) = (OnceLock::new(), AtomicBool::new(false));
        PROGRAM.get_or_init(|| Self { set_up, machine, params, silent })
    }

    /// The program, if this process is one.
    #[must_use]
    pub fn current() -> Option<&'static Self> {
        PROGRAM.get()
    }

    /// An instance was made: it begins as the program does.
    pub fn made(&self, params: &Arc<BandParams>) {
        if self.params.set(Arc::clone(params)).is_ok() {
            self.set_up.begin(params);
        }
    }

    /// The parameters of the instance that was made.
    #[must_use]
    pub fn params(&self) -> Option<&Arc<BandParams>> {
        self.params.get()
    }

    /// No device was found: nothing is heard.
    pub fn set_silent(&self) {
        self.silent.store(true, Ordering::Relaxed);
    }

    /// Is nothing heard?
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.silent.load(Ordering::Relaxed)
    }

    /// What only the program can do.
    #[must_use]
    pub fn machine(&self) -> &dyn Machine {
        &*self.machine
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_begins_with_its_own_clock_and_sound_and_remembers_what_was_set() {
        let first = BandParams::default();
        SetUp::default().begin(&first);
        let controls = first.controls();
        assert!(controls.own.chosen && controls.own.run && controls.own.with_first_note && controls.speaker.on);
        let handles = Handles::of(&first);
        for (id, text) in [("bpm", "97"), ("num", "3"), ("first", "off"), ("swing", "40 %"), ("bypass", "on")] {
            let param = handles.get(id).expect("it is there");
            param.put(param.understood(text).expect("a value"));
        }
        let file = std::env::temp_dir().join(format!("band-player-set-up-{}", std::process::id())).join("program.json");
        let mut set_up = SetUp::default().with(&first);
        set_up.devices.insert("output".into(), "HDA Intel".into());
        set_up.write(&file).expect("written");
        assert_eq!(SetUp::read(&file).expect("it is there"), set_up);
        let second = BandParams::default();
        SetUp::read(&file).expect("it is there").begin(&second);
        let own = second.controls().own;
        assert_eq!((own.tempo, own.meter.numerator(), own.with_first_note, own.run), (97_000, 3, false, false));
        assert_eq!((second.controls().swing, second.controls().bypass), (first.controls().swing, false));
        std::fs::write(&file, b"{").expect("written");
        assert!(SetUp::read(&file).is_err(), "what cannot be read is said");
        std::fs::remove_dir_all(file.parent().expect("a folder")).expect("removed");
        assert_eq!(SetUp::read(&file).expect("no file"), SetUp::default(), "the first time");
        assert!(SetUp::takes("bpm") && !SetUp::takes("panic"));
    }
}
