//! The small host: loads the plugin's CLAP bundle from disk, and gives it blocks to process.

use std::collections::BTreeMap;
use std::ffi::CString;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, anyhow, bail};
use band_player::state::with_band_file;
use band_player::status::StatusReport;
use clack_extensions::params::{ParamInfoBuffer, PluginParams};
use clack_extensions::render::{PluginRender, RenderMode};
use clack_extensions::state::PluginState;
use clack_host::events::Match;
use clack_host::events::event_types::{MidiEvent, NoteOffEvent, NoteOnEvent, ParamValueEvent, TransportEvent};
use clack_host::events::spaces::CoreEventSpace;
use clack_host::prelude::*;
use model::{Channel, Key, Velocity};

use crate::event::{Event, Kind};
use crate::status;

/// The host's side of CLAP. It offers the plugin nothing beyond the required.
struct Handlers;

/// What the plugin may ask of the host at any time; this host needs not answer.
struct Shared;

impl SharedHandler<'_> for Shared {
    fn request_restart(&self) {}
    fn request_process(&self) {}
    fn request_callback(&self) {}
}

impl HostHandlers for Handlers {
    type Shared<'a> = Shared;
    type MainThread<'a> = ();
    type AudioProcessor<'a> = ();
}

/// How many instances of each library this process has made: the library numbers them in this
/// order.
static MADE: Mutex<BTreeMap<PathBuf, u32>> = Mutex::new(BTreeMap::new());

/// A plugin's library, loaded.
pub struct Host {
    entry: PluginEntry,
    library: PathBuf,
}

/// One instance of the plugin, as on one track.
pub struct Instance {
    /// Its number among all that this process made.
    number: u32,
    library: PathBuf,
    // Dropped before the plugin that it belongs to.
    processor: Option<StartedPluginAudioProcessor<Handlers>>,
    plugin: PluginInstance<Handlers>,
    input: EventBuffer,
    output: EventBuffer,
    ports: AudioPorts,
    audio: [Vec<f32>; 2],
    /// Samples processed since it was made.
    steady: u64,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Host").field(&self.library).finish()
    }
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Instance").field("active", &self.processor.is_some()).finish_non_exhaustive()
    }
}

impl Host {
    /// Loads the bundle that `cargo xtask bundle` made.
    ///
    /// # Errors
    /// If there is none, or it cannot be loaded.
    pub fn load_bundled() -> anyhow::Result<Self> {
        Self::load(&crate::bundle::find()?)
    }

    /// Loads a CLAP bundle from disk.
    ///
    /// # Errors
    /// If it is no CLAP plugin for this machine.
    pub fn load(bundle: &Path) -> anyhow::Result<Self> {
        let library = crate::bundle::library(bundle);
        // SAFETY: this runs the library's code, as every host does; it is the bundle that the
        // project has just built, or one that the user named.
        #[expect(unsafe_code, reason = "loading a library runs its code")]
        let entry = unsafe { PluginEntry::load(&library) };
        let entry =
            entry.map_err(|error| anyhow!("{} is no CLAP plugin that can be loaded: {error}", bundle.display()))?;
        Ok(Self { entry, library })
    }

    /// The library within the bundle.
    #[must_use]
    pub fn library(&self) -> &Path {
        &self.library
    }

    /// Makes an instance of the library's first plugin.
    ///
    /// # Errors
    /// If the plugin refuses.
    pub fn instance(&self) -> anyhow::Result<Instance> {
        let factory = self.entry.get_plugin_factory().context("the library makes no plugins")?;
        let descriptor = factory.plugin_descriptor(0).context("the library has no plugin")?;
        let id = descriptor.id().context("the plugin has no id")?;
        let info = HostInfo::new("Band Player's small host", "The Band Player developers", "", "1")?;
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        let plugin = PluginInstance::new(|()| Shared, |_| (), &self.entry, id, &info)
            .map_err(|error| anyhow!("the plugin could not be made: {error}"))?;
        let made = made.entry(self.library.clone()).or_default();
        let number = *made;
        *made += 1;
        Ok(Instance {
            number,
            library: self.library.clone(),
            processor: None,
            plugin,
            input: EventBuffer::with_capacity(256),
            output: EventBuffer::with_capacity(256),
            ports: AudioPorts::with_capacity(2, 1),
            audio: [Vec::new(), Vec::new()],
            steady: 0,
        })
    }
}

impl Instance {
    /// Tells the plugin whether it renders offline. Before [`Self::activate`].
    ///
    /// # Errors
    /// If it cannot be told, or refuses.
    pub fn render_offline(&mut self, offline: bool) -> anyhow::Result<()> {
        let handle = self.plugin.plugin_handle();
        let render: PluginRender = handle.get_extension().context("the plugin does not know of offline rendering")?;
        let mode = if offline { RenderMode::Offline } else { RenderMode::Realtime };
        render.set(&handle, mode).context("the plugin refused the render mode")
    }

