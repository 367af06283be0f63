//! A VST3 instance in two halves.

use std::ffi::c_void;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use vst3::ComPtr;
use vst3::Steinberg::Vst::SymbolicSampleSizes_::kSample32;
use vst3::Steinberg::Vst::{
    AudioBusBuffers, AudioBusBuffers__type0, IAudioProcessor, IAudioProcessorTrait, IEditControllerTrait, IEventList,
    ProcessData,
};
use vst3::Steinberg::{IPlugView, IPlugViewTrait, ViewRect, kPlatformTypeX11EmbedWindowID, kResultOk};
use vst3::{ComRef, ComWrapper};

use super::call::process_context;
use super::events::Events;
use super::{Instance, signed};
use crate::event::Event;
use crate::host::Transport;
use crate::host::parts::{Blocks, Editor, Parts};

/// The most samples of a block here.
const MOST_FRAMES: usize = 16_384;

struct Half<'a> {
    processor: &'a ComPtr<IAudioProcessor>,
    mode: i32,
    audio: [Vec<f32>; 2],
}

struct View<'a> {
    controller: ComRef<'a, vst3::Steinberg::Vst::IEditController>,
    view: Option<ComPtr<IPlugView>>,
}

impl Instance {
    /// Both halves.
    pub(in crate::host) fn halves(&mut self) -> Parts<'_> {
        let audio = [vec![0.0; MOST_FRAMES], vec![0.0; MOST_FRAMES]];
        let half = Half { processor: &self.processor, mode: self.mode(), audio };
        let half = self.active.then(|| Box::new(half) as Box<dyn Blocks + '_>);
        (half, Box::new(View { controller: self.controller.as_com_ref(), view: None }))
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

impl Editor for View<'_> {
    fn open(&mut self, parent: u32) -> anyhow::Result<(u32, u32)> {
        let mut size = ViewRect { left: 0, top: 0, right: 0, bottom: 0 };
        // SAFETY: the view is handed over to us; the window lives until it is removed.
        unsafe {
            let view = ComPtr::from_raw(self.controller.createView(c"editor".as_ptr())).context("no editor")?;
            ensure!(view.getSize(&raw mut size) == kResultOk, "the editor has no size");
            let attached = view.attached(parent as usize as *mut c_void, kPlatformTypeX11EmbedWindowID);
            ensure!(attached == kResultOk, "the editor could not be attached");
            self.view = Some(view);
        }
        Ok((u32::try_from(size.right - size.left)?, u32::try_from(size.bottom - size.top)?))
    }

    fn resize(&mut self, width: u32, height: u32) -> anyhow::Result<()> {
        let view = self.view.as_ref().context("the editor is closed")?;
        let mut size = ViewRect { left: 0, top: 0, right: i32::try_from(width)?, bottom: i32::try_from(height)? };
        // SAFETY: the rectangle outlives the call.
        ensure!(unsafe { view.onSize(&raw mut size) } == kResultOk, "the editor cannot have this size");
        Ok(())
    }

    fn close(&mut self) {
        if let Some(view) = self.view.take() {
            // SAFETY: it is attached, and this is the last that happens to it.
            unsafe {
                let _removed = view.removed();
            }
        }
    }
}

impl Drop for View<'_> {
    fn drop(&mut self) {
        self.close();
    }
}
