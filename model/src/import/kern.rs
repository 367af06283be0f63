//! Single-voice songs in Humdrum's `**kern`, such as the Essen folksong collection.
//!
//! # Source
//! Huron 1997, "Humdrum and Kern: Selective Feature Encoding". A token is a duration (`4` a quarter, `8.` a dotted
//! eighth), a pitch (`c` is C4, `cc` C5, `C` C3, `CC` C2; `#` and `-` move it) or `r`, and `[`, `_`, `]` for ties;
//! everything else of it (slurs, phrases, beams) is left out.

use std::path::{Path, PathBuf};

use super::{ImportError, Output, Report, Skip, entries, score};
use crate::midi_file::{LongNote, Song};
use crate::music::meter::TimeSignature;
use crate::music::note::{Key, Velocity};

const EXPECTED: &str = "a folder with .krn files is wanted";

/// The durations that the Melody LSTM's author keeps, in sixteenths: 0.25, 0.5, 0.75, 1, 1.5, 2, 3 and 4 quarters.
/// Required by the published preparation.
const PLAIN: [u32; 8] = [1, 2, 3, 4, 6, 8, 12, 16];

/// How songs are read.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Keep only songs whose durations are plain ones (Velardo's filter).
    pub plain: bool,
}

/// Reads every `.krn` file below the source and writes `train`, `valid` and `test` (of 20 songs 18, 1 and 1, by a
/// checksum of their paths: such collections have no split), one track named Lead each.
///
/// # Errors
/// [`ImportError`] where the source is something else or the result cannot be written.
pub fn import(source: &Path, rules: Rules, out: &Path, mut done: impl FnMut()) -> Result<Report, ImportError> {
    let mut files = Vec::new();
    collect(source, &mut files)?;
    if files.is_empty() {
        return Err(ImportError::Form { path: source.into(), expected: EXPECTED });
    }
    let (mut report, out) = (Report::default(), Output::new(out)?);
    for file in files {
        done();
        let name = file.strip_prefix(source).unwrap_or(&file).to_string_lossy().replace('\\', "/");
        let bytes = std::fs::read(&file).map_err(|_| Skip::Unreadable("file"));
        match bytes.and_then(|bytes| song(&String::from_utf8_lossy(&bytes), rules)) {
            Ok(song) => {
                let split = match crc32fast::hash(name.as_bytes()) % 20 {
                    0 => "valid",
                    1 => "test",
                    _ => "train",
                };
                let stem = name.trim_end_matches(".krn").replace('/', "-");
                out.add(split, &format!("{stem}.mid"), &song.to_bytes())?;
                *report.written.entry(split.into()).or_default() += 1;
            }
            Err(reason) => report.skipped.push((name, reason)),
        }
    }
    out.finish(source, &report)?;
    Ok(report)
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), ImportError> {
    for entry in entries(path, EXPECTED)? {
        if entry.is_dir() {
            collect(&entry, files)?;
        } else if entry.extension().is_some_and(|extension| extension == "krn") {
            files.push(entry);
        }
    }
    Ok(())
}

/// A token: how long, and which key; `None` rests.
struct Token {
    steps: u32,
    key: Option<Key>,
    /// It goes on what sounded.
    tied: bool,
}

