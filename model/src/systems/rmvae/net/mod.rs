//! The net: encoders, the LSTM over the measures, decoders.

mod convolution;
mod decoder;
mod encoder;
mod opinions;

pub use decoder::{ContextGates, ConvolutionalDecoder, Decoder, RecurrentDecoder};
pub use encoder::{ConvolutionalEncoder, Encoder, RecurrentEncoder};

use burn::module::{Module, Param};
use burn::nn::{Dropout, DropoutConfig, Linear, LinearConfig};
use burn::tensor::activation::leaky_relu;
use burn::tensor::{Device, Tensor};

use crate::systems::nn::{Direction, Lstm, LstmState, split};
use crate::systems::rmvae::config::{Layout, RmvaeConfig};
use crate::systems::rmvae::recall;

/// Leaky ReLU's slope below zero. Chosen.
const SLOPE: f64 = 0.1;

/// All weights of an RMVAE (Vignal 2020; `RmvaeConfig` says what is on).
#[derive(Module, Debug)]
pub struct RmvaeNet {
    /// One for each voice.
    pub encoders: Vec<Encoder>,
    /// The layers of the LSTM over the measures.
    pub recurrent: Vec<Lstm>,
    /// From its output, the plan and the loop to what the decoders are told.
    pub context: Linear,
    /// On what the decoders are told, in training.
    pub dropout: Dropout,
    /// One for each voice.
    pub decoders: Vec<Decoder>,
    /// How much each earlier measure weighs in the memories, by its features: `[FEATURES, RECALLS]`.
    pub recall: Option<Param<Tensor<2>>>,
}

impl RmvaeNet {
    /// A net with random weights.
    #[must_use]
    pub fn new(config: &RmvaeConfig, layouts: &[Layout], device: &Device) -> Self {
        let linear = |input, output| LinearConfig::new(input, output).init(device);
        let recurrent = (0..config.recurrent_layers)
            .map(|layer| Lstm::new(if layer == 0 { config.latent } else { config.recurrent }, config.recurrent, device))
            .collect();
        Self {
            encoders: layouts.iter().map(|layout| Encoder::new(config, layout, device)).collect(),
            recurrent,
            context: linear(context_width(config), config.context),
            dropout: DropoutConfig::new(config.dropout).init(),
            decoders: layouts.iter().map(|layout| Decoder::new(config, layout, layouts.len(), device)).collect(),
            recall: config.history_expert.then(|| Param::from_data(recall::first_weights(), device)),
        }
    }

    /// The LSTM over the measures: `z` by measure, each `[rows, latent]`, to outputs `[rows, recurrent]`.
    #[must_use]
    pub fn remember(&self, z: Vec<Tensor<2>>) -> Vec<Tensor<2>> {
        let Some(rows) = z.first().map(|first| first.dims()[0]) else { return z };
        let measures = z.len();
        let mut steps = Tensor::cat(z, 0);
        for layer in &self.recurrent {
            let state = LstmState::zeros(rows, layer.hidden(), &steps.device());
            (steps, _) = layer.run(steps, None, state, Direction::Forward);
        }
        split(steps, measures)
    }

    /// What the decoders are told: `[rows, context]`, of the LSTM's output `[rows, recurrent]` and
    /// of the means of the planned and the looped measure with their masks, each `[rows, latent]` and `[rows, 1]`.
    #[must_use]
    pub fn context(
        &self,
        remembered: Tensor<2>,
        plan: Option<(Tensor<2>, Tensor<2>)>,
        looped: Option<(Tensor<2>, Tensor<2>)>,
    ) -> Tensor<2> {
        let mut parts = vec![remembered];
        for (mean, mask) in [plan, looped].into_iter().flatten() {
            parts.push(mean * mask.clone());
            parts.push(mask);
        }
        self.dropout.forward(leaky_relu(self.context.forward(Tensor::cat(parts, 1)), SLOPE))
    }
}

/// Numbers that the context layer reads.
fn context_width(config: &RmvaeConfig) -> usize {
    let extra = usize::from(config.plan_expert) + usize::from(config.loop_expert);
    config.recurrent + extra * (config.latent + 1)
}
