//! What a voice has played so far at each step, over all earlier measures. Those weigh most that followed the same
//! music as the wanted measure does. How much each measure weighs is learned: an attention over the past whose scores
//! are linear in a few likenesses.

use burn::tensor::activation::softmax;
use burn::tensor::{Tensor, TensorData};

use crate::music::band::VoiceMask;
use crate::systems::rmvae::config::Layout;
use crate::systems::rmvae::frames::{Frames, STEPS};

/// How many memories there are, each with weights of its own. Chosen.
pub const RECALLS: usize = 2;

/// Measures before the target's and before an earlier one's that are compared. Chosen: phrases are four measures long.
const BACK: usize = 4;

/// Numbers for each pair of measures compared: the likenesses of [`Likeness`], and whether there is no such pair.
/// Required by what is listed.
const PER_PAIR: usize = 4;

/// Numbers that tell whether an earlier measure may come again: those of each pair; whether its lag modulo four is 0, 2
/// or 1; whether it is the newest, the one before, the third-newest; whether its length is another.
pub const FEATURES: usize = BACK * PER_PAIR + 3 + 3 + 1;

/// Probabilities below this are not told apart. Chosen.
const FLOOR: f32 = 0.01;

/// Adam moves all weights at the same pace, but the few of the memories have far to go in a small training: they are
/// stored divided by this. Chosen.
pub(crate) const PACE: f32 = 4.0;

/// How far each memory is trusted at first, as the exponent of its probabilities: the second is half believed. Chosen.
pub(super) const FIRST_TRUST: [f32; RECALLS] = [0.2, 0.5];

/// What a memory says of something, 0…1, as ln (p + 0.01) − ln 0.01, in nats.
#[must_use]
pub(super) fn evidence_for(said: f32) -> f32 {
    -said * FLOOR.ln()
}

/// The same as −ln (1 − p + 0.01), in nats: how much it speaks against the opposite.
#[must_use]
pub(super) fn evidence_against_not(said: f32) -> f32 {
    // p + 0.01.
    let raised = ((1.0 - said) * FLOOR.ln()).exp();
    -(1.0 + 2.0 * FLOOR - raised).max(FLOOR).ln()
}

/// How alike two measures are, each 0…1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Likeness {
    /// F1 of the notes that start (step, pitch, voice); 1 where neither measure has any.
    pub onsets: f32,
    /// F1 of what sounds at each step.
    pub sounding: f32,
    /// Cosine of the beats' chroma: [`crate::rules::loop_lag::likeness`].
    pub chroma: f32,
}

impl Likeness {
    /// Compares two measures, given as the frames of each voice, in these voices.
    #[must_use]
    pub fn of(a: &[Option<Frames>], b: &[Option<Frames>], voices: VoiceMask, chroma: f32) -> Self {
        let (mut onsets, mut sounding) = ((0, 0), (0, 0));
        for (a, b) in voices.iter().filter_map(|voice| a.get(voice.index()).zip(b.get(voice.index()))) {
            for step in 0..STEPS {
                let at = |frames: &Option<Frames>| frames.map_or((0, 0), |all| (all.onset[step], all.sounding[step]));
                let (a, b) = (at(a), at(b));
                count(&mut onsets, a.0, b.0);
                count(&mut sounding, a.1, b.1);
            }
        }
        Self { onsets: f1(onsets), sounding: f1(sounding), chroma }
    }
}

