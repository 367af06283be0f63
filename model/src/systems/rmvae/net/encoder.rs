//! Encoders: from a voice's measure to a Gaussian over z, q(z | x^v).

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::leaky_relu;
use burn::tensor::{Device, Tensor};

use crate::systems::nn::{Direction, Lstm, LstmState};
use crate::systems::rmvae::config::{CoderForm, Layout, RmvaeConfig};
use crate::systems::rmvae::experts::Gaussian;
use crate::systems::rmvae::net::SLOPE;
use crate::systems::rmvae::net::convolution::{Narrowing, Picture};

/// Log variances stay within e^±this, so that no single expert drowns the others. Chosen.
const LOG_VAR: f64 = 5.0;

/// The encoder of one voice, in one of the published forms.
#[derive(Module, Debug)]
#[expect(clippy::large_enum_variant, reason = "a net has one a voice")]
pub enum Encoder {
    /// Reads frame by frame.
    Recurrent(RecurrentEncoder),
    /// Reads the measure as a picture.
    Convolutional(ConvolutionalEncoder),
}

/// A dense layer on each frame, a bidirectional LSTM over the frames, and a dense layer on the measure.
#[derive(Module, Debug)]
pub struct RecurrentEncoder {
    frame: Linear,
    forward: Lstm,
    backward: Lstm,
    measure: Linear,
    mean: Linear,
    log_var: Linear,
}

/// Two blocks of 5×5 convolutions over sixteenths × pitches, and a dense layer on the measure.
#[derive(Module, Debug)]
pub struct ConvolutionalEncoder {
    blocks: Vec<Narrowing>,
    measure: Linear,
    mean: Linear,
    log_var: Linear,
}

impl Encoder {
    /// An encoder of this voice with random weights.
    #[must_use]
    pub fn new(config: &RmvaeConfig, layout: &Layout, device: &Device) -> Self {
        let linear = |input, output| LinearConfig::new(input, output).init(device);
        let (mean, log_var) = (linear(config.measure, config.latent), linear(config.measure, config.latent));
        match config.encoder_form {
            CoderForm::Recurrent => Self::Recurrent(RecurrentEncoder {
                frame: linear(layout.frame_width(), config.frame),
                forward: Lstm::new(config.frame, config.encoder, device),
                backward: Lstm::new(config.frame, config.encoder, device),
                measure: linear(2 * config.encoder, config.measure),
                mean,
                log_var,
            }),
            CoderForm::Convolutional => {
                let picture = Picture::of(layout);
                let channels = [picture.channels, config.channels, 2 * config.channels];
                let block = |pair: &[usize]| Narrowing::new([pair[0], pair[1]], config.convolution_dropout, device);
                Self::Convolutional(ConvolutionalEncoder {
                    blocks: channels.windows(2).map(block).collect(),
                    measure: linear(2 * config.channels * picture.narrowed().narrowed().cells(), config.measure),
                    mean,
                    log_var,
                })
            }
        }
    }

    /// q(z | x) of measures given as their frames, each `[rows, frame width]`.
    #[must_use]
    pub fn encode(&self, frames: Vec<Tensor<2>>) -> Gaussian {
        let (read, measure, mean, log_var) = match self {
            Self::Recurrent(encoder) => (encoder.read(frames), &encoder.measure, &encoder.mean, &encoder.log_var),
            Self::Convolutional(encoder) => (encoder.read(frames), &encoder.measure, &encoder.mean, &encoder.log_var),
        };
        let measure = leaky_relu(measure.forward(read), SLOPE);
        Gaussian { mean: mean.forward(measure.clone()), log_var: log_var.forward(measure).clamp(-LOG_VAR, LOG_VAR) }
    }
}

impl RecurrentEncoder {
    /// The last states of both directions: `[rows, 2 · hidden]`.
    fn read(&self, frames: Vec<Tensor<2>>) -> Tensor<2> {
        let (rows, device) = (frames[0].dims()[0], frames[0].device());
        let dense = leaky_relu(self.frame.forward(Tensor::cat(frames, 0)), SLOPE);
        let last = |cell: &Lstm, direction| {
            let state = LstmState::zeros(rows, cell.hidden(), &device);
            cell.run(dense.clone(), None, state, direction).1.hidden
        };
        let (forward, backward) = (last(&self.forward, Direction::Forward), last(&self.backward, Direction::Backward));
        Tensor::cat(vec![forward, backward], 1)
    }
}

impl ConvolutionalEncoder {
    /// What the blocks make of the picture, in one row: `[rows, channels · cells]`.
    fn read(&self, frames: Vec<Tensor<2>>) -> Tensor<2> {
        // The pitches of the two blocks of a frame (activations, durations) lie one after the other.
        let channels = self.blocks[0].channels();
        let picture = Tensor::<2>::stack::<3>(frames, 1);
        let [rows, steps, width] = picture.dims();
        let picture = picture.reshape([rows, steps, channels, width / channels]).swap_dims(1, 2);
        self.blocks.iter().fold(picture, |picture, block| block.forward(picture)).flatten(1, 3)
    }
}
