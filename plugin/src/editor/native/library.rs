//! The dialogs of Windows and macOS.
//!
//! Never compiled or run by us: written from the documentation of `rfd`.

use std::time::Instant;

use rfd::AsyncFileDialog;

use super::glance::judge;
use crate::editor::dialog::{Answer, Question};

/// Asks, and waits for the answer.
///
/// On macOS the dialog is a sheet on the host's main thread, which `rfd` brings there and which does its own work meanwhile.
/// It has to be asked for from another thread, as here: from within a picture of ours, in a host without a window to hold
/// a sheet, it would run the host's events while we are drawing. From here it refuses such a host, by a panic, and the
/// window's own list is used. On Windows it is a window of this thread.
pub(super) fn ask(question: &Question) -> Answer {
    stay_loaded();
    let begun = Instant::now();
    let dialog = AsyncFileDialog::new()
        .set_title(&question.title)
        .set_directory(&question.folder)
        .add_filter(question.kind, &[question.ending]);
    let file = match &question.name {
        Some(name) => pollster::block_on(dialog.set_file_name(name).save_file()),
        None => pollster::block_on(dialog.pick_file()),
    };
    judge(file.map(|file| file.path().to_owned()), begun.elapsed())
}

/// A host may unload the plugin while a dialog is open, and this thread would return into nothing. macOS unloads no library
/// that has variables of threads.
#[cfg(not(windows))]
fn stay_loaded() {}

/// The same on Windows: from now on this library stays until the host ends.
#[cfg(windows)]
#[expect(unsafe_code, reason = "the system is asked in C")]
fn stay_loaded() {
    use windows_sys::Win32::System::LibraryLoader::{
        GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GET_MODULE_HANDLE_EX_FLAG_PIN, GetModuleHandleExW,
    };
    let flags = GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN;
    let here = stay_loaded as fn() as *const u16;
    let mut library = std::ptr::null_mut();
    // SAFETY: an address in this library instead of a name, as the flags say, and room for a handle, which needs no
    // release.
    let _kept = unsafe { GetModuleHandleExW(flags, here, &raw mut library) };
}
