//! What training minimises: reconstruction, and the three terms that teach music (Vignal 2020).

use burn::tensor::activation::{log_sigmoid, log_softmax, relu, sigmoid, softmax};
use burn::tensor::{Device, Tensor, TensorData};

use crate::systems::rmvae::config::{Layout, MonoHead};

/// −ln P of a monophonic voice's class at one step, in nats: `[rows, 1]`.
///
/// # Shapes
/// - logits, target (one-hot): `[rows, classes]`, *continue* last
#[must_use]
pub fn mono_nll(head: MonoHead, layout: &Layout, logits: Tensor<2>, target: Tensor<2>) -> Tensor<2> {
    match head {
        MonoHead::Softmax => (log_softmax(logits, 1) * target).sum_dim(1).neg(),
        MonoHead::Binary => {
            let starts = layout.starts();
            let keep = logits.clone().narrow(1, starts, 1);
            let kept = target.clone().narrow(1, starts, 1);
            let start = (log_softmax(logits.narrow(1, 0, starts), 1) * target.narrow(1, 0, starts)).sum_dim(1);
            binary_nll(keep, kept) - start
        }
    }
}

/// −ln P of binary targets, elementwise, of logits: (1 − y)·x − ln σ(x).
#[must_use]
pub fn binary_nll(logits: Tensor<2>, target: Tensor<2>) -> Tensor<2> {
    (target.neg() + 1.0) * logits.clone() - log_sigmoid(logits)
}

/// −ln P of a polyphonic voice's activations at one step, in nats: `[rows, 1]`.
///
/// # Shapes
/// - logits, target: `[rows, pitches]`; `chain`: `[pitches, pitches]`, strictly upper triangular
#[must_use]
pub fn poly_nll(logits: Tensor<2>, chain: Option<&Tensor<2>>, target: Tensor<2>) -> Tensor<2> {
    let logits = match chain {
        Some(chain) => logits + target.clone().matmul(chain.clone()),
        None => logits,
    };
    binary_nll(logits, target).sum_dim(1)
}

/// Squared error of the durations (in steps) of the notes that start, over 16 steps squared: `[rows, 1]`.
///
/// # Shapes
/// - raw (before the ReLU), target in steps, active: `[rows, pitches]`
#[must_use]
pub fn duration_loss(raw: Tensor<2>, target: Tensor<2>, active: Tensor<2>) -> Tensor<2> {
    ((relu(raw) - target).square() * active).sum_dim(1).div_scalar(256.0)
}

/// How likely each pitch is to start at a step: `[rows, pitches]`.
#[must_use]
pub fn onset_mass(head: MonoHead, layout: &Layout, logits: Tensor<2>) -> Tensor<2> {
    let pitches = layout.pitches;
    if !layout.is_mono() {
        return sigmoid(logits.narrow(1, 0, pitches));
    }
    match head {
        MonoHead::Softmax => softmax(logits, 1).narrow(1, 0, pitches),
        MonoHead::Binary => {
            let starts = layout.starts();
            let moves = sigmoid(logits.clone().narrow(1, starts, 1).neg());
            softmax(logits.narrow(1, 0, starts), 1).narrow(1, 0, pitches) * moves
        }
    }
}

/// Folds pitches onto the twelve pitch classes: `[pitches, 12]` of 0 and 1.
#[must_use]
pub fn fold_matrix(layout: &Layout, device: &Device) -> Tensor<2> {
    let mut fold = vec![0.0f32; layout.pitches * 12];
    for (pitch, row) in fold.chunks_exact_mut(12).enumerate() {
        row[(pitch + usize::from(layout.low)) % 12] = 1.0;
    }
    Tensor::from_data(TensorData::new(fold, [layout.pitches, 12]), device)
}

/// The scale loss (over 12 pitch classes) and the rhythm loss (over 16 steps): predicted mass where
/// the truth has some is rewarded in proportion to its share, mass where it has none is
/// penalised by 1 / number of such places. Rows without truth have no term. `[rows, 1]`.
///
/// # Shapes
/// - predicted mass, true mass: `[rows, places]`
#[must_use]
pub fn share_loss(predicted: Tensor<2>, truth: Tensor<2>) -> Tensor<2> {
    let total = truth.clone().sum_dim(1);
    let any = total.clone().greater_elem(0.0).float();
    let share = truth.clone() / total.clamp_min(1e-6);
    let absent = truth.equal_elem(0.0).float();
    let penalty = absent.clone() / absent.sum_dim(1).clamp_min(1.0);
    let predicted = predicted.clone() / predicted.sum_dim(1).clamp_min(1e-6);
    (predicted * (penalty - share)).sum_dim(1) * any
}

/// The harmony loss: the products of what is predicted to start together in pitch classes 1, 2 and 6
/// semitones apart, each weighted: `[rows, 1]`.
///
/// # Shapes
/// - mass: `[rows, 12]`
#[must_use]
pub fn harmony_loss(mass: Tensor<2>, semitone: f32, tone: f32, tritone: f32) -> Tensor<2> {
    let pair = |distance: usize| {
        let turned =
            Tensor::cat(vec![mass.clone().narrow(1, distance, 12 - distance), mass.clone().narrow(1, 0, distance)], 1);
        (mass.clone() * turned).sum_dim(1)
    };
    // Six semitones up is six down: each pair would count twice.
    pair(1).mul_scalar(semitone) + pair(2).mul_scalar(tone) + pair(6).mul_scalar(tritone * 0.5)
}

