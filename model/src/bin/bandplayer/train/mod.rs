//! `bandplayer train`: from folders of MIDI files to a band file.

mod args;
mod biaxial;
mod melody;
mod options;
mod rmvae;
mod systems;
mod watch;

use anyhow::Result;

use crate::bad_input::BadInput;
pub(crate) use args::{TrainArgs, spec_of};
use systems::SystemName;

/// Trains the system that is named.
pub(crate) fn run(args: &TrainArgs) -> Result<()> {
    if args.form.is_some() && args.system != SystemName::Biaxial {
        return Err(BadInput::error("--form is the size of a biaxial LSTM: choose --system biaxial, or leave it out"));
    }
    args.system.train(args)
}
