//! What to play, and with whom: the options, and what they mean for this input.

use std::path::PathBuf;

use anyhow::{Context, anyhow, bail};
use clap::builder::BoolishValueParser;
use clap::{Parser, ValueEnum};
use model::midi_file::{Aside, MidiFile, Performance, Pickup, Song, TempoChange, Track};
use model::music::chart::Chart;
use model::systems::band_file::Band;
use model::systems::drummer::{DrumStyle, NoSuchDrumStyle};
use model::{BandSpec, Figures, HarmonyChoice, Hold, Lookahead, PitchFollow, VoiceId};

use super::charted;
use crate::setup::{Setup, Source};
use crate::{bundle, tune};

/// Plays a tune into the plugin and writes down what the band makes of it.
///
/// One track of a MIDI file is played as the user's part into the bundled plugin, as an offline
/// render. The folder then holds band.wav (the music as it sounds), band.mid (its notes), jam.png
/// (a piano roll) and jam.json (figures).
#[derive(Clone, Debug, Parser)]
#[command(name = "cargo xtask jam", bin_name = "cargo xtask jam")]
pub struct Options {
    /// The MIDI file to play; by default a tune of the project's own
    #[arg(long, value_name = "FILE.mid")]
    pub input: Option<PathBuf>,
    /// The track that is you, by name or number; by default the one with the voice's name, else what seems to be the tune
    #[arg(long, value_name = "NAME|NUMBER")]
    pub track: Option<String>,
    /// The file begins with an upbeat of so many quarter notes, as 1 or 1/2, of which its time signatures do not tell
    #[arg(long, value_name = "BEATS")]
    pub pickup: Option<Pickup>,
    /// The voice of the band that you play; by default its first
    #[arg(long, value_name = "NAME")]
    pub voice: Option<String>,
    /// The band: pop, chorale, or a band file
    #[arg(long, value_name = "pop|chorale|PATH", default_value = Band::USUAL)]
    pub band: String,
    /// How far ahead the band predicts
    #[arg(long, value_enum, default_value_t = Ahead::from(Lookahead::default()))]
    pub lookahead: Ahead,
    /// Quarter notes a minute; by default the file's tempo
    #[arg(long, value_name = "BPM")]
    pub tempo: Option<f64>,
    /// Another seed, another take
    #[arg(long, value_name = "N", default_value_t = Setup::default().seed, value_parser = clap::value_parser!(u32).range(..=999_999))]
    pub seed: u32,
    /// How much the band gives, in percent, -100 to 100: density, loudness and register together, the drummer's too
    #[arg(long, value_name = "PERCENT", default_value_t = Setup::default().energy, allow_negative_numbers = true)]
    #[arg(value_parser = clap::value_parser!(i8).range(-100..=100))]
    pub energy: i8,
    /// Who drums beside the band: off, automatic, or a style (rock, jazz, reggae …)
    #[arg(long, value_name = "STYLE|off", default_value = "automatic", value_parser = drums)]
    pub drums: String,
    /// How much of the drummer's timing is played, in percent: at 0 every stroke lies on its sixteenth
    #[arg(long, value_name = "PERCENT", default_value_t = Setup::default().groove, value_parser = clap::value_parser!(u8).range(..=100))]
    pub groove: u8,
    /// A chart whose chords the band plays, measure by measure from the first of the file, over and over: a text file, as in
    /// `| C | Am7 F | G7 | % |`
    #[arg(long, value_name = "FILE")]
    pub chart: Option<PathBuf>,
    /// The band is told the chords that come, as a net foretells them; a chart's come first
    #[arg(long, value_name = "on|off", num_args = 0..=1, require_equals = true, default_missing_value = "on")]
    #[arg(value_parser = BoolishValueParser::new())]
    pub harmony: Option<bool>,
    /// Where your music comes round again, the band plays the chords of the round before; a chart's come first.
    /// `loops`: where it is a loop alone
    #[arg(long, value_name = "on|loops|off", num_args = 0..=1, require_equals = true, default_missing_value = "on")]
    pub hold: Option<Hold>,
    /// What the band plans is played in people's figures, by bands as pop: as they fit, or those of one texture (held,
    /// quarters, bass-and-chords, broken, open, flowing, rocking, rolling, sixteenths, driving)
    #[arg(long, value_name = "on|off|TEXTURE", num_args = 0..=1, require_equals = true, default_missing_value = "on")]
    pub figures: Option<Figures>,
    /// How far the band's notes yield to what you hold as they begin, as under *Follow* in the plugin
    #[arg(long, value_enum, default_value_t = Pitches::from(Setup::default().pitches))]
    pub follow_pitches: Pitches,
    /// Play at the tempo's pace instead of as fast as possible
    #[arg(long)]
    pub realtime: bool,
    /// Where the results go; by default the folder `jam` in cargo's target folder
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// How far ahead the band predicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Ahead {
    /// The measure after the next one
    SecondNext,
    /// The next measure
    Next,
}

