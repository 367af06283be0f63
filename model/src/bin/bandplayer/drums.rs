//! The drummer, as the command line asks for it.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use model::metrics::{DrumFollowing, RhythmFollowing};
use model::midi_file::{MidiFile, NewVoice, Song, Span, Track, drum_track};
use model::music::drums::DrumMeasure;
use model::music::kit::{Kit, MOST_KIT_BYTES, NamedKit, SHIPPED};
use model::play::drumming::{Beside, DrumManner, drum_between, drum_to};
use model::play::tasks::go_on::NewMeasure;
use model::play::tasks::{Manner, score};
use model::random::mix;
use model::systems::band_file::Band;
use model::systems::drummer::{DrumStyle, NoSuchDrumStyle, TrainedDrummer};
use model::{BandMeasure, BandSong, BandSpec, Measure, Role, Style, TimeSignature, VoiceId};

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
    #[command(flatten)]
    pub(crate) strokes: Strokes,
}

/// Whether somebody drums beside a band, and how.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct DrumsBeside {
    /// A drummer plays too, on channel 10, in this style: automatic, afrobeat, afrocuban, blues, country, dance, funk,
    /// hiphop, jazz, latin, neworleans, pop, punk, reggae, rock or soul; or off.
    #[arg(long, value_name = "STYLE", default_value = "off", value_parser = style_or_off)]
    drums: Drums,
    #[command(flatten)]
    pub(crate) strokes: Strokes,
}

/// How strokes are laid down.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Strokes {
    /// How much of the drummer's timing is played, in percent: at 0 every stroke lies on its sixteenth.
    #[arg(long, value_name = "PERCENT", default_value_t = 100, value_parser = clap::value_parser!(u8).range(0..=100))]
    groove: u8,
    /// The keys of the drum kit, the drummer's or yours: general-midi, roland-td, alesis-nitro, yamaha-dtxplorer, or a file
    /// of your own.
    #[arg(long, value_name = "KIT|FILE.json", default_value = KitChoice::USUAL, value_parser = KitChoice::read)]
    pub(crate) kit: KitChoice,
}

/// A drum kit, by its name or its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KitChoice {
    pub(crate) kit: Kit,
    /// What the player should know of it.
    remark: Option<String>,
}

impl KitChoice {
    pub(crate) const USUAL: &str = SHIPPED[0].0;

    pub(crate) fn read(said: &str) -> Result<Self, String> {
        let text = match SHIPPED.iter().find(|(stem, _)| stem.eq_ignore_ascii_case(said)) {
            Some((_, text)) => (*text).to_owned(),
            None => read_kit(Path::new(said))?,
        };
        let named: NamedKit = text.parse().map_err(|error| format!("{said}: {error}"))?;
        let remark = named.remark().map(|remark| format!("{said}: {remark}"));
        Ok(Self { kit: named.kit, remark })
    }

    /// Says what the player should know of it.
    pub(crate) fn tell(&self) {
        if let Some(remark) = &self.remark {
            say(remark);
        }
    }

    /// Is it the usual one?
    pub(crate) fn is_usual(&self) -> bool {
        self.kit == Kit::GENERAL_MIDI
    }
}

fn read_kit(path: &Path) -> Result<String, String> {
    let stems: Vec<&str> = SHIPPED.iter().map(|(stem, _)| *stem).collect();
    let wrong = |why: &dyn std::fmt::Display| {
        format!("the drum kit cannot be read ({why}): give the file of a kit, or one of {}", stems.join(", "))
    };
    let size = std::fs::metadata(path).map_err(|error| wrong(&error))?;
    if !size.is_file() || size.len() > MOST_KIT_BYTES {
        return Err(wrong(&"it is no file of a kit"));
    }
    std::fs::read_to_string(path).map_err(|error| wrong(&error))
}

/// A style, or the drummer's own choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StyleChoice(pub(crate) Option<DrumStyle>);

fn style(text: &str) -> Result<StyleChoice, String> {
    if text.eq_ignore_ascii_case("automatic") {
        return Ok(StyleChoice(None));
    }
    text.parse().map(|style| StyleChoice(Some(style))).map_err(|error: NoSuchDrumStyle| error.to_string())
}

/// Whether somebody drums beside a band.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Drums {
    /// Nobody does.
    Off,
    /// In this style.
    On(StyleChoice),
}

fn style_or_off(text: &str) -> Result<Drums, String> {
    if text.eq_ignore_ascii_case("off") { Ok(Drums::Off) } else { style(text).map(Drums::On) }
}

impl Drumming {
    /// As the drummer is told.
    pub(crate) fn manner(&self, manner: Manner) -> DrumManner {
        let Style { temperature, energy, .. } = manner.style;
        DrumManner { style: self.style.0, energy, temperature, seed: manner.seed }
    }

    /// Has anything been asked for?
    pub(crate) fn is_usual(&self) -> bool {
        self.style.0.is_none() && self.strokes.is_groove_usual() && self.strokes.kit.is_usual()
    }
}

impl DrumsBeside {
    /// How the drummer plays, if somebody drums.
    pub(crate) fn drumming(&self) -> Option<Drumming> {
        match self.drums {
            Drums::Off => None,
            Drums::On(style) => Some(Drumming { style, strokes: self.strokes.clone() }),
        }
    }

