//! On which channel what the user does leaves.

use model::{Channel, Key};

use super::mpe::{Shape, Zones, bit};
use crate::midi::{CENTRE, Input};

/// Where the user goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aim {
    /// Where everything came from.
    AsPlayed,
    /// Everything here, but for what an MPE keyboard plays on its zone's channels.
    One(Channel),
}

/// How a channel of an MPE keyboard bends, presses and colours its note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shaped {
    pub(super) bend: u16,
    pub(super) pressure: u8,
    pub(super) timbre: u8,
}

impl Shaped {
    const REST: Self = Self { bend: CENTRE, pressure: 0, timbre: 64 };

    const fn take(&mut self, shape: Shape) {
        match shape {
            Shape::Bend(bend) => self.bend = bend,
            Shape::Pressure(pressure) => self.pressure = pressure,
            Shape::Timbre(timbre) => self.timbre = timbre,
        }
    }
}

/// Where what the user does goes, and where each key went that is down: there it has to end, whatever is chosen
/// meanwhile.
///
/// An MPE keyboard keeps its channels, as far as the band leaves them. A note on a channel that the band has is given
/// another of the zone's, the one that has been free for longest, and its bend, pressure and timbre go there with it.
///
/// # Realtime safety
/// Of fixed size: nothing allocates.
#[derive(Debug)]
pub(super) struct Routing {
    pub(super) aim: Aim,
    /// By the channel and key that the user struck.
    went: [[Option<Channel>; 128]; 16],
    /// The user's zones as they are passed on: without what the band has.
    kept: Zones,
    /// The same, while the user is passed on; none while not.
    pub(super) heard: Zones,
    /// As they are played.
    played: Zones,
    /// The channels that the band has, a bit each.
    pub(super) given: u16,
    /// By the user's channel: where its notes go, how many are down, and how they are shaped.
    map: [Channel; 16],
    notes: [u16; 16],
    shaped: [Shaped; 16],
    /// By channel as it leaves: whose shape it has, and when its last note ended.
    shaper: [Option<Channel>; 16],
    ended: [u32; 16],
    ends: u32,
}

impl Routing {
    /// A way for the user, who holds nothing yet.
    pub(super) fn new(aim: Aim) -> Self {
        Self {
            aim,
            went: [[None; 128]; 16],
            kept: Zones::default(),
            heard: Zones::default(),
            played: Zones::default(),
            given: 0,
            map: as_they_are(),
            notes: [0; 16],
            shaped: [Shaped::REST; 16],
            shaper: as_they_are().map(Some),
            ended: [0; 16],
            ends: 0,
        }
    }

    /// The zones of an MPE keyboard, as they are passed on.
    pub(super) const fn kept(&self) -> Zones {
        self.kept
    }

    /// Other zones, and how much of them is passed on. What sounded elsewhere has ended.
    pub(super) fn set_zones(&mut self, played: Zones, kept: Zones) {
        if !self.kept.any() {
            (self.map, self.shaper) = (as_they_are(), as_they_are().map(Some));
            (self.notes, self.shaped) = ([0; 16], [Shaped::REST; 16]);
        }
        (self.played, self.kept) = (played, kept);
        for channel in (0..16).filter_map(Channel::new) {
            let place = usize::from(channel.get());
            if kept.channels() & bit(self.map[place]) == 0 {
                self.map[place] = self.fallback(channel);
                self.notes[place] = 0;
            }
        }
    }

    /// On which channel this is to be passed on; `None`: as it came. `listens`: is this channel listened to?
    /// (Others only pass through.)
    pub(super) fn of(&mut self, what: &Input, listens: impl Fn(Channel) -> bool) -> Option<Channel> {
        let aim = self.aim;
        let elsewhere = |channel: Channel| match aim {
            Aim::One(one) if listens(channel) => one,
            _ => channel,
        };
        match *what {
            Input::On(channel, key, _) => {
                let to = if self.is_of_zone(channel) { self.place(channel) } else { elsewhere(channel) };
                let went = self.went[usize::from(channel.get())][usize::from(key.get())].replace(to);
                self.notes[usize::from(channel.get())] += u16::from(went.is_none());
                Some(to)
            }
            Input::Off(channel, key) => {
                let went = self.went[usize::from(channel.get())][usize::from(key.get())].take();
                if let Some(went) = went {
                    let notes = &mut self.notes[usize::from(channel.get())];
                    *notes = notes.saturating_sub(1);
                    self.ends = self.ends.wrapping_add(1);
                    self.ended[usize::from(went.get())] = self.ends;
                }
                Some(went.unwrap_or_else(|| self.now(channel, elsewhere)))
            }
            Input::OfNote(channel, key) => {
                let went = self.went[usize::from(channel.get())][usize::from(key.get())];
                Some(went.unwrap_or_else(|| self.now(channel, elsewhere)))
            }
            Input::Pedal(channel, _)
            | Input::Control(channel, ..)
            | Input::Bend(channel, _)
            | Input::Pressure(channel, _)
            | Input::Program(channel)
            | Input::AllOff(Some(channel)) => Some(self.now(channel, elsewhere)),
            Input::AllOff(None) => match self.aim {
                Aim::One(one) if !self.kept.any() => Some(one),
                _ => None,
            },
            Input::KeyOff(_) | Input::Other => None,
        }
    }

