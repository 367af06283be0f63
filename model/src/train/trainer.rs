//! The loop: batches, epochs, validation, the best weights kept.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

use burn::grad_clipping::GradientClippingConfig;
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use crate::band::BandSpec;
use crate::nn::{NamedTensor, get_weights, set_weights};
use crate::random::{Rng, mix};
use crate::rmvae::{Layout, RmvaeConfig, RmvaeNet};
use crate::train::average::Average;
use crate::train::checkpoint::{Checkpoint, CheckpointError, Saved};
use crate::train::objective::{self, LossWeights};
use crate::train::pieces::Piece;
use crate::train::windows::{Spoil, WindowCutter, WindowOptions, Windows};

/// How to train.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct TrainOptions {
    /// The net.
    pub net: RmvaeConfig,
    /// The loss.
    pub loss: LossWeights,
    /// Passes over the pieces.
    pub epochs: usize,
    /// Windows in a batch.
    pub batch: usize,
    /// Measures predicted in each window.
    pub measures: usize,
    /// Adam's rate at its highest; it rises over the first hundredth and falls along a cosine.
    pub learning_rate: f64,
    /// Adam's weight decay.
    pub weight_decay: f32,
    /// Longest gradient of a weight tensor.
    pub clip: f32,
    /// How likely each input cell is flipped.
    pub noise: f32,
    /// How likely a window is transposed by −6…5 semitones: pieces leave their key on the way.
    pub transpose: f32,
    /// How likely a window has a true history and decoders that are told nothing of the measure that they decide, so
    /// that the net learns to say how likely each note is, whatever the others.
    pub blind: f32,
    /// How much of the mean weights stays at each batch, 0…1: the mean is what is examined and kept.
    pub average: f32,
    /// Everything random comes from this.
    pub seed: u64,
}

impl Default for TrainOptions {
    fn default() -> Self {
        Self {
            net: RmvaeConfig::default(),
            loss: LossWeights::default(),
            epochs: 12,
            batch: 16,
            measures: 32,
            learning_rate: 2e-3,
            weight_decay: 1e-5,
            clip: 1.0,
            noise: 5e-4,
            transpose: 0.0,
            blind: 0.0,
            average: 0.99,
            seed: 1,
        }
    }
}

/// What an epoch reached.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Epoch {
    /// Counted from 1.
    pub number: usize,
    /// Training loss: nats per sixteenth and voice.
    pub train_nll: f64,
    /// Validation: true histories, nats per sixteenth and voice.
    pub valid_nll: f64,
    /// Validation: spoilt histories, as in a jam.
    pub jam_nll: f64,
    /// KL of the posterior, nats per measure.
    pub kl: f64,
}

/// What the caller is told while training goes on.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// A batch is done.
    Batch {
        /// Batches done in all.
        done: u64,
        /// Batches of the whole training.
        of: u64,
        /// Its loss: nats per sixteenth and voice.
        nll: f64,
        /// The learning rate.
        rate: f64,
    },
    /// An epoch is done, and its net is at hand.
    Epoch {
        /// What it reached.
        epoch: &'a Epoch,
        /// The net, without gradients.
        net: &'a RmvaeNet,
        /// Is it the best so far on the validation pieces?
        best: bool,
    },
}

/// Why training ended early.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A checkpoint cannot be written or read.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The loss is no longer a number.
    #[error("the loss is no longer a number at batch {0}: lower the learning rate")]
    Diverged(u64),
}

