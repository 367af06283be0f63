//! VST3's side of the small host.
//!
//! Everything happens on the thread that owns the instance, one call after the other, so the
//! host's own objects need no locks.
#![expect(unsafe_code, reason = "VST3 is a C++ interface")]

mod events;
mod library;
mod parameters;
mod parts;
mod stream;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail, ensure};
use band_player::status::StatusReport;
use vst3::Steinberg::Vst::BusDirections_::{kInput, kOutput};
use vst3::Steinberg::Vst::MediaTypes_::{kAudio, kEvent};
use vst3::Steinberg::Vst::ProcessContext_::StatesAndFlags_ as Told;
use vst3::Steinberg::Vst::ProcessModes_::{kOffline, kRealtime};
use vst3::Steinberg::Vst::SymbolicSampleSizes_::kSample32;
use vst3::Steinberg::Vst::{
    AudioBusBuffers, AudioBusBuffers__type0, BusInfo, IAudioProcessor, IAudioProcessorTrait, IComponent,
    IComponentTrait, IEditController, IEditControllerTrait, IEventList, IMidiMapping, IMidiMappingTrait,
    IParameterChanges, ParamID, ProcessContext, ProcessData, ProcessSetup,
};
use vst3::Steinberg::{IBStream, IPlugView, IPlugViewTrait, IPluginBaseTrait, ViewRect, kResultOk};
use vst3::{ComPtr, ComWrapper};

use super::{Parameter, Part, Transport};
use crate::event::{Event, Kind};
use crate::exact::Exact;
use crate::status;
use crate::timeline::QUARTER;
use events::Events;
use library::Library;
use parameters::Changes;
use stream::Stream;

/// How many controllers a channel has here: those of MIDI, the pressure and the bend.
const CONTROLLERS: usize = Kind::BEND as usize + 1;

/// A VST3 plugin's library, loaded.
#[derive(Debug)]
pub(super) struct Host {
    library: Rc<Library>,
    path: PathBuf,
}

/// One instance of a VST3 plugin.
pub(super) struct Instance {
    number: u32,
    path: PathBuf,
    processor: ComPtr<IAudioProcessor>,
    controller: ComPtr<IEditController>,
    /// A controller that is an object of its own has its own life.
    separate: bool,
    component: ComPtr<IComponent>,
    parameters: Vec<Parameter>,
    /// The parameter that stands for each controller of each channel.
    controls: Vec<Option<ParamID>>,
    events_in: ComWrapper<Events>,
    events_out: ComWrapper<Events>,
    changes_in: ComWrapper<Changes>,
    changes_out: ComWrapper<Changes>,
    inputs: Vec<Bus>,
    outputs: Vec<Bus>,
    /// The parameters that the main thread moves while another one processes.
    disturbed: Option<Vec<ParamID>>,
    offline: bool,
    set_ups: u32,
    active: bool,
    most_frames: u32,
    /// Last, because its code must outlive all of the above.
    _library: Rc<Library>,
}

/// An audio bus: so many channels.
struct Bus {
    channels: Vec<Vec<f32>>,
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Instance").field("active", &self.active).finish_non_exhaustive()
    }
}

impl Host {
    /// Loads a VST3 bundle from disk.
    ///
    /// # Errors
    /// If it is no VST3 plugin for this machine.
    pub(super) fn load(bundle: &Path) -> anyhow::Result<Self> {
        let path = crate::bundle::library(bundle);
        let library = Library::load(&path)
            .with_context(|| format!("{} is no VST3 plugin that can be loaded", bundle.display()))?;
        Ok(Self { library: Rc::new(library), path })
    }

