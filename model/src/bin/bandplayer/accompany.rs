//! `bandplayer accompany`: a band plays to one track of each of many files.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use model::midi_file::{Song, Track};
use model::play::accompany::{accompany, user_track};
use model::play::tasks::Manner;
use model::systems::rmvae::Helpers;
use model::{BandSpec, Interplay, Lookahead, Settings, Tally, VoiceId};

use crate::bad_input::BadInput;
use crate::bands;
use crate::pace::tempo_text;
use crate::playing::{self, Playing, say};
use crate::timed::{Timed, fastest};

/// Lets a band accompany one track of each file, without a host.
///
/// Writes DIR/<name of the file>: the track and one track per voice of the band, starting at
/// measure 1 as the input does.
#[derive(Debug, clap::Args)]
pub(crate) struct AccompanyArgs {
    /// The voice of the band that the track plays.
    #[arg(long)]
    voice: String,
    /// The track's name in the files [default: the voice's name, else the only or the highest track].
    #[arg(long)]
    track: Option<String>,
    /// How far ahead the band predicts.
    #[arg(long, value_enum, default_value_t = Ahead::SecondNext)]
    lookahead: Ahead,
    /// How the track and the band play together.
    #[arg(long, value_enum, default_value_t = Mode::Accompany)]
    mode: Mode,
    /// How many measures a turn has, with `--mode trade`.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=8))]
    turn: u8,
    #[command(flatten)]
    playing: Playing,
    /// The net plays without its helpers: no key, no loop, no imagined user.
    #[arg(long)]
    net_alone: bool,
    /// Where to write.
    #[arg(long, value_name = "DIR")]
    out_dir: PathBuf,
    /// MIDI files.
    #[arg(required = true, value_name = "FILE.mid")]
    files: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Ahead {
    SecondNext,
    Next,
}

impl From<Ahead> for Lookahead {
    fn from(ahead: Ahead) -> Self {
        match ahead {
            Ahead::SecondNext => Self::SecondNext,
            Ahead::Next => Self::Next,
        }
    }
}

/// The plugin's modes.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Mode {
    /// The band plays the other voices.
    Accompany,
    /// They take turns; the band's are in all voices.
    Trade,
    /// The track plays the band's chords, and the band a melody over them.
    Solo,
    /// Where the track is silent for a measure, the band goes on in all voices.
    Continue,
}

/// One file's work.
struct Job {
    song: Song,
    track: Track,
    out: PathBuf,
}

/// Accompanies all files.
pub(crate) fn run(args: &AccompanyArgs) -> Result<()> {
    let helpers = if args.net_alone { Helpers::none() } else { Helpers::default() };
    let player = bands::find(&args.playing.band, helpers)?;
    let spec = player.predictor.spec().clone();
    let voice = playing::voice(&spec, &args.voice)?;
    let settings = settings(args, &spec, voice);
    let jobs = jobs(args, &spec, voice)?;

    let total: usize = jobs.iter().map(|job| job.song.len()).sum();
    let bar = playing::progress(total)?;
    let mut predictor = Timed::new(player.predictor);
    let (mut tally, mut failed) = (Tally::default(), 0);
    for job in &jobs {
        let step = |_| bar.inc(1);
        let fallback = Arc::clone(&player.fallback);
        let played = accompany(&job.song, &job.track, (&spec, settings), &mut predictor, fallback, step);
        played.song.save(&job.out)?;
        tally += played.tally;
        failed += played.failed;
    }
    bar.finish_and_clear();
    report(args, &jobs, total, &tally, failed, &predictor);
    Ok(())
}

fn settings(args: &AccompanyArgs, spec: &BandSpec, voice: VoiceId) -> Settings {
    let Manner { style, key, seed } = args.playing.manner();
    Settings {
        lookahead: args.lookahead.into(),
        interplay: match args.mode {
            Mode::Accompany => Interplay::Accompany,
            Mode::Trade => Interplay::Trade,
            Mode::Solo => Interplay::Solo,
            Mode::Continue => Interplay::Continue,
        },
        turn: args.turn,
        seed,
        key,
        style,
        ..Settings::new(spec, voice)
    }
}

/// Reads all files before any is written.
fn jobs(args: &AccompanyArgs, spec: &BandSpec, voice: VoiceId) -> Result<Vec<Job>> {
    let name = &spec.voices[voice.index()].name;
    std::fs::create_dir_all(&args.out_dir)
        .with_context(|| format!("the folder {} cannot be made", args.out_dir.display()))?;
    let mut from: HashMap<PathBuf, &Path> = HashMap::new();
    let mut jobs = Vec::with_capacity(args.files.len());
    for file in &args.files {
        let song = Song::read(file).map_err(BadInput::error)?;
        let track = user_track(&song, name, args.track.as_deref())
            .map_err(|error| BadInput::error(format!("{}: {error}", file.display())))?
            .clone();
        let stem = file.file_stem().unwrap_or_default();
        let mut out = args.out_dir.join(stem).into_os_string();
        out.push(".mid");
        let out = PathBuf::from(out);
        if let Some(other) = from.insert(out.clone(), file) {
            let (one, two) = (other.display(), file.display());
            return Err(BadInput::error(format!("{one} and {two} would both be written to {}", out.display())));
        }
        playing::not_over_itself(file, &out)?;
        jobs.push(Job { song, track, out });
    }
    Ok(jobs)
}

fn report(args: &AccompanyArgs, jobs: &[Job], measures: usize, tally: &Tally, failed: u32, predictor: &Timed) {
    let share = f64::from(tally.fallbacks()) / f64::from(tally.predicted + tally.fallbacks()).max(1.0);
    say(format_args!(
        "{} files, {measures} measures: {} predicted, {} missed",
        jobs.len(),
        tally.predicted,
        tally.missed
    ));
    say(format_args!(
        "the fallback played {:.2} % of what the band played ({} measures from the loop, {} otherwise)",
        share * 100.0,
        tally.by_loop,
        tally.by_ngram
    ));
    if failed > 0 {
        say(format_args!("{failed} predictions failed"));
    }
    if let Some([median, p99, max]) = predictor.milliseconds() {
        say(format_args!(
            "a prediction took {median:.2} ms (median), {p99:.2} ms (99th percentile), {max:.2} ms (at most)"
        ));
        let tempo = tempo_text(fastest(args.lookahead.into(), p99));
        say(format_args!("99 of 100 are there in time at {tempo} quarter notes a minute in 4/4"));
    }
    say(format_args!("listen to them in {}", args.out_dir.display()));
}
