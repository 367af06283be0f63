//! Ardour with its window, in an X server without a screen: it opens a session and imports a MIDI
//! file, as its user does by the menu.
//!
//! Only the window's Lua can import. A script gets into it as a hook in the file `ui_scripts` of the
//! user's settings; [`dress`] writes that and what spares us the questions of a first start.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use data_encoding::BASE64;

use super::session::Session;
use super::studio::{Studio, read};
use crate::display::Display;
use crate::jack::Running;

/// The hook, in which `FILE` stands for the file to import.
const OPEN: &str = include_str!("../../daw/open.lua");

/// Longest that Ardour may take, in seconds. Measured: 3.
const PATIENCE: u32 = 60;

/// The place of `LuaTimerDS`, a call ten times a second, among Ardour 7.3's signals for hooks
/// (gtk2_ardour/luasignal_syms.h): a bit of a number that is written in binary.
const TIMER: usize = 47;

/// The engine that needs neither a sound card nor a server. It is hidden in Ardour's own dialog,
/// unless the settings say otherwise.
const SETTINGS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Ardour>
  <Config><Option name="hide-dummy-backend" value="0"/><Option name="try-autostart-engine" value="1"/></Config>
  <Extra><AudioMIDISetup><EngineStates>
    <State backend="None (Dummy)" driver="Normal Speed" device="Silence" input-device="" output-device="" sample-rate="48000" buffer-size="1024" n-periods="0" input-latency="0" output-latency="0" active="1" use-buffered-io="0" midi-option="1 in, 1 out, Silence" lru="1"/>
  </EngineStates></AudioMIDISetup></Extra>
</Ardour>
"#;

impl Studio {
    /// Opens the session in Ardour's window, imports the file from the beginning on, and saves.
    ///
    /// # Errors
    /// If Ardour does not get through it in time: the log has its words.
    pub(super) fn import(&self, display: &Display, session: &Session, file: &Path, log: &Path) -> anyhow::Result<()> {
        dress(&self.home(), file)?;
        let words = ["--no-announcements".as_ref(), "--no-splash".as_ref(), session.folder.as_os_str()];
        let mut command = self.command(PATIENCE, "ardour".as_ref(), &words, log)?;
        let mut ardour = Running(command.env("DISPLAY", display.name()).spawn().context("could not start ardour")?);
        let begin = Instant::now();
        loop {
            let said = read(log);
            if said.lines().any(|line| line == "done") {
                return Ok(());
            }
            let failed = said.lines().find(|line| line.starts_with("failed: "));
            let ended = ardour.0.try_wait().context("is Ardour still there?")?;
            if failed.is_some() || ended.is_some() || begin.elapsed() > Duration::from_secs(PATIENCE.into()) {
                let why = failed.unwrap_or(if ended.is_some() { "it ended" } else { "it waits for something" });
                bail!("Ardour did not import {}: {why}; see {}", file.display(), log.display());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Settings of a user who has started Ardour before, and who hooked our script into it.
fn dress(home: &Path, file: &Path) -> anyhow::Result<()> {
    let folder = home.join(".config").join("ardour7");
    fs::create_dir_all(&folder).with_context(|| format!("could not make {}", folder.display()))?;
    for (name, text) in [(".a7", String::new()), ("config", SETTINGS.to_owned()), ("ui_scripts", hook(file)?)] {
        let path = folder.join(name);
        fs::write(&path, text).with_context(|| format!("could not write {}", path.display()))?;
    }
    Ok(())
}

/// The file `ui_scripts`: Ardour keeps a hook as Lua that makes a table, in base64.
fn hook(file: &Path) -> anyhow::Result<String> {
    let file = file.to_str().context("the file's path is no text")?;
    let script = OPEN.replace("FILE)", &format!("[==[{file}]==])"));
    let table = format!("s = {{ n = \"open\", s = \"open\", f = [===[{script}]===], a = {{}} }}");
    let signals = format!("1{:0>TIMER$}", "");
    Ok(format!(
        "<?xml version=\"1.0\"?>\n<UIScripts><ActionHooks><LuaCallback lua=\"5.3\" id=\"1\" name=\"open\" signals=\"{signals}\">{}</LuaCallback></ActionHooks></UIScripts>\n",
        BASE64.encode(table.as_bytes())
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hook_names_the_file_and_hears_the_timer() {
        let script = OPEN.replace("FILE)", "[==[/a b.mid]==])");
        assert!(script.contains("files:push_back ([==[/a b.mid]==])"), "{script}");
        let hook = hook(Path::new("/a b.mid")).expect("text");
        assert!(hook.contains(&format!("signals=\"1{}\"", "0".repeat(47))), "{hook}");
    }
}
