//! The seam between band files and what was trained: every kind of net, rule or chain is a [`System`].
//!
//! To add one: a variant of [`Architecture`] with its sizes, an arm in [`Architecture::read`] that makes it from what
//! its file keeps, and an `impl System` beside the net.

use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::music::band::{BandSpec, VoiceId};
use crate::predict::fallback::Fallback;
use crate::predict::predictor::Predictor;
use crate::rules::ngram::NGram;
use crate::systems::biaxial::{self, BiaxialConfig};
use crate::systems::markov::MarkovConfig;
use crate::systems::melody::{MelodyModel, Soloist};
use crate::systems::melody_lstm::MelodyLstmConfig;
use crate::systems::melody_ngram::MelodyNgramConfig;
use crate::systems::melody_rnn::MelodyRnnConfig;
use crate::systems::nn::{NamedTensor, WeightsError};
use crate::systems::plain_rnn::PlainRnnConfig;
use crate::systems::rmvae::{RmvaeConfig, TrainedRmvae};

/// A trained system: immutable, shared by all that play it.
pub trait System: Any + Debug + Send + Sync {
    /// What its file keeps of it, beside its [`Architecture`].
    fn parts(&self) -> Parts;

    /// A player of it. A system that plays just some voices leaves the rest to `others`.
    fn predictor(self: Arc<Self>, others: Arc<dyn Fallback>) -> Box<dyn Predictor>;
}

/// What a file keeps of a trained system.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parts {
    /// The weights of a net; rounded to f16 in the file.
    pub weights: Vec<NamedTensor>,
    /// The counts of a chain, in bytes of its own making.
    pub counts: Option<Vec<u8>>,
}

impl Parts {
    /// How many numbers the weights have: to be asked before room is made for a net.
    #[must_use]
    pub fn numbers(&self) -> usize {
        self.weights.iter().map(|weight| weight.values.len()).sum()
    }

    /// Refuses a net that has more numbers than there are here.
    ///
    /// # Errors
    /// [`PartsError::TooFew`].
    pub fn at_least(&self, numbers: usize) -> Result<(), PartsError> {
        if numbers > self.numbers() { Err(PartsError::TooFew) } else { Ok(()) }
    }
}

/// Why a system cannot be made from what a file keeps.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PartsError {
    /// No system has this form.
    #[error("{0}")]
    Form(&'static str),
    /// The form needs more weights than there are.
    #[error("the net is larger than its weights")]
    TooFew,
    /// The weights have other names or shapes.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// There are no counts, or they contradict themselves.
    #[error("the counts are missing or damaged: copy or download the band file again")]
    Counts,
}

/// The kinds of systems that a band file may hold, with their sizes and switches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Architecture {
    /// The recurrent multimodal variational autoencoder.
    Rmvae {
        /// Its sizes and switches.
        config: RmvaeConfig,
    },
    /// The biaxial LSTM.
    Biaxial {
        /// Its sizes.
        config: BiaxialConfig,
    },
    /// The n-gram of the whole band that other bands fall back on ([`crate::rules::ngram`]), as a band of its own.
    BandNgram,
    /// A Melody RNN: one voice.
    MelodyRnn {
        /// The voice that it learnt.
        voice: VoiceId,
        /// Its sizes and switches.
        config: MelodyRnnConfig,
    },
    /// A plain RNN over notes: one voice.
    PlainRnn {
        /// The voice that it learnt.
        voice: VoiceId,
        /// Its size.
        config: PlainRnnConfig,
    },
    /// A Melody LSTM over symbols: one voice.
    MelodyLstm {
        /// The voice that it learnt.
        voice: VoiceId,
        /// Its sizes and switches.
        config: MelodyLstmConfig,
    },
    /// An n-gram of melody events: one voice.
    MelodyNgram {
        /// The voice that it learnt.
        voice: VoiceId,
        /// What it counts.
        config: MelodyNgramConfig,
    },
    /// A Markov chain of notes and durations: one voice.
    MarkovChain {
        /// The voice that it learnt.
        voice: VoiceId,
        /// What it counts.
        config: MarkovConfig,
    },
}

impl Architecture {
    /// The system of this form that these parts make. A file may claim anything: nothing is made before its size was
    /// compared with what is there.
    ///
    /// # Errors
    /// [`PartsError`].
    pub fn read(
        &self,
        band: &BandSpec,
        parts: &Parts,
        ngram: Option<&Arc<NGram>>,
    ) -> Result<Arc<dyn System>, PartsError> {
        Ok(match self {
            Self::Rmvae { config } => Arc::new(TrainedRmvae::read(band, config, parts)?),
            Self::Biaxial { config } => Arc::new(biaxial::TrainedBiaxial::read(band, config, parts)?),
            Self::BandNgram => Arc::clone(ngram.ok_or(PartsError::Counts)?) as Arc<dyn System>,
            Self::MelodyRnn { voice, config } => soloist(band, *voice, config.read(parts)?)?,
            Self::PlainRnn { voice, config } => soloist(band, *voice, config.read(parts)?)?,
            Self::MelodyLstm { voice, config } => soloist(band, *voice, config.read(parts)?)?,
            Self::MelodyNgram { voice, config } => soloist(band, *voice, config.read(parts)?)?,
            Self::MarkovChain { voice, config } => soloist(band, *voice, config.read(parts)?)?,
        })
    }
}

/// A model that plays this voice of the band.
fn soloist(band: &BandSpec, voice: VoiceId, model: impl MelodyModel + 'static) -> Result<Arc<dyn System>, PartsError> {
    let soloist = Soloist::new(band.clone(), voice, Box::new(model));
    Ok(Arc::new(soloist.ok_or(PartsError::Form("the band lacks the voice that its system plays"))?))
}

impl System for NGram {
    /// Nothing of its own: the file of any band keeps its n-gram.
    fn parts(&self) -> Parts {
        Parts::default()
    }

    fn predictor(self: Arc<Self>, _: Arc<dyn Fallback>) -> Box<dyn Predictor> {
        Box::new(self.player())
    }
}
