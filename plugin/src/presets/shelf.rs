//! The user's own presets: a JSON file each, in one folder.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::values::{Values, Written};
use crate::folders;

/// The largest file that is read. Chosen: twenty times a preset.
const LARGEST_PRESET: u64 = 64 << 10;

/// The longest name, in characters. Chosen.
const MOST_NAME: usize = 60;

/// The most presets that are listed. Chosen.
const MOST_PRESETS: usize = 1000;

/// The form of the files that this version writes. Required: it goes up when older versions can no longer read them.
const VERSION: u32 = 1;

/// What is wrong with a preset.
#[derive(Debug, thiserror::Error)]
pub enum PresetError {
    /// It cannot be called so on every system.
    #[error("a preset cannot be called {0:?}; use up to 60 letters, digits, spaces, and no / \\ : * ? \" < > |")]
    Name(String),
    /// The file system refused.
    #[error("{} cannot be read or written ({reason}); check the folder and its permissions", file.display())]
    File {
        /// Which file.
        file: PathBuf,
        /// Why.
        #[source]
        reason: std::io::Error,
    },
    /// It holds something else.
    #[error("{} is no preset of Band Player: choose another, or save it again", file.display())]
    NotAPreset {
        /// Which file.
        file: PathBuf,
    },
}

/// A folder of presets.
#[derive(Clone, Debug)]
pub struct Shelf {
    folder: PathBuf,
}

/// What a file holds.
#[derive(Serialize, Deserialize)]
struct Saved {
    #[serde(rename = "band-player-preset")]
    version: u32,
    values: BTreeMap<String, Written>,
    /// The band's file, if it is one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    band: String,
}

impl Shelf {
    /// The presets in this folder, which need not exist yet.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The user's, in [`folders::data`]. `None` where the system does not say where that is.
    #[must_use]
    pub fn users() -> Option<Self> {
        Some(Self::new(folders::data()?.join("presets")))
    }

    /// The names of those there are, in order; no folder is an empty one.
    #[must_use]
    pub fn list(&self) -> Vec<String> {
        let files = std::fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let name = |file: std::fs::DirEntry| {
            let path = file.path();
            let is_preset = path.extension().is_some_and(|ending| ending == "json") && path.is_file();
            path.file_stem()?.to_str().filter(|name| is_preset && is_fine(name)).map(str::to_owned)
        };
        let mut names: Vec<String> = files.filter_map(name).take(MOST_PRESETS).collect();
        names.sort_by_key(|name| name.to_lowercase());
        names
    }

    /// Saves values under a name; those that had it before are replaced.
    ///
    /// # Errors
    /// [`PresetError`]: a name that is none, or a folder that cannot be written.
    pub fn save(&self, name: &str, values: &Values) -> Result<(), PresetError> {
        let file = self.file(name)?;
        let saved = Saved { version: VERSION, values: values.written(), band: values.file().to_owned() };
        let written = serde_json::to_vec_pretty(&saved).map_err(std::io::Error::from);
        let written = written.and_then(|bytes| {
            std::fs::create_dir_all(&self.folder)?;
            model::files::replace(&file, &bytes)
        });
        written.map_err(|reason| PresetError::File { file, reason })
    }

    /// The values under this name.
    ///
    /// # Errors
    /// [`PresetError`]; nothing is taken of a file that is wrong in one place.
    pub fn load(&self, name: &str) -> Result<Values, PresetError> {
        let file = self.file(name)?;
        let mut bytes = Vec::new();
        let read = std::fs::File::open(&file).and_then(|open| open.take(LARGEST_PRESET + 1).read_to_end(&mut bytes));
        if let Err(reason) = read {
            return Err(PresetError::File { file, reason });
        }
        read_values(&bytes).ok_or(PresetError::NotAPreset { file })
    }

    /// Where they lie.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn file(&self, name: &str) -> Result<PathBuf, PresetError> {
        let file = || self.folder.join(format!("{name}.json"));
        is_fine(name).then(file).ok_or_else(|| PresetError::Name(name.chars().take(2 * MOST_NAME).collect()))
    }
}

/// What new instances do, and those before these parameters came did not.
const NOT_DONE_BEFORE: [&str; 2] = ["harmony", "texture"];

/// What the choice of figures was before it had textures, a switch.
const SWITCH_OF_FIGURES: &str = "figures";

fn read_values(bytes: &[u8]) -> Option<Values> {
    if u64::try_from(bytes.len()).is_ok_and(|length| length > LARGEST_PRESET) {
        return None;
    }
    let mut saved: Saved = serde_json::from_slice(bytes).ok()?;
    if let Some(Written::Number(played)) = saved.values.get(SWITCH_OF_FIGURES) {
        let now = if *played > 0.5 { "Automatic" } else { "Off" };
        saved.values.entry("texture".to_owned()).or_insert(Written::Text(now.to_owned()));
    }
    // One that lacks what came later was made where it was not done.
    for id in NOT_DONE_BEFORE {
        saved.values.entry(id.to_owned()).or_insert(Written::Number(0.0));
    }
    // A newer version may know more; what is known here is read.
    if saved.version == 0 { None } else { Some(Values::with(&saved.values)?.with_file(&saved.band)) }
}

