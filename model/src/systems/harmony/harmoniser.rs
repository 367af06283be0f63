//! A harmoniser: names the chord of half a measure from what the user plays in it and around it.
//!
//! What is foretold is the measure after next, in which nobody has played yet. But songs repeat: at each lag at which the
//! user's music repeats lies a measure that was heard whole, with what came before and after it. The harmoniser says which
//! chord fits *that*, and its opinions of all lags are averaged.
//!
//! # Source
//! That a net can name the chord of each half measure of a melody: Lim, Rhyu and Lee 2017, "Chord generation from symbolic
//! melody using BLSTM networks". The two layers here see six halves to each side instead.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

use super::classes::{CHORD_CLASSES, softmax};
use super::features::{HEARD, HeardHalf};
use crate::systems::nn::NamedTensor;
use crate::systems::nn::arithmetic::dense;
use crate::systems::nn::rows::RowLinear;

/// Half measures to each side that a harmoniser hears. Chosen on the validation songs: with one, the roots of 0.34 of the
/// half measures are right second-next, with six 0.36.
pub const AROUND: usize = 6;

/// The numbers that a harmoniser reads: each half measure and whether it was heard, and whether it is the second of its
/// measure or the only one.
pub const HARMONISED: usize = (2 * AROUND + 1) * (HEARD + 1) + 2;

/// The weights' names in a band file begin with this.
const PREFIX: &str = "harmoniser.";

/// What a harmoniser reads of the half measure at this place among all that were heard: `[HARMONISED]`.
#[must_use]
pub fn surroundings(heard: &[HeardHalf], at: usize, second: bool, only: bool) -> Vec<f32> {
    let mut out = vec![0.0; HARMONISED];
    for (place, numbers) in out[..HARMONISED - 2].chunks_exact_mut(HEARD + 1).enumerate() {
        if let Some(half) = (at + place).checked_sub(AROUND).and_then(|at| heard.get(at)) {
            numbers[..HEARD].copy_from_slice(half);
            numbers[HEARD] = 1.0;
        }
    }
    out[HARMONISED - 2] = f32::from(u8::from(second));
    out[HARMONISED - 1] = f32::from(u8::from(only));
    out
}

/// A harmoniser as it is trained.
#[derive(Module, Debug)]
pub struct Harmoniser {
    first: Linear,
    second: Linear,
    head: Linear,
    dropout: Dropout,
}

/// The numbers in all weights of a harmoniser with layers of so many units.
pub(super) const fn numbers(units: usize) -> usize {
    let first = units.saturating_mul(HARMONISED + 1);
    let second = units.saturating_mul(units.saturating_add(1));
    first.saturating_add(second).saturating_add((units.saturating_add(1)).saturating_mul(CHORD_CLASSES))
}

impl Harmoniser {
    /// One with random weights, of two layers of so many units.
    #[must_use]
    pub fn new(units: usize, dropout: f64, device: &Device) -> Self {
        Self {
            first: LinearConfig::new(HARMONISED, units).init(device),
            second: LinearConfig::new(units, units).init(device),
            head: LinearConfig::new(units, CHORD_CLASSES).init(device),
            dropout: DropoutConfig::new(dropout).init(),
        }
    }

    /// The logits of the chords.
    ///
    /// # Shapes
    /// - inputs: `[rows, HARMONISED]`
    /// - output: `[rows, CHORD_CLASSES]`
    #[must_use]
    pub fn forward(&self, inputs: Tensor<2>) -> Tensor<2> {
        let first = self.dropout.forward(relu(self.first.forward(inputs)));
        let second = self.dropout.forward(relu(self.second.forward(first)));
        self.head.forward(second)
    }
}

/// These weights of a harmoniser, named as a harmony net's file has them.
pub(super) fn named(weights: Vec<NamedTensor>) -> impl Iterator<Item = NamedTensor> {
    weights.into_iter().map(|weight| NamedTensor { name: format!("{PREFIX}{}", weight.name), ..weight })
}

/// Does a harmony net's weight of this name belong to its harmoniser?
pub(super) fn is_own(name: &str) -> bool {
    name.starts_with(PREFIX)
}

/// The same, one row at a time, for playing.
#[derive(Debug)]
pub(super) struct RowHarmoniser {
    first: RowLinear,
    second: RowLinear,
    head: RowLinear,
}

impl RowHarmoniser {
    pub(super) fn new(weights: &[NamedTensor], units: usize) -> Self {
        let layer = |name: &str, output| RowLinear::new(weights, &format!("{PREFIX}{name}"), output);
        Self { first: layer("first", units), second: layer("second", units), head: layer("head", CHORD_CLASSES) }
    }

    /// How likely each chord is: `[CHORD_CLASSES]`.
    pub(super) fn chances(&self, numbers: &[f32]) -> Vec<f32> {
        let positive = |mut units: Vec<f32>| {
            units.iter_mut().for_each(|unit| *unit = unit.max(0.0));
            units
        };
        // Most of what is heard is 0.
        let first = positive(self.first.forward(dense(numbers).filter(|(_, number)| *number != 0.0)));
        let second = positive(self.second.forward(dense(&first)));
        let mut chances = self.head.forward(dense(&second));
        softmax(&mut chances);
        chances
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::nn::{get_weights, numbers_in};

    #[test]
    fn one_row_is_computed_as_many_are() {
        let device = Device::flex();
        let net = Harmoniser::new(9, 0.3, &device);
        assert_eq!(numbers(9), numbers_in(&net));
        let heard: Vec<HeardHalf> = (0..5u8).map(|half| [f32::from(half) / 5.0; HEARD]).collect();
        let asked = surroundings(&heard, 3, true, false);
        let inputs = Tensor::<2>::from_data(burn::tensor::TensorData::new(asked.clone(), [1, HARMONISED]), &device);
        let mut expected: Vec<f32> = crate::systems::nn::numbers(net.forward(inputs));
        softmax(&mut expected);
        let weights: Vec<NamedTensor> = named(get_weights(&net)).collect();
        let found = RowHarmoniser::new(&weights, 9).chances(&asked);
        assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-5));
    }

    #[test]
    fn what_was_not_heard_is_marked_and_the_asked_half_stands_in_the_middle() {
        let heard = [[0.25; HEARD], [0.5; HEARD]];
        let numbers = surroundings(&heard, 1, true, false);
        let half = |place: usize| &numbers[place * (HEARD + 1)..][..HEARD + 1];
        assert_eq!((half(AROUND)[0], half(AROUND)[HEARD]), (0.5, 1.0));
        assert_eq!((half(AROUND - 1)[0], half(AROUND - 1)[HEARD]), (0.25, 1.0));
        assert!(half(AROUND + 1).iter().chain(half(AROUND - 2)).all(|&number| number == 0.0));
        assert_eq!(numbers[HARMONISED - 2..], [1.0, 0.0]);
    }
}
