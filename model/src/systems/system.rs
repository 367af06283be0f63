//! The seam between band files and what was trained: every kind of net, rule or chain is a [`System`], and what a file
//! says of its sizes and switches is its [`SystemForm`]. [`crate::systems::architecture`] names them all; nothing here names one.

use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::music::band::BandSpec;
use crate::predict::fallback::Fallback;
use crate::predict::predictor::Predictor;
use crate::rules::ngram::NGram;
use crate::systems::checks::Refused;
use crate::systems::nn::{NamedTensor, WeightsError};

/// A trained system: immutable, shared by all that play it.
pub trait System: Any + Debug + Send + Sync {
    /// What its file keeps of it, beside its form.
    fn parts(&self) -> Parts;

    /// A player of it. A system that plays just some voices leaves the rest to `others`.
    fn predictor(self: Arc<Self>, others: Arc<dyn Fallback>) -> Box<dyn Predictor>;
}

/// The sizes and switches of a system: what is needed to train one, and to read one back.
pub trait SystemForm {
    /// Can a band have such a system? Asked before one is trained and before one is read: what passes can be both.
    ///
    /// # Errors
    /// [`Refused`], which names the option that is wrong and what it may be.
    fn check(&self, band: &BandSpec) -> Result<(), Refused>;

    /// The system of this form that a file keeps. [`Self::check`] has passed; the parts may be anything, so that nothing
    /// is made before its size was compared with what is there.
    ///
    /// # Errors
    /// [`PartsError`].
    fn read(&self, kept: &Kept<'_>) -> Result<Arc<dyn System>, PartsError>;
}

/// What a band file keeps, beside the form of its system.
#[derive(Clone, Copy, Debug)]
pub struct Kept<'a> {
    /// The band.
    pub band: &'a BandSpec,
    /// The system's own parts.
    pub parts: &'a Parts,
    /// The n-gram that stands in for the system; a band may lack it.
    pub ngram: Option<&'a Arc<NGram>>,
}

/// The form of a system that plays all voices, as a band file writes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Whole<C> {
    /// Its sizes and switches.
    pub config: C,
}

impl<C: SystemForm> SystemForm for Whole<C> {
    fn check(&self, band: &BandSpec) -> Result<(), Refused> {
        self.config.check(band)
    }

    fn read(&self, kept: &Kept<'_>) -> Result<Arc<dyn System>, PartsError> {
        self.config.read(kept)
    }
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
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PartsError {
    /// No system has this form.
    #[error(transparent)]
    Form(#[from] Refused),
    /// The form needs more weights than there are.
    #[error("the net is larger than its weights")]
    TooFew,
    /// The weights have other names or shapes.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// There are no counts, or they contradict themselves.
    #[error("the counts are missing or damaged")]
    Counts,
}
