//! RMVAE: the recurrent multimodal variational autoencoder (Vignal 2020).
//!
//! Each voice is a modality with an encoder and a decoder of its own; any may be missing.
//! Measures m − T + 1 … m of every voice → encoders → product of experts → z → LSTM over the
//! measures → context → decoders → measure m + offset.
//!
//! Beyond the published form, each with a switch in [`RmvaeConfig`]: a frame is given the one
//! before it, a polyphonic frame's pitches the lower ones, a voice the voices decided before it,
//! and the decoders the band's plan for the measure between, the measure that the loop rule points to, and
//! what the voice has played at each step so far.

pub mod chords;
pub mod conditions;
pub mod config;
pub mod experts;
pub mod fit;
pub mod frames;
mod helpers;
pub mod loss;
pub mod net;
pub mod order;
pub mod predictor;
pub mod recall;
pub mod sampling;
pub mod stepper;
mod system;
mod trained;

pub use config::{CoderForm, Layout, MonoHead, RmvaeConfig};
pub use helpers::Helpers;
pub use net::RmvaeNet;
pub use predictor::RmvaePredictor;
pub use trained::TrainedRmvae;
