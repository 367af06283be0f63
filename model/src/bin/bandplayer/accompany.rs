//! `bandplayer accompany`: a band plays to one track of each of many files.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;
use model::metrics::{DrumFollowing, RhythmFollowing};
use model::midi_file::{Aside, MidiFile, Track};
use model::play::accompany::accompany;
use model::play::drumming::DrumManner;
use model::play::tasks::Manner;
use model::systems::band_file::Band;
use model::systems::drummer::TrainedDrummer;
use model::systems::harmony::HarmonyChoice;
use model::systems::rmvae::Helpers;
use model::{BandSpec, Figures, Interplay, LONGEST_TURN, Lookahead, PitchFollow, Settings, Tally, VoiceId};

use crate::bad_input::BadInput;
use crate::bands;
use crate::batch::Batch;
use crate::drums::{self, DrumsBeside};
use crate::files;
use crate::pace::tempo_text;
use crate::playing::{self, Playing, say, usual};
use crate::reading::{self, Upbeat};
use crate::timed::{Timed, fastest};

/// Lets a band accompany one track of each file, without a host.
///
/// Writes DIR/<name of the file>: the track and one track per voice of the band, starting at
/// measure 1 as the input does. A file that cannot be read or written is named with the reason, and the others are done;
/// the exit code is 3 then.
#[derive(Debug, clap::Args)]
pub(crate) struct AccompanyArgs {
    /// The voice of the band that the track plays; Drums: the track is a drummer's, and the band plays all voices.
    #[arg(long)]
    voice: String,
    /// The track's name or number in the files [default: the voice's name, else the track that seems to be the tune; with
    /// `--voice Drums`, channel 10].
    #[arg(long, value_name = "NAME|NUMBER")]
    track: Option<String>,
    #[command(flatten)]
    upbeat: Upbeat,
    /// How far ahead the band predicts.
    #[arg(long, value_enum, default_value_t = Ahead::from(usual().lookahead))]
    lookahead: Ahead,
    /// How the track and the band play together.
    #[arg(long, value_enum, default_value_t = Mode::from(usual().interplay))]
    mode: Mode,
    /// How many measures a turn has, with `--mode trade` [default: 4].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=i64::from(LONGEST_TURN)))]
    turn: Option<u8>,
    /// How many measures the band listens before it comes in.
    #[arg(long, value_name = "N", default_value_t = usual().listen_first, value_parser = clap::value_parser!(u8).range(1..=16))]
    listen_first: u8,
    /// How many measures the band plays on while the track is silent; `forever` never ends.
    #[arg(long, value_name = "N", default_value_t = Rest(usual().play_on), value_parser = Rest::read)]
    play_on: Rest,
    /// How far the band plays as loud as the track, 0 to 1.
    #[arg(long, default_value_t = usual().follow, value_parser = share)]
    follow: f32,
    /// Does a note of the band that would lie a semitone beside what the track holds as it begins move to the nearest
    /// one that does not?
    #[arg(long, value_enum, default_value_t = Pitches::from(usual().pitches))]
    follow_pitches: Pitches,
    /// With `--voice Drums`, how far the band's rhythm leans to your hits, in percent [default: 100].
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    lean: Option<u8>,
    #[command(flatten)]
    drums: DrumsBeside,
    #[command(flatten)]
    playing: Playing,
    /// The net plays without its helpers: no key, no loop, no imagined user; and no foretold chords and no figures, unless they
    /// are asked for.
    #[arg(long, conflicts_with = "key")]
    net_alone: bool,
    /// What the band plans is played in figures, as people play: rhythms are kept and come back with the track, voices rest,
    /// notes are as loud as people's. On: figures as they fit; or those of one texture: held, quarters, bass-and-chords,
    /// broken, open, flowing, rocking, rolling, sixteenths, driving. For bands with two voices of Counter, Chords and Bass
    /// [default: on with those inside the program, off with a band file, of which little would be heard].
    #[arg(long, value_name = "on|off|TEXTURE", num_args = 0..=1, require_equals = true, default_missing_value = "on")]
    figures: Option<Figures>,
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

impl From<Lookahead> for Ahead {
    fn from(lookahead: Lookahead) -> Self {
        match lookahead {
            Lookahead::SecondNext => Self::SecondNext,
            Lookahead::Next => Self::Next,
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

impl From<Mode> for Interplay {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Accompany => Self::Accompany,
            Mode::Trade => Self::Trade,
            Mode::Solo => Self::Solo,
            Mode::Continue => Self::Continue,
        }
    }
}

impl From<Interplay> for Mode {
    fn from(interplay: Interplay) -> Self {
        match interplay {
            Interplay::Accompany => Self::Accompany,
            Interplay::Trade => Self::Trade,
            Interplay::Solo => Self::Solo,
            Interplay::Continue => Self::Continue,
        }
    }
}

/// How far the band's pitches follow the track's.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Pitches {
    /// What was planned is played.
    Off,
    /// What would clash moves, and what clashes as it sounds is lifted.
    AvoidClashes,
    /// Besides, where the track plays a chord, notes keep their function in it.
    Chords,
}

impl From<Pitches> for PitchFollow {
    fn from(pitches: Pitches) -> Self {
        match pitches {
            Pitches::Off => Self::Off,
            Pitches::AvoidClashes => Self::AvoidClashes,
            Pitches::Chords => Self::Chords,
        }
    }
}

impl From<PitchFollow> for Pitches {
    fn from(follow: PitchFollow) -> Self {
        match follow {
            PitchFollow::Off => Self::Off,
            PitchFollow::AvoidClashes => Self::AvoidClashes,
            PitchFollow::Chords => Self::Chords,
        }
    }
}

/// How many measures the band plays on alone, as it is typed and said.
#[derive(Clone, Copy, Debug)]
struct Rest(u8);

impl Rest {
    /// As far as the plugin's control goes; beyond it lies "for ever". Required: the same choices.
    const MOST: u8 = 64;

