//! How a drummer plays beside the people of takes: the same figures of both, style by style, and whether styles are told
//! apart by what is played.

use std::sync::Arc;

use rayon::prelude::*;

use super::takes::DrumTake;
use crate::music::drums::Drum;
use crate::random::mix;
use crate::systems::drummer::blows::{StepBlows, blows};
use crate::systems::drummer::feel::Feel;
use crate::systems::drummer::fills::fills;
use crate::systems::drummer::{BandAround, DrumAsk, DrumStyle, Drummer, TrainedDrummer};
use crate::train::neighbours::guessed;

/// Measures of a window of which figures are taken. Chosen: half a phrase.
const WINDOW: usize = 4;

/// The longest take that is played, in measures. Chosen: two minutes.
const LONGEST: usize = 64;

/// Steps of the measures that are looked at. Required: backbeats are those of 4/4.
const STEPS: usize = 16;

/// Measures of a take whose style is guessed, and its tempo. Chosen: two phrases; the middle of people's tempos.
const GUESSED: (usize, f32) = (16, 110.0);

/// Figures of drumming, means over windows of four measures.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DrumFigures {
    /// Share of measures that begin with a kick.
    pub kick_on_one: f64,
    /// Share of twos and fours with a snare.
    pub backbeat: f64,
    /// Strokes of the hats in a measure.
    pub hats: f64,
    /// Standard deviation of velocities.
    pub velocity_spread: f64,
    /// Standard deviation of the places beside the grid, in steps.
    pub timing_spread: f64,
    /// Windows.
    pub windows: usize,
}

impl DrumFigures {
    /// The figures of these takes.
    #[must_use]
    pub fn of<'a>(takes: impl Iterator<Item = &'a [Vec<StepBlows>]>) -> Self {
        let mut sum = Self::default();
        for window in takes.flat_map(|take| take.chunks_exact(WINDOW)) {
            let struck: Vec<_> = window.iter().flatten().flatten().filter(|blow| blow.loud > 0.0).collect();
            if struck.is_empty() || window.iter().any(|measure| measure.len() != STEPS) {
                continue;
            }
            let share = |steps: &[usize], drums: &[Drum]| {
                let cells = window.iter().flat_map(|measure| steps.iter().map(|&step| &measure[step]));
                let there = cells.map(|blows| drums.iter().filter(|drum| blows[drum.index()].loud > 0.0).count());
                number(there.sum()) / number(WINDOW * steps.len())
            };
            let all: Vec<usize> = (0..STEPS).collect();
            sum.kick_on_one += share(&[0], &[Drum::Kick]);
            sum.backbeat += share(&[4, 12], &[Drum::Snare]);
            sum.hats += number(STEPS) * share(&all, &[Drum::ClosedHat, Drum::OpenHat]);
            sum.velocity_spread += spread(struck.iter().map(|blow| 127.0 * f64::from(blow.loud)));
            sum.timing_spread += spread(struck.iter().map(|blow| f64::from(blow.beside)));
            sum.windows += 1;
        }
        let share = 1.0 / number(sum.windows.max(1));
        Self { windows: sum.windows, ..sum.times(share) }
    }

    fn times(self, by: f64) -> Self {
        let [kick_on_one, backbeat, hats, velocity_spread, timing_spread] = self.numbers().map(|number| by * number);
        Self { kick_on_one, backbeat, hats, velocity_spread, timing_spread, windows: self.windows }
    }

    /// All of them, in their order.
    #[must_use]
    pub const fn numbers(&self) -> [f64; 5] {
        [self.kick_on_one, self.backbeat, self.hats, self.velocity_spread, self.timing_spread]
    }
}

#[expect(clippy::cast_precision_loss, reason = "few strokes")]
fn number(many: usize) -> f64 {
    many as f64
}

fn spread(numbers: impl Iterator<Item = f64> + Clone) -> f64 {
    let many = number(numbers.clone().count().max(1));
    let mean = numbers.clone().sum::<f64>() / many;
    (numbers.map(|number| (number - mean) * (number - mean)).sum::<f64>() / many).sqrt()
}

/// A take alone, in this style, at this tempo. `None` where the net's numbers are none.
fn alone(
    net: &Arc<TrainedDrummer>,
    style: Option<DrumStyle>,
    (tempo, measures): (f32, usize),
    seed: u64,
) -> Option<Vec<Vec<StepBlows>>> {
    let mut drummer = Drummer::new(Arc::clone(net));
    let ask = |at: u64| DrumAsk {
        steps: 16,
        place: None,
        tempo,
        style,
        energy: 0.0,
        temperature: 1.0,
        around: BandAround::default(),
        seed: mix(seed, at),
        take: seed,
    };
    (0..).take(measures).map(|at| drummer.play(&ask(at)).map(|measure| blows(&measure))).collect()
}

/// What a drummer plays in place of each take of 4/4 that lasts a window: in its style, at its tempo, as long, beside the
/// take's place. `None` where the net's numbers are none.
#[must_use]
pub fn played_alike(
    net: &Arc<TrainedDrummer>,
    takes: &[DrumTake],
    seed: u64,
) -> Option<Vec<(usize, Vec<Vec<StepBlows>>)>> {
    let long = |take: &DrumTake| take.measures.len() >= WINDOW && take.measures[0].len() == STEPS;
    let jobs: Vec<usize> = (0..takes.len()).filter(|&at| long(&takes[at])).collect();
    let play = |&at: &usize| {
        let take = &takes[at];
        let as_long = (take.tempo, take.measures.len().min(LONGEST));
        alone(net, take.style, as_long, mix(seed, at as u64)).map(|played| (at, played))
    };
    jobs.par_iter().map(play).collect()
}

