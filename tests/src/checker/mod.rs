//! What must hold after every block, whatever the plugin does.
//!
//! The checker knows nothing of the plugin's own arithmetic: where a note may begin it works out
//! from the transport in whole numbers.

mod due;
mod fault;
mod foreign;
mod onset;
mod pedals;
mod route;
#[cfg(test)]
mod tests;
mod through;

use model::music::drums::Drum;
use model::{Channel, Key};

pub use due::Due;
pub use fault::{Fault, Found, Verdict};
pub use onset::{Onset, nearest};
use pedals::Pedals;
pub use route::{Order, Route};
use route::{Routes, Sent};

use crate::event::{Event, Kind};
use crate::host::Transport;

/// What becomes of the notes that the player sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thru {
    /// None comes back: all that is heard is the band.
    Off,
    /// All come back as they went in. Where the player and the band want the same key of a
    /// channel, the band's note ends first, and an off that would end the band's is swallowed.
    On,
    /// It is another's plugin: nobody knows whose notes are heard.
    Unknown,
}

/// Where a band's notes may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grid {
    /// Anywhere.
    Free,
    /// On a step.
    Steps {
        /// How many samples beside it are tolerated, because the host's positions are not exact.
        tolerance: u64,
        /// How many ticks after it a note may begin: swing, humanising.
        late: i64,
    },
}

impl Grid {
    /// On the very sample.
    pub const EXACT: Self = Self::Steps { tolerance: 0, late: 0 };
}

/// One block, as a host sees it.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Its first sample since the beginning.
    pub start: i64,
    /// How many samples it has.
    pub frames: u32,
    /// The transport; `None`: the host has none.
    pub transport: Option<&'a Transport>,
    /// What went in.
    pub sent: &'a [Event],
    /// What came out.
    pub heard: &'a [Event],
    /// How many events the host had no room for: from the first of them on it took none.
    pub refused: usize,
}

/// Who holds a key of a channel down.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    band: bool,
    /// The channel on which the player struck it.
    player: Option<Channel>,
}

/// Watches one instance's output, block by block.
#[derive(Debug)]
pub struct Checker {
    thru: Thru,
    bypass: bool,
    grid: Grid,
    slots: Box<[[Slot; 128]; 16]>,
    /// The player's keys that are down, whatever came through.
    held: Box<[[bool; 128]; 16]>,
    /// The transport of the block before, and its length.
    before: Option<(Transport, u32)>,
    /// Whose notes have to end first thing in the next block.
    band_owes: bool,
    player_owes: bool,
    /// Those that should have ended, had the host had room.
    carried: Vec<(Channel, Key)>,
    /// The channels, a bit each, whose notes the player ended by one message for all while the host had no room.
    let_go: u16,
    /// Ends of notes of the band's in the block under way that were taken for the player's: what the player ends there at
    /// that sample besides may have been swallowed.
    taken: Vec<Event>,
    pedals: Pedals,
    routes: Routes,
    order: Order,
    /// The channels of the player's MPE zone, a bit each.
    zone: u16,
    /// The plugin may count by a clock of its own: what the host's transport does, says nothing of the band.
    own_clock: bool,
    /// Strokes of drums may lie beside their steps.
    drums_beside: bool,
    verdict: Verdict,
}

/// What is going on in the block under way.
struct Progress<'a> {
    seen: Seen<'a>,
    /// The player's notes that were not yet heard.
    sent: Vec<Sent>,
    next: usize,
    rolls: bool,
    /// What may already be due at the first sample.
    due: Due,
    /// Those that have to end at the first sample.
    owed: Vec<(Channel, Key)>,
    /// Offs that may have been the player's or the band's.
    either: Vec<Event>,
}

impl Checker {
    /// A checker that has heard nothing.
    #[must_use]
    pub fn new(thru: Thru, grid: Grid) -> Self {
        Self {
            thru,
            bypass: false,
            grid,
            slots: Box::new([[Slot::default(); 128]; 16]),
            held: Box::new([[false; 128]; 16]),
            before: None,
            band_owes: false,
            player_owes: false,
            carried: Vec::new(),
            let_go: 0,
            taken: Vec::new(),
            pedals: Pedals::default(),
            routes: Routes::new(),
            order: Order::AsSent,
            zone: 0,
            own_clock: false,
            drums_beside: false,
            verdict: Verdict {
                found: Vec::new(),
                faults: 0,
                hanging: 0,
                orphans: 0,
                doubled: 0,
                max_onset_error: 0,
                events: 0,
            },
        }
    }

    /// From the next block on the player's notes come back, or not: then those that sound end.
    pub fn set_thru(&mut self, on: bool) {
        self.set(on, self.bypass);
    }

    /// From the next block on the plugin is bypassed, or not any more.
    pub fn set_bypass(&mut self, on: bool) {
        self.switch(self.thru, on);
    }

