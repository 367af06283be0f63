//! What shapes a Melody RNN.

use serde::{Deserialize, Serialize};

use super::encoding::Encoding;
use super::form::MelodyRnnForm;

/// The sizes and switches of a [`MelodyRnn`](super::MelodyRnn); a band file carries them. By default as published.
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
