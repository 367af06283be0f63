//! Calls of a VST3 plugin's `process()`: what it is given, and on which thread.

use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail, ensure};
use vst3::ComWrapper;
use vst3::Steinberg::Vst::ProcessContext_::StatesAndFlags_ as Told;
use vst3::Steinberg::Vst::SymbolicSampleSizes_::kSample32;
use vst3::Steinberg::Vst::{
    AudioBusBuffers, AudioBusBuffers__type0, IAudioProcessor, IComponentTrait, IEditControllerTrait, IEventList,
    IParameterChanges, ParamID, ProcessContext, ProcessData,
};
use vst3::Steinberg::{IBStream, kResultOk};

use super::events::Events;
use super::inventory::CONTROLLERS;
use super::parameters::Changes;
use super::stream::Stream;
use super::{Instance, signed};
use crate::event::{Event, Kind};
use crate::exact::Exact;
use crate::host::{Part, Transport};
use crate::timeline::QUARTER;

impl Instance {
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

    /// One call of `process()`.
    pub(super) fn process_part(
        &mut self,
        part: &Part<'_>,
        events: &[Event],
        heard: &mut Vec<Event>,
    ) -> anyhow::Result<Duration> {
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

/// What a VST3 host says of its transport.
pub(super) fn process_context(transport: &Transport) -> ProcessContext {
    // SAFETY: plain numbers, for all of which 0 is a value.
    let mut context: ProcessContext = unsafe { std::mem::zeroed() };
    let transport = transport.as_said();
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
