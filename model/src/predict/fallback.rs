//! What plays when no prediction is there: a rule that needs no thread and no time.

use crate::music::band::{BandMeasure, VoiceId, VoiceMask};
use crate::music::tonality::Tonality;
use crate::predict::predictor::{History, Style};

/// What a fallback may know.
#[derive(Clone, Copy, Debug)]
pub struct FallbackContext<'a> {
    /// What was heard and played up to the measure before the wanted one. Its newest measures lack the user's voice
    /// where a prediction would not have heard it either.
    pub history: &'a History,
    /// The voice that the user plays.
    pub user: VoiceId,
    /// The voices that are wanted; the user's too, where the band plays it.
    pub voices: VoiceMask,
    /// The key.
    pub tonality: Tonality,
    /// How to play.
    pub style: Style,
    /// Everything random comes from this.
    pub seed: u64,
}

/// A rule that fills in a measure on the audio thread when its prediction is missing.
///
/// # Realtime safety
/// `fill` allocates nothing, locks nothing, and takes well below a millisecond.
pub trait Fallback: Send + Sync {
    /// Puts `context.voices` into `out`, which has the wanted number of steps and in which no
    /// voice is present. The same context always gives the same measure.
    fn fill(&self, context: &FallbackContext<'_>, out: &mut BandMeasure);
}
