//! A CLAP instance's editor in a window, through its C interface: it may stay open while another thread processes, and
//! while the instance is activated anew, which clack-host's borrows do not allow.
#![expect(unsafe_code, reason = "CLAP is a C interface")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, ensure};
use clap_sys::ext::gui::{CLAP_EXT_GUI, CLAP_WINDOW_API_X11, clap_plugin_gui, clap_window, clap_window_handle};
use clap_sys::plugin::clap_plugin;

use crate::host::parts::Editor;

/// The plugin's editor, for the thread that made the plugin.
pub(super) struct Gui {
    plugin: *const clap_plugin,
    gui: *const clap_plugin_gui,
    open: bool,
    /// The plugin wants to be called on this thread.
    called: Arc<AtomicBool>,
}

impl Gui {
    /// # Safety
    /// The plugin must live as long as this does.
    pub(super) unsafe fn new(plugin: *const clap_plugin, called: Arc<AtomicBool>) -> Self {
        // SAFETY: the plugin lives, and gives an extension of the type that belongs to the name, or null.
        let gui = unsafe { (*plugin).get_extension.map(|get| get(plugin, CLAP_EXT_GUI.as_ptr()).cast()) };
        Self { plugin, gui: gui.unwrap_or(std::ptr::null()), open: false, called }
    }

    fn gui(&self) -> anyhow::Result<&clap_plugin_gui> {
        // SAFETY: an extension lives as long as its plugin.
        unsafe { self.gui.as_ref() }.context("the plugin has no editor")
    }
}

impl Editor for Gui {
    fn open(&mut self, parent: u32) -> anyhow::Result<(u32, u32)> {
        const INCOMPLETE: &str = "the editor lacks a function";
        ensure!(!self.open, "the editor is open already");
        let (mut width, mut height) = (0, 0);
        let window =
            clap_window { api: CLAP_WINDOW_API_X11.as_ptr(), specific: clap_window_handle { x11: parent.into() } };
        let plugin = self.plugin;
        // SAFETY: the plugin lives; what is pointed to outlives the calls, and the host's window the editor.
        unsafe {
            let gui = self.gui()?;
            let (create, size) = (gui.create.context(INCOMPLETE)?, gui.get_size.context(INCOMPLETE)?);
            let (set_parent, show) = (gui.set_parent.context(INCOMPLETE)?, gui.show.context(INCOMPLETE)?);
            ensure!(create(plugin, CLAP_WINDOW_API_X11.as_ptr(), false), "the editor could not be made");
            self.open = true;
            ensure!(size(plugin, &raw mut width, &raw mut height), "the editor has no size");
            ensure!(set_parent(plugin, &raw const window), "the editor has no parent");
            ensure!(show(plugin), "the editor is not shown");
        }
        Ok((width, height))
    }

    fn resize(&mut self, width: u32, height: u32) -> anyhow::Result<()> {
        ensure!(self.open, "the editor is closed");
        let set_size = self.gui()?.set_size.context("the editor has one size")?;
        // SAFETY: a plain call with numbers; the plugin lives.
        ensure!(unsafe { set_size(self.plugin, width, height) }, "the editor cannot have this size");
        Ok(())
    }

    fn attend(&mut self) {
        if self.called.swap(false, Ordering::AcqRel) {
            // SAFETY: the plugin lives, and this is the thread that made it.
            unsafe {
                if let Some(call) = (*self.plugin).on_main_thread {
                    call(self.plugin);
                }
            }
        }
    }

    fn close(&mut self) {
        if std::mem::take(&mut self.open)
            && let Some(destroy) = self.gui().ok().and_then(|gui| gui.destroy)
        {
            // SAFETY: the editor was made, and this is the last that happens to it.
            unsafe { destroy(self.plugin) };
        }
    }
}

impl Drop for Gui {
    fn drop(&mut self) {
        self.close();
    }
}
