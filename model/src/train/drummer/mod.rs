//! Training a drummer.

mod exam;
mod options;
mod others;
mod played;
mod takes;
mod windows;

use burn::grad_clipping::GradientClippingConfig;
use burn::optim::AdamWConfig;
use burn::tensor::activation::{log_sigmoid, log_softmax};
use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use crate::music::band::BandSpec;
use crate::music::drums::DRUMS;
use crate::random::{Rng, mix};
use crate::systems::drummer::features::DRUM_INPUTS;
use crate::systems::drummer::{DrummerNet, LOUDNESSES, OFFSETS};
use crate::systems::nn::{NamedTensor, numbers, set_weights};
use crate::train::course::{self, Lesson, Loss, News, Plan, TrainError, Workbench};

pub use exam::{DrumScore, drum_counts, drum_score};
pub use options::DrummerOptions;
pub use played::{DrumFigures, StylesApart, fill_shares, played_alike, styles_told_apart};
pub use takes::{DrumTake, read_takes};
pub use windows::{DrumCutter, DrumWindows};

/// Batches of the validation takes that are examined after each epoch, at most. Chosen: about all of them, in seconds.
const EXAM: usize = 6;

/// What an epoch reached.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DrummerEpoch {
    /// Counted from 1.
    pub number: usize,
    /// Training loss: nats per step.
    pub train_nll: f64,
    /// Validation: nats per step.
    pub valid_nll: f64,
    /// Of these, what it costs to say what is struck.
    pub valid_hits_per_step: f64,
    /// How loud.
    pub valid_loudness_per_step: f64,
    /// And where.
    pub valid_offset_per_step: f64,
}

/// Trains a net on `learn`, watched on `watch`; goes on from the checkpoint beside the workbench's file if there is one. The
/// caller keeps the nets that it is told of.
///
/// # Errors
/// [`TrainError`].
pub fn train(
    options: &DrummerOptions,
    learn: Vec<DrumTake>,
    watch: &[DrumTake],
    bench: Workbench<'_>,
    tell: impl FnMut(News<'_, DrummerEpoch, DrummerNet>),
) -> Result<(), TrainError> {
    options.check(&BandSpec::drums())?;
    let clipping = GradientClippingConfig::Norm(options.clip);
    let decay = AdamWConfig::new().with_weight_decay(options.weight_decay);
    let optimizer = decay.with_grad_clipping(Some(clipping)).init();
    let cut = DrumCutter::new(options);
    let exams = cut.batches_per_epoch(watch).min(EXAM);
    let exam = (0_u64..).take(exams).map(|number| cut.draw(watch, &mut Rng::new(mix(1, number)))).collect();
    let lesson = DrummerLesson { options, exam };
    let measures: usize = learn.iter().map(|take| take.measures.len()).sum();
    let plan = Plan {
        epochs: options.epochs,
        batches: cut.batches_per_epoch(&learn),
        learning_rate: options.learning_rate,
        average: options.average,
        seed: options.seed,
        run: format!("{measures} measures, {}", serde_json::to_string(options).unwrap_or_default()),
    };
    course::run(&lesson, &plan, bench, optimizer, move |rng: &mut Rng| Ok(cut.draw(&learn, rng)), tell)
}

struct DrummerLesson<'a> {
    options: &'a DrummerOptions,
    exam: Vec<DrumWindows>,
}

/// What a batch costs in nats, all steps together: to say what is struck, how loud, and where.
fn costs(net: &DrummerNet, windows: &DrumWindows, device: &Device) -> [Tensor<1>; 3] {
    let rows = windows.rows();
    let tensor = |numbers: &[f32], width: usize| -> Tensor<2> {
        Tensor::from_data(TensorData::new(numbers.to_vec(), [rows, width]), device)
    };
    let struck = tensor(&windows.struck, DRUMS);
    let (loud, beside) = (tensor(&windows.loud, DRUMS), tensor(&windows.beside, DRUMS));
    let said = net.forward(tensor(&windows.inputs, DRUM_INPUTS), &struck, &loud, &beside, windows.batch);
    let rests = struck.clone().neg().add_scalar(1.0);
    let hits = log_sigmoid(said.hits.clone()) * struck + log_sigmoid(said.hits.neg()) * rests;
    // Of the drums that are struck the right part alone has weight.
    let right = |logits: Tensor<2>, parts: usize, wanted: &[Option<usize>]| {
        let mut target = vec![0.0; rows * DRUMS * parts];
        for (place, part) in wanted.iter().enumerate() {
            if let Some(part) = part {
                target[place * parts + part] = 1.0;
            }
        }
        let target: Tensor<2> = Tensor::from_data(TensorData::new(target, [rows * DRUMS, parts]), device);
        (log_softmax(logits.reshape([rows * DRUMS, parts]), 1) * target).sum().neg()
    };
    [
        hits.sum().neg(),
        right(said.loudness, LOUDNESSES, &windows.loudness_parts),
        right(said.offset, OFFSETS, &windows.offset_parts),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "few rows")]
fn per_step(windows: &DrumWindows) -> f32 {
    windows.rows().max(1) as f32
}

impl Lesson for DrummerLesson<'_> {
    type Net = DrummerNet;
    type Batch = DrumWindows;
    type Epoch = DrummerEpoch;

    fn net(&self, device: &Device) -> DrummerNet {
        DrummerNet::new(&self.options.net, device)
    }

    fn loss(&self, net: &DrummerNet, windows: DrumWindows, _: f64, device: &Device) -> Loss {
        let [hits, loudness, offset] = costs(net, &windows, device);
        let total = (hits + loudness + offset).div_scalar(per_step(&windows));
        Loss { total: total.clone(), nll: total }
    }

    fn examine(&self, weights: &[NamedTensor], number: usize, train_nll: f64) -> (DrummerEpoch, DrummerNet) {
        let device = Device::flex();
        // PANIC: the same shapes, taken from the same configuration.
        let plain =
            set_weights(DrummerNet::new(&self.options.net, &device), weights).expect("a net's own weights fit it");
        let (mut sums, mut steps) = ([0.0f64; 3], 0.0);
        for windows in &self.exam {
            for (sum, cost) in sums.iter_mut().zip(costs(&plain, windows, &device)) {
                *sum += numbers(cost.unsqueeze::<2>()).iter().copied().map(f64::from).sum::<f64>();
            }
            steps += f64::from(per_step(windows));
        }
        let [hits, loudness, offset] = sums.map(|sum| sum / f64::max(steps, 1.0));
        let epoch = DrummerEpoch {
            number,
            train_nll,
            valid_nll: hits + loudness + offset,
            valid_hits_per_step: hits,
            valid_loudness_per_step: loudness,
            valid_offset_per_step: offset,
        };
        (epoch, plain)
    }

    fn score(epoch: &DrummerEpoch) -> f64 {
        epoch.valid_nll
    }
}
