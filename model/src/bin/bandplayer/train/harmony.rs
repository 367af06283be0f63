//! `bandplayer train --system harmony`.

use anyhow::Result;
use model::systems::harmony::TrainedHarmony;
use model::systems::system::Whole;
use model::train::Workbench;
use model::train::harmony::{HarmonyEpoch, HarmonyOptions, train};

use super::args::{Common, TrainingArgs, ended, metrics, stop_on_ctrl_c};
use super::kept::Keeping;
use super::watch::Watch;

/// Trains; Ctrl-C keeps the best band so far and a checkpoint to go on from.
pub(super) fn run(args: &TrainingArgs) -> Result<()> {
    let mut spec = args.of_all_voices()?;
    let change = |options: &mut HarmonyOptions| {
        options.epochs = args.epochs.unwrap_or(options.epochs);
        options.seed = args.seed.unwrap_or(options.seed);
    };
    let options = args.options(&HarmonyOptions::default(), change, |options| options.check(&spec))?;
    let Some(options) = options else { return Ok(()) };
    let devices = args.devices()?;
    let Common { training_sets, learn, watch, .. } = args.common(&mut spec, true)?;

    let (stop, mut watching) = (stop_on_ctrl_c()?, Watch::new(args.out())?);
    let keeping = Keeping { out: args.out(), spec: &spec, training_sets: &training_sets, ngram: None };
    let bench = Workbench { out: args.out(), devices: &devices, stop: &stop };
    train(&spec, &options, &learn, &watch, bench, |news| {
        watching.hear(news, |epoch: &HarmonyEpoch, net| {
            let reached = metrics(
                epoch.number,
                &[
                    ("valid nll per half measure, imagined", epoch.valid_nll),
                    ("valid accuracy, imagined", epoch.valid_accuracy),
                ],
            );
            let trained = TrainedHarmony::new(spec.clone(), options.net.clone(), net);
            keeping.save(Whole { config: options.net.clone() }, trained, reached)
        });
    })
    .map_err(ended)?;
    watching.done(&stop)
}
