//! The n-gram of a whole band as a band of its own.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::music::band::BandSpec;
use crate::predict::fallback::Fallback;
use crate::predict::predictor::Predictor;
use crate::rules::ngram::NGram;
use crate::systems::checks::Refused;
use crate::systems::system::{Kept, Parts, PartsError, System, SystemForm};

/// Its form: the counts say everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BandNgram {}

impl SystemForm for BandNgram {
    fn check(&self, _: &BandSpec) -> Result<(), Refused> {
        Ok(())
    }

    fn read(&self, kept: &Kept<'_>) -> Result<Arc<dyn System>, PartsError> {
        let ngram: Arc<dyn System> = Arc::<NGram>::clone(kept.ngram.ok_or(PartsError::Counts)?);
        Ok(ngram)
    }
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
