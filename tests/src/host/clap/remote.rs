//! A CLAP instance for other threads, through its C interface: clack-host would not let them.
#![expect(unsafe_code, reason = "CLAP is a C interface")]

use std::ffi::{CStr, c_void};

use clap_sys::ext::params::{CLAP_EXT_PARAMS, clap_plugin_params};
use clap_sys::ext::state::{CLAP_EXT_STATE, clap_plugin_state};
use clap_sys::plugin::clap_plugin;
use clap_sys::stream::{clap_istream, clap_ostream};

use super::Parameter;
use crate::host::remote::Remote;

/// The plugin and its extensions. CLAP asks for the main thread in all of these calls; this plugin shall bear them
/// from any.
pub(super) struct ClapRemote {
    plugin: *const clap_plugin,
    params: *const clap_plugin_params,
    state: *const clap_plugin_state,
    parameters: Vec<Parameter>,
}

// SAFETY: whoever made it keeps the plugin alive; that it stands calls from any thread is what is tested.
unsafe impl Send for ClapRemote {}
// SAFETY: as above.
unsafe impl Sync for ClapRemote {}

impl ClapRemote {
    /// # Safety
    /// The plugin must live as long as this does.
    pub(super) unsafe fn new(plugin: *const clap_plugin, parameters: Vec<Parameter>) -> Option<Self> {
        // SAFETY: the plugin lives, and gives extensions of the type that belongs to the name, or null.
        unsafe {
            let get = (*plugin).get_extension?;
            let params: *const clap_plugin_params = get(plugin, CLAP_EXT_PARAMS.as_ptr()).cast();
            let state: *const clap_plugin_state = get(plugin, CLAP_EXT_STATE.as_ptr()).cast();
            (!params.is_null() && !state.is_null()).then_some(Self { plugin, params, state, parameters })
        }
    }
}

impl Remote for ClapRemote {
    fn set(&self, _: usize, _: u16) -> bool {
        false
    }

    fn get(&self, index: usize) -> Option<(f64, String)> {
        let id = self.parameters.get(index)?.id;
        let (mut value, mut text) = (0.0, [0; 256]);
        // SAFETY: the plugin lives; the places for value and text outlive the calls, and the text is terminated.
        unsafe {
            let read = (*self.params).get_value?(self.plugin, id, &raw mut value)
                && (*self.params).value_to_text?(self.plugin, id, value, text.as_mut_ptr(), 256);
            read.then(|| (value, CStr::from_ptr(text.as_ptr()).to_string_lossy().into_owned()))
        }
    }

    fn save(&self) -> Option<Vec<u8>> {
        let mut bytes: Vec<u8> = Vec::new();
        let stream = clap_ostream { ctx: (&raw mut bytes).cast(), write: Some(write) };
        // SAFETY: plugin, stream and bytes outlive the call.
        unsafe { (*self.state).save?(self.plugin, &raw const stream) }.then_some(bytes)
    }

    fn load(&self, bytes: &[u8]) -> bool {
        let mut left = bytes;
        let stream = clap_istream { ctx: (&raw mut left).cast(), read: Some(read) };
        // SAFETY: plugin, stream and bytes outlive the call.
        unsafe { (*self.state).load.is_some_and(|load| load(self.plugin, &raw const stream)) }
    }
}

unsafe extern "C" fn write(stream: *const clap_ostream, buffer: *const c_void, size: u64) -> i64 {
    // SAFETY: the stream is the one above, and the plugin gives `size` bytes.
    unsafe {
        let bytes = &mut *(*stream).ctx.cast::<Vec<u8>>();
        bytes.extend_from_slice(std::slice::from_raw_parts(buffer.cast(), usize::try_from(size).unwrap_or(0)));
    }
    i64::try_from(size).unwrap_or(-1)
}

unsafe extern "C" fn read(stream: *const clap_istream, buffer: *mut c_void, size: u64) -> i64 {
    // SAFETY: the stream is the one above, and the plugin has room for `size` bytes.
    unsafe {
        let left = &mut *(*stream).ctx.cast::<&[u8]>();
        let length = usize::try_from(size).unwrap_or(0).min(left.len());
        std::ptr::copy_nonoverlapping(left.as_ptr(), buffer.cast(), length);
        *left = &left[length..];
        i64::try_from(length).unwrap_or(-1)
    }
}
