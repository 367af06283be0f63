//! A VST3 instance for other threads.
#![expect(unsafe_code, reason = "VST3 is a C++ interface")]

use vst3::Steinberg::Vst::{IComponent, IComponentTrait, IEditController, IEditControllerTrait};
use vst3::Steinberg::{IBStream, kResultOk};
use vst3::{ComPtr, ComWrapper};

use super::{Parameter, parameters, stream::Stream};
use crate::host::remote::Remote;

/// The plugin's two sides. VST3 asks for the main thread in all of these calls; this plugin shall bear them from any.
pub(super) struct Vst3Remote {
    component: ComPtr<IComponent>,
    controller: ComPtr<IEditController>,
    parameters: Vec<Parameter>,
}

// SAFETY: whoever made it keeps the plugin alive; that it stands calls from any thread is what is tested. Counting
// references is atomic.
unsafe impl Send for Vst3Remote {}
// SAFETY: as above.
unsafe impl Sync for Vst3Remote {}

impl Vst3Remote {
    /// # Safety
    /// The plugin must live as long as this does.
    pub(super) unsafe fn new(
        component: &ComPtr<IComponent>,
        controller: &ComPtr<IEditController>,
        parameters: Vec<Parameter>,
    ) -> Self {
        Self { component: component.clone(), controller: controller.clone(), parameters }
    }
}

impl Remote for Vst3Remote {
    fn set(&self, index: usize, share: u16) -> bool {
        let Some(parameter) = self.parameters.get(index) else { return false };
        // SAFETY: a plain call with numbers.
        unsafe { self.controller.setParamNormalized(parameter.id, parameter.at(share)) == kResultOk }
    }

    fn get(&self, index: usize) -> Option<(f64, String)> {
        let id = self.parameters.get(index)?.id;
        let mut text = [0; 128];
        // SAFETY: the place for the text has the length that the interface asks for.
        let (value, shown) = unsafe {
            let value = self.controller.getParamNormalized(id);
            (value, self.controller.getParamStringByValue(id, value, &raw mut text))
        };
        (shown == kResultOk).then(|| (value, parameters::text(&text)))
    }

    fn save(&self) -> Option<Vec<u8>> {
        let stream = ComWrapper::new(Stream::default());
        let raw = stream.as_com_ref::<IBStream>()?.as_ptr();
        // SAFETY: the stream outlives the call.
        (unsafe { self.component.getState(raw) } == kResultOk).then(|| stream.bytes())
    }

    fn load(&self, bytes: &[u8]) -> bool {
        let stream = ComWrapper::new(Stream::new(bytes));
        let Some(raw) = stream.as_com_ref::<IBStream>().map(|stream| stream.as_ptr()) else { return false };
        // SAFETY: the stream outlives the call.
        unsafe { self.component.setState(raw) == kResultOk }
    }
}
