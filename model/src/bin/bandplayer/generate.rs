//! `bandplayer generate`: new music after a beginning.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use model::midi_file::Song;
use model::music::measure::MonoStep;
use model::play::tasks::go_on::{Cast, go_on, measures_of};
use model::play::tasks::search::{Search, search};
use model::play::tasks::{Manner, score};
use model::random::mix;
use model::systems::melody::{Melody, Soloist};
use model::systems::rmvae::Helpers;
use model::{Figures, Key, Measure, Predictor, TimeSignature, Tonality, VoiceId};

use crate::bad_input::BadInput;
use crate::bands;
use crate::drums::{self, Drumming, Solo};
use crate::files;
use crate::playing::{self, Playing};
use crate::primer::{Beginning, Line, Primer, Reading};

/// Makes new music after a beginning.
///
/// A system of one voice (Melody RNN, Melody LSTM, plain RNN, n-gram of melodies, Markov chain) goes on with the line
/// event by event, and may search for likely lines. Any other band goes on in all its voices measure by measure. With
/// `--voice Drums` a drummer plays alone, from nothing: a drum track on channel 10, in General MIDI keys.
#[derive(Debug, clap::Args)]
pub(crate) struct GenerateArgs {
    #[command(flatten)]
    beginning: Beginning,
    #[command(flatten)]
    reading: Reading,
    /// How many measures in all, with the beginning's [default: 8 more than it has].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=4096), conflicts_with = "num_steps")]
    measures: Option<u16>,
    /// How many sixteenths in all, with the beginning's; of a band that plays whole measures, whole measures.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=65_536))]
    num_steps: Option<u32>,
    /// How many pieces to make; the second is written beside the first, as FILE-2.mid, and so on.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1000))]
    num_outputs: u16,
    /// Systems of one voice: how many lines go on at once, of which the likeliest is kept [default: 1].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    beam_size: Option<u16>,
    /// Systems of one voice: how many ways each of these lines goes on [default: 1].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    branch_factor: Option<u16>,
    /// Systems of one voice: how many sixteenths before the likeliest lines are chosen [default: 1].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=4096))]
    steps_per_iteration: Option<u16>,
    /// What the band plans is played in people's figures: on, as they fit; or those of one texture (held, quarters,
    /// bass-and-chords, broken, open, flowing, rocking, rolling, sixteenths, driving). For bands with two voices of Counter,
    /// Chords and Bass [default: off].
    #[arg(long, value_name = "on|off|TEXTURE", num_args = 0..=1, require_equals = true, default_missing_value = "on")]
    figures: Option<Figures>,
    /// Where to write.
    #[arg(long, value_name = "FILE.mid")]
    out: PathBuf,
    #[command(flatten)]
    drumming: Drumming,
    #[command(flatten)]
    playing: Playing,
}

/// The voice that is no band's. Required: the tracks of drummers are named so.
const DRUMS: &str = "Drums";

/// How many measures are made where nobody says it. Chosen: a phrase.
const NEW_MEASURES: usize = 8;

/// Makes the pieces, then writes them.
pub(crate) fn run(args: &GenerateArgs) -> Result<()> {
    let drums = args.reading.voice.as_ref().is_some_and(|voice| voice.eq_ignore_ascii_case(DRUMS));
    if drums || drums::is_drummer(&args.playing.band) {
        return drum(args);
    }
    if !args.beginning.is_there() {
        return Err(BadInput::error(
            "music begins with something: give --primer, --notes, --pitch, --silence or --noise; drums alone (--voice \
             Drums) begin with nothing",
        ));
    }
    if !args.drumming.is_usual() {
        return Err(BadInput::error("--style, --groove and --kit are a drummer's: give --voice Drums"));
    }
    let player = bands::find(&args.playing.band, Helpers::default())?;
    if let (Some(figures), Some(_)) = (args.figures.filter(|figures| figures.are_played()), &player.soloist) {
        return Err(BadInput::error(format!(
            "--figures={figures}: the band `{}` goes on with one line, and no accompaniment: leave it out, or choose pop",
            args.playing.band
        )));
    }
    let planner = bands::in_figures(player.predictor, &args.playing.band, args.figures)?;
    let mut predictor = args.playing.with_chords(planner, playing::target)?;
    let spec = predictor.spec().clone();
    let voice = match (&args.reading.voice, &player.soloist) {
        (Some(name), _) => playing::voice(&spec, name)?,
        (None, Some(soloist)) => soloist.voice(),
        (None, None) => VoiceId::FIRST,
    };
    let primer = args.beginning.read(&args.reading, &spec, voice, args.playing.seed)?;
    (1..=usize::from(args.num_outputs)).try_for_each(|number| files::may_write(&numbered(&args.out, number)))?;
    let songs = (0..args.num_outputs)
        .map(|number| {
            let mut manner = Manner { seed: mix(args.playing.seed, u64::from(number)), ..args.playing.manner() };
            manner.style.figures = args.figures.unwrap_or(Figures::Off);
            match &player.soloist {
                Some(soloist) => line(args, &primer, soloist, voice, &manner),
                None => whole_measures(args, &primer, &mut *predictor, voice, &manner),
            }
        })
        .collect::<Result<Vec<Song>>>()?;
    for (number, song) in (1..).zip(&songs) {
        let out = numbered(&args.out, number);
        song.save(&out)?;
        playing::say(format!("listen to {}", out.display()));
    }
    Ok(())
}