    /// From the next block on the player's events come back there. What has begun ends where it began.
    pub const fn set_route(&mut self, route: Route) {
        self.routes.route = route;
    }

    /// The plugin hears what happens at one sample in this order.
    pub const fn set_order(&mut self, order: Order) {
        self.order = order;
    }

    /// From the next block on the player has an MPE keyboard, whose zone has these channels, a bit each: while the
    /// player is heard, the band is not to play there.
    pub const fn set_zone(&mut self, channels: u16) {
        self.zone = channels;
    }

    /// The plugin may count by a clock of its own.
    pub const fn set_own_clock(&mut self, own: bool) {
        self.own_clock = own;
    }

    /// From the next block on a drummer's strokes may lie beside their steps, by a groove of which the host knows nothing;
    /// else they lie on them, as all notes do.
    pub const fn set_drums_beside(&mut self, beside: bool) {
        self.drums_beside = beside;
    }

    /// Both at once, as a state sets them: who was passed through goes on to be if either is on.
    pub fn set(&mut self, thru: bool, bypass: bool) {
        self.switch(if thru { Thru::On } else { Thru::Off }, bypass);
    }

    /// From the next block on the band's notes may begin here.
    pub const fn set_grid(&mut self, grid: Grid) {
        self.grid = grid;
    }

    /// A reset, an activation or a panic: everything ends first thing in the next block.
    pub fn hush(&mut self) {
        self.band_owes = true;
        self.player_owes = true;
        self.before = None;
    }

    fn switch(&mut self, thru: Thru, bypass: bool) {
        let passed = self.passes();
        self.band_owes |= bypass && !self.bypass;
        if self.bypass && !bypass {
            // The plugin hears of the transport anew.
            self.before = None;
        }
        (self.thru, self.bypass) = (thru, bypass);
        self.player_owes |= passed && !self.passes();
    }

    const fn passes(&self) -> bool {
        self.bypass || matches!(self.thru, Thru::On)
    }

    /// Checks one block: what went in and what came out.
    pub fn block(&mut self, seen: Seen<'_>) {
        let rolls = seen.transport.is_some_and(Transport::rolls);
        let rolled = self.before.as_ref().is_some_and(|(before, _)| before.rolls());
        let before = self.before.as_ref().map(|(before, frames)| (before, *frames));
        let due = seen.transport.map_or(Due::NOTHING, |now| Due::between(before, now));
        let (band, player) = (self.band_owes || (rolled && !rolls && !self.own_clock), self.player_owes);
        (self.band_owes, self.player_owes) = (false, false);
        let owed = self.owed(band, player);
        if player && self.thru != Thru::Unknown {
            self.pedals.owe_all();
        }
        let sent = self.routes.sent(seen.sent, self.zone, self.order);
        self.taken.clear();
        let mut now = Progress { seen, sent, next: 0, rolls, due, owed, either: Vec::new() };
        self.hold(seen.sent);
        let mut last = 0;
        for &event in seen.heard {
            if event.offset < last {
                self.fault(&now, Fault::OutOfOrder { offset: event.offset });
            }
            last = last.max(event.offset);
            if event.offset >= seen.frames {
                self.fault(&now, Fault::OutsideBlock { offset: event.offset, frames: seen.frames });
            }
            self.pedals.hear(event);
            if event.offset > 0 {
                self.late_offs(&mut now);
            }
            self.hear(&mut now, event);
        }
        self.end(&mut now);
        self.verdict.events += seen.heard.len();
        self.before = seen.transport.map(|transport| (transport.clone(), seen.frames));
    }

    /// What has to be done by the end of a block; in the next one, if the host has no room.
    fn end(&mut self, now: &mut Progress<'_>) {
        if now.seen.refused > 0 {
            self.carried.append(&mut now.owed);
            self.carry_unheard(now);
            self.let_go |= now.sent.iter().fold(0, |channels, sent| channels | sent.lifts);
            return;
        }
        self.let_go = 0;
        self.late_offs(now);
        for channel in self.pedals.late() {
            self.fault(now, Fault::LatePedal { channel });
        }
        if self.passes() {
            self.swallow_before(now, u32::MAX);
            self.controls(now);
            self.sysex(now);
        }
    }

    /// What was seen, and what still sounds.
    #[must_use]
    pub fn finish(mut self) -> Verdict {
        // What the player still holds is not the plugin's to end; nor is another's plugin's tail.
        let held = |from: Channel, key: usize| self.held[usize::from(from.get())][key];
        let keys = self.slots.iter().flat_map(|keys| keys.iter().enumerate());
        let hanging = keys.filter(|(key, slot)| slot.band || slot.player.is_some_and(|from| !held(from, *key))).count();
        self.verdict.hanging = if self.thru == Thru::Unknown { 0 } else { hanging };
        self.verdict
    }

