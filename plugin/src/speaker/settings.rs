//! What the musician sets of the sound.

use model::Channel;
use model::Key;
use model::music::band::MAX_VOICES;
use model::music::drums::Drum;
use model::music::kit::Kit;
use model::sound::Instrument;

/// How a voice of the band is heard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seat {
    /// Its instrument; `None`: as the band says.
    pub instrument: Option<Instrument>,
    /// How loud it is beside the others: 1 as it is, 0 not at all.
    pub level: f32,
    /// Where it stands: −1 left, 1 right.
    pub pan: f32,
}

impl Default for Seat {
    fn default() -> Self {
        Self { instrument: None, level: 1.0, pan: 0.0 }
    }
}

/// All that the musician sets of the sound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpeakerSettings {
    /// Is anything to be heard?
    pub on: bool,
    /// How loud all of it is: 1 as it is, 0 not at all.
    pub level: f32,
    /// Is the user heard too?
    pub hear_me: bool,
    /// The channel of the user that is heard; `None`: all.
    pub listen: Option<Channel>,
    /// The channel whose keys only name chords, and are not heard; `None`: there is none.
    pub chord_channel: Option<Channel>,
    /// Nothing begins.
    pub bypass: bool,
    /// The voices of the band. The user is heard as the voice that the user plays.
    pub voices: [Seat; MAX_VOICES],
    /// How loud the drummer is beside them.
    pub drums: f32,
    /// The user drums, and is heard with the drummer's kit.
    pub user_drums: bool,
    /// The keys of the drums as they leave; the kit inside has General MIDI's.
    pub kit: Kit,
}

impl Default for SpeakerSettings {
    fn default() -> Self {
        let voices = [Seat::default(); MAX_VOICES];
        Self {
            on: false,
            level: 1.0,
            hear_me: true,
            listen: None,
            chord_channel: None,
            bypass: false,
            voices,
            drums: 1.0,
            user_drums: false,
            kit: Kit::GENERAL_MIDI,
        }
    }
}

impl SpeakerSettings {
    /// The key of the kit inside for one of the kit's that is set: the same drum's, else the same key.
    #[must_use]
    pub fn key_inside(&self, key: Key) -> Key {
        self.kit.hears(key).map_or(key, Drum::key)
    }
}
