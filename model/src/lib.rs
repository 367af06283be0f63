//! Music, nets and the conductor of Band Player: no host, no window, no thread, no clock.
//!
//! A tour from the ground floor up; no room knows those above it:
//!
//! 1. [`random`], [`files`], [`panics`]: chance that can be repeated, files that are there whole or not at all, and what a
//!    thread that died has said.
//! 2. [`music`]: what is passed around. A [`Measure`] is one voice's, a [`BandMeasure`] all voices'; both are `Copy` and
//!    of fixed size.
//! 3. [`midi_file`]: MIDI files in and out, and the voices of a band found in them.
//! 4. [`predict`]: the seam. A [`Predictor`] turns a [`PredictRequest`] into a measure; what steps in where it has none
//!    is a [`Fallback`].
//! 5. [`rules`]: where the music repeats, and what follows what, counted: what every net has to beat, and what stands in
//!    for it.
//! 6. [`systems`]: what can be trained, each a [`System`] in a folder of its own, and the band files that keep it.
//! 7. [`play`]: the conductor, the state machine from bar line to bar line; what bands do with whole pieces, without a
//!    host.
//! 8. [`metrics`]: how well a band accompanied.
//! 9. [`sound`]: the instruments that are inside; it needs no more than keys, velocities and voices.
//!    [`rendering`] plays MIDI files with them.
//!
//! With the feature `train` there are also `import`, public data sets as training folders, and `train`, the trainers.

pub mod files;
#[cfg(feature = "train")]
pub mod import;
pub mod metrics;
pub mod midi_file;
pub mod music;
pub mod panics;
pub mod play;
pub mod predict;
pub mod random;
pub mod rendering;
pub mod rules;
pub mod sound;
pub mod systems;
#[cfg(feature = "train")]
pub mod train;

#[cfg(feature = "train")]
pub use burn::tensor::Device;

pub use midi_file::band_song::BandSong;
pub use music::band::{BandMeasure, BandSpec, KeyRange, Polyphony, Role, Voice, VoiceId, VoiceMask};
pub use music::measure::{MAX_NOTES, MAX_STEPS, Measure, MonoStep};
pub use music::meter::TimeSignature;
pub use music::note::{Channel, Key, Note, Step, Velocity};
pub use music::tonality::{KeyTracker, Mode, Tonality};
pub use play::conductor::{
    Accepted, Begun, Conductor, Interplay, LONGEST_TURN, Lookahead, Loudness, Settings, Source, Tally,
};
pub use play::tones::{Held, PlayerHands, Tones};
pub use play::yielding::PitchFollow;
pub use predict::energy::Energy;
pub use predict::fallback::{Fallback, FallbackContext};
pub use predict::predictor::{
    Epoch, HISTORY, History, MeasureIndex, PredictError, PredictRequest, Prediction, Predictor, Style,
};
pub use predict::texture::{Figures, Texture};
pub use random::Rng;
pub use rules::loop_rule::{LoopFinder, LoopRule};
pub use rules::ngram::NGram;
pub use rules::unigram::Unigram;
pub use systems::architecture::Architecture;
pub use systems::harmony::{HarmonyChoice, Hold};
pub use systems::system::System;
