//! The biaxial LSTM in a band file.

use std::sync::Arc;

use burn::tensor::Device;

use crate::music::band::BandSpec;
use crate::predict::fallback::Fallback;
use crate::predict::predictor::Predictor;
use crate::systems::biaxial::{Axes, BiaxialConfig, BiaxialNet, BiaxialPredictor};
use crate::systems::nn::{get_weights, set_weights};
use crate::systems::system::{Parts, PartsError, System};

/// A trained net with what it needs to be read: shared by all that play it.
#[derive(Debug)]
pub struct Trained {
    /// The band.
    pub spec: BandSpec,
    /// The net's form.
    pub config: BiaxialConfig,
    /// Its weights, on a device without gradients.
    pub net: BiaxialNet,
    /// The same, for playing.
    pub axes: Axes,
}

impl Trained {
    /// A net of this form, ready to be shared.
    #[must_use]
    pub fn new(spec: BandSpec, config: BiaxialConfig, net: BiaxialNet) -> Self {
        let axes = Axes::new(&net);
        Self { spec, config, net, axes }
    }

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

impl System for Trained {
    fn parts(&self) -> Parts {
        Parts { weights: get_weights(&self.net), counts: None }
    }

    fn predictor(self: Arc<Self>, _: Arc<dyn Fallback>) -> Box<dyn Predictor> {
        Box::new(BiaxialPredictor::new(self))
    }
}
