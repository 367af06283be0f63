//! Training a biaxial LSTM: batches, epochs, validation, the best weights kept.

pub mod windows;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};

use burn::grad_clipping::GradientClippingConfig;
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use crate::band::BandSpec;
use crate::biaxial::encoding::{INPUTS, PITCHES};
use crate::biaxial::{BiaxialConfig, BiaxialNet, loss};
use crate::nn::{NamedTensor, get_weights, set_weights};
use crate::random::{Rng, mix};
use crate::train::average::Average;
use crate::train::checkpoint::{Checkpoint, Saved};
use crate::train::{Piece, TrainError};

use windows::{WindowCutter, Windows};

/// Batches of the validation pieces that are examined after each epoch, at most.
const EXAM: usize = 32;

/// How to train a biaxial LSTM.
///
/// Published: Adadelta, dropout 0.5, windows of 8 measures. Here Adam, which burn has and which needs no search for its
/// rate; of less music, less dropout and shorter windows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct BiaxialOptions {
    /// The net.
    pub net: BiaxialConfig,
    /// Share of each layer's outputs that is dropped.
    pub dropout: f64,
    /// Passes over the pieces.
    pub epochs: usize,
    /// Windows in a batch.
    pub batch: usize,
    /// Measures in a window.
    pub measures: usize,
    /// Adam's rate at its highest; it rises over the first hundredth and falls along a cosine.
    pub learning_rate: f64,
    /// Longest gradient of a weight tensor.
    pub clip: f32,
    /// How likely a window's beginning lacks some voices.
    pub missing: f32,
    /// How likely a window is transposed by −6…5 semitones.
    pub transpose: f32,
    /// How much of the mean weights stays at each batch, 0…1: the mean is what is examined and kept.
    pub average: f32,
    /// Everything random comes from this.
    pub seed: u64,
}

impl Default for BiaxialOptions {
    fn default() -> Self {
        Self {
            net: BiaxialConfig::small(),
            dropout: 0.2,
            epochs: 12,
            batch: 4,
            measures: 4,
            learning_rate: 3e-3,
            clip: 1.0,
            missing: 0.25,
            transpose: 0.0,
            average: 0.99,
            seed: 1,
        }
    }
}

/// What an epoch reached.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BiaxialEpoch {
    /// Counted from 1.
    pub number: usize,
    /// Training loss: nats per sixteenth, all voices together.
    pub train_nll: f64,
    /// Validation: nats per sixteenth, all voices together.
    pub valid_per_step: f64,
    /// Validation: the same nats, shared out among the notes that are struck.
    pub valid_per_note: f64,
}

/// What the caller is told while training goes on.
#[derive(Clone, Debug)]
pub enum BiaxialEvent<'a> {
    /// A batch is done.
    Batch {
        /// Batches done in all.
        done: u64,
        /// Batches of the whole training.
        of: u64,
        /// Its loss: nats per sixteenth.
        nll: f64,
        /// The learning rate.
        rate: f64,
    },
    /// An epoch is done, and its net is at hand.
    Epoch {
        /// What it reached.
        epoch: &'a BiaxialEpoch,
        /// The net, without gradients.
        net: &'a BiaxialNet,
        /// Is it the best so far on the validation pieces?
        best: bool,
    },
}

/// The nats that a batch costs, in all, as a scalar.
#[must_use]
pub fn cost(net: &BiaxialNet, windows: Windows, dropout: f64, device: &Device) -> Tensor<1> {
    let rows = windows.inputs.len() * windows.batch;
    let tensor = |values: Vec<f32>, shape: [usize; 2]| Tensor::from_data(TensorData::new(values, shape), device);
    let inputs = windows.inputs.into_iter().map(|values| tensor(values, [PITCHES * windows.batch, INPUTS])).collect();
    let targets: Vec<Tensor<2>> = windows.targets.into_iter().map(|values| tensor(values, [rows, 2])).collect();
    let lowest = Tensor::zeros([rows, 2], device);
    let below = std::iter::once(lowest).chain(targets.iter().take(PITCHES - 1).cloned()).collect();
    let logits = net.forward(inputs, below, dropout);
    let weight: Tensor<2> = tensor(windows.weight, [rows, 1]).repeat_dim(0, PITCHES);
    (loss::nll(Tensor::cat(logits, 0), Tensor::cat(targets, 0)) * weight).sum()
}

