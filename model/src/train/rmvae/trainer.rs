//! Training an RMVAE.

use std::sync::Arc;

use burn::grad_clipping::GradientClippingConfig;
use burn::optim::AdamConfig;
use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use crate::music::band::BandSpec;
use crate::random::Rng;
use crate::systems::checks::{self, Refused};
use crate::systems::nn::{NamedTensor, set_weights};
use crate::systems::rmvae::{Layout, RmvaeConfig, RmvaeNet};
use crate::systems::system::SystemForm;
use crate::train::course::{self, Lesson, Loss, News, Plan, TrainError, Workbench};
use crate::train::library::{Library, LibraryError};
use crate::train::limits;
use crate::train::rmvae::objective::{self, LossWeights, ShapedNet, Terms};
use crate::train::rmvae::windows::{Spoil, WindowCutter, WindowOptions, Windows};

/// The most measures in all windows of a batch. Chosen: eight times the default; 192 of them take 0.6 GB (measured), so
/// many some 13.
const MOST_MEASURES: usize = 1 << 12;

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
    /// that the net learns to say how likely each note is, whatever the others are.
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

impl TrainOptions {
    /// Can such a net of this band be trained so?
    ///
    /// # Errors
    /// [`Refused`], which names the option that is wrong and what it may be.
    pub fn check(&self, band: &BandSpec) -> Result<(), Refused> {
        self.net.check(band).map_err(|refused| refused.within("net"))?;
        self.loss.check().map_err(|refused| refused.within("loss"))?;
        limits::epochs(self.epochs)?;
        limits::windows(("batch", self.batch), ("measures", self.measures), MOST_MEASURES)?;
        checks::rate("learning-rate", self.learning_rate, limits::ADAM)?;
        checks::up_to("weight-decay", self.weight_decay.into(), 1.0)?;
        limits::clip(self.clip)?;
        checks::chance("noise", self.noise)?;
        checks::chance("transpose", self.transpose)?;
        checks::chance("blind", self.blind)?;
        checks::chance("average", self.average)
    }
}

/// What an epoch reached.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RmvaeEpoch {
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

/// Trains a net on `learn`, watched on `watch`; goes on from the checkpoint beside the workbench's file if there is one. The
/// caller keeps the nets that it is told of.
///
/// # Errors
/// [`TrainError`].
pub fn train(
    spec: &BandSpec,
    options: &TrainOptions,
    learn: Library,
    watch: Library,
    bench: Workbench<'_>,
    tell: impl FnMut(News<'_, RmvaeEpoch, RmvaeNet>),
) -> Result<(), TrainError> {
    options.check(spec)?;
    let clipping = GradientClippingConfig::Norm(options.clip);
    let decay = burn::optim::decay::WeightDecayConfig::new(options.weight_decay);
    let optimizer = AdamConfig::new().with_weight_decay(Some(decay)).with_grad_clipping(Some(clipping)).init();
    let window_options = |spoil| WindowOptions {
        batch: options.batch,
        measures: options.measures,
        noise: if spoil == Spoil::Jam { options.noise } else { 0.0 },
        transpose: 0.0,
        blind: 0.0,
        spoil,
    };
    let cutter = |options: WindowOptions, net: &RmvaeConfig, pieces: &Arc<Library>| {
        WindowCutter::new(spec.clone(), net.clone(), options, Arc::clone(pieces))
    };
    for (split, pieces) in [("train", &learn), ("valid", &watch)] {
        if pieces.lengths().all(|length| length <= options.net.offset) {
            let wanted = "every piece is over before the first measure that is predicted; longer ones are wanted";
            return Err(TrainError::Nothing { split, wanted });
        }
    }
    let watch = Arc::new(watch);
    let exam = |spoil| -> Result<Vec<Windows>, LibraryError> {
        let cut = cutter(window_options(spoil), &options.net, &watch);
        let mut rng = Rng::new(options.seed);
        (0..cut.batches_per_epoch().clamp(1, 6)).map(|_| cut.cut(&mut rng)).collect()
    };
    let exams = [exam(Spoil::None)?, exam(Spoil::Jam)?];
    let lesson = RmvaeLesson { options, layouts: Layout::of(spec, options.net.rests), exams };
    let spoilt = WindowOptions { transpose: options.transpose, blind: options.blind, ..window_options(Spoil::Jam) };
    let run = format!("{} pieces, {}", learn.len(), serde_json::to_string(options).unwrap_or_default());
    let cut = cutter(spoilt, &options.net, &Arc::new(learn));
    let plan = Plan {
        epochs: options.epochs,
        batches: cut.batches_per_epoch(),
        learning_rate: options.learning_rate,
        average: options.average,
        seed: options.seed,
        run,
    };
    let (rows, latent) = (options.batch * options.measures, options.net.latent);
    let batch = move |rng: &mut Rng| {
        let windows = cut.cut(rng)?;
        Ok((windows, (0..rows * latent).map(|_| rng.normal()).collect()))
    };
    course::run(&lesson, &plan, bench, optimizer, batch, tell)
}

struct RmvaeLesson<'a> {
    options: &'a TrainOptions,
    layouts: Vec<Layout>,
    /// Validation windows: true histories, and spoilt ones.
    exams: [Vec<Windows>; 2],
}

