//! What the musician sets, as plain values.

use model::music::band::MAX_VOICES;
use model::music::drums::Drum;
use model::music::kit::Kit;
use model::music::voicing::Players;
use model::play::yielding::{bass_of, lifting};
use model::systems::drummer::DrumStyle;
use model::{
    BandSpec, Channel, HarmonyChoice, Interplay, KeyRange, Lookahead, PitchFollow, Settings, Style, Tonality, VoiceId,
    VoiceMask,
};

use super::routing::Aim;
use crate::own_clock::OwnSettings;
use crate::scheduler::{DrumSound, Sound, VoiceSound};
use crate::speaker::SpeakerSettings;

/// Where the band's voices sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channels {
    /// Each on its own channel: as chosen for the voice, else as the band says.
    Own,
    /// All on this one.
    One(Channel),
}

/// On which channel the user is passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserChannel {
    /// On that of the voice that the user plays.
    OfVoice,
    /// On the one on which it came.
    AsPlayed,
}

/// Does the user play a keyboard whose notes have a channel each (MPE)?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MpeChoice {
    /// That is heard.
    Automatic,
    /// No, whatever is heard: several players of one melody each, say, that were merged.
    Off,
    /// Yes, from the first note on, on all channels unless it says on which.
    On,
}

/// One voice of the band.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VoiceControls {
    /// It plays along.
    pub on: bool,
    /// It plays along, but is not heard.
    pub mute: bool,
    /// While any voice has this, only those that have it are heard.
    pub solo: bool,
    /// By how many octaves it is moved.
    pub octave: i8,
    /// The keys into which it is then moved, by octaves too.
    pub range: KeyRange,
    /// Its own channel; `None`: as the band says.
    pub channel: Option<Channel>,
}

/// Whether somebody drums, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DrumChoice {
    /// Nobody does.
    #[default]
    Off,
    /// In a style of the drummer's own choice.
    Automatic,
    /// In this style.
    In(DrumStyle),
}

/// The drummer.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DrumControls {
    /// Whether somebody drums, and in which style.
    pub choice: DrumChoice,
    /// It plays along, but is not heard.
    pub mute: bool,
    /// As a voice's.
    pub solo: bool,
    /// How much of the drummer's timing is played, 0 to 1.
    pub groove: f64,
    /// How much more or less than the band's energy the drummer gives, −1 to 1.
    pub intensity: f32,
    /// The user drums: then nobody else does, whatever is chosen.
    pub user: bool,
}

impl DrumControls {
    /// Does somebody of the band drum?
    #[must_use]
    pub fn on(&self) -> bool {
        self.choice != DrumChoice::Off && !self.user
    }

    /// The style that is wanted, if one is.
    #[must_use]
    pub const fn style(&self) -> Option<DrumStyle> {
        match self.choice {
            DrumChoice::In(style) => Some(style),
            DrumChoice::Off | DrumChoice::Automatic => None,
        }
    }
}

/// All that the musician sets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Controls {
    /// Events pass through, and the band is silent.
    pub bypass: bool,
    /// The user's events pass through.
    pub thru: bool,
    /// The channel that is listened to; `None`: all.
    pub listen: Option<Channel>,
    /// Where keys name chords and are no part of what the user plays; `None`: nowhere.
    pub chord_channel: Option<Channel>,
    /// How user and band play together.
    pub interplay: Interplay,
    /// How many measures a turn has, when they trade.
    pub turn: u8,
    /// The band repeats its last measures.
    pub freeze: bool,
    /// How many of them.
    pub freeze_length: u8,
    /// Each time that this is switched on, the band plays with another seed.
    pub regenerate: bool,
    /// The place in the band of the voice that the user plays.
    pub user: u8,
    /// How far ahead to predict.
    pub lookahead: Lookahead,
    /// How many measures to listen to first.
    pub listen_first: u8,
    /// How many measures to play on when the user is silent.
    pub play_on: u8,
    /// Does the band hear what it played itself?
    pub hear_own: bool,
    /// Does the history outlive a stop?
    pub keep_history: bool,
    /// The key; `None`: tracked.
    pub key: Option<Tonality>,
    /// How to play.
    pub style: Style,
    /// Everything random comes from this.
    pub seed: u64,
    /// Where the voices sound.
    pub channels: Channels,
    /// Where the user is passed on.
    pub user_channel: UserChannel,
    /// Whether the user's notes have a channel each.
    pub mpe: MpeChoice,
    /// The voices.
    pub voices: [VoiceControls; MAX_VOICES],
    /// The drummer beside them.
    pub drums: DrumControls,
    /// The keys of the drums, the drummer's or the user's.
    pub kit: Kit,
    /// How late every second sixteenth comes, 0 to 1.
    pub swing: f64,
    /// How loosely the band plays, 0 to 1.
    pub humanise: f64,
    /// How much the band follows the user's loudness, 0 to 1.
    pub follow: f32,
    /// How far the band's pitches follow what the user holds.
    pub pitches: PitchFollow,
    /// Which chords the band is told where the chart says none.
    pub harmony: HarmonyChoice,
    /// Choose the voices' instruments at the start.
    pub programs: bool,
    /// Everything ends when this is switched on.
    pub panic: bool,
    /// What is heard of it from the plugin itself.
    pub speaker: SpeakerSettings,
    /// The clock of its own.
    pub own: OwnSettings,
    /// The number of the wished band ([`crate::worker::Wish`]).
    pub wish: u64,
}

