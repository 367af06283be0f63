//! Decoders: from the context to a voice's measure.

use burn::module::{Module, Param};
use burn::nn::{Initializer, Linear, LinearConfig};
use burn::tensor::activation::leaky_relu;
use burn::tensor::{Device, Tensor};

use crate::systems::nn::{Direction, Lstm, LstmState, split};
use crate::systems::rmvae::conditions::{InputLayout, LOOPS, STRENGTH};
use crate::systems::rmvae::config::{CoderForm, Layout, RmvaeConfig};
use crate::systems::rmvae::net::SLOPE;
use crate::systems::rmvae::net::convolution::{Picture, Widening};
use crate::systems::rmvae::net::opinions::{opinion, recollection};
use crate::systems::rmvae::recall;

/// The decoder of one voice, in one of the published forms.
#[derive(Module, Debug)]
#[expect(clippy::large_enum_variant, reason = "a net has one a voice")]
pub enum Decoder {
    /// Writes frame by frame.
    Recurrent(RecurrentDecoder),
    /// Paints the measure as a picture.
    Convolutional(ConvolutionalDecoder),
}

/// An LSTM over the frames that starts from the context.
#[derive(Module, Debug)]
pub struct RecurrentDecoder {
    start: Linear,
    context: Linear,
    forward: Lstm,
    /// Only with independent frames, as published.
    backward: Option<Lstm>,
    heads: Linear,
    /// How pitch q that starts (row) changes the activation logit of pitch p (column): only q < p counts.
    chain: Option<Param<Tensor<2>>>,
    /// The loop as one more expert, for each earlier measure: how much its events count (columns: what starts
    /// there, and what does not), by how well the music repeats (rows).
    loops: Vec<Param<Tensor<2>>>,
    /// The memories of what the voice has played as experts: how far each is trusted, divided by 4; the same columns,
    /// one row.
    memories: Vec<Param<Tensor<2>>>,
}

/// What stays the same through a measure: `[rows, 4 · hidden]`.
#[derive(Clone, Debug)]
pub struct ContextGates(Tensor<2>);

/// A dense layer to a small picture, and two transposed 5×5 convolutions that widen it to sixteenths × pitches.
#[derive(Module, Debug)]
pub struct ConvolutionalDecoder {
    start: Linear,
    blocks: Vec<Widening>,
}

impl Decoder {
    /// A decoder of this voice, in a band of so many, with random weights.
    #[must_use]
    pub fn new(config: &RmvaeConfig, layout: &Layout, voices: usize, device: &Device) -> Self {
        match config.decoder_form {
            CoderForm::Recurrent => Self::Recurrent(RecurrentDecoder::new(config, layout, voices, device)),
            CoderForm::Convolutional => Self::Convolutional(ConvolutionalDecoder::new(config, layout, device)),
        }
    }

    /// All steps at once, where the inputs are known beforehand (teacher forcing, or independent frames): what the
    /// voice's heads say, each `[rows, output width]` ([`RecurrentDecoder::heads`]).
    #[must_use]
    pub fn decode(
        &self,
        inputs: Vec<Tensor<2>>,
        context: Tensor<2>,
        place: &InputLayout,
        layout: &Layout,
    ) -> Vec<Tensor<2>> {
        match self {
            Self::Recurrent(decoder) => decoder.decode(inputs, context, place, layout),
            Self::Convolutional(decoder) => decoder.decode(context, layout),
        }
    }

    /// The decoder that is given the frame before at each step, if it is one.
    #[must_use]
    pub fn stepwise(&self) -> Option<&RecurrentDecoder> {
        match self {
            Self::Recurrent(decoder) if decoder.backward.is_none() => Some(decoder),
            _ => None,
        }
    }

    /// The pitch chain with its upper triangle only, `[pitches (lower), pitches (higher)]`: entry
    /// (q, p) is added to the logit of p where q < p starts.
    #[must_use]
    pub fn chain(&self) -> Option<Tensor<2>> {
        let Self::Recurrent(decoder) = self else { return None };
        decoder.chain.as_ref().map(|chain| chain.val().triu(1))
    }
}

impl RecurrentDecoder {
    fn new(config: &RmvaeConfig, layout: &Layout, voices: usize, device: &Device) -> Self {
        let linear = |input, output| LinearConfig::new(input, output).init(device);
        let width = InputLayout::new(config, layout, voices).width();
        let chain = Initializer::Zeros.init([layout.pitches, layout.pitches], device);
        Self {
            start: linear(config.context, config.decoder),
            context: LinearConfig::new(config.context, 4 * config.decoder).with_bias(false).init(device),
            forward: Lstm::new(width, config.decoder, device),
            backward: (!config.frame_before).then(|| Lstm::new(width, config.decoder, device)),
            heads: linear(if config.frame_before { config.decoder } else { 2 * config.decoder }, layout.output_width()),
            chain: (config.pitch_chain && !layout.is_mono()).then_some(chain),
            loops: (0..if config.loop_expert { LOOPS } else { 0 })
                .map(|_| Initializer::Constant { value: 0.5 }.init([STRENGTH, 2], device))
                .collect(),
            memories: (if config.history_expert { &recall::FIRST_TRUST[..] } else { &[] })
                .iter()
                .map(|trust| Initializer::Constant { value: f64::from(trust / recall::PACE) }.init([1, 2], device))
                .collect(),
        }
    }

