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

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

use super::classes::softmax;
use super::features::chroma;
use super::story::{Asked, Story};
use crate::rules::loop_lag::Lag;
use crate::systems::nn::NamedTensor;
use crate::systems::nn::arithmetic::dense;
use crate::systems::nn::rows::RowLinear;

/// The numbers that an imaginer reads of half a measure. Required: as many as [`imagining`] writes.
pub const IMAGINING: usize = 7 * 12 + 9;

/// The pitch classes. Required: an octave has as many.
pub const PITCH_CLASSES: usize = 12;

/// The weights' names in a band file begin with this.
const PREFIX: &str = "imaginer.";

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

/// An imaginer as it is trained.
#[derive(Module, Debug)]
pub struct Imaginer {
    first: Linear,
    second: Linear,
    head: Linear,
    dropout: Dropout,
}

/// The numbers in all weights of an imaginer with layers of so many units.
pub(super) const fn numbers(units: usize) -> usize {
    let first = units.saturating_mul(IMAGINING + 1);
    let second = units.saturating_mul(units.saturating_add(1));
    first.saturating_add(second).saturating_add((units.saturating_add(1)).saturating_mul(PITCH_CLASSES))
}

impl Imaginer {
    /// One with random weights, of two layers of so many units.
    #[must_use]
    pub fn new(units: usize, dropout: f64, device: &Device) -> Self {
        Self {
            first: LinearConfig::new(IMAGINING, units).init(device),
            second: LinearConfig::new(units, units).init(device),
            head: LinearConfig::new(units, PITCH_CLASSES).init(device),
            dropout: DropoutConfig::new(dropout).init(),
        }
    }

    /// The logits of the pitch classes.
    ///
    /// # Shapes
    /// - inputs: `[rows, IMAGINING]`
    /// - output: `[rows, 12]`
    #[must_use]
    pub fn forward(&self, inputs: Tensor<2>) -> Tensor<2> {
        let first = self.dropout.forward(relu(self.first.forward(inputs)));
        let second = self.dropout.forward(relu(self.second.forward(first)));
        self.head.forward(second)
    }
}

/// These weights of an imaginer, named as a harmony net's file has them.
pub(super) fn named(weights: Vec<NamedTensor>) -> impl Iterator<Item = NamedTensor> {
    weights.into_iter().map(|weight| NamedTensor { name: format!("{PREFIX}{}", weight.name), ..weight })
}

/// Does a harmony net's weight of this name belong to its imaginer?
pub(super) fn is_own(name: &str) -> bool {
    name.starts_with(PREFIX)
}

/// The same, one row at a time, for playing.
#[derive(Debug)]
pub(super) struct RowImaginer {
    first: RowLinear,
    second: RowLinear,
    head: RowLinear,
}

impl RowImaginer {
    pub(super) fn new(weights: &[NamedTensor], units: usize) -> Self {
        let layer = |name: &str, output| RowLinear::new(weights, &format!("{PREFIX}{name}"), output);
        Self { first: layer("first", units), second: layer("second", units), head: layer("head", PITCH_CLASSES) }
    }

    /// How much of the user's time each pitch class is expected to have, 1 together.
    pub(super) fn shares(&self, numbers: &[f32]) -> [f32; PITCH_CLASSES] {
        let positive = |mut units: Vec<f32>| {
            units.iter_mut().for_each(|unit| *unit = unit.max(0.0));
            units
        };
        let first = positive(self.first.forward(dense(numbers).filter(|(_, number)| *number != 0.0)));
        let second = positive(self.second.forward(dense(&first)));
        let mut out = self.head.forward(dense(&second));
        softmax(&mut out);
        std::array::from_fn(|class| out[class])
    }
}

#[cfg(test)]
mod tests {
    use super::super::features::HEARD;
    use super::super::story::Known;
    use super::*;
    use crate::systems::nn::{get_weights, numbers_in};

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
    fn one_row_is_computed_as_many_are() {
        let device = Device::flex();
        let net = Imaginer::new(9, 0.3, &device);
        assert_eq!(numbers(9), numbers_in(&net));
        let asked = imagining(&story([0, 4, 7, 9, 0, 4, 7, 11]), &ASKED, &[]);
        let inputs = Tensor::<2>::from_data(burn::tensor::TensorData::new(asked.clone(), [1, IMAGINING]), &device);
        let mut expected: Vec<f32> = crate::systems::nn::numbers(net.forward(inputs));
        softmax(&mut expected);
        let weights: Vec<NamedTensor> = named(get_weights(&net)).collect();
        let found = RowImaginer::new(&weights, 9).shares(&asked);
        assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-5));
    }

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
