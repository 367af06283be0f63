//! The biaxial LSTM in a band file.

use std::sync::Arc;

use burn::tensor::Device;

use crate::music::band::BandSpec;
use crate::predict::fallback::Fallback;
use crate::predict::predictor::{HISTORY, Predictor};
use crate::systems::biaxial::{BiaxialConfig, BiaxialNet, BiaxialPredictor, TrainedBiaxial};
use crate::systems::checks::{self, Refused};
use crate::systems::nn::{get_weights, set_weights};
use crate::systems::system::{Kept, Parts, PartsError, System, SystemForm};

/// The largest layer that a file is believed to have, in units; the published net's has 300. Chosen: seven times that.
const MOST_UNITS: usize = 2048;

/// The most layers along an axis that a file is believed to have. Chosen: four times the published net's.
const MOST_LAYERS: usize = 8;

impl SystemForm for BiaxialConfig {
    fn check(&self, _: &BandSpec) -> Result<(), Refused> {
        for (option, axis) in [("time", &self.time), ("note", &self.note)] {
            checks::layers(option, axis, MOST_LAYERS, MOST_UNITS)?;
        }
        checks::count("window", self.window, 1..=HISTORY)?;
        let (option, larger) = if self.time.iter().sum::<usize>() < self.note.iter().sum() {
            ("note", &self.note)
        } else {
            ("time", &self.time)
        };
        checks::weights(option, larger, self.numbers())
    }

    fn read(&self, Kept { band, parts, .. }: &Kept<'_>) -> Result<Arc<dyn System>, PartsError> {
        parts.at_least(self.numbers())?;
        let net = set_weights(BiaxialNet::new(self, &Device::flex()), &parts.weights)?;
        Ok(Arc::new(TrainedBiaxial::new((*band).clone(), self.clone(), net)))
    }
}

impl System for TrainedBiaxial {
    fn parts(&self) -> Parts {
        Parts { weights: get_weights(&self.net), counts: None }
    }

    fn predictor(self: Arc<Self>, _: Arc<dyn Fallback>) -> Box<dyn Predictor> {
        Box::new(BiaxialPredictor::new(self))
    }
}