/// Trains a net on `train`, watched on `valid`; goes on from the checkpoint beside `out` if there is one. Stops early,
/// with a checkpoint, once `stop` is set. The caller keeps the nets that the events show.
///
/// # Errors
/// [`TrainError`].
pub fn train(
    spec: &BandSpec,
    options: &BiaxialOptions,
    train: Vec<Piece>,
    valid: &[Piece],
    out: &Path,
    stop: &AtomicBool,
    mut tell: impl FnMut(BiaxialEvent<'_>),
) -> Result<(), TrainError> {
    let device = Device::flex().autodiff();
    device.seed(options.seed);
    let net = BiaxialNet::new(&options.net, &device);
    let clipping = GradientClippingConfig::Norm(options.clip);
    let optimizer = AdamConfig::new().with_grad_clipping(Some(clipping)).init();
    let checkpoint = Checkpoint::beside(out);
    let run = format!("{} pieces, {}", train.len(), serde_json::to_string(options).unwrap_or_default());
    let Saved { mut net, mut optimizer, mut progress, average } =
        checkpoint.load::<_, BiaxialEpoch>(net, optimizer, &run)?;
    let mut average = Average::new(options.average, average);

    let (batch, measures) = (options.batch, options.measures);
    let exam = WindowCutter { spec: spec.clone(), batch, measures, missing: 0.0, transpose: 0.0 };
    let cut = WindowCutter { missing: options.missing, transpose: options.transpose, ..exam.clone() };
    let exam = exam.exam(valid, EXAM);
    let per_epoch = cut.batches_per_epoch(&train) as u64;
    let total = per_epoch * options.epochs as u64;
    let (first, seed) = (progress.batches, options.seed);
    let (send, batches) = mpsc::sync_channel(2);
    let pieces = Arc::new(train);
    // The second core cuts windows while the first trains. The thread ends when the receiver is gone.
    std::thread::spawn(move || {
        for number in first..total {
            let mut rng = Rng::new(mix(seed, number));
            if send.send(cut.draw(&pieces, &mut rng)).is_err() {
                break;
            }
        }
    });

    let (mut sum, mut count) = (0.0, 0u64);
    while progress.batches < total {
        let Ok(windows) = batches.recv() else { break };
        // What is dropped out depends on the batch alone, so that a killed training goes on as it would have.
        device.seed(mix(seed, progress.batches));
        let steps = f64::from(windows.weight.iter().sum::<f32>().max(1.0));
        let cost = cost(&net, windows, options.dropout, &device) / steps;
        let nll = f64::from(cost.clone().into_scalar::<f32>());
        if !nll.is_finite() {
            return Err(TrainError::Diverged(progress.batches));
        }
        #[expect(clippy::cast_precision_loss, reason = "batches are few")]
        let rate = options.learning_rate * schedule(progress.batches as f64 / total as f64);
        net = optimizer.step(rate, net.clone(), GradientsParams::from_grads(cost.backward(), &net));
        progress.batches += 1;
        average.add(get_weights(&net), progress.batches);
        sum += nll;
        count += 1;
        tell(BiaxialEvent::Batch { done: progress.batches, of: total, nll, rate });
        let (whole, stopping) = (progress.batches.is_multiple_of(per_epoch), stop.load(Ordering::Relaxed));
        if whole || stopping {
            #[expect(clippy::cast_precision_loss, reason = "batches are few")]
            let train_nll = sum / count.max(1) as f64;
            (sum, count) = (0.0, 0);
            let mean = average.weights().unwrap_or_default();
            let plain = without_gradients(mean, &options.net);
            let (valid_per_step, valid_per_note) = examine(&plain, &exam);
            let epoch = BiaxialEpoch { number: progress.epochs.len() + 1, train_nll, valid_per_step, valid_per_note };
            let best = progress.epochs.iter().all(|before| before.valid_per_step > valid_per_step);
            tell(BiaxialEvent::Epoch { epoch: &epoch, net: &plain, best });
            if whole {
                progress.epochs.push(epoch);
            }
            checkpoint.save(&net, mean, &optimizer, &mut progress)?;
        }
        if stopping {
            return Ok(());
        }
    }
    checkpoint.remove();
    Ok(())
}

/// The learning rate's share of its highest: a rise over the first hundredth, then a cosine down to 2 %.
fn schedule(done: f64) -> f64 {
    let rise = (done / 0.01).clamp(0.02, 1.0);
    rise * (0.02 + 0.98 * 0.5 * (1.0 + (std::f64::consts::PI * done).cos()))
}

/// A net with these weights on a device without gradients.
fn without_gradients(weights: &[NamedTensor], config: &BiaxialConfig) -> BiaxialNet {
    // PANIC: the same shapes, taken from the same configuration.
    set_weights(BiaxialNet::new(config, &Device::flex()), weights).expect("a net's own weights fit it")
}

/// Nats per sixteenth and nats per struck note of these windows, all voices together.
#[must_use]
pub fn examine(net: &BiaxialNet, exam: &[Windows]) -> (f64, f64) {
    let (mut nats, mut steps, mut notes) = (0.0, 0.0, 0.0);
    for windows in exam {
        steps += f64::from(windows.weight.iter().sum::<f32>());
        for pitch in &windows.targets {
            let struck = pitch.chunks_exact(2).zip(&windows.weight).map(|(target, weight)| target[1] * weight);
            notes += f64::from(struck.sum::<f32>());
        }
        nats += f64::from(cost(net, windows.clone(), 0.0, &Device::flex()).into_scalar::<f32>());
    }
    (nats / steps.max(1.0), nats / notes.max(1.0))
}
