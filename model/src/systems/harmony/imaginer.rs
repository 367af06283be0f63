//! An imaginer: says how likely each pitch class is that the user will sound.
//!
//! What the user played at the lags that are believed in says it well where their music repeats. Where it does not, it is as
//! good as a guess, and says nothing of how good: a tune stays in its key, goes back to the tones that it has dwelt on, and goes
//! on from where it is. A small net weighs all of these, half a measure at a time.
//!
//! # Source
//! That what listeners expect of a melody can be learnt as a distribution over its next tones, from the piece so far and from
//! other pieces: Pearce 2005, "The construction and evaluation of statistical models of melodic structure in music perception
//! and composition".

use burn::tensor::Device;

use super::features::chroma;
use super::story::{Asked, Story};
use super::two_layers::{Sizes, TwoLayers};
use crate::rules::loop_lag::Lag;

/// The numbers that an imaginer reads of half a measure. Required: as many as [`imagining`] writes.
pub const IMAGINING: usize = 7 * 12 + 9;

/// The pitch classes. Required: an octave has as many.
pub const PITCH_CLASSES: usize = 12;

/// The part of a net that it is.
pub(super) const PART: &str = "imaginer";

/// What an imaginer reads of this half measure: `[IMAGINING]`, about 0…1. `believed` says how far each lag is, the most believed
/// first.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts of measures")]
pub fn imagining(story: &Story, asked: &Asked, believed: &[(Lag, f32)]) -> Vec<f32> {
    let newest = asked.measure - asked.ahead;
    let heard = || story.known[..=newest].iter().flat_map(|known| &known.heard);
    let mut dwelt_on = [0.0; PITCH_CLASSES];
    heard().for_each(|half| dwelt_on.iter_mut().zip(chroma(half)).for_each(|(sum, time)| *sum += time));
    let mut latest = heard().rev().map(chroma).chain(std::iter::repeat([0.0; PITCH_CLASSES]));
    let sharper: Vec<(Lag, f32)> = believed.iter().map(|(lag, share)| (*lag, share * share)).collect();
    let imagined = story.expected(asked, believed);

    let mut out = Vec::with_capacity(IMAGINING);
    let chromas = [
        imagined,
        story.expected(asked, &sharper),
        story.expected(&asked.half_before(), believed),
        story.expected(&asked.half_after(), believed),
        dwelt_on,
    ];
    chromas.into_iter().chain(latest.by_ref().take(2)).for_each(|chroma| out.extend(shares(chroma)));
    let yes = |it: bool| f32::from(u8::from(it));
    let (lag, share) = believed.first().map_or((Lag { lag: 0, likeness: 0.0, newest: 0.0 }, 0.0), |one| *one);
    out.extend([
        imagined.iter().sum::<f32>() / 8.0,
        asked.half as f32,
        yes(asked.halves == 1),
        ((newest + 2) as f32).ln() / 4.0,
        share,
        lag.likeness,
        ((lag.lag + 1) as f32).log2() / 5.0,
        yes(lag.lag.is_multiple_of(4)),
        yes(lag.lag.is_multiple_of(8)),
    ]);
    debug_assert_eq!(out.len(), IMAGINING);
    out
}

/// These times as shares of all of them, which are 1 together; 0 where there is none.
#[must_use]
pub fn shares(times: [f32; PITCH_CLASSES]) -> [f32; PITCH_CLASSES] {
    let all: f32 = times.iter().sum();
    if all > 0.0 { times.map(|time| time / all) } else { times }
}

/// The sizes of one with layers of so many units.
pub(super) const fn sizes(units: usize) -> Sizes {
    Sizes { input: IMAGINING, units, classes: PITCH_CLASSES }
}

/// One with random weights, of two layers of so many units.
#[must_use]
pub fn imaginer(units: usize, dropout: f64, device: &Device) -> TwoLayers {
    TwoLayers::new(sizes(units), dropout, device)
}

#[cfg(test)]
mod tests {
    use super::super::features::HEARD;
    use super::super::story::Known;
    use super::*;

    /// Four measures of two halves, in each of which the user holds one of these classes.
    fn story(classes: [usize; 8]) -> Story {
        let half = |class: usize| std::array::from_fn(|at| f32::from(u8::from(at == class)));
        let known = |pair: &[usize]| {
            let heard: Vec<[f32; HEARD]> = pair.iter().map(|&class| half(class)).collect();
            Known { chords: vec![None; heard.len()], heard }
        };
        let known: Vec<Known> = classes.chunks(2).map(known).collect();
        Story { alike: (0..known.len()).map(|a| vec![0.0; a + 1]).collect(), known }
    }

    const ASKED: Asked = Asked { measure: 5, half: 1, halves: 2, ahead: 2, before: None };

    #[test]
    fn what_was_played_at_the_lag_around_it_all_in_all_and_last_is_read() {
        let lag = Lag { lag: 4, likeness: 0.5, newest: 0.5 };
        // The fifth measure from 0 is believed to come as the first.
        let numbers = imagining(&story([0, 4, 7, 9, 0, 4, 7, 11]), &ASKED, &[(lag, 1.0)]);
        let chroma = |part: usize| -> Vec<(usize, f32)> {
            numbers[12 * part..12 * part + 12].iter().copied().enumerate().filter(|(_, share)| *share > 0.0).collect()
        };
        assert_eq!((chroma(0), chroma(1)), (vec![(9, 1.0)], vec![(9, 1.0)]));
        assert_eq!((chroma(2), chroma(3)), (vec![(7, 1.0)], vec![(0, 1.0)]), "the halves before and after it");
        assert_eq!(chroma(4), [(0, 0.25), (4, 0.25), (7, 0.25), (9, 0.125), (11, 0.125)]);
        assert_eq!((chroma(5), chroma(6)), (vec![(11, 1.0)], vec![(7, 1.0)]), "the newest, and the one before");
    }
}
