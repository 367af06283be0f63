//! What shapes a harmony net.

use serde::{Deserialize, Serialize};

/// The sizes of a [`HarmonyNet`](super::HarmonyNet); a band file carries them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct HarmonyConfig {
    /// Units of each LSTM layer over the half measures.
    pub units: Vec<usize>,
    /// Share of each layer's outputs that training drops.
    pub dropout: f64,
    /// Measures that are read at play.
    pub window: usize,
    /// Does it see the chord at every lag, and copy it where it trusts it? Files of before do not.
    #[serde(skip_serializing_if = "is_not")]
    pub copies: bool,
    /// Units of each of the two layers of its harmoniser; 0: it has none. Files of before have one, which is still read.
    #[serde(skip_serializing_if = "is_none")]
    pub harmonises: usize,
    /// Units each way of its namer; 0: it has none. Files of before have none.
    #[serde(skip_serializing_if = "is_none")]
    pub names: usize,
    /// Units of its believer; 0: it has none. Files of before have none.
    #[serde(skip_serializing_if = "is_none")]
    pub believes: usize,
    /// Units of each of the two layers of its imaginer; 0: it has none. Files of before have none.
    #[serde(skip_serializing_if = "is_none")]
    pub imagines: usize,
    /// By what its logarithms are divided where it hears chords, so that its probabilities mean what they say.
    #[serde(skip_serializing_if = "is_one")]
    pub temperature: f32,
    /// By how much the logarithm of the temperature falls while e times as many measures are heard: early in a piece a net
    /// copies what need not repeat. Files of before have 0.
    #[serde(skip_serializing_if = "is_zero")]
    pub cooling: f32,
}

/// After how many measures the temperature is the one that the file has. Chosen: the middle of what is heard at most, counted
/// in logarithms, so that the two numbers can be found one after the other.
const HEARD_THEN: f32 = 16.0;

impl HarmonyConfig {
    /// The same without the parts that are trained by themselves.
    #[must_use]
    pub fn alone(&self) -> Self {
        Self { harmonises: 0, names: 0, believes: 0, imagines: 0, ..self.clone() }
    }

    /// By what the logarithms of chances are divided where chords were heard, after so many measures.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "measures are few")]
    pub fn temperature_after(&self, measures: usize) -> f32 {
        self.temperature * (measures.max(1) as f32 / HEARD_THEN).powf(-self.cooling)
    }
}

impl Default for HarmonyConfig {
    fn default() -> Self {
        Self {
            units: vec![128, 128],
            dropout: 0.3,
            window: 8,
            copies: false,
            harmonises: 0,
            names: 0,
            believes: 0,
            imagines: 0,
            temperature: 1.0,
            cooling: 0.0,
        }
    }
}

// Files of before have neither, and are written again as the same bytes.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks for it")]
fn is_not(copies: &bool) -> bool {
    !copies
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks for it")]
fn is_none(units: &usize) -> bool {
    *units == 0
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    clippy::float_cmp,
    reason = "as serde asks for it; exactly what is left out"
)]
fn is_one(temperature: &f32) -> bool {
    *temperature == 1.0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks for it")]
fn is_zero(cooling: &f32) -> bool {
    *cooling == 0.0
}
