//! What earlier measures and memories change in a decoder's logits: products of experts.

use burn::tensor::Tensor;

use crate::systems::rmvae::config::Layout;
use crate::systems::rmvae::recall;

/// What an expert that shows events (0…1) changes in the logits: what starts there (weight 0) becomes likelier, and
/// *continue* (or a pitch that does not start) likelier or less likely (weight 1): `[rows, classes or pitches]`.
///
/// # Shapes
/// - own: `[rows, classes or pitches]`; heard: `[rows, 1]`; weights: `[rows or 1, 2]`
pub(super) fn opinion(layout: &Layout, own: Tensor<2>, heard: Tensor<2>, weights: Tensor<2>) -> Tensor<2> {
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
pub(super) fn recollection(layout: &Layout, said: Tensor<2>, weights: Tensor<2>) -> Tensor<2> {
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
