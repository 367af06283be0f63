//! The player's own notes on their way through the plugin.

use model::Channel;

use super::{Checker, Fault, Progress, Sent};
use crate::event::{Event, Kind};

/// The controllers by which an MPE keyboard declares its zone: data entry, and a registered parameter's two halves (MPE
/// 1.0, §2.1). Required by MIDI.
const DECLARES: [u8; 3] = [6, 100, 101];

impl Checker {
    /// Is this the next of the player's notes (but for those that may be swallowed)?
    pub(super) fn is_passed(&mut self, now: &mut Progress<'_>, event: Event) -> Option<Sent> {
        for index in now.next..now.sent.len() {
            let sent = now.sent[index];
            if sent.lifts == 0 && sent.event == event && !self.is_anothers(&sent) {
                now.next = index + 1;
                return Some(sent);
            }
            if sent.event.offset > event.offset || !self.may_skip(sent) {
                return None;
            }
        }
        None
    }

    /// Is this the next of the player's notes, but on a channel where it does not belong?
    pub(super) fn is_astray(now: &mut Progress<'_>, event: Event) -> Option<Sent> {
        let sent = *now.sent.get(now.next).filter(|sent| sent.is_astray(event))?;
        now.next += 1;
        Some(sent)
    }

    /// One of the player's notes came through, as this.
    pub(super) fn passed(&mut self, now: &mut Progress<'_>, sent: &Sent, event: Event) {
        match event.kind {
            Kind::On { channel, key, .. } => {
                self.taken.retain(|off| off.kind.place() != event.kind.place());
                let slot = self.slot(channel, key);
                slot.player = Some(sent.from);
                if std::mem::take(&mut slot.band) {
                    self.verdict.doubled += 1;
                    self.fault(now, Fault::DoubleOn { channel, key });
                }
            }
            Kind::Off { channel, key } => {
                let slot = self.slot(channel, key);
                if slot.player.take().is_none() && std::mem::take(&mut slot.band) {
                    self.taken.push(event);
                }
                now.owed.retain(|&place| place != (channel, key));
                now.either.push(event);
            }
            _ => {}
        }
    }

    /// Does this end one of the notes that a message of the player's ends all together? Each ends where it sounds.
    pub(super) fn is_lifted(&mut self, now: &mut Progress<'_>, event: Event) -> bool {
        while now.sent.get(now.next).is_some_and(|sent| sent.lifts != 0 && !self.lifts_any(sent.lifts)) {
            now.next += 1;
        }
        let Kind::Off { channel, key } = event.kind else { return false };
        for index in now.next..now.sent.len() {
            let sent = now.sent[index];
            if sent.event.offset != event.offset {
                return false;
            }
            let slot = self.slot(channel, key);
            if slot.player.is_some_and(|from| sent.lifts & 1 << from.get() != 0) {
                slot.player = None;
                now.owed.retain(|&place| place != (channel, key));
                now.next = index;
                return true;
            }
            if !self.may_skip(sent) {
                return false;
            }
        }
        false
    }

    /// Are there notes of the player's which this message still has to end?
    fn lifts_any(&self, lifts: u16) -> bool {
        let mut players = self.slots.iter().flatten().filter_map(|slot| slot.player);
        lifts != 0 && players.any(|from| lifts & 1 << from.get() != 0)
    }

    /// Need nothing (more) be heard of this?
    fn may_skip(&mut self, sent: Sent) -> bool {
        if sent.lifts != 0 { !self.lifts_any(sent.lifts) } else { self.may_swallow(sent) }
    }

    /// Is this the end of a note of the player's that makes room for the same key from another channel, which is to
    /// sound in the same place? That comes next then: what was sent before it was swallowed.
    pub(super) fn makes_room(&mut self, now: &mut Progress<'_>, off: Event) -> bool {
        let Some((channel, key)) = off.kind.place() else { return false };
        let owner = self.slot(channel, key).player;
        for index in now.next..now.sent.len() {
            let sent = now.sent[index];
            if sent.event.offset != off.offset {
                return false;
            }
            if !self.may_skip(sent) {
                let strikes = matches!(sent.event.kind, Kind::On { .. }) && sent.event.kind.place() == off.kind.place();
                let makes_room = strikes && owner.is_some_and(|from| from != sent.from);
                if makes_room {
                    now.next = index;
                }
                return makes_room;
            }
        }
        false
    }

    /// The player's notes before this sample that were not heard must have been swallowed.
    pub(super) fn swallow_before(&mut self, now: &mut Progress<'_>, offset: u32) {
        while let Some(&sent) = now.sent.get(now.next).filter(|sent| sent.event.offset < offset) {
            now.next += 1;
            if !self.may_skip(sent) {
                self.fault(now, Fault::ThruDiffers);
            }
        }
    }

    /// Does this end a note that has come from another channel of the player's meanwhile? It is swallowed.
    fn is_anothers(&mut self, sent: &Sent) -> bool {
        let Kind::Off { channel, key } = sent.event.kind else { return false };
        self.slot(channel, key).player.is_some_and(|from| from != sent.from)
    }

    /// An off of the player may not end what the band plays now, nor what came from another channel of the player's.
    fn may_swallow(&mut self, sent: Sent) -> bool {
        let Kind::Off { channel, key } = sent.event.kind else { return false };
        let slot = *self.slot(channel, key);
        let ended = slot.player.is_none() && (slot.band || self.taken.contains(&sent.event));
        ended || self.is_anothers(&sent)
    }

    /// The player's controllers must be among those that are heard, at their samples. Formats
    /// do not agree about their order within one.
    pub(super) fn controls(&mut self, now: &Progress<'_>) {
        let of = |events: &[Event], to: &dyn Fn(Channel) -> Channel| {
            let controls = events.iter().filter_map(|event| match event.kind {
                // Until an MPE keyboard has declared itself, its channels are as any keyboard's.
                Kind::Control { number, .. } if self.zone != 0 && DECLARES.contains(&number) => None,
                Kind::Control { channel, number, value } => Some((event.offset, to(channel), number, value)),
                _ => None,
            });
            let mut controls: Vec<_> = controls.collect();
            controls.sort_unstable();
            controls
        };
        let sent = of(now.seen.sent, &|channel| self.routes.route.aim(channel));
        if sent.is_empty() {
            return;
        }
        let mut heard = of(now.seen.heard, &|channel| channel).into_iter();
        if !sent.iter().all(|sent| heard.any(|heard| heard == *sent)) {
            self.fault(now, Fault::ControlsDiffer);
        }
    }

    /// So must the player's system exclusive messages.
    pub(super) fn sysex(&mut self, now: &Progress<'_>) {
        let of = |events: &[Event]| {
            let messages = events.iter().filter(|event| matches!(event.kind, Kind::SysEx(_)));
            messages.copied().collect::<Vec<_>>()
        };
        if of(now.seen.sent) != of(now.seen.heard) {
            self.fault(now, Fault::SysExDiffers);
        }
    }

    /// What the player sent and the host had no room for: a note that should have ended does so in
    /// the next block, and so does one that was to make room for another. All else is lost.
    pub(super) fn carry_unheard(&mut self, now: &Progress<'_>) {
        for sent in &now.sent[now.next..] {
            let Some((channel, key)) = sent.event.kind.place() else { continue };
            let ends = matches!(sent.event.kind, Kind::Off { .. });
            if self.slot(channel, key).player.is_some_and(|from| ends == (from == sent.from)) {
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
