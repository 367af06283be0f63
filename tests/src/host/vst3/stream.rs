//! A stream in memory, for states.

use std::cell::{Cell, RefCell};
use std::ffi::c_void;

use vst3::Class;
use vst3::Steinberg::IBStream_::IStreamSeekMode_::{kIBSeekCur, kIBSeekEnd, kIBSeekSet};
use vst3::Steinberg::{IBStream, IBStreamTrait, kInvalidArgument, kResultOk, tresult};

/// Bytes, and where in them the next is read or written.
#[derive(Debug, Default)]
pub(super) struct Stream {
    bytes: RefCell<Vec<u8>>,
    at: Cell<usize>,
}

impl Stream {
    /// A stream that holds these bytes.
    pub(super) fn new(bytes: &[u8]) -> Self {
        Self { bytes: RefCell::new(bytes.to_vec()), at: Cell::new(0) }
    }

    /// Everything that it holds.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.bytes.borrow().clone()
    }

    /// Goes back to its beginning.
    pub(super) fn rewind(&self) {
        self.at.set(0);
    }
}

impl Class for Stream {
    type Interfaces = (IBStream,);
}

impl IBStreamTrait for Stream {
    unsafe fn read(&self, buffer: *mut c_void, count: i32, done: *mut i32) -> tresult {
        let bytes = self.bytes.borrow();
        let left = bytes.get(self.at.get()..).unwrap_or_default();
        let length = usize::try_from(count).unwrap_or(0).min(left.len());
        // SAFETY: the caller promises room for `count` bytes, and no more are written; `done` may
        // be null.
        unsafe {
            if length > 0 {
                std::ptr::copy_nonoverlapping(left.as_ptr(), buffer.cast(), length);
            }
            if let Some(done) = done.as_mut() {
                *done = i32::try_from(length).unwrap_or(0);
            }
        }
        self.at.set(self.at.get() + length);
        kResultOk
    }

    unsafe fn write(&self, buffer: *mut c_void, count: i32, done: *mut i32) -> tresult {
        let length = usize::try_from(count).unwrap_or(0);
        let mut bytes = self.bytes.borrow_mut();
        let (start, end) = (self.at.get(), self.at.get() + length);
        let known = bytes.len().max(end);
        bytes.resize(known, 0);
        // SAFETY: the caller promises `count` bytes; `done` may be null.
        unsafe {
            if length > 0 {
                std::ptr::copy_nonoverlapping(buffer.cast_const().cast(), bytes[start..end].as_mut_ptr(), length);
            }
            if let Some(done) = done.as_mut() {
                *done = count;
            }
        }
        self.at.set(end);
        kResultOk
    }

    unsafe fn seek(&self, place: i64, mode: i32, result: *mut i64) -> tresult {
        let from = match u32::try_from(mode) {
            Ok(mode) if mode == kIBSeekSet => 0,
            Ok(mode) if mode == kIBSeekCur => self.at.get(),
            Ok(mode) if mode == kIBSeekEnd => self.bytes.borrow().len(),
            _ => return kInvalidArgument,
        };
        let to = i64::try_from(from).ok().and_then(|from| usize::try_from(from + place).ok());
        let Some(to) = to else { return kInvalidArgument };
        self.at.set(to);
        // SAFETY: `result` is null or a place for the answer.
        if let Some(result) = unsafe { result.as_mut() } {
            *result = i64::try_from(to).unwrap_or(i64::MAX);
        }
        kResultOk
    }

    unsafe fn tell(&self, place: *mut i64) -> tresult {
        // SAFETY: `place` is null or a place for the answer.
        let Some(place) = (unsafe { place.as_mut() }) else { return kInvalidArgument };
        *place = i64::try_from(self.at.get()).unwrap_or(i64::MAX);
        kResultOk
    }
}
