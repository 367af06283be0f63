//! A drummer in a band file.

use std::sync::Arc;

use burn::tensor::Device;

use super::features::DRUM_INPUTS;
use super::on_grid::DrumsOnGrid;
use super::people::people_of;
use super::{DrummerConfig, DrummerNet, LOUDNESSES, OFFSETS, TrainedDrummer};
use crate::music::band::BandSpec;
use crate::music::drums::DRUMS;
use crate::predict::fallback::Fallback;
use crate::predict::predictor::Predictor;
use crate::systems::checks::{self, Allowed, Refused};
use crate::systems::nn::set_weights;
use crate::systems::system::{Kept, Parts, PartsError, System, SystemForm};

/// The largest layer that a file is believed to have, in units; ours have about a hundred. Chosen: sixteen times that.
const MOST_UNITS: usize = 2048;

/// The most layers that a file is believed to have. Chosen: four times ours.
const MOST_LAYERS: usize = 8;

impl DrummerConfig {
    /// The numbers in all weights of such a net.
    #[must_use]
    pub fn numbers(&self) -> usize {
        let inputs = std::iter::once(DRUM_INPUTS).chain(self.units.iter().copied());
        let layer = |(input, &units): (usize, &usize)| {
            4usize.saturating_mul(units).saturating_mul(input.saturating_add(units).saturating_add(1))
        };
        let last = self.units.last().copied().unwrap_or(0).saturating_add(DRUM_INPUTS + 1);
        let head = |width: usize, given: usize| {
            last.saturating_add(given).saturating_mul(DRUMS * width).saturating_add(DRUMS * DRUMS * width)
        };
        let heads = [head(1, 0), head(LOUDNESSES, DRUMS), head(OFFSETS, 2 * DRUMS)];
        inputs.zip(&self.units).map(layer).chain(heads).fold(0, usize::saturating_add)
    }
}

impl SystemForm for DrummerConfig {
    fn check(&self, band: &BandSpec) -> Result<(), Refused> {
        checks::layers("units", &self.units, MOST_LAYERS, MOST_UNITS)?;
        checks::share("dropout", self.dropout)?;
        if band.voices.len() != 1 {
            let advice = Allowed::With("a drummer is a band of one voice");
            return Err(Refused::new("voices", band.voices.len(), advice));
        }
        checks::weights("units", &self.units, self.numbers())
    }

    fn read(&self, Kept { parts, .. }: &Kept<'_>) -> Result<Arc<dyn System>, PartsError> {
        parts.at_least(self.numbers())?;
        let net = set_weights(DrummerNet::new(self, &Device::flex()), &parts.weights)?;
        let people = people_of(&parts.weights)?;
        Ok(Arc::new(TrainedDrummer::new(self.clone(), &net, people)))
    }
}

impl System for TrainedDrummer {
    fn parts(&self) -> Parts {
        Parts { weights: self.weights.clone(), counts: None }
    }

    fn predictor(self: Arc<Self>, _: Arc<dyn Fallback>) -> Box<dyn Predictor> {
        Box::new(DrumsOnGrid::new(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::nn::numbers_in;

    #[test]
    fn a_net_has_as_many_numbers_as_its_form_says() {
        for units in [vec![128, 128], vec![7]] {
            let config = DrummerConfig { units, ..DrummerConfig::default() };
            assert_eq!(config.numbers(), numbers_in(&DrummerNet::new(&config, &Device::flex())));
        }
    }

    #[test]
    fn forms_that_no_net_has_are_refused() {
        let refused = |change: &dyn Fn(&mut DrummerConfig)| {
            let mut config = DrummerConfig::default();
            change(&mut config);
            config.check(&BandSpec::drums()).is_err()
        };
        assert!(refused(&|config| config.units.clear()) && refused(&|config| config.units = vec![1 << 40]));
        assert!(refused(&|config| config.dropout = 1.0) && !refused(&|_| {}));
        assert!(DrummerConfig::default().check(&BandSpec::pop()).is_err(), "a pop band is no drummer");
    }
}