    /// Before the first step: the part of the gates that the context `[rows, context]` decides, and the state.
    #[must_use]
    pub fn start(&self, context: Tensor<2>) -> (ContextGates, LstmState) {
        let hidden = self.start.forward(context.clone()).tanh();
        let cell = Tensor::zeros(hidden.dims(), &hidden.device());
        (ContextGates(self.context.forward(context)), LstmState { hidden, cell })
    }

    /// One step: input `[rows, input width]`.
    #[must_use]
    pub fn step(&self, input: Tensor<2>, gates: &ContextGates, state: LstmState) -> LstmState {
        self.forward.step(self.forward.project(input) + gates.0.clone(), state)
    }

    /// What the voice's heads say: `[rows, output width]`, of the state and the step's input. Mono: logits of the
    /// classes; poly: activation logits without the pitch chain, then durations in steps before the ReLU.
    #[must_use]
    pub fn heads(&self, hidden: Tensor<2>, input: &Tensor<2>, place: &InputLayout, layout: &Layout) -> Tensor<2> {
        let logits = self.heads.forward(hidden);
        if self.loops.is_empty() && self.memories.is_empty() {
            return logits;
        }
        let rows = logits.dims()[0];
        let mut change = Tensor::<2>::zeros([rows, layout.own()], &logits.device());
        for (which, weights) in self.loops.iter().enumerate() {
            let [own, heard, strength] =
                place.looped(which).map(|(start, length)| input.clone().narrow(1, start, length));
            let weights = strength.matmul(weights.val());
            change = change + opinion(layout, own, heard, weights);
        }
        for (which, weights) in self.memories.iter().enumerate() {
            let (start, length) = place.recalled(which);
            change = change + recollection(layout, input.clone().narrow(1, start, length), weights.val());
        }
        if !layout.is_mono() {
            let durations = Tensor::zeros([rows, layout.pitches], &logits.device());
            change = Tensor::cat(vec![change, durations], 1);
        }
        logits + change
    }

    fn decode(
        &self,
        inputs: Vec<Tensor<2>>,
        context: Tensor<2>,
        place: &InputLayout,
        layout: &Layout,
    ) -> Vec<Tensor<2>> {
        let (ContextGates(gates), first) = self.start(context);
        let steps = inputs.len();
        let inputs = Tensor::cat(inputs, 0);
        let outputs = |cell: &Lstm, direction| cell.run(inputs.clone(), Some(&gates), first.clone(), direction).0;
        let mut hidden = outputs(&self.forward, Direction::Forward);
        if let Some(backward) = &self.backward {
            hidden = Tensor::cat(vec![hidden, outputs(backward, Direction::Backward)], 1);
        }
        split(self.heads(hidden, &inputs, place, layout), steps)
    }
}

impl ConvolutionalDecoder {
    fn new(config: &RmvaeConfig, layout: &Layout, device: &Device) -> Self {
        let whole = Picture::of(layout);
        let half = whole.narrowed();
        let quarter = half.narrowed();
        let block =
            |channels, from, to, last| Widening::new(channels, [from, to], config.convolution_dropout, last, device);
        Self {
            start: LinearConfig::new(config.context, 2 * config.channels * quarter.cells()).init(device),
            blocks: vec![
                block([2 * config.channels, config.channels], quarter, half, false),
                block([config.channels, whole.channels], half, whole, true),
            ],
        }
    }

    fn decode(&self, context: Tensor<2>, layout: &Layout) -> Vec<Tensor<2>> {
        let rows = context.dims()[0];
        let quarter = Picture::of(layout).narrowed().narrowed();
        let start = leaky_relu(self.start.forward(context), SLOPE);
        let channels = start.dims()[1] / quarter.cells();
        let picture = start.reshape([rows, channels, quarter.height, quarter.width]);
        let picture = self.blocks.iter().fold(picture, |picture, block| block.forward(picture));
        let [rows, channels, steps, width] = picture.dims();
        let frames = picture.swap_dims(1, 2).reshape([rows, steps, channels * width]);
        (0..steps).map(|step| frames.clone().narrow(1, step, 1).squeeze_dim(1)).collect()
    }
}