/// Drums alone, from nothing.
fn drum(args: &GenerateArgs) -> Result<()> {
    let searching = [args.beam_size, args.branch_factor, args.steps_per_iteration].iter().any(Option::is_some);
    if let Some(figures) = args.figures {
        return Err(BadInput::error(format!("--figures={figures}: a drummer has none: leave it out")));
    }
    if args.beginning.is_there() || args.num_steps.is_some() || searching {
        return Err(BadInput::error(
            "drums begin with nothing, and have whole measures: give --measures, --meter and --tempo alone, and leave out \
             --primer, --notes, --pitch, --silence, --noise, --num-steps, --beam-size, --branch-factor and \
             --steps-per-iteration",
        ));
    }
    (1..=usize::from(args.num_outputs)).try_for_each(|number| files::may_write(&numbered(&args.out, number)))?;
    let trained = drums::drummer(&args.playing.band)?;
    let alone = Solo {
        meter: args.reading.meter.unwrap_or(TimeSignature::FOUR_FOUR),
        tempo: f64::from(args.reading.tempo.unwrap_or(120)),
        measures: args.measures.map_or(NEW_MEASURES, usize::from),
    };
    let manner = args.drumming.manner(args.playing.manner());
    for number in 0..args.num_outputs {
        let song = alone.song(&trained, &args.drumming, manner, number.into())?;
        let out = numbered(&args.out, usize::from(number) + 1);
        song.save(&out)?;
        playing::say(format!("listen to {}", out.display()));
    }
    Ok(())
}

