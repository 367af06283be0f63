//! The JSB chorales on a grid of sixteenths (Boulanger-Lewandowski 2012; Huang et al. 2017), in their canonical split.
//!
//! The source is `Jsb16thSeparated.json`: for `train`, `valid` and `test` a list of chorales, each a list of sixteenths
//! of four keys (Soprano, Alto, Tenor, Bass), −1 where a voice is silent. It does not tell a held note from a repeated
//! one: equal neighbours are one long note. Nor does it know meters: they are guessed ([`guess`]), or read from a file
//! `{"split/index": [beats of a measure, beat unit, pickup in sixteenths, …]}`.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::{ImportError, Output, Report, Skip, score, text};
use crate::midi_file::{LongNote, Song};
use crate::music::meter::TimeSignature;
use crate::music::note::{Key, Velocity};

const EXPECTED: &str = "the 16th-note JSON of the JSB chorales is wanted: {split: [[[S, A, T, B] for each sixteenth]]}";
const EXPECTED_METERS: &str =
    "the JSON of their meters is wanted: {\"split/index\": [beats, beat unit, pickup in sixteenths]}";
const VOICES: [&str; 4] = ["Soprano", "Alto", "Tenor", "Bass"];

/// A chorale: for each sixteenth the keys of its voices.
pub type Chorale = Vec<[i32; 4]>;

/// Where the measures of a chorale begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meter {
    /// Its meter.
    pub meter: TimeSignature,
    /// Sixteenths before the first bar line.
    pub pickup: u32,
}

/// Reads the chorales and writes `train`, `valid` and `test`, each file named by its number in the split. With a file of
/// meters, chorales that it lacks are left out.
///
/// # Errors
/// [`ImportError`] where the source is something else or the result cannot be written.
pub fn import(source: &Path, meters: Option<&Path>, out: &Path, mut done: impl FnMut()) -> Result<Report, ImportError> {
    let wrong = |path: &Path, expected| ImportError::Form { path: path.into(), expected };
    let splits: BTreeMap<String, Vec<Vec<[f64; 4]>>> =
        serde_json::from_str(&text(source, EXPECTED)?).map_err(|_| wrong(source, EXPECTED))?;
    let meters: Option<BTreeMap<String, Value>> = match meters {
        Some(path) => {
            let text = text(path, EXPECTED_METERS)?;
            Some(serde_json::from_str(&text).map_err(|_| wrong(path, EXPECTED_METERS))?)
        }
        None => None,
    };
    let (mut report, out) = (Report::default(), Output::new(out)?);
    for (split, chorales) in &splits {
        for (number, chorale) in chorales.iter().enumerate() {
            done();
            let name = format!("{split}/{number}");
            #[expect(clippy::cast_possible_truncation, reason = "keys, or −1")]
            let chorale: Chorale = chorale.iter().map(|keys| keys.map(|key| key as i32)).collect();
            let meter = match &meters {
                None => Ok(guess(&chorale)),
                Some(meters) => meters.get(&name).and_then(listed).ok_or(Skip::Lacks("meter in the list")),
            };
            match meter.and_then(|meter| song(&chorale, meter)) {
                Ok(song) => {
                    out.add(split, &format!("{number:03}.mid"), &song.to_bytes())?;
                    *report.written.entry(split.clone()).or_default() += 1;
                }
                Err(reason) => report.skipped.push((name, reason)),
            }
        }
    }
    out.finish(source, &report)?;
    Ok(report)
}

fn listed(entry: &Value) -> Option<Meter> {
    let number = |at: usize| entry.get(at).and_then(Value::as_u64);
    let meter = TimeSignature::new(u8::try_from(number(0)?).ok()?, u8::try_from(number(1)?).ok()?)?;
    Some(Meter { meter, pickup: u32::try_from(number(2)?).ok()? })
}