    fn hear(&mut self, now: &mut Progress<'_>, event: Event) {
        if event.kind == Kind::Invalid {
            self.fault(now, Fault::OutOfRange { offset: event.offset });
        }
        if event.kind == Kind::Foreign {
            self.fault(now, Fault::WrongDialect { offset: event.offset });
        }
        if !event.kind.is_note() {
            return;
        }
        if self.thru == Thru::Unknown {
            return self.hear_foreign(now, event);
        }
        if self.passes() {
            self.swallow_before(now, event.offset);
            if self.is_lifted(now, event) {
                return;
            }
            if let Some(sent) = self.is_passed(now, event) {
                return self.passed(now, &sent, event);
            }
            if let Some(sent) = Self::is_astray(now, event) {
                self.fault(now, Fault::WrongChannel { expected: sent.event.kind });
                return self.passed(now, &sent, event);
            }
        }
        match event.kind {
            Kind::On { channel, key, .. } => self.band_on(now, event.offset, channel, key),
            Kind::Off { channel, key } => self.band_off(now, event, channel, key),
            _ => {}
        }
    }

    fn band_on(&mut self, now: &Progress<'_>, offset: u32, channel: Channel, key: Key) {
        let slot = self.slot(channel, key);
        let sounded = slot.band || slot.player.is_some();
        slot.band = true;
        if sounded {
            self.verdict.doubled += 1;
            self.fault(now, Fault::DoubleOn { channel, key });
        }
        if self.passes() && self.zone & 1 << channel.get() != 0 {
            self.fault(now, Fault::InZone { channel });
        }
        if self.own_clock && !self.bypass {
            return;
        }
        let Some(transport) = now.seen.transport.filter(|_| now.rolls && !self.bypass) else {
            return self.fault(now, Fault::NoteWhileSilent { key });
        };
        let beside = self.drums_beside && channel == Drum::channel();
        if let (Grid::Steps { tolerance, late }, false) = (self.grid, beside) {
            let error = nearest(transport, offset, now.due, late).error.saturating_sub(tolerance);
            if error > 0 {
                self.fault(now, Fault::OffGrid { error });
            }
            self.verdict.max_onset_error = self.verdict.max_onset_error.max(error);
        }
    }

    fn band_off(&mut self, now: &mut Progress<'_>, event: Event, channel: Channel, key: Key) {
        let makes_room = self.makes_room(now, event);
        let owed = now.owed.iter().position(|&place| place == (channel, key));
        let slot = self.slot(channel, key);
        if slot.band {
            slot.band = false;
        } else if let Some(from) = slot.player.take() {
            let ended = self.let_go & 1 << from.get() != 0;
            if owed.is_none() && !makes_room && !ended {
                self.fault(now, Fault::ThruDiffers);
            }
        } else if let Some(index) = now.either.iter().position(|&known| known == event) {
            now.either.swap_remove(index);
        } else {
            self.verdict.orphans += 1;
            self.fault(now, Fault::OrphanOff { channel, key });
        }
        if let Some(index) = owed {
            now.owed.swap_remove(index);
        }
    }

    /// Whatever had to end with the block's first sample has not.
    fn late_offs(&mut self, now: &mut Progress<'_>) {
        for (channel, key) in std::mem::take(&mut now.owed) {
            self.fault(now, Fault::LateOff { channel, key });
        }
    }

    /// What has to end now: of the band's notes, of the player's, and what had no room to.
    fn owed(&mut self, band: bool, player: bool) -> Vec<(Channel, Key)> {
        let carried = std::mem::take(&mut self.carried);
        if self.thru == Thru::Unknown || !(band || player || !carried.is_empty()) {
            return Vec::new();
        }
        let owed = |&(channel, key): &(Channel, Key)| {
            let slot = self.slots[usize::from(channel.get())][usize::from(key.get())];
            let players = slot.player.is_some();
            let had_no_room = (slot.band || players) && carried.contains(&(channel, key));
            (slot.band && band) || (players && player) || had_no_room
        };
        every_key().filter(owed).collect()
    }

    fn slot(&mut self, channel: Channel, key: Key) -> &mut Slot {
        &mut self.slots[usize::from(channel.get())][usize::from(key.get())]
    }

    fn fault(&mut self, now: &Progress<'_>, fault: Fault) {
        self.verdict.faults += 1;
        if self.verdict.found.len() < Verdict::SHOWN {
            self.verdict.found.push(Found { block: now.seen.start, fault });
        }
    }
}

/// Every channel with every key.
fn every_key() -> impl Iterator<Item = (Channel, Key)> {
    (0..16).filter_map(Channel::new).flat_map(|channel| (0..128).filter_map(move |key| Some((channel, Key::new(key)?))))
}
