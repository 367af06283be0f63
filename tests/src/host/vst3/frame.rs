//! What a host on Linux offers a VST3 view: another size, and its own thread, by handles that it watches.

use std::cell::RefCell;

use vst3::Steinberg::Linux::{
    FileDescriptor, IEventHandler, IEventHandlerTrait, IRunLoop, IRunLoopTrait, ITimerHandler, TimerInterval,
};
use vst3::Steinberg::{
    IPlugFrame, IPlugFrameTrait, IPlugView, IPlugViewTrait, ViewRect, kInvalidArgument, kNotImplemented, kResultOk,
    tresult,
};
use vst3::{Class, ComPtr, ComRef};

/// The frame, and what the view wants to be told.
#[derive(Default)]
pub(super) struct Frame {
    watched: RefCell<Vec<(FileDescriptor, ComPtr<IEventHandler>)>>,
}

impl Frame {
    /// Tells the view of each handle on which there is something to read.
    pub(super) fn attend(&self) {
        let watched = self.watched.borrow().clone();
        for (handle, handler) in watched {
            if is_readable(handle) {
                // SAFETY: the handler is kept while it is watched.
                unsafe { handler.onFDIsSet(handle) };
            }
        }
    }

    /// Watches nothing any more: a handler keeps its frame, which must not keep it for ever.
    pub(super) fn forget(&self) {
        let watched = self.watched.take();
        drop(watched);
    }
}

impl Class for Frame {
    type Interfaces = (IPlugFrame, IRunLoop);
}

impl IPlugFrameTrait for Frame {
    unsafe fn resizeView(&self, view: *mut IPlugView, size: *mut ViewRect) -> tresult {
        // SAFETY: the view calls this with itself, and a size that outlives the call.
        unsafe { ComRef::from_raw(view).map_or(kInvalidArgument, |view| view.onSize(size)) }
    }
}

impl IRunLoopTrait for Frame {
    unsafe fn registerEventHandler(&self, handler: *mut IEventHandler, handle: FileDescriptor) -> tresult {
        // SAFETY: a handler that registers itself lives.
        let Some(handler) = (unsafe { ComRef::from_raw(handler) }) else { return kInvalidArgument };
        self.watched.borrow_mut().push((handle, handler.to_com_ptr()));
        kResultOk
    }

    unsafe fn unregisterEventHandler(&self, handler: *mut IEventHandler) -> tresult {
        let (gone, kept) = self.watched.take().into_iter().partition(|(_, other)| other.as_ptr() == handler);
        self.watched.replace(kept);
        // The last that kept a handler may end it, which may unregister it again.
        drop::<Vec<_>>(gone);
        kResultOk
    }

    unsafe fn registerTimer(&self, _handler: *mut ITimerHandler, _interval: TimerInterval) -> tresult {
        kNotImplemented
    }

    unsafe fn unregisterTimer(&self, _handler: *mut ITimerHandler) -> tresult {
        kNotImplemented
    }
}

#[cfg(unix)]
fn is_readable(handle: FileDescriptor) -> bool {
    let mut poll = libc::pollfd { fd: handle, events: libc::POLLIN, revents: 0 };
    // SAFETY: one place that outlives the call, which does not wait.
    unsafe { libc::poll(&raw mut poll, 1, 0) > 0 && poll.revents & libc::POLLIN != 0 }
}

#[cfg(not(unix))]
fn is_readable(_: FileDescriptor) -> bool {
    false
}
