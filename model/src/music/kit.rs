//! The keys of a drum kit: what is struck for each of the nine drums, and as which drum each key is heard. By default those
//! of General MIDI; others are read from a file that people can write.
//!
//! ```json
//! {
//!   "name": "My pads",
//!   "kick": { "plays": 36, "hears": [35, 36] },
//!   "snare": { "plays": 38, "hears": [37, 38, 40] },
//!   …
//! }
//! ```
//!
//! # Source
//! Of the layouts that ship: General MIDI's percussion keys and Gillick et al. 2019, table 5; the makers' tables of the notes
//! that a Roland TD-17, an Alesis Nitro and a Yamaha DTXplorer send.

use serde::Deserialize;

use super::drums::{DRUMS, Drum};
use super::note::Key;

/// How many keys MIDI has. Required.
const KEYS: usize = 128;

/// The longest file that is read, in bytes. Chosen: a hundred times what one has.
pub const MOST_KIT_BYTES: u64 = 1 << 16;

/// The keys of a kit.
///
/// # Realtime safety
/// `Copy`, of fixed size: no method allocates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kit {
    plays: [Key; DRUMS],
    hears: [Option<Drum>; KEYS],
}

impl Default for Kit {
    fn default() -> Self {
        Self::GENERAL_MIDI
    }
}

impl Kit {
    /// General MIDI's.
    pub const GENERAL_MIDI: Self = {
        let mut kit = Self { plays: [Key::MIN; DRUMS], hears: [None; KEYS] };
        let mut place = 0;
        while place < DRUMS {
            kit.plays[place] = Drum::ALL[place].key();
            place += 1;
        }
        let mut number = 0;
        while number < KEYS {
            #[expect(clippy::cast_possible_truncation, reason = "below 128")]
            let key = Key::new(number as u8);
            if let Some(key) = key {
                kit.hears[number] = Drum::of(key);
            }
            number += 1;
        }
        kit
    };

    /// The key that is struck for a drum.
    #[must_use]
    pub const fn plays(&self, drum: Drum) -> Key {
        self.plays[drum.index()]
    }

    /// The drum that a key is heard as; `None`: other percussion.
    #[must_use]
    pub fn hears(&self, key: Key) -> Option<Drum> {
        self.hears[usize::from(key.get())]
    }

    /// The drums that are struck on a key on which one before them is struck too, with that one: they sound alike on such a
    /// kit, in [`Drum::ALL`]'s order.
    pub fn alike(&self) -> impl Iterator<Item = (Drum, Drum)> + '_ {
        Drum::ALL.into_iter().filter_map(|drum| {
            let first = Drum::ALL.into_iter().find(|&other| self.plays(other) == self.plays(drum))?;
            (first != drum).then_some((first, drum))
        })
    }

    /// The kit as numbers, which threads share one by one: the nine keys that are struck, then for each of the 128 keys the
    /// place of its drum, or 255.
    pub fn numbers(&self) -> impl Iterator<Item = u8> + '_ {
        let heard = |drum: &Option<Drum>| drum.map_or(u8::MAX, |drum| u8::try_from(drum.index()).unwrap_or(u8::MAX));
        self.plays.iter().map(|key| key.get()).chain(self.hears.iter().map(heard))
    }

    /// The kit of [`Self::numbers`]; what is none is as in General MIDI.
    #[must_use]
    pub fn of_numbers(mut number: impl FnMut(usize) -> u8) -> Self {
        let mut kit = Self::GENERAL_MIDI;
        for (place, key) in kit.plays.iter_mut().enumerate() {
            *key = Key::new(number(place)).unwrap_or(*key);
        }
        for (place, drum) in kit.hears.iter_mut().enumerate() {
            *drum = Drum::ALL.get(usize::from(number(DRUMS + place))).copied();
        }
        kit
    }

    /// How many [`Self::numbers`] there are. Required by the sum.
    pub const NUMBERS: usize = DRUMS + KEYS;
}

