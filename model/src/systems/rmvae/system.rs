//! The RMVAE in a band file.

use std::sync::Arc;

use burn::tensor::Device;

use crate::music::band::BandSpec;
use crate::predict::fallback::Fallback;
use crate::predict::predictor::Predictor;
use crate::systems::checks::{self, Allowed, Refused};
use crate::systems::nn::{get_weights, numbers_in, set_weights};
use crate::systems::rmvae::{CoderForm, Helpers, Layout, RmvaeConfig, RmvaeNet, RmvaePredictor, TrainedRmvae};
use crate::systems::system::{Kept, Parts, PartsError, System, SystemForm};

/// The largest layer that a file is believed to have, in units; ours have about a hundred. Chosen: forty times that.
const MOST_UNITS: usize = 4096;

/// The most layers that a file is believed to have. Chosen.
const MOST_LAYERS: usize = 16;

impl System for TrainedRmvae {
    fn parts(&self) -> Parts {
        Parts { weights: get_weights(&self.net), counts: None }
    }

    fn predictor(self: Arc<Self>, _: Arc<dyn Fallback>) -> Box<dyn Predictor> {
        Box::new(RmvaePredictor::new(self, Helpers::default()))
    }
}

impl SystemForm for RmvaeConfig {
    fn check(&self, band: &BandSpec) -> Result<(), Refused> {
        let units = [
            ("channels", self.channels),
            ("frame", self.frame),
            ("encoder", self.encoder),
            ("measure", self.measure),
            ("latent", self.latent),
            ("recurrent", self.recurrent),
            ("context", self.context),
            ("decoder", self.decoder),
        ];
        for (option, units) in units {
            checks::count(option, units, 1..=MOST_UNITS)?;
        }
        checks::count("recurrent-layers", self.recurrent_layers, 1..=MOST_LAYERS)?;
        checks::count("offset", self.offset, 1..=2)?;
        checks::count("window", self.window, 1..=usize::MAX)?;
        checks::share("dropout", self.dropout)?;
        checks::share("convolution-dropout", self.convolution_dropout)?;
        self.check_decoder()?;
        let net = RmvaeNet::new(self, &Layout::of(band, self.rests), &Device::flex());
        let (option, largest) = units.into_iter().max_by_key(|(_, units)| *units).unwrap_or_default();
        checks::weights(option, largest, numbers_in(&net))
    }

    fn read(&self, Kept { band, parts, .. }: &Kept<'_>) -> Result<Arc<dyn System>, PartsError> {
        let net = RmvaeNet::new(self, &Layout::of(band, self.rests), &Device::flex());
        parts.at_least(numbers_in(&net))?;
        let net = set_weights(net, &parts.weights)?;
        Ok(Arc::new(TrainedRmvae::new((*band).clone(), self.clone(), net)))
    }
}

impl RmvaeConfig {
    /// A convolutional decoder writes a whole measure at once: nothing of that measure can be given to it, and no earlier
    /// one step by step.
    fn check_decoder(&self) -> Result<(), Refused> {
        if self.decoder_form == CoderForm::Recurrent {
            return Ok(());
        }
        let switches = [
            ("frame-before", self.frame_before),
            ("pitch-chain", self.pitch_chain),
            ("voice-chain", self.voice_chain),
            ("loop-expert", self.loop_expert),
            ("history-expert", self.history_expert),
        ];
        let advice = "a convolutional decoder writes a whole measure at once: switch it off (false), or choose \
                      decoder-form recurrent";
        let on = switches.into_iter().find(|(_, on)| *on);
        on.map_or(Ok(()), |(option, on)| Err(Refused::new(option, on, Allowed::With(advice))))
    }
}