#[cfg(test)]
mod tests {
    use std::f32::consts::LN_2;

    use super::*;
    use crate::music::band::Polyphony;

    fn close(found: Tensor<2>, expected: f32) {
        let found = found.into_scalar::<f32>();
        assert!((found - expected).abs() < 1e-5, "{found}, not {expected}");
    }

    const MONO: Layout = Layout { polyphony: Polyphony::Mono, low: 60, pitches: 2, rests: true };

    /// Binary head, logits: C 1, C# 0, rest −1, continue 0.5. Target C: −ln σ(−0.5) − ln softmax =
    /// 0.9740770 + ln(e¹ + 1 + e⁻¹) − 1 = 0.9740770 + 0.4076059.
    #[test]
    fn binary_head_worked_by_hand() {
        let device = Device::flex();
        let logits = || Tensor::from_data([[1.0, 0.0, -1.0, 0.5]], &device);
        let c = Tensor::from_data([[1.0, 0.0, 0.0, 0.0]], &device);
        close(mono_nll(MonoHead::Binary, &MONO, logits(), c), 0.974_077 + 0.407_606);
        let keep = Tensor::from_data([[0.0, 0.0, 0.0, 1.0]], &device);
        close(mono_nll(MonoHead::Binary, &MONO, logits(), keep.clone()), 0.474_077);
        // Softmax over all four: ln(e¹ + 1 + e⁻¹ + e^0.5) − 0.5 = 1.7465673 − 0.5.
        close(mono_nll(MonoHead::Softmax, &MONO, logits(), keep), 1.246_567);
    }

    /// Two pitches, logits 0 and 0; the lower starts and adds 2 to the higher one's: −ln ½ − ln σ(2).
    #[test]
    fn the_pitch_chain_tells_a_pitch_of_the_lower_ones() {
        let device = Device::flex();
        let chain = Tensor::from_data([[0.0, 2.0], [0.0, 0.0]], &device);
        let logits = || Tensor::from_data([[0.0, 0.0]], &device);
        let both = || Tensor::from_data([[1.0, 1.0]], &device);
        close(poly_nll(logits(), Some(&chain), both()), LN_2 + 0.126_928);
        close(poly_nll(logits(), None, both()), 2.0 * LN_2);
    }

    /// Durations 4 predicted for 6, and a ReLU'd −1 for 2, a third note does not start: (4 + 4)/256.
    #[test]
    fn durations_count_only_where_a_note_starts() {
        let device = Device::flex();
        let row = |values: [f32; 3]| Tensor::from_data([values], &device);
        close(duration_loss(row([4.0, -1.0, 9.0]), row([6.0, 2.0, 0.0]), row([1.0, 1.0, 0.0])), 8.0 / 256.0);
    }

    /// Truth C (3 of 4) and G (1 of 4): shares ¾ and ¼, ten absent classes cost 1/10 each. Predicted mass
    /// ½ C, ¼ G, ¼ C#: −½·¾ − ¼·¼ + ¼/10 = −0.4125.
    #[test]
    fn scale_and_rhythm_reward_the_places_of_the_truth() {
        let device = Device::flex();
        let mut truth = [0.0f32; 12];
        (truth[0], truth[7]) = (3.0, 1.0);
        let mut mass = [0.0f32; 12];
        (mass[0], mass[7], mass[1]) = (1.0, 0.5, 0.5);
        let row = |values: [f32; 12]| Tensor::<2>::from_data([values], &device);
        close(share_loss(row(mass), row(truth)), -0.4125);
        close(share_loss(row(mass), row([0.0; 12])), 0.0);
    }

    /// C 1, C# 0.5, D 0.5, F# 1: semitones C·C# + C#·D = 0.75; tones C·D = 0.5; tritone C·F# = 1.
    #[test]
    fn harmony_penalises_clashing_classes() {
        let device = Device::flex();
        let mut mass = [0.0f32; 12];
        (mass[0], mass[1], mass[2], mass[6]) = (1.0, 0.5, 0.5, 1.0);
        let row = || Tensor::<2>::from_data([mass], &device);
        close(harmony_loss(row(), 1.0, 0.0, 0.0), 0.75);
        close(harmony_loss(row(), 0.0, 1.0, 0.0), 0.5);
        close(harmony_loss(row(), 0.0, 0.0, 1.0), 1.0);
    }

    #[test]
    fn onset_mass_is_a_probability_of_starting() {
        let device = Device::flex();
        let logits = Tensor::from_data([[0.0, 0.0, 0.0, 0.0]], &device);
        let mass = onset_mass(MonoHead::Binary, &MONO, logits);
        close(mass.sum_dim(1), 2.0 / 3.0 * 0.5);
    }
}
