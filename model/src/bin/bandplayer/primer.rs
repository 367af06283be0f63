//! What new music begins with, as the command line says it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use model::midi_file::band_song::{Casting, monophonic};
use model::midi_file::{MidiFile, Song, Stretch, Track};
use model::music::measure::MonoStep;
use model::play::tasks::primer::{self, Noise};
use model::play::tasks::score;
use model::random::mix;
use model::systems::melody::Melody;
use model::{BandMeasure, BandSong, BandSpec, Channel, Key, Measure, Note, Rng, Step, TimeSignature, VoiceId};

use crate::bad_input::BadInput;
use crate::playing;
use crate::reading::{Upbeat, part, read, tell_casting, tell_heard, tell_unheard};

/// What to begin with.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
pub(crate) struct Beginning {
    /// A MIDI file. Tracks named after voices of the band are theirs; without any, one track is the voice's. All tracks
    /// stay in the result as they are played.
    #[arg(long, value_name = "FILE.mid")]
    primer: Option<PathBuf>,
    /// Notes, a sixteenth each: "C4*4 D4 _ r" or "[60, -2, 62, -1]".
    #[arg(long, value_parser = |text: &str| primer::events(text).map(Notes).map_err(|error| error.to_string()), allow_hyphen_values = true)]
    notes: Option<Notes>,
    /// One note, as 60 or C4, a sixteenth long or as long as the band likes.
    #[arg(long, value_name = "KEY", value_parser = |text: &str| primer::key(text).ok_or("a key is wanted, as 60 or C4"))]
    pitch: Option<Key>,
    /// Measures of silence.
    #[arg(long)]
    silence: bool,
    /// Measures of noise.
    #[arg(long, value_enum, value_name = "KIND")]
    noise: Option<Kind>,
}

/// A line of events.
#[derive(Clone, Debug)]
struct Notes(Vec<MonoStep>);

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Kind {
    /// At each sixteenth a key near the middle of each voice's range.
    Gaussian,
    /// At each sixteenth any key of the range.
    Uniform,
    /// At each sixteenth any keys of the range, one on average.
    Binary,
    /// At each sixteenth a key, a rest or nothing new, some likelier than others.
    Softmax,
}

impl From<Kind> for Noise {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Gaussian => Self::Gaussian,
            Kind::Uniform => Self::Uniform,
            Kind::Binary => Self::Binary,
            Kind::Softmax => Self::Softmax,
        }
    }
}

/// How a beginning is read.
#[derive(Debug, clap::Args)]
pub(crate) struct Reading {
    /// The voice that plays the beginning, where it has one line [default: the band's first].
    #[arg(long)]
    pub(crate) voice: Option<String>,
    /// The name or number of the track of that voice [default: the voice's name, else the track that seems to be the tune].
    #[arg(long, value_name = "NAME|NUMBER")]
    pub(crate) track: Option<String>,
    #[command(flatten)]
    upbeat: Upbeat,
    /// How many measures of the file, of silence or of noise to begin with [default: all of the file, else 4].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    primer_measures: Option<u16>,
    /// The meter, as in 3/4, of what is no file [default: 4/4].
    #[arg(long, value_parser = meter, conflicts_with = "primer")]
    pub(crate) meter: Option<TimeSignature>,
    /// The tempo in quarter notes a minute, of what is no file [default: 120].
    #[arg(long, value_parser = clap::value_parser!(u16).range(10..=500), conflicts_with = "primer")]
    pub(crate) tempo: Option<u16>,
}

fn meter(text: &str) -> Result<TimeSignature, String> {
    let (upper, lower) = text.split_once('/').ok_or("a meter is wanted, as in 3/4")?;
    let parsed = upper.trim().parse().ok().zip(lower.trim().parse().ok());
    let meter = parsed.and_then(|(upper, lower)| TimeSignature::new(upper, lower));
    meter
        .filter(|meter| meter.parts().is_some())
        .ok_or_else(|| "a meter of whole sixteenths is wanted, as in 3/4".into())
}

/// A beginning, read.
pub(crate) struct Primer {
    /// The time of what is no file: its tempo and meter, without tracks.
    sheet: Song,
    /// The file that it is.
    source: Option<Source>,
    /// What the band's voices play, in whole measures.
    pub(crate) measures: Vec<BandMeasure>,
    /// The line of the one voice that plays it, where it has one; it may end within a measure.
    line: Option<Vec<MonoStep>>,
}

/// A file that music begins with.
struct Source {
    path: PathBuf,
    file: MidiFile,
    /// For each voice of the band the places of its tracks.
    voices: Vec<Vec<usize>>,
}

