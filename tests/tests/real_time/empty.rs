//! Plugins to compare with: one that does nothing, and one that does what it should not.

use std::ffi::{CStr, c_char, c_void};
use std::num::NonZeroU32;
use std::sync::{Arc, OnceLock};

use band_player::params::BandParams;
use nice_plug::prelude::*;
use nice_plug::wrapper::clap::{
    CLAP_PLUGIN_FACTORY_ID, CLAP_VERSION, PluginDescriptor, Wrapper, clap_host, clap_plugin, clap_plugin_descriptor,
    clap_plugin_entry, clap_plugin_factory,
};

/// With Band Player's ports and parameters, since the framework does work for each change.
/// `GUILTY`: it allocates, frees, makes a system call and takes a lock, which is always free, in
/// every block.
pub(crate) struct Empty<const GUILTY: bool>(Arc<Plain>);

impl<const GUILTY: bool> Default for Empty<GUILTY> {
    fn default() -> Self {
        let ours = BandParams::default();
        let plain = |(id, pointer, _): (String, ParamPtr, String)| {
            // SAFETY: it points into `ours`, which is still there.
            let (name, default) = unsafe { (pointer.name(), pointer.default_normalized_value()) };
            // As ours begins, so that what changes ours changes this.
            (id, FloatParam::new(name, default, FloatRange::Linear { min: 0.0, max: 1.0 }))
        };
        Self(Arc::new(Plain(ours.param_map().into_iter().map(plain).collect())))
    }
}

/// Nobody else wants it.
static FREE: std::sync::Mutex<u32> = std::sync::Mutex::new(0);

/// Parameters by their ids that nobody listens to.
struct Plain(Vec<(String, FloatParam)>);

// SAFETY: the map is never changed, so the pointers are good as long as it is.
unsafe impl Params for Plain {
    fn param_map(&self) -> Vec<(String, ParamPtr, String)> {
        self.0.iter().map(|(id, param)| (id.clone(), param.as_ptr(), String::new())).collect()
    }
}

impl<const GUILTY: bool> Plugin for Empty<GUILTY> {
    const NAME: &'static str = "Empty";
    const VENDOR: &'static str = "";
    const URL: &'static str = "";
    const EMAIL: &'static str = "";
    const VERSION: &'static str = "0";
    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] =
        &[AudioIOLayout { main_output_channels: NonZeroU32::new(2), ..AudioIOLayout::const_default() }];
    const MIDI_INPUT: MidiConfig = MidiConfig::MidiCCs;
    const MIDI_OUTPUT: MidiConfig = MidiConfig::MidiCCs;
    type Editor = ();
    type SysExMessage = ();
    type BackgroundTask = ();

    fn params(&self) -> Arc<dyn Params> {
        Arc::clone(&self.0) as Arc<dyn Params>
    }

    fn process(
        &mut self,
        buffer: &mut Buffer,
        _: &mut AuxiliaryBuffers,
        context: &mut impl ProcessContext<Self>,
    ) -> ProcessStatus {
        for channel in buffer.as_slice() {
            channel.fill(0.0);
        }
        while let Some(event) = context.next_event() {
            let _sent = context.try_send_event(event);
        }
        if GUILTY {
            drop(std::hint::black_box(Box::new(buffer.samples())));
            std::thread::yield_now();
            if let Ok(mut count) = FREE.lock() {
                *count += 1;
            }
        }
        ProcessStatus::KeepAlive
    }
}

impl<const GUILTY: bool> ClapPlugin for Empty<GUILTY> {
    const CLAP_ID: &'static str = "band-player.empty";
    const CLAP_DESCRIPTION: Option<&'static str> = None;
    const CLAP_MANUAL_URL: Option<&'static str> = None;
    const CLAP_SUPPORT_URL: Option<&'static str> = None;
    const CLAP_FEATURES: &'static [ClapFeature] = &[ClapFeature::NoteEffect];
}

/// The entry points, as `nice_export_clap` would make them: that macro can be used once in a
/// program, and Band Player has used it.
pub(crate) static EMPTY: clap_plugin_entry = entry(get_factory::<false>);
pub(crate) static GUILTY: clap_plugin_entry = entry(get_factory::<true>);

const fn entry(get_factory: unsafe extern "C" fn(*const c_char) -> *const c_void) -> clap_plugin_entry {
    clap_plugin_entry {
        clap_version: CLAP_VERSION,
        init: Some(init),
        deinit: Some(deinit),
        get_factory: Some(get_factory),
    }
}

unsafe extern "C" fn init(_: *const c_char) -> bool {
    true
}

unsafe extern "C" fn deinit() {}

struct Factory<const GUILTY: bool>;

impl<const GUILTY: bool> Factory<GUILTY> {
    const FACTORY: &'static clap_plugin_factory = &clap_plugin_factory {
        get_plugin_count: Some(count),
        get_plugin_descriptor: Some(descriptor),
        create_plugin: Some(create::<GUILTY>),
    };
}

unsafe extern "C" fn get_factory<const GUILTY: bool>(id: *const c_char) -> *const c_void {
    // SAFETY: hosts give a C string.
    if unsafe { CStr::from_ptr(id) } == CLAP_PLUGIN_FACTORY_ID {
        std::ptr::from_ref(Factory::<GUILTY>::FACTORY).cast()
    } else {
        std::ptr::null()
    }
}

unsafe extern "C" fn count(_: *const clap_plugin_factory) -> u32 {
    1
}

unsafe extern "C" fn descriptor(_: *const clap_plugin_factory, _: u32) -> *const clap_plugin_descriptor {
    static DESCRIPTOR: OnceLock<PluginDescriptor> = OnceLock::new();
    DESCRIPTOR.get_or_init(PluginDescriptor::for_plugin::<Empty<false>>).clap_plugin_descriptor()
}

unsafe extern "C" fn create<const GUILTY: bool>(
    _: *const clap_plugin_factory,
    host: *const clap_host,
    _: *const c_char,
) -> *const clap_plugin {
    // SAFETY: the host gives itself; the wrapper's `destroy` takes the pointer back.
    unsafe { (*Arc::into_raw(Wrapper::<Empty<GUILTY>>::new(host))).clap_plugin.as_ptr() }
}
