//! What new music begins with, as the command line says it.

use std::path::{Path, PathBuf};

use anyhow::Result;
use model::midi_file::Song;
use model::midi_file::band_song::{Casting, monophonic};
use model::music::measure::MonoStep;
use model::play::tasks::primer::{self, Noise};
use model::play::tasks::score;
use model::random::mix;
use model::systems::melody::Melody;
use model::{BandMeasure, BandSong, BandSpec, Key, Measure, Rng, TimeSignature, VoiceId};

use crate::bad_input::BadInput;
use crate::playing;
use crate::reading::{Upbeat, part, read, tell_casting};

/// What to begin with.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Beginning {
    /// A MIDI file. Tracks named after voices of the band are theirs; without any, one track is the voice's.
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
    #[arg(long, requires = "primer", value_name = "NAME|NUMBER")]
    pub(crate) track: Option<String>,
    #[command(flatten)]
    upbeat: Upbeat,
    /// How many measures of the file, of silence or of noise to begin with [default: all of the file, else 4].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    primer_measures: Option<u16>,
    /// The meter, as in 3/4, of what is no file [default: 4/4].
    #[arg(long, value_parser = meter, conflicts_with = "primer")]
    meter: Option<TimeSignature>,
    /// The tempo in quarter notes a minute, of what is no file [default: 120].
    #[arg(long, value_parser = clap::value_parser!(u16).range(10..=500), conflicts_with = "primer")]
    tempo: Option<u16>,
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
    /// Its tempo and meter, without tracks.
    pub(crate) sheet: Song,
    /// What the band's voices play, in whole measures.
    pub(crate) measures: Vec<BandMeasure>,
    /// The line of the one voice that plays it, where it has one; it may end within a measure.
    pub(crate) line: Option<Vec<MonoStep>>,
}

impl Beginning {
    /// Reads it for a band; `voice` plays what has one line. `seed` makes noise.
    pub(crate) fn read(&self, reading: &Reading, spec: &BandSpec, voice: VoiceId, seed: u64) -> Result<Primer> {
        if let Some(file) = &self.primer {
            return Self::file(file, reading, spec, voice);
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
        Ok(Primer { measures, line: None, sheet })
    }

    fn file(file: &Path, reading: &Reading, spec: &BandSpec, voice: VoiceId) -> Result<Primer> {
        let read = read(file, reading.upbeat)?;
        let song = read.song();
        let most = reading.primer_measures.map_or(song.len(), usize::from).min(song.len());
        let casting = Casting::of(song, spec);
        let mut piece = BandSong::cast(song, spec, &casting);
        if reading.track.is_some() || piece.present.is_empty() {
            let name = &spec.voices[voice.index()].name;
            let track = part(&read, file, name, reading.track.as_deref())?.track;
            piece.set(voice, &monophonic(&track.measures));
        } else {
            tell_casting(&read, file, spec, &casting);
        }
        piece.measures.truncate(most);
        if piece.measures.iter().all(|measure| measure.is_silent(piece.present)) {
            return Err(BadInput::error(format!("{}: there is no note in the primer", file.display())));
        }
        Ok(Primer { sheet: playing::sheet_like(song, file, most)?, measures: piece.measures, line: None })
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
        Ok(Primer { measures: measures.collect(), line: Some(events), sheet })
    }
}

impl Primer {
    /// The events of one voice, from the beginning on.
    pub(crate) fn events(&self, voice: VoiceId, bar: u8) -> Vec<MonoStep> {
        self.line.clone().unwrap_or_else(|| Melody::of(bar, &score::line(&self.measures, voice)).events)
    }
}
