//! The net as it is trained: all half measures of a window at once.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, Linear, LinearConfig};
use burn::tensor::{Device, Tensor};

use super::classes::CHORD_CLASSES;
use super::config::HarmonyConfig;
use super::features::HALF_INPUTS;
use crate::systems::nn::{Direction, Lstm, LstmState};

/// All weights of a harmony net: LSTMs over half measures, and a softmax over the chords.
#[derive(Module, Debug)]
pub struct HarmonyNet {
    layers: Vec<Lstm>,
    dropout: Dropout,
    head: Linear,
}

impl HarmonyNet {
    /// A net with random weights.
    #[must_use]
    pub fn new(config: &HarmonyConfig, device: &Device) -> Self {
        let inputs = std::iter::once(HALF_INPUTS).chain(config.units.iter().copied());
        let layers = inputs.zip(&config.units).map(|(input, &units)| Lstm::new(input, units, device)).collect();
        // PANIC: the form's check asks for a layer.
        let last = *config.units.last().expect("a layer");
        Self {
            layers,
            dropout: DropoutConfig::new(config.dropout).init(),
            head: LinearConfig::new(last, CHORD_CLASSES).init(device),
        }
    }

    /// The logits of the chord of each half measure.
    ///
    /// # Shapes
    /// - inputs: `[halves · batch, HALF_INPUTS]`, the batch running fastest
    /// - output: `[halves · batch, CHORD_CLASSES]`
    #[must_use]
    pub fn forward(&self, inputs: Tensor<2>, batch: usize) -> Tensor<2> {
        let outputs = self.layers.iter().fold(inputs, |inputs, layer| {
            let state = LstmState::zeros(batch, layer.hidden(), &inputs.device());
            self.dropout.forward(layer.run(inputs, None, state, Direction::Forward).0)
        });
        self.head.forward(outputs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        let device = Device::flex();
        let net = HarmonyNet::new(&HarmonyConfig { units: vec![5, 4], ..HarmonyConfig::default() }, &device);
        assert_eq!(net.forward(Tensor::zeros([3 * 2, HALF_INPUTS], &device), 2).dims(), [6, CHORD_CLASSES]);
    }
}