    /// Where a key of the user's went that is down, as far as its own end says.
    pub(super) fn place_of(&self, from: Channel, key: Key) -> Option<Channel> {
        self.went[usize::from(from.get())][usize::from(key.get())]
    }

    /// Where this key went that is struck again; `None`: it is not down.
    pub(super) fn went(&self, what: &Input) -> Option<Channel> {
        let Input::On(channel, key, _) = *what else { return None };
        self.went[usize::from(channel.get())][usize::from(key.get())]
    }

    /// What an MPE keyboard's note needs before it begins, on the channel where it goes: the shape that was said for
    /// it, if that channel has another's.
    pub(super) fn catches_up(&mut self, what: &Input) -> Option<(Channel, Shaped)> {
        let Input::On(channel, ..) = *what else { return None };
        if !self.is_of_zone(channel) {
            return None;
        }
        let to = self.map[usize::from(channel.get())];
        let before = self.shaper[usize::from(to.get())].replace(channel);
        (before != Some(channel)).then(|| (to, self.shaped[usize::from(channel.get())]))
    }

    /// Takes over how a note of an MPE keyboard is shaped whom nobody hears now.
    pub(super) fn remember(&mut self, what: &Input) {
        if let Some((channel, shape)) = Shape::of(what).filter(|&(channel, _)| self.is_of_zone(channel)) {
            self.shaped[usize::from(channel.get())].take(shape);
            // Where its notes go it was not said.
            self.shaper[usize::from(self.map[usize::from(channel.get())].get())] = None;
        }
    }

    /// All channels are at rest, whatever was said there.
    pub(super) const fn forget_shapes_said(&mut self) {
        self.shaper = [None; 16];
    }

    /// Takes over how a note of an MPE keyboard is shaped. Returns whether that is only remembered: it is said for a
    /// note that is yet to begin, and another's sounds where it would go.
    pub(super) fn holds_back(&mut self, what: &Input) -> bool {
        let Some((channel, shape)) = Shape::of(what).filter(|&(channel, _)| self.is_of_zone(channel)) else {
            return false;
        };
        let place = usize::from(channel.get());
        self.shaped[place].take(shape);
        let to = self.map[place];
        let shaper = &mut self.shaper[usize::from(to.get())];
        if self.notes[place] > 0 {
            *shaper = Some(channel);
            return false;
        }
        // Where nothing was said yet it may as well be said now; a note says it again, with all else of its shape.
        let another = shaper.is_some_and(|shaper| shaper != channel);
        another || self.others_on(to, channel) > 0
    }

    /// Is this a channel of an MPE keyboard's zone, as it is played?
    fn is_of_zone(&self, channel: Channel) -> bool {
        self.kept.any() && self.played.channels() & bit(channel) != 0
    }

    fn now(&self, channel: Channel, elsewhere: impl Fn(Channel) -> Channel) -> Channel {
        if self.is_of_zone(channel) { self.map[usize::from(channel.get())] } else { elsewhere(channel) }
    }

    /// How many notes from other channels sound on `to`.
    fn others_on(&self, to: Channel, but: Channel) -> u16 {
        let on = self.map.iter().zip(&self.notes).zip(0..);
        on.filter(|&((&map, _), from)| map == to && from != but.get()).map(|((_, &notes), _)| notes).sum()
    }

    /// Where a note that begins on this channel of the zone goes.
    fn place(&mut self, channel: Channel) -> Channel {
        let (place, kept) = (usize::from(channel.get()), self.kept.channels());
        if self.played.masters() & bit(channel) != 0 {
            return channel;
        }
        let here = self.map[place];
        if self.notes[place] == 0 || kept & bit(here) == 0 {
            let own = kept & bit(channel) != 0 && self.others_on(channel, channel) == 0;
            let members = self.members_for(channel);
            let free = (0..16).filter_map(Channel::new).filter(|&to| members & bit(to) != 0);
            let least = free.min_by_key(|&to| {
                // What has not sounded for longest comes first.
                let ago = self.ends.wrapping_sub(self.ended[usize::from(to.get())]);
                (self.others_on(to, channel), std::cmp::Reverse(ago), to.get())
            });
            self.map[place] = if own { channel } else { least.unwrap_or(here) };
        }
        self.map[place]
    }

    /// The members that are passed on of the zone that this channel is in.
    fn members_for(&self, channel: Channel) -> u16 {
        self.played.around(channel).map_or(0, |members| members & self.kept.channels() & !self.kept.masters())
    }

    /// Where what a channel says goes that the band has: to the member beside.
    fn fallback(&self, channel: Channel) -> Channel {
        let members = self.members_for(channel);
        let free = (0..16).filter_map(Channel::new).filter(|&to| members & bit(to) != 0);
        free.min_by_key(|to| to.get().abs_diff(channel.get())).unwrap_or(channel)
    }
}

/// Each channel is its own.
fn as_they_are() -> [Channel; 16] {
    const FIRST: Channel = Channel::new(0).expect("the first channel");
    let mut channels = [FIRST; 16];
    for (place, channel) in channels.iter_mut().zip((0..16).filter_map(Channel::new)) {
        *place = channel;
    }
    channels
}
