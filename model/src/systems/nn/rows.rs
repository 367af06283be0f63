//! The layers as plain loops over one row, for playing: a step of one melody is so small that tensors cost more than its
//! arithmetic, and most of its input is 0.

use std::sync::Arc;

use crate::systems::nn::NamedTensor;
use crate::systems::nn::arithmetic::{add_product, add_rows, step_cell};

/// An [`Lstm`](crate::systems::nn::Lstm) that steps one row.
///
/// # Shapes
/// - input: `[input, 4 · hidden]`, recurrent: `[hidden, 4 · hidden]`, bias: `[4 · hidden]`
#[derive(Clone, Debug)]
pub struct RowLstm {
    input: Arc<[f32]>,
    recurrent: Arc<[f32]>,
    bias: Arc<[f32]>,
}

/// What a [`RowLstm`] hands on from step to step, each `[hidden]`.
#[derive(Clone, Debug)]
pub struct RowState {
    /// The output.
    pub hidden: Vec<f32>,
    /// The memory.
    pub cell: Vec<f32>,
    gates: Vec<f32>,
}

impl RowState {
    /// A state of nothing.
    #[must_use]
    pub fn zeros(hidden: usize) -> Self {
        Self { hidden: vec![0.0; hidden], cell: vec![0.0; hidden], gates: vec![0.0; 4 * hidden] }
    }
}

impl RowLstm {
    /// The layer of this name among a net's weights.
    ///
    /// # Panics
    /// If the net has no such layer: the caller is the net's own code.
    #[must_use]
    pub fn new(weights: &[NamedTensor], name: &str) -> Self {
        let part = |part: &str| named(weights, &format!("{name}.{part}"));
        Self { input: part("input"), recurrent: part("recurrent"), bias: part("bias") }
    }

    /// A state of nothing.
    #[must_use]
    pub fn start(&self) -> RowState {
        RowState::zeros(self.bias.len() / 4)
    }

    /// One step; of the input the numbers that are not 0, each with its place.
    pub fn step(&self, input: impl Iterator<Item = (usize, f32)>, state: &mut RowState) {
        state.gates.copy_from_slice(&self.bias);
        add_rows(input, &self.input, &mut state.gates);
        self.finish(state);
    }

    /// One step of a layer above another, whose output is rarely 0: first the sparse part of the input, then, from row
    /// `from` of the weights on, the other one.
    pub fn step_joined(
        &self,
        sparse: impl Iterator<Item = (usize, f32)>,
        from: usize,
        full: &[f32],
        state: &mut RowState,
    ) {
        state.gates.copy_from_slice(&self.bias);
        add_rows(sparse, &self.input, &mut state.gates);
        add_product(full, &self.input[from * self.bias.len()..], &mut state.gates);
        self.finish(state);
    }

    fn finish(&self, state: &mut RowState) {
        add_product(&state.hidden, &self.recurrent, &mut state.gates);
        step_cell(&mut state.gates, &mut state.hidden, &mut state.cell);
    }
}

/// A dense layer on one row: weight `[input, output]`, bias `[output]` (or none).
#[derive(Clone, Debug)]
pub struct RowLinear {
    weight: Arc<[f32]>,
    bias: Arc<[f32]>,
}

impl RowLinear {
    /// The layer of this name among a net's weights.
    ///
    /// # Panics
    /// If the net has no such layer: the caller is the net's own code.
    #[must_use]
    pub fn new(weights: &[NamedTensor], name: &str, output: usize) -> Self {
        let bias = weights.iter().find(|weight| weight.name == format!("{name}.bias"));
        let bias = bias.map_or_else(|| vec![0.0; output].into(), |bias| bias.values.clone());
        Self { weight: named(weights, &format!("{name}.weight")), bias }
    }

    /// Its output.
    #[must_use]
    pub fn forward(&self, input: impl Iterator<Item = (usize, f32)>) -> Vec<f32> {
        let mut out = self.bias.to_vec();
        add_rows(input, &self.weight, &mut out);
        out
    }
}

/// The weight of this name.
///
/// # Panics
/// If there is none.
#[must_use]
pub fn named(weights: &[NamedTensor], name: &str) -> Arc<[f32]> {
    let found = weights.iter().find(|weight| weight.name == name);
    // PANIC: asked for only by the net that has it.
    found.expect("a weight of the net").values.clone()
}
