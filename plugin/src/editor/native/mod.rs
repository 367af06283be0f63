//! The system's own file dialog. Where there is none, the window's own list is used.
//!
//! Windows and macOS have one (`library`). On Linux it is a program (`program`): see ARCHITECTURE.md, "Written by hand,
//! and why".

#[cfg(any(windows, target_os = "macos"))]
mod library;
#[cfg(not(any(windows, target_os = "macos")))]
mod program;

use std::path::PathBuf;
use std::time::Duration;

use super::dialog::{Answer, Dialogs};

/// Sooner than this nobody closes a dialog: it never opened. Chosen: to see a window and press a key takes longer.
const GLANCE: Duration = Duration::from_millis(400);

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

/// Neither libraries nor programs tell a dialog that was closed from one that could not be opened: the time that it took
/// does.
fn judge(file: Option<PathBuf>, took: Duration) -> Answer {
    match file {
        Some(file) => Answer::File(file),
        None if took < GLANCE => Answer::Missing,
        None => Answer::Closed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialog_that_closes_before_anybody_saw_it_never_opened() {
        let file = PathBuf::from("/a.mid");
        assert_eq!(judge(Some(file.clone()), Duration::ZERO), Answer::File(file));
        assert_eq!(judge(None, Duration::from_millis(90)), Answer::Missing);
        assert_eq!(judge(None, Duration::from_secs(2)), Answer::Closed);
    }
}
