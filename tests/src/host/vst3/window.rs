//! A VST3 instance's editor in a window.

use std::ffi::c_void;

use anyhow::{Context, ensure};
use vst3::Steinberg::Vst::{IEditController, IEditControllerTrait};
use vst3::Steinberg::{IPlugFrame, IPlugView, IPlugViewTrait, ViewRect, kPlatformTypeX11EmbedWindowID, kResultOk};
use vst3::{ComPtr, ComWrapper};

use super::frame::Frame;
use crate::host::parts::Editor;

/// The plugin's editor, for the thread that made the plugin.
pub(super) struct View {
    controller: ComPtr<IEditController>,
    /// What the host offers the view, if it offers anything.
    frame: Option<ComWrapper<Frame>>,
    view: Option<ComPtr<IPlugView>>,
}

impl View {
    /// With a frame the plugin's tasks are done on this thread, as in every DAW on Linux; without one, the framework
    /// does them elsewhere.
    pub(super) fn new(controller: ComPtr<IEditController>, framed: bool) -> Self {
        Self { controller, frame: framed.then(|| ComWrapper::new(Frame::default())), view: None }
    }
}

impl Editor for View {
    fn open(&mut self, parent: u32) -> anyhow::Result<(u32, u32)> {
        ensure!(self.view.is_none(), "the editor is open already");
        let mut size = ViewRect { left: 0, top: 0, right: 0, bottom: 0 };
        // SAFETY: the view is handed over to us; frame and window live until it is removed.
        unsafe {
            let view = ComPtr::from_raw(self.controller.createView(c"editor".as_ptr())).context("no editor")?;
            ensure!(view.getSize(&raw mut size) == kResultOk, "the editor has no size");
            if let Some(frame) = self.frame.as_ref().and_then(|frame| frame.as_com_ref::<IPlugFrame>()) {
                ensure!(view.setFrame(frame.as_ptr()) == kResultOk, "the editor refused the host's frame");
            }
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

    fn attend(&mut self) {
        if let Some(frame) = &self.frame {
            frame.attend();
        }
    }

    fn close(&mut self) {
        if let Some(view) = self.view.take() {
            // SAFETY: it is attached, and this is the last that happens to it.
            unsafe {
                let _removed = view.removed();
                if let Some(frame) = &self.frame {
                    frame.forget();
                    let _unset = view.setFrame(std::ptr::null_mut());
                }
            }
        }
    }
}

impl Drop for View {
    fn drop(&mut self) {
        self.close();
    }
}
