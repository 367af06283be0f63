//! A take's groove: what a drummer has played, and what holds them to it.

use super::beats::Beats;
use super::blows::StepBlows;
use super::feel::Feel;
use super::fills::fills;
use crate::music::drums::{DRUMS, Drum};
use crate::music::measure::MAX_STEPS;

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
pub(super) const IN_FILLS: f32 = 0.3;

/// What was played, the newest measure last.
#[derive(Clone, Debug, Default)]
pub(super) struct Groove {
    measures: Vec<Played>,
    /// Measures since the phrase began, also those that are forgotten.
    pub(super) played: usize,
}

/// A measure that was played.
#[derive(Clone, Debug)]
struct Played {
    blows: Vec<StepBlows>,
    beats: Beats,
    fill: bool,
}

impl Groove {
    /// A past of these measures in quarters, the newest last.
    pub(super) fn of(past: Vec<Vec<StepBlows>>) -> Self {
        let (played, newest) = (past.len(), past.len().saturating_sub(REMEMBERED));
        let measures = past[newest..].to_vec();
        let with_fills = fills(&measures).into_iter().zip(measures);
        let of = |(fill, blows): (bool, Vec<StepBlows>)| {
            let beats = Beats::of(u8::try_from(blows.len()).unwrap_or(MAX_STEPS));
            Played { blows, beats, fill }
        };
        Self { measures: with_fills.map(of).collect(), played }
    }

    pub(super) fn push(&mut self, blows: Vec<StepBlows>, beats: Beats, fill: bool) {
        if self.measures.len() == REMEMBERED {
            self.measures.remove(0);
        }
        self.measures.push(Played { blows, beats, fill });
        self.played += 1;
    }

    /// Was the newest measure a fill?
    pub(super) fn filled(&self) -> bool {
        self.measures.last().is_some_and(|newest| newest.fill)
    }

    /// The newest step.
    pub(super) fn last_step(&self) -> Option<&StepBlows> {
        self.measures.last().and_then(|newest| newest.blows.last())
    }

    /// The places of the measures with these beats, the newest first. The parts of a long bar each have their own.
    fn alike(&self, beats: &Beats) -> impl Iterator<Item = usize> {
        (0..self.measures.len()).rev().filter(|&at| self.measures[at].beats == *beats)
    }

    /// The measure with these beats so many before the one that comes.
    pub(super) fn ago(&self, beats: &Beats, lag: usize) -> Option<&[StepBlows]> {
        self.alike(beats).nth(lag - 1).map(|at| &self.measures[at].blows[..])
    }

    /// What was struck after this step when these beats were played last, if that lies before the measure that comes.
    pub(super) fn after(&self, beats: &Beats, step: usize) -> Option<&StepBlows> {
        let at = self.alike(beats).next()?;
        let next = || self.measures.get(at + 1).and_then(|next| next.blows.first());
        self.measures[at].blows.get(step + 1).or_else(next)
    }

    /// The steps of the newest measures with these beats, and how many measures these are.
    pub(super) fn newest(&self, beats: &Beats, most: usize) -> (Vec<StepBlows>, usize) {
        let mut found: Vec<usize> = self.alike(beats).take(most).collect();
        found.reverse();
        (found.iter().flat_map(|&at| self.measures[at].blows.iter().copied()).collect(), found.len())
    }

    /// How it was played lately, in measures with these beats, and how many these are; `None` before two.
    pub(super) fn feel(&self, beats: &Beats) -> Option<(Feel, usize)> {
        let (newest, measures) = self.newest(beats, REMEMBERED);
        (measures >= 2).then(|| (Feel::among(&newest, beats), measures))
    }

    /// How far each drum leans at each step towards what the groove does there, as a logit: fills are no part of it.
    pub(super) fn lean(&self, beats: &Beats, fill: bool) -> Vec<[f32; DRUMS]> {
        let mut sums = vec![[0.0f32; DRUMS]; beats.steps()];
        let mut all = 0.0f32;
        let newest = self.alike(beats).take(GROOVE).map(|at| &self.measures[at]).enumerate();
        for (before, Played { blows: measure, .. }) in newest.filter(|(_, measure)| !measure.fill) {
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
        assert_eq!(groove.lean(&Beats::of(16), false), vec![[0.0; DRUMS]; 16]);
        for _ in 0..8 {
            groove.push(measure(16, &[0, 8]), Beats::of(16), false);
        }
        let lean = groove.lean(&Beats::of(16), false);
        let kick = Drum::Kick.index();
        assert!((lean[0][kick] - LEAN * LEANT_ON).abs() < 1e-6 && (lean[1][kick] + LEAN * LEANT_ON).abs() < 1e-6);
        assert!((lean[0][Drum::Ride.index()] + LEAN).abs() < 1e-6);
        assert!(groove.lean(&Beats::of(16), true)[0][kick] < 0.5 * lean[0][kick], "fills leave the groove");
        assert_eq!(groove.lean(&Beats::of(12), false)[0][kick], 0.0, "another meter has another groove");
    }

    #[test]
    fn a_fill_is_no_part_of_the_groove() {
        let mut groove = Groove::default();
        for at in 0..8 {
            groove.push(measure(16, if at % 4 == 3 { &[1, 2, 3] } else { &[0] }), Beats::of(16), at % 4 == 3);
        }
        assert!((groove.lean(&Beats::of(16), false)[1][Drum::Kick.index()] + LEAN * LEANT_ON).abs() < 1e-6);
    }

    #[test]
    fn each_meter_has_a_memory_of_its_own() {
        let mut groove = Groove::of((0..20).map(|at| measure(if at < 17 { 16 } else { 12 }, &[at % 12])).collect());
        let (four, three) = (Beats::of(16), Beats::of(12));
        assert_eq!(groove.played, 20);
        assert_eq!(groove.newest(&three, 8), ([5, 6, 7].map(|at| measure(12, &[at])).concat(), 3));
        assert_eq!(groove.newest(&four, 8).1, 8);
        groove.push(measure(12, &[0]), three, true);
        assert!(groove.filled() && groove.ago(&three, 1) == Some(&measure(12, &[0])[..]));
        assert_eq!(groove.ago(&four, 1), Some(&measure(16, &[4])[..]), "the last one in 4/4");
        assert_eq!(groove.ago(&four, REMEMBERED), None);
        // After its last step came a measure in 3/4.
        assert_eq!(groove.after(&four, 15), measure(12, &[5]).first());
        assert_eq!(groove.after(&three, 11), None, "that is only played now");
    }
}
