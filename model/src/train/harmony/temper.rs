//! Temperature scaling: one number by which a net's logarithms are divided, so that its probabilities mean what they say.
//!
//! # Source
//! C. Guo et al., "On calibration of modern neural networks" (ICML 2017).

use super::lines::ChordSet;
use crate::music::band::VoiceId;
use crate::systems::harmony::TrainedHarmony;
use crate::systems::harmony::classes::{class, moved};
use crate::systems::harmony::features::accompanying;
use crate::train::chord_exam::{Past, ask};
use crate::train::library::LibraryError;
use crate::train::pieces::Piece;

/// Measures of each set that are asked about, at most. Chosen: enough for two digits, in seconds.
const MOST: usize = 600;

/// The temperatures that are tried, in hundredths. Chosen: nets are off by less.
const TRIED: std::ops::RangeInclusive<u8> = 50..=250;

/// What the net says of the chord of a half measure, and which it is.
type Answer = (Vec<f32>, usize);

/// The temperature at which a net that has none makes the right chords of these sets the likeliest, each set counting
/// alike, where the chords of the past are heard.
///
/// # Errors
/// [`LibraryError`] where the pieces cannot be read any more.
pub fn temperature(net: &TrainedHarmony, sets: &[ChordSet]) -> Result<f32, LibraryError> {
    let mut all: Vec<Vec<Answer>> = Vec::new();
    for set in sets {
        let pieces: Vec<Piece> = set.library.iter().collect::<Result<_, _>>()?;
        all.push(answers(net, set, &pieces));
    }
    let cost = |temperature: f32| -> f64 {
        all.iter().filter(|set| !set.is_empty()).map(|set| mean_cost(set, temperature)).sum()
    };
    let tried =
        TRIED.map(|hundredths| f32::from(hundredths) / 100.0).map(|temperature| (cost(temperature), temperature));
    Ok(tried.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(1.0, |(_, temperature)| temperature))
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred")]
fn mean_cost(answers: &[Answer], temperature: f32) -> f64 {
    let of = |(chances, right): &Answer| {
        let softer = |chance: f32| (chance.max(1e-9).ln() / temperature).exp();
        let total: f32 = chances.iter().map(|&chance| softer(chance)).sum();
        -f64::from((softer(chances[*right]) / total).ln())
    };
    answers.iter().map(of).sum::<f64>() / answers.len() as f64
}

fn answers(net: &TrainedHarmony, set: &ChordSet, pieces: &[Piece]) -> Vec<Answer> {
    let measures: usize = pieces.iter().map(|piece| piece.measures.len()).sum();
    let every = measures.div_ceil(MOST).max(1);
    let (mut out, mut asked) = (Vec::new(), 0usize);
    ask(pieces, &set.spec, VoiceId::FIRST, Past::True, |question| {
        asked += 1;
        if asked.is_multiple_of(every) {
            let home = question.request.tonality.to_c();
            for half in net.plan(question.request, &set.spec).halves {
                if let Some(truth) = accompanying(question.target, &set.spec, half.steps) {
                    out.push((half.chances, moved(class(truth), home)));
                }
            }
        }
        None
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_that_are_too_sure_are_costly_until_they_are_softer() {
        // Nine in ten, it says; half of the time it is right.
        let answers: Vec<Answer> = (0..10).map(|at| (vec![0.9, 0.1], at % 2)).collect();
        assert!(mean_cost(&answers, 2.0) < mean_cost(&answers, 1.0));
        let honest: Vec<Answer> = (0..10).map(|at| (vec![0.9, 0.1], usize::from(at == 0))).collect();
        assert!(mean_cost(&honest, 1.0) < mean_cost(&honest, 2.0).min(mean_cost(&honest, 0.7)));
    }
}
