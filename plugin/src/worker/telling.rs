//! The chords that a band is told at the worker, where no chart says them.

use model::systems::band_file::Band;
use model::systems::harmony::telling::{ToldMeasure, told};
use model::{BandSpec, HarmonyChoice, PredictRequest};

/// The net that foretells cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoForesight;

/// Tells which chords come: `None`, where a band needs no telling. The seam between the worker and the net.
pub(super) type Tells = fn(HarmonyChoice, &PredictRequest, &BandSpec) -> Result<Option<ToldMeasure>, NoForesight>;

/// With the net inside the plugin, which all instances share.
pub(super) fn tell(
    choice: HarmonyChoice,
    request: &PredictRequest,
    spec: &BandSpec,
) -> Result<Option<ToldMeasure>, NoForesight> {
    let net = if choice.foretell { Some(Band::harmony().ok_or(NoForesight)?) } else { None };
    Ok(told(choice, net.as_deref(), request, spec))
}
