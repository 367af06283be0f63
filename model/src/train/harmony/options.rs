//! How a harmony net is trained.

use serde::{Deserialize, Serialize};

use crate::music::band::BandSpec;
use crate::systems::checks::{self, Refused};
use crate::systems::harmony::HarmonyConfig;
use crate::systems::system::SystemForm;
use crate::train::limits;

/// How to train a harmony net.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct HarmonyOptions {
    /// The net.
    pub net: HarmonyConfig,
    /// Passes over the pieces.
    pub epochs: usize,
    /// Windows in a batch.
    pub batch: usize,
    /// Measures in a window.
    pub measures: usize,
    /// Adam's rate at its highest; it rises over the first hundredth and falls along a cosine.
    pub learning_rate: f64,
    /// How fast weights decay.
    pub weight_decay: f32,
    /// Longest gradient of a weight tensor.
    pub clip: f32,
    /// How likely a window's chords are not heard, and how likely they are heard in a wrong key.
    pub missing: f32,
    /// As above.
    pub wrong: f32,
    /// How likely a chord that was heard is another one.
    pub noise: f32,
    /// How likely a measure of the user's is imagined: what was played at a lag stands in its place.
    pub imagined: f32,
    /// How likely the user plays another voice than the band's first.
    pub other_voice: f32,
    /// How likely a window is moved by −6…5 semitones, as if the key were not found.
    pub transpose: f32,
    /// How much of the mean weights stays at each batch, 0…1: the mean is what is examined and kept.
    pub average: f32,
    /// Everything random comes from this.
    pub seed: u64,
}

impl Default for HarmonyOptions {
    fn default() -> Self {
        Self {
            net: HarmonyConfig::default(),
            epochs: 16,
            batch: 64,
            measures: 10,
            learning_rate: 2e-3,
            weight_decay: 1e-2,
            clip: 1.0,
            missing: 0.5,
            wrong: 0.2,
            noise: 0.15,
            imagined: 0.4,
            other_voice: 0.2,
            transpose: 0.1,
            average: 0.99,
            seed: 1,
        }
    }
}

/// The most measures in all windows of a batch. Chosen: a hundred times the default; its numbers are some gigabytes.
const MOST_MEASURES: usize = 1 << 16;

impl HarmonyOptions {
    /// Can such a net of this band be trained so?
    ///
    /// # Errors
    /// [`Refused`], which names the option that is wrong and what it may be.
    pub fn check(&self, band: &BandSpec) -> Result<(), Refused> {
        self.net.check(band).map_err(|refused| refused.within("net"))?;
        limits::epochs(self.epochs)?;
        limits::windows(("batch", self.batch), ("measures", self.measures), MOST_MEASURES)?;
        checks::rate("learning-rate", self.learning_rate, limits::ADAM)?;
        checks::up_to("weight-decay", self.weight_decay.into(), 1.0)?;
        limits::clip(self.clip)?;
        for (option, chance) in [
            ("missing", self.missing),
            ("wrong", self.wrong),
            ("noise", self.noise),
            ("imagined", self.imagined),
            ("other-voice", self.other_voice),
            ("transpose", self.transpose),
            ("average", self.average),
        ] {
            checks::chance(option, chance)?;
        }
        Ok(())
    }
}
