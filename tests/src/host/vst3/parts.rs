//! A VST3 instance in two halves.

use std::time::{Duration, Instant};

use anyhow::ensure;
use vst3::Steinberg::Vst::SymbolicSampleSizes_::kSample32;
use vst3::Steinberg::Vst::{
    AudioBusBuffers, AudioBusBuffers__type0, IAudioProcessor, IAudioProcessorTrait, IEventList, ProcessData,
};
use vst3::Steinberg::kResultOk;
use vst3::{ComPtr, ComWrapper};

use super::call::process_context;
use super::events::Events;
use super::window::View;
use super::{Instance, signed};
use crate::event::Event;
use crate::host::Transport;
use crate::host::parts::{Blocks, Parts};

/// The most samples of a block here.
const MOST_FRAMES: usize = 16_384;

struct Half<'a> {
    processor: &'a ComPtr<IAudioProcessor>,
    mode: i32,
    audio: [Vec<f32>; 2],
}

impl Instance {
    /// Both halves.
    pub(in crate::host) fn halves(&mut self) -> Parts<'_> {
        let audio = [vec![0.0; MOST_FRAMES], vec![0.0; MOST_FRAMES]];
        let half = Half { processor: &self.processor, mode: self.mode(), audio };
        let half = self.active.then(|| Box::new(half) as Box<dyn Blocks + '_>);
        (half, Box::new(View::new(self.controller.clone(), false)))
    }
}

impl Blocks for Half<'_> {
    fn process(
        &mut self,
        frames: u32,
        transport: &Transport,
        events: &[Event],
        heard: &mut Vec<Event>,
    ) -> anyhow::Result<Duration> {
        // Made anew for each block: they are not to be sent to another thread.
        let (input, output) = (ComWrapper::new(Events::default()), ComWrapper::new(Events::default()));
        events.iter().for_each(|event| input.add(event));
        let mut pointers = self.audio.each_mut().map(|channel| channel.as_mut_ptr());
        let mut bus = AudioBusBuffers {
            numChannels: 2,
            silenceFlags: 0,
            __field0: AudioBusBuffers__type0 { channelBuffers32: pointers.as_mut_ptr() },
        };
        let list = |events: &ComWrapper<Events>| {
            events.as_com_ref::<IEventList>().map_or(std::ptr::null_mut(), |list| list.as_ptr())
        };
        let mut context = process_context(transport);
        let mut data = ProcessData {
            processMode: self.mode,
            symbolicSampleSize: signed(kSample32),
            numSamples: i32::try_from(frames)?,
            numInputs: 0,
            numOutputs: 1,
            inputs: std::ptr::null_mut(),
            outputs: &raw mut bus,
            inputParameterChanges: std::ptr::null_mut(),
            outputParameterChanges: std::ptr::null_mut(),
            inputEvents: list(&input),
            outputEvents: list(&output),
            processContext: &raw mut context,
        };
        let start = Instant::now();
        // SAFETY: all that `data` points to lives in this function or in `self`; the plugin is
        // active, and only this half processes.
        let result = unsafe { self.processor.process(&raw mut data) };
        let took = start.elapsed();
        ensure!(result == kResultOk, "process() failed: {result}");
        heard.clear();
        output.read(heard);
        Ok(took)
    }
}
