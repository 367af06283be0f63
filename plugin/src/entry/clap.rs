//! The entry for CLAP hosts. The framework says notes in CLAP's own dialect alone, though its ports promise MIDI too;
//! here they are said in MIDI to a host that takes nothing else.
//!
//! Which dialect a host takes it may tell (`clap.note-ports`). Some tell nothing: who says notes in MIDI is answered in
//! MIDI, and who refuses a note in CLAP's dialect, but takes it as MIDI, gets MIDI from then on.
#![expect(unsafe_code, reason = "CLAP is a C interface")]

use std::ffi::{CStr, c_char, c_void};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use clap_sys::events::{
    CLAP_CORE_EVENT_SPACE_ID, CLAP_EVENT_MIDI, CLAP_EVENT_NOTE_CHOKE, CLAP_EVENT_NOTE_END, CLAP_EVENT_NOTE_EXPRESSION,
    CLAP_EVENT_NOTE_OFF, CLAP_EVENT_NOTE_ON, clap_event_header, clap_event_midi, clap_input_events, clap_output_events,
};
use clap_sys::ext::note_ports::{
    CLAP_EXT_NOTE_PORTS, CLAP_NOTE_DIALECT_CLAP, CLAP_NOTE_DIALECT_MIDI, CLAP_NOTE_DIALECT_MIDI_MPE,
    clap_host_note_ports, clap_note_port_info, clap_plugin_note_ports,
};
use clap_sys::process::{CLAP_PROCESS_ERROR, clap_process, clap_process_status};
use nice_plug::wrapper::clap::{
    CLAP_PLUGIN_FACTORY_ID, CLAP_VERSION, PluginDescriptor, Wrapper, clap_host, clap_plugin, clap_plugin_descriptor,
    clap_plugin_entry, clap_plugin_factory,
};
use nice_plug::wrapper::setup_logger;

use super::callable::is_callable;
use super::notes::Spoken;
use crate::plugin::BandPlayer;

/// What a CLAP host looks for in the library.
#[unsafe(no_mangle)]
#[used]
pub static clap_entry: clap_plugin_entry = clap_plugin_entry {
    clap_version: CLAP_VERSION,
    init: Some(init_library),
    deinit: Some(deinit_library),
    get_factory: Some(get_factory),
};

static FACTORY: clap_plugin_factory = clap_plugin_factory {
    get_plugin_count: Some(count_plugins),
    get_plugin_descriptor: Some(describe),
    create_plugin: Some(create),
};

static NOTE_PORTS: clap_plugin_note_ports =
    clap_plugin_note_ports { count: Some(count_note_ports), get: Some(describe_note_port) };

/// What an instance needs beside the framework's. It lies where hosts find the plugin's description, so that it is
/// found again from the plugin itself.
#[repr(C)]
struct Shell {
    /// First, since hosts read it.
    descriptor: clap_plugin_descriptor,
    /// The framework's own functions, four of which stand behind those of this file.
    framework: clap_plugin,
    host: *const clap_host,
    /// The host takes notes in CLAP's dialect: it was told, or seen.
    takes_clap: AtomicBool,
    /// It takes them only in MIDI's.
    takes_midi: AtomicBool,
}

fn descriptor() -> &'static PluginDescriptor {
    static DESCRIPTOR: OnceLock<PluginDescriptor> = OnceLock::new();
    DESCRIPTOR.get_or_init(PluginDescriptor::for_plugin::<BandPlayer>)
}

unsafe extern "C" fn init_library(_path: *const c_char) -> bool {
    setup_logger::<BandPlayer>();
    true
}

unsafe extern "C" fn deinit_library() {}

unsafe extern "C" fn get_factory(id: *const c_char) -> *const c_void {
    // SAFETY: hosts give a terminated text, or null.
    if !id.is_null() && unsafe { CStr::from_ptr(id) } == CLAP_PLUGIN_FACTORY_ID {
        (&raw const FACTORY).cast()
    } else {
        std::ptr::null()
    }
}

unsafe extern "C" fn count_plugins(_factory: *const clap_plugin_factory) -> u32 {
    1
}

unsafe extern "C" fn describe(_factory: *const clap_plugin_factory, index: u32) -> *const clap_plugin_descriptor {
    if index == 0 { descriptor().clap_plugin_descriptor() } else { std::ptr::null() }
}

unsafe extern "C" fn create(
    _factory: *const clap_plugin_factory,
    host: *const clap_host,
    id: *const c_char,
) -> *const clap_plugin {
    // SAFETY: hosts give a terminated text, or null.
    if host.is_null() || id.is_null() || unsafe { CStr::from_ptr(id) } != descriptor().clap_id() {
        return std::ptr::null();
    }
    // SAFETY: the host lives longer than its plugins. The framework's plugin is kept as the framework's own factory
    // keeps it: until it is destroyed, when it counts itself down. Nobody else sees it yet, so its functions can be
    // replaced, and its description by one that is read alike.
    unsafe {
        let plugin = (*Arc::into_raw(Wrapper::<BandPlayer>::new(host))).clap_plugin.as_ptr();
        let shell = Shell {
            descriptor: *descriptor().clap_plugin_descriptor(),
            framework: *plugin,
            host,
            takes_clap: AtomicBool::new(false),
            takes_midi: AtomicBool::new(false),
        };
        (*plugin).desc = Box::into_raw(Box::new(shell)).cast();
        (*plugin).init = Some(init);
        (*plugin).destroy = Some(destroy);
        (*plugin).process = Some(process);
        (*plugin).get_extension = Some(get_extension);
        plugin
    }
}

