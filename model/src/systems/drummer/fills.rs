//! Which measures are fills, and where fills come.

use super::blows::StepBlows;
use super::features::PHRASE;
use crate::music::drums::{DRUMS, Drum};

/// How many measures around one it is compared with, on each side. Chosen: two phrases of four.
const AROUND: usize = 8;

/// The share of measures around in which a stroke that is there belongs to the groove. Chosen: a third.
const OF_THE_GROOVE: f32 = 0.34;

/// How many strokes of snare and toms beside the groove make a fill. Chosen on the takes of the Groove MIDI Dataset: there
/// 27 % and 32 % of the fourth and eighth measures are fills then, 14 % of the others.
const FILLS: usize = 4;

/// The drums of which fills are made.
const HANDS: [Drum; 4] = [Drum::Snare, Drum::LowTom, Drum::MidTom, Drum::HighTom];

/// How likely a fill is in each measure of an eight. Measured on the takes of the Groove MIDI Dataset, the fourth and the
/// eighth a little oftener: their people also fill the fourth of a phrase that begins elsewhere.
pub(super) const LIKELY: [f32; PHRASE] = [0.12, 0.11, 0.11, 0.30, 0.12, 0.12, 0.11, 0.36];

/// Whether each measure of a take is a fill: there, snare and toms play what they do not play around it.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "few measures")]
pub fn fills(measures: &[Vec<StepBlows>]) -> Vec<bool> {
    let struck = |measure: &[StepBlows], step: usize, drum: usize| {
        measure.get(step).is_some_and(|blows: &[_; DRUMS]| blows[drum].loud > 0.0)
    };
    (0..measures.len())
        .map(|at| {
            let around = at.saturating_sub(AROUND)..measures.len().min(at + AROUND + 1);
            let others: Vec<&Vec<StepBlows>> =
                around.filter(|&other| other != at).map(|other| &measures[other]).collect();
            if others.len() < 3 {
                return false;
            }
            let beside = |step: usize, drum: usize| {
                let there = others.iter().filter(|other| struck(other, step, drum)).count();
                struck(&measures[at], step, drum) && (there as f32) < OF_THE_GROOVE * others.len() as f32
            };
            let cells = (0..measures[at].len()).flat_map(|step| HANDS.map(|drum| (step, drum.index())));
            cells.filter(|&(step, drum)| beside(step, drum)).count() >= FILLS
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::blows::{Blow, NO_BLOWS};
    use super::*;

    #[test]
    fn a_roll_over_the_toms_is_a_fill_and_a_backbeat_is_none() {
        let measure = |fill: bool| {
            let mut steps = vec![NO_BLOWS; 16];
            for step in [4, 12] {
                steps[step][Drum::Snare.index()] = Blow { loud: 0.8, beside: 0.0 };
            }
            for (step, drum) in [(12, Drum::HighTom), (13, Drum::HighTom), (14, Drum::LowTom), (15, Drum::LowTom)] {
                steps[step][drum.index()].loud = if fill { 0.7 } else { 0.0 };
            }
            steps
        };
        let take: Vec<_> = (0..16).map(|at| measure(at % 8 == 7)).collect();
        let found: Vec<usize> = (0..16).filter(|&at| fills(&take)[at]).collect();
        assert_eq!(found, [7, 15]);
        assert_eq!(fills(&take[..3]), [false; 3], "of three measures nobody can say it");
    }
}
