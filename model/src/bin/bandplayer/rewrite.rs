//! `bandplayer fill` and `bandplayer redo`: voices of a piece written anew.

use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::Result;
use model::midi_file::MidiFile;
use model::midi_file::band_song::Casting;
use model::play::tasks::rewrite::{Hits, Round};
use model::play::tasks::score;
use model::random::mix;
use model::systems::rmvae::Helpers;
use model::{BandSong, BandSpec, Predictor, Rng, Role, VoiceId, VoiceMask};

use crate::bad_input::BadInput;
use crate::bands;
use crate::drums::{self, Drumming};
use crate::files;
use crate::playing::{self, Playing};
use crate::reading::{self, CastArgs, Upbeat};

/// Writes voices that a piece lacks, or writes them anew.
///
/// The piece's tracks are the band's voices where they have their names, or --track says so; where no other voice has its
/// track, they are guessed from what the tracks play. Each measure of the new voices is written from
/// the measures before it and from the other voices in the measure itself. Everything else in the file stays as it is. Bands of an RMVAE, a biaxial LSTM or an n-gram can do it.
#[derive(Debug, clap::Args)]
pub(crate) struct FillArgs {
    /// The piece, a MIDI file.
    #[arg(value_name = "FILE.mid")]
    file: PathBuf,
    #[command(flatten)]
    cast: CastArgs,
    #[command(flatten)]
    upbeat: Upbeat,
    /// A voice to write, or Drums; may be given several times, or with commas.
    #[arg(long = "voice", value_name = "VOICE", required = true, value_delimiter = ',')]
    voices: Vec<String>,
    /// Where to write the piece with these voices.
    #[arg(long, value_name = "FILE.mid")]
    out: PathBuf,
    #[command(flatten)]
    drumming: Drumming,
    #[command(flatten)]
    playing: Playing,
}

/// Writes a piece anew, voice by voice.
///
/// In each pass every voice in turn is written anew, given all others as they are by then (as in Gibbs sampling).
/// Voices that the piece lacks are written too; everything else in the file stays as it is. Bands of an RMVAE, a biaxial LSTM or an n-gram can do it.
#[derive(Debug, clap::Args)]
pub(crate) struct RedoArgs {
    /// The piece, a MIDI file.
    #[arg(value_name = "FILE.mid")]
    file: PathBuf,
    #[command(flatten)]
    cast: CastArgs,
    #[command(flatten)]
    upbeat: Upbeat,
    /// Only this voice, or Drums; may be given several times, or with commas [default: all voices of the band].
    #[arg(long = "voice", value_name = "VOICE", value_delimiter = ',')]
    voices: Vec<String>,
    /// Only these measures, counted from 1, as in 5-8 [default: all].
    #[arg(long, value_name = "FROM-TO")]
    measures: Option<String>,
    /// How often each voice is written.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    passes: u32,
    /// In which order the voices of a pass are written.
    #[arg(long, value_enum, default_value_t = Order::GroundUp)]
    order: Order,
    /// Where to write the new piece.
    #[arg(long, value_name = "FILE.mid")]
    out: PathBuf,
    #[command(flatten)]
    drumming: Drumming,
    #[command(flatten)]
    playing: Playing,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Order {
    /// Bass, chords, melody, inner voices.
    GroundUp,
    /// As the band names them, from the highest to the lowest.
    TopDown,
    /// As --voice names them.
    Named,
    /// Another in each pass.
    Random,
}

/// A piece before a band that can write in it.
struct Desk {
    file: MidiFile,
    casting: Casting,
    piece: BandSong,
    predictor: Box<dyn Predictor>,
    /// The drums are written too, as this says.
    drumming: Option<Drumming>,
}

impl Desk {
    /// `names`: the voices that are to be written; all, if there is none.
    fn new(
        (file, out): (&Path, &Path),
        (upbeat, cast): (Upbeat, &CastArgs),
        (names, drumming): (&[String], &Drumming),
        playing: &Playing,
    ) -> Result<Self> {
        let predictor = bands::find(&playing.band, Helpers::default())?.predictor;
        // Before the first measure of a piece there is one of which nothing is known.
        let predictor = playing.with_chords(predictor, |request| playing::target(request).saturating_sub(1))?;
        let (names, drums) = drums::among(names, predictor.spec());
        if !drums && !drumming.is_usual() {
            return Err(BadInput::error("--style, --groove and --kit are a drummer's: give --voice Drums"));
        }
        let only_drums = drums && names.is_empty();
        if !only_drums && !predictor.obeys_given() {
            return Err(BadInput::error(format!(
                "the band `{}` plays one voice and does not hear what others play in the same measure, so it cannot \
                 write in a piece: choose a band of an RMVAE, a biaxial LSTM or an n-gram",
                playing.band
            )));
        }
        let read = reading::read(file, upbeat)?;
        // Where drums alone are written, all voices are heard.
        let written = voices_named(predictor.spec(), &names)?.into_iter().collect();
        let casting = cast.casting(&read, file, predictor.spec(), written)?;
        reading::tell_casting(&read, file, predictor.spec(), &casting);
        reading::tell_unheard(&read, file, predictor.spec(), &casting);
        let piece = BandSong::cast(read.song(), predictor.spec(), &casting);
        let drummed = only_drums && read.drums_on(&drumming.strokes.kit.kit).is_some();
        if !drummed && piece.measures.iter().all(|measure| measure.is_silent(piece.present)) {
            let spec = predictor.spec();
            let (file, voices) = (file.display(), playing::voices(spec));
            return Err(BadInput::error(format!(
                "{file}: no track with notes plays a voice of the band {}: {voices}; choose by --track VOICE=NUMBER",
                spec.name
            )));
        }
        playing::not_over_itself(file, out)?;
        files::may_write(out)?;
        let drumming = drums.then(|| drumming.clone());
        Ok(Self { file: read, casting, piece, predictor, drumming })
    }

