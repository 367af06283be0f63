//! `cargo xtask roll`: MIDI files as piano rolls, one below the other.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use model::midi_file::{MidiFile, Track};
use model::play::tasks::score::sheet;
use tests::canvas::Canvas;
use tests::piano_roll::{self, Mark};

/// Draws MIDI files as piano rolls, one below the other.
#[derive(Parser)]
struct Options {
    /// The files, the uppermost first.
    #[arg(required = true, value_name = "FILE.mid")]
    files: Vec<PathBuf>,
    /// What stands above each file's picture, in order [default: the file's name].
    #[arg(long = "title", value_name = "TEXT")]
    titles: Vec<String>,
    /// The track that stands out.
    #[arg(long, default_value = "")]
    mark: String,
    /// What the legend says of it.
    #[arg(long, default_value = "new")]
    remark: String,
    /// Only so many measures from the beginning.
    #[arg(long, default_value_t = usize::MAX)]
    measures: usize,
    /// The picture, a PNG.
    #[arg(long, value_name = "FILE.png")]
    out: PathBuf,
}

impl Options {
    fn picture(&self, index: usize) -> anyhow::Result<Canvas> {
        let file = &self.files[index];
        let read = MidiFile::open(file)?;
        for warning in read.warnings() {
            eprintln!("{}: {warning}", file.display());
        }
        let mut song = read.into_song();
        if self.measures < song.len() {
            let mut part =
                sheet(&song, self.measures).with_context(|| format!("{}: the meter changes", file.display()))?;
            let cut = |track: &Track| Track { measures: track.measures[..self.measures].to_vec(), ..track.clone() };
            part.tracks = song.tracks.iter().map(cut).collect();
            song = part;
        }
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let title = self.titles.get(index).unwrap_or(&name);
        Ok(piano_roll::draw(&song, title, Mark { track: &self.mark, remark: &self.remark }))
    }

    fn run(&self) -> anyhow::Result<()> {
        let pictures: Vec<Canvas> =
            (0..self.files.len()).map(|index| self.picture(index)).collect::<anyhow::Result<_>>()?;
        let (first, others) = pictures.split_first().context("no file")?;
        first.above(others, piano_roll::PAPER).save(&self.out)?;
        println!("{}", self.out.display());
        Ok(())
    }
}

fn main() -> ExitCode {
    match Options::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