    /// How a drummer plays who was asked for in another way.
    pub(crate) fn automatic(&self) -> Drumming {
        Drumming { style: StyleChoice(None), strokes: self.strokes.clone() }
    }
}

impl Strokes {
    /// Is all of the drummer's timing played, as nobody needs to ask for?
    pub(crate) fn is_groove_usual(&self) -> bool {
        self.groove == 100
    }

    /// The drum track of these measures of a song.
    pub(crate) fn track(&self, song: &Song, measures: &[DrumMeasure]) -> Track {
        drum_track(song, measures, f32::from(self.groove) / 100.0, &self.kit.kit)
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
    (manner, strokes): (&DrumManner, &Strokes),
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
    song.tracks.push(strokes.track(song, &measures));
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
        song.tracks.push(how.strokes.track(&song, &measures));
        how.strokes.kit.tell();
        say(format_args!("{} measures of drums, {strokes} strokes", self.measures));
        Ok(song)
    }
}

/// Drums to a piece, in these measures alone: what is to be written into its file, and how many strokes that are.
pub(crate) fn anew(
    (read, piece, spec): (&MidiFile, &BandSong, &BandSpec),
    measures: Range<usize>,
    how: &Drumming,
    manner: &DrumManner,
) -> Result<(NewVoice, usize)> {
    let song = read.song();
    let lines: Vec<(Role, Vec<Measure>)> = piece
        .present
        .iter()
        .map(|voice| (spec.voices[voice.index()].role, score::line(&piece.measures, voice)))
        .collect();
    let of = |role: Role| lines.iter().find(|(other, _)| *other == role).map(|(_, line)| &line[..]);
    let user = of(Role::Melody).or(lines.first().map(|(_, line)| &line[..]));
    let beside = Beside { user, bass: of(Role::Bass), chords: of(Role::Harmony) };
    // Where nobody plays at all, drums are alone.
    let alone = lines.iter().all(|(_, line)| line.iter().all(Measure::is_silent));
    let plays = |at: usize| alone || lines.iter().any(|(_, line)| line.get(at).is_some_and(|line| !line.is_silent()));
    let silent = || song.spans().iter().map(|span| DrumMeasure::silent(span.steps)).collect();
    let old = read.drums_on(&how.strokes.kit.kit).unwrap_or_else(silent);
    let drums = drum_between(&inside()?, (song, &old), beside, manner, (measures.clone(), plays));
    let mut drums = drums.context("the drummer's output is not finite: the band file is damaged")?;
    for (at, measure) in drums.iter_mut().enumerate().filter(|(at, _)| !measures.contains(at)) {
        *measure = DrumMeasure::silent(song.spans()[at].steps);
    }
    let strokes = drums.iter().map(|measure| measure.hits().count()).sum();
    let added = how.strokes.track(song, &drums);
    let played = added.performance.as_ref().map(|played| played.notes.clone()).unwrap_or_default();
    let step = |measure: usize| song.spans().get(measure).map(|span| span.start);
    let end = song.spans().last().map_or(0, Span::end);
    let anew = step(measures.start).unwrap_or(end)..step(measures.end).unwrap_or(end);
    let tracks = read.drum_tracks().into_iter().filter(|&track| !song.tracks[track].is_silent()).collect();
    Ok((NewVoice { tracks, added, anew: vec![anew], line: Vec::new(), played }, strokes))
}

/// Takes the drums out of the names of voices; are they among them?
pub(crate) fn among(names: &[String], spec: &BandSpec) -> (Vec<String>, bool) {
    let is_drums = |name: &String| name.eq_ignore_ascii_case("drums") && spec.voice(name).is_none();
    let voices: Vec<String> = names.iter().filter(|name| !is_drums(name)).cloned().collect();
    let drums = voices.len() < names.len();
    (voices, drums)
}

/// Calls, and answers in which no voice of the band plays.
pub(crate) fn beside(calls: &[BandMeasure], answers: &[NewMeasure], phrase: usize) -> Vec<BandMeasure> {
    let mut out = Vec::with_capacity(2 * calls.len());
    for (call, wanted) in calls.chunks(phrase.max(1)).zip(answers.chunks(phrase.max(1))) {
        out.extend_from_slice(call);
        out.extend(wanted.iter().map(|&(steps, _)| BandMeasure::missing(steps)));
    }
    out
}

/// A drum track to what a band and its user play in each measure of a song, where `plays` says so.
pub(crate) fn to_measures(
    song: &Song,
    (measures, spec, user): (&[BandMeasure], &BandSpec, VoiceId),
    how: &Drumming,
    manner: &DrumManner,
    plays: impl Fn(usize) -> bool,
) -> Result<Track> {
    let of = |role: Role| {
        let voice = spec.all().iter().find(|voice| *voice != user && spec.voices[voice.index()].role == role)?;
        Some(score::line(measures, voice))
    };
    let (user, bass, chords) = (score::line(measures, user), of(Role::Bass), of(Role::Harmony));
    let beside = Beside { user: Some(&user), bass: bass.as_deref(), chords: chords.as_deref() };
    let drums = drum_to(&inside()?, song, beside, manner, plays);
    let drums = drums.context("the drummer's output is not finite: the band file is damaged")?;
    Ok(how.strokes.track(song, &drums))
}
