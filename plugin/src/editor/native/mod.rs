//! The system's own file dialog. Where there is none, the window's own list is used.
//!
//! Windows and macOS have one (`library`). On Linux it is a program (`program`): see ARCHITECTURE.md, "Written by hand,
//! and why".

#[cfg(any(windows, target_os = "macos", test))]
mod glance;
#[cfg(any(windows, target_os = "macos"))]
mod library;
#[cfg(not(any(windows, target_os = "macos")))]
mod program;

use super::dialog::Dialogs;

/// The dialogs of this system.
#[cfg(any(windows, target_os = "macos"))]
pub(super) fn dialogs() -> Dialogs {
    Dialogs::new(|question, _| library::ask(question))
}

/// The dialogs of this system.
#[cfg(not(any(windows, target_os = "macos")))]
pub(super) fn dialogs() -> Dialogs {
    Dialogs::new(program::ask)
}