/// Adds to (shared, all) what two sets share and hold.
fn count(sum: &mut (u32, u32), a: u128, b: u128) {
    sum.0 += (a & b).count_ones();
    sum.1 += a.count_ones() + b.count_ones();
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand notes at most")]
fn f1((shared, all): (u32, u32)) -> f32 {
    if all == 0 { 1.0 } else { 2.0 * shared as f32 / all as f32 }
}

/// The log odds of something that a memory says, in nats.
#[must_use]
pub(super) fn odds(said: f32) -> f32 {
    evidence_for(said) + evidence_against_not(said) + FLOOR.ln()
}

/// [`evidence_for`] with gradients.
#[must_use]
pub(super) fn evidence_for_batch(said: Tensor<2>) -> Tensor<2> {
    said.mul_scalar(-FLOOR.ln())
}

/// [`evidence_against_not`] with gradients.
#[must_use]
pub(super) fn evidence_against_not_batch(said: Tensor<2>) -> Tensor<2> {
    let raised = said.neg().add_scalar(1.0).mul_scalar(FLOOR.ln()).exp();
    raised.neg().add_scalar(1.0 + 2.0 * FLOOR).clamp_min(FLOOR).log().neg()
}

/// [`odds`] with gradients.
#[must_use]
pub(super) fn odds_batch(said: Tensor<2>) -> Tensor<2> {
    (evidence_for_batch(said.clone()) + evidence_against_not_batch(said)).add_scalar(FLOOR.ln())
}

/// What tells whether the measure `source` may come again as `newest + ahead`: `[FEATURES]`.
///
/// `alike(a, b)` compares the measures a > b; `resized`: the target has another length than the source.
#[must_use]
pub fn features(
    newest: usize,
    ahead: usize,
    source: usize,
    resized: bool,
    alike: impl Fn(usize, usize) -> Likeness,
) -> [f32; FEATURES] {
    let mut out = [0.0; FEATURES];
    let (pairs, rest) = out.split_at_mut(BACK * PER_PAIR);
    for (back, pair) in pairs.chunks_exact_mut(PER_PAIR).enumerate() {
        // The pair lies as far before the source as before the target.
        match (newest.checked_sub(back), source.checked_sub(ahead + back)) {
            (Some(now), Some(then)) => {
                let Likeness { onsets, sounding, chroma } = alike(now, then);
                pair.copy_from_slice(&[onsets, sounding, chroma, 0.0]);
            }
            _ => pair[PER_PAIR - 1] = 1.0,
        }
    }
    let lag = newest + ahead - source;
    let phrase = [lag.is_multiple_of(4), lag % 4 == 2, lag % 4 == 1];
    let near = [lag == ahead, lag == ahead + 1, lag == ahead + 2];
    for (out, is) in rest.iter_mut().zip(phrase.into_iter().chain(near).chain([resized])) {
        *out = f32::from(u8::from(is));
    }
    out
}

/// Where learning begins: the first memory prefers a little, the second clearly, what followed the same notes:
/// `[FEATURES, RECALLS]`. Chosen near what a single memory learns on the training chorales.
#[must_use]
pub(super) fn first_weights() -> TensorData {
    let mut weights = vec![0.0f32; FEATURES * RECALLS];
    let like = [2.0, 2.0, 0.5, 0.3];
    for (back, row) in weights.chunks_exact_mut(PER_PAIR * RECALLS).take(BACK).enumerate() {
        let fading = [1.0, 0.5, 0.0, 0.0][back];
        for (row, like) in row.chunks_exact_mut(RECALLS).zip(like) {
            row.copy_from_slice(&[0.3, 1.0].map(|trust| trust * fading * like / PACE));
        }
    }
    let phrase = BACK * PER_PAIR * RECALLS;
    weights[phrase..phrase + RECALLS].copy_from_slice(&[0.2 / PACE, 0.6 / PACE]);
    TensorData::new(weights, [FEATURES, RECALLS])
}

/// How much each earlier measure weighs in each memory, of its features and the learned weights (`[FEATURES,
/// RECALLS]`, row by row, divided by 4); each sums to 1.
#[must_use]
pub fn weights(features: &[[f32; FEATURES]], learned: &[f32]) -> [Vec<f32>; RECALLS] {
    std::array::from_fn(|memory| {
        let score = |features: &[f32; FEATURES]| -> f32 {
            features.iter().zip(learned.chunks_exact(RECALLS)).map(|(x, weights)| x * PACE * weights[memory]).sum()
        };
        let scores: Vec<f32> = features.iter().map(score).collect();
        let highest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut weights: Vec<f32> = scores.iter().map(|score| (score - highest).exp()).collect();
        let total: f32 = weights.iter().sum();
        weights.iter_mut().for_each(|weight| *weight /= total);
        weights
    })
}

/// What the memories say of one voice: for each memory and step, of each class (mono) or pitch (poly) how likely it
/// starts, as 1 + ln(p + 0.01) / ln 100, about 0…1: `[RECALLS, 16, own]`.
#[must_use]
pub fn recall(layout: &Layout, history: &[Option<Frames>], weights: &[Vec<f32>; RECALLS]) -> Vec<f32> {
    let own = layout.own();
    let mut out = vec![0.0; RECALLS * STEPS * own];
    for (memory, weights) in out.chunks_exact_mut(STEPS * own).zip(weights) {
        let mut known = 0.0;
        for (frames, weight) in history.iter().zip(weights) {
            let Some(frames) = frames else { continue };
            known += weight;
            for (step, row) in memory.chunks_exact_mut(own).enumerate() {
                frames.mark(layout, step, *weight, row);
            }
        }
        for value in memory {
            let probability = if known > 0.0 { *value / known } else { 0.0 };
            *value = 1.0 - (probability + FLOOR).ln() / FLOOR.ln();
        }
    }
    out
}

/// The same for a batch of windows, with gradients: what one memory says of one voice, `[B, T, 16 · own]`.
///
/// # Shapes
/// - scores: `[B, T, S]`, of each of S earlier measures at each of T; −∞ (a large number) where it is not earlier
/// - heard: `[B, S]`, 1 where the voice was heard in that measure
/// - marks: `[B, S, 16 · own]`, 1 for each event (zeros where it was not heard)
#[must_use]
pub fn recall_batch(scores: Tensor<3>, heard: Tensor<2>, marks: Tensor<3>) -> Tensor<3> {
    let missing = heard.sub_scalar(1.0).mul_scalar(1e6).unsqueeze_dim::<3>(1);
    let probability = softmax(scores + missing, 2).matmul(marks);
    probability.add_scalar(FLOOR).log().div_scalar(-FLOOR.ln()).add_scalar(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::band::{Polyphony, VoiceId};
    use crate::music::measure::Measure;
    use crate::music::note::{Key, Note};

    const LAYOUT: Layout = Layout { polyphony: Polyphony::Mono, low: 60, pitches: 12, rests: true };

    fn frames(keys: &[(u8, i32)]) -> Option<Frames> {
        let notes = keys.iter().map(|&(step, key)| Note::new(step, 4, Key::clamped(key)));
        Some(Frames::of(&LAYOUT, &Measure::from_notes(16, notes)))
    }

    /// C and E against C and F: one of four notes twice, 2 · 1 / 4; C sounds four steps of eight each.
    #[test]
    fn likeness_counts_the_notes_that_two_measures_share() {
        let only = VoiceMask::only(VoiceId::new(0).expect("a voice"));
        let (a, b) = ([frames(&[(0, 60), (4, 64)])], [frames(&[(0, 60), (4, 65)])]);
        assert_eq!(Likeness::of(&a, &b, only, 0.3), Likeness { onsets: 0.5, sounding: 0.5, chroma: 0.3 });
        assert_eq!(Likeness::of(&a, &a, only, 1.0).onsets, 1.0);
        assert_eq!(Likeness::of(&[None], &[None], only, 0.0).onsets, 1.0, "two silences are the same");
    }

    #[test]
    fn what_followed_the_same_notes_weighs_most() {
        let alike = |a: usize, b: usize| {
            let same = if a % 3 == b % 3 { 1.0 } else { 0.0 };
            Likeness { onsets: same, sounding: same, chroma: same }
        };
        let features: Vec<_> = (0..9).map(|source| features(8, 2, source, false, alike)).collect();
        let learned = first_weights().try_to_vec::<f32>().expect("f32 data");
        let [broad, sharp] = weights(&features, &learned);
        assert!((broad.iter().sum::<f32>() - 1.0).abs() < 1e-5 && (sharp.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        // The target is measure 10: measures 7 and 4 followed the same music.
        let best = (0..sharp.len()).max_by(|&a, &b| sharp[a].total_cmp(&sharp[b]));
        assert!(matches!(best, Some(4 | 7)), "{sharp:?}");
    }

    #[test]
    fn what_was_always_played_is_certain() {
        let held = frames(&[(0, 60)]);
        let said = recall(&LAYOUT, &[held, None], &[vec![0.5, 0.5], vec![0.5, 0.5]]);
        assert!(said[0] > 0.99 && said[1].abs() < 1e-5, "C is certain, C# is not known: {:?}", &said[..14]);
    }

    /// What plays and what is trained are the same.
    #[test]
    fn a_batch_says_what_one_measure_says() {
        let device = burn::tensor::Device::flex();
        let history = [frames(&[(0, 60), (8, 62)]), None, frames(&[(0, 64)])];
        let own = LAYOUT.own();
        let mut marks = vec![0.0; history.len() * STEPS * own];
        for (frames, row) in history.iter().zip(marks.chunks_exact_mut(STEPS * own)) {
            let Some(frames) = frames else { continue };
            row.chunks_exact_mut(own).enumerate().for_each(|(step, row)| frames.mark(&LAYOUT, step, 1.0, row));
        }
        let scores = [0.3f32, 2.0, -0.5];
        let total: f32 = scores.iter().map(|score| score.exp()).sum();
        let shares: Vec<f32> = scores.iter().map(|score| score.exp() / total).collect();
        let expected = recall(&LAYOUT, &history, &[shares.clone(), shares]);
        let found = recall_batch(
            Tensor::from_data([[scores]], &device),
            Tensor::from_data([[1.0, 0.0, 1.0]], &device),
            Tensor::from_data(TensorData::new(marks, [1, 3, STEPS * own]), &device),
        );
        let found = found.into_data().try_to_vec::<f32>().expect("f32 data");
        for (a, b) in found.iter().zip(&expected) {
            assert!((a - b).abs() < 1e-5, "{a}, not {b}");
        }
    }
}
