//! The net: LSTM layers, attention where the form has it, a softmax.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, Linear, LinearConfig};
use burn::tensor::activation::softmax;
use burn::tensor::{Device, Tensor};

use super::config::MelodyRnnConfig;
use super::form::MelodyRnnForm;
use crate::systems::melody::{EventNet, Learner};
use crate::systems::nn::{Direction, Lstm, LstmState};

/// All weights of a Melody RNN.
///
/// # Shapes
/// With hidden units H of the last layer:
/// - step input: `[batch, input]`, with attention joined by what was attended to before: `[batch, input + H]`
/// - head: from `[batch, H]`, with attention from `[batch, 2 · H]`, to `[batch, classes]`
#[derive(Module, Debug)]
pub struct MelodyRnn {
    layers: Vec<Lstm>,
    attention: Option<Attention>,
    dropout: Dropout,
    head: Linear,
}

/// Attention over the last outputs: uᵢ = vᵀ tanh(W₁hᵢ + W₂c), a = softmax(u), d = Σ aᵢhᵢ, of those outputs h that there
/// are already, and the last layer's memory c. Before the first output d is 0.
///
/// # Source
/// Vinyals et al. 2015, "Grammar as a foreign language", as in Magenta's attention RNN (2016).
#[derive(Module, Debug)]
pub(crate) struct Attention {
    /// W₁.
    keys: Linear,
    /// W₂.
    query: Linear,
    /// v.
    score: Linear,
    length: usize,
}

impl MelodyRnn {
    /// A net with random weights.
    #[must_use]
    pub fn new(config: &MelodyRnnConfig, device: &Device) -> Self {
        let hidden = config.units.last().copied().unwrap_or(1);
        let attends = config.form == MelodyRnnForm::Attention;
        let mut input = config.inputs() + if attends { hidden } else { 0 };
        let mut layers = Vec::new();
        for &units in &config.units {
            layers.push(Lstm::new(input, units, device));
            input = units;
        }
        let plain = |input, output| LinearConfig::new(input, output).with_bias(false).init(device);
        let attention = attends.then(|| Attention {
            keys: plain(hidden, hidden),
            query: plain(hidden, hidden),
            score: plain(hidden, 1),
            length: config.attention_length,
        });
        Self {
            layers,
            attention,
            dropout: DropoutConfig::new(config.dropout).init(),
            head: LinearConfig::new(if attends { 2 * hidden } else { hidden }, config.classes()).init(device),
        }
    }
}

impl Attention {
    /// What the memory `[batch, H]` attends to, of the outputs `[batch, H]` and their keys W₁h, the newest last.
    fn attend(&self, outputs: &[(Tensor<2>, Tensor<2>)], memory: Tensor<2>) -> Tensor<2> {
        let from = outputs.len().saturating_sub(self.length);
        let kept = &outputs[from..];
        let [batch, hidden] = memory.dims();
        let query = self.query.forward(memory).unsqueeze_dim::<3>(1);
        let keys: Tensor<3> = Tensor::stack(kept.iter().map(|(_, key)| key.clone()).collect(), 1);
        let sums = (keys + query).tanh().reshape([batch * kept.len(), hidden]);
        let weights = softmax(self.score.forward(sums).reshape([batch, kept.len()]), 1);
        let values: Tensor<3> = Tensor::stack(kept.iter().map(|(output, _)| output.clone()).collect(), 1);
        weights.unsqueeze_dim::<3>(1).matmul(values).reshape([batch, hidden])
    }
}

impl MelodyRnn {
    /// What the last layer says at all steps, dropped out: layer after layer, since none hears of the next one.
    fn through_layers(&self, inputs: Vec<Tensor<2>>, batch: usize) -> Tensor<2> {
        let mut rows = Tensor::cat(inputs, 0);
        for layer in &self.layers {
            let state = LstmState::zeros(batch, layer.hidden(), &rows.device());
            rows = self.dropout.forward(layer.run(rows, None, state, Direction::Forward).0);
        }
        rows
    }

    /// The same with attention, whose first layer hears at each step what was attended to in the one before.
    fn attentively(&self, attention: &Attention, inputs: Vec<Tensor<2>>, batch: usize) -> Tensor<2> {
        let device = inputs[0].device();
        let zeros = |layer: &Lstm| LstmState::zeros(batch, layer.hidden(), &device);
        let mut states: Vec<LstmState> = self.layers.iter().map(zeros).collect();
        let hidden = self.layers.last().map_or(1, Lstm::hidden);
        let mut attended = Tensor::zeros([batch, hidden], &device);
        let mut outputs: Vec<(Tensor<2>, Tensor<2>)> = Vec::new();
        let mut out = Vec::with_capacity(inputs.len());
        for input in inputs {
            let mut input = Tensor::cat(vec![input, attended.clone()], 1);
            for (layer, state) in self.layers.iter().zip(&mut states) {
                let (output, after) = layer.run(input, None, state.clone(), Direction::Forward);
                *state = after;
                input = self.dropout.forward(output);
            }
            if !outputs.is_empty() {
                // PANIC: a net has a layer.
                let memory = states.last().expect("a layer").cell.clone();
                attended = attention.attend(&outputs, memory);
            }
            outputs.push((input.clone(), attention.keys.forward(input.clone())));
            out.push(Tensor::cat(vec![input, attended.clone()], 1));
        }
        Tensor::cat(out, 0)
    }
}

impl EventNet for MelodyRnn {
    fn logits(&self, inputs: Vec<Tensor<2>>) -> Tensor<2> {
        let Some(first) = inputs.first() else { return Tensor::zeros([0, 0], &Device::flex()) };
        let batch = first.dims()[0];
        self.head.forward(match &self.attention {
            Some(attention) => self.attentively(attention, inputs, batch),
            None => self.through_layers(inputs, batch),
        })
    }
}