impl Controls {
    /// What of it the conductor must know, for this band.
    ///
    /// # Panics
    /// Never: a band has a first voice.
    #[must_use]
    pub fn settings(&self, spec: &BandSpec) -> Settings {
        let settings = Settings {
            lookahead: self.lookahead,
            listen_first: self.listen_first,
            interplay: self.interplay,
            turn: self.turn,
            freeze: self.freeze.then_some(self.freeze_length),
            user: self.user_of(spec),
            voices: self.chosen(spec),
            hear_own: self.hear_own,
            keep_history: self.keep_history,
            key: self.key,
            style: self.style,
            seed: self.seed,
            play_on: self.play_on,
            follow: self.follow,
            pitches: self.pitches,
            harmony: self.harmony,
            drums: self.drums.on(),
            user_drums: self.drums.user,
            kit: self.kit,
            ..Settings::new(spec, self.user_of(spec))
        };
        settings.seated(&Players::of(spec))
    }

    /// What of it the scheduler must know, for this band.
    #[must_use]
    pub fn sound(&self, spec: &BandSpec) -> Sound {
        let voices = std::array::from_fn(|index| {
            let VoiceControls { octave, range, channel: chosen, .. } = self.voices[index];
            let own = spec.voices.get(index).map(|voice| voice.channel);
            let channel = match self.channels {
                Channels::One(channel) => channel,
                Channels::Own => chosen.or(own).or_else(|| Channel::new(u8::try_from(index).ok()?)).unwrap_or(FIRST),
            };
            VoiceSound { channel, shift: 12 * i32::from(octave), range }
        });
        let any_solo = self.any_solo(spec);
        let DrumControls { mute, solo, groove, .. } = self.drums;
        let drums = DrumSound {
            channel: Drum::channel(),
            keys: Drum::ALL.map(|drum| self.kit.plays(drum)),
            audible: self.drums.on() && !mute && (solo || !any_solo),
            groove,
        };
        let (audible, bass, lifting) = (self.heard(spec), bass_of(spec), lifting(spec));
        Sound { voices, drums, audible, bass, lifting, swing: self.swing, humanise: self.humanise, seed: self.seed }
    }

    /// Where the user goes, if the voices sound so.
    pub(super) fn aim(&self, sound: &Sound, spec: &BandSpec) -> Aim {
        match self.user_channel {
            UserChannel::AsPlayed => Aim::AsPlayed,
            UserChannel::OfVoice if self.drums.user => Aim::One(Drum::channel()),
            UserChannel::OfVoice => Aim::One(sound.voices[self.settings(spec).user.index()].channel),
        }
    }

    /// The voices' instruments.
    #[must_use]
    pub fn programs_of(&self, spec: &BandSpec) -> [Option<u8>; MAX_VOICES] {
        std::array::from_fn(|index| spec.voices.get(index).map(|voice| voice.program))
    }

    /// Of the voices that play, those that are heard: mute and solo change what sounds, not what
    /// the band plays.
    fn heard(&self, spec: &BandSpec) -> VoiceMask {
        let playing = self.settings(spec).band();
        let any_solo = self.any_solo(spec);
        playing
            .iter()
            .filter(|voice| {
                let VoiceControls { mute, solo, .. } = self.voices[voice.index()];
                !mute && (solo || !any_solo)
            })
            .collect()
    }

    /// Is any of those that play to be heard alone?
    fn any_solo(&self, spec: &BandSpec) -> bool {
        let drums = self.drums.on() && self.drums.solo;
        drums || self.settings(spec).band().iter().any(|voice| self.voices[voice.index()].solo)
    }

    fn user_of(&self, spec: &BandSpec) -> VoiceId {
        let index = usize::from(self.user).min(spec.voices.len().saturating_sub(1));
        // PANIC: the last voice of a band is one that a band can have.
        VoiceId::new(index).or(VoiceId::new(0)).expect("a voice")
    }

    fn chosen(&self, spec: &BandSpec) -> VoiceMask {
        let chosen: VoiceMask =
            (0..MAX_VOICES).filter(|&index| self.voices[index].on).filter_map(VoiceId::new).collect();
        chosen.and(spec.all())
    }
}

const FIRST: Channel = Channel::new(0).expect("the first channel");
