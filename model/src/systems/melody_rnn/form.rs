//! What a Melody RNN hears and answers.

use serde::{Deserialize, Serialize};

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
