//! When the band plays, closes and rests: it listens first, and follows the user into silence.

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
}

impl Silence {
    /// A measure of the user is over.
    pub(super) fn hear(&mut self, silent: bool) {
        if !silent {
            self.silent = 0;
        } else if self.heard > 0 {
            self.silent += 1;
        }
        if self.heard > 0 || !silent {
            self.heard += 1;
        }
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
