//! From a batch of windows to the loss.

use burn::tensor::{Device, Int, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use crate::systems::checks::{self, Refused};
use crate::systems::rmvae::conditions::InputLayout;
use crate::systems::rmvae::config::{Layout, RmvaeConfig};
use crate::systems::rmvae::experts::{Gaussian, product};
use crate::systems::rmvae::frames::STEPS;
use crate::systems::rmvae::recall::{self, FEATURES, RECALLS};
use crate::systems::rmvae::{RmvaeNet, loss};
use crate::train::rmvae::windows::{RecallWindows, Windows};

/// The weights of the loss's terms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct LossWeights {
    /// λ of the KL term, on top of the annealed β (1 as published).
    pub kl: f32,
    /// Durations of polyphonic voices.
    pub duration: f32,
    /// λ scale.
    pub scale: f32,
    /// λ rhythm.
    pub rhythm: f32,
    /// λ of notes a semitone apart.
    pub semitone: f32,
    /// λ of notes a tone apart.
    pub tone: f32,
    /// λ of notes a tritone apart.
    pub tritone: f32,
}

impl Default for LossWeights {
    fn default() -> Self {
        Self { kl: 0.002, duration: 2.0, scale: 0.1, rhythm: 0.01, semitone: 0.01, tone: 0.01, tritone: 0.01 }
    }
}

/// The largest weight of a term. Chosen: a thousand times the notes' own.
const MOST_WEIGHT: f64 = 1000.0;

impl LossWeights {
    /// Can there be such a loss?
    ///
    /// # Errors
    /// [`Refused`], which names the option that is wrong and what it may be.
    pub fn check(&self) -> Result<(), Refused> {
        let Self { kl, duration, scale, rhythm, semitone, tone, tritone } = *self;
        let terms = [
            ("kl", kl),
            ("duration", duration),
            ("scale", scale),
            ("rhythm", rhythm),
            ("semitone", semitone),
            ("tone", tone),
            ("tritone", tritone),
        ];
        terms.into_iter().try_for_each(|(option, weight)| checks::up_to(option, weight.into(), MOST_WEIGHT))
    }
}

/// What one batch cost.
#[derive(Clone, Debug)]
pub struct Cost {
    /// What is minimised, a scalar.
    pub total: Tensor<1>,
    /// Nats per sixteenth and voice (reconstruction alone), a scalar.
    pub nll: Tensor<1>,
    /// KL in nats per measure, a scalar.
    pub kl: Tensor<1>,
}

/// A net, and what shapes it.
#[derive(Clone, Copy, Debug)]
pub struct ShapedNet<'a> {
    /// The net.
    pub net: &'a RmvaeNet,
    /// Its sizes and switches.
    pub config: &'a RmvaeConfig,
    /// Its voices' layouts.
    pub layouts: &'a [Layout],
}

/// What counts how much in a batch's cost.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// The weights of the loss's terms.
    pub weights: &'a LossWeights,
    /// The annealed weight of the KL term, 0…1.
    pub beta: f32,
}

/// Cuts a column of numbers into a tensor `[rows, width]`.
fn tensor(values: Vec<f32>, width: usize, device: &Device) -> Tensor<2> {
    let rows = values.len() / width;
    Tensor::from_data(TensorData::new(values, [rows, width]), device)
}

