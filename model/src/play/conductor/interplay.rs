//! How user and band play together: who plays which voices in which measure.
//!
//! ```text
//! Accompany   the user   ████████████████████   one voice
//!             the band       ████████████████   the others
//! Trade       the user   ████████        ████   a turn of N measures, then the band's
//!             the band       ∙∙∙∙████████∙∙∙∙   ∙ without a melody, █ with all voices
//! Solo        the user   ████████████████████   the chords
//!             the band       ████████████████   a melody over them, and what else is on
//! Continue    the user   ████████            █
//!             the band             ██████████   nothing; then all voices, until the user is back
//! ```
//!
//! Each is decided when the measure is planned, from what a prediction may know: a change of the
//! interplay is heard from the next planned measure on.

use crate::music::band::{Role, VoiceId};
use crate::music::voicing::Players;

/// The longest turn, and the longest frozen loop, in measures. Chosen: two phrases of four measures.
pub const LONGEST_TURN: u8 = 8;

/// How user and band play together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Interplay {
    /// The band plays the other voices to the user's.
    #[default]
    Accompany,
    /// They take turns of [`super::Settings::turn`] measures, as in trading fours. The first turn is the
    /// user's, and begins with the first measure in which they play (or with the one in which
    /// trading is switched on, or its length changed). In it the band comps: it plays the other
    /// voices, but no melody. In its own turn it plays all of them, the user's too, and goes on
    /// from what was heard. With [`super::Lookahead::SecondNext`] it has not heard the last measure
    /// of the user's turn when its answer begins.
    Trade,
    /// The user plays the chords, whichever voice is theirs otherwise, and the band a melody over
    /// them: see [`super::Settings::seated`].
    Solo,
    /// The band is silent and listens while the user plays. When the user was silent for a whole
    /// measure, it goes on from what was played, with all voices, the user's too, until the user
    /// plays again: then it ends on a bar line, after the measures already planned.
    Continue,
}

impl Interplay {
    /// May the band play the user's voice?
    #[must_use]
    pub const fn lends(self) -> bool {
        matches!(self, Self::Trade | Self::Continue)
    }
}

/// The voice that the user plays: the one chosen. But in [`Interplay::Solo`] the band's (first)
/// chords; where a band has none, the one chosen unless it is the melody, then the lowest.
pub(super) fn seat(interplay: Interplay, players: &Players, chosen: VoiceId) -> VoiceId {
    if interplay != Interplay::Solo {
        return chosen;
    }
    let melody = players.with_role(players.all(), Role::Melody);
    let chords = players.with_role(players.all(), Role::Harmony).iter().next();
    let lowest = players.all().iter().last().unwrap_or(chosen);
    chords.unwrap_or(if melody.has(chosen) { lowest } else { chosen })
}
