//! CLAP's side of the small host.

mod parts;

use std::ffi::CString;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use band_player::status::StatusReport;
use clack_extensions::gui::{GuiSize, HostGui, HostGuiImpl};
use clack_extensions::params::{ParamInfoBuffer, PluginParams};
use clack_extensions::render::{PluginRender, RenderMode};
use clack_extensions::state::PluginState;
use clack_host::events::Match;
use clack_host::events::event_types::{
    MidiEvent, NoteOffEvent, NoteOnEvent, ParamValueEvent, TransportEvent, TransportFlags,
};
use clack_host::events::spaces::CoreEventSpace;
use clack_host::events::{EventFlags, EventHeader};
use clack_host::prelude::*;
use clack_host::utils::{BeatTime, SecondsTime};
use model::{Channel, Key};

use super::{Parameter, Transport};
use crate::event::{Event, Kind};
use crate::exact::Exact;
use crate::status;
use crate::timeline::QUARTER;

/// The host's side of CLAP. It offers the plugin nothing beyond the required and a window.
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

    fn declare_extensions(builder: &mut HostExtensions<'_, Self>, _shared: &Self::Shared<'_>) {
        // Editors ask for it, and Band Player's framework insists.
        builder.register::<HostGui>();
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
}

/// One instance of a CLAP plugin.
pub(super) struct Instance {
    /// Its number among all that this process made.
    number: u32,
    library: PathBuf,
    // Dropped before the plugin that it belongs to.
    processor: Option<StartedPluginAudioProcessor<Handlers>>,
    plugin: PluginInstance<Handlers>,
    parameters: Vec<Parameter>,
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
        Ok(Self { entry, library })
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
        Ok(Self { entry: entry.map_err(|error| anyhow!("the linked plugin does not start: {error}"))?, library })
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
        let (mut plugin, number) = super::numbered(&self.library, || {
            PluginInstance::new(|()| Shared, |_| (), &self.entry, id, &info)
                .map_err(|error| anyhow!("the plugin could not be made: {error}"))
        })?;
        let parameters = parameters_of(&mut plugin);
        Ok(Instance {
            number,
            library: self.library.clone(),
            processor: None,
            plugin,
            parameters,
            input: EventBuffer::with_capacity(256),
            output: EventBuffer::with_capacity(256),
            ports: AudioPorts::with_capacity(2, 1),
            audio: [Vec::new(), Vec::new()],
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
            params.flush(&mut handle, &self.input.as_input(), &mut self.output.as_output());
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
        for channel in &mut self.audio {
            channel.resize(most_frames as usize, 0.0);
        }
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

    fn process(
        &mut self,
        frames: u32,
        transport: Option<&Transport>,
        events: &[Event],
        heard: &mut Vec<Event>,
    ) -> anyhow::Result<Duration> {
        let processor = self.processor.as_mut().context("the plugin is not active")?;
        for event in events {
            push(&mut self.input, &self.parameters, event);
        }
        let transport = transport.filter(|transport| transport.manners.transport).map(transport_event);
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
            transport.as_ref(),
        );
        let took = start.elapsed();
        status.map_err(|error| anyhow!("process() failed: {error}"))?;
        self.steady += u64::from(frames);
        self.input.clear();
        heard.clear();
        heard.extend(self.output.iter().map(read));
        Ok(took)
    }

    fn parts(&mut self) -> super::parts::Parts<'_> {
        self.halves()
    }

