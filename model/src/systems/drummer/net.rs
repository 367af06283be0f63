//! The net as it is trained: all steps of a window at once.

use burn::module::{Module, Param};
use burn::nn::{Dropout, DropoutConfig, Initializer, Linear, LinearConfig};
use burn::tensor::{Device, Tensor, TensorData};

use super::config::DrummerConfig;
use super::features::DRUM_INPUTS;
use crate::music::drums::DRUMS;
use crate::systems::nn::{Direction, Lstm, LstmState};

/// Into how many parts loudness is divided. Chosen: eight velocities a part, less than the ear tells apart in a groove.
pub const LOUDNESSES: usize = 16;

/// Into how many parts a step is divided, beside the grid. Chosen: a twenty-fourth of a sixteenth is 5 ms at 120.
pub const OFFSETS: usize = 24;

/// All weights of a drummer: LSTMs over the steps; which drums are struck, each given those before it; how loud, given
/// what is struck and the loudness of those before; where beside the grid, given these and the places of those before.
/// All three also see what the first layer reads, so that what comes again need not be kept in mind.
#[derive(Module, Debug)]
pub struct DrummerNet {
    layers: Vec<Lstm>,
    dropout: Dropout,
    hits: Linear,
    /// `[DRUMS, DRUMS]`: what a drum that is struck adds to those after it; the rest is not used.
    hits_given: Param<Tensor<2>>,
    loudness: Linear,
    /// `[DRUMS, DRUMS · LOUDNESSES]`, likewise.
    loudness_given: Param<Tensor<2>>,
    offset: Linear,
    /// `[DRUMS, DRUMS · OFFSETS]`, likewise.
    offset_given: Param<Tensor<2>>,
}

/// What the net says of each step.
#[derive(Debug)]
pub struct DrummerLogits {
    /// Is each drum struck? `[rows, DRUMS]`
    pub hits: Tensor<2>,
    /// How loud: `[rows, DRUMS · LOUDNESSES]`
    pub loudness: Tensor<2>,
    /// Where: `[rows, DRUMS · OFFSETS]`
    pub offset: Tensor<2>,
}

/// Lets each drum know those before it alone: `[DRUMS, DRUMS · width]`.
fn those_before(width: usize, device: &Device) -> Tensor<2> {
    let mask: Vec<f32> =
        (0..DRUMS).flat_map(|from| (0..DRUMS * width).map(move |to| f32::from(u8::from(from < to / width)))).collect();
    Tensor::from_data(TensorData::new(mask, [DRUMS, DRUMS * width]), device)
}

impl DrummerNet {
    /// A net with random weights.
    #[must_use]
    pub fn new(config: &DrummerConfig, device: &Device) -> Self {
        let inputs = std::iter::once(DRUM_INPUTS).chain(config.units.iter().copied());
        let layers = inputs.zip(&config.units).map(|(input, &units)| Lstm::new(input, units, device)).collect();
        // PANIC: the form's check asks for a layer.
        let last = *config.units.last().expect("a layer") + DRUM_INPUTS;
        let given = |width: usize| Initializer::Zeros.init([DRUMS, DRUMS * width], device);
        Self {
            layers,
            dropout: DropoutConfig::new(config.dropout).init(),
            hits: LinearConfig::new(last, DRUMS).init(device),
            hits_given: given(1),
            loudness: LinearConfig::new(last + DRUMS, DRUMS * LOUDNESSES).init(device),
            loudness_given: given(LOUDNESSES),
            offset: LinearConfig::new(last + 2 * DRUMS, DRUMS * OFFSETS).init(device),
            offset_given: given(OFFSETS),
        }
    }

    /// What it says of each step, given what is struck there.
    ///
    /// # Shapes
    /// - inputs: `[steps · batch, DRUM_INPUTS]`, the batch running fastest
    /// - struck (1 or 0), loud (0 to 1), beside (in steps): `[steps · batch, DRUMS]`; the latter two 0 where nothing is struck
    #[must_use]
    pub fn forward(
        &self,
        inputs: Tensor<2>,
        struck: &Tensor<2>,
        loud: &Tensor<2>,
        beside: &Tensor<2>,
        batch: usize,
    ) -> DrummerLogits {
        let device = inputs.device();
        let hidden = self.layers.iter().fold(inputs.clone(), |inputs, layer| {
            let state = LstmState::zeros(batch, layer.hidden(), &inputs.device());
            self.dropout.forward(layer.run(inputs, None, state, Direction::Forward).0)
        });
        let hidden = Tensor::cat(vec![hidden, inputs], 1);
        let given = |known: &Tensor<2>, weight: &Param<Tensor<2>>, width: usize| {
            known.clone().matmul(weight.val() * those_before(width, &device))
        };
        let hits = self.hits.forward(hidden.clone()) + given(struck, &self.hits_given, 1);
        let heard = Tensor::cat(vec![hidden, struck.clone()], 1);
        let loudness = self.loudness.forward(heard.clone()) + given(loud, &self.loudness_given, LOUDNESSES);
        let heard = Tensor::cat(vec![heard, loud.clone()], 1);
        let offset = self.offset.forward(heard) + given(beside, &self.offset_given, OFFSETS);
        DrummerLogits { hits, loudness, offset }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        let device = Device::flex();
        let net = DrummerNet::new(&DrummerConfig { units: vec![5, 4], ..DrummerConfig::default() }, &device);
        let nothing = Tensor::zeros([6, DRUMS], &device);
        let said = net.forward(Tensor::zeros([6, DRUM_INPUTS], &device), &nothing, &nothing, &nothing, 2);
        assert_eq!(said.hits.dims(), [6, DRUMS]);
        assert_eq!(said.loudness.dims(), [6, DRUMS * LOUDNESSES]);
        assert_eq!(said.offset.dims(), [6, DRUMS * OFFSETS]);
    }
}