/// What a batch costs the net. z is sampled with this noise, `[rows, latent]` of N(0, 1); without (for evaluation), it
/// is the mean.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts are small")]
pub fn cost(
    shaped: ShapedNet<'_>,
    terms: Terms<'_>,
    noise: Option<Tensor<2>>,
    windows: Windows,
    device: &Device,
) -> Cost {
    let (ShapedNet { net, config, layouts }, Terms { weights, beta }) = (shaped, terms);
    let (batch, measures) = (windows.batch, windows.measures);
    let rows = (measures + 1) * batch;
    let predicted = measures * batch;

    let mut experts: Vec<(Gaussian, Tensor<2>)> = Vec::new();
    for ((encoder, frames), present) in net.encoders.iter().zip(windows.frames).zip(&windows.present) {
        let frames = frames.into_iter().map(|frame| {
            let width = frame.len() / rows;
            tensor(frame, width, device)
        });
        experts.push((encoder.encode(frames.collect()), tensor(present.clone(), 1, device)));
    }
    let posterior = if config.rpoe {
        recurrent_product(&experts, config, batch, measures + 1)
    } else {
        product(&experts, config.prior_expert)
    };
    let heard = Gaussian {
        mean: posterior.mean.clone().narrow(0, 0, predicted),
        log_var: posterior.log_var.clone().narrow(0, 0, predicted),
    };
    let z = match noise {
        Some(noise) => heard.sample(noise),
        None => heard.mean.clone(),
    };
    let remembered = Tensor::cat(net.remember(z.chunk(measures, 0)), 0);

    let plan = config.plan_expert.then(|| {
        let mut any = Tensor::<2>::zeros([predicted, 1], device);
        let planned: Vec<_> = experts
            .iter()
            .zip(&windows.plan)
            .map(|((expert, _), mask)| {
                let mask = tensor(mask.clone(), 1, device);
                any = any.clone() + mask.clone();
                let next = |all: &Tensor<2>| all.clone().narrow(0, batch, predicted);
                (Gaussian { mean: next(&expert.mean), log_var: next(&expert.log_var) }, mask)
            })
            .collect();
        (product(&planned, config.prior_expert).mean, any.greater_elem(0.0).float())
    });
    let looped = config.loop_expert.then(|| {
        let rows = Tensor::<1, Int>::from_data(TensorData::new(windows.loop_row.clone(), [predicted]), device);
        (posterior.mean.clone().select(0, rows), tensor(windows.looped.clone(), 1, device))
    });
    let context = net.context(remembered, plan, looped);

    let memories = net.recall.as_ref().zip(windows.recall.as_ref());
    let memories = memories.map(|(learned, recall)| recalled(learned.val(), recall, layouts, batch, measures, device));

    let mut nll = Tensor::<2>::zeros([predicted, 1], device);
    let mut extra = Tensor::<2>::zeros([predicted, 1], device);
    let step_weights: Vec<Tensor<2>> = windows.weight.iter().map(|weight| tensor(weight.clone(), 1, device)).collect();
    let mut class_mass: Vec<Tensor<2>> = (0..STEPS).map(|_| Tensor::zeros([predicted, 12], device)).collect();
    let mut class_truth = Tensor::<2>::zeros([predicted, 12], device);
    let mut step_mass: Vec<Tensor<2>> = (0..STEPS).map(|_| Tensor::zeros([predicted, 1], device)).collect();
    let mut step_truth: Vec<Tensor<2>> = step_mass.clone();
    for (voice, (((decoder, layout), inputs), targets)) in
        net.decoders.iter().zip(layouts).zip(windows.inputs).zip(windows.targets).enumerate()
    {
        let inputs = inputs.into_iter().enumerate().map(|(step, input)| {
            let width = input.len() / predicted;
            let given = tensor(input, width, device);
            let Some(memories) = &memories else { return given };
            let memories = memories[voice].iter().map(|memory| memory[step].clone());
            Tensor::cat(std::iter::once(given).chain(memories).collect(), 1)
        });
        let place = InputLayout::new(config, layout, layouts.len());
        let outputs = decoder.decode(inputs.collect(), context.clone(), &place, layout);
        let chain = decoder.chain();
        let fold = loss::fold_matrix(layout, device);
        for (step, (logits, target)) in outputs.into_iter().zip(targets).enumerate() {
            let target = tensor(target, layout.output_width(), device);
            let weight = step_weights[step].clone();
            let starts = target.clone().narrow(1, 0, layout.pitches);
            let mass = loss::onset_mass(config.mono_head, layout, logits.clone()) * weight.clone();
            class_mass[step] = class_mass[step].clone() + mass.clone().matmul(fold.clone());
            class_truth = class_truth + starts.clone().matmul(fold.clone());
            step_mass[step] = step_mass[step].clone() + mass.sum_dim(1);
            step_truth[step] = step_truth[step].clone() + starts.clone().sum_dim(1);
            let (each, duration) = if layout.is_mono() {
                (loss::mono_nll(config.mono_head, layout, logits, target), None)
            } else {
                let activation = logits.clone().narrow(1, 0, layout.pitches);
                let raw = logits.narrow(1, layout.pitches, layout.pitches);
                let durations = target.narrow(1, layout.pitches, layout.pitches);
                (
                    loss::poly_nll(activation, chain.as_ref(), starts.clone()),
                    Some(loss::duration_loss(raw, durations, starts)),
                )
            };
            nll = nll + each * weight.clone();
            if let Some(duration) = duration {
                extra = extra + duration.mul_scalar(weights.duration) * weight;
            }
        }
    }
    for mass in &class_mass {
        extra = extra + loss::harmony_loss(mass.clone(), weights.semitone, weights.tone, weights.tritone);
    }
    let mut total_mass = Tensor::<2>::zeros([predicted, 12], device);
    for mass in class_mass {
        total_mass = total_mass + mass;
    }
    extra = extra
        + loss::share_loss(total_mass, class_truth).mul_scalar(weights.scale)
        + loss::share_loss(Tensor::cat(step_mass, 1), Tensor::cat(step_truth, 1)).mul_scalar(weights.rhythm);

    let counted = windows.weight[0].iter().sum::<f32>().max(1.0);
    let cells = windows.weight.iter().flatten().sum::<f32>().max(1.0) * layouts.len() as f32;
    let first = step_weights[0].clone();
    let kl = (heard.kl() * first.clone()).sum().div_scalar(counted);
    let nll = nll.sum();
    let total = nll.clone().div_scalar(counted)
        + (extra * first).sum().div_scalar(counted)
        + kl.clone().mul_scalar(beta * weights.kl);
    Cost { total, nll: nll.div_scalar(cells), kl }
}

