//! `bandplayer train --system biaxial`.

use anyhow::Result;
use model::systems::biaxial::{BiaxialConfig, TrainedBiaxial};
use model::systems::system::Whole;
use model::train::Workbench;
use model::train::biaxial::{BiaxialEpoch, BiaxialOptions, train};

use super::args::{Common, Form, TrainingArgs, ended, metrics, stop_on_ctrl_c};
use super::kept::Keeping;
use super::watch::Watch;

/// Trains; Ctrl-C keeps the best band so far and a checkpoint to go on from.
pub(super) fn run(args: &TrainingArgs) -> Result<()> {
    let mut spec = args.of_all_voices()?;
    let mut defaults = BiaxialOptions::default();
    match args.form {
        Some(Form::Full) => defaults.net = BiaxialConfig::full(),
        Some(Form::Small) => defaults.net = BiaxialConfig::small(),
        None => {}
    }
    let change = |options: &mut BiaxialOptions| {
        options.epochs = args.epochs.unwrap_or(options.epochs);
        options.seed = args.seed.unwrap_or(options.seed);
    };
    let options = args.options(&defaults, change, |options| options.check(&spec))?;
    let Some(options) = options else { return Ok(()) };
    let devices = args.devices()?;
    let Common { training_sets, learn, watch, ngram } = args.common(&mut spec, true)?;

    let (stop, mut watching) = (stop_on_ctrl_c()?, Watch::new(args.out())?);
    let keeping = Keeping { out: args.out(), spec: &spec, training_sets: &training_sets, ngram: Some(&ngram) };
    let bench = Workbench { out: args.out(), devices: &devices, stop: &stop };
    train(&spec, &options, learn, &watch, bench, |news| {
        watching.hear(news, |epoch: &BiaxialEpoch, net| {
            let reached = metrics(
                epoch.number,
                &[("valid nll per step", epoch.valid_per_step), ("valid nll per note", epoch.valid_per_note)],
            );
            let trained = TrainedBiaxial::new(spec.clone(), options.net.clone(), net.clone());
            keeping.save(Whole { config: options.net.clone() }, trained, reached)
        });
    })
    .map_err(ended)?;
    watching.done(&stop)
}
