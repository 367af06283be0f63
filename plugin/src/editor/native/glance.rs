//! A dialog that was closed, told from one that could not be opened: of libraries that do not tell, by the time.

use std::path::PathBuf;
use std::time::Duration;

use crate::editor::dialog::Answer;

/// Sooner than this nobody closes a dialog: it never opened. Chosen: to see a window and press a key takes longer.
const GLANCE: Duration = Duration::from_millis(400);

/// What it means that a dialog gave this file, or none, after so long.
pub(super) fn judge(file: Option<PathBuf>, took: Duration) -> Answer {
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
