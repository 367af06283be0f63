//! `bandplayer accompany`: a band plays to one track of each of many files.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use model::accompany::{accompany, user_track};
use model::midi_file::{Song, Track};
use model::rmvae::Helpers;
use model::{BandSpec, Interplay, Lookahead, Settings, Style, Tally, Tonality, VoiceId};

use crate::bad_input::BadInput;
use crate::bands;
use crate::timed::Timed;

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
    /// pop, chorale, loop (the rule to beat), or the path of a band file.
    #[arg(long, default_value = "pop")]
    band: String,
    /// How far ahead the band predicts.
    #[arg(long, value_enum, default_value_t = Ahead::SecondNext)]
    lookahead: Ahead,
    /// How the track and the band play together.
    #[arg(long, value_enum, default_value_t = Mode::Accompany)]
    mode: Mode,
    /// How many measures a turn has, with `--mode trade`.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=8))]
    turn: u8,
    /// Everything random comes from this.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// 0 always plays the likeliest; 1 is as various as the training music; up to 2.
    #[arg(long, default_value_t = 1.0, value_parser = within::<0, 2>)]
    temperature: f32,
    /// The key, as in "F# minor" [default: the band follows it].
    #[arg(long, value_parser = |text: &str| text.parse::<Tonality>())]
    key: Option<Tonality>,
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

/// A number from `LOW` to `HIGH`.
fn within<const LOW: i16, const HIGH: i16>(text: &str) -> Result<f32, String> {
    let (low, high) = (f32::from(LOW), f32::from(HIGH));
    match text.parse() {
        Ok(number) if (low..=high).contains(&number) => Ok(number),
        _ => Err(format!("a number from {low} to {high} is wanted")),
    }
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
    let player = bands::find(&args.band, helpers)?;
    let spec = player.predictor.spec().clone();
    let voice = spec.voice(&args.voice).ok_or_else(|| no_such_voice(&args.voice, &spec))?;
    let settings = settings(args, &spec, voice);
    let jobs = jobs(args, &spec, voice)?;

    let total: usize = jobs.iter().map(|job| job.song.len()).sum();
    let bar = ProgressBar::new(u64::try_from(total).unwrap_or(u64::MAX));
    bar.set_style(ProgressStyle::with_template("{bar:30} {pos}/{len} measures · {eta} left")?);
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
    Settings {
        lookahead: match args.lookahead {
            Ahead::SecondNext => Lookahead::SecondNext,
            Ahead::Next => Lookahead::Next,
        },
        interplay: match args.mode {
            Mode::Accompany => Interplay::Accompany,
            Mode::Trade => Interplay::Trade,
            Mode::Solo => Interplay::Solo,
            Mode::Continue => Interplay::Continue,
        },
        turn: args.turn,
        seed: args.seed,
        key: args.key,
        style: Style { temperature: args.temperature, ..Style::default() },
        ..Settings::new(spec, voice)
    }
}

pub(crate) fn no_such_voice(wanted: &str, spec: &BandSpec) -> anyhow::Error {
    let voices: Vec<&str> = spec.voices.iter().map(|voice| voice.name.as_str()).collect();
    BadInput::error(format!("the band {} has no voice `{wanted}`: it has {}", spec.name, voices.join(", ")))
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
        if same_file(&out, file) {
            return Err(BadInput::error(format!(
                "{} would overwrite itself: choose another --out-dir",
                file.display()
            )));
        }
        jobs.push(Job { song, track, out });
    }
    Ok(jobs)
}

fn same_file(one: &Path, two: &Path) -> bool {
    matches!((one.canonicalize(), two.canonicalize()), (Ok(one), Ok(two)) if one == two)
}

fn report(args: &AccompanyArgs, jobs: &[Job], measures: usize, tally: &Tally, failed: u32, predictor: &Timed) {
    let share = f64::from(tally.fallbacks()) / f64::from(tally.predicted + tally.fallbacks()).max(1.0);
    println!("{} files, {measures} measures: {} predicted, {} missed", jobs.len(), tally.predicted, tally.missed);
    println!(
        "the fallback played {:.2} % of what the band played ({} measures from the loop, {} otherwise)",
        share * 100.0,
        tally.by_loop,
        tally.by_ngram
    );
    if failed > 0 {
        println!("{failed} predictions failed");
    }
    if let Some([median, p99, max]) = predictor.milliseconds() {
        println!("a prediction took {median:.2} ms (median), {p99:.2} ms (99th percentile), {max:.2} ms (at most)");
        // A second-next prediction has the time of one measure.
        let fastest = 4.0 * 60e3 / p99;
        println!("99 of 100 are there in time up to {fastest:.0} quarter notes a minute in 4/4");
    }
    println!("listen to them in {}", args.out_dir.display());
}