/// Trains a net on `train`, watched on `valid`; goes on from the checkpoint beside `out` if there is one. Stops
/// early, with a checkpoint, once `stop` is set. The caller keeps the nets that the events show.
///
/// # Errors
/// [`TrainError`].
pub fn train(
    spec: &BandSpec,
    options: &TrainOptions,
    train: Vec<Piece>,
    valid: Vec<Piece>,
    out: &Path,
    stop: &AtomicBool,
    mut tell: impl FnMut(Event<'_>),
) -> Result<(), TrainError> {
    let device = Device::flex().autodiff();
    let layouts = Layout::of(spec, options.net.rests);
    device.seed(options.seed);
    let net = RmvaeNet::new(&options.net, &layouts, &device);
    let clipping = GradientClippingConfig::Norm(options.clip);
    let decay = burn::optim::decay::WeightDecayConfig::new(options.weight_decay);
    let optimizer = AdamConfig::new().with_weight_decay(Some(decay)).with_grad_clipping(Some(clipping)).init();
    let checkpoint = Checkpoint::beside(out);
    let run = format!("{} pieces, {}", train.len(), serde_json::to_string(options).unwrap_or_default());
    let Saved { mut net, mut optimizer, mut progress, average } = checkpoint.load::<_, Epoch>(net, optimizer, &run)?;
    let mut average = Average::new(options.average, average);

    let window_options = |spoil| WindowOptions {
        batch: options.batch,
        measures: options.measures,
        noise: if spoil == Spoil::Jam { options.noise } else { 0.0 },
        transpose: 0.0,
        blind: 0.0,
        spoil,
    };
    let cutter = |pieces: &Arc<Vec<Piece>>, spoil| {
        WindowCutter::new(spec.clone(), options.net.clone(), window_options(spoil), Arc::clone(pieces))
    };
    let (train, valid) = (Arc::new(train), Arc::new(valid));
    let learn = WindowOptions { transpose: options.transpose, blind: options.blind, ..window_options(Spoil::Jam) };
    let cut = WindowCutter::new(spec.clone(), options.net.clone(), learn, Arc::clone(&train));
    let exams: [Vec<Windows>; 2] = [Spoil::None, Spoil::Jam].map(|spoil| {
        let cut = cutter(&valid, spoil);
        let mut rng = Rng::new(options.seed);
        let batches = cut.batches_per_epoch().clamp(1, 6);
        (0..batches).map(|_| cut.cut(&mut rng)).collect()
    });
    let per_epoch = cut.batches_per_epoch() as u64;
    let total = per_epoch * options.epochs as u64;

    let (first, seed) = (progress.batches, options.seed);
    let (send, batches) = mpsc::sync_channel(2);
    // The second core cuts windows while the first trains. The thread ends when the receiver is gone.
    std::thread::spawn(move || {
        for number in first..total {
            let mut rng = Rng::new(mix(seed, number));
            if send.send((cut.cut(&mut rng), rng)).is_err() {
                break;
            }
        }
    });

    let (mut sum, mut count) = (0.0, 0u64);
    let rows = options.batch * options.measures;
    while progress.batches < total {
        let Ok((windows, mut rng)) = batches.recv() else { break };
        // What is dropped out depends on the batch alone, so that a killed training goes on as it would have.
        device.seed(mix(seed, progress.batches));
        #[expect(clippy::cast_precision_loss, reason = "batches are few")]
        let done = progress.batches as f64 / total as f64;
        let noise: Vec<f32> = (0..rows * options.net.latent).map(|_| rng.normal()).collect();
        let noise = Tensor::from_data(TensorData::new(noise, [rows, options.net.latent]), &device);
        let beta = annealed(done);
        let cost = objective::cost(&net, &options.net, &layouts, &options.loss, beta, Some(noise), windows, &device);
        let nll = f64::from(cost.nll.clone().into_scalar::<f32>());
        if !nll.is_finite() {
            return Err(TrainError::Diverged(progress.batches));
        }
        let rate = options.learning_rate * schedule(done);
        let gradients = GradientsParams::from_grads(cost.total.backward(), &net);
        net = optimizer.step(rate, net, gradients);
        progress.batches += 1;
        average.add(get_weights(&net), progress.batches);
        sum += nll;
        count += 1;
        tell(Event::Batch { done: progress.batches, of: total, nll, rate });
        let stopping = stop.load(Ordering::Relaxed);
        if progress.batches.is_multiple_of(per_epoch) || stopping {
            let whole = progress.batches.is_multiple_of(per_epoch);
            #[expect(clippy::cast_precision_loss, reason = "batches are few")]
            let train_nll = sum / count.max(1) as f64;
            (sum, count) = (0.0, 0);
            let mean = average.weights().unwrap_or_default();
            let plain = without_gradients(mean, &options.net, &layouts);
            let scores =
                exams.each_ref().map(|windows| examine(&plain, &options.net, &layouts, &options.loss, windows));
            let number = progress.epochs.len() + 1;
            let epoch = Epoch { number, train_nll, valid_nll: scores[0].0, jam_nll: scores[1].0, kl: scores[0].1 };
            let before = progress.epochs.iter().map(|epoch| epoch.valid_nll + epoch.jam_nll);
            let best = before.fold(f64::INFINITY, f64::min) > epoch.valid_nll + epoch.jam_nll;
            tell(Event::Epoch { epoch: &epoch, net: &plain, best });
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

/// β of the KL term: 0 until 1 % of the training, then rising to 1 at 40 % (seed §1).
#[expect(clippy::cast_possible_truncation, reason = "0…1")]
fn annealed(done: f64) -> f32 {
    ((done - 0.01) / 0.39).clamp(0.0, 1.0) as f32
}

/// The learning rate's share of its highest: a rise over the first hundredth, then a cosine down to 2 %.
fn schedule(done: f64) -> f64 {
    let rise = (done / 0.01).clamp(0.02, 1.0);
    rise * (0.02 + 0.98 * 0.5 * (1.0 + (std::f64::consts::PI * done).cos()))
}

/// A net with these weights on a device without gradients.
fn without_gradients(weights: &[NamedTensor], config: &RmvaeConfig, layouts: &[Layout]) -> RmvaeNet {
    let plain = RmvaeNet::new(config, layouts, &Device::flex());
    // PANIC: the same shapes, taken from the same configuration.
    set_weights(plain, weights).expect("a net's own weights fit it")
}

/// Mean NLL (nats per sixteenth and voice) and KL (nats per measure) over these windows.
fn examine(
    net: &RmvaeNet,
    config: &RmvaeConfig,
    layouts: &[Layout],
    weights: &LossWeights,
    windows: &[Windows],
) -> (f64, f64) {
    let device = Device::flex();
    let (mut nll, mut kl) = (0.0, 0.0);
    for batch in windows {
        let cost = objective::cost(net, config, layouts, weights, 0.0, None, batch.clone(), &device);
        nll += f64::from(cost.nll.into_scalar::<f32>());
        kl += f64::from(cost.kl.into_scalar::<f32>());
    }
    #[expect(clippy::cast_precision_loss, reason = "a few batches")]
    let count = windows.len().max(1) as f64;
    (nll / count, kl / count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kl_is_annealed_between_one_and_forty_percent() {
        assert_eq!([0.0, 0.01, 0.205, 0.4, 1.0].map(annealed), [0.0, 0.0, 0.5, 1.0, 1.0]);
    }
}
