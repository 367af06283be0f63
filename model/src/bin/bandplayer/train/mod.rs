//! `bandplayer train`: from folders of MIDI files to a band file.

mod args;
mod biaxial;
mod drummer;
mod harmony;
mod kept;
mod melody;
mod options;
mod rmvae;
mod systems;
mod watch;

use anyhow::Result;

use crate::bad_input::BadInput;
use args::TrainingArgs;
pub(crate) use args::spec_of;
use systems::SystemName;

/// Trains a band on folders of MIDI files.
#[derive(Debug, clap::Args)]
pub(crate) struct TrainArgs {
    /// What is trained: a net of all voices (rmvae, biaxial), the chords (harmony), drums (drummer), or a system of one voice.
    #[arg(long, value_enum, default_value_t = SystemName::Rmvae)]
    system: SystemName,
    #[command(flatten)]
    training: TrainingArgs,
}

/// Trains the system that is named.
pub(crate) fn run(args: &TrainArgs) -> Result<()> {
    if args.training.form.is_some() && args.system != SystemName::Biaxial {
        return Err(BadInput::error("--form is the size of a biaxial LSTM: choose --system biaxial, or leave it out"));
    }
    args.system.train(&args.training)
}