impl Lesson for RmvaeLesson<'_> {
    type Net = RmvaeNet;
    /// The windows, and the noise that z is sampled with: `[rows · latent]`.
    type Batch = (Windows, Vec<f32>);
    type Epoch = RmvaeEpoch;

    fn net(&self, device: &Device) -> RmvaeNet {
        RmvaeNet::new(&self.options.net, &self.layouts, device)
    }

    fn loss(&self, net: &RmvaeNet, (windows, noise): Self::Batch, done: f64, device: &Device) -> Loss {
        let TrainOptions { net: config, loss, .. } = self.options;
        let rows = noise.len() / config.latent;
        let noise = Tensor::from_data(TensorData::new(noise, [rows, config.latent]), device);
        let beta = annealed(done);
        let shaped = ShapedNet { net, config, layouts: &self.layouts };
        let cost = objective::cost(shaped, Terms { weights: loss, beta }, Some(noise), windows, device);
        Loss { total: cost.total, nll: cost.nll }
    }

    fn examine(&self, weights: &[NamedTensor], number: usize, train_nll: f64) -> (RmvaeEpoch, RmvaeNet) {
        let TrainOptions { net: config, loss, .. } = self.options;
        let plain = without_gradients(weights, config, &self.layouts);
        let shaped = ShapedNet { net: &plain, config, layouts: &self.layouts };
        let scores = self.exams.each_ref().map(|windows| examine(shaped, loss, windows));
        let epoch = RmvaeEpoch { number, train_nll, valid_nll: scores[0].0, jam_nll: scores[1].0, kl: scores[0].1 };
        (epoch, plain)
    }

    fn score(epoch: &RmvaeEpoch) -> f64 {
        epoch.valid_nll + epoch.jam_nll
    }
}

/// β of the KL term: 0 until 1 % of the training, then rising to 1 at 40 % (Vignal 2020).
#[expect(clippy::cast_possible_truncation, reason = "0…1")]
fn annealed(done: f64) -> f32 {
    ((done - 0.01) / 0.39).clamp(0.0, 1.0) as f32
}

/// A net with these weights on a device without gradients.
fn without_gradients(weights: &[NamedTensor], config: &RmvaeConfig, layouts: &[Layout]) -> RmvaeNet {
    let plain = RmvaeNet::new(config, layouts, &Device::flex());
    // PANIC: the same shapes, taken from the same configuration.
    set_weights(plain, weights).expect("a net's own weights fit it")
}

/// Mean NLL (nats per sixteenth and voice) and KL (nats per measure) over these windows.
fn examine(shaped: ShapedNet<'_>, weights: &LossWeights, windows: &[Windows]) -> (f64, f64) {
    let device = Device::flex();
    let (mut nll, mut kl) = (0.0, 0.0);
    for batch in windows {
        let cost = objective::cost(shaped, Terms { weights, beta: 0.0 }, None, batch.clone(), &device);
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