    /// Writes the rounds, then the file, and says what became of the voices.
    fn write(mut self, rounds: &[Round], measures: Range<usize>, out: &Path, playing: &Playing) -> Result<()> {
        let before = self.piece.clone();
        let voices: VoiceMask = rounds.iter().fold(VoiceMask::NONE, |all, round| all.or(round.voices));
        let stretches = score::played(self.file.song(), measures.clone());
        let played: usize = stretches.iter().map(ExactSizeIterator::len).sum();
        if played == 0 {
            return Err(BadInput::error(
                "no band plays in the meters of these measures: no bar of them has whole sixteenths",
            ));
        }
        if played < measures.len() {
            let passed = measures.len() - played;
            playing::say(format!(
                "measures that are no whole sixteenths stay as they are, since no band plays in them: {passed}"
            ));
        }
        let bar = playing::progress(rounds.len() * played)?;
        for round in rounds {
            for stretch in &stretches {
                Round { measures: stretch.clone(), ..round.clone() }
                    .write(&mut self.piece, &mut *self.predictor, &playing.manner(), || bar.inc(1))
                    .map_err(playing::failed)?;
            }
        }
        bar.finish_and_clear();
        for stretch in &stretches {
            let written = self.piece.measures.get_mut(stretch.clone()).unwrap_or_default();
            playing.manner().aloud(written, voices);
        }
        let spec = self.predictor.spec();
        let cast = (spec, &self.casting);
        let mut new = score::new_voices(self.file.song(), cast, &self.piece, voices, &stretches);
        let mut strokes = None;
        if let Some(how) = &self.drumming {
            let manner = how.manner(playing.manner());
            let (drums, count) = drums::anew((&self.file, &self.piece, spec), measures.clone(), how, &manner)?;
            new.push(drums);
            strokes = Some(count);
        }
        let remarks = self.file.save_with_voices(out, &new)?;
        for remark in remarks {
            playing::say(format!("{}: {remark}", out.display()));
        }
        for voice in voices.iter() {
            let hits = Hits::count(&before, &self.piece, voice, measures.clone());
            let stood = hits.f1().map_or(String::new(), |f1| {
                format!("; of {} that stood there {} are the same (onset F1 {f1:.3})", hits.before, hits.again)
            });
            playing::say(format!("{}: {} notes written{stood}", spec.voices[voice.index()].name, hits.written));
        }
        if let Some(strokes) = strokes {
            playing::say(format!("Drums: {strokes} strokes written"));
            self.drumming.iter().for_each(|how| how.strokes.kit.tell());
        }
        playing::say(format!("listen to {}", out.display()));
        Ok(())
    }
}

/// The voices of these names, each once.
fn voices_named(spec: &BandSpec, names: &[String]) -> Result<Vec<VoiceId>> {
    let mut found = Vec::new();
    for name in names {
        let voice = playing::voice(spec, name)?;
        if !found.contains(&voice) {
            found.push(voice);
        }
    }
    Ok(found)
}

/// Fills voices in.
pub(crate) fn fill(args: &FillArgs) -> Result<()> {
    let desk =
        Desk::new((&args.file, &args.out), (args.upbeat, &args.cast), (&args.voices, &args.drumming), &args.playing)?;
    let (names, drums) = drums::among(&args.voices, desk.predictor.spec());
    let voices: VoiceMask = voices_named(desk.predictor.spec(), &names)?.into_iter().collect();
    let kept: VoiceMask = desk.piece.present.iter().filter(|&voice| !voices.has(voice)).collect();
    let only_drums = drums && voices.is_empty();
    if !only_drums && desk.piece.measures.iter().all(|measure| measure.is_silent(kept)) {
        let file = args.file.display();
        return Err(BadInput::error(format!(
            "{file}: no note is left beside the voices to fill in: leave one out, or see `bandplayer generate`"
        )));
    }
    let all = 0..desk.piece.measures.len();
    let rounds = [Round { voices, measures: all.clone(), number: 0 }];
    desk.write(if only_drums { &[] } else { &rounds }, all, &args.out, &args.playing)
}

/// Writes anew.
pub(crate) fn redo(args: &RedoArgs) -> Result<()> {
    if matches!(args.order, Order::Named) && args.voices.is_empty() {
        return Err(BadInput::error("--order named: --voice names the voices in their order, as in --voice Bass,Lead"));
    }
    let desk =
        Desk::new((&args.file, &args.out), (args.upbeat, &args.cast), (&args.voices, &args.drumming), &args.playing)?;
    let spec = desk.predictor.spec();
    let (names, _) = drums::among(&args.voices, spec);
    let mut voices = if args.voices.is_empty() { spec.all().iter().collect() } else { voices_named(spec, &names)? };
    match args.order {
        Order::GroundUp => voices.sort_by_key(|voice| match spec.voices[voice.index()].role {
            Role::Bass => 0,
            Role::Harmony => 1,
            Role::Melody => 2,
            Role::Counter => 3,
        }),
        Order::TopDown => voices.sort(),
        Order::Named | Order::Random => {}
    }
    let length = desk.piece.measures.len();
    let measures = args.measures.as_deref().map_or(Ok(0..length), |text| playing::range(text, length))?;
    let mut rng = Rng::new(mix(args.playing.seed, u64::MAX));
    let mut rounds = Vec::new();
    for _ in 0..args.passes {
        if matches!(args.order, Order::Random) {
            for last in (1..voices.len()).rev() {
                voices.swap(last, rng.below(last + 1));
            }
        }
        for &voice in &voices {
            let number = u32::try_from(rounds.len()).unwrap_or(u32::MAX);
            rounds.push(Round { voices: VoiceMask::only(voice), measures: measures.clone(), number });
        }
    }
    desk.write(&rounds, measures, &args.out, &args.playing)
}
