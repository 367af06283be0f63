//! The loop of a training, whatever is trained: batches, epochs, examinations, the mean weights kept.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

use burn::module::Module;
use burn::optim::{GradientsAccumulator, GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::random::{Rng, mix};
use crate::systems::nn::{NamedTensor, get_weights};
use crate::train::average::Average;
use crate::train::checkpoint::{Checkpoint, CheckpointError, Saved};
use crate::train::library::LibraryError;

/// What the caller is told while training goes on.
#[derive(Clone, Debug)]
pub enum News<'a, E, N> {
    /// A batch is done.
    Batch {
        /// Batches done in all.
        done: u64,
        /// Batches of the whole training.
        of: u64,
        /// Its loss in nats; of what, the epoch says.
        nll: f64,
        /// The learning rate.
        rate: f64,
    },
    /// An epoch is done, and its net is at hand.
    Epoch {
        /// What it reached.
        epoch: &'a E,
        /// The net, without gradients.
        net: &'a N,
        /// Is it the best so far on the validation pieces?
        best: bool,
    },
}

/// Where a training runs, and until when.
#[derive(Clone, Copy, Debug)]
pub struct Workbench<'a> {
    /// The band file to be: its checkpoint lies beside it.
    pub out: &'a Path,
    /// The devices, at least one, without gradients. Each takes a batch of its own of every step; their gradients are
    /// averaged on the first.
    pub devices: &'a [Device],
    /// Set: training stops early, with a checkpoint.
    pub stop: &'a AtomicBool,
}

/// Why training ended early.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A checkpoint cannot be written or read.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The pieces cannot be read any more.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// The loss is no longer a number.
    #[error("the loss is no longer a number at batch {0}: lower the learning rate")]
    Diverged(u64),
}

/// What a batch costs.
pub(super) struct Loss {
    /// What is minimised, a scalar.
    pub(super) total: Tensor<1>,
    /// What is shown: nats, a scalar.
    pub(super) nll: Tensor<1>,
}

/// What is trained.
pub(super) trait Lesson {
    /// The net.
    type Net: Module;
    /// A batch as plain numbers.
    type Batch: Send + 'static;
    /// What an epoch reached.
    type Epoch: Clone + Serialize + DeserializeOwned;

    /// A new net.
    fn net(&self, device: &Device) -> Self::Net;

    /// What a batch costs this net, on its device, when so much of the training is done (0…1).
    fn loss(&self, net: &Self::Net, batch: Self::Batch, done: f64, device: &Device) -> Loss;

    /// Examines the net with these weights: epoch number so and so, with this mean loss in training.
    fn examine(&self, weights: &[NamedTensor], number: usize, train_nll: f64) -> (Self::Epoch, Self::Net);

    /// What the best epoch has least of.
    fn score(epoch: &Self::Epoch) -> f64;
}

/// How long, how fast.
pub(super) struct Plan {
    pub(super) epochs: usize,
    /// Batches that show everything about once.
    pub(super) batches: usize,
    pub(super) learning_rate: f64,
    pub(super) average: f32,
    pub(super) seed: u64,
    /// Names this run, so that no other goes on from its checkpoint.
    pub(super) run: String,
}

