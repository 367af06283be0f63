//! What is measured of each band and rule on one set.

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use model::metrics::{JamMean, jam_metrics, mean};
use model::midi_file::band_song::Casting;
use model::midi_file::{MidiFile, Song, Track};
use model::play::accompany::accompany;
use model::systems::band_file::Band;
use model::systems::biaxial::TrainedBiaxial;
use model::systems::figures::FigurePlayer;
use model::systems::harmony::{BlockChords, HarmonyChoice, Hold, TrainedHarmony};
use model::systems::melody::{Extraction, Melody, MelodyModel, Soloist, exam::examine};
use model::systems::melody_ngram::MelodyNgramConfig;
use model::systems::rmvae::TrainedRmvae;
use model::train::exam::{Repeat, predict_true};
use model::train::loop_exam::{LoopScore, loop_exam};
use model::train::pieces::midi_files;
use model::train::rmvae::likely::nll;
use model::train::{FolderRemarks, Piece, read_melodies, read_pieces};
use model::{
    BandSong, BandSpec, Fallback, Lookahead, LoopRule, NGram, PitchFollow, Predictor, Settings, Style, Unigram,
    VoiceId, VoiceMask,
};

use super::Named;
use super::row::{Kind, Likelihood, Row, Unit};
use crate::bad_input::BadInput;
use crate::bands::{predictor_with, unhelped};
use crate::eval::chords::{self, ChordRow};
use crate::eval::{biaxial, too_short};
use crate::pace::{self, on_one_core};
use crate::printing::warn;
use crate::reading;
use crate::timed::Timed;

/// Where counting of a jam begins, in measures after the user's first note: nothing sounds before. Chosen: by then
/// every band has heard enough to play with both lookaheads.
const FIRST: usize = 5;

/// A set as a band reads it.
pub(super) struct Bench {
    pub(super) spec: BandSpec,
    folder: PathBuf,
    split: String,
    /// With the files that they were read from.
    songs: Vec<(PathBuf, Song)>,
    pieces: Vec<Piece>,
    /// Empty where the set has no folder `train`.
    learnt: Vec<Piece>,
}

impl Bench {
    /// `None` where most pieces lack the band's first voice.
    pub(super) fn new(data: &Path, split: &str, most: Option<usize>, spec: &BandSpec) -> Result<Option<Self>> {
        let files = midi_files(&[data.join(split)]).map_err(BadInput::error)?;
        let (mut songs, mut remarks) = (Vec::new(), FolderRemarks::default());
        for file in files.iter().take(most.unwrap_or(usize::MAX)) {
            match MidiFile::open(file) {
                Ok(read) => {
                    remarks.read(file, &read, &Casting::of(read.song(), spec));
                    songs.push((file.clone(), read.into_song()));
                }
                Err(error) => remarks.leave_out(error),
            }
        }
        reading::tell_folder(&remarks);
        let first = &spec.voices[0].name;
        if songs.iter().filter(|(_, song)| song.track(first).is_some()).count() * 2 <= songs.len() {
            return Ok(None);
        }
        let pieces: Vec<Piece> = songs.iter().map(|(file, song)| Piece::from_song(file, song, spec, true)).collect();
        if pieces.iter().all(|piece| piece.measures.len() <= 2) {
            return Err(too_short(data, split));
        }
        let train = data.join("train");
        let mut learnt = Vec::new();
        if train.is_dir() {
            let (pieces, remarks) = read_pieces(&[train], spec, true).map_err(BadInput::error)?;
            reading::tell_folder(&remarks);
            learnt = pieces;
        }
        Ok(Some(Self { spec: spec.clone(), folder: data.to_owned(), split: split.to_owned(), songs, pieces, learnt }))
    }

    /// How well the nets that foretell chords name those of the measure after next, beside rules.
    pub(super) fn chords(&self, bands: &[Named], wanted: Option<&str>) -> Result<Vec<ChordRow>> {
        let user = wanted.map_or(Ok(VoiceId::FIRST), |name| crate::playing::voice(&self.spec, name))?;
        let own = Band::harmony().map(|net| ("harmony".to_owned(), net));
        let given =
            bands.iter().filter_map(|named| Some((named.name.clone(), named.band.system_as::<TrainedHarmony>()?)));
        let nets: Vec<_> = own.into_iter().chain(given).collect();
        Ok(chords::rows(&nets, &self.pieces, &self.spec, user))
    }

    /// How steady a predictor's chords are where eight measures of each song are looped.
    fn steady(&self, user: VoiceId, mut predictor: Box<dyn Predictor>, fallback: &Arc<dyn Fallback>) -> LoopScore {
        on_one_core(|| {
            let songs = self.songs.iter().map(|(_, song)| song);
            loop_exam(songs, (&self.spec, user), &mut *predictor, fallback)
        })
    }

