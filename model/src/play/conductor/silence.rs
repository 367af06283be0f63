//! When the band plays, closes and rests: it listens first, and follows the user into silence.

use super::interplay::Interplay;
use super::settings::Settings;

/// How many silent measures of the user count as silence. Required by the product.
const SILENT_MEASURES: u32 = 2;

/// What the band means to do in a measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Intent {
    Listen,
    Play,
    Close,
    Rest,
}

/// Counts the user's measures since the first note, and the silent ones at the end.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Silence {
    heard: u32,
    silent: u32,
    closed: bool,
    /// Measures heard since the trading began: the user's turn comes first.
    traded: u32,
}

impl Silence {
    /// A measure of the user is over. A user who rests in the band's turn is listening, which does not count as
    /// silence.
    pub(super) fn hear(&mut self, silent: bool, settings: &Settings) {
        let listens = settings.interplay == Interplay::Trade && settings.is_answer(self.traded);
        if !silent {
            if self.closed && self.silent >= SILENT_MEASURES {
                // A user who comes back after the close has the first turn.
                self.traded = 0;
            }
            self.silent = 0;
        } else if self.heard > 0 && !listens {
            self.silent += 1;
        }
        if self.heard > 0 || !silent {
            self.heard += 1;
            self.traded = self.traded.wrapping_add(1);
        }
    }

    /// The trading begins with the measure under way: it is the first of the user's turn.
    pub(super) fn trade_from_here(&mut self) {
        self.traded = 0;
    }

    /// Is it the band's turn in the measure so many ahead of the newest one that was heard?
    pub(super) fn answers(&self, ahead: u8, settings: &Settings) -> bool {
        settings.is_answer(self.traded.wrapping_add(u32::from(ahead)).wrapping_sub(1))
    }

    /// Was the user's newest measure a silent one, after something was heard?
    pub(super) const fn is_alone(&self) -> bool {
        self.heard > 0 && self.silent > 0
    }

    /// The band played, or closed.
    pub(super) fn did(&mut self, intent: Intent) {
        match intent {
            Intent::Play => self.closed = false,
            Intent::Close => self.closed = true,
            Intent::Listen | Intent::Rest => {}
        }
    }

    /// How many measures of the user's are still to be heard before the band plays.
    pub(super) fn listening_left(&self, settings: &Settings) -> u8 {
        let heard = u8::try_from(self.heard).unwrap_or(u8::MAX);
        settings.listen_first.max(1).saturating_sub(heard)
    }

    /// What the band does in the measure so many ahead of the newest one that was heard.
    pub(super) fn intent(&self, ahead: u8, settings: &Settings) -> Intent {
        if self.heard < u32::from(settings.listen_first.max(1)) {
            return Intent::Listen;
        }
        if self.silent < SILENT_MEASURES || settings.play_on == Settings::FOR_EVER {
            return Intent::Play;
        }
        // How far the measure lies after the second silent one.
        let after = self.silent - SILENT_MEASURES + u32::from(ahead);
        if after <= u32::from(settings.play_on) {
            Intent::Play
        } else if self.closed {
            Intent::Rest
        } else {
            Intent::Close
        }
    }
}
