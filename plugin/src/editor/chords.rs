//! Names of chords.
//!
//! # Source
//! Template matching: T. Fujishima, "Realtime chord recognition of musical sound" (ICMC 1999).
//! Each chord's tones are a pattern over the twelve pitch classes. It is known how long each class
//! sounds; the pattern that is nearest to that names the chord. Here each tone of the pattern adds
//! the time that it sounds, and each foreign tone costs. The bass speaks for its own note as the
//! root, and each tone of a pattern costs a little, so that a larger pattern must fit better.

use model::VoiceId;
use model::music::band::{BandMeasure, Role};

use crate::snapshot::Page;

/// How much foreign tones cost, as a factor of their share of the whole sound. Chosen.
const FOREIGN: f32 = 0.9;
/// What each tone of the pattern costs if it does not sound. Chosen.
const MISSING: f32 = 0.14;
/// What is added if the bass plays nothing but the root. Chosen.
const BASS: f32 = 0.25;
/// Below this the sound has no name. Chosen.
const LEAST: f32 = 0.45;

/// The patterns: semitones above the root, and what is written after its name.
const PATTERNS: [(&[usize], &str); 12] = [
    (&[0, 4, 7], ""),
    (&[0, 3, 7], "m"),
    (&[0, 4, 7, 10], "7"),
    (&[0, 4, 7, 11], "maj7"),
    (&[0, 3, 7, 10], "m7"),
    (&[0, 3, 6], "dim"),
    (&[0, 3, 6, 10], "m7b5"),
    (&[0, 3, 6, 9], "dim7"),
    (&[0, 4, 8], "aug"),
    (&[0, 5, 7], "sus4"),
    (&[0, 2, 7], "sus2"),
    (&[0, 7], "5"),
];

const ROOTS: [&str; 12] = ["C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"];

/// A chord's name from how long each pitch class sounds, in all and in the bass, `[12]` each.
/// `None`: nothing sounds, or nothing that has a name.
#[must_use]
pub fn name(chroma: &[f32; 12], bass: &[f32; 12]) -> Option<String> {
    let total: f32 = chroma.iter().sum();
    let classes = chroma.iter().filter(|&&weight| weight > 0.0).count();
    if classes < 2 {
        return None;
    }
    let low: f32 = bass.iter().sum();
    let mut best = (LEAST, None);
    for (tones, suffix) in PATTERNS {
        for root in 0..12 {
            let sounding = |tone: &usize| chroma[(root + tone) % 12];
            let inside: f32 = tones.iter().map(sounding).sum();
            let missing = tones.iter().filter(|tone| sounding(tone) <= 0.0).count();
            let rooted = if low > 0.0 { bass[root] / low } else { 0.0 };
            let own = if chroma[root] > 0.0 { 0.0 } else { 0.2 };
            let score = (inside - FOREIGN * (total - inside)) / total - MISSING * missing as f32 + BASS * rooted
                - own
                - 0.02 * tones.len() as f32;
            if score > best.0 {
                best = (score, Some((root, suffix)));
            }
        }
    }
    best.1.map(|(root, suffix)| format!("{}{suffix}", ROOTS[root]))
}

/// The chord of a measure between two steps.
#[must_use]
pub fn between(page: &Page, music: &BandMeasure, from: u8, to: u8) -> Option<String> {
    let (mut chroma, mut low) = ([0.0; 12], [0.0; 12]);
    for (index, line) in page.voices.iter().enumerate() {
        let (Some(line), Some(voice)) = (line, VoiceId::new(index)) else { continue };
        if !music.present.has(voice) {
            continue;
        }
        let part = music.voice(voice).chroma_between(from, to);
        for class in 0..12 {
            // A tune passes through foreign tones: it says half of what accompaniment says.
            chroma[class] += part[class] * if line.role == Role::Melody { 0.5 } else { 1.0 };
            low[class] += if line.role == Role::Bass { part[class] } else { 0.0 };
        }
    }
    name(&chroma, &low)
}

/// Where the chords of a measure of so many steps may change: at its half, if it is long.
#[must_use]
pub fn halves(steps: u8) -> [(u8, u8); 2] {
    let middle = if steps > 12 { 8 } else { steps };
    [(0, middle), (middle, steps)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(keys: &[usize], expected: Option<&str>) {
        let (mut chroma, mut bass) = ([0.0; 12], [0.0; 12]);
        for key in keys {
            chroma[key % 12] += 4.0;
        }
        if let Some(lowest) = keys.first() {
            bass[lowest % 12] += 4.0;
        }
        assert_eq!(name(&chroma, &bass).as_deref(), expected, "{keys:?}");
    }

    #[test]
    fn every_pattern_is_named_from_every_root() {
        for (tones, suffix) in PATTERNS {
            for (root, name) in ROOTS.iter().enumerate() {
                let keys: Vec<usize> = tones.iter().map(|tone| 36 + root + tone).collect();
                check(&keys, Some(&format!("{name}{suffix}")));
            }
        }
    }

    #[test]
    fn inversions_and_a_tune_above_do_not_change_the_name() {
        check(&[40, 48, 55, 60], Some("C"));
        check(&[45, 57, 60, 64], Some("Am"));
        check(&[43, 53, 59, 62], Some("G7"));
    }

    #[test]
    fn silence_and_single_notes_have_no_name() {
        check(&[], None);
        check(&[60], None);
        check(&[48, 60, 72], None);
        check(&[60, 61, 62, 63, 64, 65], None);
    }
}
