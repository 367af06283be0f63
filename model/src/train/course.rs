//! The loop of a training, whatever is trained: batches, epochs, examinations, the mean weights kept.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use burn::module::Module;
use burn::optim::{GradientsAccumulator, GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::random::{Rng, mix};
use crate::systems::checks::Refused;
use crate::systems::nn::{NamedTensor, are_storable, get_weights};
use crate::train::ahead::{Ahead, AheadError};
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
    /// An option has a value with which nothing can be trained.
    #[error(transparent)]
    Options(#[from] Refused),
    /// No piece has what is learnt.
    #[error("the pieces of `{split}` have nothing to learn from: {wanted}")]
    Nothing {
        /// `train` or `valid`.
        split: &'static str,
        /// What a piece must have.
        wanted: &'static str,
    },
    /// The loss is no longer a number, or a weight is larger than a band file can hold.
    #[error("the loss or a weight is no longer a number that can be kept at batch {0}: lower the learning rate")]
    Diverged(u64),
    /// The thread that makes batches has died, with this message. What was learnt before is in the checkpoint.
    #[error("the thread that cuts windows has died ({0}): please report it; the checkpoint keeps what was learnt")]
    Died(String),
    /// The system has no thread left.
    #[error("there is no thread to cut windows ({0}): close other programs")]
    NoThread(#[source] std::io::Error),
    /// What was learnt since the last checkpoint is lost.
    #[error("{ended}; and what was learnt since the last checkpoint cannot be kept: {checkpoint}")]
    NotKept {
        /// Why the training ended.
        #[source]
        ended: Box<TrainError>,
        /// Why there is no checkpoint of its end.
        checkpoint: CheckpointError,
    },
}

impl From<AheadError> for TrainError {
    fn from(error: AheadError) -> Self {
        match error {
            AheadError::Library(error) => Self::Library(error),
            AheadError::Died(why) => Self::Died(why),
            AheadError::NoThread(error) => Self::NoThread(error),
        }
    }
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
    let mut batches = Ahead::new(first..total * shards, move |number| cut(&mut Rng::new(mix(seed, number))))?;

    let (mut sum, mut count) = (0.0, 0u64);
    while progress.batches < total {
        #[expect(clippy::cast_precision_loss, reason = "batches are few")]
        let done = progress.batches as f64 / total as f64;
        let shard = progress.batches * shards;
        let (losses, mut gradients) = match gradients_of_all(lesson, &net, &mut batches, (done, shard, seed), &devices)
        {
            Ok(found) => found,
            // The steps before are whole: they are kept, to go on from.
            Err(ended) => {
                let mean = average.weights().unwrap_or_default();
                let kept = if count > 0 { checkpoint.save(&net, mean, &optimizer, &mut progress) } else { Ok(()) };
                return Err(match kept {
                    Ok(()) => ended,
                    Err(checkpoint) => TrainError::NotKept { ended: Box::new(ended), checkpoint },
                });
            }
        };
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
            if !are_storable(mean) {
                return Err(TrainError::Diverged(progress.batches));
            }
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

/// A step's losses, and its gradients on the first device. `(done, shard, seed)`: how much of the training is done
/// (0…1), the number of the first device's batch, and what randomness comes from.
fn gradients_of_all<L: Lesson>(
    lesson: &L,
    net: &L::Net,
    batches: &mut Ahead<L::Batch>,
    (done, shard, seed): (f64, u64, u64),
    devices: &[Device],
) -> Result<(Vec<Tensor<1>>, GradientsAccumulator<L::Net>), TrainError> {
    let (mut losses, mut gradients) = (Vec::new(), GradientsAccumulator::new());
    // A device computes while the next one is given its work: only reading the losses waits.
    for (shard, device) in (shard..).zip(devices) {
        let batch = batches.next()?;
        // What is dropped out depends on the batch alone, so that a killed training goes on as it would have.
        device.seed(mix(seed, shard));
        let (loss, one) = gradients_of(lesson, net, batch, done, (device, devices));
        losses.push(loss);
        gradients.accumulate(net, one);
    }
    Ok((losses, gradients))
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

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use burn::module::Param;
    use burn::optim::SgdConfig;
    use serde::Deserialize;

    use super::*;

    /// One number, which learns to be the batch's.
    #[derive(Module, Debug)]
    struct Number {
        value: Param<Tensor<1>>,
    }

    #[derive(Clone, Debug, Serialize, Deserialize)]
    struct Reached(f64);

    struct Guess;

    impl Lesson for Guess {
        type Net = Number;
        type Batch = f32;
        type Epoch = Reached;

        fn net(&self, device: &Device) -> Number {
            Number { value: Param::from_data([0.0], device) }
        }

        fn loss(&self, net: &Number, batch: f32, _: f64, _: &Device) -> Loss {
            let cost = (net.value.val() - batch).powf_scalar(2.0);
            Loss { total: cost.clone(), nll: cost }
        }

        fn examine(&self, weights: &[NamedTensor], _: usize, train_nll: f64) -> (Reached, Number) {
            (Reached(train_nll), Number { value: Param::from_data([weights[0].values[0]], &Device::flex()) })
        }

        fn score(epoch: &Reached) -> f64 {
            epoch.0
        }
    }

    /// Where a training lies, removed at its end.
    struct Place(PathBuf);

    impl Place {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("course-{}-{name}", std::process::id()));
            std::fs::create_dir_all(&folder).expect("a writable folder");
            Self(folder)
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            drop(std::fs::remove_dir_all(&self.0));
        }
    }

    /// Two epochs of six batches. The losses that were told of, and how it ended.
    fn go(
        place: &Place,
        devices: usize,
        cut: impl Fn(u32) -> Result<f32, LibraryError> + Send + 'static,
    ) -> (Vec<f64>, Result<(), TrainError>) {
        let plan =
            Plan { epochs: 2, batches: 6, learning_rate: 0.1, average: 0.5, seed: 3, run: "a number".to_owned() };
        let (devices, stop) = (vec![Device::flex(); devices], AtomicBool::new(false));
        let workbench = Workbench { out: &place.0.join("band.safetensors"), devices: &devices, stop: &stop };
        let mut told = Vec::new();
        // Which batch is wanted can be told from its generator alone.
        let numbers: Vec<u32> = (0..12).map(|number| Rng::new(mix(3, number)).unit().to_bits()).collect();
        let cut = move |rng: &mut Rng| {
            let drawn = rng.unit().to_bits();
            let number = numbers.iter().position(|&number| number == drawn).expect("one of the batches");
            cut(u32::try_from(number).expect("few"))
        };
        let outcome = run(&Guess, &plan, workbench, SgdConfig::new().init(), cut, |news| {
            if let News::Batch { nll, .. } = news {
                told.push(nll);
            }
        });
        (told, outcome)
    }

    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    fn well(number: u32) -> Result<f32, LibraryError> {
        Ok((number % 5) as f32)
    }

    #[test]
    fn when_the_thread_that_cuts_windows_dies_the_training_ends_with_its_reason_and_can_go_on() {
        for devices in [1, 2] {
            let whole = Place::new(&format!("whole-{devices}"));
            let (expected, outcome) = go(&whole, devices, well);
            outcome.expect("a whole training");
            assert_eq!(expected.len(), 12 / devices);

            let place = Place::new(&format!("died-{devices}"));
            let (before, outcome) = go(&place, devices, |number| {
                assert!(number < 7, "cannot cut window {number}");
                well(number)
            });
            assert_eq!(before.len(), 7 / devices, "only whole steps are told of");
            let error = outcome.expect_err("a dead thread").to_string();
            assert!(error.contains("cannot cut window 7"), "{error}");
            assert!(place.0.join("band.checkpoint").exists(), "what was learnt is kept");

            let (after, outcome) = go(&place, devices, well);
            outcome.expect("it goes on");
            let joined: Vec<f64> = before.into_iter().chain(after).collect();
            assert_eq!(joined, expected, "as if nothing had happened");
        }
    }

    #[test]
    fn when_a_piece_cannot_be_read_any_more_what_was_learnt_is_kept() {
        let place = Place::new("unread");
        let (before, outcome) = go(&place, 1, |number| match number {
            3 => Err(LibraryError::HomeKeys("pieces.prepared".into())),
            other => well(other),
        });
        assert!(matches!(outcome, Err(TrainError::Library(_))));
        let (after, outcome) = go(&place, 1, well);
        outcome.expect("it goes on");
        assert_eq!((before.len(), after.len()), (3, 9));
    }
}
