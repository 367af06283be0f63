//! What some tests need beside Rust and a C compiler. Where it is missing they are reported as ignored, with what would
//! bring it; where everything is required, they fail.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::display;

/// The environment variable that turns what is missing into a failure: any text but `0`. CI sets it.
pub const REQUIRE: &str = "BAND_PLAYER_REQUIRE";

/// Something that is no part of this project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// An X server without a screen, to open windows in.
    Display,
    /// Python's library mido, which reads MIDI files.
    Mido,
}

impl Need {
    /// Is it there?
    #[must_use]
    pub fn is_met(self) -> bool {
        match self {
            Self::Display => program("Xvfb").is_some(),
            Self::Mido => {
                let mut python = Command::new("python3");
                python.args(["-c", "import mido"]).stdout(Stdio::null()).stderr(Stdio::null());
                python.status().is_ok_and(|status| status.success())
            }
        }
    }

    /// The Debian packages that bring it.
    #[must_use]
    pub const fn packages(self) -> &'static str {
        match self {
            Self::Display => display::PACKAGES,
            Self::Mido => "python3-mido",
        }
    }
}

impl std::fmt::Display for Need {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let what = match self {
            Self::Display => "Xvfb",
            Self::Mido => "Python's library mido",
        };
        write!(f, "{what}; on Debian, `apt-get install {}` brings it", self.packages())
    }
}

/// Must everything be there?
#[must_use]
pub fn all_is_required() -> bool {
    std::env::var_os(REQUIRE).is_some_and(|text| !text.is_empty() && text != "0")
}

/// Where a program lies, of those that can be started by their name.
#[must_use]
pub fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}
