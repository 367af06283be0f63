//! The drummer, as the command line asks for it.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use model::metrics::{DrumFollowing, RhythmFollowing};
use model::midi_file::{Song, Track, drum_track};
use model::play::drumming::{Beside, DrumManner, drum_to};
use model::random::mix;
use model::systems::band_file::Band;
use model::systems::drummer::{DrumStyle, NoSuchDrumStyle, TrainedDrummer};
use model::{BandSpec, Measure, Role, TimeSignature, VoiceId};

use crate::bad_input::BadInput;
use crate::bands;
use crate::playing::say;

/// How the drummer plays.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Drumming {
    /// The style of drums: automatic, afrobeat, afrocuban, blues, country, dance, funk, hiphop, jazz, latin, neworleans,
    /// pop, punk, reggae, rock or soul.
    #[arg(long, value_name = "STYLE", default_value = "automatic", value_parser = style)]
    pub(crate) style: StyleChoice,
    /// How much of the drummer's timing is played, in percent: at 0 every stroke lies on its sixteenth.
    #[arg(long, value_name = "PERCENT", default_value_t = 100, value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) groove: u8,
    /// How busy and loud the drums are, in percent: 50 as the drummer likes.
    #[arg(long, value_name = "PERCENT", default_value_t = 50, value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) energy: u8,
}

/// A style, or the drummer's own choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StyleChoice(pub(crate) Option<DrumStyle>);

pub(crate) fn style(text: &str) -> Result<StyleChoice, String> {
    if text.eq_ignore_ascii_case("automatic") {
        return Ok(StyleChoice(None));
    }
    text.parse().map(|style| StyleChoice(Some(style))).map_err(|error: NoSuchDrumStyle| error.to_string())
}

/// Whether somebody drums beside a band.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Drums {
    /// Nobody does.
    Off,
    /// In this style.
    On(StyleChoice),
}

pub(crate) fn style_or_off(text: &str) -> Result<Drums, String> {
    if text.eq_ignore_ascii_case("off") { Ok(Drums::Off) } else { style(text).map(Drums::On) }
}

impl Drumming {
    /// As the drummer is told.
    pub(crate) fn manner(&self, temperature: f32, seed: u64) -> DrumManner {
        let energy = (f32::from(self.energy) - 50.0) / 50.0;
        DrumManner { style: self.style.0, energy, temperature, seed }
    }

    /// Has anything been asked for?
    pub(crate) fn is_usual(&self) -> bool {
        self.style.0.is_none() && self.groove == 100 && self.energy == 50
    }
}

/// The drummer of a band file, or the one inside the program where the band is none.
pub(crate) fn drummer(band: &str) -> Result<Arc<TrainedDrummer>> {
    if Path::new(band).exists()
        && let Some(found) = bands::trained(band)?.system_as::<TrainedDrummer>()
    {
        return Ok(found);
    }
    inside()
}

/// The drummer inside the program.
pub(crate) fn inside() -> Result<Arc<TrainedDrummer>> {
    Band::drummer().context("the drummer inside this program")
}

/// Adds drums to what a band played to a user's track: a drummer who hears both, and plays where the band does.
pub(crate) fn join(
    song: &mut Song,
    user: &Track,
    (spec, voice): (&BandSpec, VoiceId),
    trained: &Arc<TrainedDrummer>,
    (manner, groove): (&DrumManner, f32),
    followed: &mut DrumFollowing,
) -> Result<()> {
    let others: Vec<(Role, Vec<Measure>)> = (0..spec.voices.len())
        .filter(|&place| place != voice.index())
        .filter_map(|place| {
            let voice = &spec.voices[place];
            Some((voice.role, song.track(&voice.name)?.measures.clone()))
        })
        .collect();
    let of = |role: Role| others.iter().find(|(other, _)| *other == role).map(|(_, line)| &line[..]);
    let beside = Beside { user: Some(&user.measures), bass: of(Role::Bass), chords: of(Role::Harmony) };
    let plays = |at: usize| others.iter().any(|(_, line)| line.get(at).is_some_and(|measure| !measure.is_silent()));
    let measures = drum_to(trained, song, beside, manner, plays);
    let measures = measures.context("the drummer's output is not finite: the band file is damaged")?;
    followed.add(&measures, &user.measures, of(Role::Bass));
    song.tracks.push(drum_track(song, &measures, groove));
    Ok(())
}

/// Says how the drums went with the others.
pub(crate) fn tell(followed: &DrumFollowing) {
    if followed.measures() == 0 {
        return;
    }
    let share = |share: Option<f64>| share.map_or_else(|| "-".to_owned(), |share| format!("{share:.3}"));
    say(format_args!(
        "drums, {} measures: strokes go with your onsets in the same measure by {:.3} (rank correlation; {:.3} where your measures are shuffled)",
        followed.measures(),
        followed.rank_correlation(),
        followed.shuffled(1)
    ));
    say(format_args!(
        "kicks with a note of the bass: {}; notes of the bass with a kick: {}; in 4/4, kick on one: {}, snare on two and four: {}",
        share(followed.kicks_on_bass()),
        share(followed.bass_with_kick()),
        share(followed.kick_on_one()),
        share(followed.backbeat())
    ));
}

/// Says how a band went with the hits of a user who drums.
pub(crate) fn tell_rhythm(found: &RhythmFollowing) {
    if found.measures() == 0 {
        return;
    }
    let share = |share: Option<f64>| share.map_or_else(|| "-".to_owned(), |share| format!("{share:.3}"));
    say(format_args!(
        "{} measures to your hits: the band's onsets go with their number by {:.3} (rank correlation; {:.3} where your measures are shuffled)",
        found.measures(),
        found.rank_correlation(),
        found.shuffled(1)
    ));
    let [together, by_chance] = [found.together(), found.together_shuffled(1)].map(share);
    say(format_args!(
        "the band's onsets with a kick or a snare: {together} ({by_chance} where your measures are shuffled); the bass's with a kick: {}",
        share(found.bass_with_kick())
    ));
}

/// Is the band of this name a drummer?
pub(crate) fn is_drummer(band: &str) -> bool {
    Path::new(band).is_file() && bands::trained(band).is_ok_and(|band| band.system_as::<TrainedDrummer>().is_some())
}

/// A drum track alone.
pub(crate) struct Solo {
    pub(crate) meter: TimeSignature,
    pub(crate) tempo: f64,
    pub(crate) measures: usize,
}

impl Solo {
    /// The song, of the drummer's `number`th take.
    pub(crate) fn song(
        &self,
        trained: &Arc<TrainedDrummer>,
        how: &Drumming,
        manner: DrumManner,
        number: u64,
    ) -> Result<Song> {
        let sheet = Song::steady(self.meter, self.tempo, self.measures);
        let mut song = sheet.ok_or_else(|| BadInput::error("a meter of whole sixteenths is wanted, as in 3/4"))?;
        let manner = DrumManner { seed: mix(manner.seed, number), ..manner };
        let measures = drum_to(trained, &song, Beside::default(), &manner, |_| true);
        let measures = measures.context("the drummer's output is not finite: the band file is damaged")?;
        let strokes: usize = measures.iter().map(|measure| measure.hits().count()).sum();
        song.tracks.push(drum_track(&song, &measures, f32::from(how.groove) / 100.0));
        say(format_args!("{} measures of drums, {strokes} strokes", self.measures));
        Ok(song)
    }
}