    /// The songs.
    pub(super) fn songs(&self) -> impl Iterator<Item = &Song> {
        self.songs.iter().map(|(_, song)| song)
    }

    pub(super) fn size(&self) -> (usize, usize) {
        (self.pieces.len(), self.pieces.iter().map(|piece| piece.measures.len()).sum())
    }

    /// The voice of this melody model in the pieces of a split.
    fn melodies(&self, split: &str, voice: VoiceId, model: &dyn MelodyModel) -> Result<Vec<Melody>> {
        let folder = [self.folder.join(split)];
        let found = read_melodies(&folder, &self.spec, voice, model.keyed(), Extraction::default());
        Ok(found.map_err(BadInput::error)?.0)
    }

    /// The band plays to the user's track of every song; also how long its predictions took.
    fn jam(
        &self,
        user: VoiceId,
        ahead: u8,
        predictor: Box<dyn Predictor>,
        fallback: &Arc<dyn Fallback>,
        bar: &ProgressBar,
    ) -> (Option<JamMean>, Option<[f64; 2]>) {
        let lookahead = if ahead == 1 { Lookahead::Next } else { Lookahead::SecondNext };
        // As in the figures that were published before the plugin and the command line had one default; what yields to
        // the user as it sounds says nothing of the plan.
        let settings = Settings { lookahead, play_on: 8, pitches: PitchFollow::Off, ..Settings::new(&self.spec, user) };
        let mut timed = Timed::new(predictor);
        let mut figures = Vec::new();
        for (_, song) in &self.songs {
            bar.inc(1);
            // `people` says which songs are left out: that hangs on the song alone.
            let Some(track) = self.track(song, user) else { continue };
            let fallback = Arc::clone(fallback);
            let played = on_one_core(|| accompany(song, track, (&self.spec, settings), &mut timed, fallback, |_| {}));
            figures.extend(jam_metrics(song, &played.song, &track.name, FIRST));
        }
        (mean(&figures), timed.milliseconds().map(|[median, p99, _]| [median, p99]))
    }

