//! The net: encoders, the LSTM over the measures, decoders.

use burn::module::{Module, Param};
use burn::nn::{Dropout, DropoutConfig, Initializer, Linear, LinearConfig};
use burn::tensor::activation::leaky_relu;
use burn::tensor::{Device, Tensor};

use crate::nn::{Lstm, LstmState};
use crate::rmvae::conditions::{InputLayout, LOOPS, STRENGTH};
use crate::rmvae::config::{Layout, RmvaeConfig};
use crate::rmvae::experts::Gaussian;
use crate::rmvae::recall;

/// Leaky ReLU's slope below zero.
const SLOPE: f64 = 0.1;

/// Log variances stay within e^±this, so that no single expert drowns the others.
const LOG_VAR: f64 = 5.0;

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

/// From a voice's measure to a Gaussian over z: q(z | x^v).
#[derive(Module, Debug)]
pub struct Encoder {
    frame: Linear,
    forward: Lstm,
    backward: Lstm,
    measure: Linear,
    mean: Linear,
    log_var: Linear,
}

/// From the context to a voice's measure, step by step.
#[derive(Module, Debug)]
pub struct Decoder {
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

impl RmvaeNet {
    /// A net with random weights.
    #[must_use]
    pub fn new(config: &RmvaeConfig, layouts: &[Layout], device: &Device) -> Self {
        let linear = |input, output| LinearConfig::new(input, output).init(device);
        let encoder = |layout: &Layout| Encoder {
            frame: linear(layout.frame_width(), config.frame),
            forward: Lstm::new(config.frame, config.encoder, device),
            backward: Lstm::new(config.frame, config.encoder, device),
            measure: linear(2 * config.encoder, config.measure),
            mean: linear(config.measure, config.latent),
            log_var: linear(config.measure, config.latent),
        };
        let decoder = |layout: &Layout| {
            let width = InputLayout::new(config, layout, layouts.len()).width();
            let chain = Initializer::Zeros.init([layout.pitches, layout.pitches], device);
            Decoder {
                start: linear(config.context, config.decoder),
                context: LinearConfig::new(config.context, 4 * config.decoder).with_bias(false).init(device),
                forward: Lstm::new(width, config.decoder, device),
                backward: (!config.frame_before).then(|| Lstm::new(width, config.decoder, device)),
                heads: linear(
                    if config.frame_before { config.decoder } else { 2 * config.decoder },
                    layout.output_width(),
                ),
                chain: (config.pitch_chain && !layout.is_mono()).then_some(chain),
                loops: (0..if config.loop_expert { LOOPS } else { 0 })
                    .map(|_| Initializer::Constant { value: 0.5 }.init([STRENGTH, 2], device))
                    .collect(),
                memories: (if config.history_expert { &recall::FIRST_TRUST[..] } else { &[] })
                    .iter()
                    .map(|trust| Initializer::Constant { value: f64::from(trust / recall::PACE) }.init([1, 2], device))
                    .collect(),
            }
        };
        let recurrent = (0..config.recurrent_layers)
            .map(|layer| Lstm::new(if layer == 0 { config.latent } else { config.recurrent }, config.recurrent, device))
            .collect();
        Self {
            encoders: layouts.iter().map(encoder).collect(),
            recurrent,
            context: linear(context_width(config), config.context),
            dropout: DropoutConfig::new(config.dropout).init(),
            decoders: layouts.iter().map(decoder).collect(),
            recall: config.history_expert.then(|| Param::from_data(recall::first_weights(), device)),
        }
    }

