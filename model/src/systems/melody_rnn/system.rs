//! A Melody RNN as a system: how it is checked, taught and played.

use burn::tensor::Device;

use super::config::MelodyRnnConfig;
use super::form::MelodyRnnForm;
use super::net::MelodyRnn;
use super::player::MelodyRnnModel;
use crate::systems::checks::{self, Refused};
use crate::systems::melody::{Learner, Melody, MelodyForm, MelodyModel, Sequence, learner};
use crate::systems::system::{Parts, PartsError};

impl MelodyForm for MelodyRnnConfig {
    fn check(&self) -> Result<(), Refused> {
        checks::layers("units", &self.units, 4, 4096)?;
        checks::count("attention-length", self.attention_length, 1..=1024)?;
        checks::share("dropout", self.dropout)?;
        learner::check_size(self, "units", &self.units)
    }

    fn read(&self, parts: &Parts) -> Result<Box<dyn MelodyModel>, PartsError> {
        learner::read(self, parts)
    }
}

impl Learner for MelodyRnnConfig {
    type Net = MelodyRnn;

    fn init(&self, device: &Device) -> MelodyRnn {
        MelodyRnn::new(self, device)
    }

    fn inputs(&self) -> usize {
        self.encoding().inputs()
    }

    fn classes(&self) -> usize {
        self.encoding().classes()
    }

    fn keyed(&self) -> bool {
        self.form != MelodyRnnForm::Mono
    }

    fn encode(&self, melody: &Melody) -> Sequence {
        self.encoding().sequence(melody)
    }

    fn model(&self, net: &MelodyRnn) -> Box<dyn MelodyModel> {
        Box::new(MelodyRnnModel::new(self.clone(), net))
    }
}