    /// Makes an instance of the library's first plugin.
    ///
    /// # Errors
    /// If the plugin refuses.
    pub(super) fn instance(&self) -> anyhow::Result<Instance> {
        let (component, number) = super::numbered(&self.path, || self.library.component())?;
        // SAFETY: the component was just made and is initialised once, before all else; a host
        // need not offer it anything.
        ensure!(unsafe { component.initialize(std::ptr::null_mut()) } == kResultOk, "the plugin is not initialised");
        let processor = component.cast::<IAudioProcessor>().context("the plugin processes nothing")?;
        let (controller, separate) = match component.cast::<IEditController>() {
            Some(controller) => (controller, false),
            None => (self.library.controller_of(&component)?, true),
        };
        let parameters = parameters_of(&controller);
        let controls = controls_of(&controller);
        let stand_for_controls: HashSet<_> = controls.iter().flatten().copied().collect();
        let own = |parameter: &Parameter| !stand_for_controls.contains(&parameter.id);
        Ok(Instance {
            number,
            path: self.path.clone(),
            parameters: parameters.into_iter().filter(own).collect(),
            inputs: buses(&component, kInput),
            outputs: buses(&component, kOutput),
            processor,
            controller,
            separate,
            component,
            controls,
            events_in: ComWrapper::new(Events::default()),
            events_out: ComWrapper::new(Events::default()),
            changes_in: ComWrapper::new(Changes::default()),
            changes_out: ComWrapper::new(Changes::default()),
            disturbed: None,
            offline: false,
            set_ups: 2,
            active: false,
            most_frames: 0,
            _library: Rc::clone(&self.library),
        })
    }
}

impl Instance {
    fn mode(&self) -> i32 {
        signed(if self.offline { kOffline } else { kRealtime })
    }

    /// Puts one event where VST3 wants it.
    fn push(&self, event: &Event) {
        let at = i32::try_from(event.offset).unwrap_or(i32::MAX);
        match event.kind {
            Kind::Control { channel, number, value } => {
                let place = usize::from(channel.get()) * CONTROLLERS + usize::from(number);
                // The bend has fourteen bits, of which the upper seven are known.
                let value = if number == Kind::BEND {
                    f64::from(u16::from(value) << 7) / f64::from((1_u16 << 14) - 1)
                } else {
                    f64::from(value) / 127.0
                };
                if let Some(id) = self.controls.get(place).copied().flatten() {
                    self.changes_in.add(id, at, value);
                }
            }
            Kind::Parameter { index, share } => {
                if let Some(parameter) = self.parameters.get(usize::from(index)) {
                    self.changes_in.add(parameter.id, at, parameter.at(share));
                }
            }
            _ => self.events_in.add(event),
        }
    }
}

impl super::Instance for Instance {
    fn render_offline(&mut self, offline: bool) -> anyhow::Result<()> {
        self.offline = offline;
        Ok(())
    }

    fn set_up_times(&mut self, times: u32) {
        self.set_ups = times;
    }

    fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    fn set(&mut self, name: &str, text: &str) -> anyhow::Result<()> {
        let id = super::named(&self.parameters, name)?.id;
        let mut text16: Vec<u16> = text.encode_utf16().chain([0]).collect();
        let mut value = 0.0;
        // SAFETY: the text is terminated and outlives the call, as does the value.
        let understood =
            unsafe { self.controller.getParamValueByString(id, text16.as_mut_ptr(), &raw mut value) } == kResultOk;
        ensure!(understood, "the parameter \"{name}\" cannot be \"{text}\"");
        // SAFETY: a plain call with numbers.
        ensure!(unsafe { self.controller.setParamNormalized(id, value) } == kResultOk, "\"{name}\" cannot be set");
        if self.active || self.separate {
            self.changes_in.add(id, 0, value);
        }
        Ok(())
    }

    fn get(&mut self, name: &str) -> anyhow::Result<String> {
        let parameter = super::named(&self.parameters, name)?;
        let id = parameter.id;
        let mut text = [0; 128];
        // SAFETY: the place for the text has the length that the interface asks for.
        let shown = unsafe {
            let value = self.controller.getParamNormalized(id);
            self.controller.getParamStringByValue(id, value, &raw mut text)
        };
        ensure!(shown == kResultOk, "the parameter \"{name}\" shows no value");
        Ok(parameters::text(&text) + &parameter.unit)
    }

