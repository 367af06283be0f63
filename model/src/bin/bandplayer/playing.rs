//! What all commands that play share.

use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::builder::BoolishValueParser;
use indicatif::{ProgressBar, ProgressStyle};
use model::midi_file::{Song, Stretch};
use model::music::chart::Chart;
use model::play::tasks::Manner;
use model::predict::told::Told;
use model::systems::band_file::Band;
use model::systems::harmony::{HarmonyChoice, Hold};
use model::{BandSpec, Channel, Energy, PredictError, PredictRequest, Predictor, Settings, Style, Tonality, VoiceId};

use crate::bad_input::BadInput;
use crate::bands;
pub(crate) use crate::printing::say;

/// Who plays, and how.
#[derive(Debug, clap::Args)]
pub(crate) struct Playing {
    /// pop, chorale, the path of a band file, loop (the rule to beat), or ngram:BAND (the n-gram of a band).
    #[arg(long, default_value = Band::USUAL)]
    pub(crate) band: String,
    /// Everything random comes from this.
    #[arg(long, default_value_t = Manner::default().seed)]
    pub(crate) seed: u64,
    /// 0 always plays the likeliest; 1 is as various as the training music; up to 2 [default: 1].
    #[arg(long, value_parser = temperature)]
    temperature: Option<f32>,
    /// How much the band gives, in percent, -100 to 100: density, loudness and register together, the drummer's too; 0 as
    /// the band plays by itself [default: 0].
    #[arg(long, value_name = "PERCENT", allow_negative_numbers = true)]
    #[arg(value_parser = clap::value_parser!(i8).range(-100..=100))]
    energy: Option<i8>,
    /// The key, as in "F# minor" [default: the band finds it].
    #[arg(long, value_parser = |text: &str| text.parse::<Tonality>())]
    key: Option<Tonality>,
    /// A chart whose chords the band plays, measure by measure from the first of the file, over and over: a text file, as
    /// in `| C | Am7 F | G7 | % |`.
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
    /// The band is told the chords that come, as a net foretells them; a chart's come first [default: on in `accompany`].
    #[arg(long, value_name = "on|off", num_args = 0..=1, require_equals = true, default_missing_value = "on")]
    #[arg(value_parser = BoolishValueParser::new())]
    harmony: Option<bool>,
    /// Where your music comes round again, the band plays the chords of the round before, and changes only those that your
    /// notes speak against; a chart's come first. `loops`: where it is a loop alone [default: loops in `accompany`].
    #[arg(long, value_name = "on|loops|off", num_args = 0..=1, require_equals = true, default_missing_value = "on")]
    hold: Option<Hold>,
}

impl Playing {
    pub(crate) fn manner(&self) -> Manner {
        let mut style = Style::default();
        style.temperature = self.temperature.unwrap_or(style.temperature);
        style.energy = self.energy.map_or(style.energy, |percent| Energy::clamped(f32::from(percent) / 100.0));
        Manner { style, key: self.key, seed: self.seed }
    }

    /// Which chords the band is told where no chart says any, and nobody asks for other ones than are `usual`.
    pub(crate) fn harmony(&self, usual: HarmonyChoice) -> HarmonyChoice {
        usual.but(self.harmony, self.hold)
    }

    /// This predictor, told the chords that it was asked to be told: a chart's, of whose measures `place` says which a
    /// request is for, from 0, and those that are foretold. Where whole pieces are written or gone on with, they are foretold
    /// only if somebody asks for it: that was measured in jams.
    pub(crate) fn with_chords(
        &self,
        predictor: Box<dyn Predictor>,
        place: impl Fn(&PredictRequest) -> usize + Send + 'static,
    ) -> Result<Box<dyn Predictor>> {
        self.with_chords_as(HarmonyChoice::OFF, predictor, place)
    }

    /// The same, with what is `usual` where nobody asks for anything.
    pub(crate) fn with_chords_as(
        &self,
        usual: HarmonyChoice,
        predictor: Box<dyn Predictor>,
        place: impl Fn(&PredictRequest) -> usize + Send + 'static,
    ) -> Result<Box<dyn Predictor>> {
        if let Some(temperature) = self.temperature.filter(|_| self.band == bands::LOOP) {
            return Err(BadInput::error(format!(
                "--temperature {temperature}: the band `{}` repeats and draws nothing, so it has none: leave it out, or choose \
                 another band",
                self.band
            )));
        }
        let holds = self.hold.is_some_and(|hold| hold != Hold::Never);
        let asked = [(self.chart.is_some(), "--chart"), (self.harmony == Some(true), "--harmony"), (holds, "--hold")];
        let option = asked.iter().find(|(asked, _)| *asked).map(|(_, option)| option);
        if let Some(option) = option.filter(|_| !predictor.obeys_chords()) {
            return Err(BadInput::error(format!(
                "{option}: the band `{}` is told no chords, as it is asked to play here: choose pop, chorale or another \
                 band of an RMVAE, with its helpers",
                self.band
            )));
        }
        let predictor = Band::telling(predictor, self.harmony(usual));
        Ok(match &self.chart {
            Some(path) => {
                let chart = read_chart(path)?;
                let tell = move |request: &PredictRequest, _: &_| Some(chart.measure(place(request), request.steps));
                Box::new(Told::new(predictor, tell))
            }
            None => predictor,
        })
    }
}

