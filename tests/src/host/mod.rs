//! The small host: loads a plugin's bundle from disk, in either format, and gives it blocks to
//! process.

pub mod clap;
pub mod parts;
pub mod remote;
mod transport;
mod vst3;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use band_player::state::{with_band_file, with_chart, with_kit};
use band_player::status::StatusReport;

pub use transport::{Manners, Transport};

use crate::checker::Order;
use crate::event::Event;

/// What a host and a plugin talk to each other by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// CLAP, through clack-host.
    Clap,
    /// VST3, through its own binding.
    Vst3,
}

impl Format {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Clap, Self::Vst3];

    /// The ending of a bundle's name.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Clap => "clap",
            Self::Vst3 => "vst3",
        }
    }

    /// The format of a bundle, by its name; without an ending a library is taken for CLAP.
    #[must_use]
    pub fn of(bundle: &Path) -> Self {
        let vst3 = bundle.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("vst3"));
        if vst3 { Self::Vst3 } else { Self::Clap }
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.ending())
    }
}

/// Which notes a CLAP host takes from a plugin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialects {
    /// All, of which it tells nothing.
    #[default]
    Any,
    /// Only MIDI's own messages, and it tells so.
    OnlyMidi,
    /// The same, but it tells nothing: it refuses all others, as Carla does.
    OnlyMidiUntold,
    /// The same, but what it tells cannot be called: it hands out a pointer to a pointer, as clack-extensions 0.2 does.
    OnlyMidiAskew,
}

/// What a host knows of a parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// What its value's text lacks, as hosts show it: VST3 gives the unit apart.
    pub unit: String,
    /// The format's own number for it.
    pub id: u32,
    /// Its least value as the format counts; in VST3 always 0.
    pub min: f64,
    /// Its largest value as the format counts; in VST3 always 1.
    pub max: f64,
}

impl Parameter {
    /// The value at so many 65535ths of its range.
    #[must_use]
    pub fn at(&self, share: u16) -> f64 {
        self.min + (self.max - self.min) * f64::from(share) / f64::from(u16::MAX)
    }
}

/// A part of a block, with what the host says of its first sample.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// How many samples it has.
    pub frames: u32,
    /// The transport; none: the host has none.
    pub transport: Option<&'a Transport>,
}

/// One instance of a plugin, as on one track.
pub trait Instance: std::fmt::Debug {
    /// Tells the plugin whether it renders offline. Before [`Self::activate`].
    ///
    /// # Errors
    /// If it cannot be told, or refuses.
    fn render_offline(&mut self, offline: bool) -> anyhow::Result<()>;

    /// How often activation says rate and mode, at least once. Only VST3 has a call of its own
    /// for that, and hosts that make it once or several times; at first it is made twice, since
    /// the framework believes a mode one call later.
    fn set_up_times(&mut self, times: u32);

    /// In which order the plugin hears what happens at one sample.
    fn order(&self) -> Order {
        Order::AsSent
    }

    /// Its parameters, in their order. A plugin's own: none that only stands for a controller.
    fn parameters(&self) -> &[Parameter];

    /// Sets a parameter as a player would: by its name, to what its text says. While the plugin
    /// is active, the next block brings it.
    ///
    /// # Errors
    /// If there is no such parameter or it cannot be set to that.
    fn set(&mut self, name: &str, text: &str) -> anyhow::Result<()>;

    /// A parameter's value as the player reads it.
    ///
    /// # Errors
    /// If there is no such parameter.
    fn get(&mut self, name: &str) -> anyhow::Result<String>;

    /// What the host would write into its project.
    ///
    /// # Errors
    /// If the plugin cannot save.
    fn save(&mut self) -> anyhow::Result<Vec<u8>>;

    /// Gives back what [`Self::save`] gave.
    ///
    /// # Errors
    /// If the plugin refuses it.
    fn load(&mut self, bytes: &[u8]) -> anyhow::Result<()>;

    /// Gives it a band file of the user's own, as a project that names one does on loading.
    ///
    /// # Errors
    /// If the plugin refuses it.
    fn load_band(&mut self, path: &Path) -> anyhow::Result<()>;

    /// Gives it a chart, as a project that has one does on loading.
    ///
    /// # Errors
    /// If the plugin refuses it.
    fn load_chart(&mut self, chart: &str) -> anyhow::Result<()>;