/// A chorale as a song.
///
/// # Errors
/// [`Skip`]: why it is left out.
pub fn song(chorale: &Chorale, meter: Meter) -> Result<Song, Skip> {
    let steps = u32::from(meter.meter.steps().ok_or_else(|| Skip::Meter(shown(meter.meter)))?);
    let shift = (steps - meter.pickup % steps) % steps;
    let mut parts = Vec::new();
    for (voice, name) in VOICES.into_iter().enumerate() {
        let mut notes: Vec<LongNote> = Vec::new();
        let mut last = None;
        for (start, keys) in (shift..).zip(chorale) {
            let key = u8::try_from(keys[voice]).ok().and_then(Key::new);
            match notes.last_mut() {
                Some(note) if key.is_some() && key == last => note.end += 1,
                _ => notes.extend(key.map(|key| LongNote { start, end: start + 1, key, velocity: Velocity::DEFAULT })),
            }
            last = key;
        }
        parts.push((name, u8::try_from(voice).unwrap_or(0), 52, notes));
    }
    if parts.iter().all(|part| part.3.is_empty()) {
        return Err(Skip::Silent);
    }
    score::song(meter.meter, 80.0, parts).ok_or_else(|| Skip::Meter(shown(meter.meter)))
}

fn shown(meter: TimeSignature) -> String {
    format!("{}/{}", meter.numerator(), meter.denominator())
}

/// Guesses where the measures begin: in 4/4 or in 3/4, and on which beat. The best guess is that at whose bar lines the
/// most notes begin, long ones above all, and by which the last chord begins a measure or, in 4/4, the second half of
/// one. 3/4 is rarer than 4/4, and a pickup of more than a beat is hardly ever met.
///
/// Of the 348 chorales that are known to be in 4/4 or 3/4, on which its numbers were chosen, it finds meter and pickup
/// of 324.
#[must_use]
pub fn guess(chorale: &Chorale) -> Meter {
    let mut best = (f64::NEG_INFINITY, Meter { meter: TimeSignature::FOUR_FOUR, pickup: 0 });
    for (beats, penalty) in [(4u8, 0.0), (3, THREE)] {
        // PANIC: 3/4 and 4/4 are meters.
        let meter = TimeSignature::new(beats, 4).expect("a meter");
        let measure = usize::from(beats) * 4;
        for pickup in 0..usize::from(beats) {
            let ending = match (last_chord(chorale) + measure - 4 * pickup) % measure {
                0 => ON_ONE,
                8 if beats == 4 => ON_THREE,
                _ => 0.0,
            };
            let long = if pickup > 1 { LONG_PICKUP } else { 0.0 };
            let score = weight(chorale, measure, 4 * pickup) + ending - penalty - long;
            if score > best.0 {
                best = (score, Meter { meter, pickup: 4 * u32::try_from(pickup).unwrap_or(0) });
            }
        }
    }
    best.1
}

/// The sixteenth at which the last note of the bass begins.
fn last_chord(chorale: &Chorale) -> usize {
    let Some(last) = chorale.last().map(|keys| keys[3]) else { return 0 };
    chorale.len() - chorale.iter().rev().take_while(|keys| keys[3] == last).count()
}

/// What 3/4 loses beside 4/4, what a pickup of more than a beat loses, and what it adds if the last chord begins a
/// measure or its second half, in the shares of [`weight`]. Chosen on the 348 chorales whose meter is known: see
/// [`guess`].
const THREE: f64 = 0.1;
const LONG_PICKUP: f64 = 0.8;
const ON_ONE: f64 = 0.1;
const ON_THREE: f64 = 0.2;

/// How much more happens where a measure begins than elsewhere on the beats, in shares of what happens on average.
fn weight(chorale: &Chorale, measure: usize, pickup: usize) -> f64 {
    let (mut on, mut all, mut places, mut beats) = (0.0, 0.0, 0, 0);
    for at in (0..chorale.len()).step_by(4) {
        let begun: f64 = (0..4).map(|voice| begins(chorale, at, voice)).sum();
        all += begun;
        beats += 1;
        if at % measure == pickup % measure {
            on += begun;
            places += 1;
        }
    }
    if places == 0 || all <= 0.0 {
        return f64::NEG_INFINITY;
    }
    (on / f64::from(places)) / (all / f64::from(beats)) - 1.0
}

/// How long the note is that a voice begins here, as a root of its sixteenths; 0 where it begins none.
fn begins(chorale: &Chorale, at: usize, voice: usize) -> f64 {
    let key = chorale[at][voice];
    if key < 0 || at > 0 && chorale[at - 1][voice] == key {
        return 0.0;
    }
    let length = chorale[at..].iter().take_while(|keys| keys[voice] == key).count();
    f64::from(u32::try_from(length.min(16)).unwrap_or(16)).sqrt()
}