impl From<Lookahead> for Ahead {
    fn from(lookahead: Lookahead) -> Self {
        match lookahead {
            Lookahead::SecondNext => Self::SecondNext,
            Lookahead::Next => Self::Next,
        }
    }
}

impl From<Ahead> for Lookahead {
    fn from(ahead: Ahead) -> Self {
        match ahead {
            Ahead::SecondNext => Self::SecondNext,
            Ahead::Next => Self::Next,
        }
    }
}

/// How far the band's pitches follow the user's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Pitches {
    /// What was planned is played
    Off,
    /// What would clash moves, and what clashes as it sounds is lifted
    AvoidClashes,
    /// Besides, where you play a chord, notes keep their function in it
    Chords,
}

impl From<PitchFollow> for Pitches {
    fn from(pitches: PitchFollow) -> Self {
        match pitches {
            PitchFollow::Off => Self::Off,
            PitchFollow::AvoidClashes => Self::AvoidClashes,
            PitchFollow::Chords => Self::Chords,
        }
    }
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

/// The options, understood.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What is played.
    pub song: Song,
    /// What to call it.
    pub title: String,
    /// The track that is the user's, on the steps that the band hears.
    pub track: Track,
    /// The same as it stands in the file: this is played, and written.
    pub performance: Option<Performance>,
    /// What the file says beside it: markers, lyrics in tracks of their own; it is written too.
    pub asides: Vec<Aside>,
    /// What is to be said of the file: what had to be bent to read it, and which tracks are who.
    pub remarks: Vec<String>,
    /// The band's voices.
    pub spec: BandSpec,
    /// Where the band comes from.
    pub band: Source,
    /// The voice that the user plays.
    pub voice: VoiceId,
    /// How far ahead the band predicts.
    pub lookahead: Ahead,
    /// The seed.
    pub seed: u32,
    /// How much the band gives, in percent.
    pub energy: i8,
    /// In which of people's figures what is planned is played.
    pub figures: Figures,
    /// Who drums, and how much of the drummer's timing is played, in percent.
    pub drums: (String, u8),
    /// The chords that the band plays, where they are known.
    pub chart: Option<Chart>,
    /// Which it is told where they are not.
    pub harmony: HarmonyChoice,
    /// How far the band's pitches follow the user's.
    pub pitches: PitchFollow,
    /// At the tempo's pace?
    pub realtime: bool,
    /// Where the results go.
    pub out: PathBuf,
}

