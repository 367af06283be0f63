//! The part of a net that copies: a distribution over the places whose chords are known, and over inventing one instead.
//!
//! # Source
//! A. See, P. J. Liu, C. D. Manning, "Get to the point: summarization with pointer-generator networks" (ACL 2017): the
//! distribution is a mixture of what is pointed to and of a free one.

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::{log_softmax, relu};
use burn::tensor::{Device, Tensor};

use super::classes::{CHORD_CLASSES, softmax};
use super::story::{NEAR, PLACE_INPUTS, PLACES};
use crate::systems::nn::NamedTensor;
use crate::systems::nn::arithmetic::dense;
use crate::systems::nn::rows::RowLinear;

/// Units between what speaks for a place and its score. Chosen: about as many as there are numbers.
pub(super) const SCORING: usize = 24;

/// What is taken from the score of a place that has no chord. Chosen: e to it is nothing.
const NO_PLACE: f32 = 1e4;

/// Scores places.
#[derive(Module, Debug)]
pub(super) struct Pointer {
    /// What speaks for each place.
    place: Linear,
    /// What the LSTM makes of all.
    context: Linear,
    /// The score.
    score: Linear,
    /// The score of inventing a chord.
    free: Linear,
    /// What the chord sounds with, for the free distribution.
    near: Linear,
}

/// ln P of each place and of a free chord, and of each chord if it is free.
pub(super) struct Pointed {
    /// `[rows, PLACES + 1]`, the free one last.
    pub(super) places: Tensor<2>,
    /// `[rows, CHORD_CLASSES]`.
    pub(super) free: Tensor<2>,
}

/// The numbers in all weights of a pointer beside an LSTM of so many units.
pub(super) const fn numbers(units: usize) -> usize {
    SCORING * (PLACE_INPUTS + 1) + units * SCORING + (SCORING + 1) + (units + 1) + NEAR * CHORD_CLASSES
}

impl Pointer {
    pub(super) fn new(units: usize, device: &Device) -> Self {
        Self {
            place: LinearConfig::new(PLACE_INPUTS, SCORING).init(device),
            context: LinearConfig::new(units, SCORING).with_bias(false).init(device),
            score: LinearConfig::new(SCORING, 1).init(device),
            free: LinearConfig::new(units, 1).init(device),
            near: LinearConfig::new(NEAR, CHORD_CLASSES).with_bias(false).init(device),
        }
    }

    /// # Shapes
    /// - hidden: `[rows, units]`, logits: `[rows, CHORD_CLASSES]`, near: `[rows, NEAR]`, places: `[rows · PLACES,
    ///   PLACE_INPUTS]`, of which the first number says whether there is a chord
    pub(super) fn forward(&self, hidden: Tensor<2>, logits: Tensor<2>, near: Tensor<2>, places: Tensor<2>) -> Pointed {
        let rows = hidden.dims()[0];
        let there = places.clone().narrow(1, 0, 1).reshape([rows, PLACES]);
        let context = self.context.forward(hidden.clone()).reshape([rows, 1, SCORING]);
        let place = self.place.forward(places).reshape([rows, PLACES, SCORING]);
        let scores = self.score.forward(relu(place + context).reshape([rows * PLACES, SCORING]));
        let scores = scores.reshape([rows, PLACES]) + (there - 1.0).mul_scalar(NO_PLACE);
        let all = Tensor::cat(vec![scores, self.free.forward(hidden)], 1);
        Pointed { places: log_softmax(all, 1), free: log_softmax(logits + self.near.forward(near), 1) }
    }
}

/// The same, one row at a time, for playing.
#[derive(Debug)]
pub(super) struct RowPointer {
    place: RowLinear,
    context: RowLinear,
    score: RowLinear,
    free: RowLinear,
    near: RowLinear,
}

impl RowPointer {
    pub(super) fn new(weights: &[NamedTensor]) -> Self {
        let layer = |name: &str, output| RowLinear::new(weights, &format!("pointer.{name}"), output);
        Self {
            place: layer("place", SCORING),
            context: layer("context", SCORING),
            score: layer("score", 1),
            free: layer("free", 1),
            near: layer("near", CHORD_CLASSES),
        }
    }

    /// How likely each chord is: `[CHORD_CLASSES]`. `places` and `chords` as a question has them.
    pub(super) fn chances(
        &self,
        hidden: &[f32],
        mut logits: Vec<f32>,
        near: &[f32],
        (places, chords): (&[f32], &[Option<usize>]),
    ) -> Vec<f32> {
        let context = self.context.forward(dense(hidden));
        let score = |numbers: &[f32]| {
            let mut units = self.place.forward(dense(numbers));
            units.iter_mut().zip(&context).for_each(|(unit, context)| *unit = (*unit + context).max(0.0));
            self.score.forward(dense(&units))[0]
        };
        let known = chords.iter().zip(places.chunks_exact(PLACE_INPUTS));
        let (classes, mut scores): (Vec<usize>, Vec<f32>) =
            known.filter_map(|(class, numbers)| Some(((*class)?, score(numbers)))).unzip();
        scores.push(self.free.forward(dense(hidden))[0]);
        softmax(&mut scores);
        let near = self.near.forward(dense(near));
        logits.iter_mut().zip(near).for_each(|(logit, near)| *logit += near);
        softmax(&mut logits);
        let free = scores.last().copied().unwrap_or(1.0);
        logits.iter_mut().for_each(|chance| *chance *= free);
        for (class, share) in classes.into_iter().zip(scores) {
            logits[class] += share;
        }
        logits
    }
}