/// A kit and its name, as a file has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedKit {
    /// What people call it.
    pub name: String,
    /// Its keys.
    pub kit: Kit,
}

impl NamedKit {
    /// What a player should know of it, in a sentence: which drums sound alike, as one key is struck for them. `None` where
    /// each has a key of its own.
    #[must_use]
    pub fn remark(&self) -> Option<String> {
        let pairs: Vec<String> = self
            .kit
            .alike()
            .map(|(one, other)| {
                let key = self.kit.plays(one).get();
                format!("the {} and the {} are both struck on key {key}", one.name(), other.name())
            })
            .collect();
        (!pairs.is_empty()).then(|| format!("{}, and sound alike", pairs.join(", ")))
    }
}

/// The files of the layouts that ship, with the stems of their names. Required: the first is the usual one.
pub const SHIPPED: [(&str, &str); 4] = [
    ("general-midi", include_str!("../../kits/general-midi.json")),
    ("roland-td", include_str!("../../kits/roland-td.json")),
    ("alesis-nitro", include_str!("../../kits/alesis-nitro.json")),
    ("yamaha-dtxplorer", include_str!("../../kits/yamaha-dtxplorer.json")),
];

/// Why a text is no kit.
#[derive(Debug, thiserror::Error)]
pub enum KitError {
    /// It is not written as kits are.
    #[error("this is no drum kit: {0}; begin with one of those that ship, as model/kits/general-midi.json")]
    Text(#[source] serde_json::Error),
    /// A key that MIDI does not have.
    #[error("the {drum} has the key {number}: keys are numbers from 0 to 127")]
    NoKey {
        /// Of which drum.
        drum: &'static str,
        /// Its number.
        number: i64,
    },
    /// Two drums are heard by one key.
    #[error("the key {key} is heard as the {one} and as the {other}: leave it out of one of them")]
    Twice {
        /// The key.
        key: u8,
        /// The one drum.
        one: &'static str,
        /// The other.
        other: &'static str,
    },
}

/// A file, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    kick: Keys,
    snare: Keys,
    #[serde(rename = "closed hat")]
    closed_hat: Keys,
    #[serde(rename = "open hat")]
    open_hat: Keys,
    #[serde(rename = "low tom")]
    low_tom: Keys,
    #[serde(rename = "mid tom")]
    mid_tom: Keys,
    #[serde(rename = "high tom")]
    high_tom: Keys,
    crash: Keys,
    ride: Keys,
}

/// The keys of a drum.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    plays: i64,
    hears: Vec<i64>,
}

impl std::str::FromStr for NamedKit {
    type Err = KitError;

