//! The RMVAE in a band file.

use std::sync::Arc;

use burn::tensor::Device;

use crate::music::band::BandSpec;
use crate::predict::fallback::Fallback;
use crate::predict::predictor::Predictor;
use crate::systems::nn::{get_weights, set_weights};
use crate::systems::rmvae::{CoderForm, Helpers, Layout, RmvaeConfig, RmvaeNet, RmvaePredictor, TrainedRmvae};
use crate::systems::system::{Parts, PartsError, System};

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

impl TrainedRmvae {
    /// The net of this form with these weights.
    ///
    /// # Errors
    /// [`PartsError`] where no net has this form, or the weights are not its own.
    pub fn read(band: &BandSpec, config: &RmvaeConfig, parts: &Parts) -> Result<Self, PartsError> {
        check(config).map_err(PartsError::Form)?;
        parts.at_least(config.least_weights(band.voices.len()))?;
        let layouts = Layout::of(band, config.rests);
        let net = set_weights(RmvaeNet::new(config, &layouts, &Device::flex()), &parts.weights)?;
        Ok(Self::new(band.clone(), config.clone(), net))
    }
}

/// What is wrong with a net of this form: a file may claim anything, and a net is made before its weights are looked at.
///
/// # Errors
/// What is wrong, for people.
pub fn check(config: &RmvaeConfig) -> Result<(), &'static str> {
    let RmvaeConfig { frame, encoder, measure, latent, recurrent, context, decoder, channels, .. } = *config;
    let units = [frame, encoder, measure, latent, recurrent, context, decoder, channels];
    if units.iter().any(|units| !(1..=MOST_UNITS).contains(units)) {
        return Err("a layer has 1 to 4096 units");
    }
    if !(1..=MOST_LAYERS).contains(&config.recurrent_layers) {
        return Err("the LSTM over the measures has 1 to 16 layers");
    }
    if !(1..=2).contains(&config.offset) {
        return Err("the offset is 1 or 2");
    }
    if ![config.dropout, config.convolution_dropout].iter().all(|share| (0.0..1.0).contains(share)) {
        return Err("dropout is a share, at least 0 and below 1");
    }
    let RmvaeConfig { frame_before, pitch_chain, voice_chain, loop_expert, history_expert, .. } = *config;
    let chained = frame_before || pitch_chain || voice_chain || loop_expert || history_expert;
    if config.decoder_form == CoderForm::Convolutional && chained {
        return Err("a convolutional decoder writes a whole measure at once: switch frame-before, pitch-chain, \
                    voice-chain, loop-expert and history-expert off");
    }
    if config.window == 0 {
        return Err("the window has at least one measure");
    }
    Ok(())
}
