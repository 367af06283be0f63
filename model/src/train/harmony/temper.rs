//! Temperature scaling: a number by which a net's logarithms are divided, so that its probabilities mean what they say. It
//! falls the more measures were heard: of a piece of which little was heard, less repeats than a net believes.
//!
//! # Source
//! C. Guo et al., "On calibration of modern neural networks" (ICML 2017).

use super::lines::ChordSet;
use crate::music::band::VoiceId;
use crate::systems::harmony::classes::{class, moved};
use crate::systems::harmony::features::accompanying;
use crate::systems::harmony::{HarmonyConfig, TrainedHarmony};
use crate::train::chord_exam::{Past, ask};
use crate::train::library::LibraryError;
use crate::train::pieces::Piece;

/// Measures of each set that are asked about, at most. Chosen: all that ours have, in seconds.
const MOST: usize = 5000;

/// The temperatures that are tried, in hundredths. Chosen: nets are off by less.
const TRIED: std::ops::RangeInclusive<u8> = 50..=250;

/// How fast it may fall, in hundredths. Chosen: ours falls by less.
const FALLS: std::ops::RangeInclusive<u8> = 0..=40;

/// How often both are looked for in turn, at most. Chosen: ours stand still before.
const TURNS: usize = 16;

/// What the net says of the chord of a half measure, which it is, and how many measures were heard.
type Answer = (Vec<f32>, usize, usize);

/// The temperature, and how fast it falls ([`HarmonyConfig::cooling`]), at which a net that has none makes the right chords
/// of these sets the likeliest, each set counting alike, where the chords of the past are heard.
///
/// # Errors
/// [`LibraryError`] where the pieces cannot be read any more.
pub fn temperature(net: &TrainedHarmony, sets: &[ChordSet]) -> Result<(f32, f32), LibraryError> {
    let mut all: Vec<Vec<Answer>> = Vec::new();
    for set in sets {
        let pieces: Vec<Piece> = set.library.iter().collect::<Result<_, _>>()?;
        all.push(answers(net, set, &pieces));
    }
    Ok(best(&all))
}

fn best(all: &[Vec<Answer>]) -> (f32, f32) {
    let cost = |temperature: f32, cooling: f32| -> f64 {
        let form = HarmonyConfig { temperature, cooling, ..HarmonyConfig::default() };
        all.iter().filter(|set| !set.is_empty()).map(|set| mean_cost(set, &form)).sum()
    };
    let least = |tried: std::ops::RangeInclusive<u8>, cost: &dyn Fn(f32) -> f64| {
        let costs = tried.map(|hundredths| f32::from(hundredths) / 100.0).map(|number| (cost(number), number));
        costs.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, number)| number)
    };
    let (mut temperature, mut cooling) = (1.0, 0.0);
    for _ in 0..TURNS {
        let before = (temperature, cooling);
        temperature = least(TRIED, &|number| cost(number, cooling)).unwrap_or(temperature);
        cooling = least(FALLS, &|number| cost(temperature, number)).unwrap_or(cooling);
        if (temperature, cooling) == before {
            break;
        }
    }
    (temperature, cooling)
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred")]
fn mean_cost(answers: &[Answer], form: &HarmonyConfig) -> f64 {
    let of = |(chances, right, measures): &Answer| {
        let temperature = form.temperature_after(*measures);
        let softer = |chance: f32| (chance.max(1e-9).ln() / temperature).exp();
        let total: f32 = chances.iter().map(|&chance| softer(chance)).sum();
        -f64::from((softer(chances[*right]) / total).ln())
    };
    answers.iter().map(of).sum::<f64>() / answers.len() as f64
}

fn answers(net: &TrainedHarmony, set: &ChordSet, pieces: &[Piece]) -> Vec<Answer> {
    let measures: usize = pieces.iter().map(|piece| piece.measures.len()).sum();
    // Odd: every second or fourth measure would always be the same place of a phrase.
    let every = measures.div_ceil(MOST) | 1;
    let (mut out, mut asked) = (Vec::new(), 0usize);
    ask(pieces, &set.spec, VoiceId::FIRST, Past::True, |question| {
        asked += 1;
        let plan = net.plan(question.request, &set.spec);
        // As in playing, what was planned is known where the next measure is asked for.
        let planned = plan.as_blocks(&set.spec, question.request);
        if asked.is_multiple_of(every) {
            let home = question.request.tonality.to_c();
            for half in plan.halves {
                if let Some(truth) = accompanying(question.target, &set.spec, half.steps) {
                    out.push((half.chances, moved(class(truth), home), question.request.history.len()));
                }
            }
        }
        Some(planned)
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(answers: &[Answer], temperature: f32) -> f64 {
        mean_cost(answers, &HarmonyConfig { temperature, ..HarmonyConfig::default() })
    }

    #[test]
    fn answers_that_are_too_sure_are_costly_until_they_are_softer() {
        // Nine in ten, it says; half of the time it is right.
        let answers: Vec<Answer> = (0..10).map(|at| (vec![0.9, 0.1], at % 2, 16)).collect();
        assert!(cost(&answers, 2.0) < cost(&answers, 1.0));
        let honest: Vec<Answer> = (0..10).map(|at| (vec![0.9, 0.1], usize::from(at == 0), 16)).collect();
        assert!(cost(&honest, 1.0) < cost(&honest, 2.0).min(cost(&honest, 0.7)));
    }

    #[test]
    fn who_is_too_sure_early_alone_gets_softer_early_alone() {
        // Four in five, it says: so it is after 32 measures; after two it is right seven times of ten, which is ln 4 / ln(7/3)
        // as soft.
        let after =
            |measures: usize, wrong: usize| (0..20).map(move |at| (vec![0.8, 0.2], usize::from(at < wrong), measures));
        let found = |answers: Vec<Answer>| {
            let (temperature, cooling) = best(&[answers]);
            let form = HarmonyConfig { temperature, cooling, ..HarmonyConfig::default() };
            [form.temperature_after(2), form.temperature_after(32)]
        };
        let near = |found: [f32; 2], wanted: [f32; 2]| {
            assert!(found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 0.05), "{found:?}, not {wanted:?}");
        };
        near(found(after(32, 4).chain(after(2, 6)).collect()), [1.64, 1.0]);
        near(found(after(32, 6).chain(after(2, 6)).collect()), [1.64, 1.64]);
    }
}