    /// Gives it a drum kit, as a project that has one does on loading.
    ///
    /// # Errors
    /// If the plugin refuses it.
    fn load_kit(&mut self, kit: &str) -> anyhow::Result<()>;

    /// Makes it ready for blocks of up to so many samples.
    ///
    /// # Errors
    /// If the plugin refuses, or is active already.
    fn activate(&mut self, rate: u32, most_frames: u32) -> anyhow::Result<()>;

    /// Ends processing, as on a change of the sample rate.
    fn deactivate(&mut self);

    /// Tells the plugin to forget what sounds, as hosts do on a jump.
    fn reset(&mut self);

    /// How it fares: missed measures, how long predictions take.
    ///
    /// # Errors
    /// If the plugin does not say.
    fn status(&self) -> anyhow::Result<StatusReport>;

    /// For how many events of the plugin's the host has room in the next call of `process()`;
    /// after that for all again.
    fn limit_output(&mut self, most: usize);

    /// How many events found no room in the last call.
    fn refused(&self) -> usize;

    /// Does the plugin prefer MIDI's own messages, of all that it can hear and say? Only CLAP asks.
    fn prefers_midi(&mut self) -> bool {
        false
    }

    /// From now on notes are said as MIDI's own messages, or not: only CLAP has both.
    fn speak_midi(&mut self, _midi: bool) {}

    /// From now on another thread processes, while this one does what a host's window does: it
    /// shows these parameters, moves them if the format lets it (VST3), and saves. `None`: no more.
    fn disturb(&mut self, parameters: Option<&[u16]>);

    /// Shows the editor for a moment, as far as that goes without a window. Returns whether there
    /// is one.
    ///
    /// # Errors
    /// If the plugin has an editor that does not open.
    fn glance_at_editor(&mut self) -> anyhow::Result<bool>;

    /// Processes one block: `events` in, what the plugin says out (into `heard`, cleared first).
    /// Returns how long the plugin's `process()` took. No transport: the host has none.
    ///
    /// # Errors
    /// If the plugin is not active, the block too long, or the plugin reports an error.
    fn process(
        &mut self,
        frames: u32,
        transport: Option<&Transport>,
        events: &[Event],
        heard: &mut Vec<Event>,
    ) -> anyhow::Result<Duration> {
        self.process_parts(&[Part { frames, transport }], events, heard)
    }

    /// The same for a block of several parts, with the transport said anew at the start of each.
    /// CLAP has events for that; a format that has none gets each part as a block of its own.
    ///
    /// # Errors
    /// As [`Self::process`].
    fn process_parts(
        &mut self,
        parts: &[Part<'_>],
        events: &[Event],
        heard: &mut Vec<Event>,
    ) -> anyhow::Result<Duration>;

    /// The instance in two halves: one for the audio thread, one for its window's.
    fn parts(&mut self) -> parts::Parts<'_>;

    /// Is the audio output of the last block silent?
    fn is_silent(&self, frames: u32) -> bool;

    /// The audio output of the last block, channel by channel.
    fn audio(&self, frames: u32) -> Vec<Vec<f32>>;

    /// Is every sample of the last block's output a number, and quieter than the loudest that converters can play? What
    /// the plugin leaves unwritten is that loud.
    fn is_within(&self, frames: u32) -> bool {
        self.audio(frames).iter().flatten().all(|sample| sample.abs() < 1.0)
    }

    /// A way to it for other threads, if there is one: see [`remote::beside`].
    ///
    /// # Safety
    /// The instance must live as long as what is returned.
    #[expect(unsafe_code, reason = "a lifetime that the types do not tell")]
    unsafe fn remote(&self) -> Option<Box<dyn remote::Remote>> {
        None
    }

    /// Its editor, which may stay open while another thread processes or the instance is activated anew; for the thread
    /// that made the instance. Unlike that of [`Self::parts`], it lets the plugin call that thread.
    ///
    /// # Safety
    /// The instance must live as long as what is returned.
    #[expect(unsafe_code, reason = "a lifetime that the types do not tell")]
    unsafe fn editor(&self) -> Option<Box<dyn parts::Editor>> {
        None
    }
}

/// A plugin's library, loaded.
#[derive(Debug)]
pub struct Host(Library);

#[derive(Debug)]
enum Library {
    Clap(clap::Host),
    Vst3(vst3::Host),
}

impl Host {
    /// Loads the bundle of this format that `cargo xtask bundle` made.
    ///
    /// # Errors
    /// If there is none, or it cannot be loaded.
    pub fn load_bundled(format: Format) -> anyhow::Result<Self> {
        Self::load(&crate::bundle::find(format)?)
    }

