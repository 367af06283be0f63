//! The net.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, Linear, LinearConfig};
use burn::tensor::{Device, Tensor};

use super::config::{MelodyLstmConfig, SYMBOLS};
use crate::systems::melody::EventNet;
use crate::systems::nn::{Direction, Lstm, LstmState};

/// All weights of a Melody LSTM: an LSTM over one-hot symbols `[batch, 64]`, dropout, a softmax over the symbols.
#[derive(Module, Debug)]
pub struct MelodyLstm {
    lstm: Lstm,
    dropout: Dropout,
    head: Linear,
}

impl MelodyLstm {
    /// A net with random weights.
    #[must_use]
    pub fn new(config: &MelodyLstmConfig, device: &Device) -> Self {
        Self {
            lstm: Lstm::new(SYMBOLS, config.units, device),
            dropout: DropoutConfig::new(config.dropout).init(),
            head: LinearConfig::new(config.units, SYMBOLS).init(device),
        }
    }
}

impl EventNet for MelodyLstm {
    fn logits(&self, inputs: Vec<Tensor<2>>) -> Tensor<2> {
        let Some(first) = inputs.first() else { return Tensor::zeros([0, SYMBOLS], &Device::flex()) };
        let state = LstmState::zeros(first.dims()[0], self.lstm.hidden(), &first.device());
        let (outputs, _) = self.lstm.run(Tensor::cat(inputs, 0), None, state, Direction::Forward);
        self.head.forward(self.dropout.forward(outputs))
    }
}
