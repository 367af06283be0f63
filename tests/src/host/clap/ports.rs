//! Ports: the audio that a plugin wants to be given, and how notes are to be said.
#![expect(unsafe_code, reason = "CLAP is a C interface")]

use std::ffi::CStr;

use clack_extensions::audio_ports::{AudioPortInfoBuffer, PluginAudioPorts};
use clack_extensions::note_ports::{NoteDialect, NoteDialects, NotePortInfoBuffer, PluginNotePorts};
use clack_host::extensions::prelude::*;
use clack_host::prelude::*;
use clack_host::process::audio_buffers::InputChannel;
use clap_sys::ext::note_ports::{CLAP_EXT_NOTE_PORTS, CLAP_NOTE_DIALECT_MIDI, clap_host_note_ports};
use clap_sys::host::clap_host;

/// Audio ports in one direction, with their buffers.
pub(super) struct Audio {
    ports: Vec<Vec<Vec<f32>>>,
    raw: AudioPorts,
}

impl Audio {
    /// The ports that a plugin declares.
    pub(super) fn of<H: HostHandlers>(plugin: &mut PluginInstance<H>, inputs: bool) -> Self {
        let handle = plugin.plugin_handle();
        let mut ports = Vec::new();
        if let Some(extension) = handle.get_extension::<PluginAudioPorts>() {
            let mut buffer = AudioPortInfoBuffer::new();
            for index in 0..extension.count(&handle, inputs) {
                let info = extension.get(&handle, index, inputs, &mut buffer);
                let channels = info.map_or(0, |info| info.channel_count);
                ports.push(vec![Vec::new(); channels as usize]);
            }
        }
        let channels = ports.iter().map(Vec::len).sum();
        Self { raw: AudioPorts::with_capacity(channels, ports.len()), ports }
    }

    /// Makes them long enough.
    pub(super) fn resize(&mut self, frames: u32) {
        self.ports.iter_mut().flatten().for_each(|channel| channel.resize(frames as usize, 0.0));
    }

    /// Silence to be heard.
    pub(super) fn inputs(&mut self, frames: u32) -> InputAudioBuffers<'_> {
        if self.ports.is_empty() {
            // SAFETY: there is no buffer that could be shorter.
            // There is no other way to say how long a block without audio is.
            return unsafe { InputAudioBuffers::from_raw_buffers(&[], frames) };
        }
        self.raw.with_input_buffers(self.ports.iter_mut().map(|port| AudioPortBuffer {
            latency: 0,
            channels: AudioPortBufferType::f32_input_only(
                port.iter_mut().map(move |channel| InputChannel::constant(&mut channel[..frames as usize])),
            ),
        }))
    }

    /// Places to be filled. What was there before must not be what comes out.
    pub(super) fn outputs(&mut self, frames: u32) -> OutputAudioBuffers<'_> {
        self.raw.with_output_buffers(self.ports.iter_mut().map(|port| AudioPortBuffer {
            latency: 0,
            channels: AudioPortBufferType::f32_output_only(port.iter_mut().map(move |channel| {
                let places = &mut channel[..frames as usize];
                places.fill(1.0);
                places
            })),
        }))
    }

    /// The beginning of all of them.
    pub(super) fn samples(&self, frames: u32) -> Vec<Vec<f32>> {
        self.ports.iter().flatten().map(|channel| channel[..frames as usize].to_vec()).collect()
    }

    /// Is the beginning of all of them silent?
    pub(super) fn is_silent(&self, frames: u32) -> bool {
        self.ports.iter().flatten().all(|channel| super::super::is_silent(&channel[..frames as usize]))
    }
}

/// What a host tells that takes nothing but MIDI's own messages. clack-extensions 0.2 has it too, but hands out a
/// pointer to a pointer.
#[derive(Clone, Copy)]
pub(super) struct OnlyMidi;

// SAFETY: the name is that of the extension; nothing is read by way of this type.
unsafe impl Extension for OnlyMidi {
    const IDENTIFIERS: &[&CStr] = &[CLAP_EXT_NOTE_PORTS];
    type ExtensionSide = HostExtensionSide;

    unsafe fn from_raw(_raw: RawExtension<Self::ExtensionSide>) -> Self {
        Self
    }
}

// SAFETY: this is the extension's structure.
unsafe impl<H: HostHandlers> ExtensionImplementation<H> for OnlyMidi {
    const IMPLEMENTATION: RawExtensionImplementation = RawExtensionImplementation::new(&clap_host_note_ports {
        supported_dialects: Some(supported_dialects),
        rescan: Some(rescan),
    });
}

unsafe extern "C" fn supported_dialects(_host: *const clap_host) -> u32 {
    CLAP_NOTE_DIALECT_MIDI
}

unsafe extern "C" fn rescan(_host: *const clap_host, _flags: u32) {}

/// The dialect that a plugin prefers, of its first port in each direction.
pub(super) fn preferred<H: HostHandlers>(plugin: &mut PluginInstance<H>) -> [Option<NoteDialect>; 2] {
    let handle = plugin.plugin_handle();
    let mut buffer = NotePortInfoBuffer::new();
    let ports = handle.get_extension::<PluginNotePorts>();
    [true, false]
        .map(|is_input| ports.and_then(|ports| ports.get(&handle, 0, is_input, &mut buffer)?.preferred_dialect))
}

/// Does the plugin understand nothing but MIDI's own messages?
pub(super) fn wants_midi<H: HostHandlers>(plugin: &mut PluginInstance<H>) -> bool {
    let handle = plugin.plugin_handle();
    let mut buffer = NotePortInfoBuffer::new();
    let ports = handle.get_extension::<PluginNotePorts>();
    let first = ports.and_then(|ports| ports.get(&handle, 0, true, &mut buffer));
    first.is_some_and(|port| !port.supported_dialects.contains(NoteDialects::CLAP))
}