    fn is_silent(&self, frames: u32) -> bool {
        self.audio.iter().all(|channel| channel.iter().take(frames as usize).all(|&sample| sample == 0.0))
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

/// What a CLAP host says of its transport.
#[must_use]
pub fn transport_event(transport: &Transport) -> TransportEvent {
    let manners = &transport.manners;
    let beats = |place: Exact| BeatTime::from_bits(place.fixed_point());
    let tick = |tick: i64| beats(Exact::from(tick).per(QUARTER));
    let mut event = TransportEvent {
        header: EventHeader::new_core(0, EventFlags::IS_LIVE),
        flags: TransportFlags::empty(),
        song_pos_beats: BeatTime::from_bits(0),
        song_pos_seconds: SecondsTime::from_bits(0),
        tempo: 0.0,
        tempo_inc: 0.0,
        loop_start_beats: BeatTime::from_bits(0),
        loop_end_beats: BeatTime::from_bits(0),
        loop_start_seconds: SecondsTime::from_bits(0),
        loop_end_seconds: SecondsTime::from_bits(0),
        bar_start: BeatTime::from_bits(0),
        bar_number: 0,
        time_signature_numerator: 0,
        time_signature_denominator: 0,
    };
    event.flags.set(TransportFlags::IS_PLAYING, transport.playing);
    event.flags.set(TransportFlags::IS_RECORDING, transport.recording);
    if manners.tempo {
        event.flags |= TransportFlags::HAS_TEMPO;
        event.tempo = transport.bpm();
    }
    if manners.meter {
        event.flags |= TransportFlags::HAS_TIME_SIGNATURE;
        event.time_signature_numerator = u16::from(transport.bar.meter.numerator());
        event.time_signature_denominator = u16::from(transport.bar.meter.denominator());
    }
    if manners.samples {
        event.flags |= TransportFlags::HAS_SECONDS_TIMELINE;
        event.song_pos_seconds = SecondsTime::from_bits(transport.seconds.fixed_point());
    }
    if manners.beats {
        event.flags |= TransportFlags::HAS_BEATS_TIMELINE;
        event.song_pos_beats = beats(transport.told_beats());
        if manners.bar {
            event.bar_start = tick(transport.told_bar_start());
            event.bar_number = i32::try_from(transport.bar.number).unwrap_or(i32::MAX);
        }
        if let Some(looped) = transport.told_loop() {
            event.flags |= TransportFlags::IS_LOOP_ACTIVE;
            (event.loop_start_beats, event.loop_end_beats) = (tick(looped.start), tick(looped.end));
        }
    }
    event
}

fn push(buffer: &mut EventBuffer, parameters: &[Parameter], event: &Event) {
    let at = event.offset;
    let pckn =
        |channel: Channel, key: Key| Pckn::new(0_u16, u16::from(channel.get()), u16::from(key.get()), Match::All);
    match event.kind {
        Kind::On { channel, key, velocity } => {
            let velocity = f64::from(velocity.get()) / 127.0;
            buffer.push(&NoteOnEvent::new(at, pckn(channel, key), velocity));
        }
        Kind::Off { channel, key } => buffer.push(&NoteOffEvent::new(at, pckn(channel, key), 0.0)),
        Kind::Control { channel, number, value } => {
            let bytes = match number {
                Kind::PRESSURE => [0xd0 | channel.get(), value, 0],
                Kind::BEND => [0xe0 | channel.get(), 0, value],
                number => [0xb0 | channel.get(), number, value],
            };
            buffer.push(&MidiEvent::new(at, 0, bytes));
        }
        Kind::Parameter { index, share } => {
            if let Some(parameter) = parameters.get(usize::from(index)) {
                let id = ClapId::new(parameter.id);
                buffer.push(&ParamValueEvent::new(at, id, Pckn::match_all(), parameter.at(share)));
            }
        }
        // An active sensing message: a plugin has to bear with it.
        Kind::Other | Kind::Invalid => buffer.push(&MidiEvent::new(at, 0, [0xfe, 0, 0])),
    }
}

fn read(event: &clack_host::events::UnknownEvent) -> Event {
    let offset = event.header().time();
    let number = |value: Match<u16>| value.into_specific().map(i32::from);
    let kind = match event.as_core_event() {
        Some(CoreEventSpace::NoteOn(on)) => Kind::on(number(on.channel()), number(on.key()), on.velocity()),
        Some(CoreEventSpace::NoteOff(off)) => Kind::off(number(off.channel()), number(off.key())),
        Some(CoreEventSpace::Midi(midi)) => short_message(midi.data()),
        _ => Kind::Other,
    };
    Event { offset, kind }
}

/// What MIDI's own bytes say.
fn short_message([status, first, second]: [u8; 3]) -> Kind {
    let channel = status & 0x0f;
    let place = (Some(i32::from(channel)), Some(i32::from(first)));
    match status & 0xf0 {
        0x90 if second > 0 => Kind::on(place.0, place.1, f64::from(second) / 127.0),
        0x80 | 0x90 => Kind::off(place.0, place.1),
        0xb0 => Kind::control(channel, first, second),
        0xd0 => Kind::control(channel, Kind::PRESSURE, first),
        0xe0 => Kind::control(channel, Kind::BEND, second),
        _ => Kind::Other,
    }
}
