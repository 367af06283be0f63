//! What shapes a Melody RNN.

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use super::encoding::Encoding;
use super::net::MelodyRnn;
use super::player::MelodyRnnModel;
use crate::systems::checks::{self, Refused};
use crate::systems::melody::{Learner, Melody, MelodyForm, MelodyModel, Sequence, learner};
use crate::systems::system::{Parts, PartsError};

/// The published forms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MelodyRnnForm {
    /// Hears the last event; keys 48…83, in C.
    #[default]
    Basic,
    /// Hears the last event; every key, in any key.
    Mono,
    /// Hears also what followed one and two measures ago, and may answer "again".
    Lookback,
    /// Hears the music's keys, may answer "again", and attends to its last outputs.
    Attention,
}

/// The sizes and switches of a [`MelodyRnn`]; a band file carries them. By default as published.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MelodyRnnConfig {
    /// What it hears and answers.
    pub form: MelodyRnnForm,
    /// Hidden units of each LSTM layer: 128 and 128; a variant has 256 and 256.
    pub units: Vec<usize>,
    /// Share of each layer's outputs that training drops: keep is 0.5.
    pub dropout: f64,
    /// To how many of its last outputs the attention form attends.
    pub attention_length: usize,
}

impl Default for MelodyRnnConfig {
    fn default() -> Self {
        Self { form: MelodyRnnForm::Basic, units: vec![128, 128], dropout: 0.5, attention_length: 40 }
    }
}

impl MelodyRnnConfig {
    /// The published net of this form.
    #[must_use]
    pub fn new(form: MelodyRnnForm) -> Self {
        Self { form, ..Self::default() }
    }

    /// What it hears and answers, as numbers.
    #[must_use]
    pub const fn encoding(&self) -> Encoding {
        Encoding::new(self.form)
    }

    /// The numbers in its LSTM layers' matrices: the products that a step takes at most, without attention and head.
    #[must_use]
    pub fn products(&self) -> usize {
        let hidden = self.units.last().copied().unwrap_or(0);
        let mut input = self.encoding().inputs() + if self.form == MelodyRnnForm::Attention { hidden } else { 0 };
        let mut sum = 0;
        for &units in &self.units {
            sum += 4 * units * (input + units);
            input = units;
        }
        sum
    }
}

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
