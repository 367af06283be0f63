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
}

impl Default for HarmonyConfig {
    fn default() -> Self {
        Self { units: vec![128, 128], dropout: 0.3, window: 8 }
    }
}
