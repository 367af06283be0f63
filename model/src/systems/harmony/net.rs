//! The nets as they are trained: all half measures of a window at once.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, Linear, LinearConfig};
use burn::tensor::{Device, Tensor};

use super::believer::Believer;
use super::classes::CHORD_CLASSES;
use super::config::HarmonyConfig;
use super::features::HALF_INPUTS;
use super::harmoniser;
use super::imaginer::imaginer;
use super::namer::Namer;
use super::pointer::{Pointed, Pointer};
use super::story::ASKED;
use super::two_layers::TwoLayers;
use crate::systems::nn::{Direction, Lstm, LstmState};

/// All weights of a harmony net: LSTMs over half measures, and a softmax over the chords.
#[derive(Module, Debug)]
pub struct HarmonyNet {
    layers: Vec<Lstm>,
    dropout: Dropout,
    head: Linear,
    /// Of a net that copies.
    pointer: Option<Pointer>,
    /// Of a file of before.
    harmoniser: Option<TwoLayers>,
    /// Of a net that has one; trained by itself.
    namer: Option<Namer>,
    /// Likewise.
    believer: Option<Believer>,
    /// Likewise.
    imaginer: Option<TwoLayers>,
}

/// The numbers that the LSTM of such a net reads of a half measure.
pub(super) const fn inputs(config: &HarmonyConfig) -> usize {
    if config.copies { ASKED } else { HALF_INPUTS }
}

/// What a net that copies is asked, `rows` being halves · batch, the batch running fastest.
#[derive(Clone, Debug)]
pub struct Questions {
    /// `[rows, ASKED]`.
    pub inputs: Tensor<2>,
    /// `[rows, NEAR]`.
    pub near: Tensor<2>,
    /// `[rows · PLACES, PLACE_INPUTS]`.
    pub places: Tensor<2>,
}

impl HarmonyNet {
    /// A net with random weights.
    #[must_use]
    pub fn new(config: &HarmonyConfig, device: &Device) -> Self {
        let inputs = std::iter::once(inputs(config)).chain(config.units.iter().copied());
        let layers = inputs.zip(&config.units).map(|(input, &units)| Lstm::new(input, units, device)).collect();
        // PANIC: the form's check asks for a layer.
        let last = *config.units.last().expect("a layer");
        Self {
            layers,
            dropout: DropoutConfig::new(config.dropout).init(),
            head: LinearConfig::new(last, CHORD_CLASSES).init(device),
            pointer: config.copies.then(|| Pointer::new(last, device)),
            harmoniser: (config.harmonises > 0)
                .then(|| TwoLayers::new(harmoniser::sizes(config.harmonises), config.dropout, device)),
            namer: (config.names > 0).then(|| Namer::new(config.names, device)),
            believer: (config.believes > 0).then(|| Believer::new(config.believes, device)),
            imaginer: (config.imagines > 0).then(|| imaginer(config.imagines, config.dropout, device)),
        }
    }

    /// The logits of the chord of each half measure.
    ///
    /// # Shapes
    /// - inputs: `[halves · batch, HALF_INPUTS]`, the batch running fastest
    /// - output: `[halves · batch, CHORD_CLASSES]`
    #[must_use]
    pub fn forward(&self, inputs: Tensor<2>, batch: usize) -> Tensor<2> {
        self.head.forward(self.hidden(inputs, batch))
    }

    /// ln P of the true chord of each half measure: `[rows, 1]`.
    ///
    /// # Shapes
    /// - right: `[rows, PLACES]`, 1 where the chord at a place is the true one, else 0
    /// - labels: `[rows, CHORD_CLASSES]`, 1 at the true one, else 0
    ///
    /// # Panics
    /// If the net copies nothing.
    #[must_use]
    pub fn likelihood(&self, asked: Questions, batch: usize, right: Tensor<2>, labels: Tensor<2>) -> Tensor<2> {
        let hidden = self.hidden(asked.inputs, batch);
        // PANIC: the trainings' own check asks for a net that copies.
        let pointer = self.pointer.as_ref().expect("a net that copies");
        let Pointed { places, free } =
            pointer.forward(hidden.clone(), self.head.forward(hidden), asked.near, asked.places);
        let [rows, all] = places.dims();
        let copied = places.clone().narrow(1, 0, all - 1).exp() * right;
        let invented = places.narrow(1, all - 1, 1).exp() * (free.exp() * labels).sum_dim(1);
        (copied.sum_dim(1) + invented + 1e-6).log().reshape([rows, 1])
    }

    fn hidden(&self, inputs: Tensor<2>, batch: usize) -> Tensor<2> {
        self.layers.iter().fold(inputs, |inputs, layer| {
            let state = LstmState::zeros(batch, layer.hidden(), &inputs.device());
            self.dropout.forward(layer.run(inputs, None, state, Direction::Forward).0)
        })
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
