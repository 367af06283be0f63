//! Two layers and a softmax: what harmonisers and imaginers are made of.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

use super::classes::softmax;
use crate::systems::nn::NamedTensor;
use crate::systems::nn::arithmetic::dense;
use crate::systems::nn::rows::RowLinear;

/// How many numbers such a net reads, how many units each of its layers has, and how many classes it tells apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    pub(super) input: usize,
    pub(super) units: usize,
    pub(super) classes: usize,
}

impl Sizes {
    /// The numbers in all weights.
    pub(super) const fn numbers(self) -> usize {
        let Self { input, units, classes } = self;
        let first = units.saturating_mul(input.saturating_add(1));
        let second = units.saturating_mul(units.saturating_add(1));
        first.saturating_add(second).saturating_add(units.saturating_add(1).saturating_mul(classes))
    }
}

/// Such a net as it is trained.
#[derive(Module, Debug)]
pub struct TwoLayers {
    first: Linear,
    second: Linear,
    head: Linear,
    dropout: Dropout,
}

impl TwoLayers {
    /// One with random weights.
    #[must_use]
    pub(super) fn new(Sizes { input, units, classes }: Sizes, dropout: f64, device: &Device) -> Self {
        Self {
            first: LinearConfig::new(input, units).init(device),
            second: LinearConfig::new(units, units).init(device),
            head: LinearConfig::new(units, classes).init(device),
            dropout: DropoutConfig::new(dropout).init(),
        }
    }

    /// The logits of the classes.
    ///
    /// # Shapes
    /// - inputs: `[rows, input]`
    /// - output: `[rows, classes]`
    #[must_use]
    pub fn logits(&self, inputs: Tensor<2>) -> Tensor<2> {
        let first = self.dropout.forward(relu(self.first.forward(inputs)));
        let second = self.dropout.forward(relu(self.second.forward(first)));
        self.head.forward(second)
    }
}

/// The same, one row at a time, for playing.
#[derive(Debug)]
pub(super) struct RowTwoLayers {
    first: RowLinear,
    second: RowLinear,
    head: RowLinear,
}

impl RowTwoLayers {
    /// That of this part of a net.
    pub(super) fn new(weights: &[NamedTensor], part: &str, Sizes { units, classes, .. }: Sizes) -> Self {
        let layer = |name: &str, output| RowLinear::new(weights, &format!("{part}.{name}"), output);
        Self { first: layer("first", units), second: layer("second", units), head: layer("head", classes) }
    }

    /// How likely each class is, 1 together: `[classes]`.
    pub(super) fn chances(&self, numbers: &[f32]) -> Vec<f32> {
        let positive = |mut units: Vec<f32>| {
            units.iter_mut().for_each(|unit| *unit = unit.max(0.0));
            units
        };
        // Much of what is read is 0.
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
        let (device, sizes) = (Device::flex(), Sizes { input: 20, units: 9, classes: 5 });
        let net = TwoLayers::new(sizes, 0.3, &device);
        assert_eq!(sizes.numbers(), numbers_in(&net));
        let asked: Vec<f32> = (0..20u8).map(|at| f32::from(at % 3) / 2.0).collect();
        let inputs = Tensor::<2>::from_data(burn::tensor::TensorData::new(asked.clone(), [1, 20]), &device);
        let mut expected: Vec<f32> = crate::systems::nn::numbers(net.logits(inputs));
        softmax(&mut expected);
        let weights: Vec<NamedTensor> = get_weights(&net).into_iter().map(|weight| weight.within("some")).collect();
        let found = RowTwoLayers::new(&weights, "some", sizes).chances(&asked);
        assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-5));
    }
}
