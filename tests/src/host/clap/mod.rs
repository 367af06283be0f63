//! CLAP's side of the small host.

mod call;
mod events;
mod parts;
mod ports;
mod remote;
mod transport;
mod window;

use std::ffi::CString;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use band_player::status::StatusReport;
use clack_extensions::gui::{GuiSize, HostGui, HostGuiImpl};
use clack_extensions::note_ports::{HostNotePorts, HostNotePortsImpl, NoteDialect, NoteDialects, NotePortRescanFlags};
use clack_extensions::params::{ParamInfoBuffer, PluginParams};
use clack_extensions::render::{PluginRender, RenderMode};
use clack_extensions::state::PluginState;
use clack_host::events::event_types::ParamValueEvent;
use clack_host::events::io::OutputEvents;
use clack_host::prelude::*;
pub use transport::transport_event;

use super::{Dialects, Parameter, Part};
use crate::event::Event;
use crate::status;
use events::Output;
use ports::Audio;

/// The host's side of CLAP. It offers the plugin nothing beyond the required, a window, and where it takes not every
/// dialect, to say so.
struct Handlers;

/// What the plugin may ask of the host at any time.
struct Shared {
    /// It wants to be called on the main thread: done where an editor is attended to.
    called: Arc<AtomicBool>,
    dialects: Dialects,
}

/// What it may ask on the main thread.
struct Main;

impl MainThreadHandler<'_> for Main {}

impl HostNotePortsImpl for Main {
    fn supported_dialects(&self) -> NoteDialects {
        NoteDialects::MIDI
    }

    fn rescan(&self, _flags: NotePortRescanFlags) {}
}

impl SharedHandler<'_> for Shared {
    fn request_restart(&self) {}
    fn request_process(&self) {}

    fn request_callback(&self) {
        self.called.store(true, Ordering::Release);
    }
}

impl HostHandlers for Handlers {
    type Shared<'a> = Shared;
    type MainThread<'a> = Main;
    type AudioProcessor<'a> = ();

    fn declare_extensions(builder: &mut HostExtensions<'_, Self>, shared: &Self::Shared<'_>) {
        // Editors ask for it, and Band Player's framework insists.
        builder.register::<HostGui>();
        match shared.dialects {
            Dialects::OnlyMidi => builder.register::<ports::OnlyMidi>(),
            Dialects::OnlyMidiAskew => builder.register::<HostNotePorts>(),
            Dialects::Any | Dialects::OnlyMidiUntold => builder,
        };
    }
}

impl HostGuiImpl for Shared {
    fn resize_hints_changed(&self) {}

    fn request_resize(&self, _size: GuiSize) -> Result<(), HostError> {
        Ok(())
    }

    fn request_show(&self) -> Result<(), HostError> {
        Ok(())
    }

    fn request_hide(&self) -> Result<(), HostError> {
        Ok(())
    }

    fn closed(&self, _was_destroyed: bool) {}
}

/// A CLAP plugin's library, loaded.
pub(super) struct Host {
    entry: PluginEntry,
    library: PathBuf,
    /// What the instances that are made from now on may say.
    pub(super) dialects: Dialects,
}

/// One instance of a CLAP plugin.
pub(super) struct Instance {
    /// Its number among all that this process made.
    number: u32,
    library: PathBuf,
    // Dropped before the plugin that it belongs to.
    processor: Option<StartedPluginAudioProcessor<Handlers>>,
    plugin: PluginInstance<Handlers>,
    called: Arc<AtomicBool>,
    parameters: Vec<Parameter>,
    input: EventBuffer,
    output: Output,
    audio_in: Audio,
    audio_out: Audio,
    /// The longest block.
    most_frames: u32,
    /// It wants MIDI's own messages, or is to get them.
    wants_midi: bool,
    /// Which notes the host takes; it says its own in the same.
    dialects: Dialects,
    speaks_midi: bool,
    /// The parameters that the main thread reads while another one processes.
    disturbed: Option<Vec<u16>>,
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
    /// Loads a CLAP bundle from disk.
    ///
    /// # Errors
    /// If it is no CLAP plugin for this machine.
    pub(super) fn load(bundle: &Path) -> anyhow::Result<Self> {
        let library = crate::bundle::library(bundle);
        // SAFETY: this runs the library's code, as every host does; it is the bundle that the
        // project has just built, or one that the user named.
        #[expect(unsafe_code, reason = "loading a library runs its code")]
        let entry = unsafe { PluginEntry::load(&library) };
        let entry =
            entry.map_err(|error| anyhow!("{} is no CLAP plugin that can be loaded: {error}", bundle.display()))?;
        Ok(Self { entry, library, dialects: Dialects::Any })
    }

