//! The devices of this computer: what there is, what is chosen, and the words that choose it.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::process::Command;

use band_player::program::{Device, Machine, Program, SetUp};
use cpal::traits::{DeviceTrait, HostTrait};
use jack::{Client, ClientOptions, PortFlags};

/// What sound and MIDI go through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    /// JACK, or PipeWire in its place.
    Jack,
    /// What the system has: ALSA, CoreAudio, WASAPI.
    System,
    /// Nothing: neither sound nor MIDI.
    None,
}

/// What remembers the backend's name.
pub(crate) const SYSTEM: &str = "Sound system";
const OUTPUT: &str = "Sound out";
const MIDI_IN: &str = "MIDI in";
const MIDI_OUT: &str = "MIDI out";

/// The framework's words for them.
const OUTPUT_DEVICE: &str = "--output-device";
const MIDI_INPUT: &str = "--midi-input";
const MIDI_OUTPUT: &str = "--midi-output";
const CONNECT_IN: &str = "--connect-jack-midi-input";
const CONNECT_OUT: &str = "--connect-jack-midi-output";

/// A port that is there on every Linux machine, and leads from nobody to nobody.
const THROUGH: &str = "Midi Through";

/// How the framework names the system's sound.
const OF_SYSTEM: &str = if cfg!(target_os = "macos") {
    "core-audio"
} else if cfg!(windows) {
    "wasapi"
} else {
    "alsa"
};

impl Backend {
    /// All of them, in the order in which they are tried.
    pub(crate) const ALL: [Self; 3] = [Self::Jack, Self::System, Self::None];

    /// The one of this name, if it is one.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|backend| backend.name().eq_ignore_ascii_case(name))
    }

    /// As the framework names it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Jack => "jack",
            Self::System => OF_SYSTEM,
            Self::None => "dummy",
        }
    }
}

/// The words that choose these devices of a backend, where the command line does not choose them itself. A device that is
/// not there any more is said, and left out.
pub(crate) fn words(backend: Backend, chosen: &BTreeMap<String, String>, said: &[String]) -> Vec<String> {
    let mut words = vec!["--backend".to_owned(), backend.name().to_owned()];
    let mut add = |what: &str, option: &str, there: Vec<String>, usual: Option<String>| {
        if said.iter().any(|word| word == option || word.starts_with(&format!("{option}="))) {
            return;
        }
        let wished = chosen.get(&remembered(backend, what));
        if let Some(missing) = wished.filter(|name| !there.contains(name)) {
            eprintln!("{what}: {missing} is not there. Choose another in the window: Devices.");
        }
        if let Some(name) = wished.filter(|name| there.contains(name)).cloned().or(usual) {
            words.extend([option.to_owned(), name]);
        }
    };
    match backend {
        Backend::Jack => {
            let (sources, sinks) = (jack_ports(PortFlags::IS_OUTPUT), jack_ports(PortFlags::IS_INPUT));
            let keyboard =
                jack_ports(PortFlags::IS_OUTPUT | PortFlags::IS_PHYSICAL).into_iter().find(|name| is_keyboard(name));
            add(MIDI_IN, CONNECT_IN, sources, keyboard);
            add(MIDI_OUT, CONNECT_OUT, sinks, None);
        }
        Backend::System => {
            let sources = midi_inputs();
            let keyboard = sources.iter().find(|name| is_keyboard(name)).cloned();
            add(OUTPUT, OUTPUT_DEVICE, outputs(), None);
            add(MIDI_IN, MIDI_INPUT, sources, keyboard);
            add(MIDI_OUT, MIDI_OUTPUT, midi_outputs(), None);
        }
        Backend::None => {}
    }
    words
}

/// Tells which devices there are, and the words that choose each.
pub(crate) fn list() {
    let show = |what: &str, option: &str, names: Vec<String>| {
        println!("  {what} ({option} NAME)");
        names.iter().for_each(|name| println!("    {name}"));
        if names.is_empty() {
            println!("    (none)");
        }
    };
    if answers() {
        println!("JACK (--backend jack)");
        show(MIDI_IN, CONNECT_IN, jack_ports(PortFlags::IS_OUTPUT));
        show(MIDI_OUT, CONNECT_OUT, jack_ports(PortFlags::IS_INPUT));
    } else {
        println!("JACK does not answer (--backend jack)");
    }
    println!("The system (--backend {OF_SYSTEM})");
    show(OUTPUT, OUTPUT_DEVICE, outputs());
    show(MIDI_IN, MIDI_INPUT, midi_inputs());
    show(MIDI_OUT, MIDI_OUTPUT, midi_outputs());
}

/// Is there a JACK server, or PipeWire in its place?
fn answers() -> bool {
    Client::new("band-player-looks", ClientOptions::NO_START_SERVER).is_ok()
}