    fn save(&mut self) -> anyhow::Result<Vec<u8>> {
        let stream = ComWrapper::new(Stream::default());
        let raw = stream.as_com_ref::<IBStream>().context("a stream")?.as_ptr();
        // SAFETY: the stream outlives the call.
        ensure!(unsafe { self.component.getState(raw) } == kResultOk, "the plugin could not save its state");
        Ok(stream.bytes())
    }

    fn load(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        let stream = ComWrapper::new(Stream::new(bytes));
        let raw = stream.as_com_ref::<IBStream>().context("a stream")?.as_ptr();
        // SAFETY: the stream outlives the calls.
        unsafe {
            ensure!(self.component.setState(raw) == kResultOk, "the plugin refused the state");
            stream.rewind();
            // A controller of its own hears of it so; one that is the component may ignore it.
            let _heard = self.controller.setComponentState(raw);
        }
        Ok(())
    }

    fn load_band(&mut self, path: &Path) -> anyhow::Result<()> {
        // CLAP's state has eight bytes of length first.
        let saved = self.save()?;
        let mut framed = (saved.len() as u64).to_le_bytes().to_vec();
        framed.extend(saved);
        let state = super::state_with_band(&framed, path)?;
        self.load(state.get(8..).context("a state")?)
    }

    fn activate(&mut self, rate: u32, most_frames: u32) -> anyhow::Result<()> {
        ensure!(!self.active, "the plugin is active already");
        let mut setup = ProcessSetup {
            processMode: self.mode(),
            symbolicSampleSize: signed(kSample32),
            maxSamplesPerBlock: i32::try_from(most_frames.max(1))?,
            sampleRate: f64::from(rate),
        };
        // SAFETY: the setup outlives the calls, which come in the order that VST3 prescribes:
        // while the plugin is inactive, then activation, then processing.
        unsafe {
            for _ in 0..self.set_ups.max(1) {
                ensure!(self.processor.setupProcessing(&raw mut setup) == kResultOk, "the plugin refused the rate");
            }
            for (kind, buses) in [(kAudio, [&self.inputs, &self.outputs]), (kEvent, [&Vec::new(), &Vec::new()])] {
                for (direction, known) in [kInput, kOutput].into_iter().zip(buses) {
                    let events = self.component.getBusCount(signed(kind), signed(direction));
                    let count = if kind == kEvent { events } else { i32::try_from(known.len())? };
                    for index in 0..count {
                        // A bus that cannot be switched is on.
                        let _on = self.component.activateBus(signed(kind), signed(direction), index, 1);
                    }
                }
            }
            ensure!(self.component.setActive(1) == kResultOk, "the plugin could not be activated");
            // Plugins may have nothing to do here.
            let _started = self.processor.setProcessing(1);
        }
        self.active = true;
        self.most_frames = most_frames;
        for channel in self.inputs.iter_mut().chain(&mut self.outputs).flat_map(|bus| &mut bus.channels) {
            channel.resize(most_frames as usize, 0.0);
        }
        Ok(())
    }

    fn deactivate(&mut self) {
        if std::mem::take(&mut self.active) {
            // SAFETY: the plugin is active and nothing else calls it.
            unsafe {
                let _stopped = self.processor.setProcessing(0);
                let _inactive = self.component.setActive(0);
            }
        }
    }

    fn reset(&mut self) {
        if self.active {
            // SAFETY: the plugin is active and nothing else calls it. VST3 knows no other reset.
            unsafe {
                let _stopped = self.processor.setProcessing(0);
                let _started = self.processor.setProcessing(1);
            }
        }
    }

