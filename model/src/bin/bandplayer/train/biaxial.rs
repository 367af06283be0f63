//! `bandplayer train --system biaxial`.

use std::sync::Arc;

use anyhow::{Context, Result};
use model::BandSpec;
use model::systems::band_file::{Architecture, Band, BandInfo, FORMAT_VERSION};
use model::systems::biaxial::{BiaxialConfig, TrainedBiaxial};
use model::train::Workbench;
use model::train::biaxial::{BiaxialEpoch, BiaxialOptions, train};

use super::args::{Common, Form, TrainArgs, metrics, stop_on_ctrl_c};
use super::watch::Watch;

/// Trains; Ctrl-C keeps the best band so far and a checkpoint to go on from.
pub(super) fn run(args: &TrainArgs, mut spec: BandSpec) -> Result<()> {
    let mut options: BiaxialOptions = args.options()?;
    match args.form {
        Some(Form::Full) => options.net = BiaxialConfig::full(),
        Some(Form::Small) => options.net = BiaxialConfig::small(),
        None => {}
    }
    options.epochs = args.epochs.unwrap_or(options.epochs);
    options.seed = args.seed.unwrap_or(options.seed);
    let devices = args.devices()?;
    let Common { training_sets, learn, watch, ngram } = args.common(&mut spec, true)?;

    let (stop, mut watching) = (stop_on_ctrl_c()?, Watch::new(&args.out)?);
    let bench = Workbench { out: &args.out, devices: &devices, stop: &stop };
    train(&spec, &options, learn, &watch, bench, |news| {
        watching.hear(news, |epoch: &BiaxialEpoch, net| {
            let info = BandInfo {
                format_version: FORMAT_VERSION,
                architecture: Architecture::Biaxial { config: options.net.clone() },
                band: spec.clone(),
                training_sets: training_sets.clone(),
                metrics: metrics(
                    epoch.number,
                    &[("valid nll per step", epoch.valid_per_step), ("valid nll per note", epoch.valid_per_note)],
                ),
            };
            let trained = TrainedBiaxial::new(spec.clone(), options.net.clone(), net.clone());
            let band = Band::new(info, Arc::new(trained), Some(Arc::clone(&ngram)));
            band.save(&args.out).with_context(|| format!("cannot write {}", args.out.display()))
        });
    })?;
    watching.done(&stop)
}
