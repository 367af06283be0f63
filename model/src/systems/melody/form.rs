//! The form of a system of one voice.

use std::fmt::Debug;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::model::MelodyModel;
use super::soloist::Soloist;
use crate::music::band::{BandSpec, VoiceId};
use crate::systems::checks::{Allowed, Refused};
use crate::systems::system::{Kept, Parts, PartsError, System, SystemForm};

/// The sizes and switches of a model of melodies, whichever voice it learns.
pub trait MelodyForm: Clone + Debug + Send + Sync {
    /// Is there such a model? Asked before one is trained and before one is read.
    ///
    /// # Errors
    /// [`Refused`], which names the option that is wrong and what it may be.
    fn check(&self) -> Result<(), Refused>;

    /// The model of this form that a file keeps. [`Self::check`] has passed; the parts may be anything. A net answers
    /// [`super::learner::read`], whatever counts [`super::counted::read`].
    ///
    /// # Errors
    /// [`PartsError`] where the parts are not its own.
    fn read(&self, parts: &Parts) -> Result<Box<dyn MelodyModel>, PartsError>;
}

/// The form of a system of one voice, as a band file writes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Solo<C> {
    /// The voice that it learnt.
    pub voice: VoiceId,
    /// Its sizes and switches.
    pub config: C,
}

impl<C: MelodyForm> SystemForm for Solo<C> {
    fn check(&self, band: &BandSpec) -> Result<(), Refused> {
        if self.voice.index() >= band.voices.len() {
            let advice = "choose a voice that the band has";
            return Err(Refused::new("voice", self.voice.index(), Allowed::With(advice)));
        }
        self.config.check()
    }

    fn read(&self, kept: &Kept<'_>) -> Result<Arc<dyn System>, PartsError> {
        let soloist = Soloist::new(kept.band.clone(), self.voice, self.config.read(kept.parts)?);
        // PANIC: `check` has found the voice.
        Ok(Arc::new(soloist.expect("a voice of the band")))
    }
}
