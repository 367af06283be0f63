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
            Self::Display => programs("Xvfb").next().is_some(),
            Self::Mido => python_with_mido().is_some(),
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

/// A Python that has mido: of several, the first may be another than the one that the system's packages are for.
#[must_use]
pub fn python_with_mido() -> Option<PathBuf> {
    programs("python3").find(|python| {
        let mut python = Command::new(python);
        python.args(["-c", "import mido"]).stdout(Stdio::null()).stderr(Stdio::null());
        python.status().is_ok_and(|status| status.success())
    })
}

/// Where programs of this name lie, the one first that is started by its name.
fn programs(name: &str) -> impl Iterator<Item = PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let files: Vec<_> = std::env::split_paths(&path).map(|folder| folder.join(name)).collect();
    files.into_iter().filter(|file| file.is_file())
}
