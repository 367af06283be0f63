//! What the engine shows to the editor, without ever waiting for it.
//!
//! ```text
//! audio thread                                   editor
//! engine ── Page (measures) ──▶ exchange ──▶   Snapshot
//!        ── Live (numbers)  ──▶ atomics  ──▶
//! ```
//!
//! A [`Page`] is published when its music changes: at a bar line, when the user plays, when a
//! prediction comes. What changes with every block is in [`Live`], each number an atomic of its
//! own. A [`Snapshot`] is both together, with the counters: all that a view
//! needs to know, as plain values.

mod drums;
mod exchange;
mod live;

use model::music::band::{BandMeasure, MAX_VOICES, Polyphony, Role};
use model::music::chart::BarPlace;
use model::sound::Instrument;
use model::systems::harmony::telling::ToldHalves;
use model::{BandSpec, Channel, Lookahead, Source, Tonality, VoiceId, VoiceMask};

use crate::counters::Figures;
pub use drums::ShownDrums;
pub use exchange::{ReadEnd, WriteEnd, exchange};
pub use live::{Live, Playhead, Seen, Touched};

/// How many measures that are over a page holds. Chosen.
pub const PAST: usize = 8;

/// A short text of fixed size.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Name {
    bytes: [u8; 24],
    len: u8,
}

impl Name {
    /// The text, or the beginning of a long one.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut bytes = [0; 24];
        let end = (0..=text.len().min(bytes.len())).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
        bytes[..end].copy_from_slice(&text.as_bytes()[..end]);
        Self { bytes, len: u8::try_from(end).unwrap_or(0) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.len)]).unwrap_or_default()
    }
}

impl std::fmt::Debug for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.as_str().fmt(f)
    }
}

/// A voice of the band that plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VoiceLine {
    /// Its name.
    pub name: Name,
    /// What it does.
    pub role: Role,
    /// One note at once, or any number.
    pub polyphony: Polyphony,
    /// Where it sounds.
    pub channel: Channel,
    /// What it is played on when the sounds inside are on, unless somebody chooses.
    pub instrument: Instrument,
}

/// A measure as it sounds: keys and velocities as they leave the plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Its place in play order, from 0.
    pub index: u32,
    /// All voices. The user's own notes as they were understood: on the nearest sixteenth.
    pub music: BandMeasure,
    /// The voice that the user played, unless they drummed.
    pub user: VoiceId,
    /// The user drummed: no voice is theirs, and the drums are.
    pub user_drums: bool,
    /// The voices of the band that were heard, at the end.
    pub audible: VoiceMask,
    /// Where the band's part comes from.
    pub source: Source,
    /// For each voice the steps, a bit each, at which a note began that yielded to what the user held.
    pub moved: [u16; MAX_VOICES],
    /// What the drummer plays; silent without one.
    pub drums: ShownDrums,
    /// The drummer was heard, at the end.
    pub drums_heard: bool,
    /// Where it lies in the song, as far as is known.
    pub place: Option<BarPlace>,
    /// What the band was told of its chords, where the chart said none.
    pub told: ToldHalves,
}

impl Shown {
    /// The voice that the user played, if it was one.
    #[must_use]
    pub const fn users_voice(&self) -> Option<VoiceId> {
        if self.user_drums { None } else { Some(self.user) }
    }
}

/// The music around now.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// The band's name.
    pub band: Name,
    /// Its voices; only the first [`Self::voice_count`] are any.
    pub voices: [Option<VoiceLine>; MAX_VOICES],
    /// The voice that the user plays, unless they drum.
    pub user: VoiceId,
    /// The user drums.
    pub user_drums: bool,
    /// The voices that are heard.
    pub audible: VoiceMask,
    /// What is over, the newest first.
    pub past: [Option<Shown>; PAST],
    /// The measure under way; the user's part as far as it was played.
    pub now: Option<Shown>,
    /// What is planned for the measure after it.
    pub planned: Option<Shown>,
    /// And for the one after that, where it is known already: while the band is frozen.
    pub after: Option<Shown>,
    /// Where the measure after the one under way lies in the song.
    pub next: Option<BarPlace>,
    /// The band plays the chords that it is told.
    pub heeds_chords: bool,
    /// The key.
    pub tonality: Tonality,
    /// How sure that is, 0 to 1; 1 where the user chose it.
    pub confidence: f32,
    /// The user chose the key.
    pub key_is_set: bool,
    /// How many measures of the user's the band still listens to before it enters.
    pub listening_left: u8,
    /// How far ahead the band predicts.
    pub lookahead: Lookahead,
    /// The band is silent, everything passes.
    pub bypass: bool,
    /// The host says for long that its transport rolls, and stands.
    pub stuck: bool,
    /// The channels of the user's MPE keyboard, as they are passed on, a bit each; 0: it is none.
    pub zone: u16,
}

