//! `bandplayer answer`: call and response.

use std::path::PathBuf;

use anyhow::Result;
use model::midi_file::band_song::monophonic;
use model::midi_file::{Stretch, Track};
use model::play::tasks::go_on::{Cast, answer};
use model::systems::rmvae::Helpers;
use model::{BandMeasure, Channel, Measure, Polyphony, VoiceMask};

use crate::bad_input::BadInput;
use crate::bands;
use crate::drums::{self, DrumsBeside};
use crate::files;
use crate::playing::{self, Playing};
use crate::reading::{self, Upbeat};

/// Answers the phrases of a track: call and response.
///
/// After every N measures of the track the band answers with N measures, having heard all of the call. (In
/// `accompany --mode trade` the answers take the place of the track's own measures, as live.) The answers are tracks of
/// their own, named after the band's voices; that in the call's voice is "… (band)". The calls stay as they are played, in
/// their own tempos and meters; an answer goes on in the last of its call's. With `--drums` somebody keeps time through both;
/// with `--answers Drums` in the answers alone.
#[derive(Debug, clap::Args)]
pub(crate) struct AnswerArgs {
    /// A MIDI file with the calls.
    #[arg(value_name = "FILE.mid")]
    file: PathBuf,
    /// The voice of the band in which the calls are.
    #[arg(long)]
    voice: String,
    /// The name or number of the track with the calls [default: the voice's name, else the track that seems to be the tune].
    #[arg(long, value_name = "NAME|NUMBER")]
    track: Option<String>,
    #[command(flatten)]
    upbeat: Upbeat,
    /// How many measures a call has, and its answer.
    #[arg(long, value_name = "N", default_value_t = playing::usual().turn, value_parser = clap::value_parser!(u8).range(1..=64))]
    measures: u8,
    /// Only this voice answers, or Drums; may be given several times, or with commas [default: all voices of the band].
    #[arg(long = "answers", value_name = "VOICE", value_delimiter = ',')]
    voices: Vec<String>,
    #[command(flatten)]
    drums: DrumsBeside,
    /// Where to write calls and answers.
    #[arg(long, value_name = "FILE.mid")]
    out: PathBuf,
    #[command(flatten)]
    playing: Playing,
}

