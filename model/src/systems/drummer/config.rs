//! What shapes a drummer.

use serde::{Deserialize, Serialize};

/// The sizes of a [`DrummerNet`](super::DrummerNet); a band file carries them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct DrummerConfig {
    /// Units of each LSTM layer over the steps.
    pub units: Vec<usize>,
    /// Share of each layer's outputs that training drops.
    pub dropout: f64,
}

impl Default for DrummerConfig {
    fn default() -> Self {
        Self { units: vec![128, 128], dropout: 0.2 }
    }
}
