//! What is said on the command line: a few words of ours, and those of the framework.

use crate::devices::Backend;

const HELP: &str = "\
Band Player, the program: an instrument without a DAW. Play on a MIDI keyboard or, in its window, on the computer's.

  --set ID=VALUE   begins with another setting: --set bpm=97 --set num=3 --set clock=host (docs/controls.md)
  --fresh          neither remembers nor is reminded of its last set-up
  --devices        lists the devices for sound and MIDI, and the words that choose them

It plays on JACK, else on the system's sound; what follows chooses otherwise. Its window does too (Devices).
";

/// The words of a command line.
#[derive(Debug, Default)]
pub(crate) struct Arguments {
    /// Settings, as people write them.
    pub(crate) set: Vec<(String, String)>,
    /// Nothing is remembered.
    pub(crate) fresh: bool,
    /// The devices are listed, and nothing is played.
    pub(crate) devices: bool,
    /// What sound goes through, if that is said.
    pub(crate) backend: Option<Backend>,
    /// The program's name, and what is left for the framework.
    pub(crate) rest: Vec<String>,
}

impl Arguments {
    pub(crate) fn of(words: impl Iterator<Item = String>) -> Result<Self, Misunderstood> {
        let mut all = Self::default();
        let mut words = words.peekable();
        while let Some(word) = words.next() {
            let (name, value) = match word.split_once('=') {
                Some((name, value)) if name.starts_with("--") => (name.to_owned(), Some(value.to_owned())),
                _ => (word.clone(), None),
            };
            match name.as_str() {
                "--fresh" => all.fresh = true,
                "--devices" => all.devices = true,
                "--set" => {
                    let pair = value.or_else(|| words.next()).unwrap_or_default();
                    let (id, text) = pair.split_once('=').ok_or_else(|| Misunderstood::Set(pair.clone()))?;
                    all.set.push((id.trim().to_owned(), text.trim().to_owned()));
                }
                "-b" | "--backend" => {
                    let name = value.or_else(|| words.next()).unwrap_or_default();
                    match Backend::named(&name) {
                        Some(backend) => all.backend = Some(backend),
                        None if name == "auto" => {}
                        // The framework knows what there is, and says it.
                        None => all.rest.extend(["--backend".into(), name]),
                    }
                }
                "-h" | "--help" => {
                    println!("{HELP}");
                    all.rest.push(word);
                }
                _ => all.rest.push(word),
            }
        }
        Ok(all)
    }
}

/// Why a command line is not understood.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Misunderstood {
    /// No setting.
    #[error("--set {0}: write --set ID=VALUE, as in --set bpm=97")]
    Set(String),
}
