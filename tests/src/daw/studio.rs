//! Ardour and the JACK server it plays through: started, watched, and ended in every case.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::jack;

/// Longest that a run of Ardour may take, in seconds. Measured: 80 for the first take.
const PATIENCE: u32 = 150;

/// How long a run is begun again. When Ardour opens a session, two of its threads talk to JACK at
/// once, and JACK 1.9's client library does not keep their words apart: jackd says "Unknown
/// request" and cuts the client off, two seconds after the start. On a busy computer of two cores
/// that happened to half of all starts. A fresh server helps, sooner or later.
const AGAIN: Duration = Duration::from_secs(90);

/// A bundle that is no older when it is scanned is unknown in the session: Ardour takes what it knows of it for stale, by
/// whole seconds.
const SETTLED: Duration = Duration::from_secs(2);

/// Ardour's own words for being cut off.
const CUT_OFF: &str = "JACK server has been closed";

/// An installed Ardour, and a home for it that nothing else uses.
#[derive(Debug)]
pub(super) struct Studio {
    /// Its libraries and the scanner for plugins.
    library: PathBuf,
    pub(super) out: PathBuf,
}

/// How a run of Ardour went.
#[derive(Debug)]
pub(super) struct Run {
    /// What the script and Ardour said.
    pub(super) log: String,
    /// How many starts JACK spoilt.
    pub(super) spoilt: usize,
}

impl Studio {
    /// Finds Ardour, and lets its scanner look at the bundle.
    ///
    /// # Errors
    /// If it is not installed as Debian does, or does not accept the plugin.
    pub(super) fn open(out: &Path, bundle: &Path) -> anyhow::Result<Self> {
        let studio = Self { library: library()?, out: out.to_owned() };
        let plugins = studio.home().join(".vst3");
        fs::create_dir_all(&plugins).with_context(|| format!("could not make {}", plugins.display()))?;
        let plugin = plugins.join(bundle.file_name().context("a bundle has a name")?);
        link(bundle, &plugin)?;
        std::thread::sleep(SETTLED);
        let scanner = studio.library.join("ardour-vst3-scanner");
        let log = studio.out.join("scan.log");
        let arguments: [&OsStr; 3] = ["-v".as_ref(), "-f".as_ref(), plugin.as_ref()];
        let mut scan = studio.command(30, &scanner, &arguments, &log)?;
        let status = scan.env("LD_LIBRARY_PATH", &studio.library).status().context("could not start the scanner")?;
        if !status.success() || !read(&log).contains("Found Plugin") {
            bail!("Ardour's scanner refuses the plugin: see {}", log.display());
        }
        Ok(studio)
    }

    /// Runs a script in Ardour, with a JACK server of its own, until it succeeds or JACK has
    /// spoilt it too often. `prepare` puts everything in its first state before each try.
    ///
    /// # Errors
    /// If the script fails or takes too long; the error shows its last words.
    pub(super) fn run(
        &self,
        script: &Path,
        arguments: &[&OsStr],
        mut prepare: impl FnMut() -> anyhow::Result<()>,
    ) -> anyhow::Result<Run> {
        let name = script.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let path = self.out.join(format!("{name}.log"));
        let mut words: Vec<&OsStr> = vec!["--exit-when-halted".as_ref(), script.as_ref()];
        words.extend(arguments);
        let begin = Instant::now();
        let mut spoilt = 0;
        loop {
            prepare()?;
            let server = jack::start(&jack::server(), PATIENCE + 15, &self.out.join("jackd.log"))?;
            let status = self.command(PATIENCE, "ardour7-lua".as_ref(), &words, &path)?.status();
            let status = status.context("could not start ardour7-lua")?;
            drop(server);
            let log = read(&path);
            if log.lines().any(|line| line == "done") {
                return Ok(Run { log, spoilt });
            }
            if !log.contains(CUT_OFF) {
                let said = log.lines().rev().find(|line| line.starts_with("failed") || line.starts_with("Error"));
                bail!("Ardour did not get through {name}: {} ({status})", said.unwrap_or("it said nothing of use"));
            }
            spoilt += 1;
            if begin.elapsed() > AGAIN {
                bail!("JACK cut Ardour off {spoilt} times in a row: see {}", path.display());
            }
        }
    }

    /// Runs a script in Ardour that needs no JACK.
    ///
    /// # Errors
    /// If the script fails or takes too long.
    pub(super) fn run_alone(&self, script: &Path, arguments: &[&OsStr]) -> anyhow::Result<()> {
        let path = script.with_extension("log");
        let words: Vec<&OsStr> = [script.as_ref()].into_iter().chain(arguments.iter().copied()).collect();
        let status = self.command(PATIENCE, "ardour7-lua".as_ref(), &words, &path)?.status();
        let status = status.context("could not start ardour7-lua")?;
        if !read(&path).lines().any(|line| line == "done") {
            bail!("Ardour did not get through {} ({status}): see {}", script.display(), path.display());
        }
        Ok(())
    }

    /// A program with Ardour's home and this server's name.
    ///
    /// # Errors
    /// If its log cannot be written.
    pub(super) fn command(
        &self,
        seconds: u32,
        program: &Path,
        arguments: &[&OsStr],
        log: &Path,
    ) -> anyhow::Result<Command> {
        let home = self.home();
        let mut command = jack::bounded(seconds, program, arguments, log)?;
        command.env("HOME", &home).env("TMPDIR", &home);
        for (variable, folder) in [("CONFIG", ".config"), ("CACHE", ".cache"), ("DATA", ".local/share")] {
            command.env(format!("XDG_{variable}_HOME"), home.join(folder));
        }
        command.envs([("JACK_DEFAULT_SERVER", jack::server().as_str()), ("JACK_NO_START_SERVER", "1")]);
        command.env_remove("DISPLAY");
        Ok(command)
    }

    /// What Ardour takes for the user's home.
    pub(super) fn home(&self) -> PathBuf {
        self.out.join("home")
    }
}

/// Where Ardour's libraries lie: the package's `ardour7-lua` is a script that says so.
fn library() -> anyhow::Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let script = std::env::split_paths(&path).map(|folder| folder.join("ardour7-lua")).find(|file| file.exists());
    let script = script.context("ardour7-lua is not installed")?;
    let text = read(&script);
    let folder = text.lines().find_map(|line| line.strip_prefix("export ARDOUR_DLL_PATH="));
    Ok(PathBuf::from(folder.with_context(|| format!("{} does not say where Ardour lies", script.display()))?))
}

pub(super) fn read(path: &Path) -> String {
    fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

#[cfg(unix)]
fn link(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::os::unix::fs::symlink(from, to).with_context(|| format!("could not link {}", to.display()))
}

#[cfg(not(unix))]
fn link(_from: &Path, _to: &Path) -> anyhow::Result<()> {
    bail!("Ardour is driven on Linux only")
}