/// An instance's own.
///
/// # Safety
/// The plugin must be one that [`create`] made, and must not be destroyed as long as what is returned is used.
unsafe fn shell_of<'a>(plugin: *const clap_plugin) -> Option<&'a Shell> {
    // SAFETY: as the caller promises; `create` put a shell there.
    unsafe { plugin.as_ref().and_then(|plugin| plugin.desc.cast::<Shell>().as_ref()) }
}

unsafe extern "C" fn init(plugin: *const clap_plugin) -> bool {
    // SAFETY: the host calls its plugin. From now on it may be asked for what it offers.
    unsafe {
        let Some(shell) = shell_of(plugin) else { return false };
        let done = shell.framework.init.is_some_and(|init| init(plugin));
        shell.ask();
        done
    }
}

unsafe extern "C" fn destroy(plugin: *const clap_plugin) {
    // SAFETY: the host calls its plugin for the last time. The shell was a box, and goes after the framework's plugin,
    // which may use its description until then.
    unsafe {
        let Some(shell) = shell_of(plugin) else { return };
        let shell = std::ptr::from_ref(shell).cast_mut();
        if let Some(destroy) = (*shell).framework.destroy {
            destroy(plugin);
        }
        drop(Box::from_raw(shell));
    }
}

unsafe extern "C" fn get_extension(plugin: *const clap_plugin, id: *const c_char) -> *const c_void {
    // SAFETY: the host calls its plugin, with a terminated text or null.
    unsafe {
        let Some(shell) = shell_of(plugin).filter(|_| !id.is_null()) else { return std::ptr::null() };
        let theirs = shell.framework.get_extension.map_or(std::ptr::null(), |get| get(plugin, id));
        if !theirs.is_null() && CStr::from_ptr(id) == CLAP_EXT_NOTE_PORTS {
            return (&raw const NOTE_PORTS).cast();
        }
        theirs
    }
}

/// The framework's note ports.
///
/// # Safety
/// As for [`shell_of`].
unsafe fn note_ports<'a>(shell: &Shell, plugin: *const clap_plugin) -> Option<&'a clap_plugin_note_ports> {
    // SAFETY: the framework gives an extension of this type under this name, which lives as long as its plugin.
    unsafe {
        shell.framework.get_extension?(plugin, CLAP_EXT_NOTE_PORTS.as_ptr()).cast::<clap_plugin_note_ports>().as_ref()
    }
}

unsafe extern "C" fn count_note_ports(plugin: *const clap_plugin, is_input: bool) -> u32 {
    // SAFETY: the host calls its plugin.
    unsafe {
        let ports = shell_of(plugin).and_then(|shell| note_ports(shell, plugin));
        ports.and_then(|ports| ports.count).map_or(0, |count| count(plugin, is_input))
    }
}

unsafe extern "C" fn describe_note_port(
    plugin: *const clap_plugin,
    index: u32,
    is_input: bool,
    info: *mut clap_note_port_info,
) -> bool {
    // SAFETY: the host calls its plugin, with room for a description or null.
    unsafe {
        let Some(shell) = shell_of(plugin).filter(|_| !info.is_null()) else { return false };
        let get = note_ports(shell, plugin).and_then(|ports| ports.get);
        let known = get.is_some_and(|get| get(plugin, index, is_input, info));
        if known && shell.takes_midi.load(Ordering::Relaxed) {
            (*info).preferred_dialect = CLAP_NOTE_DIALECT_MIDI;
        }
        known
    }
}

/// # Realtime safety
/// Nothing allocates, frees, locks or waits.
unsafe extern "C" fn process(plugin: *const clap_plugin, process: *const clap_process) -> clap_process_status {
    // SAFETY: the host calls its plugin, with what it wants processed; that and its events outlive the call, as do ours.
    unsafe {
        let Some(shell) = shell_of(plugin) else { return CLAP_PROCESS_ERROR };
        let Some(framework) = shell.framework.process else { return CLAP_PROCESS_ERROR };
        let Some(told) = process.as_ref() else { return CLAP_PROCESS_ERROR };
        let takes_clap = shell.takes_clap.load(Ordering::Relaxed);
        if takes_clap || told.out_events.is_null() {
            return framework(plugin, process);
        }
        if let Some(input) = told.in_events.as_ref().filter(|_| !shell.takes_midi.load(Ordering::Relaxed)) {
            shell.listen(input);
        }
        let output = Output { shell, host: told.out_events };
        let events = clap_output_events { ctx: (&raw const output).cast_mut().cast(), try_push: Some(try_push) };
        framework(plugin, &clap_process { out_events: &raw const events, ..*told })
    }
}