/// A line of events from a bar line on.
pub(crate) struct Line {
    /// Sixteenths in a measure of the music that comes.
    pub(crate) bar: u8,
    /// What was there; in front silence where the first measure that is heard is shorter.
    pub(crate) events: Vec<MonoStep>,
    /// How many sixteenths the beginning has.
    pub(crate) from: usize,
}

impl Beginning {
    /// Is there one?
    pub(crate) fn is_there(&self) -> bool {
        self.primer.is_some() || self.notes.is_some() || self.pitch.is_some() || self.silence || self.noise.is_some()
    }

    /// Reads it for a band; `voice` plays what has one line. `seed` makes noise.
    pub(crate) fn read(&self, reading: &Reading, spec: &BandSpec, voice: VoiceId, seed: u64) -> Result<Primer> {
        if let Some(file) = &self.primer {
            return Self::file(file, reading, spec, voice);
        }
        let of_files = [("--track", reading.track.is_some()), ("--pickup", reading.upbeat.pickup.is_some())];
        if let Some((option, _)) = of_files.iter().find(|(_, given)| *given) {
            return Err(BadInput::error(format!(
                "{option} is for a --primer, which is a file: leave it out, or give one"
            )));
        }
        let meter = reading.meter.unwrap_or(TimeSignature::FOUR_FOUR);
        let bpm = f64::from(reading.tempo.unwrap_or(120));
        // PANIC: `meter` above takes no other meters.
        let steady = |measures: usize| Song::steady(meter, bpm, measures).expect("a meter of whole sixteenths");
        let events = match (&self.notes, self.pitch) {
            (Some(notes), _) => Some(notes.0.clone()),
            (None, Some(key)) => Some(vec![MonoStep::Note(key)]),
            (None, None) => None,
        };
        if let Some(events) = events {
            if reading.primer_measures.is_some() {
                return Err(BadInput::error(
                    "--primer-measures is for a file, silence or noise: --notes and --pitch are as long as they are",
                ));
            }
            return Self::line(events, steady, voice);
        }
        let sheet = steady(usize::from(reading.primer_measures.unwrap_or(4)));
        let mut rng = Rng::new(mix(seed, u64::MAX - 1));
        let mut measure = |steps: u8| {
            let mut out = BandMeasure::missing(steps);
            for voice in spec.all().iter() {
                let noise =
                    self.noise.map(|kind| Noise::from(kind).measure(&spec.voices[voice.index()], steps, &mut rng));
                out.set(voice, &noise.unwrap_or(Measure::silent(steps)));
            }
            out
        };
        let measures = sheet.spans().iter().map(|span| measure(span.steps)).collect();
        Ok(Primer { measures, line: None, source: None, sheet })
    }

    fn file(file: &Path, reading: &Reading, spec: &BandSpec, voice: VoiceId) -> Result<Primer> {
        let read = read(file, reading.upbeat)?;
        let song = read.song();
        let most = reading.primer_measures.map_or(song.len(), usize::from).min(song.len());
        let mut casting = Casting::of(song, spec);
        let mut piece = BandSong::cast(song, spec, &casting);
        if reading.track.is_some() || piece.present.is_empty() {
            let player = &spec.voices[voice.index()];
            let part = part(&read, file, &player.name, reading.track.as_deref())?;
            piece.set(voice, &monophonic(&part.track.measures));
            tell_heard(&read, file, player, true, &part.places);
            casting.voices.iter_mut().for_each(|tracks| tracks.retain(|track| !part.places.contains(track)));
            casting.voices[voice.index()] = part.places;
        } else {
            tell_casting(&read, file, spec, &casting);
            tell_unheard(&read, file, spec, &casting);
        }
        piece.measures.truncate(most);
        if piece.measures.iter().all(|measure| measure.is_silent(piece.present)) {
            return Err(BadInput::error(format!("{}: there is no note in the primer", file.display())));
        }
        let sheet = song.without_tracks();
        let source = Source { path: file.into(), file: read, voices: casting.voices };
        Ok(Primer { sheet, source: Some(source), measures: piece.measures, line: None })
    }

    /// A line of events, played by one voice; a measure that it does not fill ends in silence.
    fn line(events: Vec<MonoStep>, steady: impl Fn(usize) -> Song, voice: VoiceId) -> Result<Primer> {
        let bar = usize::from(steady(1).spans()[0].steps);
        let sheet = steady(events.len().div_ceil(bar));
        if sheet.spans().iter().any(|span| usize::from(span.steps) != bar) {
            return Err(BadInput::error("notes need a meter whose measures are not divided into unequal parts"));
        }
        let measures = Melody { bar, events: events.clone() }.measures().into_iter().map(|measure| {
            let mut out = BandMeasure::missing(measure.steps());
            out.set(voice, &measure);
            out
        });
        Ok(Primer { measures: measures.collect(), line: Some(events), source: None, sheet })
    }
}