    /// The names of its parameters.
    #[must_use]
    pub fn parameters(&mut self) -> Vec<String> {
        self.parameter_ids().into_iter().map(|(name, _)| name).collect()
    }

    fn parameter_ids(&mut self) -> Vec<(String, ClapId)> {
        let handle = self.plugin.plugin_handle();
        let Some(params) = handle.get_extension::<PluginParams>() else { return Vec::new() };
        let mut buffer = ParamInfoBuffer::new();
        (0..params.count(&handle))
            .filter_map(|index| {
                let info = params.get_info(&handle, index, &mut buffer)?;
                Some((String::from_utf8_lossy(info.name).into_owned(), info.id))
            })
            .collect()
    }

    fn parameter(&mut self, name: &str) -> anyhow::Result<ClapId> {
        let ids = self.parameter_ids();
        let found = ids.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|&(_, id)| id).with_context(|| {
            let names: Vec<_> = ids.iter().map(|(name, _)| name.as_str()).collect();
            format!("the plugin has no parameter \"{name}\"; it has {}", names.join(", "))
        })
    }

    /// Sets a parameter as a player would: by its name, to what its text says. While the plugin
    /// is active, the next block brings it.
    ///
    /// # Errors
    /// If there is no such parameter or it cannot be set to that.
    pub fn set(&mut self, name: &str, text: &str) -> anyhow::Result<()> {
        let id = self.parameter(name)?;
        let handle = self.plugin.plugin_handle();
        let params: PluginParams = handle.get_extension().context("the plugin has no parameters")?;
        let value = params
            .text_to_value(&handle, id, &CString::new(text)?)
            .with_context(|| format!("the parameter \"{name}\" cannot be \"{text}\""))?;
        self.input.push(&ParamValueEvent::new(0, id, Pckn::match_all(), value));
        if self.processor.is_none() {
            let mut handle = self.plugin.inactive_plugin_handle().context("the plugin is inactive")?;
            self.output.clear();
            params.flush(&mut handle, &self.input.as_input(), &mut self.output.as_output());
            self.input.clear();
        }
        Ok(())
    }

    /// A parameter's value as the player reads it.
    ///
    /// # Errors
    /// If there is no such parameter.
    pub fn get(&mut self, name: &str) -> anyhow::Result<String> {
        let id = self.parameter(name)?;
        let handle = self.plugin.plugin_handle();
        let params: PluginParams = handle.get_extension().context("the plugin has no parameters")?;
        let value = params.get_value(&handle, id).context("the parameter has no value")?;
        let mut buffer = [0; 256];
        let text = params.value_to_text(&handle, id, value, &mut buffer);
        let text = text.map_err(|_| anyhow!("the parameter \"{name}\" shows no value"))?;
        Ok(String::from_utf8_lossy(text).into_owned())
    }

    /// What the host would write into its project.
    ///
    /// # Errors
    /// If the plugin cannot save.
    pub fn save(&mut self) -> anyhow::Result<Vec<u8>> {
        let handle = self.plugin.plugin_handle();
        let state: PluginState = handle.get_extension().context("the plugin has no state")?;
        let mut bytes = Vec::new();
        state.save(&handle, &mut bytes).context("the plugin could not save its state")?;
        Ok(bytes)
    }

    /// Gives back what [`Self::save`] gave.
    ///
    /// # Errors
    /// If the plugin refuses it.
    pub fn load(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        let handle = self.plugin.plugin_handle();
        let state: PluginState = handle.get_extension().context("the plugin has no state")?;
        state.load(&handle, &mut Cursor::new(bytes)).context("the plugin refused the state")
    }

    /// Gives it a band file of the user's own, as a project that names one does on loading.
    ///
    /// # Errors
    /// If the plugin refuses it.
    pub fn load_band(&mut self, path: &Path) -> anyhow::Result<()> {
        let path = path.to_str().context("the path of a band file is text")?;
        let state = with_band_file(&self.save()?, path).context("the plugin's state is not understood")?;
        self.load(&state)
    }

    /// Makes it ready for blocks of up to so many samples.
    ///
    /// # Errors
    /// If the plugin refuses, or is active already.
    pub fn activate(&mut self, rate: u32, most_frames: u32) -> anyhow::Result<()> {
        if self.processor.is_some() {
            bail!("the plugin is active already");
        }
        let configuration = PluginAudioConfiguration {
            sample_rate: f64::from(rate),
            min_frames_count: 1,
            max_frames_count: most_frames.max(1),
        };
        let stopped = self
            .plugin
            .activate(|_, _| (), configuration)
            .map_err(|error| anyhow!("the plugin could not be activated: {error}"))?;
        let started = stopped.start_processing().map_err(|_| anyhow!("the plugin does not start to process"))?;
        self.processor = Some(started);
        for channel in &mut self.audio {
            channel.resize(most_frames as usize, 0.0);
        }
        Ok(())
    }

    /// Ends processing, as on a change of the sample rate.
    pub fn deactivate(&mut self) {
        if let Some(processor) = self.processor.take() {
            self.plugin.deactivate(processor.stop_processing());
        }
    }

    /// Tells the plugin to forget what sounds, as hosts do on a jump.
    pub fn reset(&mut self) {
        if let Some(processor) = &mut self.processor {
            processor.reset();
        }
    }

    /// How it fares: missed measures, how long predictions take.
    ///
    /// # Errors
    /// If the plugin does not say.
    pub fn status(&self) -> anyhow::Result<StatusReport> {
        status::ask(&self.library, self.number)
    }

    /// Processes one block: `events` in, what the plugin says out (into `heard`, cleared first).
    /// Returns how long the plugin's `process()` took. No transport: the host has none.
    ///
    /// # Errors
    /// If the plugin is not active, the block too long, or the plugin reports an error.
    pub fn process(
        &mut self,
        frames: u32,
        transport: Option<&TransportEvent>,
        events: &[Event],
        heard: &mut Vec<Event>,
    ) -> anyhow::Result<std::time::Duration> {
        let processor = self.processor.as_mut().context("the plugin is not active")?;
        for event in events {
            push(&mut self.input, event);
        }
        self.output.clear();
        let [left, right] = &mut self.audio;
        let length = frames as usize;
        let channels = [left, right].map(|channel| channel.get_mut(..length));
        let [Some(left), Some(right)] = channels else { bail!("a block of {frames} is longer than was agreed") };
        // What was there before must not be what comes out: the plugin writes silence itself.
        left.fill(1.0);
        right.fill(1.0);
        let mut audio = self.ports.with_output_buffers([AudioPortBuffer {
            latency: 0,
            channels: AudioPortBufferType::f32_output_only([left, right].into_iter()),
        }]);
        let input = self.input.as_input();
        let mut output = self.output.as_output();
        let start = std::time::Instant::now();
        let status = processor.process(
            &InputAudioBuffers::empty(),
            &mut audio,
            &input,
            &mut output,
            Some(self.steady),
            transport,
        );
        let took = start.elapsed();
        status.map_err(|error| anyhow!("process() failed: {error}"))?;
        self.steady += u64::from(frames);
        self.input.clear();
        heard.clear();
        heard.extend(self.output.iter().map(read));
        Ok(took)
    }

    /// Is the stereo output of the last block silent?
    #[must_use]
    pub fn is_silent(&self, frames: u32) -> bool {
        self.audio.iter().all(|channel| channel.iter().take(frames as usize).all(|&sample| sample == 0.0))
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.deactivate();
    }
}

