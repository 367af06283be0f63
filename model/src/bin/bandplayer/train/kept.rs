//! The band files that trainings write.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use model::systems::band_file::{Band, BandInfo, FORMAT_VERSION, TrainingSet};
use model::{Architecture, BandSpec, NGram, System};

/// What all band files of a training share, whichever epoch they keep.
pub(super) struct Keeping<'a> {
    pub(super) out: &'a Path,
    pub(super) spec: &'a BandSpec,
    pub(super) training_sets: &'a [TrainingSet],
    pub(super) ngram: Option<&'a Arc<NGram>>,
}

impl Keeping<'_> {
    /// Writes a band, with what it reached.
    pub(super) fn save(
        &self,
        architecture: impl Into<Architecture>,
        system: impl System,
        metrics: BTreeMap<String, f64>,
    ) -> Result<()> {
        let info = BandInfo {
            format_version: FORMAT_VERSION,
            architecture: architecture.into(),
            band: self.spec.clone(),
            training_sets: self.training_sets.to_vec(),
            metrics,
        };
        let band = Band::new(info, Arc::new(system), self.ngram.cloned());
        band.save(self.out).with_context(|| format!("cannot write {}", self.out.display()))
    }
}
