//! Training a biaxial LSTM.

use crate::systems::checks::{self, Refused};
use crate::systems::system::SystemForm;
pub mod windows;

use burn::grad_clipping::GradientClippingConfig;
use burn::optim::AdamConfig;
use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use crate::music::band::BandSpec;
use crate::random::Rng;
use crate::systems::biaxial::encoding::{INPUTS, PITCHES};
use crate::systems::biaxial::{BiaxialConfig, BiaxialNet, loss};
use crate::systems::nn::{NamedTensor, set_weights};
use crate::train::course::{self, Lesson, Loss, News, Plan, TrainError, Workbench};
use crate::train::library::Library;
use crate::train::limits;

use windows::{BiaxialCutter, BiaxialWindows};

/// Batches of the validation pieces that are examined after each epoch, at most. Chosen: enough for a steady figure, in
/// seconds.
const EXAM: usize = 32;

/// How to train a biaxial LSTM.
///
/// Published: Adadelta, dropout 0.5, windows of 8 measures. Here it is Adam, which burn has and which needs no search
/// for its rate; and, since there is less music, less dropout and shorter windows.
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

/// The most measures in all windows of a batch. Chosen: 64 times the default; its numbers are some gigabytes.
const MOST_MEASURES: usize = 1 << 10;

impl BiaxialOptions {
    /// Can such a net of this band be trained so?
    ///
    /// # Errors
    /// [`Refused`], which names the option that is wrong and what it may be.
    pub fn check(&self, band: &BandSpec) -> Result<(), Refused> {
        self.net.check(band).map_err(|refused| refused.within("net"))?;
        checks::share("dropout", self.dropout)?;
        limits::epochs(self.epochs)?;
        limits::windows(("batch", self.batch), ("measures", self.measures), MOST_MEASURES)?;
        checks::rate("learning-rate", self.learning_rate, limits::ADAM)?;
        limits::clip(self.clip)?;
        checks::chance("missing", self.missing)?;
        checks::chance("transpose", self.transpose)?;
        checks::chance("average", self.average)
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

/// The nats that a batch costs, in all, as a scalar.
#[must_use]
pub fn cost(net: &BiaxialNet, windows: BiaxialWindows, dropout: f64, device: &Device) -> Tensor<1> {
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

/// Trains a net on `learn`, watched on `watch`; goes on from the checkpoint beside the workbench's file if there is one. The
/// caller keeps the nets that it is told of.
///
/// # Errors
/// [`TrainError`].
pub fn train(
    spec: &BandSpec,
    options: &BiaxialOptions,
    learn: Library,
    watch: &Library,
    bench: Workbench<'_>,
    tell: impl FnMut(News<'_, BiaxialEpoch, BiaxialNet>),
) -> Result<(), TrainError> {
    options.check(spec)?;
    let clipping = GradientClippingConfig::Norm(options.clip);
    let optimizer = AdamConfig::new().with_grad_clipping(Some(clipping)).init();
    let (batch, measures) = (options.batch, options.measures);
    let exam = BiaxialCutter { spec: spec.clone(), batch, measures, missing: 0.0, transpose: 0.0 };
    let cut = BiaxialCutter { missing: options.missing, transpose: options.transpose, ..exam.clone() };
    let lesson = BiaxialLesson { options, exam: exam.exam(watch, EXAM)? };
    let plan = Plan {
        epochs: options.epochs,
        batches: cut.batches_per_epoch(&learn),
        learning_rate: options.learning_rate,
        average: options.average,
        seed: options.seed,
        run: format!("{} pieces, {}", learn.len(), serde_json::to_string(options).unwrap_or_default()),
    };
    course::run(&lesson, &plan, bench, optimizer, move |rng: &mut Rng| cut.draw(&learn, rng), tell)
}

struct BiaxialLesson<'a> {
    options: &'a BiaxialOptions,
    exam: Vec<BiaxialWindows>,
}

impl Lesson for BiaxialLesson<'_> {
    type Net = BiaxialNet;
    type Batch = BiaxialWindows;
    type Epoch = BiaxialEpoch;

    fn net(&self, device: &Device) -> BiaxialNet {
        BiaxialNet::new(&self.options.net, device)
    }

    fn loss(&self, net: &BiaxialNet, windows: BiaxialWindows, _: f64, device: &Device) -> Loss {
        let steps = f64::from(windows.weight.iter().sum::<f32>().max(1.0));
        let cost = cost(net, windows, self.options.dropout, device) / steps;
        Loss { total: cost.clone(), nll: cost }
    }

    fn examine(&self, weights: &[NamedTensor], number: usize, train_nll: f64) -> (BiaxialEpoch, BiaxialNet) {
        let plain = without_gradients(weights, &self.options.net);
        let (valid_per_step, valid_per_note) = examine(&plain, &self.exam);
        (BiaxialEpoch { number, train_nll, valid_per_step, valid_per_note }, plain)
    }

    fn score(epoch: &BiaxialEpoch) -> f64 {
        epoch.valid_per_step
    }
}

/// A net with these weights on a device without gradients.
fn without_gradients(weights: &[NamedTensor], config: &BiaxialConfig) -> BiaxialNet {
    // PANIC: the same shapes, taken from the same configuration.
    set_weights(BiaxialNet::new(config, &Device::flex()), weights).expect("a net's own weights fit it")
}

/// Nats per sixteenth and nats per struck note of these windows, all voices together.
#[must_use]
pub fn examine(net: &BiaxialNet, exam: &[BiaxialWindows]) -> (f64, f64) {
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
