//! An X server without a screen, for windows that nobody sees.

use std::io::ErrorKind;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

/// The Debian packages that bring it.
pub const PACKAGES: &str = "xvfb libgl1-mesa-dri";

/// Longest that it may take to start. Measured: a quarter of a second.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running X server; it ends with this.
#[derive(Debug)]
pub struct Display {
    server: Child,
    name: String,
}

impl Display {
    /// Starts one under a number that is free: far from those of real screens, and another for each place
    /// (0 to 7) of a process. `None` where `Xvfb` is not installed.
    ///
    /// # Errors
    /// If it does not start.
    pub fn start(place: u32) -> anyhow::Result<Option<Self>> {
        let number = 300 + 8 * (std::process::id() % 5000) + place;
        let name = format!(":{number}");
        let screen = ["-screen", "0", "1280x900x24", "+extension", "GLX", "-nolisten", "tcp"];
        let mut command = Command::new("Xvfb");
        command.arg(&name).args(screen).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let server = match command.spawn() {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            server => server.context("could not start Xvfb")?,
        };
        let display = Self { server, name };
        let socket = format!("/tmp/.X11-unix/X{number}");
        let start = Instant::now();
        while !Path::new(&socket).exists() {
            ensure!(start.elapsed() < PATIENCE, "Xvfb does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(Some(display))
    }

    /// What programs find it by: the value of `DISPLAY`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ended = self.server.kill();
        let _status = self.server.wait();
    }
}