impl Shell {
    /// Asks the host which dialects it takes.
    ///
    /// # Safety
    /// On the main thread, from the plugin's initialisation on.
    unsafe fn ask(&self) {
        // SAFETY: the host lives, and gives an extension of this type under this name, or null.
        let dialects = unsafe {
            let get = (*self.host).get_extension;
            let ports = get.map_or(std::ptr::null(), |get| get(self.host, CLAP_EXT_NOTE_PORTS.as_ptr()));
            let ask = ports.cast::<clap_host_note_ports>().as_ref().and_then(|ports| ports.supported_dialects);
            ask.filter(|&ask| is_callable(ask as usize)).map_or(0, |ask| ask(self.host))
        };
        self.takes_clap.store(dialects & CLAP_NOTE_DIALECT_CLAP != 0, Ordering::Relaxed);
        let midi = dialects & (CLAP_NOTE_DIALECT_MIDI | CLAP_NOTE_DIALECT_MIDI_MPE) != 0;
        self.takes_midi.store(midi && dialects & CLAP_NOTE_DIALECT_CLAP == 0, Ordering::Relaxed);
    }

    /// Does the host, which has told nothing, say a note in MIDI?
    ///
    /// # Safety
    /// The events must be a host's of a block that is being processed.
    unsafe fn listen(&self, input: &clap_input_events) {
        let (Some(size), Some(get)) = (input.size, input.get) else { return };
        // SAFETY: each index is below the size; an event of MIDI's kind has three bytes.
        let is_midi_note = |index| unsafe {
            let event = get(input, index);
            let is_midi = |event: &clap_event_header| {
                event.space_id == CLAP_CORE_EVENT_SPACE_ID && event.type_ == CLAP_EVENT_MIDI
            };
            event.as_ref().is_some_and(is_midi)
                && matches!((*event.cast::<clap_event_midi>()).data[0] & 0xf0, 0x80 | 0x90)
        };
        // SAFETY: as above.
        if (0..unsafe { size(input) }).any(is_midi_note) {
            self.takes_midi.store(true, Ordering::Relaxed);
        }
    }
}

/// What the framework is given in place of the host's queue.
struct Output<'a> {
    shell: &'a Shell,
    host: *const clap_output_events,
}

unsafe extern "C" fn try_push(list: *const clap_output_events, event: *const clap_event_header) -> bool {
    // SAFETY: the framework pushes a whole event into the list that `process` gave it.
    unsafe {
        let output = &*(*list).ctx.cast::<Output<'_>>();
        let header = &*event;
        let is_note = matches!(
            header.type_,
            CLAP_EVENT_NOTE_ON
                | CLAP_EVENT_NOTE_OFF
                | CLAP_EVENT_NOTE_CHOKE
                | CLAP_EVENT_NOTE_END
                | CLAP_EVENT_NOTE_EXPRESSION
        );
        if header.space_id != CLAP_CORE_EVENT_SPACE_ID || !is_note {
            return output.push(event);
        }
        let shell = output.shell;
        if !shell.takes_midi.load(Ordering::Relaxed) {
            if output.push(event) {
                shell.takes_clap.store(true, Ordering::Relaxed);
                return true;
            }
            if shell.takes_clap.load(Ordering::Relaxed) || !output.push_as_midi(event) {
                return false;
            }
            shell.takes_midi.store(true, Ordering::Relaxed);
            return true;
        }
        output.push_as_midi(event)
    }
}

impl Output<'_> {
    /// Gives the host an event as it is.
    ///
    /// # Safety
    /// The event must be whole.
    unsafe fn push(&self, event: *const clap_event_header) -> bool {
        // SAFETY: the host's queue outlives the block.
        unsafe { (*self.host).try_push.is_some_and(|try_push| try_push(self.host, event)) }
    }

    /// Gives the host a note's event in MIDI's dialect. `false`: it has no room, or MIDI no such message.
    ///
    /// # Safety
    /// The event must be whole, and a note's.
    unsafe fn push_as_midi(&self, event: *const clap_event_header) -> bool {
        // SAFETY: the event's kind says which it is.
        let (header, spoken) = unsafe {
            let spoken = if (*event).type_ == CLAP_EVENT_NOTE_EXPRESSION {
                Spoken::expression(&*event.cast())
            } else {
                Spoken::note(&*event.cast())
            };
            (*event, spoken)
        };
        let Some(spoken) = spoken else { return false };
        spoken.messages().all(|data| {
            let size = u32::try_from(size_of::<clap_event_midi>()).unwrap_or(0);
            let header = clap_event_header { size, type_: CLAP_EVENT_MIDI, ..header };
            // There is one port.
            let midi = clap_event_midi { header, port_index: 0, data };
            // SAFETY: a whole event.
            unsafe { self.push(&raw const midi.header) }
        })
    }
}