    fn status(&self) -> anyhow::Result<StatusReport> {
        status::ask(&self.path, self.number)
    }

    fn limit_output(&mut self, most: usize) {
        self.events_out.room.set(most);
    }

    fn refused(&self) -> usize {
        self.events_out.refused.get()
    }

    fn disturb(&mut self, parameters: Option<&[u16]>) {
        let id = |&index: &u16| Some(self.parameters.get(usize::from(index))?.id);
        self.disturbed = parameters.map(|parameters| parameters.iter().filter_map(id).collect());
    }

    fn glance_at_editor(&mut self) -> anyhow::Result<bool> {
        // SAFETY: the name is a terminated text; the view, if there is one, is handed over to us.
        unsafe {
            let view = self.controller.createView(c"editor".as_ptr());
            let Some(view) = ComPtr::<IPlugView>::from_raw(view) else { return Ok(false) };
            let mut size: ViewRect = std::mem::zeroed();
            ensure!(view.getSize(&raw mut size) == kResultOk, "the editor has no size");
            ensure!(size.right > size.left && size.bottom > size.top, "the editor is empty");
            Ok(true)
        }
    }

    fn process_parts(
        &mut self,
        parts: &[Part<'_>],
        events: &[Event],
        heard: &mut Vec<Event>,
    ) -> anyhow::Result<Duration> {
        let (mut all, mut took) = (std::mem::take(heard), Duration::ZERO);
        all.clear();
        let mut start = 0;
        for (index, part) in parts.iter().enumerate() {
            let end = start + part.frames;
            let last = index + 1 == parts.len();
            let here = events.iter().filter(|event| event.offset >= start && (event.offset < end || last));
            let here: Vec<_> = here.map(|event| Event { offset: event.offset - start, ..*event }).collect();
            took += self.process_part(part, &here, heard)?;
            // One that lies outside its part does so outside the block.
            let inside = |event: &Event| event.offset < part.frames;
            let place = |event: Event| if inside(&event) { event.offset + start } else { u32::MAX };
            all.extend(heard.iter().map(|&event| Event { offset: place(event), ..event }));
            start = end;
        }
        *heard = all;
        self.events_out.room.set(usize::MAX);
        Ok(took)
    }

    fn parts(&mut self) -> super::parts::Parts<'_> {
        self.halves()
    }

    fn is_silent(&self, frames: u32) -> bool {
        let mut channels = self.outputs.iter().flat_map(|bus| &bus.channels);
        channels.all(|channel| super::is_silent(&channel[..frames as usize]))
    }
}