/// Answers all calls.
pub(crate) fn run(args: &AnswerArgs) -> Result<()> {
    let predictor = bands::find(&args.playing.band, Helpers::default())?.predictor;
    let mut predictor = args.playing.with_chords(predictor, playing::target)?;
    let spec = predictor.spec().clone();
    let (_, drummed) = drums::among(std::slice::from_ref(&args.voice), &spec);
    if drummed {
        return Err(BadInput::error(
            "--voice Drums: the calls of a drummer have no notes to answer: take turns with `bandplayer accompany --voice \
             Drums --mode trade`",
        ));
    }
    let user = playing::voice(&spec, &args.voice)?;
    let (names, drums_answer) = drums::among(&args.voices, &spec);
    let strokes = &args.drums.strokes;
    if args.drums.drumming().is_none() && !drums_answer && !(strokes.is_groove_usual() && strokes.kit.is_usual()) {
        return Err(BadInput::error("--groove and --kit are a drummer's: give --drums automatic, or a style"));
    }
    let named: VoiceMask = names.iter().map(|name| playing::voice(&spec, name)).collect::<Result<_>>()?;
    let voices = if named.is_empty() && !drums_answer { spec.all() } else { named };
    let read = reading::read(&args.file, args.upbeat)?;
    let song = read.song();
    let player = &spec.voices[user.index()];
    let part = reading::part(&read, &args.file, &player.name, args.track.as_deref())?;
    let (calls, mono) = (part.track, player.polyphony == Polyphony::Mono);
    reading::tell_heard(&read, &args.file, player, mono, &part.places);
    playing::not_over_itself(&args.file, &args.out)?;
    files::may_write(&args.out)?;
    let phrase = usize::from(args.measures);
    let stretches = in_turn(song.len(), phrase);
    let mut out = playing::arranged(song, &args.file, &stretches)?;
    let length = out.len() / 2;
    let is_call = |at: usize| at % (2 * phrase) < phrase;
    // Calls and answers are whole bars.
    for (at, span) in out.spans().iter().enumerate().step_by(phrase) {
        let parts = out.meter(at).parts().map_or(1, Iterator::count);
        if span.part != 0 || (!is_call(at) && !phrase.is_multiple_of(parts)) {
            return Err(BadInput::error(format!(
                "--measures {phrase}: a measure of this meter counts as several parts; take a multiple of them"
            )));
        }
    }
    let line = if mono { monophonic(&calls.measures) } else { calls.measures.clone() };
    let mut line = line.iter();
    let (mut heard, mut answers) = (Vec::with_capacity(length), Vec::with_capacity(length));
    for (at, span) in out.spans().iter().enumerate() {
        if is_call(at) {
            let mut measure = BandMeasure::missing(span.steps);
            // A last call that is not over is filled up with silence.
            measure.set(user, line.next().unwrap_or(&Measure::silent(span.steps)));
            heard.push(measure);
        } else {
            answers.push((span.steps, out.place(at)));
        }
    }
    let bar = playing::progress(2 * length)?;
    let at_answer = |measures: usize| bar.set_position(u64::try_from(measures).unwrap_or(u64::MAX));
    let cast = Cast { voices, user };
    let manner = args.playing.manner();
    let mut all = if voices.is_empty() {
        drums::beside(&heard, &answers, phrase)
    } else {
        answer((&heard, &answers), phrase, cast, &mut *predictor, &manner, at_answer).map_err(playing::failed)?
    };
    let answered = all.iter_mut().enumerate().filter(|(at, _)| !is_call(*at));
    answered.for_each(|(_, measure)| manner.style.energy.aloud(measure, voices));
    bar.finish_and_clear();

    let used: Vec<Channel> = voices.iter().map(|voice| spec.voices[voice.index()].channel).collect();
    out.tracks.push(Track {
        channel: playing::free_channel(calls.channel, &used),
        performance: Some(read.performance(&part.places).moved(song, &out, &stretches)),
        ..calls.clone()
    });
    for voice in voices.iter() {
        let found = &spec.voices[voice.index()];
        let name = if voice == user { format!("{} (band)", found.name) } else { found.name.clone() };
        let answered = |(at, measure): (usize, &BandMeasure)| {
            if is_call(at) { Measure::silent(measure.steps()) } else { *measure.voice(voice) }
        };
        let measures = all.iter().enumerate().map(answered).collect();
        out.tracks.push(Track { channel: found.channel, program: found.program, measures, ..Track::new(&name) });
    }
    let throughout = args.drums.drumming();
    let to_answers = || drums_answer.then(|| args.drums.automatic());
    if let Some(how) = throughout.clone().or_else(to_answers) {
        let plays = |at| throughout.is_some() || !is_call(at);
        out.tracks.push(drums::to_measures(&out, (&all, &spec, user), &how, &how.manner(manner), plays)?);
        how.strokes.kit.tell();
    }
    let asides = read.asides(&part.places);
    out.asides = asides.iter().filter_map(|aside| aside.moved(song, &out, &stretches)).collect();
    out.save(&args.out)?;
    playing::say(format!("{} calls of {phrase} measures, answered; listen to {}", length / phrase, args.out.display()));
    Ok(())
}

/// Calls of so many measures of a song, and answers as long; the last call is filled up.
fn in_turn(measures: usize, phrase: usize) -> Vec<Stretch> {
    let mut out = Vec::new();
    for from in (0..measures).step_by(phrase) {
        let to = (from + phrase).min(measures);
        out.extend([Stretch::Same(from..to), Stretch::GoesOn(2 * phrase - (to - from))]);
    }
    out
}