/// JACK names other ports than the system does.
fn remembered(backend: Backend, what: &str) -> String {
    if backend == Backend::Jack { format!("JACK {what}") } else { what.to_owned() }
}

fn is_keyboard(name: &str) -> bool {
    !name.contains(THROUGH) && !name.contains("Midi-Through")
}

/// The ports of JACK's other clients, for MIDI.
fn jack_ports(flags: PortFlags) -> Vec<String> {
    let Ok((client, _)) = Client::new("band-player-looks", ClientOptions::NO_START_SERVER) else { return Vec::new() };
    let mut ports = client.ports(None, Some("midi"), flags);
    ports.retain(|name| !name.starts_with("band_player"));
    ports
}

/// The system's own sound.
fn host() -> cpal::Host {
    #[cfg(target_os = "linux")]
    if let Ok(alsa) = cpal::host_from_id(cpal::HostId::Alsa) {
        return alsa;
    }
    cpal::default_host()
}

fn outputs() -> Vec<String> {
    let devices = host().output_devices().into_iter().flatten();
    let mut names = Vec::new();
    for name in devices.filter_map(|device| Some(device.description().ok()?.name().to_owned())) {
        // Several ways to one card have its name; the framework takes the first.
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn midi_inputs() -> Vec<String> {
    let Ok(midi) = midir::MidiInput::new("Band Player") else { return Vec::new() };
    midi.ports().iter().filter_map(|port| midi.port_name(port).ok()).collect()
}

fn midi_outputs() -> Vec<String> {
    let Ok(midi) = midir::MidiOutput::new("Band Player") else { return Vec::new() };
    midi.ports().iter().filter_map(|port| midi.port_name(port).ok()).collect()
}

/// The devices of the running program.
pub(crate) struct Devices {
    chosen: BTreeMap<String, String>,
    /// Where the set-up is remembered, if it is.
    file: Option<PathBuf>,
}

impl Devices {
    pub(crate) const fn new(chosen: BTreeMap<String, String>, file: Option<PathBuf>) -> Self {
        Self { chosen, file }
    }

    /// On JACK, if that is not excluded and answers.
    fn backend(&self) -> Backend {
        let wished = self.chosen.get(SYSTEM).and_then(|name| Backend::named(name));
        wished.unwrap_or_else(|| if answers() { Backend::Jack } else { Backend::System })
    }
}

impl Machine for Devices {
    fn devices(&self) -> Vec<Device> {
        let backend = self.backend();
        let device = |what: &str, key: String, usual: &str, names: Vec<String>| {
            let wished = self.chosen.get(&key);
            let chosen = names.iter().position(|name| Some(name) == wished).map_or(0, |place| place + 1);
            let choices = std::iter::once(usual.to_owned()).chain(names).collect();
            Device { name: what.to_owned(), choices, chosen }
        };
        let all = Backend::ALL.map(|backend| backend.name().to_owned()).to_vec();
        let mut devices = vec![device(SYSTEM, SYSTEM.into(), "The first that works", all)];
        let key = |what| remembered(backend, what);
        match backend {
            Backend::Jack => {
                devices.push(device(MIDI_IN, key(MIDI_IN), "The first keyboard", jack_ports(PortFlags::IS_OUTPUT)));
                devices.push(device(MIDI_OUT, key(MIDI_OUT), "Nowhere", jack_ports(PortFlags::IS_INPUT)));
            }
            Backend::System | Backend::None => {
                devices.push(device(OUTPUT, key(OUTPUT), "The usual one", outputs()));
                devices.push(device(MIDI_IN, key(MIDI_IN), "The first keyboard", midi_inputs()));
                devices.push(device(MIDI_OUT, key(MIDI_OUT), "Nowhere", midi_outputs()));
            }
        }
        devices
    }

    fn choose(&self, device: &str, choice: Option<&str>) -> io::Result<()> {
        let mut chosen = self.chosen.clone();
        let key = if device == SYSTEM { SYSTEM.to_owned() } else { remembered(self.backend(), device) };
        match choice {
            Some(name) => chosen.insert(key, name.to_owned()),
            None => chosen.remove(&key),
        };
        let Some(file) = &self.file else {
            return Err(io::Error::other("it was started with --fresh, and remembers nothing"));
        };
        let set_up = SetUp { devices: chosen, ..SetUp::default() };
        let params = Program::current().and_then(Program::params);
        params.map_or_else(|| set_up.clone(), |params| set_up.clone().with(params)).write(file)?;
        // What was said of devices when it was started would count again.
        Command::new(std::env::current_exe()?).spawn()?;
        std::process::exit(0)
    }
}