impl Instance {
    /// One call of `process()`.
    fn process_part(&mut self, part: &Part<'_>, events: &[Event], heard: &mut Vec<Event>) -> anyhow::Result<Duration> {
        let Part { frames, transport } = *part;
        ensure!(self.active, "the plugin is not active");
        if frames > self.most_frames {
            bail!("a block of {frames} is longer than was agreed");
        }
        for event in events {
            self.push(event);
        }
        self.events_out.clear();
        self.changes_out.clear();
        let length = frames as usize;
        // What was there before must not be what comes out: the plugin writes silence itself.
        self.outputs.iter_mut().flat_map(|bus| &mut bus.channels).for_each(|channel| channel[..length].fill(1.0));
        let mut pointers: [Vec<Vec<*mut f32>>; 2] = [&mut self.inputs, &mut self.outputs].map(|buses| {
            buses.iter_mut().map(|bus| bus.channels.iter_mut().map(|c| c.as_mut_ptr()).collect()).collect()
        });
        let mut buses = pointers.each_mut().map(|buses| {
            let bus = |channels: &mut Vec<*mut f32>| AudioBusBuffers {
                numChannels: i32::try_from(channels.len()).unwrap_or(0),
                silenceFlags: 0,
                __field0: AudioBusBuffers__type0 { channelBuffers32: channels.as_mut_ptr() },
            };
            buses.iter_mut().map(bus).collect::<Vec<_>>()
        });
        let [inputs, outputs] = &mut buses;
        let mut context = transport.filter(|transport| transport.manners.transport).map(process_context);
        let list = |events: &ComWrapper<Events>| {
            events.as_com_ref::<IEventList>().map_or(std::ptr::null_mut(), |list| list.as_ptr())
        };
        let changes = |changes: &ComWrapper<Changes>| {
            changes.as_com_ref::<IParameterChanges>().map_or(std::ptr::null_mut(), |changes| changes.as_ptr())
        };
        let mut data = ProcessData {
            processMode: self.mode(),
            symbolicSampleSize: signed(kSample32),
            numSamples: i32::try_from(frames)?,
            numInputs: i32::try_from(inputs.len())?,
            numOutputs: i32::try_from(outputs.len())?,
            inputs: inputs.as_mut_ptr(),
            outputs: outputs.as_mut_ptr(),
            inputParameterChanges: changes(&self.changes_in),
            outputParameterChanges: changes(&self.changes_out),
            inputEvents: list(&self.events_in),
            outputEvents: list(&self.events_out),
            processContext: context.as_mut().map_or(std::ptr::null_mut(), |context| &raw mut *context),
        };
        let (result, took) = match &self.disturbed {
            None => ProcessCall { processor: self.processor.as_ptr(), data: &raw mut data }.make(),
            Some(parameters) => self.process_disturbed(&mut data, parameters)?,
        };
        self.events_in.clear();
        self.changes_in.clear();
        ensure!(result == kResultOk, "process() failed: {result}");
        heard.clear();
        self.events_out.read(heard);
        Ok(took)
    }

    /// The same on another thread, while this one moves and shows parameters, and saves.
    fn process_disturbed(&self, data: &mut ProcessData, parameters: &[ParamID]) -> anyhow::Result<(i32, Duration)> {
        let call = ProcessCall { processor: self.processor.as_ptr(), data: &raw mut *data };
        std::thread::scope(|scope| {
            // The whole call moves to the thread, not its parts.
            let audio = scope.spawn(move || {
                let call = call;
                call.make()
            });
            let mut value = 0.0;
            loop {
                for &id in parameters {
                    value = (value + 0.37) % 1.0;
                    let mut text = [0; 128];
                    // SAFETY: plain numbers, and a place for a text of the length that is asked for.
                    unsafe {
                        let _set = self.controller.setParamNormalized(id, value);
                        let now = self.controller.getParamNormalized(id);
                        let _shown = self.controller.getParamStringByValue(id, now, &raw mut text);
                    }
                }
                let stream = ComWrapper::new(Stream::default());
                let raw = stream.as_com_ref::<IBStream>().context("a stream")?.as_ptr();
                // SAFETY: the stream outlives the call.
                let _saved = unsafe { self.component.getState(raw) };
                if audio.is_finished() {
                    return audio.join().map_err(|_| anyhow!("the audio thread panicked"));
                }
            }
        })
    }
}

/// A call of `process()`, for whichever thread.
struct ProcessCall {
    processor: *mut IAudioProcessor,
    data: *mut ProcessData,
}

// SAFETY: VST3 lets any one thread process. What the pointers lead to outlives the call, and while
// it lasts no other thread touches the data.
unsafe impl Send for ProcessCall {}

impl ProcessCall {
    fn make(self) -> (i32, Duration) {
        let start = Instant::now();
        // SAFETY: whoever made this keeps the plugin alive and active, and all that the data
        // points to, with the counts and lengths that it says.
        let result = unsafe { ((*(*self.processor).vtbl).process)(self.processor, self.data) };
        (result, start.elapsed())
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        super::Instance::deactivate(self);
        // SAFETY: each was initialised once, and this is the last that happens to them.
        unsafe {
            if self.separate {
                let _ended = self.controller.terminate();
            }
            let _ended = self.component.terminate();
        }
    }
}

