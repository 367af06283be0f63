//! `cargo xtask roll`: MIDI files as piano rolls, below or beside one another.

use std::ops::Range;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Parser;
use model::midi_file::{MidiFile, Stretch, Track};
use tests::canvas::Canvas;
use tests::piano_roll::{self, Mark};

/// Draws MIDI files as piano rolls, below or beside one another.
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
    /// Only these measures, counted from 1, as in 3-5; one number: so many from the beginning [default: all].
    #[arg(long, value_name = "FROM-TO", value_parser = measures)]
    measures: Option<Range<usize>>,
    /// Only this track, and others that are named so [default: all].
    #[arg(long = "track", value_name = "NAME")]
    tracks: Vec<String>,
    /// How many pictures stand side by side.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=8))]
    columns: u8,
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
        let first = 1 + self.measures.as_ref().map_or(0, |shown| shown.start);
        if let Some(shown) = &self.measures {
            let shown = shown.start.min(song.len())..shown.end.min(song.len());
            let mut part = song
                .arranged(&[Stretch::Same(shown.clone())])
                .with_context(|| format!("{}: it has {} measures, and none of these", file.display(), song.len()))?;
            let cut = |track: &Track| Track {
                measures: track.measures[shown.clone()].to_vec(),
                performance: None,
                ..track.clone()
            };
            part.tracks = song.tracks.iter().map(cut).collect();
            song = part;
        }
        if let Some(missing) = self.tracks.iter().find(|name| song.track(name).is_none()) {
            bail!("{}: there is no track {missing}", file.display());
        }
        song.tracks.retain(|track| {
            let named = |name: &String| name.eq_ignore_ascii_case(&track.name);
            self.tracks.is_empty() || self.tracks.iter().any(named)
        });
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let title = self.titles.get(index).unwrap_or(&name);
        Ok(piano_roll::draw(&song, title, first, Mark { track: &self.mark, remark: &self.remark }))
    }

    fn run(&self) -> anyhow::Result<()> {
        let pictures: Vec<Canvas> =
            (0..self.files.len()).map(|index| self.picture(index)).collect::<anyhow::Result<_>>()?;
        Canvas::sheet(&pictures, self.columns.into(), piano_roll::PAPER).save(&self.out)?;
        println!("{}", self.out.display());
        Ok(())
    }
}

/// Measures as they are typed.
fn measures(text: &str) -> Result<Range<usize>, String> {
    let number = |text: &str| text.trim().parse::<usize>().ok().filter(|&number| number > 0);
    let range = match text.split_once('-') {
        Some((from, to)) => number(from).zip(number(to)).map(|(from, to)| from - 1..to),
        None => number(text).map(|to| 0..to),
    };
    range.filter(|range| !range.is_empty()).ok_or_else(|| "measures as in 3-5, or a number, are wanted".to_owned())
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
