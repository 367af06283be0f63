//! Training a harmony net.

mod believe;
mod imagine;
mod lines;
mod name;
mod options;
mod temper;
pub mod windows;

use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use crate::music::band::BandSpec;
use crate::random::Rng;
use crate::systems::harmony::classes::CHORD_CLASSES;
use crate::systems::harmony::story::{ASKED, NEAR, PLACE_INPUTS, PLACES};
use crate::systems::harmony::{HarmonyConfig, HarmonyNet, Questions};
use crate::systems::nn::{NamedTensor, numbers, set_weights};
use crate::train::course::{self, Lesson, Loss, News, TrainError, Workbench};

pub use believe::{BelieverEpoch, train_believer};
pub use imagine::{ImaginerEpoch, train_imaginer};
pub use lines::{ChordSet, Lines};
pub use name::{NamerEpoch, train_namer};
pub use options::HarmonyOptions;
pub use temper::temperature;
use windows::{ChordCutter, ChordWindows};

/// Batches of the validation pieces that are examined after each epoch, at most. Chosen: enough for a steady figure, in
/// seconds.
const EXAM: usize = 32;

/// What an epoch reached.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HarmonyEpoch {
    /// Counted from 1.
    pub number: usize,
    /// Training loss: nats per half measure.
    pub train_nll: f64,
    /// Validation, second-next, half of it with all chords heard: nats per half measure.
    pub valid_nll: f64,
    /// The same: e to the mean of ln P of the right chord.
    pub valid_likelihood: f64,
}

/// Trains a net on `learn`, watched on `watch`; goes on from the checkpoint beside the workbench's file if there is one. The
/// caller keeps the nets that it is told of.
///
/// # Errors
/// [`TrainError`].
pub fn train(
    spec: &BandSpec,
    options: &HarmonyOptions,
    learn: &[ChordSet],
    watch: &[ChordSet],
    bench: Workbench<'_>,
    tell: impl FnMut(News<'_, HarmonyEpoch, HarmonyNet>),
) -> Result<(), TrainError> {
    options.check(spec)?;
    let (learn, watch) = (Lines::of(learn)?, Lines::of(watch)?);
    let cut = ChordCutter::new(options);
    let form = options.net.alone();
    let lesson = HarmonyLesson { form, exam: cut.exam(&watch, EXAM) };
    let wanted = "a piece of three measures or more is wanted, with chords";
    Lines::check([learn.measures() == 0, lesson.exam.is_empty()], wanted)?;
    if options.net.believes > 0 {
        // Better now than when the rest is trained.
        believe::check(&learn, &watch)?;
    }
    let plan = options.plan("", options.epochs, cut.batches_per_epoch(&learn), learn.measures());
    course::run(&lesson, &plan, bench, options.optimizer(), move |rng: &mut Rng| Ok(cut.draw(&learn, rng)), tell)
}

struct HarmonyLesson {
    form: HarmonyConfig,
    exam: Vec<ChordWindows>,
}

/// ln P of the right chord of each half measure: `[halves · batch, 1]`.
fn likelihood(net: &HarmonyNet, windows: &ChordWindows, device: &Device) -> Tensor<2> {
    let rows = windows.weight.len();
    let tensor = |numbers: &[f32], shape: [usize; 2]| -> Tensor<2> {
        Tensor::from_data(TensorData::new(numbers.to_vec(), shape), device)
    };
    let asked = Questions {
        inputs: tensor(&windows.inputs, [rows, ASKED]),
        near: tensor(&windows.near, [rows, NEAR]),
        places: tensor(&windows.places, [rows * PLACES, PLACE_INPUTS]),
    };
    let mut labels = vec![0.0; rows * CHORD_CLASSES];
    labels.chunks_exact_mut(CHORD_CLASSES).zip(&windows.labels).for_each(|(row, &label)| row[label] = 1.0);
    let right = tensor(&windows.right, [rows, PLACES]);
    net.likelihood(asked, windows.batch, right, tensor(&labels, [rows, CHORD_CLASSES]))
}

impl Lesson for HarmonyLesson {
    type Net = HarmonyNet;
    type Batch = ChordWindows;
    type Epoch = HarmonyEpoch;

    fn net(&self, device: &Device) -> HarmonyNet {
        HarmonyNet::new(&self.form, device)
    }

    fn loss(&self, net: &HarmonyNet, windows: ChordWindows, _: f64, device: &Device) -> Loss {
        let rows = windows.weight.len();
        let halves = windows.weight.iter().sum::<f32>().max(1.0);
        let weight: Tensor<2> = Tensor::from_data(TensorData::new(windows.weight.clone(), [rows, 1]), device);
        let cost = (likelihood(net, &windows, device) * weight).sum().neg().div_scalar(halves);
        Loss { total: cost.clone(), nll: cost }
    }

    fn examine(&self, weights: &[NamedTensor], number: usize, train_nll: f64) -> (HarmonyEpoch, HarmonyNet) {
        let device = Device::flex();
        // PANIC: the same shapes, taken from the same configuration.
        let plain = set_weights(HarmonyNet::new(&self.form, &device), weights).expect("a net's own weights fit it");
        let (mut nats, mut halves) = (0.0, 0.0);
        for windows in &self.exam {
            let found = numbers(likelihood(&plain, windows, &device));
            for (likelihood, weight) in found.iter().zip(&windows.weight) {
                nats -= f64::from(weight * likelihood);
                halves += f64::from(*weight);
            }
        }
        let valid_nll = nats / f64::max(halves, 1.0);
        (HarmonyEpoch { number, train_nll, valid_nll, valid_likelihood: (-valid_nll).exp() }, plain)
    }

    fn score(epoch: &HarmonyEpoch) -> f64 {
        epoch.valid_nll
    }
}