    /// The plugin that this program is linked with: its memory can be looked into.
    ///
    /// # Errors
    /// If it cannot be initialised.
    pub(super) fn linked() -> anyhow::Result<Self> {
        #[expect(unsafe_code, reason = "the plugin's entry is a C symbol")]
        unsafe extern "C" {
            #[link_name = "clap_entry"]
            static ENTRY: clack_host::entry::EntryDescriptor;
        }
        let library = PathBuf::from("linked");
        // SAFETY: `band_player` exports an entry of this type under this name, for ever.
        #[expect(unsafe_code, reason = "the plugin's entry is a C symbol")]
        let entry = unsafe { PluginEntry::load_from_raw(&ENTRY, c"linked") };
        Ok(Self {
            entry: entry.map_err(|error| anyhow!("the linked plugin does not start: {error}"))?,
            library,
            dialects: Dialects::Any,
        })
    }

    /// The names of the library's plugins.
    pub(super) fn plugins(&self) -> Vec<String> {
        let factory = self.entry.get_plugin_factory();
        let descriptors = factory.iter().flat_map(|factory| factory.plugin_descriptors());
        descriptors.filter_map(|plugin| Some(plugin.name()?.to_string_lossy().into_owned())).collect()
    }

    /// Makes an instance of the library's first plugin.
    ///
    /// # Errors
    /// If the plugin refuses.
    pub(super) fn instance(&self) -> anyhow::Result<Instance> {
        let factory = self.entry.get_plugin_factory().context("the library makes no plugins")?;
        let descriptor = factory.plugin_descriptor(0).context("the library has no plugin")?;
        let id = descriptor.id().context("the plugin has no id")?;
        let info = HostInfo::new("Band Player's small host", "The Band Player developers", "", "1")?;
        let called = Arc::new(AtomicBool::new(false));
        let shared = Arc::clone(&called);
        let (mut plugin, number) = super::numbered(&self.library, || {
            PluginInstance::new(
                |()| Shared { called: shared, dialects: self.dialects },
                |_| Main,
                &self.entry,
                id,
                &info,
            )
            .map_err(|error| anyhow!("the plugin could not be made: {error}"))
        })?;
        let parameters = parameters_of(&mut plugin);
        Ok(Instance {
            number,
            library: self.library.clone(),
            processor: None,
            audio_in: Audio::of(&mut plugin, true),
            audio_out: Audio::of(&mut plugin, false),
            most_frames: 0,
            wants_midi: ports::wants_midi(&mut plugin),
            speaks_midi: false,
            disturbed: None,
            plugin,
            called,
            parameters,
            input: EventBuffer::with_capacity(256),
            dialects: self.dialects,
            output: Output::new(self.dialects),
            steady: 0,
        })
    }
}

impl Instance {
    /// Its number among all that this process made.
    pub(super) fn number(&self) -> u32 {
        self.number
    }
}

impl super::Instance for Instance {
    fn render_offline(&mut self, offline: bool) -> anyhow::Result<()> {
        let handle = self.plugin.plugin_handle();
        let render: PluginRender = handle.get_extension().context("the plugin does not know of offline rendering")?;
        let mode = if offline { RenderMode::Offline } else { RenderMode::Realtime };
        render.set(&handle, mode).context("the plugin refused the render mode")
    }

    fn set_up_times(&mut self, _times: u32) {}

    fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    fn set(&mut self, name: &str, text: &str) -> anyhow::Result<()> {
        let id = ClapId::new(super::named(&self.parameters, name)?.id);
        let handle = self.plugin.plugin_handle();
        let params: PluginParams = handle.get_extension().context("the plugin has no parameters")?;
        let value = params
            .text_to_value(&handle, id, &CString::new(text)?)
            .with_context(|| format!("the parameter \"{name}\" cannot be \"{text}\""))?;
        self.input.push(&ParamValueEvent::new(0, id, Pckn::match_all(), value));
        if self.processor.is_none() {
            let mut handle = self.plugin.inactive_plugin_handle().context("the plugin is inactive")?;
            self.output.clear();
            params.flush(&mut handle, &self.input.as_input(), &mut OutputEvents::from_buffer(&mut self.output));
            self.input.clear();
        }
        Ok(())
    }

    fn get(&mut self, name: &str) -> anyhow::Result<String> {
        let id = ClapId::new(super::named(&self.parameters, name)?.id);
        let handle = self.plugin.plugin_handle();
        let params: PluginParams = handle.get_extension().context("the plugin has no parameters")?;
        let value = params.get_value(&handle, id).context("the parameter has no value")?;
        let mut buffer = [0; 256];
        let text = params.value_to_text(&handle, id, value, &mut buffer);
        let text = text.map_err(|_| anyhow!("the parameter \"{name}\" shows no value"))?;
        Ok(String::from_utf8_lossy(text).into_owned())
    }

