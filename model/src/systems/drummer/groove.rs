//! A take's groove: what a drummer has played, and what holds them to it.

use super::blows::StepBlows;
use super::feel::Feel;
use super::fills::fills;
use crate::music::drums::{DRUMS, Drum};

/// How many measures are remembered. Chosen: two phrases, the longest stretch of which people's feels were taken.
pub(super) const REMEMBERED: usize = 16;

/// Of how many measures the groove is made. Chosen: a phrase.
const GROOVE: usize = 8;

/// How much an odd number of measures ago counts beside an even one. Chosen: of many grooves every other measure is an
/// answer.
const ODD: f32 = 0.5;

/// How far what was always struck in the groove, or never, leans towards that again, as a logit. Measured on Groove's
/// `valid`: at 0.5 measures are as like those before as people's are; at 0 less, at 1 more.
const LEAN: f32 = 0.5;

/// How much more kick and snare lean. Chosen: on these the others lean; with it the takes of `valid` were told from
/// people's no better.
const LEANT_ON: f32 = 1.5;

/// How much less everything leans in a fill. Chosen: fills leave the groove.
const IN_FILLS: f32 = 0.3;

/// What was played, the newest measure last.
#[derive(Clone, Debug, Default)]
pub(super) struct Groove {
    measures: Vec<Vec<StepBlows>>,
    fills: Vec<bool>,
    /// Measures since the phrase began, also those that are forgotten.
    pub(super) played: usize,
}

impl Groove {
    /// A past of these measures, the newest last.
    pub(super) fn of(past: Vec<Vec<StepBlows>>) -> Self {
        let (played, newest) = (past.len(), past.len().saturating_sub(REMEMBERED));
        let measures = past[newest..].to_vec();
        Self { fills: fills(&measures), measures, played }
    }

    pub(super) fn push(&mut self, measure: Vec<StepBlows>, fill: bool) {
        if self.measures.len() == REMEMBERED {
            self.measures.remove(0);
            self.fills.remove(0);
        }
        self.measures.push(measure);
        self.fills.push(fill);
        self.played += 1;
    }

    /// Was the newest measure a fill?
    pub(super) fn filled(&self) -> bool {
        self.fills.last().copied().unwrap_or(false)
    }

    /// The measure so many before the one that comes.
    pub(super) fn ago(&self, lag: usize) -> Option<&Vec<StepBlows>> {
        self.measures.len().checked_sub(lag).and_then(|at| self.measures.get(at))
    }

    /// The steps of the newest measures that all have so many, and how many measures these are.
    pub(super) fn newest(&self, steps: usize, most: usize) -> (Vec<StepBlows>, usize) {
        let same = self.measures.iter().rev().take(most).take_while(|measure| measure.len() == steps).count();
        (self.measures[self.measures.len() - same..].concat(), same)
    }

    /// How it was played lately, in measures of so many steps, and how many these are; `None` before two.
    pub(super) fn feel(&self, steps: usize) -> Option<(Feel, usize)> {
        let (newest, measures) = self.newest(steps, REMEMBERED);
        (measures >= 2).then(|| (Feel::of(&newest, steps), measures))
    }

    /// How far each drum leans at each step towards what the groove does there, as a logit: fills are no part of it.
    pub(super) fn lean(&self, steps: usize, fill: bool) -> Vec<[f32; DRUMS]> {
        let mut sums = vec![[0.0f32; DRUMS]; steps];
        let mut all = 0.0f32;
        let newest = self.measures.iter().zip(&self.fills).rev().take(GROOVE).enumerate();
        for (before, (measure, _)) in newest.filter(|(_, (measure, fill))| !**fill && measure.len() == steps) {
            let weight = if before % 2 == 1 { 1.0 } else { ODD };
            all += weight;
            for (sums, blows) in sums.iter_mut().zip(measure) {
                for (sum, blow) in sums.iter_mut().zip(blows) {
                    *sum += if blow.loud > 0.0 { weight } else { -weight };
                }
            }
        }
        // A single measure is no groove yet.
        let sure = LEAN * (0.5 * all).min(1.0) * if fill { IN_FILLS } else { 1.0 } / all.max(ODD);
        let leant_on = [Drum::Kick, Drum::Snare].map(Drum::index);
        for sums in &mut sums {
            for (drum, sum) in sums.iter_mut().enumerate() {
                *sum *= sure * if leant_on.contains(&drum) { LEANT_ON } else { 1.0 };
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::super::blows::{Blow, NO_BLOWS};
    use super::*;

    fn measure(steps: usize, kicks: &[usize]) -> Vec<StepBlows> {
        let mut out = vec![NO_BLOWS; steps];
        kicks.iter().for_each(|&step| out[step][Drum::Kick.index()] = Blow { loud: 0.8, beside: 0.0 });
        out
    }

    #[test]
    fn what_was_always_struck_is_leant_towards_and_what_never_was_away_from() {
        let mut groove = Groove::default();
        assert_eq!(groove.lean(16, false), vec![[0.0; DRUMS]; 16]);
        for _ in 0..8 {
            groove.push(measure(16, &[0, 8]), false);
        }
        let lean = groove.lean(16, false);
        let kick = Drum::Kick.index();
        assert!((lean[0][kick] - LEAN * LEANT_ON).abs() < 1e-6 && (lean[1][kick] + LEAN * LEANT_ON).abs() < 1e-6);
        assert!((lean[0][Drum::Ride.index()] + LEAN).abs() < 1e-6);
        assert!(groove.lean(16, true)[0][kick] < 0.5 * lean[0][kick], "fills leave the groove");
        assert_eq!(groove.lean(12, false)[0][kick], 0.0, "another meter has another groove");
    }

    #[test]
    fn a_fill_is_no_part_of_the_groove() {
        let mut groove = Groove::default();
        for at in 0..8 {
            groove.push(measure(16, if at % 4 == 3 { &[1, 2, 3] } else { &[0] }), at % 4 == 3);
        }
        assert!((groove.lean(16, false)[1][Drum::Kick.index()] + LEAN * LEANT_ON).abs() < 1e-6);
    }

    #[test]
    fn the_newest_measures_are_remembered_as_far_as_their_meter_goes() {
        let mut groove = Groove::of((0..20).map(|at| measure(if at < 17 { 16 } else { 12 }, &[at % 12])).collect());
        assert_eq!(groove.played, 20);
        assert_eq!(
            groove.newest(12, 8),
            (measure(12, &[5]).into_iter().chain(measure(12, &[6])).chain(measure(12, &[7])).collect(), 3)
        );
        assert_eq!(groove.newest(16, 8).1, 0);
        groove.push(measure(12, &[0]), true);
        assert!(groove.filled() && groove.ago(1) == Some(&measure(12, &[0])) && groove.ago(REMEMBERED + 1).is_none());
    }
}