impl Options {
    /// Reads the input and finds the voices.
    ///
    /// # Errors
    /// One line for whoever gave the options: what is wrong, and what there is instead.
    pub fn plan(&self) -> anyhow::Result<Plan> {
        let (band, spec) = self.band()?;
        let names = |names: Vec<&str>| names.join(", ");
        let voice = match &self.voice {
            None => VoiceId::new(0).context("the band has no voice")?,
            Some(name) => spec.voice(name).with_context(|| {
                let voices = names(spec.voices.iter().map(|voice| voice.name.as_str()).collect());
                format!("the band \"{}\" has no voice \"{name}\"; its voices are {voices}", spec.name)
            })?,
        };
        let file = match &self.input {
            // PANIC: what was written can be read.
            None => MidiFile::parse(tune::song().to_bytes()).expect("our own tune"),
            // Its message says everything by itself.
            Some(path) => MidiFile::open_after(path, self.pickup).map_err(|error| anyhow!("{error}"))?,
        };
        let title = match &self.input {
            None => "Band Player's own tune".to_owned(),
            Some(path) => path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        };
        let mut song = file.song().clone();
        if song.is_empty() || song.tracks.iter().all(Track::is_silent) {
            bail!("{title} has no notes to play");
        }
        if let Some(tempo) = self.tempo {
            song.tempos = vec![change(tempo)?];
        }
        let name = &spec.voices[voice.index()].name;
        let part = file.part(name, self.track.as_deref()).map_err(|error| anyhow!("{title} {error}"))?;
        if part.track.is_silent() {
            bail!("{title}: the track {} has no notes", file.labels(&part.places));
        }
        let (mut remarks, mut performance, mut asides) = (Vec::new(), None, Vec::new());
        if self.input.is_some() {
            remarks.extend(file.warnings().iter().map(ToString::to_string));
            if let Some(likely) = file.likely_pickup().filter(|_| self.pickup.is_none()) {
                let beats = likely.quarters();
                remarks
                    .push(format!("the bars seem to begin {likely} later than they are written: try --pickup {beats}"));
            }
            let others = file.others(&part.places);
            let rest = if others.is_empty() { String::new() } else { format!("; not heard: {}", file.labels(&others)) };
            remarks.push(format!("{name} is {}{rest}", file.labels(&part.places)));
            performance = Some(file.performance(&part.places));
            asides = file.asides(&part.places);
        }
        let track = part.track;
        let out = match &self.out {
            Some(folder) => folder.clone(),
            None => bundle::target()?.join("jam"),
        };
        let harmony = HarmonyChoice::USUAL.but(self.harmony, self.hold);
        let chart = self.chart.as_deref().map(charted::read).transpose()?;
        let asked = [
            (chart.is_some(), "--chart"),
            (self.harmony == Some(true), "--harmony"),
            (self.hold.is_some_and(|hold| hold != Hold::Never), "--hold"),
        ];
        let option = asked.iter().find(|(asked, _)| *asked).map(|(_, option)| option);
        if let Some(option) = option
            && !charted::heeds_chords(&band)?
        {
            bail!("{option}: the band \"{}\" heeds no chords: choose pop, chorale or another RMVAE", spec.name);
        }
        let (lookahead, seed, realtime) = (self.lookahead, self.seed, self.realtime);
        Ok(Plan {
            song,
            title,
            track,
            performance,
            asides,
            remarks,
            spec,
            band,
            voice,
            lookahead,
            seed,
            energy: self.energy,
            figures: self.figures.unwrap_or(Setup::default().figures),
            drums: (self.drums.clone(), self.groove),
            chart,
            harmony,
            pitches: self.follow_pitches.into(),
            realtime,
            out,
        })
    }

    fn band(&self) -> anyhow::Result<(Source, BandSpec)> {
        let name = self.band.to_lowercase();
        if let Some(bytes) = Band::embedded(&name) {
            let band = Band::read(bytes).with_context(|| format!("the embedded band \"{name}\" is damaged"))?;
            return Ok((Source::Embedded(name), band.spec().clone()));
        }
        let path = PathBuf::from(&self.band);
        if !path.exists() {
            bail!("there is no band \"{}\": it is pop, chorale, or the path of a band file", self.band);
        }
        let band = Band::load(&path).with_context(|| path.display().to_string())?;
        // The plugin may run in another folder.
        let path = std::path::absolute(&path).with_context(|| path.display().to_string())?;
        Ok((Source::File(path), band.spec().clone()))
    }
}

/// What the plugin's parameter understands.
fn drums(text: &str) -> Result<String, NoSuchDrumStyle> {
    if ["off", "automatic"].iter().any(|known| text.eq_ignore_ascii_case(known)) {
        return Ok(text.to_owned());
    }
    // Its names have hyphens where drummers write them.
    let style = text.parse::<DrumStyle>()?;
    Ok(match style {
        DrumStyle::Afrocuban => "Afro-Cuban".to_owned(),
        DrumStyle::Hiphop => "Hip-hop".to_owned(),
        DrumStyle::Neworleans => "New Orleans".to_owned(),
        style => style.name().to_owned(),
    })
}