    fn from_str(text: &str) -> Result<Self, KitError> {
        let written: Written = serde_json::from_str(text).map_err(KitError::Text)?;
        let Written { name, kick, snare, closed_hat, open_hat, low_tom, mid_tom, high_tom, crash, ride } = written;
        let drums = [kick, snare, closed_hat, open_hat, low_tom, mid_tom, high_tom, crash, ride];
        let mut kit = Kit { plays: [Key::MIN; DRUMS], hears: [None; KEYS] };
        for (drum, keys) in Drum::ALL.into_iter().zip(drums) {
            let key = |number: i64| {
                let key = u8::try_from(number).ok().and_then(Key::new);
                key.ok_or(KitError::NoKey { drum: drum.name(), number })
            };
            kit.plays[drum.index()] = key(keys.plays)?;
            for number in keys.hears {
                let key = key(number)?;
                let heard = &mut kit.hears[usize::from(key.get())];
                match heard.replace(drum) {
                    Some(other) if other != drum => {
                        return Err(KitError::Twice { key: key.get(), one: other.name(), other: drum.name() });
                    }
                    _ => {}
                }
            }
        }
        // What is struck for a drum is heard as that drum, unless another one claims it.
        for drum in Drum::ALL {
            kit.hears[usize::from(kit.plays(drum).get())].get_or_insert(drum);
        }
        Ok(Self { name: name.trim().to_owned(), kit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<NamedKit, String> {
        text.parse().map_err(|error: KitError| error.to_string())
    }

    #[test]
    fn the_kits_that_ship_are_read_and_hear_what_they_play() {
        for (stem, text) in SHIPPED {
            let NamedKit { name, kit } = read(text).unwrap_or_else(|error| panic!("{stem}: {error}"));
            assert!(!name.is_empty());
            for drum in Drum::ALL {
                assert_eq!(kit.hears(kit.plays(drum)), Some(drum), "{stem}: {}", drum.name());
            }
            let numbers: Vec<u8> = kit.numbers().collect();
            assert_eq!((numbers.len(), Kit::of_numbers(|place| numbers[place])), (Kit::NUMBERS, kit), "{stem}");
        }
        assert_eq!(read(SHIPPED[0].1).map(|named| named.kit), Ok(Kit::default()), "the usual one");
    }

    #[test]
    fn a_kit_that_is_none_says_what_is_wrong_where_and_what_to_do() {
        let gm = SHIPPED[0].1;
        let check = |from: &str, to: &str, said: &[&str]| {
            let text = gm.replacen(from, to, 1);
            assert_ne!(text, gm, "{from}");
            let error = read(&text).expect_err(to);
            assert!(said.iter().all(|part| error.contains(part)), "{error}");
        };
        check("\"kick\"", "\"kik\"", &["unknown field `kik`", "line 3", "general-midi.json"]);
        check("\"plays\": 36", "\"plays\": 360", &["the kick has the key 360", "0 to 127"]);
        check("[35, 36]", "[35, -1]", &["the kick has the key -1"]);
        check("[35, 36]", "[35, 38]", &["the key 38 is heard as the kick and as the snare"]);
        check("\"name\"", "\"nom\"", &["unknown field `nom`"]);
        assert!(read(&gm[..100]).is_err_and(|error| error.contains("line")));
        assert!(read("").is_err());
    }

    #[test]
    fn one_key_may_be_struck_for_two_drums_and_that_is_said() {
        let gm = SHIPPED[0].1;
        assert_eq!(read(gm).map(|named| named.remark()), Ok(None));
        // A small kit has one tom.
        let small = read(&gm.replacen("\"plays\": 47", "\"plays\": 50", 1)).expect("a kit");
        assert_eq!(small.kit.alike().collect::<Vec<_>>(), [(Drum::MidTom, Drum::HighTom)]);
        let remark = small.remark().expect("a remark");
        assert_eq!(remark, "the mid tom and the high tom are both struck on key 50, and sound alike");
        assert_eq!(small.kit.hears(Key::clamped(50)), Some(Drum::HighTom), "as the file says");
    }

    #[test]
    fn what_is_struck_for_a_drum_is_heard_as_it_even_where_the_file_does_not_say_so() {
        let kit = read(&SHIPPED[0].1.replacen("\"plays\": 36", "\"plays\": 20", 1)).expect("a kit").kit;
        assert_eq!([20, 35, 36].map(|key| kit.hears(Key::clamped(key))), [Some(Drum::Kick); 3]);
    }

    #[test]
    fn whatever_a_file_holds_it_is_a_whole_kit_or_an_error() {
        let gm = SHIPPED[0].1;
        let (mut good, mut bad) = (0, 0);
        for at in 0..gm.len() {
            let changed = "0 9-]}\"x.e".chars().map(|with| format!("{}{with}{}", &gm[..at], &gm[at + 1..]));
            for text in changed.chain([gm[..at].to_owned(), format!("{}{}", &gm[..at], &gm[at + 1..])]) {
                let Ok(NamedKit { kit, .. }) = text.parse() else {
                    bad += 1;
                    continue;
                };
                good += 1;
                assert!(Drum::ALL.iter().all(|&drum| kit.hears(kit.plays(drum)).is_some()), "{text}");
            }
        }
        assert!(good > 100 && bad > 1000, "{good} kits, {bad} errors");
    }
}
