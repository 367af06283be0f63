//! The net.

use burn::module::{Module, Param};
use burn::nn::Initializer;
use burn::tensor::{Device, Tensor};

use super::config::{CLASSES, PlainRnnConfig};
use crate::systems::melody::EventNet;

/// All weights of a plain RNN; there are no biases.
///
/// # Shapes
/// - input U: `[90, units]`, recurrent W: `[units, units]`, output V: `[units, 90]`
#[derive(Module, Debug)]
pub struct PlainRnn {
    input: Param<Tensor<2>>,
    recurrent: Param<Tensor<2>>,
    output: Param<Tensor<2>>,
}

impl PlainRnn {
    /// A net with random weights, uniform in ±1/√(inputs of the layer), as published.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "layer sizes are small")]
    pub fn new(config: &PlainRnnConfig, device: &Device) -> Self {
        let uniform = |rows: usize, columns: usize| {
            let bound = 1.0 / (rows as f64).sqrt();
            Initializer::Uniform { min: -bound, max: bound }.init([rows, columns], device)
        };
        Self {
            input: uniform(CLASSES, config.units),
            recurrent: uniform(config.units, config.units),
            output: uniform(config.units, CLASSES),
        }
    }
}

impl EventNet for PlainRnn {
    fn logits(&self, inputs: Vec<Tensor<2>>) -> Tensor<2> {
        let mut state: Option<Tensor<2>> = None;
        let mut out = Vec::with_capacity(inputs.len());
        for input in inputs {
            let mut sum = input.matmul(self.input.val());
            if let Some(before) = state {
                sum = sum + before.matmul(self.recurrent.val());
            }
            let now = sum.tanh();
            out.push(now.clone());
            state = Some(now);
        }
        Tensor::cat(out, 0).matmul(self.output.val())
    }
}