fn push(buffer: &mut EventBuffer, event: &Event) {
    let pckn =
        |channel: Channel, key: Key| Pckn::new(0_u16, u16::from(channel.get()), u16::from(key.get()), Match::All);
    match event.kind {
        Kind::On { channel, key, velocity } => {
            let velocity = f64::from(velocity.get()) / 127.0;
            buffer.push(&NoteOnEvent::new(event.offset, pckn(channel, key), velocity));
        }
        Kind::Off { channel, key } => buffer.push(&NoteOffEvent::new(event.offset, pckn(channel, key), 0.0)),
        // An active sensing message: a plugin has to bear with it.
        Kind::Other => buffer.push(&MidiEvent::new(event.offset, 0, [0xfe, 0, 0])),
    }
}

fn read(event: &clack_host::events::UnknownEvent) -> Event {
    let offset = event.header().time();
    let place = |channel: Match<u16>, key: Match<u16>| {
        let byte = |value: Match<u16>| value.into_specific().and_then(|value| u8::try_from(value).ok());
        Some((Channel::new(byte(channel)?)?, Key::new(byte(key)?)?))
    };
    let kind = match event.as_core_event() {
        Some(CoreEventSpace::NoteOn(on)) => place(on.channel(), on.key()).map(|(channel, key)| {
            #[expect(clippy::cast_possible_truncation, reason = "a velocity needs few digits")]
            let velocity = Velocity::clamped((on.velocity() * 127.0) as f32);
            Kind::On { channel, key, velocity }
        }),
        Some(CoreEventSpace::NoteOff(off)) => {
            place(off.channel(), off.key()).map(|(channel, key)| Kind::Off { channel, key })
        }
        Some(CoreEventSpace::Midi(midi)) => short_message(midi.data()),
        _ => None,
    };
    Event { offset, kind: kind.unwrap_or(Kind::Other) }
}

/// A note in MIDI's own bytes.
fn short_message([status, key, velocity]: [u8; 3]) -> Option<Kind> {
    let (channel, key) = (Channel::new(status & 0x0f)?, Key::new(key)?);
    match status & 0xf0 {
        0x90 => Some(match Velocity::new(velocity) {
            Some(velocity) => Kind::On { channel, key, velocity },
            None => Kind::Off { channel, key },
        }),
        0x80 => Some(Kind::Off { channel, key }),
        _ => None,
    }
}
