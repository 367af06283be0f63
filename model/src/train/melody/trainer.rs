//! Training of a net of melodies, whichever it is: windows of long sequences, the best weights kept.

use std::sync::atomic::Ordering;

use burn::optim::{AdamConfig, GradientsParams, SgdConfig};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use crate::music::band::VoiceId;
use crate::random::{Rng, mix};
use crate::systems::architecture::Architecture;
use crate::systems::checks::{self, Refused};
use crate::systems::melody::exam::examine;
use crate::systems::melody::{EventNet, Learner, Melody, Sequence, Solo};
use crate::systems::nn::{are_storable, get_weights, set_weights};
use crate::train::checkpoint::{Checkpoint, Saved};
use crate::train::clip::clip;
use crate::train::course::{News, TrainError, Workbench};
use crate::train::limits;

/// How weights follow gradients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Optimizer {
    /// Kingma and Ba 2015.
    #[default]
    Adam,
    /// Stochastic gradient descent.
    Sgd,
}

/// How to train a net of melodies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct EventOptions {
    /// Passes over the melodies.
    pub epochs: usize,
    /// Windows in a batch.
    pub batch: usize,
    /// Events in a window.
    pub steps: usize,
    /// The optimiser's rate.
    pub learning_rate: f64,
    /// Longest gradient, of all weights together.
    pub clip: f32,
    /// How weights follow gradients.
    pub optimizer: Optimizer,
    /// Epochs without a better net on the validation melodies after which training ends.
    pub patience: usize,
    /// Everything random comes from this.
    pub seed: u64,
}

impl Default for EventOptions {
    fn default() -> Self {
        Self {
            epochs: 100,
            batch: 128,
            steps: 128,
            learning_rate: 1e-3,
            clip: 5.0,
            optimizer: Optimizer::Adam,
            patience: 20,
            seed: 1,
        }
    }
}

/// The most events in all windows of a batch. Chosen: 16 times the default; its numbers are some gigabytes.
const MOST_EVENTS: usize = 1 << 18;

impl EventOptions {
    /// Can a net be trained so?
    ///
    /// # Errors
    /// [`Refused`], which names the option that is wrong and what it may be.
    pub fn check(&self) -> Result<(), Refused> {
        limits::epochs(self.epochs)?;
        limits::windows(("batch", self.batch), ("steps", self.steps), MOST_EVENTS)?;
        let most = match self.optimizer {
            Optimizer::Adam => limits::ADAM,
            Optimizer::Sgd => limits::SGD,
        };
        checks::rate("learning-rate", self.learning_rate, most)?;
        limits::clip(self.clip)?;
        checks::count("patience", self.patience, 1..=limits::MOST_EPOCHS)
    }
}

/// What an epoch reached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventEpoch {
    /// Counted from 1.
    pub number: usize,
    /// Mean training loss, with what is dropped dropped: nats per label.
    pub train_nll: f64,
    /// Validation: nats per event.
    pub valid_nll: f64,
    /// Validation: share of events foretold rightly.
    pub valid_accuracy: f64,
}