    /// The LSTM over the measures: `z` by measure, each `[rows, latent]`, to outputs `[rows, recurrent]`.
    #[must_use]
    pub fn remember(&self, z: Vec<Tensor<2>>) -> Vec<Tensor<2>> {
        let mut steps = z;
        for layer in &self.recurrent {
            let Some(first) = steps.first() else { return steps };
            let state = LstmState::zeros(first.dims()[0], layer.hidden(), &first.device());
            (steps, _) = layer.run(steps, state);
        }
        steps
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

/// What an expert that shows events (0…1) changes in the logits: what starts there (weight 0) becomes likelier, and
/// *continue* (or a pitch that does not start) likelier or less likely (weight 1): `[rows, classes or pitches]`.
///
/// # Shapes
/// - own: `[rows, classes or pitches]`; heard: `[rows, 1]`; weights: `[rows or 1, 2]`
fn opinion(layout: &Layout, own: Tensor<2>, heard: Tensor<2>, weights: Tensor<2>) -> Tensor<2> {
    let (starts, stays) = (weights.clone().narrow(1, 0, 1), weights.narrow(1, 1, 1));
    if layout.is_mono() {
        let keep = own.clone().narrow(1, layout.keep(), 1);
        Tensor::cat(vec![own.narrow(1, 0, layout.starts()) * starts, (keep.mul_scalar(2.0) - heard) * stays], 1)
    } else {
        own.clone() * starts - (heard - own) * stays
    }
}

/// What a memory changes in the logits: a product of experts, each probability to the power of its trust. The first
/// weight counts for what starts; the second for *continue* (or for a pitch not to start): `[rows, classes or pitches]`.
///
/// # Shapes
/// - said: `[rows, classes or pitches]` ([`recall::recall`]); weights: `[1, 2]`
fn recollection(layout: &Layout, said: Tensor<2>, weights: Tensor<2>) -> Tensor<2> {
    let weights = weights.mul_scalar(recall::PACE);
    let (starts, stays) = (weights.clone().narrow(1, 0, 1), weights.narrow(1, 1, 1));
    if layout.is_mono() {
        let keep = said.clone().narrow(1, layout.keep(), 1);
        // A memory of nothing has no opinion.
        let known = said.clone().sum_dim(1).greater_elem(1e-3).float();
        let odds = recall::odds_batch(keep) * known;
        Tensor::cat(vec![recall::evidence_for_batch(said.narrow(1, 0, layout.starts())) * starts, odds * stays], 1)
    } else {
        recall::evidence_for_batch(said.clone()) * starts + recall::evidence_against_not_batch(said) * stays
    }
}

/// Numbers that the context layer reads.
fn context_width(config: &RmvaeConfig) -> usize {
    let extra = usize::from(config.plan_expert) + usize::from(config.loop_expert);
    config.recurrent + extra * (config.latent + 1)
}

impl Encoder {
    /// q(z | x) of measures given as their frames, each `[rows, frame width]`.
    #[must_use]
    pub fn encode(&self, frames: Vec<Tensor<2>>) -> Gaussian {
        let rows = frames[0].dims()[0];
        let device = frames[0].device();
        let dense: Vec<_> = frames.into_iter().map(|frame| leaky_relu(self.frame.forward(frame), SLOPE)).collect();
        let zeros = |cell: &Lstm| LstmState::zeros(rows, cell.hidden(), &device);
        let (_, forward) = self.forward.run(dense.iter().cloned(), zeros(&self.forward));
        let (_, backward) = self.backward.run(dense.into_iter().rev(), zeros(&self.backward));
        let whole = Tensor::cat(vec![forward.hidden, backward.hidden], 1);
        let measure = leaky_relu(self.measure.forward(whole), SLOPE);
        Gaussian {
            mean: self.mean.forward(measure.clone()),
            log_var: self.log_var.forward(measure).clamp(-LOG_VAR, LOG_VAR),
        }
    }
}

impl Decoder {
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

    /// All steps at once, where the inputs are known beforehand (teacher forcing, or independent frames).
    #[must_use]
    pub fn decode(
        &self,
        inputs: Vec<Tensor<2>>,
        context: Tensor<2>,
        place: &InputLayout,
        layout: &Layout,
    ) -> Vec<Tensor<2>> {
        let (gates, first) = self.start(context);
        let mut state = first.clone();
        let mut forward = Vec::with_capacity(inputs.len());
        for input in &inputs {
            state = self.step(input.clone(), &gates, state);
            forward.push(state.hidden.clone());
        }
        if let Some(cell) = &self.backward {
            let mut state = first;
            for (hidden, input) in forward.iter_mut().zip(&inputs).rev() {
                state = cell.step(cell.project(input.clone()) + gates.0.clone(), state);
                *hidden = Tensor::cat(vec![hidden.clone(), state.hidden.clone()], 1);
            }
        }
        forward.into_iter().zip(&inputs).map(|(hidden, input)| self.heads(hidden, input, place, layout)).collect()
    }

    /// Is each frame given the one before it?
    #[must_use]
    pub fn is_stepwise(&self) -> bool {
        self.backward.is_none()
    }

    /// The pitch chain with its upper triangle only, `[pitches (lower), pitches (higher)]`: entry
    /// (q, p) is added to the logit of p where q < p starts.
    #[must_use]
    pub fn chain(&self) -> Option<Tensor<2>> {
        self.chain.as_ref().map(|chain| chain.val().triu(1))
    }
}
