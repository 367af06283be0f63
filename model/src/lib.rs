//! Music, nets and the conductor of Band Player: no host, no window, no thread, no clock.
//!
//! A tour in the order in which the music flows:
//!
//! 1. [`note`], [`measure`], [`meter`], [`band`]: what is passed around. A [`Measure`] is one
//!    voice's, a [`BandMeasure`] all voices'; both are `Copy` and of fixed size.
//! 2. [`midi_file`], [`band_song`], [`files`]: files in and out, and the voices of a band found in them.
//! 3. [`key`]: the key heard so far.
//! 4. [`predictor`]: the seam. A [`Predictor`] turns a [`PredictRequest`] into a measure.
//!    What was trained is a [`System`], kept in a [`band_file`].
//! 5. [`loop_rule`]: where the music repeats, and the rule that every net has to beat.
//! 6. [`ngram`]: what follows what, counted; a rule band, and the [`fallback`]. [`unigram`]: the
//!    likelihood that any net has to beat.
//! 7. [`melody`]: what the systems of one voice share; [`melody_rnn`], [`melody_lstm`], [`plain_rnn`], [`melody_ngram`]
//!    and [`markov`] are those systems.
//! 8. [`conductor`]: the state machine from bar line to bar line. When a prediction is missing,
//!    it repeats the loop or asks its [`fallback`].
//! 9. [`accompany`], [`tasks`]: what bands do with whole pieces, without a host.
//! 10. [`metrics`]: how well a band accompanied.

mod accent;
pub mod accompany;
pub mod band;
pub mod band_file;
pub mod band_song;
pub mod biaxial;
pub mod conductor;
pub mod fallback;
pub mod files;
#[cfg(feature = "train")]
pub mod import;
pub mod key;
pub mod loop_lag;
pub mod loop_rule;
pub mod markov;
pub mod measure;
pub mod melody;
pub mod melody_lstm;
pub mod melody_ngram;
pub mod melody_rnn;
pub mod meter;
pub mod metrics;
pub mod midi_file;
pub mod ngram;
pub mod nn;
pub mod note;
pub mod plain_rnn;
pub mod predictor;
pub mod random;
pub mod rmvae;
pub mod system;
pub mod tasks;
#[cfg(feature = "train")]
pub mod train;
pub mod unigram;
pub mod voicing;

#[cfg(feature = "train")]
pub use burn::tensor::Device;

pub use band::{BandMeasure, BandSpec, KeyRange, Polyphony, Role, Voice, VoiceId, VoiceMask};
pub use band_song::BandSong;
pub use conductor::{Accepted, Begun, Conductor, Interplay, Lookahead, MOST_MEASURES, Settings, Source, Tally};
pub use fallback::{Fallback, FallbackContext};
pub use key::{KeyTracker, Mode, Tonality};
pub use loop_rule::{LoopFinder, LoopRule};
pub use measure::{MAX_NOTES, MAX_STEPS, Measure, MonoStep};
pub use meter::TimeSignature;
pub use ngram::NGram;
pub use note::{Channel, Key, Note, Step, Velocity};
pub use predictor::{
    Epoch, HISTORY, History, MeasureIndex, PredictError, PredictRequest, Prediction, Predictor, Style,
};
pub use random::Rng;
pub use system::{Architecture, System};
pub use unigram::Unigram;