/// A tempo that a MIDI file can hold and a person can play to.
fn change(bpm: f64) -> anyhow::Result<TempoChange> {
    if !(10.0..=1000.0).contains(&bpm) {
        bail!("a tempo of {bpm} is not between 10 and 1000 quarter notes a minute");
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 60 000 and 6 000 000")]
    let micros_per_quarter = (60e6 / bpm).round() as u32;
    Ok(TempoChange { beat: 0.0, micros_per_quarter })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the options come to, or the one line that says why not.
    fn plan(words: &[&str]) -> Result<Plan, String> {
        let options =
            Options::try_parse_from(std::iter::once(&"jam").chain(words)).map_err(|error| error.to_string())?;
        options.plan().map_err(|error| format!("{error:#}"))
    }

    fn refused(words: &[&str], reason: &str) {
        let line = plan(words).expect_err("bad options are refused");
        assert!(line.contains(reason), "{words:?}: {line}");
        assert!(!line.contains('\n'), "one line: {line}");
    }

    #[test]
    fn without_options_the_tune_and_the_pop_band_are_chosen() {
        let plan = plan(&[]).expect("the defaults are good");
        assert_eq!((plan.song.len(), plan.track.name.as_str(), plan.voice.index()), (48, "Lead", 0));
        assert_eq!(plan.band, Source::Embedded("pop".into()));
    }

    #[test]
    fn without_options_a_jam_is_set_as_a_new_plugin_is() {
        use band_player::params::BandParams;
        use model::Settings;

        let plan = plan(&[]).expect("the defaults are good");
        // Only that somebody drums: a jam lets everybody be heard.
        assert_eq!(plan.setup(), Setup { drums: "automatic".into(), ..Setup::default() });
        let new = BandParams::default().controls().settings(&plan.spec);
        assert_eq!(new, Settings::new(&plan.spec, plan.voice));
        assert_eq!((plan.lookahead, u64::from(plan.seed)), (Ahead::from(new.lookahead), new.seed));
    }

    #[test]
    fn bad_input_is_one_clear_line() {
        refused(&["--input", "nowhere.mid"], "nowhere.mid");
        refused(&["--voice", "Tuba"], "its voices are Lead, Counter, Chords, Bass");
        refused(&["--track", "Tuba"], "it has Lead");
        refused(&["--band", "jazz"], "pop, chorale");
        refused(&["--band", "Cargo.toml"], "Cargo.toml");
        refused(&["--tempo", "0"], "tempo");
        let line = plan(&["--drums", "polka"]).expect_err("no style");
        assert!(line.contains("no style `polka`"), "{line}");
    }

    #[test]
    fn every_style_is_one_that_the_plugin_knows() {
        use band_player::params::{BandParams, Handles};

        let params = BandParams::default();
        let handles = Handles::of(&params);
        let choice = handles.get("drums").expect("the plugin has a drummer");
        for style in DrumStyle::ALL {
            let plan = plan(&["--drums", style.name(), "--groove", "30"]).expect("a style");
            let value = choice.understood(&plan.drums.0).unwrap_or_else(|| panic!("{style}: {}", plan.drums.0));
            assert!(choice.text(value).eq_ignore_ascii_case(&plan.drums.0), "{style}");
            assert_eq!(plan.setup().groove, 30);
        }
        assert_eq!(plan(&["--energy", "-40"]).expect("a percentage").setup().energy, -40);
        let figures =
            [&[][..], &["--figures"], &["--figures=off"]].map(|words| plan(words).expect("a switch").setup().figures);
        assert_eq!(figures, [Setup::default().figures, Figures::Automatic, Figures::Off]);
        let broken = plan(&["--figures=broken"]).expect("a texture").setup().figures;
        assert_eq!(broken, Figures::In(model::Texture::Broken));
    }

    #[test]
    fn voices_are_named_in_any_case() {
        assert_eq!(plan(&["--band", "Chorale", "--voice", "BASS"]).expect("a bass").voice.index(), 3);
    }
}