    fn read(text: &str) -> Result<Self, String> {
        match text.parse() {
            _ if text == "forever" => Ok(Self(Settings::FOR_EVER)),
            Ok(measures) if measures <= Self::MOST => Ok(Self(measures)),
            _ => Err(format!("a number of measures from 0 to {}, or forever, is wanted", Self::MOST)),
        }
    }
}

impl std::fmt::Display for Rest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0 == Settings::FOR_EVER { f.write_str("forever") } else { self.0.fmt(f) }
    }
}

fn share(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(number) if (0.0..=1.0).contains(&number) => Ok(number),
        _ => Err("a number from 0 to 1 is wanted".into()),
    }
}

/// One file's work.
struct Job {
    file: MidiFile,
    track: Track,
    /// What the file says beside the track.
    asides: Vec<Aside>,
    out: PathBuf,
}

/// Accompanies all files.
pub(crate) fn run(args: &AccompanyArgs) -> Result<()> {
    let helpers = if args.net_alone { Helpers::none() } else { Helpers::default() };
    let player = bands::find(&args.playing.band, helpers)?;
    if args.net_alone && !player.helped {
        let band = &args.playing.band;
        return Err(BadInput::error(format!(
            "--net-alone: the band `{band}` is no RMVAE, and plays without helpers: leave it out"
        )));
    }
    if let Some(turn) = args.turn.filter(|_| !matches!(args.mode, Mode::Trade)) {
        return Err(BadInput::error(format!(
            "--turn {turn}: turns are taken with --mode trade: add it, or leave --turn out"
        )));
    }
    let spec = player.predictor.spec().clone();
    let voice = seat(&spec, &args.voice)?;
    let kit = &args.drums.strokes.kit;
    if voice.is_none() && args.drums.drumming().is_some() {
        return Err(BadInput::error(
            "--drums: your track drums (--voice Drums), and nobody else does: leave --drums out",
        ));
    }
    if let (Some(lean), Some(_)) = (args.lean, voice) {
        return Err(BadInput::error(format!(
            "--lean {lean}: bands lean to a drummer's hits: give --voice Drums, or leave it out"
        )));
    }
    if voice.is_some() && args.drums.drumming().is_none() && !kit.is_usual() {
        return Err(BadInput::error("--kit is a drummer's: give --drums automatic, a style, or --voice Drums"));
    }
    let settings = settings(args, &spec, voice);
    let drummer = drummer(args)?;
    kit.tell();
    // Whatever is asked for while a measure sounds is for the next one.
    let at = Arc::new(AtomicUsize::new(0));
    let sounding = Arc::clone(&at);
    // Figures over told chords leave nothing to hear of a band: who gives one of their own wants to hear that.
    let inside = bands::is_inside(&args.playing.band);
    let planner = bands::in_figures(player.predictor, &args.playing.band, args.figures)?;
    let planner = if inside && args.figures.is_none() { Band::in_figures(planner) } else { planner };
    let predictor =
        args.playing.with_chords_as(usual_chords(args), planner, move |_| sounding.load(Ordering::Relaxed) + 1)?;
    let mut batch = Batch::of(args.files.len());
    let jobs = jobs(args, &spec, voice, &mut batch)?;

    let total: usize = jobs.iter().map(|job| job.file.song().len()).sum();
    let bar = playing::progress(total)?;
    let mut predictor = Timed::new(predictor);
    let (mut tally, mut failed, mut measures) = (Tally::default(), 0, 0);
    let (mut moved, mut lifted) = (0, 0);
    let (mut followed, mut to_hits) = (DrumFollowing::default(), RhythmFollowing::default());
    for job in &jobs {
        let step = |measure| {
            at.store(measure, Ordering::Relaxed);
            bar.inc(1);
        };
        let fallback = Arc::clone(&player.fallback);
        let mut played = accompany(job.file.song(), &job.track, (&spec, settings), &mut predictor, fallback, step);
        if let (Some((trained, manner)), Some(voice)) = (&drummer, voice) {
            let how = (manner, &args.drums.strokes);
            drums::join(&mut played.song, &job.track, (&spec, voice), trained, how, &mut followed)?;
        }
        if voice.is_none() {
            to_hits.add((&job.track.measures, &kit.kit), &played.song.tracks[1..], &spec);
        }
        played.song.asides.clone_from(&job.asides);
        if batch.take(played.song.save(&job.out).map_err(Into::into)).is_some() {
            measures += played.song.len();
            tally += played.tally;
            failed += played.failed;
            moved += played.moved;
            lifted += played.lifted;
        }
    }
    bar.finish_and_clear();
    if batch.done() > 0 {
        report(args, (batch.done(), measures), &tally, failed, &predictor);
    }
    drums::tell(&followed);
    drums::tell_rhythm(&to_hits);
    if moved > 0 {
        say(format_args!("{moved} notes of the band yielded to what the track held as they began"));
    }
    if lifted > 0 {
        say(format_args!("{lifted} notes of the band ended early, since they rubbed against what the track held"));
    }
    batch.finish()
}

