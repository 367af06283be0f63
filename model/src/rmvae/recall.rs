//! What a voice has played so far at each step: all earlier measures, those weighing most after which the music went
//! on as it goes now.

use crate::rmvae::config::Layout;
use crate::rmvae::frames::{Frames, STEPS};

/// How sharply alike measures are preferred: the first remembers the piece as a whole, the second its repetitions.
/// Chosen on the validation chorales, where copying by these weights alone gives an onset F1 of 0.167 and 0.161.
const SHARPNESS: [f32; RECALLS] = [2.0, 10.0];

/// How many memories there are.
pub const RECALLS: usize = 2;

/// Probabilities below this are told alike.
const FLOOR: f32 = 0.01;

/// The weight of every earlier measure 0…`newest` for the target `newest + ahead`, for each memory; each sums to 1.
///
/// A measure counts by how alike the two measures before it (at the target's distance) are to the newest
/// two, and by whether it lies a multiple of two or four measures before the target.
#[must_use]
pub fn weights(newest: usize, ahead: usize, alike: impl Fn(usize, usize) -> f32) -> [Vec<f32>; RECALLS] {
    let before = |at: usize, source: usize, back: usize| match source.checked_sub(ahead + back) {
        Some(earlier) if at >= back => alike(at - back, earlier),
        _ => 0.3,
    };
    SHARPNESS.map(|sharpness| {
        let mut weights: Vec<f32> = (0..=newest)
            .map(|source| {
                let phrase = match (newest + ahead - source) % 4 {
                    0 => 0.15,
                    2 => 0.05,
                    _ => 0.0,
                };
                (sharpness * (before(newest, source, 0) + 0.5 * before(newest, source, 1) + phrase)).exp()
            })
            .collect();
        let total: f32 = weights.iter().sum();
        weights.iter_mut().for_each(|weight| *weight /= total);
        weights
    })
}

/// What the memories say of one voice: for each memory and step, of each class (mono) or pitch (poly) how likely it
/// starts, as 1 + ln(p + 0.01) / ln 100, about 0…1: `[RECALLS, 16, own]`.
#[must_use]
pub fn recall(layout: &Layout, history: &[Option<Frames>], weights: &[Vec<f32>; RECALLS]) -> Vec<f32> {
    let own = if layout.is_mono() { layout.classes() } else { layout.pitches };
    let mut out = vec![0.0; RECALLS * STEPS * own];
    for (memory, weights) in out.chunks_exact_mut(STEPS * own).zip(weights) {
        let mut known = 0.0;
        for (frames, weight) in history.iter().zip(weights) {
            let Some(frames) = frames else { continue };
            known += weight;
            for (step, row) in memory.chunks_exact_mut(own).enumerate() {
                if layout.is_mono() {
                    row[usize::from(frames.class[step])] += weight;
                } else {
                    let mut bits = frames.onset[step];
                    while bits != 0 {
                        row[bits.trailing_zeros() as usize] += weight;
                        bits &= bits - 1;
                    }
                }
            }
        }
        for value in memory {
            let probability = if known > 0.0 { *value / known } else { 0.0 };
            *value = 1.0 - (probability + FLOOR).ln() / FLOOR.ln();
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::band::Polyphony;
    use crate::measure::Measure;
    use crate::note::{Key, Note};

    #[test]
    fn the_weights_prefer_what_followed_the_same_music() {
        let alike = |a: usize, b: usize| if a % 3 == b % 3 { 1.0 } else { 0.0 };
        let [broad, sharp] = weights(8, 2, alike);
        assert!((broad.iter().sum::<f32>() - 1.0).abs() < 1e-5 && (sharp.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        // The target is measure 10: measures 7 and 4 followed the same music.
        let best = (0..sharp.len()).max_by(|&a, &b| sharp[a].total_cmp(&sharp[b]));
        assert!(matches!(best, Some(4 | 7)), "{sharp:?}");
    }

    #[test]
    fn what_was_always_played_is_certain() {
        let layout = Layout { polyphony: Polyphony::Mono, low: 60, pitches: 12, rests: true };
        let frames = Frames::of(&layout, &Measure::from_notes(16, [Note::new(0, 16, Key::MIDDLE_C)]));
        let said = recall(&layout, &[Some(frames), None], &[vec![0.5, 0.5], vec![0.5, 0.5]]);
        assert!(said[0] > 0.99 && said[1].abs() < 1e-5, "C is certain, C# is not known: {:?}", &said[..14]);
    }
}
