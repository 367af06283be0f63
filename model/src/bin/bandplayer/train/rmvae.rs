//! `bandplayer train --system rmvae`, the default.

use anyhow::Result;
use model::systems::rmvae::TrainedRmvae;
use model::systems::system::Whole;
use model::train::{RmvaeEpoch, TrainOptions, Workbench, train};

use super::args::{Common, TrainingArgs, ended, metrics, stop_on_ctrl_c};
use super::kept::Keeping;
use super::watch::Watch;

/// Trains; Ctrl-C keeps the best band so far and a checkpoint to go on from.
pub(super) fn run(args: &TrainingArgs) -> Result<()> {
    let mut spec = args.of_all_voices()?;
    let change = |options: &mut TrainOptions| {
        options.epochs = args.epochs.unwrap_or(options.epochs);
        options.seed = args.seed.unwrap_or(options.seed);
    };
    let options = args.options(&TrainOptions::default(), change, |options| options.check(&spec))?;
    let Some(options) = options else { return Ok(()) };
    let devices = args.devices()?;
    let Common { training_sets, learn, watch, ngram } = args.common(&mut spec, options.net.home_key)?;

    let (stop, mut watching) = (stop_on_ctrl_c()?, Watch::new(args.out())?);
    let keeping = Keeping { out: args.out(), spec: &spec, training_sets: &training_sets, ngram: Some(&ngram) };
    let bench = Workbench { out: args.out(), devices: &devices, stop: &stop };
    train(&spec, &options, learn, watch, bench, |news| {
        watching.hear(news, |epoch: &RmvaeEpoch, net| {
            let reached = metrics(
                epoch.number,
                &[
                    ("valid nll per step and voice", epoch.valid_nll),
                    ("valid nll per step and voice, as in a jam", epoch.jam_nll),
                ],
            );
            let trained = TrainedRmvae::new(spec.clone(), options.net.clone(), net.clone());
            keeping.save(Whole { config: options.net.clone() }, trained, reached)
        });
    })
    .map_err(ended)?;
    watching.done(&stop)
}
