//! Harmony in a band file.

use std::sync::Arc;

use burn::tensor::Device;

use super::classes::CHORD_CLASSES;
use super::net::inputs;
use super::{BlockChords, HarmonyConfig, HarmonyNet, TrainedHarmony};
use super::{believer, harmoniser, imaginer, namer, pointer};
use crate::music::band::BandSpec;
use crate::predict::fallback::Fallback;
use crate::predict::predictor::{HISTORY, Predictor};
use crate::systems::checks::{self, Refused};
use crate::systems::nn::set_weights;
use crate::systems::system::{Kept, Parts, PartsError, System, SystemForm};

/// The largest layer that a file is believed to have, in units; ours have about a hundred. Chosen: sixteen times that.
const MOST_UNITS: usize = 2048;

/// The most layers that a file is believed to have. Chosen: four times ours.
const MOST_LAYERS: usize = 8;

/// The highest temperature of a file. Chosen: ten times what makes any sense; at that all chords are about as likely.
const HOTTEST: f64 = 100.0;

impl HarmonyConfig {
    /// The numbers in all weights of such a net.
    #[must_use]
    pub fn numbers(&self) -> usize {
        let inputs = std::iter::once(inputs(self)).chain(self.units.iter().copied());
        let layer = |(input, &units): (usize, &usize)| {
            4usize.saturating_mul(units).saturating_mul(input.saturating_add(units).saturating_add(1))
        };
        let last = self.units.last().copied().unwrap_or(0).saturating_add(1).saturating_mul(CHORD_CLASSES);
        let pointer =
            if self.copies { pointer::numbers(self.units.last().copied().unwrap_or(0).min(MOST_UNITS)) } else { 0 };
        let own = if self.harmonises > 0 { harmoniser::sizes(self.harmonises).numbers() } else { 0 };
        let namer = if self.names > 0 { namer::numbers(self.names) } else { 0 };
        let believer = if self.believes > 0 { believer::numbers(self.believes) } else { 0 };
        let imaginer = if self.imagines > 0 { imaginer::sizes(self.imagines).numbers() } else { 0 };
        let parts = [pointer, own, namer, believer, imaginer];
        let above = parts.into_iter().fold(last, usize::saturating_add);
        inputs.zip(&self.units).map(layer).fold(above, usize::saturating_add)
    }
}

impl SystemForm for HarmonyConfig {
    fn check(&self, _: &BandSpec) -> Result<(), Refused> {
        checks::layers("units", &self.units, MOST_LAYERS, MOST_UNITS)?;
        checks::share("dropout", self.dropout)?;
        checks::count("window", self.window, 1..=HISTORY)?;
        checks::count("harmonises", self.harmonises, 0..=MOST_UNITS)?;
        checks::count("names", self.names, 0..=MOST_UNITS)?;
        checks::count("believes", self.believes, 0..=MOST_UNITS)?;
        checks::count("imagines", self.imagines, 0..=MOST_UNITS)?;
        checks::rate("temperature", self.temperature.into(), HOTTEST)?;
        checks::up_to("cooling", self.cooling.into(), 1.0)?;
        checks::weights("units", &self.units, self.numbers())
    }

    fn read(&self, Kept { band, parts, .. }: &Kept<'_>) -> Result<Arc<dyn System>, PartsError> {
        parts.at_least(self.numbers())?;
        let net = set_weights(HarmonyNet::new(self, &Device::flex()), &parts.weights)?;
        Ok(Arc::new(TrainedHarmony::new((*band).clone(), self.clone(), &net)))
    }
}

impl System for TrainedHarmony {
    fn parts(&self) -> Parts {
        Parts { weights: self.weights.clone(), counts: None }
    }

    fn predictor(self: Arc<Self>, _: Arc<dyn Fallback>) -> Box<dyn Predictor> {
        Box::new(BlockChords::new(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::nn::numbers_in;

    #[test]
    fn a_net_has_as_many_numbers_as_its_form_says() {
        for (units, copies, [harmonises, names, believes, imagines]) in [
            (vec![128, 128], false, [0, 0, 0, 0]),
            (vec![7], false, [9, 0, 2, 0]),
            (vec![7, 5], true, [0, 3, 0, 6]),
            (vec![7, 5], true, [3, 2, 4, 5]),
        ] {
            let config =
                HarmonyConfig { units, copies, harmonises, names, believes, imagines, ..HarmonyConfig::default() };
            assert_eq!(config.numbers(), numbers_in(&HarmonyNet::new(&config, &Device::flex())));
        }
    }

    #[test]
    fn forms_that_no_net_has_are_refused() {
        let refused = |change: &dyn Fn(&mut HarmonyConfig)| {
            let mut config = HarmonyConfig::default();
            change(&mut config);
            config.check(&BandSpec::pop()).is_err()
        };
        assert!(refused(&|config| config.units.clear()) && refused(&|config| config.units = vec![1 << 40]));
        assert!(
            refused(&|config| config.window = 0)
                && refused(&|config| config.harmonises = 1 << 20)
                && refused(&|config| config.names = 1 << 20)
                && refused(&|config| config.believes = 1 << 20)
                && refused(&|config| config.imagines = 1 << 20)
                && refused(&|config| config.window = 41)
        );
        assert!(refused(&|config| config.dropout = 1.0) && !refused(&|_| {}));
        assert!(refused(&|config| config.temperature = 0.0) && refused(&|config| config.temperature = f32::NAN));
        assert!(refused(&|config| config.cooling = -0.1) && refused(&|config| config.cooling = f32::NAN));
    }
}
