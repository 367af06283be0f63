//! `bandplayer train --system drummer`.

use anyhow::Result;
use model::BandSpec;
use model::systems::drummer::TrainedDrummer;
use model::systems::system::Whole;
use model::train::Workbench;
use model::train::drummer::{DrumTake, DrummerEpoch, DrummerOptions, read_takes, train};

use super::args::{TrainingArgs, ended, folders, metrics, stop_on_ctrl_c, training_sets};
use super::kept::Keeping;
use super::watch::Watch;
use crate::bad_input::BadInput;
use crate::reading;

/// Trains; Ctrl-C keeps the best net so far and a checkpoint to go on from.
pub(super) fn run(args: &TrainingArgs) -> Result<()> {
    if let Some(voice) = &args.voice {
        return Err(BadInput::error(format!("a drummer learns drums: leave out --voice {voice}")));
    }
    let spec = BandSpec::drums();
    let change = |options: &mut DrummerOptions| {
        options.epochs = args.epochs.unwrap_or(options.epochs);
        options.seed = args.seed.unwrap_or(options.seed);
    };
    let options = args.options(&DrummerOptions::default(), change, |options| options.check(&spec))?;
    let Some(options) = options else { return Ok(()) };
    let devices = args.devices()?;
    let training_sets = training_sets(args)?;
    let (learn, watch) = (takes(args, "train")?, takes(args, "valid")?);
    let feels: Vec<_> = learn.iter().flat_map(DrumTake::feels).collect();

    let (stop, mut watching) = (stop_on_ctrl_c()?, Watch::new(args.out())?);
    let keeping = Keeping { out: args.out(), spec: &spec, training_sets: &training_sets, ngram: None };
    let bench = Workbench { out: args.out(), devices: &devices, stop: &stop };
    train(&options, learn, &watch, bench, |news| {
        watching.hear(news, |epoch: &DrummerEpoch, net| {
            let reached = metrics(
                epoch.number,
                &[
                    ("valid nll per step", epoch.valid_nll),
                    ("valid nll per step, what is struck", epoch.valid_hits_per_step),
                    ("valid nll per step, how loud", epoch.valid_loudness_per_step),
                    ("valid nll per step, where", epoch.valid_offset_per_step),
                ],
            );
            let trained = TrainedDrummer::new(options.net.clone(), net, feels.clone());
            keeping.save(Whole { config: options.net.clone() }, trained, reached)
        });
    })
    .map_err(ended)?;
    watching.done(&stop)
}

fn takes(args: &TrainingArgs, part: &str) -> Result<Vec<DrumTake>> {
    let (takes, remarks) = read_takes(&folders(args, part)).map_err(BadInput::error)?;
    reading::tell_folder(&remarks);
    let measures: usize = takes.iter().map(|take| take.measures.len()).sum();
    println!("{part}: {} takes, {measures} measures, {} files left out", takes.len(), remarks.left_out());
    Ok(takes)
}