    /// The user's track of a song.
    fn track<'a>(&self, song: &'a Song, user: VoiceId) -> Option<&'a Track> {
        song.track(&self.spec.voices[user.index()].name)
    }

    /// What people played, as if they were a band. Says which songs cannot be jammed with.
    fn people(&self, user: VoiceId) -> Row {
        let name = &self.spec.voices[user.index()].name;
        let mut figures = Vec::new();
        for (file, song) in &self.songs {
            let track = self.track(song, user).map_or(name, |track| &track.name);
            match jam_metrics(song, song, track, FIRST) {
                Ok(found) => figures.push(found),
                Err(error) => warn(format_args!("left out of the jam: {}: {error}", file.display())),
            }
        }
        Row { user: name.clone(), jam: mean(&figures), ..Row::new("the people themselves", Kind::People) }
    }

    /// The rules that answer for these voices in a jam with this user.
    fn rules(&self, voices: VoiceMask, user: VoiceId, bar: &ProgressBar) -> Result<Vec<Row>> {
        let (spec, style) = (&self.spec, Style { temperature: 0.0, ..Style::default() });
        let mut rows = Vec::new();
        let row = |name: &str| Row {
            voices: self.named(voices),
            user: spec.voices[user.index()].name.clone(),
            ..Row::new(name, Kind::Rule)
        };
        let lags = [
            ("copies the newest measure", Some(2)),
            ("copies the measure 4 back", Some(4)),
            ("copies at the lag that repeats best", None),
        ];
        for (name, lag) in lags {
            let mut rule = Repeat { spec: spec.clone(), lag };
            rows.push(Row { score: Some(predict_true(&mut rule, &self.pieces, 2, style, voices)?), ..row(name) });
        }
        let rule = LoopRule::new(spec.clone());
        let score = Some(predict_true(&mut rule.clone(), &self.pieces, 2, style, voices)?);
        let fallback: Arc<dyn Fallback> = Arc::new(rule.clone());
        let (jam, time) = self.jam(user, 2, Box::new(rule), &fallback, bar);
        rows.push(Row { score, jam, time, ..row("loop rule") });
        if self.learnt.is_empty() {
            return Ok(rows);
        }
        let songs: Vec<BandSong> = self.learnt.iter().map(Piece::song).collect();
        let ngram = Arc::new(NGram::train(spec, &songs));
        let score = Some(predict_true(&mut ngram.player(), &self.pieces, 2, style, voices)?);
        let fallback: Arc<dyn Fallback> = Arc::<NGram>::clone(&ngram);
        let (jam, time) = self.jam(user, 2, Box::new(ngram.player()), &fallback, bar);
        rows.push(Row { score, jam, time, ..row("n-gram of the band") });
        if voices == spec.all() {
            let measures = self.pieces.iter().flat_map(|piece| piece.measures.iter().skip(2));
            let (_, nats) = Unigram::train(spec, &songs).nll(measures);
            let likelihood = Some(Likelihood { nats, unit: Unit::CellAhead, per_note: self.per_note(nats, 2) });
            rows.push(Row { likelihood, ..row("unigram per position") });
        }
        Ok(rows)
    }

    /// N-grams of the events that a melody model tells apart.
    fn rivals(&self, voice: VoiceId, user: VoiceId, model: &dyn MelodyModel) -> Result<Vec<Row>> {
        if self.learnt.is_empty() {
            return Ok(Vec::new());
        }
        let (train, test) = (self.melodies("train", voice, model)?, self.melodies(&self.split, voice, model)?);
        let what = if model.pitches_only() { "notes" } else { "events" };
        let row = |order: usize| {
            let likelihood = Some(of_melodies(&MelodyNgramConfig::rival(model, order).learn(&train), &test));
            let (voices, user) = (self.named(VoiceMask::only(voice)), self.spec.voices[user.index()].name.clone());
            Row { voices, user, likelihood, ..Row::new(format!("{order}-gram of {what}"), Kind::Rule) }
        };
        Ok([1, 5].map(row).into())
    }

    /// A band's row.
    fn band(&self, named: &Named, user: VoiceId, bar: &ProgressBar) -> Result<Row> {
        let band = &named.band;
        let voices = band.system_as::<Soloist>().map_or(self.spec.all(), |soloist| VoiceMask::only(soloist.voice()));
        let ahead =
            band.system_as::<TrainedRmvae>().map_or(2, |trained| if trained.config.offset == 1 { 1 } else { 2 });
        let style = Style { temperature: 0.0, ..Style::default() };
        let mut alone = predictor_with(band, unhelped());
        let score = Some(predict_true(&mut *alone, &self.pieces_for(band), ahead, style, voices)?);
        let (jam, time) = self.jam(user, ahead, band.predictor(), &band.fallback(), bar);
        let parts = band.system().parts();
        Ok(Row {
            voices: self.named(voices),
            user: self.spec.voices[user.index()].name.clone(),
            likelihood: self.likelihood(band)?,
            score,
            jam,
            weights: (parts.numbers() > 0).then(|| parts.numbers()),
            bytes: Some(named.bytes),
            time,
            ..Row::new(format!("**{}** ({})", named.name, kind(band)), Kind::Band)
        })
    }

    /// The pieces in the keys that this band learnt from.
    fn pieces_for(&self, band: &Band) -> Cow<'_, [Piece]> {
        if band.system_as::<TrainedRmvae>().is_none_or(|trained| trained.config.home_key) {
            return Cow::Borrowed(&self.pieces);
        }
        self.songs.iter().map(|(file, song)| Piece::from_song(file, song, &self.spec, false)).collect()
    }

    fn likelihood(&self, band: &Band) -> Result<Option<Likelihood>> {
        if let Some(trained) = band.system_as::<TrainedRmvae>() {
            let nats = nll(&trained, &self.pieces_for(band));
            let per_note = self.per_note(nats, trained.config.offset);
            return Ok(Some(Likelihood { nats, unit: Unit::CellAhead, per_note }));
        }
        if let Some(soloist) = band.system_as::<Soloist>() {
            let melodies = self.melodies(&self.split, soloist.voice(), soloist.model())?;
            return Ok(Some(of_melodies(soloist.model(), &melodies)));
        }
        let Some(trained) = band.system_as::<TrainedBiaxial>() else { return Ok(None) };
        let (nats, per_note) = biaxial::likelihood(&trained, &self.pieces)?;
        Ok(Some(Likelihood { nats, unit: Unit::Sixteenth, per_note: Some(per_note) }))
    }

    /// Nats of a sixteenth and voice as nats of a note that starts.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    fn per_note(&self, nats: f64, offset: usize) -> Option<f64> {
        let (mut cells, mut notes) = (0, 0);
        for measure in self.pieces.iter().flat_map(|piece| piece.measures.iter().skip(offset)) {
            cells += usize::from(measure.steps()) * self.spec.voices.len();
            notes += self.spec.all().iter().map(|voice| measure.voice(voice).onsets().count()).sum::<usize>();
        }
        (notes > 0).then(|| nats * cells as f64 / notes as f64)
    }

    fn named(&self, voices: VoiceMask) -> String {
        if voices == self.spec.all() {
            return "all".into();
        }
        voices.iter().map(|voice| self.spec.voices[voice.index()].name.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// The user's voice beside this band.
    fn user(&self, band: &Band, wanted: Option<&str>) -> Result<VoiceId> {
        if let Some(name) = wanted {
            return crate::playing::voice(&self.spec, name);
        }
        Ok(pace::seat(band))
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn of_melodies(model: &dyn MelodyModel, melodies: &[Melody]) -> Likelihood {
    let score = examine(model, melodies);
    let unit = if model.pitches_only() { Unit::Note } else { Unit::Event };
    let per_note = (score.happenings > 0).then(|| score.nats / score.happenings as f64);
    Likelihood { nats: score.nll(), unit, per_note }
}

/// The kind of a band's system, as its file names it.
fn kind(band: &Band) -> String {
    let value = serde_json::to_value(&band.info.architecture).unwrap_or_default();
    value["kind"].as_str().unwrap_or("unknown").to_owned()
}

/// How steady the chords of each band are, and of the loop rule, where the user's music is a loop; a band that heeds chords
/// also with those that are foretold.
pub(super) fn loops(fitting: &[(&Named, Rc<Bench>)], wanted: Option<&str>) -> Result<Vec<(String, LoopScore)>> {
    let mut out = Vec::new();
    for (at, (named, bench)) in fitting.iter().enumerate() {
        let (band, user) = (&named.band, bench.user(&named.band, wanted)?);
        let rule = LoopRule::new(bench.spec.clone());
        let fallback: Arc<dyn Fallback> = Arc::new(rule.clone());
        if at == 0 {
            out.push(("loop rule".to_owned(), bench.steady(user, Box::new(rule), &fallback)));
            if let Some(net) = Band::harmony().filter(|net| net.spec == bench.spec) {
                let blocks = Box::new(BlockChords::new(net));
                out.push(("**harmony**, as blocks".to_owned(), bench.steady(user, blocks, &fallback)));
            }
        }
        out.push((format!("**{}**", named.name), bench.steady(user, band.predictor(), &band.fallback())));
        if band.predictor().obeys_chords() {
            let choices = [
                ("told chords", HarmonyChoice { foretell: true, hold: Hold::Never }),
                ("told chords, loops held", HarmonyChoice { foretell: true, hold: Hold::Loops }),
                ("holding what repeats", HarmonyChoice { foretell: false, hold: Hold::Repeats }),
                ("told chords and holding", HarmonyChoice { foretell: true, hold: Hold::Repeats }),
            ];
            let players = choices.into_iter().flat_map(|(how, choice)| {
                let in_figures = FigurePlayer::plays(&bench.spec).then(|| Band::in_figures(band.predictor()));
                let plain = (how.to_owned(), Band::telling(band.predictor(), choice));
                let figures = in_figures.map(|player| (format!("{how}, in figures"), Band::telling(player, choice)));
                [Some(plain), figures].into_iter().flatten()
            });
            for (how, player) in players {
                let score = bench.steady(user, player, &band.fallback());
                out.push((format!("**{}**, {how}", named.name), score));
            }
        }
    }
    Ok(out)
}

/// All rows of a set: people, rules, bands.
pub(super) fn measure(fitting: &[(&Named, Rc<Bench>)], wanted: Option<&str>) -> Result<Vec<Row>> {
    let bar = ProgressBar::new(0);
    bar.set_style(ProgressStyle::with_template("{bar:30} {pos}/{len} songs {msg} · {eta} left")?);
    let (mut people, mut rules, mut rows) = (Vec::new(), Vec::new(), Vec::new());
    let (mut met, mut asked, mut rivalled) = (HashSet::new(), HashSet::new(), HashSet::new());
    for (named, bench) in fitting {
        bar.inc_length(bench.songs.len() as u64);
        bar.set_message(named.name.clone());
        let user = bench.user(&named.band, wanted)?;
        if met.insert(user) {
            people.push(bench.people(user));
        }
        let soloist = named.band.system_as::<Soloist>();
        let voices = soloist.as_ref().map_or(bench.spec.all(), |soloist| VoiceMask::only(soloist.voice()));
        if asked.insert((user, bench.named(voices))) {
            bar.inc_length(2 * bench.songs.len() as u64);
            rules.extend(bench.rules(voices, user, &bar)?);
        }
        if let Some(soloist) = soloist {
            let model = soloist.model();
            let range = model.range();
            if rivalled.insert((soloist.voice(), model.pitches_only(), model.keyed(), range.low, range.high)) {
                rules.extend(bench.rivals(soloist.voice(), user, model)?);
            }
        }
        rows.push(bench.band(named, user, &bar)?);
    }
    bar.finish_and_clear();
    Ok([people, rules, rows].concat())
}
