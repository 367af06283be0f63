//! The layers as plain loops over one row, for playing: a step of one melody is so small that tensors cost more than its
//! arithmetic, and most of its input is 0.

use crate::nn::NamedTensor;

/// An [`Lstm`](crate::nn::Lstm) that steps one row.
///
/// # Shapes
/// - input: `[input, 4 · hidden]`, recurrent: `[hidden, 4 · hidden]`, bias: `[4 · hidden]`
#[derive(Clone, Debug)]
pub struct RowLstm {
    input: Vec<f32>,
    recurrent: Vec<f32>,
    bias: Vec<f32>,
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
    /// If the net has no such layer: who calls this wrote the net.
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
        let size = state.hidden.len();
        state.gates.copy_from_slice(&self.bias);
        add_rows(input, &self.input, &mut state.gates);
        add_rows(dense(&state.hidden), &self.recurrent, &mut state.gates);
        for unit in 0..size {
            let [entry, keep, new, out] = [0, 1, 2, 3].map(|gate| state.gates[gate * size + unit]);
            state.cell[unit] = sigmoid(keep) * state.cell[unit] + sigmoid(entry) * tanh(new);
            state.hidden[unit] = sigmoid(out) * tanh(state.cell[unit]);
        }
    }
}

/// A dense layer on one row: weight `[input, output]`, bias `[output]` (or none).
#[derive(Clone, Debug)]
pub struct RowLinear {
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl RowLinear {
    /// The layer of this name among a net's weights.
    ///
    /// # Panics
    /// If the net has no such layer: who calls this wrote the net.
    #[must_use]
    pub fn new(weights: &[NamedTensor], name: &str, output: usize) -> Self {
        let bias = weights.iter().find(|weight| weight.name == format!("{name}.bias"));
        let bias = bias.map_or_else(|| vec![0.0; output], |bias| bias.values.clone());
        Self { weight: named(weights, &format!("{name}.weight")), bias }
    }

    /// Its output.
    #[must_use]
    pub fn forward(&self, input: impl Iterator<Item = (usize, f32)>) -> Vec<f32> {
        let mut out = self.bias.clone();
        add_rows(input, &self.weight, &mut out);
        out
    }
}

/// The weight of this name.
///
/// # Panics
/// If there is none.
#[must_use]
pub fn named(weights: &[NamedTensor], name: &str) -> Vec<f32> {
    let found = weights.iter().find(|weight| weight.name == name);
    // PANIC: asked for only by the net that has it.
    found.expect("a weight of the net").values.clone()
}

/// A row's numbers with their places.
pub fn dense(row: &[f32]) -> impl Iterator<Item = (usize, f32)> {
    row.iter().copied().enumerate()
}

/// Adds the product of a row with a matrix `[row, out]`. Four rows of the matrix are added at a time, always in the
/// same order, so that the sums are the same everywhere.
pub fn add_rows(row: impl Iterator<Item = (usize, f32)>, matrix: &[f32], out: &mut [f32]) {
    let width = out.len();
    let line = |index: usize| &matrix[index * width..(index + 1) * width];
    let mut nonzero = row.filter(|(_, x)| *x != 0.0).map(|(index, x)| (x, line(index)));
    while let Some((a, first)) = nonzero.next() {
        let [(b, second), (c, third), (d, fourth)] = std::array::from_fn(|_| nonzero.next().unwrap_or((0.0, first)));
        let lines = first.iter().zip(second).zip(third.iter().zip(fourth));
        for (out, ((first, second), (third, fourth))) in out.iter_mut().zip(lines) {
            *out += (a * first + b * second) + (c * third + d * fourth);
        }
    }
}

/// 1 / (1 + e^−x).
#[must_use]
pub fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// From the same exponential, which is cheaper than the library's: at most 1e-7 off.
#[must_use]
pub fn tanh(x: f32) -> f32 {
    2.0 * sigmoid(2.0 * x) - 1.0
}