/// How often fills come at the ends of phrases (fourth and eighth measures of an eight), and elsewhere.
#[must_use]
pub fn fill_shares<'a>(takes: impl Iterator<Item = &'a [Vec<StepBlows>]>) -> [f64; 2] {
    let (mut filled, mut all) = ([0, 0], [0, 0]);
    for take in takes {
        for (at, fill) in fills(take).into_iter().enumerate() {
            let elsewhere = usize::from(at % WINDOW != WINDOW - 1);
            filled[elsewhere] += usize::from(fill);
            all[elsewhere] += 1;
        }
    }
    [0, 1].map(|at| number(filled[at]) / number(all[at].max(1)))
}

/// Whether styles are told apart by what is played.
#[derive(Clone, Debug, PartialEq)]
pub struct StylesApart {
    /// How often the style of a take is guessed right, each beside its style.
    pub right: Vec<(DrumStyle, f64)>,
    /// How far two takes of one style are from each other, as a [distance](Feel::distance) of their feels; the mean of all
    /// pairs and styles.
    pub within: f64,
}

/// How often the style of a take is guessed right by what is played: by the five most alike takes of as many others of each
/// style; and how far takes of one style differ. `None` where the net's numbers are none.
#[must_use]
pub fn styles_told_apart(
    net: &Arc<TrainedDrummer>,
    styles: &[DrumStyle],
    takes: usize,
    seed: u64,
) -> Option<StylesApart> {
    let jobs: Vec<(usize, usize)> =
        (0..styles.len()).flat_map(|style| (0..2 * takes).map(move |take| (style, take))).collect();
    let play = |&(style, take): &(usize, usize)| {
        let (measures, tempo) = GUESSED;
        let played = alone(net, Some(styles[style]), (tempo, measures), mix(seed, (style * 2 * takes + take) as u64))?;
        Some((style, take < takes, Feel::of(&played.concat(), STEPS)))
    };
    let played: Vec<(usize, bool, Feel)> = jobs.par_iter().map(play).collect::<Option<_>>()?;
    let parts = Feel::spread(&net.feels);
    let guess = |feel: &Feel| {
        let others = played.iter().filter(|(_, known, _)| *known);
        guessed(others.map(|(style, _, other)| (feel.distance(other, &parts, false), *style)))
    };
    let right = |style: usize| {
        let asked = played.iter().filter(|(of, known, _)| *of == style && !known);
        asked.filter(|(_, _, feel)| guess(feel) == Some(style)).count()
    };
    let (mut within, mut pairs) = (0.0, 0);
    for (at, (style, _, feel)) in played.iter().enumerate() {
        for (_, _, other) in played[..at].iter().filter(|(other, ..)| other == style) {
            within += f64::from(feel.distance(other, &parts, false));
            pairs += 1;
        }
    }
    let share = |at: usize| number(right(at)) / number(takes.max(1));
    Some(StylesApart {
        right: styles.iter().enumerate().map(|(at, style)| (*style, share(at))).collect(),
        within: within / number(pairs.max(1)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::drummer::blows::{Blow, NO_BLOWS};

    /// Kick on one, snare on two and four, hats on quarters, all equally loud; the second half of each measure late by a
    /// quarter of a step.
    fn measure() -> Vec<StepBlows> {
        let mut steps = vec![NO_BLOWS; 16];
        let mut strike = |step: usize, drum: Drum| {
            steps[step][drum.index()] = Blow { loud: 0.5, beside: if step < 8 { 0.0 } else { 0.25 } };
        };
        strike(0, Drum::Kick);
        strike(4, Drum::Snare);
        strike(12, Drum::Snare);
        [0, 4, 8, 12].into_iter().for_each(|step| strike(step, Drum::ClosedHat));
        steps
    }

    #[test]
    fn the_figures_are_those_that_one_counts_by_hand() {
        let take = vec![measure(); 9];
        let found = DrumFigures::of(std::iter::once(&take[..]));
        assert_eq!(found.windows, 2);
        // Of seven strokes three are late by 0.25: p (1 − p) with p = 3/7.
        let late = 0.25 * (12.0f64 / 49.0).sqrt();
        for (found, expected) in found.numbers().into_iter().zip([1.0, 1.0, 4.0, 0.0, late]) {
            assert!((found - expected).abs() < 1e-6, "{found} and {expected}");
        }
        assert_eq!(DrumFigures::of(std::iter::once(&take[..3])).windows, 0, "three measures are no window");
    }

    #[test]
    fn a_fill_at_the_end_of_each_phrase_is_found_there_and_nowhere_else() {
        let mut fill = measure();
        for blows in &mut fill[12..] {
            blows[Drum::HighTom.index()] = Blow { loud: 0.7, beside: 0.0 };
        }
        let take: Vec<_> = (0..16).map(|at| if at % 8 == 7 { fill.clone() } else { measure() }).collect();
        assert_eq!(fill_shares(std::iter::once(&take[..])), [0.5, 0.0]);
    }
}