/// The drummer, if one is asked for, and how to drum.
fn drummer(args: &AccompanyArgs) -> Result<Option<(Arc<TrainedDrummer>, DrumManner)>> {
    let Some(how) = args.drums.drumming() else {
        if !args.drums.strokes.is_groove_usual() {
            return Err(BadInput::error("--groove is a drummer's: give --drums automatic, or a style"));
        }
        return Ok(None);
    };
    Ok(Some((drums::inside()?, how.manner(args.playing.manner()))))
}

/// Which chords are told where nobody says so: as in a new plugin, and none to a net alone.
fn usual_chords(args: &AccompanyArgs) -> HarmonyChoice {
    if args.net_alone { HarmonyChoice::OFF } else { usual().harmony }
}

/// The voice of this name; `None`: the drums, which are no voice of a band.
fn seat(spec: &BandSpec, name: &str) -> Result<Option<VoiceId>> {
    match spec.voice(name) {
        None if name.eq_ignore_ascii_case("drums") => Ok(None),
        _ => playing::voice(spec, name).map(Some),
    }
}

fn settings(args: &AccompanyArgs, spec: &BandSpec, voice: Option<VoiceId>) -> Settings {
    let Manner { mut style, key, seed } = args.playing.manner();
    let unasked = if args.net_alone { Figures::Off } else { style.figures };
    style.figures = args.figures.unwrap_or(unasked);
    Settings {
        lookahead: args.lookahead.into(),
        interplay: args.mode.into(),
        turn: args.turn.unwrap_or(usual().turn),
        listen_first: args.listen_first,
        play_on: args.play_on.0,
        follow: args.follow,
        pitches: args.follow_pitches.into(),
        harmony: args.playing.harmony(usual_chords(args)),
        seed,
        key,
        style,
        user_drums: voice.is_none(),
        kit: args.drums.strokes.kit.kit,
        lean: args.lean.map_or(usual().lean, |percent| f32::from(percent) / 100.0),
        ..Settings::new(spec, voice.unwrap_or(VoiceId::FIRST))
    }
}