/// FILE.mid, FILE-2.mid, FILE-3.mid …
fn numbered(path: &Path, number: usize) -> PathBuf {
    if number == 1 {
        return path.to_owned();
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let extension = path.extension().map_or(String::new(), |extension| format!(".{}", extension.to_string_lossy()));
    path.with_file_name(format!("{stem}-{number}{extension}"))
}

/// How many sixteenths the piece has in all, where the beginning has `from` and a measure `bar`.
fn length(args: &GenerateArgs, from: usize, bar: usize) -> Result<usize> {
    let asked = match (args.measures, args.num_steps) {
        (Some(measures), _) => usize::from(measures) * bar,
        (None, Some(steps)) => usize::try_from(steps)?,
        (None, None) => from.next_multiple_of(bar) + NEW_MEASURES * bar,
    };
    if asked <= from {
        return Err(BadInput::error(format!(
            "the beginning alone has {from} sixteenths, and {asked} are asked for in all: ask for more"
        )));
    }
    Ok(asked)
}

/// A line of one voice, event by event.
fn line(args: &GenerateArgs, primer: &Primer, soloist: &Soloist, voice: VoiceId, manner: &Manner) -> Result<Song> {
    let Line { bar: steps, events, from } = primer.line(voice)?;
    let bar = usize::from(steps);
    let new = match (args.measures, args.num_steps) {
        (Some(measures), _) => steps_of(&primer.sheet(measures.into())?).saturating_sub(from),
        (None, Some(_)) => length(args, from, bar)? - from,
        // To a bar line, whatever upbeat the beginning has.
        (None, None) => events.len().next_multiple_of(bar) - events.len() + NEW_MEASURES * bar,
    };
    if new == 0 {
        return Err(BadInput::error(format!("the beginning alone has {from} sixteenths: ask for more")));
    }
    let total = events.len() + new;
    let model = soloist.model();
    let chroma = events.iter().fold([0.0; 12], |mut chroma, event| {
        if let MonoStep::Note(key) = event {
            chroma[usize::from(key.pitch_class())] += 1.0;
        }
        chroma
    });
    let shift = if model.keyed() { manner.key.unwrap_or_else(|| Tonality::of(&chroma)).to_c() } else { 0 };
    let range = model.range();
    let change = |event: &MonoStep, to: &dyn Fn(Key) -> Key| match event {
        MonoStep::Note(key) => MonoStep::Note(to(*key)),
        other => *other,
    };
    let learnt = |key: Key| range.folded(Key::clamped(i32::from(key.get()) + shift));
    let melody = Melody { bar, events: events.iter().map(|event| change(event, &learnt)).collect() };
    let how = Search {
        beam: args.beam_size.unwrap_or(1).into(),
        branches: args.branch_factor.unwrap_or(1).into(),
        steps: args.steps_per_iteration.unwrap_or(1).into(),
    };
    let found = search(model, &melody, total, how, manner.style, manner.seed)
        .context("the net's output is not finite: the band file is damaged")?;
    let spec = soloist.spec();
    let home = spec.voices[voice.index()].range;
    let played = |key: Key| home.folded(Key::clamped(i32::from(key.get()) - shift));
    let new_events = found.melody.events[events.len()..].iter().map(|event| change(event, &played));
    // From the first measure that is heard; the beginning may have others before it.
    let mut whole = Melody { bar, events: events.iter().copied().chain(new_events).collect() }.measures();
    for (at, measure) in whole.iter_mut().enumerate() {
        measure.for_each_mut(|note| {
            if at * bar + usize::from(note.step.0) >= events.len() {
                note.velocity = manner.style.energy.velocity(note.velocity);
            }
        });
    }
    let before = primer.measures.len().saturating_sub(events.len().div_ceil(bar));
    let sheet = primer.sheet(before + whole.len())?;
    let mut line: Vec<Measure> = sheet.spans()[..before].iter().map(|span| Measure::silent(span.steps)).collect();
    line.extend(whole);
    let song = primer.with(sheet, spec, &[(voice, line)]);
    playing::say(format!("{new} new sixteenths, {:.3} nats each", found.nats / f64::from(u32::try_from(new)?)));
    Ok(song)
}

/// All voices, measure by measure.
fn whole_measures(
    args: &GenerateArgs,
    primer: &Primer,
    predictor: &mut dyn Predictor,
    voice: VoiceId,
    manner: &Manner,
) -> Result<Song> {
    let searching = [args.beam_size, args.branch_factor, args.steps_per_iteration].iter().any(Option::is_some);
    if searching {
        return Err(BadInput::error(format!(
            "the band `{}` plays whole measures: --beam-size, --branch-factor and --steps-per-iteration are for systems \
             of one voice, which play event by event",
            args.playing.band
        )));
    }
    let from: usize = primer.measures.iter().map(|measure| usize::from(measure.steps())).sum();
    let next = primer.sheet(primer.measures.len() + 1)?;
    let bar = next.spans().last().map_or(16, |span| usize::from(span.steps));
    let measures = match (args.measures, args.num_steps) {
        (Some(measures), _) => usize::from(measures),
        (None, None) => primer.measures.len() + NEW_MEASURES,
        (None, Some(_)) => {
            let total = length(args, from, bar)?;
            let long_enough = |&n: &usize| primer.sheet(n).map_or(true, |song| steps_of(&song) >= total);
            (primer.measures.len()..).find(long_enough).unwrap_or(primer.measures.len())
        }
    };
    let song = primer.sheet(measures)?;
    if measures <= primer.measures.len()
        || args.num_steps.is_some_and(|total| usize::try_from(total) != Ok(steps_of(&song)))
    {
        return Err(BadInput::error(format!(
            "the band `{}` adds whole measures to the beginning's {} (of {bar} sixteenths each): ask for more measures",
            args.playing.band,
            primer.measures.len()
        )));
    }
    let spec = predictor.spec().clone();
    let mut all = primer.measures.clone();
    let wanted: Vec<_> = measures_of(&song, all.len()).collect();
    let cast = Cast { voices: spec.all(), user: voice };
    go_on(&mut all, wanted, cast, predictor, manner).map_err(playing::failed)?;
    let new = primer.measures.len();
    manner.aloud(&mut all[new..], spec.all());
    let lines: Vec<_> = spec.all().iter().map(|voice| (voice, score::line(&all, voice))).collect();
    let song = primer.with(song, &spec, &lines);
    playing::say(format!("{} new measures in {} voices", all.len() - primer.measures.len(), spec.voices.len()));
    Ok(song)
}

/// How many sixteenths a song has.
fn steps_of(song: &Song) -> usize {
    song.spans().iter().map(|span| usize::from(span.steps)).sum()
}
