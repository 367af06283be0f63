//! The library within a VST3 bundle.

use std::ffi::{c_char, c_void};
use std::path::Path;

use anyhow::{Context, bail, ensure};
use vst3::Steinberg::Vst::{IComponent, IComponentTrait, IEditController, IEditControllerTrait};
use vst3::Steinberg::{IBStream, IPluginBaseTrait, IPluginFactory, IPluginFactoryTrait, PClassInfo, TUID, kResultOk};
use vst3::{ComPtr, ComWrapper, Interface};

use super::stream::Stream;

/// The category of classes that make sound or notes, as the SDK spells it.
const AUDIO_MODULE: &[u8] = b"Audio Module Class";

/// A library whose entry was called. Its exit is called when it is dropped.
pub(super) struct Library {
    factory: Option<ComPtr<IPluginFactory>>,
    library: libloading::Library,
}

impl std::fmt::Debug for Library {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Library").field(&self.library).finish()
    }
}

impl Library {
    /// Loads a library and calls its entry.
    ///
    /// # Errors
    /// If it cannot be loaded, or makes no plugins.
    pub(super) fn load(path: &Path) -> anyhow::Result<Self> {
        // SAFETY: this runs the library's code, as every host does; it is the bundle that the
        // project has just built, or one that the user named. The entry has this type on each
        // system, is called once and before the factory; the factory is handed over to us.
        unsafe {
            let (library, entered) = enter(path)?;
            ensure!(entered, "the library's entry refused");
            type GetFactory = unsafe extern "system" fn() -> *mut IPluginFactory;
            let get = library.get::<GetFactory>(b"GetPluginFactory\0").context("the library makes no plugins")?;
            let factory = ComPtr::from_raw(get()).context("the library has no factory")?;
            Ok(Self { factory: Some(factory), library })
        }
    }

    /// The names of the classes that make sound or notes.
    pub(super) fn plugins(&self) -> Vec<String> {
        let Some(factory) = &self.factory else { return Vec::new() };
        // SAFETY: the info is plain numbers and outlives the calls.
        let class = |index| unsafe {
            let mut info: PClassInfo = std::mem::zeroed();
            let known = factory.getClassInfo(index, &raw mut info) == kResultOk && is_audio_module(&info.category);
            known.then(|| String::from_utf8_lossy(&text(&info.name).collect::<Vec<_>>()).into_owned())
        };
        // SAFETY: a plain call.
        (0..unsafe { factory.countClasses() }).filter_map(class).collect()
    }

    /// Makes an object of the first class that makes sound or notes.
    ///
    /// # Errors
    /// If there is none, or the factory refuses.
    pub(super) fn component(&self) -> anyhow::Result<ComPtr<IComponent>> {
        let factory = self.factory.as_ref().context("a factory")?;
        // SAFETY: the info is plain numbers and outlives the call.
        unsafe {
            for index in 0..factory.countClasses() {
                let mut info: PClassInfo = std::mem::zeroed();
                if factory.getClassInfo(index, &raw mut info) == kResultOk && is_audio_module(&info.category) {
                    return self.make::<IComponent>(&info.cid);
                }
            }
        }
        bail!("the library has no plugin")
    }

    /// Makes the controller that a component names, and tells it the component's state.
    ///
    /// # Errors
    /// If there is none, or it refuses.
    pub(super) fn controller_of(&self, component: &ComPtr<IComponent>) -> anyhow::Result<ComPtr<IEditController>> {
        let mut class: TUID = [0; 16];
        let stream = ComWrapper::new(Stream::default());
        let raw = stream.as_com_ref::<IBStream>().context("a stream")?.as_ptr();
        // SAFETY: the component is initialised, and what the calls are given outlives them.
        unsafe {
            ensure!(component.getControllerClassId(&raw mut class) == kResultOk, "the plugin has no controller");
            let controller = self.make::<IEditController>(&class)?;
            ensure!(controller.initialize(std::ptr::null_mut()) == kResultOk, "the controller is not initialised");
            if component.getState(raw) == kResultOk {
                stream.rewind();
                let _heard = controller.setComponentState(raw);
            }
            Ok(controller)
        }
    }

    fn make<I: Interface>(&self, class: &TUID) -> anyhow::Result<ComPtr<I>> {
        let factory = self.factory.as_ref().context("a factory")?;
        let mut object: *mut c_void = std::ptr::null_mut();
        let interface: *const c_char = I::IID.as_ptr().cast();
        // SAFETY: class and interface are 16 bytes each; the object is of the interface that was
        // asked for, and handed over to us.
        unsafe {
            let made = factory.createInstance(class.as_ptr(), interface, &raw mut object) == kResultOk;
            ensure!(made, "the plugin could not be made");
            ComPtr::from_raw(object.cast::<I>()).context("the plugin could not be made")
        }
    }
}

impl Drop for Library {
    fn drop(&mut self) {
        drop(self.factory.take());
        let name: &[u8] = if cfg!(target_os = "macos") {
            b"bundleExit\0"
        } else if cfg!(windows) {
            b"ExitDll\0"
        } else {
            b"ModuleExit\0"
        };
        // SAFETY: the exit has this type on each system, and nothing of the library is used
        // after it.
        unsafe {
            if let Ok(exit) = self.library.get::<unsafe extern "system" fn() -> bool>(name) {
                let _left = exit();
            }
        }
    }
}

/// Loads a library and calls its entry with what the system's entry wants.
///
/// # Safety
/// The library's code runs.
#[cfg(unix)]
unsafe fn enter(path: &Path) -> anyhow::Result<(libloading::Library, bool)> {
    type Entry = unsafe extern "system" fn(*mut c_void) -> bool;
    use libloading::os::unix::Library as Unix;
    let name: &[u8] = if cfg!(target_os = "macos") { b"bundleEntry\0" } else { b"ModuleEntry\0" };
    // SAFETY: as the caller has promised. The handle stays open: it goes from one owner to the
    // next. On macOS a bundle's reference is optional for plugins that need no resources.
    unsafe {
        let handle = Unix::open(Some(path), libloading::os::unix::RTLD_NOW)?.into_raw();
        let library = libloading::Library::from(Unix::from_raw(handle));
        let argument = if cfg!(target_os = "macos") { std::ptr::null_mut() } else { handle };
        let entered = library.get::<Entry>(name).context("the library has no entry")?(argument);
        Ok((library, entered))
    }
}

/// Loads a library and calls its entry, if it has one.
///
/// # Safety
/// The library's code runs.
#[cfg(windows)]
unsafe fn enter(path: &Path) -> anyhow::Result<(libloading::Library, bool)> {
    // SAFETY: as the caller has promised.
    unsafe {
        let library = libloading::Library::new(path)?;
        let entered = match library.get::<unsafe extern "system" fn() -> bool>(b"InitDll\0") {
            Ok(entry) => entry(),
            Err(_) => true,
        };
        Ok((library, entered))
    }
}

fn is_audio_module(category: &[c_char]) -> bool {
    text(category).eq(AUDIO_MODULE.iter().copied())
}

/// The bytes before the end of a C text.
fn text(text: &[c_char]) -> impl Iterator<Item = u8> {
    text.iter().map(|&byte| byte.to_ne_bytes()[0]).take_while(|&byte| byte != 0)
}
