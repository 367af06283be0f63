//! Somebody else's plugin. Only what every plugin must do is checked, since nobody knows whose notes are whose.

use super::{Checker, Fault, Progress};
use crate::event::{Event, Kind};

impl Checker {
    /// A note of another's plugin.
    ///
    /// An off that comes with one of the player's is the player's, and so is an on that the player
    /// struck: a plugin that has ended a note by itself, on a reset say, need not swallow its off,
    /// nor may a note effect change which keys the player strikes twice.
    pub(super) fn hear_foreign(&mut self, now: &Progress<'_>, event: Event) {
        let sent = now.seen.sent;
        match event.kind {
            Kind::On { channel, key, .. } => {
                let sounded = std::mem::replace(&mut self.slot(channel, key).band, true);
                // On another channel it is the player's too: some plugins say where it goes.
                let is_players =
                    |sent: &Event| sent.offset == event.offset && sent.kind.on_channel(channel) == event.kind;
                if sounded && !sent.iter().any(is_players) {
                    self.verdict.doubled += 1;
                    self.fault(now, Fault::DoubleOn { channel, key });
                }
            }
            Kind::Off { channel, key } => {
                let sounded = std::mem::take(&mut self.slot(channel, key).band);
                let is_players = || {
                    let off = |sent: &Event| sent.offset == event.offset && matches!(sent.kind, Kind::Off { .. });
                    sent.iter().any(off)
                };
                if !sounded && !is_players() {
                    self.verdict.orphans += 1;
                    self.fault(now, Fault::OrphanOff { channel, key });
                }
            }
            _ => {}
        }
    }
}
