//! `bandplayer figures`: people's figures gathered from songs.

use std::path::PathBuf;

use anyhow::{Context, Result};
use model::systems::figures::gather;

use crate::bad_input::BadInput;
use crate::playing::say;
use crate::reading::{self, Upbeat};

/// Gathers figures for pop bands from songs whose tracks are Lead, Counter, Chords and Bass.
///
/// Of each song one excerpt of up to 32 measures is kept, and of the songs of --textures those phrases that are most clearly of
/// one texture: held chords, broken chords, and so on. The bank inside the program is
/// model/bands/figures.bin.
#[derive(Debug, clap::Args)]
pub(crate) struct FiguresArgs {
    /// MIDI files.
    #[arg(value_name = "FILE.mid", required = true)]
    files: Vec<PathBuf>,
    /// MIDI files in which textures are looked for.
    #[arg(long, value_name = "FILE.mid", num_args = 1..)]
    textures: Vec<PathBuf>,
    /// The file to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Which excerpt of each song is taken comes from this.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    upbeat: Upbeat,
}

/// Gathers and writes them.
pub(crate) fn run(args: &FiguresArgs) -> Result<()> {
    let read = |file: &PathBuf| reading::read(file, args.upbeat).map(model::midi_file::MidiFile::into_song);
    let songs = args.files.iter().map(read).collect::<Result<Vec<_>>>()?;
    let textured = args.textures.iter().map(read).collect::<Result<Vec<_>>>()?;
    let bank = gather(&songs, &textured, args.seed);
    if bank.measures() == 0 {
        return Err(BadInput::error("no song has the tracks Lead, Chords and Bass and eight measures of one meter"));
    }
    model::files::replace(&args.out, &bank.to_bytes())
        .with_context(|| format!("{} cannot be written", args.out.display()))?;
    say(format!("{} measures of {} songs: {}", bank.measures(), songs.len() + textured.len(), args.out.display()));
    for (texture, steps, excerpts, measures) in bank.textures() {
        say(format!("{texture} in measures of {steps} sixteenths: {excerpts} songs, {measures} measures"));
    }
    Ok(())
}
