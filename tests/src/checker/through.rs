//! The player's own notes on their way through the plugin.

use super::{Checker, Fault, Progress};
use crate::event::{Event, Kind};

impl Checker {
    /// Is this the next of the player's notes (but for those that may be swallowed)?
    pub(super) fn is_passed(&mut self, now: &mut Progress<'_>, event: Event) -> bool {
        for index in now.next..now.sent.len() {
            let sent = now.sent[index];
            if sent == event {
                now.next = index + 1;
                return true;
            }
            if sent.offset > event.offset || !self.may_swallow(sent) {
                return false;
            }
        }
        false
    }

    /// One of the player's notes came through.
    pub(super) fn passed(&mut self, now: &mut Progress<'_>, event: Event) {
        match event.kind {
            Kind::On { channel, key, .. } => {
                let slot = self.slot(channel, key);
                slot.player = true;
                if std::mem::take(&mut slot.band) {
                    self.verdict.doubled += 1;
                    self.fault(now, Fault::DoubleOn { channel, key });
                }
            }
            Kind::Off { channel, key } => {
                let slot = self.slot(channel, key);
                if slot.player {
                    slot.player = false;
                } else {
                    slot.band = false;
                }
                now.owed.retain(|&place| place != (channel, key));
                now.either.push(event);
            }
            _ => {}
        }
    }

    /// The player's notes before this sample that were not heard must have been swallowed.
    pub(super) fn swallow_before(&mut self, now: &mut Progress<'_>, offset: u32) {
        while let Some(&sent) = now.sent.get(now.next).filter(|sent| sent.offset < offset) {
            now.next += 1;
            if !self.may_swallow(sent) {
                self.fault(now, Fault::ThruDiffers);
            }
        }
    }

    /// An off of the player may not end what the band plays now.
    fn may_swallow(&mut self, sent: Event) -> bool {
        let Kind::Off { channel, key } = sent.kind else { return false };
        let slot = self.slot(channel, key);
        slot.band && !slot.player
    }

    /// The player's controllers must be among those that are heard, at their samples. Formats
    /// do not agree about their order within one.
    pub(super) fn controls(&mut self, now: &Progress<'_>) {
        let of = |events: &[Event]| {
            let controls = events.iter().filter_map(|event| match event.kind {
                Kind::Control { channel, number, value } => Some((event.offset, channel, number, value)),
                _ => None,
            });
            let mut controls: Vec<_> = controls.collect();
            controls.sort_unstable();
            controls
        };
        let sent = of(now.seen.sent);
        if sent.is_empty() {
            return;
        }
        let mut heard = of(now.seen.heard).into_iter();
        if !sent.iter().all(|sent| heard.any(|heard| heard == *sent)) {
            self.fault(now, Fault::ControlsDiffer);
        }
    }

    /// What the player sent and the host had no room for: a note that should have ended does so in
    /// the next block. All else is lost.
    pub(super) fn carry_unheard(&mut self, now: &Progress<'_>) {
        for sent in &now.sent[now.next..] {
            if let Kind::Off { channel, key } = sent.kind
                && self.slot(channel, key).player
            {
                self.carried.push((channel, key));
            }
        }
    }

    /// Which keys the player holds.
    pub(super) fn hold(&mut self, sent: &[Event]) {
        for event in sent {
            match event.kind {
                Kind::On { channel, key, .. } => self.held[usize::from(channel.get())][usize::from(key.get())] = true,
                Kind::Off { channel, key } => self.held[usize::from(channel.get())][usize::from(key.get())] = false,
                _ => {}
            }
        }
    }
}
