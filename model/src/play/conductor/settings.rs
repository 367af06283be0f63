//! What the musician sets.

use super::beat::stand_in;
use super::interplay::{Interplay, LONGEST_TURN, seat};
use crate::music::band::{BandSpec, VoiceId, VoiceMask};
use crate::music::kit::Kit;
use crate::music::tonality::Tonality;
use crate::music::voicing::Players;
use crate::play::yielding::PitchFollow;
use crate::predict::predictor::Style;
use crate::systems::harmony::HarmonyChoice;

/// How far ahead the band predicts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Lookahead {
    /// The second-next measure: a whole measure of time for each prediction.
    #[default]
    SecondNext,
    /// The next measure, from everything before the last step: fresher, and one step of time.
    Next,
}

impl Lookahead {
    /// How far a target lies after the newest measure that was heard: 2 or 1.
    #[must_use]
    pub const fn ahead(self) -> u8 {
        match self {
            Self::SecondNext => 2,
            Self::Next => 1,
        }
    }
}

/// What the musician sets. All of it may change at any time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// How far ahead to predict.
    pub lookahead: Lookahead,
    /// How many measures to listen to before the band enters, from the user's first note on;
    /// at least 1 (a 0 means 1).
    pub listen_first: u8,
    /// How user and band play together.
    pub interplay: Interplay,
    /// How many measures a turn of [`Interplay::Trade`] has, 1 to [`LONGEST_TURN`].
    pub turn: u8,
    /// Repeat the last measures that the band played, so many (1 to [`LONGEST_TURN`]).
    pub freeze: Option<u8>,
    /// The voice that the user plays; in [`Interplay::Solo`] see [`Self::seated`].
    pub user: VoiceId,
    /// The voices that the band may play. The user's own it plays only where the interplay lends
    /// it ([`Interplay::lends`]).
    pub voices: VoiceMask,
    /// Does the band hear what it played itself?
    pub hear_own: bool,
    /// Do history and count outlive stop and play?
    pub keep_history: bool,
    /// The key, or `None` to track it.
    pub key: Option<Tonality>,
    /// How to play.
    pub style: Style,
    /// Everything random comes from this and the play-order index.
    pub seed: u64,
    /// How many measures to play on after two silent measures of the user, before the close.
    /// [`Self::FOR_EVER`]: never close.
    pub play_on: u8,
    /// How far the band plays as loud as the user, 0 to 1: see [`super::Loudness`], which whoever
    /// lets the band's notes sound applies.
    pub follow: f32,
    /// How far the pitches of the band follow what the user holds as they begin: see [`crate::play::yielding`], which
    /// whoever lets the band's notes sound applies. The plan is the same with any of these.
    pub pitches: PitchFollow,
    /// Which chords the band is told where no chart says any, by whoever asks the predictor
    /// ([`crate::systems::band_file::Band::telling`]).
    pub harmony: HarmonyChoice,
    /// Somebody drums beside the band.
    pub drums: bool,
    /// The user drums: no voice of the band is theirs, [`Self::user`] neither, and the band has no drummer of its own.
    pub user_drums: bool,
    /// The keys of the user's kit, as far as they drum.
    pub kit: Kit,
    /// How far the band's rhythm leans to the hits of a user who drums, 0 to 1.
    pub lean: f32,
}

impl Settings {
    /// A value of `play_on` with which the band never stops by itself. Chosen: the one number that no count of measures
    /// needs.
    pub const FOR_EVER: u8 = u8::MAX;

    /// How many measures are frozen, where nothing else is set. Chosen: the shortest usual phrase.
    pub const FREEZE_LENGTH: u8 = 4;

    /// The defaults, with the user playing this voice and the band all others. This is the only
    /// place where they stand: the plugin's parameters and the options of the command line take
    /// theirs from here.
    #[must_use]
    pub fn new(spec: &BandSpec, user: VoiceId) -> Self {
        Self {
            lookahead: Lookahead::default(),
            listen_first: 1,
            interplay: Interplay::default(),
            turn: 4,
            freeze: None,
            user,
            voices: spec.all(),
            hear_own: true,
            keep_history: false,
            key: None,
            style: Style::default(),
            seed: 0,
            play_on: 16,
            follow: 0.5,
            pitches: PitchFollow::default(),
            harmony: HarmonyChoice::USUAL,
            drums: false,
            user_drums: false,
            kit: Kit::GENERAL_MIDI,
            lean: 1.0,
        }
    }

    /// The voices that the band may play now.
    #[must_use]
    pub const fn band(&self) -> VoiceMask {
        if self.interplay.lends() || self.user_drums { self.voices } else { self.voices.without(self.user) }
    }

    /// The same, with the user in the voice that the interplay seats them in. What a user who drums holds is no harmony
    /// to yield to, and nobody else drums then.
    #[must_use]
    pub fn seated(self, players: &Players) -> Self {
        if self.user_drums {
            return Self { user: stand_in(players), drums: false, pitches: PitchFollow::Off, ..self };
        }
        Self { user: seat(self.interplay, players, self.user), ..self }
    }

    /// The user's voice, if one is.
    #[must_use]
    pub const fn users_voice(&self) -> Option<VoiceId> {
        if self.user_drums { None } else { Some(self.user) }
    }

    /// Does the measure with this number (from 0, since the trading began) belong to the band's turn?
    pub(super) fn is_answer(&self, measure: u32) -> bool {
        let turn = u32::from(self.turn.clamp(1, LONGEST_TURN));
        measure % (2 * turn) >= turn
    }
}
