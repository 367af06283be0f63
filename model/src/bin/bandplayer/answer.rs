//! `bandplayer answer`: call and response.

use std::path::PathBuf;

use anyhow::Result;
use model::midi_file::Track;
use model::midi_file::band_song::monophonic;
use model::play::tasks::go_on::{Cast, answer};
use model::systems::rmvae::Helpers;
use model::{BandMeasure, Polyphony, VoiceMask};

use crate::bad_input::BadInput;
use crate::bands;
use crate::playing::{self, Playing};
use crate::reading::{self, Upbeat};

/// Answers the phrases of a track: call and response.
///
/// After every N measures of the track the band answers with N measures, having heard all of the call. (In
/// `accompany --mode trade` the answers take the place of the track's own measures, as live.) The answers are tracks of
/// their own, named after the band's voices; that in the call's voice is "… (band)".
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
    /// Only this voice answers; may be given several times, or with commas [default: all voices].
    #[arg(long = "answers", value_name = "VOICE", value_delimiter = ',')]
    voices: Vec<String>,
    /// Where to write calls and answers.
    #[arg(long, value_name = "FILE.mid")]
    out: PathBuf,
    #[command(flatten)]
    playing: Playing,
}

/// Answers all calls.
pub(crate) fn run(args: &AnswerArgs) -> Result<()> {
    let mut predictor = bands::find(&args.playing.band, Helpers::default())?.predictor;
    let spec = predictor.spec().clone();
    let user = playing::voice(&spec, &args.voice)?;
    let named: VoiceMask = args.voices.iter().map(|name| playing::voice(&spec, name)).collect::<Result<_>>()?;
    let voices = if named.is_empty() { spec.all() } else { named };
    let read = reading::read(&args.file, args.upbeat)?;
    let song = read.song();
    let player = &spec.voices[user.index()];
    let calls = reading::part(&read, &args.file, &player.name, args.track.as_deref())?.track;
    playing::not_over_itself(&args.file, &args.out)?;
    let phrase = usize::from(args.measures);
    // A last call that is not over is filled up with silence.
    let length = song.len().next_multiple_of(phrase);
    let mut out = playing::sheet_like(song, &args.file, 2 * length)?;
    let line = if player.polyphony == Polyphony::Mono { monophonic(&calls.measures) } else { calls.measures.clone() };
    let heard: Vec<BandMeasure> = playing::sheet_like(song, &args.file, length)?
        .spans()
        .iter()
        .enumerate()
        .map(|(at, span)| {
            let mut measure = BandMeasure::missing(span.steps);
            measure.set(user, line.get(at).unwrap_or(&model::Measure::silent(span.steps)));
            measure
        })
        .collect();
    // The meter's parts must fall alike in calls and answers.
    let falls = |at: usize| heard.get(at / (2 * phrase) * phrase + at % phrase).map(BandMeasure::steps);
    if out.spans().iter().enumerate().any(|(at, span)| falls(at) != Some(span.steps)) {
        return Err(BadInput::error(format!(
            "--measures {phrase}: a measure of this meter counts as several parts; take a multiple of them"
        )));
    }
    let bar = playing::progress(2 * length)?;
    let at_answer = |measures: usize| bar.set_position(u64::try_from(measures).unwrap_or(u64::MAX));
    let cast = Cast { voices, user };
    let all =
        answer(&heard, phrase, cast, &mut *predictor, &args.playing.manner(), at_answer).map_err(playing::failed)?;
    bar.finish_and_clear();

    let is_call = |at: usize| at % (2 * phrase) < phrase;
    let part = |voice, call: bool| {
        let pick = |(at, measure): (usize, &BandMeasure)| {
            if is_call(at) == call { *measure.voice(voice) } else { model::Measure::silent(measure.steps()) }
        };
        all.iter().enumerate().map(pick).collect::<Vec<_>>()
    };
    out.tracks.push(Track { measures: part(user, true), ..calls.clone() });
    for voice in voices.iter() {
        let found = &spec.voices[voice.index()];
        let name = if voice == user { format!("{} (band)", found.name) } else { found.name.clone() };
        let measures = part(voice, false);
        out.tracks.push(Track { channel: found.channel, program: found.program, measures, ..Track::new(&name) });
    }
    out.save(&args.out)?;
    playing::say(format!("{} calls of {phrase} measures, answered; listen to {}", length / phrase, args.out.display()));
    Ok(())
}
