//! Which bands there are.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use model::systems::band_file::Band;
use model::systems::figures::FigurePlayer;
use model::systems::melody::Soloist;
use model::systems::rmvae::{Helpers, RmvaePredictor, TrainedRmvae};
use model::{BandSpec, Fallback, Figures, LoopRule, Predictor};

use crate::bad_input::BadInput;

/// The name of the rule that a net has to beat.
pub(crate) const LOOP: &str = "loop";

/// A band, ready to play.
pub(crate) struct Player {
    pub(crate) predictor: Box<dyn Predictor>,
    pub(crate) fallback: Arc<dyn Fallback>,
    /// It is a net that can play with helpers.
    pub(crate) helped: bool,
    /// The system, where it is one of one voice.
    pub(crate) soloist: Option<Arc<Soloist>>,
}

/// The band of this name or in this file; a net plays with its helpers, or alone.
pub(crate) fn find(name: &str, helpers: Helpers) -> Result<Player> {
    match name {
        LOOP => {
            let rule = LoopRule::new(BandSpec::pop());
            Ok(Player { predictor: Box::new(rule.clone()), fallback: Arc::new(rule), helped: false, soloist: None })
        }
        _ if name == "ngram" || name.starts_with("ngram:") => {
            let of = name.strip_prefix("ngram:").unwrap_or("pop");
            let band = trained(of)?;
            let ngram = band.ngram().ok_or_else(|| BadInput::error(format!("the band `{of}` has no n-gram")))?;
            Ok(Player { predictor: Box::new(ngram.player()), fallback: band.fallback(), helped: false, soloist: None })
        }
        _ => {
            let band = trained_or(name, "pop, chorale, loop or ngram")?;
            let (fallback, soloist) = (band.fallback(), band.system_as::<Soloist>());
            let helped = band.system_as::<TrainedRmvae>().is_some();
            Ok(Player { predictor: predictor_with(&band, helpers), fallback, helped, soloist })
        }
    }
}

/// This player in people's figures, where any are asked for.
pub(crate) fn in_figures(
    player: Box<dyn Predictor>,
    band: &str,
    figures: Option<Figures>,
) -> Result<Box<dyn Predictor>> {
    let asked = figures.is_some_and(Figures::are_played);
    if asked && !FigurePlayer::plays(player.spec()) {
        return Err(BadInput::error(format!(
            "--figures: the band `{band}` has no two voices of Counter, Chords and Bass: leave it out, or choose pop"
        )));
    }
    Ok(if asked { Band::in_figures(player) } else { player })
}

/// Whether this band is inside the program: it is no file's.
pub(crate) fn is_inside(name: &str) -> bool {
    let name = name.strip_prefix("ngram:").unwrap_or(name);
    [LOOP, "ngram"].contains(&name) || Band::embedded(name).is_some()
}

/// The trained band of this name or in this file.
pub(crate) fn trained(name: &str) -> Result<Band> {
    trained_or(name, "pop or chorale")
}

/// The same, where these names can be chosen.
fn trained_or(name: &str, names: &str) -> Result<Band> {
    if let Some(bytes) = Band::embedded(name) {
        return Band::read(bytes).with_context(|| format!("the band `{name}` inside this program"));
    }
    let path = Path::new(name);
    if !path.exists() {
        return Err(BadInput::error(format!(
            "there is no band `{name}`: choose {names}, or give the path of a band file"
        )));
    }
    Band::load(path).map_err(|error| BadInput::error(format!("{name}: {error}")))
}

/// A player of this band; an RMVAE with these helpers.
pub(crate) fn predictor_with(band: &Band, helpers: Helpers) -> Box<dyn Predictor> {
    match band.system_as::<TrainedRmvae>() {
        Some(trained) => Box::new(RmvaePredictor::new(trained, helpers)),
        None => band.predictor(),
    }
}

/// An RMVAE as it is examined: the true past needs no key, and there is no user to imagine.
#[cfg(feature = "train")]
pub(crate) fn unhelped() -> Helpers {
    Helpers { key: false, guide: false, fit: 0.0, density: 1.0, chords: 0.0, known: 0.0, ..Helpers::default() }
}