    fn save(&mut self) -> anyhow::Result<Vec<u8>> {
        let handle = self.plugin.plugin_handle();
        let state: PluginState = handle.get_extension().context("the plugin has no state")?;
        let mut bytes = Vec::new();
        state.save(&handle, &mut bytes).context("the plugin could not save its state")?;
        Ok(bytes)
    }

    fn load(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        let handle = self.plugin.plugin_handle();
        let state: PluginState = handle.get_extension().context("the plugin has no state")?;
        state.load(&handle, &mut Cursor::new(bytes)).context("the plugin refused the state")
    }

    fn load_band(&mut self, path: &Path) -> anyhow::Result<()> {
        let state = super::state_with_band(&self.save()?, path)?;
        self.load(&state)
    }

    fn load_chart(&mut self, chart: &str) -> anyhow::Result<()> {
        let state = super::state_with_chart(&self.save()?, chart)?;
        self.load(&state)
    }

    fn load_kit(&mut self, kit: &str) -> anyhow::Result<()> {
        let state = super::state_with_kit(&self.save()?, kit)?;
        self.load(&state)
    }

    fn activate(&mut self, rate: u32, most_frames: u32) -> anyhow::Result<()> {
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
        self.most_frames = most_frames;
        self.audio_in.resize(most_frames);
        self.audio_out.resize(most_frames);
        Ok(())
    }

    fn deactivate(&mut self) {
        if let Some(processor) = self.processor.take() {
            self.plugin.deactivate(processor.stop_processing());
        }
    }

    fn reset(&mut self) {
        if let Some(processor) = &mut self.processor {
            processor.reset();
        }
    }

    fn status(&self) -> anyhow::Result<StatusReport> {
        status::ask(&self.library, self.number)
    }

    fn limit_output(&mut self, most: usize) {
        self.output.room = most;
    }

    fn refused(&self) -> usize {
        self.output.refused
    }

    fn prefers_midi(&mut self) -> bool {
        ports::preferred(&mut self.plugin) == [Some(NoteDialect::Midi); 2]
    }

    fn speak_midi(&mut self, midi: bool) {
        self.speaks_midi = midi;
    }

    fn disturb(&mut self, parameters: Option<&[u16]>) {
        self.disturbed = parameters.map(<[u16]>::to_vec);
    }

    fn glance_at_editor(&mut self) -> anyhow::Result<bool> {
        self.glance()
    }

    fn process_parts(
        &mut self,
        parts: &[Part<'_>],
        events: &[Event],
        heard: &mut Vec<Event>,
    ) -> anyhow::Result<Duration> {
        self.call(parts, events, heard)
    }

    fn parts(&mut self) -> super::parts::Parts<'_> {
        self.halves()
    }

    fn is_silent(&self, frames: u32) -> bool {
        self.audio_out.is_silent(frames)
    }

    fn audio(&self, frames: u32) -> Vec<Vec<f32>> {
        self.audio_out.samples(frames)
    }

    #[expect(unsafe_code, reason = "a lifetime that the types do not tell")]
    unsafe fn remote(&self) -> Option<Box<dyn super::remote::Remote>> {
        // SAFETY: the caller keeps this instance, and it the plugin.
        let remote = unsafe { remote::ClapRemote::new(self.plugin.raw_instance(), self.parameters.clone()) };
        Some(Box::new(remote?))
    }

    #[expect(unsafe_code, reason = "a lifetime that the types do not tell")]
    unsafe fn editor(&self) -> Option<Box<dyn super::parts::Editor>> {
        // SAFETY: the caller keeps this instance, and it the plugin.
        Some(Box::new(unsafe { window::Gui::new(self.plugin.raw_instance(), Arc::clone(&self.called)) }))
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        super::Instance::deactivate(self);
    }
}

/// A plugin's parameters.
fn parameters_of(plugin: &mut PluginInstance<Handlers>) -> Vec<Parameter> {
    let handle = plugin.plugin_handle();
    let Some(params) = handle.get_extension::<PluginParams>() else { return Vec::new() };
    let mut buffer = ParamInfoBuffer::new();
    (0..params.count(&handle))
        .filter_map(|index| {
            let info = params.get_info(&handle, index, &mut buffer)?;
            let name = String::from_utf8_lossy(info.name).into_owned();
            Some(Parameter { name, unit: String::new(), id: info.id.get(), min: info.min_value, max: info.max_value })
        })
        .collect()
}