/// Can a file be called so, on every system, and nothing but a file of this folder?
fn is_fine(name: &str) -> bool {
    let base = name.split('.').next().unwrap_or_default().to_ascii_uppercase();
    let device = base.strip_prefix("COM").or_else(|| base.strip_prefix("LPT"));
    let reserved = ["CON", "PRN", "AUX", "NUL"].contains(&base.as_str())
        || device.is_some_and(|number| number.len() == 1 && number.as_bytes()[0].is_ascii_digit());
    (1..=MOST_NAME).contains(&name.chars().count())
        && name.trim() == name
        && !name.starts_with('.')
        && !name.ends_with('.')
        && !reserved
        && !name.chars().any(|c| c.is_control() || "/\\:*?\"<>|".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::BandParams;
    use crate::presets::factory;
    use nice_plug::params::persist::PersistentField;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> (Self, Shelf) {
            let path = std::env::temp_dir().join(format!("band-player-{name}-{}", std::process::id()));
            (Self(path.clone()), Shelf::new(path.join("presets")))
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _gone = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_preset_of_before_plays_as_it_did() {
        let values = read_values(br#"{"band-player-preset":1,"values":{"dens":0.5}}"#).expect("a preset");
        assert_eq!((values.get("harmony"), values.get("texture")), (Some(0.0), Some(0.0)), "neither was there");
        let usual = Values::defaults();
        assert_ne!((usual.get("harmony"), usual.get("texture")), (Some(0.0), Some(0.0)), "as a new instance has them");
        assert_eq!(values.get("temp"), usual.get("temp"));
        // What was a switch is a choice now.
        let figures = |switch: &str| {
            let preset = format!(r#"{{"band-player-preset":1,"values":{{"figures":{switch}}}}}"#);
            read_values(preset.as_bytes()).expect("a preset").get("texture")
        };
        assert_eq!((figures("0.0"), figures("1.0")), (Some(0.0), usual.get("texture")));
    }

    #[test]
    fn what_is_saved_is_listed_and_comes_back_exactly() {
        let (_folder, shelf) = Folder::new("presets");
        assert_eq!(shelf.list(), Vec::<String>::new());
        for preset in factory() {
            shelf.save(&preset.name, &preset.values()).expect("saved");
            assert_eq!(shelf.load(&preset.name).expect("loaded"), preset.values(), "{}", preset.name);
        }
        assert_eq!(shelf.list().len(), factory().len());
        shelf.save("Duet", &Values::defaults()).expect("replaced");
        assert_eq!(shelf.load("Duet").expect("loaded"), Values::defaults());
        assert!(matches!(shelf.load("Trio"), Err(PresetError::File { .. })), "there is none of this name");
        // One with a band of the user's own.
        let params = BandParams::default();
        params.file.set("/bands/big band.safetensors".into());
        let chosen = BTreeMap::from([("band".to_owned(), Written::Text("Own file".into()))]);
        let own = Values::with(&chosen).expect("values").with_file(&params.file.map(Clone::clone));
        shelf.save("Big band", &own).expect("saved");
        assert_eq!(shelf.load("Big band").expect("loaded"), own);
        assert_eq!((own.file(), Values::of(&params).file()), ("/bands/big band.safetensors", ""));
    }

    #[test]
    fn hostile_names_reach_no_other_file() {
        let (folder, shelf) = Folder::new("names");
        let long = "x".repeat(61);
        let hostile = [
            "",
            " ",
            "..",
            "../escape",
            "a/b",
            "a\\b",
            "/etc/passwd",
            "C:x",
            ".hidden",
            "end.",
            " padded",
            "nul",
            "COM1",
            "com7.x",
            "a\nb",
            "a\0b",
            "what?",
            &long,
        ];
        for name in hostile {
            assert!(matches!(shelf.save(name, &Values::defaults()), Err(PresetError::Name(_))), "{name:?}");
            assert!(matches!(shelf.load(name), Err(PresetError::Name(_))), "{name:?}");
        }
        assert!(!folder.0.exists(), "nothing was made");
        for name in ["Späte Stunde", "7 & more", "a.b", "コード", "Communal"] {
            shelf.save(name, &Values::defaults()).expect("a good name");
        }
        assert_eq!(shelf.list().len(), 5);
    }

    #[test]
    fn garbage_is_refused_and_what_a_newer_version_knows_is_left_out() {
        let (_folder, shelf) = Folder::new("garbage");
        std::fs::create_dir_all(shelf.folder()).expect("a folder");
        let write = |text: &[u8]| std::fs::write(shelf.folder().join("it.json"), text).expect("written");
        let big = format!(r#"{{"band-player-preset":1,"values":{{}},"x":"{}"}}"#, "x".repeat(70_000));
        let garbage = [
            "",
            "{",
            "[]",
            "\u{0}",
            r#"{"values":{}}"#,
            r#"{"band-player-preset":1}"#,
            r#"{"band-player-preset":0,"values":{}}"#,
            r#"{"band-player-preset":1,"values":{"swing":2.0}}"#,
            r#"{"band-player-preset":1,"values":{"swing":-0.1}}"#,
            r#"{"band-player-preset":1,"values":{"swing":null}}"#,
            r#"{"band-player-preset":1,"values":{"mode":"Jazz"}}"#,
            r#"{"band-player-preset":1,"values":{"swing":1e99}}"#,
            &big,
        ];
        for text in garbage {
            write(text.as_bytes());
            let error = shelf.load("it").expect_err(text);
            assert!(matches!(error, PresetError::NotAPreset { .. }) && !error.to_string().contains('\n'), "{text:.60}");
        }
        write(br#"{"band-player-preset":9,"values":{"swing":"40 %","groove":7,"panic":1.0},"colour":"red"}"#);
        let values = shelf.load("it").expect("it is one");
        assert_eq!((values.get("swing"), values.get("panic")), (Some(0.4), None));
    }
}