fn temperature(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(number) if (0.0..=2.0).contains(&number) => Ok(number),
        _ => Err("a number from 0 to 2 is wanted".into()),
    }
}

/// The largest chart that is read, in bytes. Chosen: a hundred times what a long song has.
const MOST_CHART_BYTES: u64 = 1 << 20;

/// The chart in a file.
fn read_chart(path: &Path) -> Result<Chart> {
    let wrong = |why: &dyn std::fmt::Display| BadInput::error(format!("{}: {why}", path.display()));
    let size = std::fs::metadata(path).map_err(|error| wrong(&format!("the chart cannot be read: {error}")))?;
    if !size.is_file() || size.len() > MOST_CHART_BYTES {
        return Err(wrong(&"this is no chart: give a text file with chords, as in | C | Am7 F | G7 | % |"));
    }
    let bytes = std::fs::read(path).map_err(|error| wrong(&format!("the chart cannot be read: {error}")))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| wrong(&"this is no chart: give a text file with chords, as in | C | Am7 F | G7 | % |"))?;
    text.parse().map_err(|error| wrong(&error))
}

/// The measure that a request is for.
pub(crate) fn target(request: &PredictRequest) -> usize {
    usize::try_from(request.target.0).unwrap_or(usize::MAX)
}

/// The defaults of all controls, whatever the band: the plugin's own.
pub(crate) fn usual() -> Settings {
    Settings::new(&BandSpec::pop(), VoiceId::FIRST)
}

/// The voice of this name.
pub(crate) fn voice(spec: &BandSpec, name: &str) -> Result<VoiceId> {
    spec.voice(name).ok_or_else(|| no_such_voice(name, spec))
}

/// The band lacks this voice.
pub(crate) fn no_such_voice(name: &str, spec: &BandSpec) -> anyhow::Error {
    BadInput::error(format!("the band {} has no voice `{name}`: it has {}", spec.name, voices(spec)))
}

/// The voices' names.
pub(crate) fn voices(spec: &BandSpec) -> String {
    let names: Vec<&str> = spec.voices.iter().map(|voice| voice.name.as_str()).collect();
    names.join(", ")
}

/// A bar of so many measures.
pub(crate) fn progress(measures: usize) -> Result<ProgressBar> {
    let bar = ProgressBar::new(u64::try_from(measures).unwrap_or(u64::MAX));
    bar.set_style(ProgressStyle::with_template("{bar:30} {pos}/{len} measures · {eta} left")?);
    Ok(bar)
}

/// Refuses to write a result over the file that it came from.
pub(crate) fn not_over_itself(file: &Path, out: &Path) -> Result<()> {
    match (file.canonicalize(), out.canonicalize()) {
        (Ok(one), Ok(two)) if one == two => Err(BadInput::error(format!(
            "{} would be written over itself: choose another place for the result",
            file.display()
        ))),
        _ => Ok(()),
    }
}

/// A song of these stretches of another's time.
pub(crate) fn arranged(song: &Song, file: &Path, stretches: &[Stretch]) -> Result<Song> {
    song.arranged(stretches).ok_or_else(|| {
        let most = model::midi_file::MOST_SONG_MEASURES;
        BadInput::error(format!("{}: the result would have more than {most} measures: ask for fewer", file.display()))
    })
}

/// The channel of a player, unless others use it: then the first that none of them does, but for that of drums.
pub(crate) fn free_channel(own: Channel, used: &[Channel]) -> Channel {
    let others = (0..16).filter(|&channel| channel != 9).filter_map(Channel::new);
    std::iter::once(own).chain(others).find(|channel| !used.contains(channel)).unwrap_or(own)
}

/// What a failed prediction means to a user.
pub(crate) fn failed(error: PredictError) -> anyhow::Error {
    anyhow::Error::new(error).context("the band could not play")
}

/// "5-8" or "5" of a piece of so many measures.
pub(crate) fn range(text: &str, length: usize) -> Result<Range<usize>> {
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    match (from.trim().parse::<usize>(), to.trim().parse::<usize>()) {
        (Ok(from), Ok(to)) if 1 <= from && from <= to && to <= length => Ok(from - 1..to),
        _ => Err(BadInput::error(format!(
            "--measures {text}: two measures are wanted, as in 5-8, within the piece's 1-{length}"
        ))),
    }
}
