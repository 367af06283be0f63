//! Who of the band plays in a measure.

use super::interplay::Interplay;
use super::settings::Settings;
use super::silence::{Intent, Silence};
use crate::music::band::{Role, VoiceMask};
use crate::music::voicing::Players;

/// What the band does in the measure so many ahead of the newest one that was heard, and with
/// which voices.
pub(super) fn cast(silence: &Silence, ahead: u8, settings: &Settings, players: &Players) -> (Intent, VoiceMask) {
    let intent = silence.intent(ahead, settings);
    let all = settings.band().and(players.all());
    let others = settings.users_voice().map_or(all, |user| all.without(user));
    match settings.interplay {
        Interplay::Accompany | Interplay::Solo => (intent, others),
        Interplay::Trade if silence.answers(ahead, settings) => (intent, all),
        Interplay::Trade => {
            let melody = players.with_role(others, Role::Melody);
            (intent, melody.iter().fold(others, VoiceMask::without))
        }
        Interplay::Continue if intent != Intent::Listen && silence.is_alone() => (Intent::Play, all),
        Interplay::Continue => (Intent::Listen, VoiceMask::NONE),
    }
}
