//! What a VST3 plugin has: its buses, its parameters, and those that stand for controllers.

use vst3::ComPtr;
use vst3::Steinberg::Vst::MediaTypes_::kAudio;
use vst3::Steinberg::Vst::{
    BusInfo, IComponent, IComponentTrait, IEditController, IEditControllerTrait, IMidiMapping, IMidiMappingTrait,
    ParamID,
};
use vst3::Steinberg::kResultOk;

use super::{Bus, parameters, signed};
use crate::event::Kind;
use crate::host::Parameter;

/// How many controllers a channel has here: those of MIDI, the pressure and the bend.
pub(super) const CONTROLLERS: usize = Kind::BEND as usize + 1;

/// The audio buses of a component in one direction.
pub(super) fn buses(component: &ComPtr<IComponent>, direction: u32) -> Vec<Bus> {
    // SAFETY: the component is initialised; the info is plain numbers and outlives the call.
    unsafe {
        let count = component.getBusCount(signed(kAudio), signed(direction));
        let channels = |index| {
            let mut info: BusInfo = std::mem::zeroed();
            let known = component.getBusInfo(signed(kAudio), signed(direction), index, &raw mut info) == kResultOk;
            if known { usize::try_from(info.channelCount).unwrap_or(0) } else { 0 }
        };
        (0..count).map(|index| Bus { channels: vec![Vec::new(); channels(index)] }).collect()
    }
}

/// All parameters, those for controllers too.
pub(super) fn parameters_of(controller: &ComPtr<IEditController>) -> Vec<Parameter> {
    // SAFETY: the controller is initialised; the info is plain numbers and outlives the call.
    unsafe {
        (0..controller.getParameterCount())
            .filter_map(|index| {
                let mut info = std::mem::zeroed();
                (controller.getParameterInfo(index, &raw mut info) == kResultOk).then(|| Parameter {
                    name: parameters::text(&info.title),
                    unit: parameters::text(&info.units),
                    id: info.id,
                    min: 0.0,
                    max: 1.0,
                })
            })
            .collect()
    }
}

/// The parameters that stand for controllers, channel by channel.
pub(super) fn controls_of(controller: &ComPtr<IEditController>) -> Vec<Option<ParamID>> {
    let Some(mapping) = controller.cast::<IMidiMapping>() else { return Vec::new() };
    let of = |channel: i16, number: i16| {
        let mut id = 0;
        // SAFETY: the id outlives the call.
        let known = unsafe { mapping.getMidiControllerAssignment(0, channel, number, &raw mut id) } == kResultOk;
        known.then_some(id)
    };
    let numbers = 0..=i16::from(Kind::BEND);
    (0..16).flat_map(|channel| numbers.clone().map(move |number| of(channel, number))).collect()
}
