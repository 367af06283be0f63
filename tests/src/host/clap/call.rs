//! Calls of a CLAP plugin's `process()`.

use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use clack_extensions::params::PluginParams;
use clack_extensions::state::PluginState;
use clack_host::events::event_types::TransportEvent;
use clack_host::events::io::OutputEvents;
use clack_host::prelude::*;

use super::events::{self, Output};
use super::{Handlers, Instance, transport};
use crate::event::Event;
use crate::host::{Dialects, Part};

impl Instance {
    /// One call, in which the transport is said anew at the start of each part.
    pub(super) fn call(
        &mut self,
        parts: &[Part<'_>],
        events: &[Event],
        heard: &mut Vec<Event>,
    ) -> anyhow::Result<Duration> {
        let processor = self.processor.as_mut().context("the plugin is not active")?;
        let frames = parts.iter().map(|part| part.frames).sum();
        if frames > self.most_frames {
            bail!("a block of {frames} is longer than was agreed");
        }
        let midi = self.wants_midi || self.speaks_midi || self.dialects != Dialects::Any;
        let mut events = events.iter().peekable();
        let (mut start, mut first) = (0, None);
        for part in parts {
            let told = part.transport.filter(|transport| transport.manners.transport);
            let told = told.map(|transport| transport::transport_event_at(transport, start));
            if start == 0 {
                first = told;
            } else if let Some(told) = told {
                self.input.push(&told);
            }
            start += part.frames;
            while let Some(event) = events.next_if(|event| event.offset < start || start == frames) {
                events::push(&mut self.input, &self.parameters, event, midi);
            }
        }
        self.output.clear();
        let mut call = Call {
            inputs: self.audio_in.inputs(frames),
            outputs: self.audio_out.outputs(frames),
            input: &self.input,
            output: &mut self.output,
            steady: self.steady,
            transport: first.as_ref(),
        };
        let (status, took) = match &self.disturbed {
            None => call.make(processor),
            Some(parameters) => {
                let handle = self.plugin.plugin_handle();
                let parameters = parameters.iter().filter_map(|&index| self.parameters.get(usize::from(index)));
                let ids: Vec<_> = parameters.map(|parameter| ClapId::new(parameter.id)).collect();
                std::thread::scope(|scope| {
                    let audio = scope.spawn(|| call.make(processor));
                    loop {
                        look_around(&handle, &ids);
                        if audio.is_finished() {
                            break audio.join().map_err(|_| anyhow!("the audio thread panicked"));
                        }
                    }
                })?
            }
        };
        status.map_err(|error| anyhow!("process() failed: {error}"))?;
        self.steady += u64::from(frames);
        self.input.clear();
        self.output.room = usize::MAX;
        heard.clear();
        heard.extend(self.output.read());
        Ok(took)
    }
}

/// What a call of `process()` is given.
struct Call<'a> {
    inputs: InputAudioBuffers<'a>,
    outputs: OutputAudioBuffers<'a>,
    input: &'a EventBuffer,
    output: &'a mut Output,
    steady: u64,
    transport: Option<&'a TransportEvent>,
}

impl Call<'_> {
    fn make(
        &mut self,
        processor: &mut StartedPluginAudioProcessor<Handlers>,
    ) -> (Result<ProcessStatus, PluginInstanceError>, Duration) {
        let start = std::time::Instant::now();
        let Self { inputs, outputs, input, output, steady, transport } = self;
        let mut said = OutputEvents::from_buffer(*output);
        let status = processor.process(inputs, outputs, &input.as_input(), &mut said, Some(*steady), *transport);
        (status, start.elapsed())
    }
}

/// What a host's window does on the main thread while the plugin processes: it shows parameters,
/// and saves.
fn look_around(handle: &PluginMainThreadHandle<'_>, ids: &[ClapId]) {
    if let Some(params) = handle.get_extension::<PluginParams>() {
        let mut buffer = [0; 256];
        for &id in ids {
            let value = params.get_value(handle, id).unwrap_or(0.0);
            let _text = params.value_to_text(handle, id, value, &mut buffer);
        }
    }
    if let Some(state) = handle.get_extension::<PluginState>() {
        let _saved = state.save(handle, &mut Vec::new());
    }
}
