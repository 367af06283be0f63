//! The drum kit of an instance: which keys its drums have. The text of a kit's file is saved with the host's project, so that
//! a project that is moved keeps it; the audio thread reads its numbers, one by one.

#![expect(clippy::disallowed_types, reason = "the audio thread never asks for the text: it reads the numbers")]

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use model::music::kit::{Kit, KitError, MOST_KIT_BYTES, NamedKit};
use nice_plug::params::persist::PersistentField;

/// The kit of an instance, as the text of its file; empty: General MIDI's keys.
#[derive(Debug)]
pub struct KitHandle {
    text: RwLock<String>,
    numbers: [AtomicU8; Kit::NUMBERS],
    changed: Arc<AtomicBool>,
}

/// What a window shows of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShownKit {
    /// Its name; empty: General MIDI.
    pub name: String,
    /// Why the text cannot be read, if it cannot: General MIDI's keys count then.
    pub fault: Option<String>,
}

impl KitHandle {
    /// General MIDI's keys. `changed` is told when others are chosen.
    #[must_use]
    pub fn new(changed: &Arc<AtomicBool>) -> Self {
        let handle = Self {
            text: RwLock::default(),
            numbers: std::array::from_fn(|_| AtomicU8::new(0)),
            changed: Arc::clone(changed),
        };
        handle.put(&Kit::GENERAL_MIDI);
        handle
    }

    /// The keys.
    ///
    /// # Realtime safety
    /// Atomics only. Who reads while another kit is put may see part of each, and is told of the change then.
    #[must_use]
    pub fn kit(&self) -> Kit {
        Kit::of_numbers(|place| self.numbers[place].load(Ordering::Relaxed))
    }

    /// Its name, and whether it can be read.
    #[must_use]
    pub fn shown(&self) -> ShownKit {
        match self.map(|text| understood(text)) {
            Ok(Some(named)) => ShownKit { name: named.name, fault: None },
            Ok(None) => ShownKit::default(),
            Err(error) => ShownKit { name: String::new(), fault: Some(error.to_string()) },
        }
    }

    fn put(&self, kit: &Kit) {
        for (place, number) in self.numbers.iter().zip(kit.numbers()) {
            place.store(number, Ordering::Relaxed);
        }
        self.changed.store(true, Ordering::Release);
    }
}

/// Why the file of a kit is not taken.
#[derive(Debug, thiserror::Error)]
pub enum KitFileError {
    /// It cannot be read.
    #[error("it cannot be read ({0}): choose another file")]
    Disk(#[source] std::io::Error),
    /// It is far too long.
    #[error("this is no drum kit: it has {0} bytes; choose a file of a few lines")]
    TooLong(u64),
    /// It is no kit.
    #[error(transparent)]
    Kit(KitError),
}

/// A kit's file: what it says, and its text.
///
/// # Errors
/// [`KitFileError`].
pub fn read(file: &Path) -> Result<(NamedKit, String), KitFileError> {
    let size = std::fs::metadata(file).map_err(KitFileError::Disk)?.len();
    if size > MOST_KIT_BYTES {
        return Err(KitFileError::TooLong(size));
    }
    let text = std::fs::read_to_string(file).map_err(KitFileError::Disk)?;
    let named: NamedKit = text.parse().map_err(KitFileError::Kit)?;
    Ok((named, text))
}

/// What a text says; nothing where it is empty.
fn understood(text: &str) -> Result<Option<NamedKit>, KitError> {
    if text.is_empty() { Ok(None) } else { text.parse().map(Some) }
}

impl PersistentField<'_, String> for KitHandle {
    fn set(&self, text: String) {
        let kit = understood(&text).ok().flatten().map_or(Kit::GENERAL_MIDI, |named| named.kit);
        *self.text.write().unwrap_or_else(PoisonError::into_inner) = text;
        self.put(&kit);
    }

    fn map<F, R>(&self, read: F) -> R
    where
        F: Fn(&String) -> R,
    {
        read(&self.text.read().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use model::music::drums::Drum;
    use model::music::kit::SHIPPED;

    use super::*;

    #[test]
    fn a_kit_counts_at_once_and_one_that_cannot_be_read_leaves_general_midi_and_says_so() {
        let changed = Arc::new(AtomicBool::new(false));
        let handle = KitHandle::new(&changed);
        assert_eq!((handle.kit(), handle.shown()), (Kit::GENERAL_MIDI, ShownKit::default()));
        changed.store(false, Ordering::Relaxed);
        handle.set(SHIPPED[3].1.to_owned());
        assert!(changed.load(Ordering::Relaxed) && handle.kit().plays(Drum::Kick).get() == 33);
        assert_eq!(handle.shown().name, "Yamaha DTXplorer");
        // A project of before has an empty text.
        handle.set(String::new());
        assert_eq!((handle.kit(), handle.shown()), (Kit::GENERAL_MIDI, ShownKit::default()));
        handle.set(SHIPPED[3].1.to_owned());
        handle.set("{\"name\": \"half a kit\"}".to_owned());
        assert_eq!(handle.kit(), Kit::GENERAL_MIDI);
        assert!(handle.shown().fault.is_some_and(|fault| fault.contains("missing field `kick`")));
        assert!(handle.map(|text| text.contains("half a kit")), "what was saved is kept");
    }

    #[test]
    fn a_file_is_read_whole_or_says_why_not() {
        let folder = std::env::temp_dir().join(format!("band-player-kit-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let written = |name: &str, text: &[u8]| {
            let file = folder.join(name);
            std::fs::write(&file, text).expect("the folder is there");
            read(&file).map(|(named, _)| named.name).map_err(|error| error.to_string())
        };
        assert_eq!(written("good.json", SHIPPED[1].1.as_bytes()), Ok("Roland TD-17".to_owned()));
        let said = written("bad.json", SHIPPED[1].1.replacen("36", "hat", 1).as_bytes()).expect_err("no number");
        assert!(said.contains("line 3") && said.contains("general-midi.json"), "{said}");
        let said = written("long.json", &[b' '; 1 << 17]).expect_err("too long");
        assert!(said.contains("131072 bytes"), "{said}");
        assert!(written("binary.json", &[0xff, 0xfe, 0]).is_err());
        assert!(read(&folder.join("none.json")).is_err_and(|error| error.to_string().contains("cannot be read")));
        std::fs::remove_dir_all(&folder).expect("it is there");
    }
}