    /// Loads a bundle from disk; its name says of which format it is.
    ///
    /// # Errors
    /// If it is no plugin for this machine.
    pub fn load(bundle: &Path) -> anyhow::Result<Self> {
        Ok(Self(match Format::of(bundle) {
            Format::Clap => Library::Clap(clap::Host::load(bundle)?),
            Format::Vst3 => Library::Vst3(vst3::Host::load(bundle)?),
        }))
    }

    /// The same host, but its instances can say only such notes. VST3 has no dialects.
    #[must_use]
    pub fn taking(mut self, dialects: Dialects) -> Self {
        if let Library::Clap(host) = &mut self.0 {
            host.dialects = dialects;
        }
        self
    }

    /// The plugin's format.
    #[must_use]
    pub const fn format(&self) -> Format {
        match self.0 {
            Library::Clap(_) => Format::Clap,
            Library::Vst3(_) => Format::Vst3,
        }
    }

    /// The names of the plugins that the library has: what a scan asks for, without making one.
    #[must_use]
    pub fn plugins(&self) -> Vec<String> {
        match &self.0 {
            Library::Clap(host) => host.plugins(),
            Library::Vst3(host) => host.plugins(),
        }
    }

    /// The plugin that this program is linked with, as CLAP: its memory can be looked into.
    ///
    /// # Errors
    /// If it cannot be initialised.
    pub fn linked() -> anyhow::Result<Self> {
        Ok(Self(Library::Clap(clap::Host::linked()?)))
    }

    /// Makes an instance of a linked plugin, and gives its number in
    /// [`band_player::status::Status::of`].
    ///
    /// # Errors
    /// If the plugin refuses, or is not linked.
    pub fn linked_instance(&self) -> anyhow::Result<(Box<dyn Instance>, u32)> {
        let Library::Clap(host) = &self.0 else { anyhow::bail!("only the linked plugin can be looked into") };
        let instance = host.instance()?;
        let number = instance.number();
        Ok((Box::new(instance), number))
    }

    /// Makes an instance of the library's first plugin.
    ///
    /// # Errors
    /// If the plugin refuses.
    pub fn instance(&self) -> anyhow::Result<Box<dyn Instance>> {
        Ok(match &self.0 {
            Library::Clap(host) => Box::new(host.instance()?),
            Library::Vst3(host) => Box::new(host.instance()?),
        })
    }
}

/// Makes an instance of a library, and says which of those that this process made it is: the
/// library numbers them in the same order.
fn numbered<T>(library: &Path, make: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<(T, u32)> {
    static MADE: Mutex<BTreeMap<PathBuf, u32>> = Mutex::new(BTreeMap::new());
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let instance = make()?;
    let made = made.entry(library.to_owned()).or_default();
    let number = *made;
    *made += 1;
    Ok((instance, number))
}

/// The parameter of this name, whatever its capitals.
fn named<'a>(parameters: &'a [Parameter], name: &str) -> anyhow::Result<&'a Parameter> {
    let found = parameters.iter().find(|parameter| parameter.name.eq_ignore_ascii_case(name));
    found.with_context(|| {
        let names: Vec<_> = parameters.iter().map(|parameter| parameter.name.as_str()).collect();
        format!("the plugin has no parameter \"{name}\"; it has {}", names.join(", "))
    })
}

/// Are these samples silent? (Bit by bit, which is quick.)
fn is_silent(samples: &[f32]) -> bool {
    samples.iter().fold(0, |any, sample| any | sample.to_bits()) << 1 == 0
}

/// A saved state, as CLAP has it, with another chart.
fn state_with_chart(saved: &[u8], chart: &str) -> anyhow::Result<Vec<u8>> {
    with_chart(saved, chart).context("the plugin's state is not understood")
}

/// A saved state, as CLAP has it, with another drum kit.
fn state_with_kit(saved: &[u8], kit: &str) -> anyhow::Result<Vec<u8>> {
    with_kit(saved, kit).context("the plugin's state is not understood")
}

/// A saved state, as CLAP has it, with a band file of the user's own.
fn state_with_band(saved: &[u8], path: &Path) -> anyhow::Result<Vec<u8>> {
    let path = path.to_str().context("the path of a band file is text")?;
    with_band_file(saved, path).context("the plugin's state is not understood")
}