/// One song. A first measure that is too short is a pickup: rests stand before it.
///
/// # Errors
/// [`Skip`]: why it is left out.
pub fn song(text: &str, rules: Rules) -> Result<Song, Skip> {
    let mut meter: Option<TimeSignature> = None;
    let mut notes: Vec<LongNote> = Vec::new();
    // Sixteenths so far, and at the bar line that was passed last: where a repeat divides a measure, its halves are
    // counted together.
    let (mut at, mut bar, mut pickup, mut number) = (0u32, 0u32, None, "0");
    let mut spines = false;
    for line in text.lines().map(str::trim_end) {
        if line.is_empty() || line.starts_with('!') {
            continue;
        }
        if line.contains('\t') {
            return Err(Skip::ManyVoices);
        }
        if let Some(name) = line.strip_prefix("**") {
            if name != "kern" {
                return Err(Skip::Lacks("**kern spine"));
            }
            spines = true;
        } else if let Some(signature) = line.strip_prefix("*M").filter(|rest| rest.contains('/')) {
            let found = parse_meter(signature).ok_or_else(|| Skip::Meter(signature.into()))?;
            if meter.is_some_and(|meter| meter != found) {
                return Err(Skip::MeterChanges);
            }
            meter = Some(found);
        } else if line.starts_with('*') || line == "." {
        } else if let Some(rest) = line.strip_prefix('=') {
            let measure = u32::from(meter.and_then(TimeSignature::steps).ok_or(Skip::Lacks("meter"))?);
            if at > 0 && pickup.is_none() && at <= measure {
                pickup = Some(at % measure);
                bar = at % measure;
            }
            if at - bar > measure {
                return Err(Skip::Measure(number.into()));
            }
            if at - bar == measure {
                bar = at;
            }
            number = rest;
        } else {
            let token = token(line, rules)?;
            let Some(token) = token else { continue };
            let end = at + token.steps;
            match (token.key, notes.last_mut()) {
                (Some(key), Some(last)) if token.tied && last.key == key && last.end == at => last.end = end,
                (Some(key), _) => notes.push(LongNote { start: at, end, key, velocity: Velocity::DEFAULT }),
                (None, _) => {}
            }
            at = end;
        }
    }
    if !spines {
        return Err(Skip::Lacks("**kern spine"));
    }
    let meter = meter.ok_or(Skip::Lacks("meter"))?;
    let measure = u32::from(meter.steps().ok_or_else(|| Skip::Meter(shown(meter)))?);
    if notes.is_empty() {
        return Err(Skip::Silent);
    }
    let before = (measure - pickup.unwrap_or(0)) % measure;
    notes.iter_mut().for_each(|note| (note.start, note.end) = (note.start + before, note.end + before));
    score::song(meter, 100.0, vec![("Lead", 0, 80, notes)]).ok_or_else(|| Skip::Meter(shown(meter)))
}

fn parse_meter(text: &str) -> Option<TimeSignature> {
    let (beats, unit) = text.split_once('/')?;
    let meter = TimeSignature::new(beats.parse().ok()?, unit.parse().ok()?)?;
    meter.parts().is_some().then_some(meter)
}

fn shown(meter: TimeSignature) -> String {
    format!("{}/{}", meter.numerator(), meter.denominator())
}

/// `None` for a grace note, which takes no time.
fn token(text: &str, rules: Rules) -> Result<Option<Token>, Skip> {
    if text.contains(['q', 'Q']) {
        return Ok(None);
    }
    if text.contains(' ') {
        return Err(Skip::ManyVoices);
    }
    let off_grid = || Skip::OffGrid(text.into());
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let dots = u32::try_from(text.matches('.').count()).unwrap_or(0).min(4);
    // In 64ths of a sixteenth, so that dots and short notes stay whole: a whole note has 16 of them.
    let whole = 16 * 64u32;
    let base = match digits.as_str() {
        // A breve and a long.
        "0" => whole * 2,
        "00" => whole * 4,
        digits => {
            let share = digits.parse::<u32>().ok().filter(|&share| share > 0 && whole.is_multiple_of(share));
            whole / share.ok_or_else(off_grid)?
        }
    };
    let length = (0..=dots).map(|dot| base >> dot).sum::<u32>();
    if !length.is_multiple_of(64) {
        return Err(off_grid());
    }
    let steps = length / 64;
    if rules.plain && !PLAIN.contains(&steps) {
        return Err(Skip::Duration(f64::from(steps) / 4.0));
    }
    let key = if text.contains('r') { None } else { Some(pitch(text).ok_or_else(off_grid)?) };
    Ok(Some(Token { steps, key, tied: text.contains(['_', ']']) }))
}

/// `c` is C4, `cc` C5, `C` C3.
fn pitch(text: &str) -> Option<Key> {
    let letters: Vec<char> = text.chars().filter(|letter| matches!(letter, 'a'..='g' | 'A'..='G')).collect();
    let first = *letters.first()?;
    if letters.iter().any(|&letter| letter != first) {
        return None;
    }
    let class = match first.to_ascii_lowercase() {
        'c' => 0,
        'd' => 2,
        'e' => 4,
        'f' => 5,
        'g' => 7,
        'a' => 9,
        _ => 11,
    };
    let octaves = i32::try_from(letters.len()).ok()?;
    let octave = if first.is_ascii_lowercase() { 3 + octaves } else { 4 - octaves };
    let count = |sign: char| i32::try_from(text.matches(sign).count()).unwrap_or(0);
    let number = 12 * (octave + 1) + class + count('#') - count('-');
    u8::try_from(number).ok().and_then(Key::new)
}
