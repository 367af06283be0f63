//! The biaxial LSTM in a band file.

use std::sync::Arc;

use burn::tensor::Device;

use crate::music::band::BandSpec;
use crate::predict::fallback::Fallback;
use crate::predict::predictor::Predictor;
use crate::systems::biaxial::{BiaxialConfig, BiaxialNet, BiaxialPredictor, TrainedBiaxial};
use crate::systems::nn::{get_weights, set_weights};
use crate::systems::system::{Parts, PartsError, System};

impl TrainedBiaxial {
    /// The net of this form with these weights.
    ///
    /// # Errors
    /// [`PartsError`] where no net has this form, or the weights are not its own.
    pub fn read(band: &BandSpec, config: &BiaxialConfig, parts: &Parts) -> Result<Self, PartsError> {
        config.check().map_err(PartsError::Form)?;
        parts.at_least(config.least_weights())?;
        let net = set_weights(BiaxialNet::new(config, &Device::flex()), &parts.weights)?;
        Ok(Self::new(band.clone(), config.clone(), net))
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
