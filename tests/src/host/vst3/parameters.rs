//! Changes of parameters in a block: a queue of points for each.

use std::cell::{Cell, RefCell};

use vst3::Steinberg::Vst::{
    IParamValueQueue, IParamValueQueueTrait, IParameterChanges, IParameterChangesTrait, ParamID,
};
use vst3::Steinberg::{kInvalidArgument, kResultOk, tresult};
use vst3::{Class, ComWrapper};

/// The points of one parameter: (sample, value).
#[derive(Debug, Default)]
struct Queue {
    id: Cell<ParamID>,
    points: RefCell<Vec<(i32, f64)>>,
}

/// All queues of a block. Those that a block does not need are kept for the next one.
#[derive(Default)]
pub(super) struct Changes {
    queues: RefCell<Vec<ComWrapper<Queue>>>,
    used: Cell<usize>,
}

impl Changes {
    /// Forgets all.
    pub(super) fn clear(&self) {
        self.used.set(0);
    }

    /// A parameter takes a value at a sample, not before its earlier points.
    pub(super) fn add(&self, id: ParamID, at: i32, value: f64) {
        let index = self.place_of(id);
        if let Some(queue) = self.queues.borrow().get(index) {
            queue.points.borrow_mut().push((at, value));
        }
    }

    /// The place of a parameter's queue, which is made if there is none.
    fn place_of(&self, id: ParamID) -> usize {
        let mut queues = self.queues.borrow_mut();
        let used = self.used.get();
        if let Some(index) = queues[..used].iter().position(|queue| queue.id.get() == id) {
            return index;
        }
        if queues.len() == used {
            queues.push(ComWrapper::new(Queue::default()));
        }
        queues[used].id.set(id);
        queues[used].points.borrow_mut().clear();
        self.used.set(used + 1);
        used
    }

    /// The queue at a place: it lives as long as these changes do.
    fn queue(&self, index: usize) -> *mut IParamValueQueue {
        let queues = self.queues.borrow();
        let queue = queues[..self.used.get()].get(index).and_then(|queue| queue.as_com_ref::<IParamValueQueue>());
        queue.map_or(std::ptr::null_mut(), |queue| queue.as_ptr())
    }
}

impl Class for Changes {
    type Interfaces = (IParameterChanges,);
}

impl IParameterChangesTrait for Changes {
    unsafe fn getParameterCount(&self) -> i32 {
        i32::try_from(self.used.get()).unwrap_or(i32::MAX)
    }

    unsafe fn getParameterData(&self, index: i32) -> *mut IParamValueQueue {
        usize::try_from(index).map_or(std::ptr::null_mut(), |index| self.queue(index))
    }

    unsafe fn addParameterData(&self, id: *const ParamID, index: *mut i32) -> *mut IParamValueQueue {
        // SAFETY: the caller gives an id and a place for the index, or null.
        unsafe {
            let Some(&id) = id.as_ref() else { return std::ptr::null_mut() };
            let place = self.place_of(id);
            if let Some(index) = index.as_mut() {
                *index = i32::try_from(place).unwrap_or(i32::MAX);
            }
            self.queue(place)
        }
    }
}

impl Class for Queue {
    type Interfaces = (IParamValueQueue,);
}

impl IParamValueQueueTrait for Queue {
    unsafe fn getParameterId(&self) -> ParamID {
        self.id.get()
    }

    unsafe fn getPointCount(&self) -> i32 {
        i32::try_from(self.points.borrow().len()).unwrap_or(i32::MAX)
    }

    unsafe fn getPoint(&self, index: i32, at: *mut i32, value: *mut f64) -> tresult {
        let points = self.points.borrow();
        let point = usize::try_from(index).ok().and_then(|index| points.get(index));
        // SAFETY: the caller gives places for both, or null.
        match (point, unsafe { (at.as_mut(), value.as_mut()) }) {
            (Some(point), (Some(at), Some(value))) => {
                (*at, *value) = *point;
                kResultOk
            }
            _ => kInvalidArgument,
        }
    }

    unsafe fn addPoint(&self, at: i32, value: f64, index: *mut i32) -> tresult {
        let mut points = self.points.borrow_mut();
        points.push((at, value));
        // SAFETY: the caller gives a place for the index, or null.
        if let Some(index) = unsafe { index.as_mut() } {
            *index = i32::try_from(points.len() - 1).unwrap_or(i32::MAX);
        }
        kResultOk
    }
}

/// A text in VST3's fixed length.
pub(super) fn text(utf16: &[u16; 128]) -> String {
    let length = utf16.iter().position(|&unit| unit == 0).unwrap_or(utf16.len());
    String::from_utf16_lossy(&utf16[..length])
}
