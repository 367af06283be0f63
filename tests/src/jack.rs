//! A JACK server without a sound card, and programs that end with this one.

use std::ffi::OsStr;
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;

/// The server's sample rate, in Hz.
pub(crate) const RATE: u32 = 48_000;

/// The samples of its blocks.
pub(crate) const BLOCK: u32 = 512;

/// A server's name that no other run has.
pub(crate) fn server() -> String {
    format!("band-player-{}", std::process::id())
}

/// Starts a server that lives so many seconds at most. It asks for no priorities, which a container may not give.
///
/// # Errors
/// If jackd cannot be started.
pub(crate) fn start(name: &str, seconds: u32, log: &Path) -> anyhow::Result<Running> {
    let (rate, block) = (RATE.to_string(), BLOCK.to_string());
    let words = ["-r", "-n", name, "-d", "dummy", "-r", &rate, "-p", &block, "-C", "0", "-P", "0"];
    let words: Vec<&OsStr> = words.iter().map(OsStr::new).collect();
    let mut command = bounded(seconds, "jackd".as_ref(), &words, log)?;
    command.env("JACK_NO_AUDIO_RESERVATION", "1");
    let running = Running(command.spawn().context("could not start jackd")?);
    // jackd does not say when it is ready; clients wait for it too.
    std::thread::sleep(Duration::from_millis(700));
    Ok(running)
}

/// A program whose words go to this file. It ends after its time, or with this program, even where that is killed and
/// can tidy up nothing.
///
/// # Errors
/// If the file cannot be written.
pub(crate) fn bounded(seconds: u32, program: &Path, arguments: &[&OsStr], log: &Path) -> anyhow::Result<Command> {
    let file = File::create(log).with_context(|| format!("could not write {}", log.display()))?;
    let errors = file.try_clone().context("could not share a log")?;
    let mut command = Command::new("setpriv");
    command
        .args(["--pdeathsig", "TERM", "timeout", "--foreground", "--kill-after=5", &seconds.to_string()])
        .arg(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(file)
        .stderr(errors);
    Ok(command)
}

/// A process that is ended when this is dropped: asked first, so that it can tidy up.
#[derive(Debug)]
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let asked = Command::new("kill").arg(self.0.id().to_string()).status();
        let patience = Instant::now() + Duration::from_secs(5);
        while asked.is_ok() && Instant::now() < patience {
            if matches!(self.0.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        // It may have ended by now; then there is nothing to kill.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