/// What the memories say, by voice, memory and step: each `[T·B, own]`.
fn recalled(
    learned: Tensor<2>,
    recall: &RecallWindows,
    layouts: &[Layout],
    batch: usize,
    measures: usize,
    device: &Device,
) -> Vec<Vec<Vec<Tensor<2>>>> {
    let features = tensor(recall.features.clone(), FEATURES, device);
    let closed = tensor(recall.closed.clone(), 1, device).mul_scalar(-1e9);
    let scores = features.matmul(learned).mul_scalar(recall::PACE) + closed;
    // Rows measure by measure, then window by window, become one matrix for each window: [B, T, S].
    let scores: Vec<Tensor<3>> = (0..RECALLS)
        .map(|memory| scores.clone().narrow(1, memory, 1).reshape([measures, batch, measures]).swap_dims(0, 1))
        .collect();
    let voices = layouts.iter().zip(&recall.heard).zip(&recall.marks);
    voices
        .map(|((layout, heard), marks)| {
            let width = STEPS * layout.own();
            let heard = tensor(heard.clone(), measures, device);
            let marks = tensor(marks.clone(), width, device).reshape([batch, measures, width]);
            let one = |scores: &Tensor<3>| {
                let said = recall::recall_batch(scores.clone(), heard.clone(), marks.clone());
                said.swap_dims(0, 1).reshape([measures * batch, width]).chunk(STEPS, 1)
            };
            scores.iter().map(one).collect()
        })
        .collect()
}

/// RPoE: at each measure the product before is one more expert (Vignal 2020).
fn recurrent_product(
    experts: &[(Gaussian, Tensor<2>)],
    config: &RmvaeConfig,
    batch: usize,
    measures: usize,
) -> Gaussian {
    let (mut means, mut log_vars): (Vec<Tensor<2>>, Vec<Tensor<2>>) = (Vec::new(), Vec::new());
    for measure in 0..measures {
        let at = |all: &Tensor<2>| all.clone().narrow(0, measure * batch, batch);
        let mut here: Vec<(Gaussian, Tensor<2>)> = experts
            .iter()
            .map(|(expert, mask)| (Gaussian { mean: at(&expert.mean), log_var: at(&expert.log_var) }, at(mask)))
            .collect();
        if let (Some(mean), Some(log_var)) = (means.last(), log_vars.last()) {
            let device = mean.device();
            here.push((Gaussian { mean: mean.clone(), log_var: log_var.clone() }, Tensor::ones([batch, 1], &device)));
        }
        let product = product(&here, config.prior_expert);
        means.push(product.mean);
        log_vars.push(product.log_var);
    }
    Gaussian { mean: Tensor::cat(means, 0), log_var: Tensor::cat(log_vars, 0) }
}
