//! `bandplayer train`: from folders of MIDI files to a band file.

mod args;
mod biaxial;
mod melody;
mod options;
mod rmvae;
mod watch;

use anyhow::Result;
use model::VoiceId;

use crate::bad_input::BadInput;
use crate::playing::no_such_voice;
use args::SystemName;
pub(crate) use args::{TrainArgs, spec_of};

/// Trains the system that is named.
pub(crate) fn run(args: &TrainArgs) -> Result<()> {
    let spec = spec_of(&args.band)?;
    let whole = matches!(args.system, SystemName::Rmvae | SystemName::Biaxial);
    if let (true, Some(voice)) = (whole, &args.voice) {
        return Err(BadInput::error(format!(
            "this system learns all voices: leave out --voice {voice}, or choose a --system of one voice"
        )));
    }
    if args.form.is_some() && args.system != SystemName::Biaxial {
        return Err(BadInput::error("--form is the size of a biaxial LSTM: choose --system biaxial, or leave it out"));
    }
    match args.system {
        SystemName::Rmvae => rmvae::run(args, spec),
        SystemName::Biaxial => biaxial::run(args, spec),
        one => {
            let voice = match &args.voice {
                None => VoiceId::FIRST,
                Some(name) => spec.voice(name).ok_or_else(|| no_such_voice(name, &spec))?,
            };
            melody::run(args, one, spec, voice)
        }
    }
}
