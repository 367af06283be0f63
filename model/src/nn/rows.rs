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
        let size = state.hidden.len();
        add_product(&state.hidden, &self.recurrent, &mut state.gates);
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

/// Adds the product of a row of which little is 0 with a matrix `[row, out]`: eight rows of the matrix at a time.
pub fn add_product(row: &[f32], matrix: &[f32], out: &mut [f32]) {
    let width = out.len();
    let (eights, rest) = row.as_chunks::<8>();
    let mut lines = matrix.chunks_exact(8 * width);
    for (x, lines) in eights.iter().zip(&mut lines) {
        let mut each = lines.chunks_exact(width);
        let [a, b, c, d, e, f, g, h] = std::array::from_fn(|_| each.next().unwrap_or_default());
        let upper = a.iter().zip(b).zip(c.iter().zip(d));
        let lower = e.iter().zip(f).zip(g.iter().zip(h));
        for (out, (((a, b), (c, d)), ((e, f), (g, h)))) in out.iter_mut().zip(upper.zip(lower)) {
            *out += ((x[0] * a + x[1] * b) + (x[2] * c + x[3] * d)) + ((x[4] * e + x[5] * f) + (x[6] * g + x[7] * h));
        }
    }
    add_rows(dense(rest), &matrix[eights.len() * 8 * width..], out);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Rng;

    #[test]
    fn both_products_are_the_product() {
        let mut rng = Rng::new(5);
        for (inputs, outputs) in [(1, 3), (8, 5), (21, 12), (3, 1)] {
            let row: Vec<f32> = (0..inputs).map(|_| rng.normal()).collect();
            let matrix: Vec<f32> = (0..inputs * outputs).map(|_| rng.normal()).collect();
            let sum = |out: usize| (0..inputs).map(|at| row[at] * matrix[at * outputs + out]).sum::<f32>() + 1.0;
            let (mut sparse, mut full) = (vec![1.0; outputs], vec![1.0; outputs]);
            add_rows(dense(&row), &matrix, &mut sparse);
            add_product(&row, &matrix, &mut full);
            for out in 0..outputs {
                assert!((sparse[out] - sum(out)).abs() < 1e-4 && (full[out] - sum(out)).abs() < 1e-4);
            }
        }
    }
}
