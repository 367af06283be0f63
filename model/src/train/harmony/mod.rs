//! Training a harmony net.

mod options;
pub mod windows;

use burn::grad_clipping::GradientClippingConfig;
use burn::optim::AdamWConfig;
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use crate::music::band::BandSpec;
use crate::random::Rng;
use crate::systems::harmony::HarmonyNet;
use crate::systems::harmony::classes::CHORD_CLASSES;
use crate::systems::harmony::features::HALF_INPUTS;
use crate::systems::nn::{NamedTensor, numbers, set_weights};
use crate::train::course::{self, Lesson, Loss, News, Plan, TrainError, Workbench};
use crate::train::library::Library;

pub use options::HarmonyOptions;
use windows::{ChordCutter, ChordWindows, Lines};

/// Batches of the validation pieces that are examined after each epoch, at most. Chosen: enough for a steady figure, in
/// seconds.
const EXAM: usize = 32;

/// The share of the target that is spread over all chords. Required: the yardstick of the metrics has as much.
const SMOOTHING: f32 = 0.05;

/// What an epoch reached.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HarmonyEpoch {
    /// Counted from 1.
    pub number: usize,
    /// Training loss: nats per half measure.
    pub train_nll: f64,
    /// Validation, the last measure imagined and no chord heard: nats per half measure.
    pub valid_nll: f64,
    /// The same: how often the likeliest chord is the right one.
    pub valid_accuracy: f64,
}

/// Trains a net on `learn`, watched on `watch`; goes on from the checkpoint beside the workbench's file if there is one. The
/// caller keeps the nets that it is told of.
///
/// # Errors
/// [`TrainError`].
pub fn train(
    spec: &BandSpec,
    options: &HarmonyOptions,
    learn: &Library,
    watch: &Library,
    bench: Workbench<'_>,
    tell: impl FnMut(News<'_, HarmonyEpoch, HarmonyNet>),
) -> Result<(), TrainError> {
    options.check(spec)?;
    let clipping = GradientClippingConfig::Norm(options.clip);
    let decay = AdamWConfig::new().with_weight_decay(options.weight_decay);
    let optimizer = decay.with_grad_clipping(Some(clipping)).init();
    let (learn, watch) = (Lines::of(spec, learn)?, Lines::of(spec, watch)?);
    let cut = ChordCutter::new(options);
    let lesson = HarmonyLesson { options, exam: cut.exam(&watch, EXAM) };
    let wanted = "a piece of three measures or more is wanted, with chords";
    for (split, nothing) in [("train", learn.measures() == 0), ("valid", lesson.exam.is_empty())] {
        if nothing {
            return Err(TrainError::Nothing { split, wanted });
        }
    }
    let plan = Plan {
        epochs: options.epochs,
        batches: cut.batches_per_epoch(&learn),
        learning_rate: options.learning_rate,
        average: options.average,
        seed: options.seed,
        run: format!("{} measures, {}", learn.measures(), serde_json::to_string(options).unwrap_or_default()),
    };
    course::run(&lesson, &plan, bench, optimizer, move |rng: &mut Rng| Ok(cut.draw(&learn, rng)), tell)
}

struct HarmonyLesson<'a> {
    options: &'a HarmonyOptions,
    exam: Vec<ChordWindows>,
}

/// ln P of each chord in each half measure: `[halves · batch, CHORD_CLASSES]`.
fn chances(net: &HarmonyNet, windows: &ChordWindows, device: &Device) -> Tensor<2> {
    let rows = windows.weight.len();
    let inputs = Tensor::from_data(TensorData::new(windows.inputs.clone(), [rows, HALF_INPUTS]), device);
    log_softmax(net.forward(inputs, windows.batch), 1)
}

impl Lesson for HarmonyLesson<'_> {
    type Net = HarmonyNet;
    type Batch = ChordWindows;
    type Epoch = HarmonyEpoch;

    fn net(&self, device: &Device) -> HarmonyNet {
        HarmonyNet::new(&self.options.net, device)
    }

    #[expect(clippy::cast_precision_loss, reason = "few classes")]
    fn loss(&self, net: &HarmonyNet, windows: ChordWindows, _: f64, device: &Device) -> Loss {
        let rows = windows.weight.len();
        let mut targets = vec![0.0; rows * CHORD_CLASSES];
        for ((row, &label), &weight) in
            targets.chunks_exact_mut(CHORD_CLASSES).zip(&windows.labels).zip(&windows.weight)
        {
            row.fill(weight * SMOOTHING / CHORD_CLASSES as f32);
            row[label] += weight * (1.0 - SMOOTHING);
        }
        let halves = windows.weight.iter().sum::<f32>().max(1.0);
        let targets: Tensor<2> = Tensor::from_data(TensorData::new(targets, [rows, CHORD_CLASSES]), device);
        let cost = (chances(net, &windows, device) * targets).sum().neg().div_scalar(halves);
        Loss { total: cost.clone(), nll: cost }
    }

    fn examine(&self, weights: &[NamedTensor], number: usize, train_nll: f64) -> (HarmonyEpoch, HarmonyNet) {
        let device = Device::flex();
        // PANIC: the same shapes, taken from the same configuration.
        let plain =
            set_weights(HarmonyNet::new(&self.options.net, &device), weights).expect("a net's own weights fit it");
        let (mut nats, mut right, mut halves) = (0.0, 0.0, 0.0);
        for windows in &self.exam {
            let found = numbers(chances(&plain, windows, &device));
            for ((row, &label), &weight) in found.chunks_exact(CHORD_CLASSES).zip(&windows.labels).zip(&windows.weight)
            {
                let best = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                nats -= f64::from(weight * row[label]);
                right += f64::from(weight * f32::from(u8::from(row[label] >= best)));
                halves += f64::from(weight);
            }
        }
        let halves = f64::max(halves, 1.0);
        (HarmonyEpoch { number, train_nll, valid_nll: nats / halves, valid_accuracy: right / halves }, plain)
    }

    fn score(epoch: &HarmonyEpoch) -> f64 {
        epoch.valid_nll
    }
}
