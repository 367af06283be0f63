//! Lines for whoever reads, on either stream.

use std::fmt::Display;
use std::io::{ErrorKind, Write};
use std::sync::OnceLock;

/// Why a line could not be printed, of the first that could not.
static UNSAID: OnceLock<String> = OnceLock::new();

/// Says a line. A reader who has seen enough (`| head`) is no reason to fail; a full disk is one, at the end.
pub(crate) fn say(line: impl Display) {
    match writeln!(std::io::stdout(), "{line}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => drop(UNSAID.set(error.to_string())),
        _ => {}
    }
}

/// Why not all that was said could be printed.
pub(crate) fn unsaid() -> Option<&'static str> {
    UNSAID.get().map(String::as_str)
}

/// Says a line to whoever watches. That nobody does is no reason to stop.
pub(crate) fn warn(line: impl Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
