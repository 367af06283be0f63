//! `bandplayer chart`: the chords that are heard in a file.

use std::path::PathBuf;

use anyhow::Result;
use model::play::hear_chart::hear_chart;

use crate::bad_input::BadInput;
use crate::playing::say;
use crate::reading::{self, Upbeat};

/// Prints the chords that are heard in a MIDI file, as a chart that `--chart` reads.
///
/// They are heard in its tracks Chords and Bass, if it has them, else in all tracks that are no drums. A measure of a meter
/// of more than sixteen sixteenths is several measures.
#[derive(Debug, clap::Args)]
pub(crate) struct ChartArgs {
    /// A MIDI file.
    #[arg(value_name = "FILE.mid")]
    file: PathBuf,
    #[command(flatten)]
    upbeat: Upbeat,
}

/// Prints it.
pub(crate) fn run(args: &ChartArgs) -> Result<()> {
    let song = reading::read(&args.file, args.upbeat)?.into_song();
    let chart = hear_chart(&song)
        .ok_or_else(|| BadInput::error(format!("{}: there is no note to hear a chord in", args.file.display())))?;
    say(chart.to_string().trim_end());
    Ok(())
}