impl Page {
    /// A page without music.
    ///
    /// # Panics
    /// Never: a band has a first voice.
    #[must_use]
    pub fn empty(spec: &BandSpec) -> Self {
        // PANIC: there is room for a first voice.
        let user = VoiceId::new(0).expect("a first voice");
        let mut page = Self {
            band: Name::new(""),
            voices: [None; MAX_VOICES],
            user,
            user_drums: false,
            audible: VoiceMask::default(),
            past: [None; PAST],
            now: None,
            planned: None,
            after: None,
            next: None,
            heeds_chords: true,
            tonality: Tonality::default(),
            confidence: 0.0,
            key_is_set: false,
            listening_left: 1,
            lookahead: Lookahead::default(),
            bypass: false,
            stuck: false,
            zone: 0,
        };
        page.set_band(spec);
        page
    }

    /// Another band plays.
    pub(crate) fn set_band(&mut self, spec: &BandSpec) {
        self.band = Name::new(&spec.name);
        self.voices = std::array::from_fn(|index| {
            let voice = spec.voices.get(index)?;
            let (role, polyphony, channel) = (voice.role, voice.polyphony, voice.channel);
            let instrument = Instrument::of_voice(voice);
            Some(VoiceLine { name: Name::new(&voice.name), role, polyphony, channel, instrument })
        });
    }

    /// A measure with this music, of which nothing else is known.
    #[cfg(test)]
    pub(crate) fn shown(music: BandMeasure) -> Shown {
        let steps = music.steps();
        Shown {
            index: 0,
            music,
            user: VoiceId::FIRST,
            user_drums: false,
            audible: VoiceMask::NONE,
            source: Source::Predicted,
            moved: [0; MAX_VOICES],
            drums: ShownDrums::none(steps),
            drums_heard: false,
            place: None,
            told: [None; 2],
        }
    }

    /// The voice that the user plays, if it is one.
    #[must_use]
    pub const fn users_voice(&self) -> Option<VoiceId> {
        if self.user_drums { None } else { Some(self.user) }
    }

    /// How many voices the band has.
    #[must_use]
    pub fn voice_count(&self) -> usize {
        self.voices.iter().flatten().count()
    }

    /// All measures with their places in time, the measure under way (or to come) at 0.
    pub fn measures(&self) -> impl Iterator<Item = (i32, &Shown)> {
        let past = (1..).zip(&self.past).filter_map(|(ago, shown)| Some((-ago, shown.as_ref()?)));
        let coming =
            (1..).zip([&self.planned, &self.after]).filter_map(|(place, shown)| Some((place, shown.as_ref()?)));
        past.chain(self.now.iter().map(|shown| (0, shown))).chain(coming)
    }
}

/// Everything that the editor shows of the music, at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The music around now.
    pub page: Page,
    /// What is seen of the host.
    pub seen: Seen,
    /// What was counted since the instance was made.
    pub counts: Figures,
    /// How long the last prediction took, in seconds.
    pub prediction: Option<f64>,
}

impl Snapshot {
    /// Before anything was processed.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            page: Page::empty(&BandSpec::pop()),
            seen: Seen::default(),
            counts: Figures::default(),
            prediction: None,
        }
    }

    /// How long a prediction may take before its measure is missed, in seconds: a whole measure,
    /// or a step where the next one is predicted.
    #[must_use]
    pub fn deadline(&self) -> Option<f64> {
        let steps = match self.page.lookahead {
            Lookahead::Next => 1.0,
            Lookahead::SecondNext => f64::from(self.page.now.map_or(16, |now| now.music.steps())),
        };
        self.seen.bpm.map(|bpm| steps / 4.0 * 60.0 / f64::from(bpm))
    }
}
