//! The net as it is trained: all sixteenths of a window at once.

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Distribution, Tensor};

use crate::systems::biaxial::config::BiaxialConfig;
use crate::systems::biaxial::encoding::{INPUTS, PITCHES};
use crate::systems::nn::{Direction, Lstm, LstmState, get_weights, set_weights, split};

/// All weights of a biaxial LSTM.
#[derive(Module, Debug)]
pub struct BiaxialNet {
    /// The layers along time, shared by all pitches.
    pub time: Vec<Lstm>,
    /// The layers along the pitches. The first reads the time axis's output and (played, struck) of the pitch below.
    pub note: Vec<Lstm>,
    /// From the last layer to two logits: played, and struck if played.
    pub head: Linear,
}

impl BiaxialNet {
    /// A net with random weights.
    #[must_use]
    pub fn new(config: &BiaxialConfig, device: &Device) -> Self {
        let axis = |first: usize, units: &[usize]| -> Vec<Lstm> {
            let inputs = std::iter::once(first).chain(units.iter().copied());
            inputs.zip(units).map(|(input, &units)| Lstm::new(input, units, device)).collect()
        };
        // PANIC: the form's check asks for a layer.
        let [last_time, last_note] = [&config.time, &config.note].map(|axis| *axis.last().expect("a layer"));
        let net = Self {
            time: axis(INPUTS, &config.time),
            note: axis(last_time + 2, &config.note),
            head: LinearConfig::new(last_note, 2).init(device),
        };
        calm(net)
    }

    /// The logits of every sixteenth: (played, struck if played), each as the pitches below it chose in `below`.
    /// `dropout` is the share of each layer's outputs that are kept from the next one, the same ones at every step.
    ///
    /// # Shapes
    /// - inputs: by sixteenth, `[78 · batch, 80]`, the batch running fastest
    /// - below: by pitch, `[sixteenths · batch, 2]`
    /// - output: by pitch, `[sixteenths · batch, 2]`
    #[must_use]
    pub fn forward(&self, inputs: Vec<Tensor<2>>, below: Vec<Tensor<2>>, dropout: f64) -> Vec<Tensor<2>> {
        let (sixteenths, rows) = (inputs.len(), inputs.first().map_or(PITCHES, |first| first.dims()[0]));
        let outputs = axis(&self.time, Tensor::cat(inputs, 0), rows, dropout);
        // From sixteenths of pitches to pitches of sixteenths.
        let [_, units] = outputs.dims();
        let turned = outputs.reshape([sixteenths, PITCHES, rows / PITCHES, units]).swap_dims(0, 1);
        let outputs = turned.reshape([sixteenths * rows, units]);
        let inputs = Tensor::cat(vec![outputs, Tensor::cat(below, 0)], 1);
        let outputs = axis(&self.note, inputs, sixteenths * rows / PITCHES, dropout);
        split(self.head.forward(outputs), PITCHES)
    }
}

/// Through the layers of an axis, in steps of so many rows.
fn axis(layers: &[Lstm], inputs: Tensor<2>, rows: usize, dropout: f64) -> Tensor<2> {
    layers.iter().fold(inputs, |inputs, layer| {
        let state = LstmState::zeros(rows, layer.hidden(), &inputs.device());
        drop_out(layer.run(inputs, None, state, Direction::Forward).0, rows, dropout)
    })
}

/// Sets a share of the numbers to 0, the same ones at every step, and makes the others larger instead.
fn drop_out(outputs: Tensor<2>, rows: usize, share: f64) -> Tensor<2> {
    if share <= 0.0 {
        return outputs;
    }
    let [all, units] = outputs.dims();
    let kept = Tensor::random([rows, units], Distribution::Bernoulli(1.0 - share), &outputs.device()) / (1.0 - share);
    outputs * kept.repeat_dim(0, all / rows)
}

/// The pitch's own number goes to 77 where all others are about 1: its weights start so much smaller.
fn calm(net: BiaxialNet) -> BiaxialNet {
    #[expect(clippy::cast_precision_loss, reason = "78")]
    let share = 1.0 / PITCHES as f32;
    let mut weights = get_weights(&net);
    for weight in weights.iter_mut().filter(|weight| weight.name == "time.0.input") {
        let width = weight.shape[1];
        weight.values_mut()[..width].iter_mut().for_each(|value| *value *= share);
    }
    // PANIC: the net's own weights.
    set_weights(net, &weights).expect("a net's own weights fit it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        let (device, batch, steps) = (Device::flex(), 2, 3);
        let config = BiaxialConfig { time: vec![5, 4], note: vec![3], window: 1 };
        let net = BiaxialNet::new(&config, &device);
        let inputs = vec![Tensor::zeros([PITCHES * batch, INPUTS], &device); steps];
        let below = vec![Tensor::zeros([steps * batch, 2], &device); PITCHES];
        let out = net.forward(inputs, below, 0.5);
        assert_eq!(out.len(), PITCHES);
        assert!(out.iter().all(|logits| logits.dims() == [steps * batch, 2]));
    }

    #[test]
    fn cutting_by_halves_cuts_in_order() {
        let device = Device::flex();
        let rows: Tensor<2> = Tensor::from_data([[0.], [1.], [2.], [3.], [4.], [5.], [6.], [7.], [8.], [9.]], &device);
        let parts = split(rows, 5);
        let firsts: Vec<f32> = parts.into_iter().map(|part| part.narrow(0, 0, 1).into_scalar::<f32>()).collect();
        assert_eq!(firsts, [0.0, 2.0, 4.0, 6.0, 8.0]);
    }
}