/// Trains a net on `train`, watched on `valid`; goes on from the checkpoint beside the workbench's file if there is
/// one. Of the workbench's devices the first works: windows of melodies are too small to be shared out. The caller keeps the
/// nets that it is told of.
///
/// # Errors
/// [`TrainError`].
pub fn train_events<L: Learner>(
    learner: &L,
    options: &EventOptions,
    train: &[Melody],
    valid: &[Melody],
    bench: Workbench<'_>,
    mut tell: impl FnMut(News<'_, EventEpoch, L::Net>),
) -> Result<(), TrainError>
where
    Solo<L>: Into<Architecture>,
{
    learner.check()?;
    options.check()?;
    // PANIC: the workbench promises one.
    let device = bench.devices.first().expect("a device").clone().autodiff();
    device.seed(options.seed);
    let optimizer = match options.optimizer {
        Optimizer::Adam => AdamConfig::new().init(),
        Optimizer::Sgd => SgdConfig::new().init(),
    };
    let sequences: Vec<Sequence> =
        train.iter().map(|melody| learner.encode(melody)).filter(|sequence| !sequence.is_empty()).collect();
    let checkpoint = Checkpoint::beside(bench.out);
    let form: Architecture = Solo { voice: VoiceId::FIRST, config: learner.clone() }.into();
    let named = serde_json::to_string(&(options, form)).unwrap_or_default();
    let run = format!("{} melodies, {named}", train.len());
    let Saved { mut net, mut optimizer, mut progress, .. } =
        checkpoint.load::<_, EventEpoch>(learner.init(&device), optimizer, &run)?;

    let windows: usize = sequences.iter().map(|sequence| sequence.len().div_ceil(options.steps)).sum();
    let per_epoch = windows.div_ceil(options.batch).max(1) as u64;
    let total = per_epoch * options.epochs as u64;
    let (mut sum, mut count) = (0.0, 0u64);
    while progress.batches < total && !weary(&progress.epochs, options.patience) {
        // What is drawn depends on the batch alone, so that a killed training goes on as it would have.
        let seed = mix(options.seed, progress.batches);
        device.seed(seed);
        let batch = Batch::cut(&sequences, options, learner.inputs(), learner.classes(), &mut Rng::new(seed));
        let loss = batch.loss(&net, &device);
        let nll = f64::from(loss.clone().into_scalar::<f32>());
        if !nll.is_finite() {
            return Err(TrainError::Diverged(progress.batches));
        }
        let gradients = GradientsParams::from_grads(loss.backward(), &net);
        let gradients = clip(&net, gradients, options.clip);
        net = optimizer.step(options.learning_rate, net, gradients);
        progress.batches += 1;
        (sum, count) = (sum + nll, count + 1);
        tell(News::Batch { done: progress.batches, of: total, nll, rate: options.learning_rate });
        let stopping = bench.stop.load(Ordering::Relaxed);
        let whole = progress.batches.is_multiple_of(per_epoch);
        if whole {
            let weights = get_weights(&net);
            if !are_storable(&weights) {
                return Err(TrainError::Diverged(progress.batches));
            }
            // PANIC: the same shapes, taken from the same configuration.
            let plain = set_weights(learner.init(&Device::flex()), &weights).expect("a net's own weights");
            let score = examine(&*learner.model(&plain), valid);
            #[expect(clippy::cast_precision_loss, reason = "batches are few")]
            let epoch = EventEpoch {
                number: progress.epochs.len() + 1,
                train_nll: sum / count as f64,
                valid_nll: score.nll(),
                valid_accuracy: score.accuracy(),
            };
            (sum, count) = (0.0, 0);
            let best = progress.epochs.iter().all(|before| before.valid_nll > epoch.valid_nll);
            tell(News::Epoch { epoch: &epoch, net: &plain, best });
            progress.epochs.push(epoch);
        }
        if stopping || (whole && progress.epochs.len().is_multiple_of(CHECKPOINTS)) {
            checkpoint.save(&net, &[], &optimizer, &mut progress)?;
        }
        if stopping {
            return Ok(());
        }
    }
    checkpoint.remove();
    Ok(())
}

/// Epochs from one checkpoint to the next: an epoch of a few melodies takes seconds. Chosen.
const CHECKPOINTS: usize = 5;

/// Have so many epochs gone by without a better one?
fn weary(epochs: &[EventEpoch], patience: usize) -> bool {
    let best = epochs.iter().min_by(|a, b| a.valid_nll.total_cmp(&b.valid_nll));
    best.is_some_and(|best| epochs.len() - best.number >= patience)
}

/// Windows of sequences, as rows of numbers.
///
/// # Shapes
/// - inputs: one `[batch, input]` for each step
/// - targets: `[steps · batch, classes]`, step by step; a row of zeros where a sequence is over
struct Batch {
    inputs: Vec<Vec<f32>>,
    targets: Vec<f32>,
    rows: usize,
    classes: usize,
    counted: usize,
}

impl Batch {
    /// Windows at random: a sequence as likely as it is long, from its start or any step of it.
    fn cut(sequences: &[Sequence], options: &EventOptions, width: usize, classes: usize, rng: &mut Rng) -> Self {
        let (rows, most) = (options.batch, options.steps);
        let total: usize = sequences.iter().map(Sequence::len).sum();
        let windows: Vec<(&Sequence, usize)> = (0..rows)
            .filter_map(|_| {
                let mut at = rng.below(total);
                let sequence = sequences.iter().find(|sequence| {
                    let here = at < sequence.len();
                    at -= if here { 0 } else { sequence.len() };
                    here
                })?;
                // So that every step is seen as often: a window may begin before its sequence, and then begins with it.
                let from = rng.below(sequence.len() + most - 1).saturating_sub(most - 1);
                Some((sequence, from.min(sequence.len().saturating_sub(most))))
            })
            .collect();
        let steps = windows.iter().map(|(sequence, from)| most.min(sequence.len() - from)).max().unwrap_or(0);
        let mut inputs = vec![vec![0.0; rows * width]; steps];
        let mut targets = vec![0.0; steps * rows * classes];
        let mut counted = 0;
        for (row, (sequence, from)) in windows.iter().enumerate() {
            let to = (from + most).min(sequence.len());
            for (step, at) in (*from..to).enumerate() {
                for &(place, value) in &sequence.inputs[at] {
                    inputs[step][row * width + place] = value;
                }
                targets[(step * rows + row) * classes + sequence.labels[at]] = 1.0;
                counted += 1;
            }
        }
        Self { inputs, targets, rows, classes, counted }
    }

    /// Mean nats per label.
    #[expect(clippy::cast_precision_loss, reason = "labels are few")]
    fn loss<N: EventNet>(self, net: &N, device: &Device) -> Tensor<1> {
        let (rows, steps) = (self.rows, self.inputs.len());
        let input = |values: Vec<f32>| {
            let width = values.len() / rows;
            Tensor::from_data(TensorData::new(values, [rows, width]), device)
        };
        let logits = net.logits(self.inputs.into_iter().map(input).collect());
        let targets = Tensor::<2>::from_data(TensorData::new(self.targets, [steps * rows, self.classes]), device);
        (log_softmax(logits, 1) * targets).sum().div_scalar(-(self.counted as f32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two sequences whose labels say where they are.
    fn sequences() -> Vec<Sequence> {
        let sequence = |length: usize, first: usize| Sequence {
            inputs: (0..length).map(|at| vec![(at % 3, 1.0)]).collect(),
            labels: (first..first + length).collect(),
        };
        vec![sequence(5, 0), sequence(40, 5)]
    }

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "a few hundred labels")]
    fn every_label_is_learnt_as_often_as_another_about() {
        let options = EventOptions { batch: 64, steps: 8, ..EventOptions::default() };
        let mut seen = [0.0; 45];
        let mut rng = Rng::new(11);
        for _ in 0..200 {
            let batch = Batch::cut(&sequences(), &options, 3, 45, &mut rng);
            assert_eq!((batch.rows, batch.inputs.len()), (64, 8));
            for row in batch.targets.chunks_exact(45) {
                seen.iter_mut().zip(row).for_each(|(sum, one)| *sum += one);
            }
            assert_eq!(batch.counted as f32, batch.targets.iter().sum::<f32>());
        }
        let (least, most) =
            (seen[5..].iter().copied().fold(f32::MAX, f32::min), seen.iter().copied().fold(0.0, f32::max));
        assert!(least * 8.0 > most, "{seen:?}");
    }

    #[test]
    fn training_ends_when_nothing_gets_better() {
        let epoch =
            |number: usize, valid_nll: f64| EventEpoch { number, train_nll: 0.0, valid_nll, valid_accuracy: 0.0 };
        let epochs: Vec<EventEpoch> = (1..).zip([3.0, 2.0, 2.1, 2.2]).map(|(n, nll)| epoch(n, nll)).collect();
        assert!(!weary(&epochs, 3));
        assert!(weary(&epochs, 2));
        assert!(!weary(&[], 1));
    }
}
