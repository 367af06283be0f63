//! The entry for VST3 hosts: the framework's factory, but that it makes [`Component`]s.
#![expect(unsafe_code, reason = "VST3 is a C++ interface")]

use std::ffi::c_void;

use nice_plug::wrapper::setup_logger;
use nice_plug::wrapper::vst3::vst3::Steinberg::{
    FIDString, FUnknown, IPluginFactory, IPluginFactory2, IPluginFactory2Trait, IPluginFactory3, IPluginFactory3Trait,
    IPluginFactoryTrait, PClassInfo, PClassInfo2, PClassInfoW, PFactoryInfo, TUID, kInvalidArgument, kResultOk,
    tresult,
};
use nice_plug::wrapper::vst3::vst3::{Class, ComWrapper};
use nice_plug::wrapper::vst3::{PluginInfo, Wrapper};

use super::component::Component;
use crate::helper;
use crate::plugin::BandPlayer;

/// What a VST3 host looks for in the library.
#[unsafe(no_mangle)]
extern "system" fn GetPluginFactory() -> *mut c_void {
    let factory = ComWrapper::new(Factory { info: PluginInfo::for_plugin::<BandPlayer>() });
    factory.to_com_ptr::<IPluginFactory>().map_or(std::ptr::null_mut(), |factory| factory.into_raw().cast())
}

/// What a host calls once it has loaded the library.
#[cfg(all(unix, not(target_os = "macos")))]
#[unsafe(no_mangle)]
extern "C" fn ModuleEntry(_library: *mut c_void) -> bool {
    setup_logger::<BandPlayer>();
    true
}

/// What a host calls before it unloads the library.
#[cfg(all(unix, not(target_os = "macos")))]
#[unsafe(no_mangle)]
extern "C" fn ModuleExit() -> bool {
    true
}

/// What a host calls once it has loaded the library.
#[cfg(target_os = "macos")]
#[unsafe(no_mangle)]
extern "C" fn bundleEntry(_bundle: *mut c_void) -> bool {
    setup_logger::<BandPlayer>();
    true
}

/// What a host calls before it unloads the library.
#[cfg(target_os = "macos")]
#[unsafe(no_mangle)]
extern "C" fn bundleExit() -> bool {
    true
}

/// What a host calls once it has loaded the library.
#[cfg(windows)]
#[unsafe(no_mangle)]
extern "system" fn InitDll() -> bool {
    setup_logger::<BandPlayer>();
    true
}

/// What a host calls before it unloads the library.
#[cfg(windows)]
#[unsafe(no_mangle)]
extern "system" fn ExitDll() -> bool {
    true
}

/// Says what there is, and makes it.
struct Factory {
    info: PluginInfo,
}

impl Class for Factory {
    type Interfaces = (IPluginFactory, IPluginFactory2, IPluginFactory3);
}

impl Factory {
    /// Gives a host what it asked for of the only class.
    ///
    /// # Safety
    /// There must be room for it, or the place be null.
    unsafe fn tell<T>(index: i32, place: *mut T, info: T) -> tresult {
        if index != 0 || place.is_null() {
            return kInvalidArgument;
        }
        // SAFETY: as the caller promises.
        unsafe { place.write(info) };
        kResultOk
    }
}

impl IPluginFactoryTrait for Factory {
    unsafe fn getFactoryInfo(&self, info: *mut PFactoryInfo) -> tresult {
        // SAFETY: the host gives room, or null.
        unsafe { Self::tell(0, info, self.info.create_factory_info()) }
    }

    unsafe fn countClasses(&self) -> i32 {
        1
    }

    unsafe fn getClassInfo(&self, index: i32, info: *mut PClassInfo) -> tresult {
        // SAFETY: the host gives room, or null.
        unsafe { Self::tell(index, info, self.info.create_class_info()) }
    }

    unsafe fn createInstance(&self, class: FIDString, interface: FIDString, object: *mut *mut c_void) -> tresult {
        // SAFETY: the host gives 16 bytes each of class and interface and room for a pointer, or null. The keeper is
        // leaked, as it must be.
        unsafe {
            if class.is_null() || interface.is_null() || object.is_null() || *class.cast::<[u8; 16]>() != *self.info.cid
            {
                return kInvalidArgument;
            }
            helper::keep(|| std::mem::forget(Wrapper::<BandPlayer>::new()));
            let component = ComWrapper::new(Component::new());
            let Some(unknown) = component.as_com_ref::<FUnknown>() else { return kInvalidArgument };
            let unknown = unknown.as_ptr();
            ((*(*unknown).vtbl).queryInterface)(unknown, interface.cast::<TUID>(), object)
        }
    }
}

impl IPluginFactory2Trait for Factory {
    unsafe fn getClassInfo2(&self, index: i32, info: *mut PClassInfo2) -> tresult {
        // SAFETY: the host gives room, or null.
        unsafe { Self::tell(index, info, self.info.create_class_info_2()) }
    }
}

impl IPluginFactory3Trait for Factory {
    unsafe fn getClassInfoUnicode(&self, index: i32, info: *mut PClassInfoW) -> tresult {
        // SAFETY: the host gives room, or null.
        unsafe { Self::tell(index, info, self.info.create_class_info_unicode()) }
    }

    unsafe fn setHostContext(&self, _context: *mut FUnknown) -> tresult {
        kResultOk
    }
}
