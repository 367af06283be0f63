//! VST3's side of the small host.
//!
//! Everything happens on the thread that owns the instance, one call after the other, so the
//! host's own objects need no locks.
#![expect(unsafe_code, reason = "VST3 is a C++ interface")]

mod call;
mod events;
mod frame;
mod inventory;
mod library;
mod parameters;
mod parts;
mod remote;
mod stream;
mod window;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, ensure};
use band_player::status::StatusReport;
use vst3::Steinberg::Vst::BusDirections_::{kInput, kOutput};
use vst3::Steinberg::Vst::MediaTypes_::{kAudio, kEvent};
use vst3::Steinberg::Vst::ProcessModes_::{kOffline, kRealtime};
use vst3::Steinberg::Vst::SymbolicSampleSizes_::kSample32;
use vst3::Steinberg::Vst::{
    IAudioProcessor, IAudioProcessorTrait, IComponent, IComponentTrait, IEditController, IEditControllerTrait, ParamID,
    ProcessSetup,
};
use vst3::Steinberg::{IBStream, IPlugView, IPlugViewTrait, IPluginBaseTrait, ViewRect, kResultOk};
use vst3::{ComPtr, ComWrapper};

use super::{Parameter, Part};
use crate::checker::Order;
use crate::event::Event;
use crate::status;
use events::Events;
use inventory::{buses, controls_of, parameters_of};
use library::Library;
use parameters::Changes;
use stream::Stream;

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

    /// The names of the library's plugins.
    pub(super) fn plugins(&self) -> Vec<String> {
        self.library.plugins()
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
}

impl super::Instance for Instance {
    fn render_offline(&mut self, offline: bool) -> anyhow::Result<()> {
        self.offline = offline;
        Ok(())
    }

    fn order(&self) -> Order {
        Order::ControlsFirst
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
        let state = super::state_with_band(&framed(&self.save()?), path)?;
        self.load(state.get(8..).context("a state")?)
    }

    fn load_chart(&mut self, chart: &str) -> anyhow::Result<()> {
        let state = super::state_with_chart(&framed(&self.save()?), chart)?;
        self.load(state.get(8..).context("a state")?)
    }

    fn load_kit(&mut self, kit: &str) -> anyhow::Result<()> {
        let state = super::state_with_kit(&framed(&self.save()?), kit)?;
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

    fn audio(&self, frames: u32) -> Vec<Vec<f32>> {
        let channels = self.outputs.iter().flat_map(|bus| &bus.channels);
        channels.map(|channel| channel[..frames as usize].to_vec()).collect()
    }

    unsafe fn remote(&self) -> Option<Box<dyn super::remote::Remote>> {
        // SAFETY: the caller keeps this instance, and it the plugin.
        let remote = unsafe { remote::Vst3Remote::new(&self.component, &self.controller, self.parameters.clone()) };
        Some(Box::new(remote))
    }

    unsafe fn editor(&self) -> Option<Box<dyn super::parts::Editor>> {
        Some(Box::new(window::View::new(self.controller.clone(), true)))
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

/// VST3's enumerations as the signed numbers that its functions take.
fn signed(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(0)
}

/// A saved state as CLAP has it: eight bytes of length come first.
fn framed(saved: &[u8]) -> Vec<u8> {
    let mut framed = (saved.len() as u64).to_le_bytes().to_vec();
    framed.extend(saved);
    framed
}
