//! `bandplayer train --system rmvae`, the default.

use std::sync::Arc;

use anyhow::{Context, Result};
use model::BandSpec;
use model::systems::band_file::{Architecture, Band, BandInfo, FORMAT_VERSION};
use model::systems::rmvae::TrainedRmvae;
use model::train::{RmvaeEpoch, TrainOptions, Workbench, train};

use super::args::{Common, TrainArgs, metrics, stop_on_ctrl_c};
use super::watch::Watch;
use crate::bad_input::BadInput;

/// Trains; Ctrl-C keeps the best band so far and a checkpoint to go on from.
pub(super) fn run(args: &TrainArgs, mut spec: BandSpec) -> Result<()> {
    let mut options: TrainOptions = args.options()?;
    options.epochs = args.epochs.unwrap_or(options.epochs);
    options.seed = args.seed.unwrap_or(options.seed);
    model::systems::rmvae::check(&options.net).map_err(BadInput::error)?;
    let devices = args.devices()?;
    let Common { training_sets, learn, watch, ngram } = args.common(&mut spec, options.net.home_key)?;

    let (stop, mut watching) = (stop_on_ctrl_c()?, Watch::new(&args.out)?);
    let bench = Workbench { out: &args.out, devices: &devices, stop: &stop };
    train(&spec, &options, learn, watch, bench, |news| {
        watching.hear(news, |epoch: &RmvaeEpoch, net| {
            let info = BandInfo {
                format_version: FORMAT_VERSION,
                architecture: Architecture::Rmvae { config: options.net.clone() },
                band: spec.clone(),
                training_sets: training_sets.clone(),
                metrics: metrics(
                    epoch.number,
                    &[
                        ("valid nll per step and voice", epoch.valid_nll),
                        ("valid nll per step and voice, as in a jam", epoch.jam_nll),
                    ],
                ),
            };
            let trained = TrainedRmvae::new(spec.clone(), options.net.clone(), net.clone());
            let band = Band::new(info, Arc::new(trained), Some(Arc::clone(&ngram)));
            band.save(&args.out).with_context(|| format!("cannot write {}", args.out.display()))
        });
    })?;
    watching.done(&stop)
}
