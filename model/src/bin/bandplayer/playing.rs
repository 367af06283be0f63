//! What all commands that play share.

use std::io::Write;
use std::path::Path;

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use model::midi_file::{Song, Stretch};
use model::play::tasks::Manner;
use model::systems::band_file::Band;
use model::{BandSpec, Channel, PredictError, Settings, Style, Tonality, VoiceId};

use crate::bad_input::BadInput;

/// Who plays, and how.
#[derive(Debug, clap::Args)]
pub(crate) struct Playing {
    /// pop, chorale, the path of a band file, loop (the rule to beat), or ngram:BAND (the n-gram of a band).
    #[arg(long, default_value = Band::USUAL)]
    pub(crate) band: String,
    /// Everything random comes from this.
    #[arg(long, default_value_t = Manner::default().seed)]
    pub(crate) seed: u64,
    /// 0 always plays the likeliest; 1 is as various as the training music; up to 2.
    #[arg(long, default_value_t = Style::default().temperature, value_parser = temperature)]
    temperature: f32,
    /// The key, as in "F# minor" [default: the band finds it].
    #[arg(long, value_parser = |text: &str| text.parse::<Tonality>())]
    key: Option<Tonality>,
}

impl Playing {
    pub(crate) fn manner(&self) -> Manner {
        let style = Style { temperature: self.temperature, ..Style::default() };
        Manner { style, key: self.key, seed: self.seed }
    }
}

fn temperature(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(number) if (0.0..=2.0).contains(&number) => Ok(number),
        _ => Err("a number from 0 to 2 is wanted".into()),
    }
}

/// The defaults of all controls, whatever the band: the plugin's own.
pub(crate) fn usual() -> Settings {
    Settings::new(&BandSpec::pop(), VoiceId::FIRST)
}

/// Says a line. A reader who has seen enough (`| head`) is no reason to fail.
pub(crate) fn say(line: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
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