/// What a VST3 host says of its transport.
fn process_context(transport: &Transport) -> ProcessContext {
    // SAFETY: plain numbers, for all of which 0 is a value.
    let mut context: ProcessContext = unsafe { std::mem::zeroed() };
    let manners = &transport.manners;
    let quarters = |tick: i64| Exact::from(tick).per(QUARTER).value();
    let mut told = |flag: u32, is: bool| {
        if is {
            context.state |= flag
        }
    };
    told(Told::kPlaying, transport.playing);
    told(Told::kRecording, transport.recording);
    told(Told::kTempoValid, manners.tempo);
    told(Told::kTimeSigValid, manners.meter);
    told(Told::kProjectTimeMusicValid, manners.beats);
    told(Told::kBarPositionValid, manners.bar);
    told(Told::kCycleActive | Told::kCycleValid, transport.told_loop().is_some());
    told(Told::kContTimeValid, true);
    context.sampleRate = f64::from(transport.rate);
    // There is no way to leave it out.
    context.projectTimeSamples = transport.samples();
    context.continousTimeSamples = transport.samples();
    if manners.tempo {
        context.tempo = transport.bpm();
    }
    if manners.meter {
        context.timeSigNumerator = i32::from(transport.bar.meter.numerator());
        context.timeSigDenominator = i32::from(transport.bar.meter.denominator());
    }
    if manners.beats {
        context.projectTimeMusic = transport.told_beats().value();
    }
    if manners.bar {
        context.barPositionMusic = quarters(transport.told_bar_start());
    }
    if let Some(looped) = transport.told_loop() {
        (context.cycleStartMusic, context.cycleEndMusic) = (quarters(looped.start), quarters(looped.end));
    }
    context
}

/// The audio buses of a component in one direction.
fn buses(component: &ComPtr<IComponent>, direction: u32) -> Vec<Bus> {
    // SAFETY: the component is initialised; the info is plain numbers and outlives the call.
    unsafe {
        let count = component.getBusCount(signed(kAudio), signed(direction));
        let channels = |index| {
            let mut info: BusInfo = std::mem::zeroed();
            let known = component.getBusInfo(signed(kAudio), signed(direction), index, &raw mut info) == kResultOk;
            if known { usize::try_from(info.channelCount).unwrap_or(0) } else { 0 }
        };
        (0..count).map(|index| Bus { channels: vec![Vec::new(); channels(index)] }).collect()
    }
}

/// All parameters, those for controllers too.
fn parameters_of(controller: &ComPtr<IEditController>) -> Vec<Parameter> {
    // SAFETY: the controller is initialised; the info is plain numbers and outlives the call.
    unsafe {
        (0..controller.getParameterCount())
            .filter_map(|index| {
                let mut info = std::mem::zeroed();
                (controller.getParameterInfo(index, &raw mut info) == kResultOk).then(|| Parameter {
                    name: parameters::text(&info.title),
                    unit: parameters::text(&info.units),
                    id: info.id,
                    min: 0.0,
                    max: 1.0,
                })
            })
            .collect()
    }
}

/// The parameters that stand for controllers, channel by channel.
fn controls_of(controller: &ComPtr<IEditController>) -> Vec<Option<ParamID>> {
    let Some(mapping) = controller.cast::<IMidiMapping>() else { return Vec::new() };
    let of = |channel: i16, number: i16| {
        let mut id = 0;
        // SAFETY: the id outlives the call.
        let known = unsafe { mapping.getMidiControllerAssignment(0, channel, number, &raw mut id) } == kResultOk;
        known.then_some(id)
    };
    let numbers = 0..=i16::from(Kind::BEND);
    (0..16).flat_map(|channel| numbers.clone().map(move |number| of(channel, number))).collect()
}

/// VST3's enumerations as the signed numbers that its functions take.
fn signed(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(0)
}
