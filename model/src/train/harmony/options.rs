//! How a harmony net is trained.

use std::path::PathBuf;

use burn::grad_clipping::GradientClippingConfig;
use burn::optim::{AdamWConfig, ModuleOptimizer};
use serde::{Deserialize, Serialize};

use crate::music::band::BandSpec;
use crate::systems::checks::{self, Allowed, Refused};
use crate::systems::harmony::HarmonyConfig;
use crate::systems::system::SystemForm;
use crate::train::course::Plan;
use crate::train::limits;

/// How to train a harmony net.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct HarmonyOptions {
    /// The net.
    pub net: HarmonyConfig,
    /// A harmony net whose weights are kept, so that only its other parts are trained; empty: all is.
    pub onto: PathBuf,
    /// Passes over the pieces.
    pub epochs: usize,
    /// Passes that train the namer, which soon knows the songs by heart: each hears every half measure four times. 0: that of
    /// `onto` is kept.
    pub namer_epochs: usize,
    /// Passes over the pieces that train the believer. 0: that of `onto` is kept.
    pub believer_epochs: usize,
    /// Passes over the pieces that train the imaginer. 0: that of `onto` is kept.
    pub imaginer_epochs: usize,
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
    /// How likely a window's chords are not heard up to some measure.
    pub missing: f32,
    /// How likely they are heard in a wrong key.
    pub wrong: f32,
    /// How likely those of a band are heard that does not know the song: chords that fit what the user played.
    pub made_up: f32,
    /// How likely a chord that was heard is another one.
    pub noise: f32,
    /// How likely the next measure is asked for, and not the one after it.
    pub next: f32,
    /// How small sets compare with large ones: 0 as often, 1 as often as they are long.
    pub balance: f32,
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
            net: HarmonyConfig { copies: true, names: 160, believes: 24, imagines: 128, ..HarmonyConfig::default() },
            onto: PathBuf::new(),
            epochs: 40,
            namer_epochs: 20,
            believer_epochs: 12,
            imaginer_epochs: 12,
            batch: 64,
            measures: 8,
            learning_rate: 2e-3,
            weight_decay: 1e-2,
            clip: 1.0,
            missing: 0.3,
            wrong: 0.05,
            made_up: 0.1,
            noise: 0.05,
            next: 0.2,
            balance: 0.5,
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
        if !self.net.copies {
            let advice = Allowed::With("give true: nets that copy no chord are still read, but no longer trained");
            return Err(Refused::new("copies", false, advice).within("net"));
        }
        if self.net.harmonises > 0 {
            let advice = Allowed::With("give 0, and names: harmonisers are still read, but no longer trained");
            return Err(Refused::new("harmonises", self.net.harmonises, advice).within("net"));
        }
        if !self.onto.as_os_str().is_empty() && self.net.names == 0 {
            let advice = Allowed::With("give more: the namer is what is trained onto another net");
            return Err(Refused::new("names", 0, advice).within("net"));
        }
        limits::epochs(self.epochs)?;
        if self.onto.as_os_str().is_empty() || self.namer_epochs > 0 {
            limits::epochs_of("namer-epochs", self.namer_epochs)?;
        }
        if self.onto.as_os_str().is_empty() || self.believer_epochs > 0 {
            limits::epochs_of("believer-epochs", self.believer_epochs)?;
        }
        if self.onto.as_os_str().is_empty() || self.imaginer_epochs > 0 {
            limits::epochs_of("imaginer-epochs", self.imaginer_epochs)?;
        }
        limits::windows(("batch", self.batch), ("measures", self.measures), MOST_MEASURES)?;
        checks::rate("learning-rate", self.learning_rate, limits::ADAM)?;
        checks::up_to("weight-decay", self.weight_decay.into(), 1.0)?;
        limits::clip(self.clip)?;
        for (option, chance) in [
            ("missing", self.missing),
            ("wrong", self.wrong),
            ("noise", self.noise),
            ("made-up", self.made_up),
            ("next", self.next),
            ("balance", self.balance),
            ("other-voice", self.other_voice),
            ("transpose", self.transpose),
            ("average", self.average),
        ] {
            checks::chance(option, chance)?;
        }
        Ok(())
    }

    /// What moves the weights.
    pub(super) fn optimizer(&self) -> ModuleOptimizer {
        let clipping = GradientClippingConfig::Norm(self.clip);
        AdamWConfig::new().with_weight_decay(self.weight_decay).with_grad_clipping(Some(clipping)).init()
    }

    /// So many passes, each of so many batches, over so many measures; the name tells what is trained from what else is.
    pub(super) fn plan(&self, name: &str, epochs: usize, batches: usize, measures: usize) -> Plan {
        Plan {
            epochs,
            batches,
            learning_rate: self.learning_rate,
            average: self.average,
            seed: self.seed,
            run: format!("{name}{measures} measures, {}", serde_json::to_string(self).unwrap_or_default()),
        }
    }
}