impl Primer {
    /// The time of a piece of so many measures that begins with it: the file's meters and tempos, and after them the last.
    pub(crate) fn sheet(&self, measures: usize) -> Result<Song> {
        match &self.source {
            Some(source) => playing::arranged(&self.sheet, &source.path, &self.stretches(measures)),
            None => score::sheet(&self.sheet, measures).context("the beginning has one meter"),
        }
    }

    fn stretches(&self, measures: usize) -> [Stretch; 2] {
        let from = self.measures.len().min(measures);
        [Stretch::Same(0..from), Stretch::GoesOn(measures - from)]
    }

    /// What one voice plays.
    pub(crate) fn line(&self, voice: VoiceId) -> Result<Line> {
        let unequal = || BadInput::error("a line needs a meter whose measures are not divided into unequal parts");
        if self.source.is_none() {
            let bar = self.sheet.spans().first().map_or(16, |span| span.steps);
            if self.sheet.spans().iter().any(|span| span.steps != bar) {
                return Err(unequal());
            }
            let events = self.line.clone();
            let events = events.unwrap_or_else(|| Melody::of(bar, &score::line(&self.measures, voice)).events);
            return Ok(Line { bar, from: events.len(), events });
        }
        let most = self.measures.len();
        // The longest meters have 16 parts.
        let next = self.sheet(most + 16)?;
        let mut coming = next.spans()[most..].iter().map(|span| span.steps);
        let bar = coming.next().unwrap_or(16);
        if coming.any(|steps| steps != bar) {
            return Err(unequal());
        }
        // A line has one meter: what is heard is in that in which it goes on, with the upbeat before.
        let other = self.measures.iter().rposition(|measure| measure.steps() != bar);
        let first = other.map_or(0, |other| other + 1);
        let mut measures = score::line(&self.measures[first..], voice);
        let upbeat = other.map(|other| self.measures[other].voice(voice)).filter(|upbeat| upbeat.steps() < bar);
        if let Some(upbeat) = upbeat {
            let shift = bar - upbeat.steps();
            let later =
                upbeat.notes().iter().map(|note| Note { step: Step(note.step.0 + shift), continued: false, ..*note });
            measures.insert(0, Measure::from_notes(bar, later));
        }
        let heard = measures.len();
        if heard < most {
            playing::say(format!(
                "the band hears the last {heard} of {most} measures: those in the meter in which it goes on"
            ));
        }
        let from = self.measures.iter().map(|measure| usize::from(measure.steps())).sum();
        Ok(Line { bar, events: Melody::of(bar, &measures).events, from })
    }

    /// The whole piece: the beginning as it was played, and behind it what these voices play in their measures from there
    /// on. `sheet` is of [`Primer::sheet`].
    pub(crate) fn with(&self, mut sheet: Song, spec: &BandSpec, lines: &[(VoiceId, Vec<Measure>)]) -> Song {
        let Some(source) = &self.source else {
            for (voice, line) in lines {
                score::put(&mut sheet, spec, *voice, line.clone());
            }
            return sheet;
        };
        let old = source.file.song();
        let stretches = self.stretches(sheet.len());
        let from = sheet.spans().get(self.measures.len()).map_or(0, |span| span.start);
        let (mut used, mut told): (Vec<Channel>, Vec<usize>) = (Vec::new(), Vec::new());
        for (place, track) in old.tracks.iter().enumerate() {
            let mut played = source.file.performance(&[place]).moved(old, &sheet, &stretches);
            if used.contains(&track.channel) {
                played = played.keys_alone();
            }
            used.push(track.channel);
            // A track of several channels says its words once.
            let origin = source.file.origin(place).unwrap_or(0);
            if told.contains(&origin) {
                played = played.unsaid();
            }
            told.push(origin);
            let own = lines.iter().find(|(voice, _)| source.voices[voice.index()].first() == Some(&place));
            if let Some((_, line)) = own {
                let line = Track { measures: line.clone(), ..track.clone() }.notes(sheet.spans());
                played.go_on(&sheet, from, &line);
            }
            sheet.tracks.push(Track { performance: Some(played), ..track.clone() });
        }
        let all: Vec<usize> = (0..old.tracks.len()).collect();
        let asides = source.file.asides(&all);
        sheet.asides = asides.iter().filter_map(|aside| aside.moved(old, &sheet, &stretches)).collect();
        for (voice, line) in lines.iter().filter(|(voice, _)| source.voices[voice.index()].is_empty()) {
            let voice = &spec.voices[voice.index()];
            let channel = playing::free_channel(voice.channel, &used);
            used.push(channel);
            let (program, measures) = (voice.program, line.clone());
            sheet.tracks.push(Track { channel, program, measures, ..Track::new(&voice.name) });
        }
        sheet
    }
}
