//! A CLAP instance in two halves.

use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, ensure};
use clack_extensions::gui::{GuiApiType, GuiConfiguration, PluginGui};
use clack_host::events::io::OutputEvents;
use clack_host::prelude::*;

use super::events::{Output, push};
use super::window::Gui;
use super::{Handlers, Instance, transport_event};
use crate::event::Event;
use crate::host::parts::{Blocks, Parts};
use crate::host::{Parameter, Transport};

/// The most samples of a block here.
const MOST_FRAMES: usize = 16_384;

struct Half<'a> {
    processor: &'a mut StartedPluginAudioProcessor<Handlers>,
    parameters: &'a [Parameter],
    input: EventBuffer,
    output: Output,
    ports: AudioPorts,
    audio: [Vec<f32>; 2],
    steady: u64,
}

impl Instance {
    /// Both halves.
    pub(in crate::host) fn halves(&mut self) -> Parts<'_> {
        let half = self.processor.as_mut().map(|processor| Half {
            processor,
            parameters: &self.parameters,
            input: EventBuffer::with_capacity(256),
            output: Output::new(self.dialects),
            ports: AudioPorts::with_capacity(2, 1),
            audio: [vec![0.0; MOST_FRAMES], vec![0.0; MOST_FRAMES]],
            steady: self.steady,
        });
        let half = half.map(|half| Box::new(half) as Box<dyn Blocks + '_>);
        let called = std::sync::Arc::clone(&self.called);
        // SAFETY: both halves borrow the instance, which keeps the plugin.
        #[expect(unsafe_code, reason = "a lifetime that the types do not tell")]
        let gui = unsafe { Gui::new(self.plugin.raw_instance(), called) };
        (half, Box::new(gui))
    }
}

impl Instance {
    /// Makes the editor and ends it again, without a window.
    pub(super) fn glance(&mut self) -> anyhow::Result<bool> {
        let handle = self.plugin.plugin_handle();
        let api = GuiApiType::default_for_current_platform();
        let (Some(gui), Some(api_type)) = (handle.get_extension::<PluginGui>(), api) else { return Ok(false) };
        let configuration = GuiConfiguration { api_type, is_floating: false };
        if !gui.is_api_supported(&handle, configuration) {
            return Ok(false);
        }
        if let Err(error) = gui.create(&handle, configuration) {
            // An editor may refuse where there is no display, and only there.
            ensure!(!has_display(), "the editor does not open: {error}");
            return Ok(false);
        }
        let size = gui.get_size(&handle);
        gui.destroy(&handle);
        let size = size.context("the editor has no size")?;
        ensure!(size.width > 0 && size.height > 0, "the editor is empty");
        Ok(true)
    }
}

/// Is there a screen for windows? Everywhere but where X11 is asked for one.
fn has_display() -> bool {
    !cfg!(all(unix, not(target_os = "macos"))) || std::env::var_os("DISPLAY").is_some_and(|display| !display.is_empty())
}

impl Blocks for Half<'_> {
    fn process(
        &mut self,
        frames: u32,
        transport: &Transport,
        events: &[Event],
        heard: &mut Vec<Event>,
    ) -> anyhow::Result<Duration> {
        for event in events {
            push(&mut self.input, self.parameters, event, false);
        }
        self.output.clear();
        let length = frames as usize;
        let [left, right] = &mut self.audio;
        let channels = [&mut left[..length], &mut right[..length]];
        let mut audio = self.ports.with_output_buffers([AudioPortBuffer {
            latency: 0,
            channels: AudioPortBufferType::f32_output_only(channels.into_iter()),
        }]);
        let transport = transport_event(transport);
        let start = Instant::now();
        let status = self.processor.process(
            &InputAudioBuffers::empty(),
            &mut audio,
            &self.input.as_input(),
            &mut OutputEvents::from_buffer(&mut self.output),
            Some(self.steady),
            Some(&transport),
        );
        let took = start.elapsed();
        status.map_err(|error| anyhow!("process() failed: {error}"))?;
        self.steady += u64::from(frames);
        self.input.clear();
        heard.clear();
        heard.extend(self.output.read());
        Ok(took)
    }
}
