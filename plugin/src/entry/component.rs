//! An instance in VST3: the framework's, but for what it gets wrong.
//!
//! - It ignores a parameter that the host's window sets while another thread processes.
//! - It believes what `setupProcessing` says of offline rendering one call later.
//! - It describes a parameter that it has not.
//! - It panics, and so ends the host, where blocks come before any set-up.
#![expect(unsafe_code, reason = "VST3 is a C++ interface")]

use std::sync::atomic::{AtomicBool, Ordering};

use nice_plug::wrapper::vst3::Wrapper;
use nice_plug::wrapper::vst3::vst3::Class;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::ChannelContext::{IInfoListener, IInfoListenerTrait};
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{
    BusDirection, BusInfo, CString, CtrlNumber, IAttributeList, IAudioProcessor, IAudioProcessorTrait, IComponent,
    IComponentHandler, IComponentTrait, IEditController, IEditControllerTrait, IMidiMapping, IMidiMappingTrait,
    INoteExpressionController, INoteExpressionControllerTrait, IProcessContextRequirements,
    IProcessContextRequirementsTrait, IUnitInfo, IUnitInfoTrait, IoMode, MediaType, NoteExpressionTypeID,
    NoteExpressionTypeInfo, NoteExpressionValue, ParamID, ParamValue, ParameterInfo, ProcessData, ProcessSetup,
    ProgramListID, ProgramListInfo, RoutingInfo, SpeakerArrangement, String128, TChar, UnitID, UnitInfo,
};
use nice_plug::wrapper::vst3::vst3::Steinberg::{
    FIDString, FUnknown, IBStream, IPlugView, IPluginBaseTrait, TBool, TUID, kInvalidArgument, kNotInitialized,
    kResultOk, tresult,
};

use super::meanwhile::Meanwhile;
use crate::plugin::BandPlayer;

/// What a host holds.
pub(super) struct Component {
    framework: Wrapper<BandPlayer>,
    meanwhile: Meanwhile,
    /// Blocks may come.
    set_up: AtomicBool,
    processing: AtomicBool,
}

impl Component {
    pub(super) fn new() -> Self {
        let framework = Wrapper::new();
        let meanwhile = Meanwhile::of_the_last_made(|index| {
            // SAFETY: plain numbers, for all of which 0 is a value; they outlive the call.
            unsafe {
                let mut info: ParameterInfo = std::mem::zeroed();
                (framework.getParameterInfo(index, &raw mut info) == kResultOk).then_some(info.id)
            }
        });
        Self { framework, meanwhile, set_up: AtomicBool::new(false), processing: AtomicBool::new(false) }
    }
}

impl Class for Component {
    type Interfaces = (
        IComponent,
        IEditController,
        IAudioProcessor,
        IMidiMapping,
        INoteExpressionController,
        IProcessContextRequirements,
        IUnitInfo,
        IInfoListener,
    );
}

/// The methods of a trait, done by the framework; after them, those that are not.
macro_rules! hand_on {
    ($trait:ident { $(fn $name:ident($($arg:ident: $type:ty),*) -> $result:ty;)* } $($own:tt)*) => {
        impl $trait for Component {
            $(unsafe fn $name(&self, $($arg: $type),*) -> $result {
                // SAFETY: what the host gives is handed on as it came.
                unsafe { $trait::$name(&self.framework, $($arg),*) }
            })*

            $($own)*
        }
    };
}

hand_on!(IPluginBaseTrait {
    fn initialize(context: *mut FUnknown) -> tresult;
    fn terminate() -> tresult;
});

hand_on!(IComponentTrait {
    fn getControllerClassId(class: *mut TUID) -> tresult;
    fn setIoMode(mode: IoMode) -> tresult;
    fn getBusCount(media: MediaType, direction: BusDirection) -> i32;
    fn getBusInfo(media: MediaType, direction: BusDirection, index: i32, info: *mut BusInfo) -> tresult;
    fn getRoutingInfo(input: *mut RoutingInfo, output: *mut RoutingInfo) -> tresult;
    fn activateBus(media: MediaType, direction: BusDirection, index: i32, on: TBool) -> tresult;
    fn setActive(on: TBool) -> tresult;
    fn setState(state: *mut IBStream) -> tresult;
    fn getState(state: *mut IBStream) -> tresult;
});