/// Reads all files before any is written.
fn jobs(args: &AccompanyArgs, spec: &BandSpec, voice: Option<VoiceId>, batch: &mut Batch) -> Result<Vec<Job>> {
    let name = voice.map(|voice| &spec.voices[voice.index()].name);
    files::folder(&args.out_dir)?;
    let mut from: HashMap<PathBuf, PathBuf> = HashMap::new();
    let mut job = |file: &Path| -> Result<Job> {
        let read = reading::read(file, args.upbeat)?;
        let part = match name {
            Some(name) => reading::part(&read, file, name, args.track.as_deref())?,
            None => reading::drum_part(&read, file, args.track.as_deref())?,
        };
        let asides = read.asides(&part.places);
        let track = Track { performance: Some(read.performance(&part.places)), ..part.track };
        let stem = file.file_stem().unwrap_or_default();
        let mut out = args.out_dir.join(stem).into_os_string();
        out.push(".mid");
        let out = PathBuf::from(out);
        playing::not_over_itself(file, &out)?;
        if let Some(other) = from.get(&out) {
            let (one, two) = (other.display(), file.display());
            return Err(BadInput::error(format!("{one} and {two} would both be written to {}", out.display())));
        }
        files::may_write(&out)?;
        from.insert(out.clone(), file.into());
        Ok(Job { file: read, track, asides, out })
    };
    Ok(args.files.iter().filter_map(|file| batch.take(job(file))).collect())
}

fn report(args: &AccompanyArgs, (files, measures): (usize, usize), tally: &Tally, failed: u32, predictor: &Timed) {
    let share = f64::from(tally.fallbacks()) / f64::from(tally.predicted + tally.fallbacks()).max(1.0);
    say(format_args!("{files} files, {measures} measures: {} predicted, {} missed", tally.predicted, tally.missed));
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

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: AccompanyArgs,
    }

    fn parse(options: &[&str]) -> Result<AccompanyArgs, clap::Error> {
        let needed = ["accompany", "--voice", "Lead", "--out-dir", "out", "in.mid"];
        Line::try_parse_from(needed.iter().chain(options)).map(|line| line.args)
    }

    #[test]
    fn without_options_every_control_is_as_in_a_new_plugin() {
        let (spec, voice) = (BandSpec::pop(), VoiceId::FIRST);
        let args = parse(&[]).expect("nothing more is needed");
        assert_eq!(settings(&args, &spec, Some(voice)), Settings::new(&spec, voice));
        assert_eq!(args.playing.band, model::systems::band_file::Band::USUAL);
    }

    #[test]
    fn energy_is_a_percentage_on_both_sides_of_as_before() {
        let energy = |text: &str| {
            let args = parse(&["--energy", text]).ok()?;
            Some(settings(&args, &BandSpec::pop(), Some(VoiceId::FIRST)).style.energy.get())
        };
        assert_eq!(["-100", "-50", "0", "25", "100"].map(energy), [-1.0, -0.5, 0.0, 0.25, 1.0].map(Some));
        assert_eq!(["-101", "101", "full", "nan", "0.5"].map(energy), [None; 5]);
    }

    #[test]
    fn figures_are_as_in_a_new_plugin_unless_somebody_says_so() {
        let figures = |options: &[&str]| {
            let args = parse(options).expect("good options");
            settings(&args, &BandSpec::pop(), Some(VoiceId::FIRST)).style.figures
        };
        let usual = model::Style::default().figures;
        let found = [&[][..], &["--figures"], &["--figures=off"], &["--figures=broken"]].map(figures);
        assert_eq!(found, [usual, Figures::Automatic, Figures::Off, Figures::In(model::Texture::Broken)]);
        let refused = parse(&["--figures=polka"]).expect_err("no texture").to_string();
        assert!(refused.contains("there are no figures `polka`: choose on (as they fit), off, held,"), "{refused}");
    }

    #[test]
    fn the_band_plays_on_for_as_long_as_is_said() {
        let play_on = |text: &str| parse(&["--play-on", text]).map(|args| args.play_on.0).ok();
        assert_eq!((play_on("0"), play_on("64"), play_on("forever")), (Some(0), Some(64), Some(Settings::FOR_EVER)));
        assert_eq!((play_on("65"), play_on("255"), play_on("-1")), (None, None, None));
        assert!(parse(&["--follow", "1.5"]).is_err() && parse(&["--follow", "nan"]).is_err());
    }
}
