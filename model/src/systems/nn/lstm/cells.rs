//! One step of many LSTM cells, and its gradient: plain loops that a compiler turns into the processor's vectors.

use crate::systems::nn::arithmetic::{in_wide_vectors, sigmoid, tanh};

/// What [`learn_cells`] reads and writes.
///
/// # Shapes
/// - projected, sums, gates: `[rows, 4 · hidden]`, the gates in the order input, forget, cell, output
/// - hidden, cell: `[rows, hidden]`
#[derive(Debug)]
pub(super) struct Cells<'a> {
    /// One part of the gates' sums.
    pub(super) projected: &'a [f32],
    /// The other part.
    pub(super) sums: &'a [f32],
    /// The gates, as the gradient needs them.
    pub(super) gates: &'a mut [f32],
    /// The outputs.
    pub(super) hidden: &'a mut [f32],
    /// The memory, before and after.
    pub(super) cell: &'a mut [f32],
}

/// One step of many LSTM cells of so many units, which keeps what the gradient needs.
pub(super) fn learn_cells(units: usize, cells: Cells<'_>) {
    in_wide_vectors(
        #[inline(always)]
        || learn_cells_in_any(units, cells),
    );
}

#[inline(always)]
fn learn_cells_in_any(units: usize, cells: Cells<'_>) {
    let Cells { projected, sums, gates, hidden, cell } = cells;
    let rows =
        projected.chunks_exact(4 * units).zip(sums.chunks_exact(4 * units)).zip(gates.chunks_exact_mut(4 * units));
    for (((projected, sums), gates), (hidden, cell)) in
        rows.zip(hidden.chunks_exact_mut(units).zip(cell.chunks_exact_mut(units)))
    {
        for ((gate, a), b) in gates.iter_mut().zip(projected).zip(sums) {
            *gate = a + b;
        }
        let (entry_keep, rest) = gates.split_at_mut(2 * units);
        let (new, out) = rest.split_at_mut(units);
        entry_keep.iter_mut().for_each(|gate| *gate = sigmoid(*gate));
        new.iter_mut().for_each(|gate| *gate = tanh(*gate));
        out.iter_mut().for_each(|gate| *gate = sigmoid(*gate));
        let (entry, keep) = entry_keep.split_at(units);
        for ((cell, keep), (entry, new)) in cell.iter_mut().zip(keep).zip(entry.iter().zip(new.iter())) {
            *cell = keep * *cell + entry * new;
        }
        for ((hidden, out), cell) in hidden.iter_mut().zip(out.iter()).zip(cell.iter()) {
            *hidden = out * tanh(*cell);
        }
    }
}

/// What [`unlearn_cells`] reads and writes.
///
/// # Shapes
/// - gates, sums: `[rows, 4 · hidden]`, as in [`Cells`]
/// - all others: `[rows, hidden]`
#[derive(Debug)]
pub(super) struct CellGradients<'a> {
    /// The gates.
    pub(super) gates: &'a [f32],
    /// The memory before the step.
    pub(super) before: &'a [f32],
    /// The memory after it.
    pub(super) after: &'a [f32],
    /// The gradient of the outputs.
    pub(super) hidden: &'a [f32],
    /// The gradient of the memory: after the step, and then before it.
    pub(super) cell: &'a mut [f32],
    /// The gradient of the gates' sums.
    pub(super) sums: &'a mut [f32],
}

/// The gradient of one step of many LSTM cells of so many units.
pub(super) fn unlearn_cells(units: usize, gradients: CellGradients<'_>) {
    in_wide_vectors(
        #[inline(always)]
        || unlearn_cells_in_any(units, gradients),
    );
}

#[inline(always)]
fn unlearn_cells_in_any(units: usize, gradients: CellGradients<'_>) {
    let CellGradients { gates, before, after, hidden, cell, sums } = gradients;
    let rows = gates.chunks_exact(4 * units).zip(sums.chunks_exact_mut(4 * units));
    let rows = rows.zip(before.chunks_exact(units).zip(after.chunks_exact(units)));
    for (((gates, sums), (before, after)), (hidden, cell)) in
        rows.zip(hidden.chunks_exact(units).zip(cell.chunks_exact_mut(units)))
    {
        let [entry, keep, new, out] = quarters(gates, units);
        let (to_entry, rest) = sums.split_at_mut(units);
        let (to_keep, rest) = rest.split_at_mut(units);
        let (to_new, to_out) = rest.split_at_mut(units);
        for index in 0..units {
            let shown = tanh(after[index]);
            to_out[index] = hidden[index] * shown * out[index] * (1.0 - out[index]);
            let memory = cell[index] + hidden[index] * out[index] * (1.0 - shown * shown);
            to_entry[index] = memory * new[index] * entry[index] * (1.0 - entry[index]);
            to_keep[index] = memory * before[index] * keep[index] * (1.0 - keep[index]);
            to_new[index] = memory * entry[index] * (1.0 - new[index] * new[index]);
            cell[index] = memory * keep[index];
        }
    }
}

#[inline(always)]
fn quarters(gates: &[f32], units: usize) -> [&[f32]; 4] {
    std::array::from_fn(|gate| &gates[gate * units..(gate + 1) * units])
}
