//! The negative log-likelihood of what was played.

use burn::tensor::Tensor;
use burn::tensor::activation::log_sigmoid;

/// Nats that each sixteenth costs at one pitch: of whether it is played, and where it is, of whether it is struck.
///
/// # Shapes
/// - logits, target: `[rows, 2]`, (played, struck)
/// - output: `[rows, 1]`
///
/// # Source
/// Johnson's program: the articulation is masked where the note is not played.
#[must_use]
pub fn nll(logits: Tensor<2>, target: Tensor<2>) -> Tensor<2> {
    // −log p of a bit is −log σ(±logit).
    let sign = target.clone() * 2.0 - 1.0;
    let cost = -log_sigmoid(logits * sign);
    let played = target.narrow(1, 0, 1);
    cost.clone().narrow(1, 0, 1) + cost.narrow(1, 1, 1) * played
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    /// Logits 0 give ½ each: a rest costs ln 2, a note 2 ln 2. A rest that was sure of (logit −20) costs nothing, however
    /// wrong the articulation is.
    #[test]
    fn articulation_counts_only_where_a_note_is_played() {
        let device = Device::flex();
        let logits = Tensor::from_data([[0.0, 0.0], [0.0, 0.0], [-20.0, 9.0]], &device);
        let target = Tensor::from_data([[0.0, 0.0], [1.0, 1.0], [0.0, 0.0]], &device);
        let cost: Vec<f32> = nll(logits, target).into_data().try_to_vec().expect("f32 data");
        let half = std::f32::consts::LN_2;
        for (cost, expected) in cost.iter().zip([half, 2.0 * half, 0.0]) {
            assert!((cost - expected).abs() < 1e-6, "{cost}, not {expected}");
        }
    }
}
