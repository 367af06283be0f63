//! `bandplayer prepare`: training folders in one file that is read piece by piece.

use std::path::PathBuf;

use anyhow::Result;
use model::midi_file::MidiFile;
use model::midi_file::band_song::Casting;
use model::train::pieces::midi_files;
use model::train::{FolderRemarks, Piece, PiecesError, Preparing};

use crate::bad_input::BadInput;
use crate::playing::say;
use crate::reading;
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
        // Training needs the first two.
        let needed = split != "test";
        let folders = args.data.iter().map(|data| data.join(split));
        let folders: Vec<PathBuf> = folders.filter(|path| needed || path.is_dir()).collect();
        let (mut pieces, mut measures, mut remarks) = (0, 0, FolderRemarks::default());
        for path in midi_files(&folders).map_err(BadInput::error)? {
            let read = match MidiFile::open(&path) {
                Ok(read) => read,
                Err(error) => {
                    remarks.leave_out(error);
                    continue;
                }
            };
            let piece = Piece::from_song(&path, read.song(), &spec, true);
            if piece.measures.iter().all(|measure| measure.is_silent(spec.all())) {
                remarks.leave_out(format_args!("{}: no track is named after a voice of the band", path.display()));
                continue;
            }
            remarks.read(&path, &read, &Casting::of(read.song(), &spec));
            file.add(split, &piece.measures)?;
            (pieces, measures) = (pieces + 1, measures + piece.measures.len());
        }
        if needed && pieces == 0 {
            return Err(BadInput::error(PiecesError::nothing(&folders, &spec, &remarks)));
        }
        reading::tell_folder(&remarks);
        let left_out = remarks.left_out();
        say(format_args!("{split}: {pieces} pieces, {measures} measures, {left_out} files left out"));
    }
    file.finish()?;
    say(format_args!("prepared in {}", args.out.display()));
    Ok(())
}
