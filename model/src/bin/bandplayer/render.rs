//! `bandplayer render`: a MIDI file as sound.

use std::path::PathBuf;

use anyhow::{Context, Result};
use model::midi_file::MidiFile;
use model::rendering::write_wav;

use crate::bad_input::BadInput;
use crate::files;
use crate::playing::{not_over_itself, say};
use crate::printing::warn;

/// Plays a MIDI file with the instruments that are inside, into a WAV file.
///
/// Each channel plays the instrument nearest to its General MIDI program, channel 10 the drum kit.
#[derive(Debug, clap::Args)]
pub(crate) struct RenderArgs {
    /// The MIDI file.
    #[arg(value_name = "FILE.mid")]
    file: PathBuf,
    /// Where the sound goes: 48 kHz, stereo, 16 bits, about −16 LUFS.
    #[arg(long, value_name = "FILE.wav")]
    out: PathBuf,
}

/// Renders it.
pub(crate) fn run(args: &RenderArgs) -> Result<()> {
    let file = MidiFile::open(&args.file).map_err(BadInput::error)?;
    not_over_itself(&args.file, &args.out)?;
    files::may_write(&args.out)?;
    for warning in file.warnings() {
        warn(format_args!("{}: {warning}", args.file.display()));
    }
    let wav = write_wav(&file, &args.out).with_context(|| format!("could not write {}", args.out.display()))?;
    say(format_args!("listen to {} ({:.0} seconds)", args.out.display(), wav.seconds));
    Ok(())
}
