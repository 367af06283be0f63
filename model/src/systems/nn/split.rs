//! A tensor of many steps, cut into its steps.

use burn::tensor::Tensor;

/// Cuts the rows into so many equal parts, by halves: the backward pass of a cut costs as much as the tensor that was
/// cut, and so this costs log₂(parts) times the tensor, not `parts` times.
#[must_use]
pub fn split(rows: Tensor<2>, parts: usize) -> Vec<Tensor<2>> {
    if parts == 1 {
        return vec![rows];
    }
    let [all, _] = rows.dims();
    let (first, each) = (parts / 2, all / parts);
    let mut out = split(rows.clone().narrow(0, 0, first * each), first);
    out.extend(split(rows.narrow(0, first * each, all - first * each), parts - first));
    out
}
