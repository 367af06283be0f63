//! `jam.json`: what happened, in figures.

use std::collections::BTreeMap;

use model::music::chord::ChordSymbol;
use model::play::foretold::{ForetoldChord, ForetoldMeasure};
use serde::Serialize;

/// The middle, nearly the worst, and the worst of many figures; 0 where there were none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Spread {
    /// Half of them are not larger.
    pub median: f64,
    /// 99 of 100 are not larger.
    pub p99: f64,
    /// The largest.
    pub max: f64,
}

impl Spread {
    /// The spread of these figures.
    #[must_use]
    pub fn of(figures: &[f64]) -> Self {
        let mut sorted = figures.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        // The smallest figure that so many hundredths of all do not exceed.
        let rank = |hundredths: usize| {
            let index = (sorted.len() * hundredths).div_ceil(100).saturating_sub(1);
            sorted.get(index).copied().unwrap_or_default()
        };
        Self { median: rank(50), p99: rank(99), max: rank(100) }
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// How many measures the player played.
    pub measures: usize,
    /// Measures for which no prediction was there in time.
    pub missed: u64,
    /// Notes that never ended.
    pub hanging_notes: usize,
    /// How far a note of the band's began from its step, in samples, at most.
    pub max_onset_error_samples: u64,
    /// How long predictions took, in milliseconds.
    pub prediction_ms: Spread,
    /// How long `process()` took, in microseconds.
    pub process_us: Spread,
    /// How many notes each voice of the band played.
    pub notes: BTreeMap<String, usize>,
    /// The chords of each measure, as they are planned from what was heard before it, and why.
    pub chords: Vec<MeasureReport>,
}

/// The chords of one measure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MeasureReport {
    /// Which measure, counted from 1.
    pub measure: usize,
    /// Its halves.
    pub halves: Vec<HalfReport>,
}

/// The chord of half a measure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HalfReport {
    /// The sixteenth at which it begins, counted from 1.
    pub from: u8,
    /// The planned chord; "N.C." where a chart wants none.
    pub chord: String,
    /// How likely it is, 0…1, as the net that foretells chords says.
    pub probability: f32,
    /// The likeliest chords, the likeliest first.
    pub likeliest: Vec<LikelyChord>,
    /// What speaks for the planned chord, in words, the strongest first.
    pub why: Vec<String>,
}

/// A chord, and how likely it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LikelyChord {
    /// The chord.
    pub chord: String,
    /// 0…1.
    pub probability: f32,
}

impl MeasureReport {
    /// What was foretold of a measure, in words.
    #[must_use]
    pub fn of(found: &ForetoldMeasure) -> Self {
        let half = |half: &ForetoldChord| HalfReport {
            from: half.steps.0 + 1,
            chord: half.chord.map_or_else(|| ChordSymbol::None.to_string(), |chord| chord.to_string()),
            probability: half.chance,
            likeliest: half
                .likeliest
                .iter()
                .map(|&(chord, probability)| LikelyChord { chord: chord.to_string(), probability })
                .collect(),
            why: half.why.iter().map(ToString::to_string).collect(),
        };
        Self { measure: found.measure + 1, halves: found.halves.iter().map(half).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreads_are_ranks() {
        let figures: Vec<f64> = (1..=200).rev().map(f64::from).collect();
        assert_eq!(Spread::of(&figures), Spread { median: 100.0, p99: 198.0, max: 200.0 });
        assert_eq!(Spread::of(&[7.0]), Spread { median: 7.0, p99: 7.0, max: 7.0 });
        assert_eq!(Spread::of(&[]), Spread::default());
    }
}