/// Trains; goes on from the checkpoint beside the workbench's file if there is one. The caller keeps the nets that it is told
/// of. `cut` makes batches in a thread of its own, each of a generator that its number decides.
pub(super) fn run<L: Lesson>(
    lesson: &L,
    plan: &Plan,
    bench: Workbench<'_>,
    optimizer: ModuleOptimizer,
    cut: impl Fn(&mut Rng) -> Result<L::Batch, LibraryError> + Send + 'static,
    mut tell: impl FnMut(News<'_, L::Epoch, L::Net>),
) -> Result<(), TrainError> {
    // PANIC: the workbench promises one.
    let devices: Vec<Device> = bench.devices.iter().map(|device| device.clone().autodiff()).collect();
    let device = devices.first().expect("a device");
    device.seed(plan.seed);
    let checkpoint = Checkpoint::beside(bench.out);
    let Saved { mut net, mut optimizer, mut progress, average } =
        checkpoint.load::<_, L::Epoch>(lesson.net(device), optimizer, &plan.run)?;
    let mut average = Average::new(plan.average, average);

    let shards = devices.len() as u64;
    let per_epoch = (plan.batches as u64).div_ceil(shards).max(1);
    let total = per_epoch * plan.epochs as u64;
    let (first, seed) = (progress.batches * shards, plan.seed);
    let (send, batches) = mpsc::sync_channel(2);
    // The second core cuts batches while the first trains. The thread ends when the receiver is gone.
    std::thread::spawn(move || {
        for number in first..total * shards {
            if send.send(cut(&mut Rng::new(mix(seed, number)))).is_err() {
                break;
            }
        }
    });

    let (mut sum, mut count) = (0.0, 0u64);
    while progress.batches < total {
        #[expect(clippy::cast_precision_loss, reason = "batches are few")]
        let done = progress.batches as f64 / total as f64;
        let (mut losses, mut gradients) = (Vec::new(), GradientsAccumulator::new());
        // A device computes while the next one is given its work: only reading the losses waits.
        for (shard, device) in (progress.batches * shards..).zip(&devices) {
            let Ok(batch) = batches.recv() else { break };
            // What is dropped out depends on the batch alone, so that a killed training goes on as it would have.
            device.seed(mix(seed, shard));
            let (loss, one) = gradients_of(lesson, &net, batch?, done, (device, &devices));
            losses.push(loss);
            gradients.accumulate(&net, one);
        }
        let nll = losses.iter().map(|loss| f64::from(loss.clone().into_scalar::<f32>())).sum::<f64>();
        #[expect(clippy::cast_precision_loss, reason = "devices are few")]
        let nll = nll / shards as f64;
        if !nll.is_finite() {
            return Err(TrainError::Diverged(progress.batches));
        }
        let rate = plan.learning_rate * schedule(done);
        net = optimizer.step(rate, net, gradients.grads());
        progress.batches += 1;
        average.add(get_weights(&net), progress.batches);
        sum += nll;
        count += 1;
        tell(News::Batch { done: progress.batches, of: total, nll, rate });
        let (whole, stopping) = (progress.batches.is_multiple_of(per_epoch), bench.stop.load(Ordering::Relaxed));
        if whole || stopping {
            #[expect(clippy::cast_precision_loss, reason = "batches are few")]
            let train_nll = sum / count.max(1) as f64;
            (sum, count) = (0.0, 0);
            let mean = average.weights().unwrap_or_default();
            let (epoch, plain) = lesson.examine(mean, progress.epochs.len() + 1, train_nll);
            let best = progress.epochs.iter().all(|before| L::score(before) > L::score(&epoch));
            tell(News::Epoch { epoch: &epoch, net: &plain, best });
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

/// One device's share of a step: its loss, and its gradients on the first device.
fn gradients_of<L: Lesson>(
    lesson: &L,
    net: &L::Net,
    batch: L::Batch,
    done: f64,
    (device, devices): (&Device, &[Device]),
) -> (Tensor<1>, GradientsParams) {
    if let [only] = devices {
        let Loss { total, nll } = lesson.loss(net, batch, done, only);
        return (nll, GradientsParams::from_grads(total.backward(), net));
    }
    let copy = net.clone().fork(device);
    let Loss { total, nll } = lesson.loss(&copy, batch, done, device);
    #[expect(clippy::cast_precision_loss, reason = "devices are few")]
    let share = total.div_scalar(devices.len() as f32);
    let gradients = GradientsParams::from_grads(share.backward(), &copy);
    (nll, gradients.to_device(&devices[0], net))
}

/// The learning rate's share of its highest: a rise over the first hundredth, then a cosine down to 2 %.
fn schedule(done: f64) -> f64 {
    let rise = (done / 0.01).clamp(0.02, 1.0);
    rise * (0.02 + 0.98 * 0.5 * (1.0 + (std::f64::consts::PI * done).cos()))
}