hand_on!(IEditControllerTrait {
    fn setComponentState(state: *mut IBStream) -> tresult;
    fn setState(state: *mut IBStream) -> tresult;
    fn getState(state: *mut IBStream) -> tresult;
    fn getParameterCount() -> i32;
    fn getParamStringByValue(id: ParamID, value: ParamValue, text: *mut String128) -> tresult;
    fn getParamValueByString(id: ParamID, text: *mut TChar, value: *mut ParamValue) -> tresult;
    fn normalizedParamToPlain(id: ParamID, value: ParamValue) -> ParamValue;
    fn plainParamToNormalized(id: ParamID, value: ParamValue) -> ParamValue;
    fn getParamNormalized(id: ParamID) -> ParamValue;
    fn setComponentHandler(handler: *mut IComponentHandler) -> tresult;
    fn createView(name: FIDString) -> *mut IPlugView;
}
    unsafe fn getParameterInfo(&self, index: i32, info: *mut ParameterInfo) -> tresult {
        // SAFETY: what the host gives is handed on as it came.
        unsafe {
            if index >= self.getParameterCount() { kInvalidArgument } else { self.framework.getParameterInfo(index, info) }
        }
    }

    unsafe fn setParamNormalized(&self, id: ParamID, value: ParamValue) -> tresult {
        if self.processing.load(Ordering::Acquire) && self.meanwhile.has(id) {
            return if self.meanwhile.set(id, value) { kResultOk } else { kInvalidArgument };
        }
        // SAFETY: a plain call with numbers.
        unsafe { self.framework.setParamNormalized(id, value) }
    }
);

hand_on!(IAudioProcessorTrait {
    fn setBusArrangements(
        inputs: *mut SpeakerArrangement, input_count: i32, outputs: *mut SpeakerArrangement, output_count: i32
    ) -> tresult;
    fn getBusArrangement(direction: BusDirection, index: i32, arrangement: *mut SpeakerArrangement) -> tresult;
    fn canProcessSampleSize(size: i32) -> tresult;
    fn getLatencySamples() -> u32;
    fn getTailSamples() -> u32;
}
    unsafe fn setupProcessing(&self, setup: *mut ProcessSetup) -> tresult {
        // SAFETY: the host gives a set-up, or null. The second call believes what the first said.
        unsafe {
            let mut result = self.framework.setupProcessing(setup);
            if result == kResultOk {
                result = self.framework.setupProcessing(setup);
                self.meanwhile.set_up((*setup).sampleRate);
                self.set_up.store(true, Ordering::Release);
            }
            result
        }
    }

    unsafe fn setProcessing(&self, on: TBool) -> tresult {
        self.processing.store(on != 0, Ordering::Release);
        // SAFETY: a plain call with a number.
        unsafe { self.framework.setProcessing(on) }
    }

    unsafe fn process(&self, data: *mut ProcessData) -> tresult {
        // SAFETY: the host gives a block, or null, which is handed on as it came.
        unsafe {
            let Some(block) = data.as_ref().filter(|block| block.numSamples >= 0) else { return kInvalidArgument };
            if !self.set_up.load(Ordering::Acquire) {
                return kNotInitialized;
            }
            self.meanwhile.see(block);
            self.framework.process(data)
        }
    }
);

hand_on!(IMidiMappingTrait {
    fn getMidiControllerAssignment(bus: i32, channel: i16, controller: CtrlNumber, id: *mut ParamID) -> tresult;
});

hand_on!(INoteExpressionControllerTrait {
    fn getNoteExpressionCount(bus: i32, channel: i16) -> i32;
    fn getNoteExpressionInfo(bus: i32, channel: i16, index: i32, info: *mut NoteExpressionTypeInfo) -> tresult;
    fn getNoteExpressionStringByValue(
        bus: i32, channel: i16, id: NoteExpressionTypeID, value: NoteExpressionValue, text: *mut String128
    ) -> tresult;
    fn getNoteExpressionValueByString(
        bus: i32, channel: i16, id: NoteExpressionTypeID, text: *const TChar, value: *mut NoteExpressionValue
    ) -> tresult;
});

hand_on!(IProcessContextRequirementsTrait {
    fn getProcessContextRequirements() -> u32;
});

hand_on!(IUnitInfoTrait {
    fn getUnitCount() -> i32;
    fn getUnitInfo(index: i32, info: *mut UnitInfo) -> tresult;
    fn getProgramListCount() -> i32;
    fn getProgramListInfo(index: i32, info: *mut ProgramListInfo) -> tresult;
    fn getProgramName(list: ProgramListID, index: i32, name: *mut String128) -> tresult;
    fn getProgramInfo(list: ProgramListID, index: i32, attribute: CString, value: *mut String128) -> tresult;
    fn hasProgramPitchNames(list: ProgramListID, index: i32) -> tresult;
    fn getProgramPitchName(list: ProgramListID, index: i32, pitch: i16, name: *mut String128) -> tresult;
    fn getSelectedUnit() -> UnitID;
    fn selectUnit(unit: UnitID) -> tresult;
    fn getUnitByBus(
        media: MediaType, direction: BusDirection, bus: i32, channel: i32, unit: *mut UnitID
    ) -> tresult;
    fn setUnitProgramData(list_or_unit: i32, program: i32, data: *mut IBStream) -> tresult;
});

hand_on!(IInfoListenerTrait {
    fn setChannelContextInfos(list: *mut IAttributeList) -> tresult;
});
