//! Names of chords, from what sounds.

use model::VoiceId;
use model::music::band::{BandMeasure, Role};
use model::music::chord::Chord;

use crate::snapshot::Page;

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
    // The bass has a line of its own in the roll.
    Chord::recognised(&chroma, &low).map(|chord| chord.without_bass().to_string())
}

/// Where the chords of a measure of so many steps may change: at its half, if it is long.
#[must_use]
pub fn halves(steps: u8) -> [(u8, u8); 2] {
    let middle = if steps > 12 { 8 } else { steps };
    [(0, middle), (middle, steps)]
}
