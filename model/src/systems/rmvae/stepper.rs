//! A decoder's steps as plain loops, for playing.
//!
//! A step of a few candidates is so small that tensors cost more than its arithmetic, and most of its input is 0.
//! Each candidate is computed on its own: its numbers do not depend on how many there are.

use std::sync::Arc;

use crate::systems::nn::arithmetic::{add_many_rows, add_rows, dense, step_cell};
use crate::systems::nn::{NamedTensor, get_weights};
use crate::systems::rmvae::conditions::InputLayout;
use crate::systems::rmvae::config::Layout;
use crate::systems::rmvae::net::Decoder;
use crate::systems::rmvae::recall;

/// The weights of a [`Decoder`] with `frame_before`, row by row.
///
/// # Shapes
/// - start: `[context, hidden]`, context: `[context, 4 · hidden]`
/// - input: `[input width, 4 · hidden]`, recurrent: `[hidden, 4 · hidden]`, bias: `[4 · hidden]`
/// - heads: `[hidden, output width]`; loops: `[STRENGTH, 2]`, memories: `[1, 2]`
#[derive(Clone, Debug)]
pub struct Stepper {
    place: InputLayout,
    layout: Layout,
    start: Arc<[f32]>,
    start_bias: Arc<[f32]>,
    context: Arc<[f32]>,
    input: Arc<[f32]>,
    recurrent: Arc<[f32]>,
    bias: Arc<[f32]>,
    heads: Arc<[f32]>,
    heads_bias: Arc<[f32]>,
    loops: Vec<Arc<[f32]>>,
    memories: Vec<Arc<[f32]>>,
}

/// Where the candidates are in their measure.
#[derive(Clone, Debug)]
pub struct StepperState {
    /// What the context and the bias add to the gates of every step: `[4 · hidden]`.
    constant: Vec<f32>,
    /// `[rows, hidden]`.
    hidden: Vec<f32>,
    /// `[rows, hidden]`.
    cell: Vec<f32>,
}

impl Stepper {
    /// The steps of this decoder; `None` where its frames are independent and need no steps.
    #[must_use]
    pub fn new(decoder: &Decoder, place: InputLayout, layout: Layout) -> Option<Self> {
        decoder.stepwise()?;
        let weights = get_weights(decoder);
        let named = |name: &str| -> Arc<[f32]> {
            let found = weights.iter().find(|weight| weight.name == name);
            // PANIC: every stepwise decoder has these weights; `shapes.rs` in the tests names them all.
            found.expect("a decoder's weight").values.clone()
        };
        let all = |list: &str| -> Vec<Arc<[f32]>> {
            let listed = |weight: &&NamedTensor| weight.name.starts_with(list);
            weights.iter().filter(listed).map(|weight| weight.values.clone()).collect()
        };
        Some(Self {
            place,
            layout,
            start: named("start.weight"),
            start_bias: named("start.bias"),
            context: named("context.weight"),
            input: named("forward.input"),
            recurrent: named("forward.recurrent"),
            bias: named("forward.bias"),
            heads: named("heads.weight"),
            heads_bias: named("heads.bias"),
            loops: all("loops."),
            memories: all("memories."),
        })
    }

    /// Before the first step, of so many candidates with this context: `[context]`.
    #[must_use]
    pub fn start(&self, context: &[f32], rows: usize) -> StepperState {
        let mut constant = self.bias.to_vec();
        add_product(context, &self.context, &mut constant);
        let mut hidden = self.start_bias.to_vec();
        add_product(context, &self.start, &mut hidden);
        hidden.iter_mut().for_each(|x| *x = x.tanh());
        let cell = vec![0.0; rows * hidden.len()];
        StepperState { constant, hidden: hidden.repeat(rows), cell }
    }

    /// One step: of the inputs `[rows, input width]` what the voice's heads say, `[rows, output width]`. See
    /// `RecurrentDecoder::step` and `RecurrentDecoder::heads`.
    #[must_use]
    pub fn step(&self, inputs: &[f32], state: &mut StepperState) -> Vec<f32> {
        let size = self.start_bias.len();
        let rows = state.cell.len() / size;
        let mut gates = state.constant.repeat(rows);
        let each = || inputs.chunks_exact(self.place.width());
        for (input, gates) in each().zip(gates.chunks_exact_mut(4 * size)) {
            add_product(input, &self.input, gates);
        }
        add_many_rows(&state.hidden, &self.recurrent, &mut gates, rows);
        let cells = state.hidden.chunks_exact_mut(size).zip(state.cell.chunks_exact_mut(size));
        for (gates, (hidden, cell)) in gates.chunks_exact_mut(4 * size).zip(cells) {
            step_cell(gates, hidden, cell);
        }
        let mut outputs = self.heads_bias.repeat(rows);
        add_many_rows(&state.hidden, &self.heads, &mut outputs, rows);
        for (input, output) in each().zip(outputs.chunks_exact_mut(self.heads_bias.len())) {
            self.add_opinions(input, output);
        }
        outputs
    }

    /// What the earlier measures and the memories change, as `RecurrentDecoder::heads` has it.
    fn add_opinions(&self, input: &[f32], logits: &mut [f32]) {
        let part = |(start, length): (usize, usize)| &input[start..start + length];
        for (which, weights) in self.loops.iter().enumerate() {
            let [own, heard, strength] = self.place.looped(which).map(part);
            let mut trust = [0.0; 2];
            add_product(strength, weights, &mut trust);
            self.add_opinion(own, heard[0], trust, logits);
        }
        for (which, weights) in self.memories.iter().enumerate() {
            self.add_recollection(part(self.place.recalled(which)), [weights[0], weights[1]], logits);
        }
    }

    fn add_recollection(&self, said: &[f32], weights: [f32; 2], logits: &mut [f32]) {
        let [starts, stays] = weights.map(|weight| weight * recall::PACE);
        if self.layout.is_mono() {
            let keep = self.layout.keep();
            for (logit, said) in logits[..keep].iter_mut().zip(said) {
                *logit += recall::evidence_for(*said) * starts;
            }
            // A memory of nothing has no opinion.
            if said.iter().sum::<f32>() > 1e-3 {
                logits[keep] += recall::odds(said[keep]) * stays;
            }
        } else {
            for (logit, said) in logits.iter_mut().zip(said) {
                *logit += recall::evidence_for(*said) * starts + recall::evidence_against_not(*said) * stays;
            }
        }
    }

    fn add_opinion(&self, own: &[f32], heard: f32, [starts, stays]: [f32; 2], logits: &mut [f32]) {
        if self.layout.is_mono() {
            let keep = self.layout.keep();
            for (logit, own) in logits[..keep].iter_mut().zip(own) {
                *logit += own * starts;
            }
            logits[keep] += (2.0 * own[keep] - heard) * stays;
        } else {
            for (logit, own) in logits.iter_mut().zip(own) {
                *logit += own * starts - (heard - own) * stays;
            }
        }
    }
}

/// Adds the product of a row, mostly of zeros, with a matrix `[row, out]`.
fn add_product(row: &[f32], matrix: &[f32], out: &mut [f32]) {
    add_rows(dense(row), matrix, out);
}
