//! `bandplayer prepare`: training folders in one file that is read piece by piece.

use std::path::PathBuf;

use anyhow::Result;
use model::midi_file::Song;
use model::train::pieces::midi_files;
use model::train::{Piece, Preparing};

use crate::bad_input::BadInput;
use crate::train::spec_of;

/// Puts training folders into one file that training reads piece by piece: for music that does not fit in memory.
///
/// `bandplayer train --data FILE` learns from it what it learns from the folders.
#[derive(Debug, clap::Args)]
pub(crate) struct PrepareArgs {
    /// Which voices: those of `pop` or of `chorale`.
    #[arg(long, default_value = "pop")]
    band: String,
    /// A folder with the folders `train` and `valid`. Give it several times for several sets.
    #[arg(long, required = true)]
    data: Vec<PathBuf>,
    /// The file to write.
    #[arg(long)]
    out: PathBuf,
}

/// Prepares: one piece in memory at a time.
pub(crate) fn run(args: &PrepareArgs) -> Result<()> {
    let spec = spec_of(&args.band)?;
    let mut file = Preparing::new(&args.out, &spec)?;
    for split in ["train", "valid", "test"] {
        let folders: Vec<PathBuf> =
            args.data.iter().map(|data| data.join(split)).filter(|path| path.is_dir()).collect();
        let (mut pieces, mut measures, mut skipped) = (0, 0, 0);
        for path in midi_files(&folders).map_err(BadInput::error)? {
            let piece = match Song::read(&path) {
                Ok(song) => Piece::from_song(&path, &song, &spec, true),
                Err(error) => {
                    eprintln!("left out: {error}");
                    skipped += 1;
                    continue;
                }
            };
            if piece.measures.iter().all(|measure| measure.is_silent(spec.all())) {
                eprintln!("left out: {}: no track is named after a voice of the band", path.display());
                skipped += 1;
                continue;
            }
            file.add(split, &piece.measures)?;
            (pieces, measures) = (pieces + 1, measures + piece.measures.len());
        }
        println!("{split}: {pieces} pieces, {measures} measures, {skipped} files left out");
    }
    file.finish()?;
    println!("prepared in {}", args.out.display());
    Ok(())
}
