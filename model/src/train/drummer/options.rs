//! How a drummer is trained.

use serde::{Deserialize, Serialize};

use crate::music::band::BandSpec;
use crate::systems::checks::{self, Refused};
use crate::systems::drummer::DrummerConfig;
use crate::systems::system::SystemForm;
use crate::train::limits;

/// How to train a drummer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct DrummerOptions {
    /// The net.
    pub net: DrummerConfig,
    /// Passes over the takes.
    pub epochs: usize,
    /// Windows in a batch.
    pub batch: usize,
    /// Steps in a window.
    pub steps: usize,
    /// Adam's rate at its highest; it rises over the first hundredth and falls along a cosine.
    pub learning_rate: f64,
    /// How fast weights decay.
    pub weight_decay: f32,
    /// Longest gradient of a weight tensor.
    pub clip: f32,
    /// How likely a window's style is not told, and its feel.
    pub unnamed: f32,
    /// As above.
    pub unfelt: f32,
    /// How far the figures of a feel are off, as a standard deviation.
    pub feel_noise: f32,
    /// How likely each of the measures ago is not known in a window.
    pub forgotten: f32,
    /// How likely a stroke of the past is not heard; a third as often one is heard that was none.
    pub noise: f32,
    /// How likely the user is heard, and how likely bass and chords each.
    pub heard: f32,
    /// How likely a window is in another meter: beats of its measures are left out.
    pub other_meter: f32,
    /// How much of the mean weights stays at each batch, 0…1: the mean is what is examined and kept.
    pub average: f32,
    /// Everything random comes from this.
    pub seed: u64,
}

impl Default for DrummerOptions {
    fn default() -> Self {
        Self {
            net: DrummerConfig::default(),
            epochs: 14,
            batch: 24,
            steps: 128,
            learning_rate: 3e-3,
            weight_decay: 1e-2,
            clip: 1.0,
            unnamed: 0.2,
            unfelt: 0.1,
            feel_noise: 0.1,
            forgotten: 0.1,
            noise: 0.04,
            heard: 0.5,
            other_meter: 0.15,
            average: 0.99,
            seed: 1,
        }
    }
}

/// The most steps in all windows of a batch. Chosen: a hundred times the default; its numbers are some gigabytes.
const MOST_STEPS: usize = 1 << 20;

impl DrummerOptions {
    /// Can such a net be trained so?
    ///
    /// # Errors
    /// [`Refused`], which names the option that is wrong and what it may be.
    pub fn check(&self, band: &BandSpec) -> Result<(), Refused> {
        self.net.check(band).map_err(|refused| refused.within("net"))?;
        limits::epochs(self.epochs)?;
        limits::windows(("batch", self.batch), ("steps", self.steps), MOST_STEPS)?;
        checks::rate("learning-rate", self.learning_rate, limits::ADAM)?;
        checks::up_to("weight-decay", self.weight_decay.into(), 1.0)?;
        limits::clip(self.clip)?;
        checks::up_to("feel-noise", self.feel_noise.into(), 10.0)?;
        for (option, chance) in [
            ("unnamed", self.unnamed),
            ("unfelt", self.unfelt),
            ("forgotten", self.forgotten),
            ("noise", self.noise),
            ("heard", self.heard),
            ("other-meter", self.other_meter),
            ("average", self.average),
        ] {
            checks::chance(option, chance)?;
        }
        Ok(())
    }
}
