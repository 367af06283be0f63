//! Does the user play a keyboard whose notes have a channel each (MPE)?
//!
//! Such a keyboard says so when it is switched on (the configuration message: RPN 6 on the first or last channel). Most
//! often nobody was there to hear it. So it is presumed, too: where three channels, none of which ever held two keys at
//! once, were each bent, pressed or coloured by themselves while their key was down. An ordinary keyboard has one
//! channel; layers and splits play chords, and send what their wheels do to all their channels at once. The first and
//! the last channel (the masters, and ordinary keyboards) and the tenth (pads) prove nothing.

use model::Channel;

use crate::midi::{CENTRE, Input, TIMBRE};

/// The registered parameter by which a zone is declared. Required by MPE.
const CONFIGURATION: (u8, u8) = (0, 6);

/// The controllers that choose a registered parameter, and set it. Required by MIDI.
const RPN_UPPER: u8 = 101;
/// See [`RPN_UPPER`]. Required by MIDI.
const RPN_LOWER: u8 = 100;
/// See [`RPN_UPPER`]. Required by MIDI.
const DATA: u8 = 6;
/// The controllers that choose a parameter that is not registered. Required by MIDI.
const NRPN: [u8; 2] = [98, 99];

/// The most members that a zone has. Required by MPE.
const MOST_MEMBERS: u8 = 15;

/// How many channels have to look like members. Chosen: two may be two keyboards.
const PROOFS: u32 = 3;

/// Which channels can, a bit each: all but the first, the tenth and the last. Chosen, see above.
const TELLING: u16 = !(1 | 1 << 9 | 1 << 15);

/// Within so many seconds the same value on another channel is a copy. Chosen: a keyboard's cable takes a thousandth
/// of a second for a message.
const AT_ONCE: f64 = 0.01;

/// A user's zones, as MPE has them: how many member channels each has. A zone without members is none.
///
/// ```text
/// channel   1        2 3 4 5 ...          ... 13 14 15      16
///           master ──► members of the lower   members of ◄── master
///                                             the upper
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Zones {
    pub(super) lower: u8,
    pub(super) upper: u8,
}

impl Zones {
    /// One that a keyboard has that nobody has told otherwise: all channels, from the first on.
    pub(super) const USUAL: Self = Self { lower: MOST_MEMBERS, upper: 0 };

    /// Is there one?
    pub(super) const fn any(self) -> bool {
        self.lower > 0 || self.upper > 0
    }

    /// The lower zone's members, a bit each.
    const fn below(self) -> u16 {
        (u16::MAX >> (15 - self.lower)) & !1
    }

    /// The upper zone's.
    const fn above(self) -> u16 {
        (u16::MAX << (15 - self.upper)) & !(1 << 15)
    }

    /// The channels of the masters, a bit each.
    pub(super) fn masters(self) -> u16 {
        u16::from(self.lower > 0) | u16::from(self.upper > 0) << 15
    }

    /// All channels of all zones, a bit each.
    pub(super) fn channels(self) -> u16 {
        self.masters() | self.below() | self.above()
    }

    /// The members of the zone in which this channel is one.
    pub(super) fn around(self, channel: Channel) -> Option<u16> {
        [self.below(), self.above()].into_iter().find(|members| members & bit(channel) != 0)
    }

    /// Where a pedal on this channel is down: that of a master for its whole zone.
    pub(super) fn reached(self, channel: Channel) -> u16 {
        let zone = match channel.get() {
            0 => self.below(),
            15 => self.above(),
            _ => 0,
        };
        bit(channel) | zone
    }

    /// The same with a member less: of the larger zone, the farthest from its master.
    pub(super) const fn smaller(self) -> Option<Self> {
        match self {
            Self { lower, upper } if lower > upper && lower > 1 => Some(Self { lower: lower - 1, upper }),
            Self { lower, upper } if upper > 1 => Some(Self { lower, upper: upper - 1 }),
            _ => None,
        }
    }

    /// After a zone's configuration message. What both zones want is the later one's.
    fn declared(self, upper: bool, members: u8) -> Self {
        let members = members.min(MOST_MEMBERS);
        let rest = if members == 0 { MOST_MEMBERS } else { (MOST_MEMBERS - 1).saturating_sub(members) };
        if upper {
            Self { lower: self.lower.min(rest), upper: members }
        } else {
            Self { lower: members, upper: self.upper.min(rest) }
        }
    }
}

/// A channel's bit.
pub(super) const fn bit(channel: Channel) -> u16 {
    1 << channel.get()
}

/// Something of a note that MPE bends by its channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Bend(u16),
    Pressure(u8),
    Timbre(u8),
}

impl Shape {
    /// What this is, and on which channel.
    pub(super) fn of(what: &Input) -> Option<(Channel, Self)> {
        match *what {
            Input::Bend(channel, bend) => Some((channel, Self::Bend(bend))),
            Input::Pressure(channel, pressure) => Some((channel, Self::Pressure(pressure))),
            Input::Control(channel, TIMBRE, value) => Some((channel, Self::Timbre(value))),
            _ => None,
        }
    }

    const fn is_at_rest(self) -> bool {
        matches!(self, Self::Bend(CENTRE) | Self::Pressure(0) | Self::Timbre(64))
    }
}

/// Listens for an MPE keyboard.
///
/// # Realtime safety
/// Of fixed size: nothing allocates.
#[derive(Debug)]
pub(super) struct Mpe {
    zones: Zones,
    declared: bool,
    /// On the first and on the last channel: the registered parameter that is chosen.
    chosen: [Option<(u8, u8)>; 2],
    /// The last data there, and when: formats do not agree about the order within a sample.
    data: [Option<(u64, u8)>; 2],
    /// By channel, the keys that are down, a bit each.
    down: [u128; 16],
    /// The channels that look like members, a bit each, and those that do not.
    members: u16,
    others: u16,
    /// The last shape that was no rest: when, where and what.
    last: Option<(u64, Channel, Shape)>,
    /// Samples before this block.
    now: u64,
}

impl Mpe {
    pub(super) const fn new() -> Self {
        Self {
            zones: Zones { lower: 0, upper: 0 },
            declared: false,
            chosen: [None; 2],
            data: [None; 2],
            down: [0; 16],
            members: 0,
            others: 0,
            last: None,
            now: 0,
        }
    }

    /// The user's zones, as far as is known.
    pub(super) const fn zones(&self) -> Zones {
        self.zones
    }

    /// Has the keyboard said so itself?
    pub(super) const fn is_declared(&self) -> bool {
        self.declared
    }

    /// Nothing is known of the user's keyboard any more.
    pub(super) const fn forget(&mut self) {
        *self = Self { now: self.now, ..Self::new() };
    }

    /// A block of so many samples is over.
    pub(super) fn pass(&mut self, frames: u32) {
        self.now = self.now.wrapping_add(u64::from(frames));
    }

    /// The user does something at this sample of the block. Returns whether other zones are known now.
    pub(super) fn hear(&mut self, at: u32, what: &Input, rate: f64) -> bool {
        let (at, before) = (self.now.wrapping_add(u64::from(at)), self.zones);
        match *what {
            Input::On(channel, key, _) => {
                let down = &mut self.down[usize::from(channel.get())];
                *down |= 1 << key.get();
                if down.count_ones() > 1 {
                    self.is_ordinary(bit(channel));
                }
            }
            Input::Off(channel, key) => self.down[usize::from(channel.get())] &= !(1 << key.get()),
            Input::AllOff(Some(channel)) => self.down[usize::from(channel.get())] = 0,
            Input::AllOff(None) => self.down = [0; 16],
            Input::KeyOff(key) => self.down.iter_mut().for_each(|down| *down &= !(1 << key.get())),
            Input::Control(channel, number, value) if channel.get() % 15 == 0 && number != TIMBRE => {
                self.configure(at, channel.get() == 15, number, value);
            }
            _ => {}
        }
        if let Some((channel, shape)) = Shape::of(what).filter(|(_, shape)| !shape.is_at_rest()) {
            self.shape(at, channel, shape, rate);
        }
        self.zones != before
    }

    /// Is this the message that declares a zone?
    pub(super) fn declares(&self, what: &Input) -> bool {
        let Input::Control(channel, DATA, _) = *what else { return false };
        channel.get() % 15 == 0 && self.chosen[usize::from(channel.get() == 15)] == Some(CONFIGURATION)
    }

    fn configure(&mut self, at: u64, upper: bool, number: u8, value: u8) {
        let place = usize::from(upper);
        // 127 is none.
        let (high, low) = self.chosen[place].unwrap_or((127, 127));
        match number {
            RPN_UPPER => self.chosen[place] = Some((value, low)),
            RPN_LOWER => self.chosen[place] = Some((high, value)),
            DATA => self.data[place] = Some((at, value)),
            number if NRPN.contains(&number) => self.chosen[place] = None,
            _ => return,
        }
        let data = self.data[place].filter(|&(then, _)| number == DATA || then == at);
        if let (Some(CONFIGURATION), Some((_, members))) = (self.chosen[place], data) {
            self.zones = if self.declared { self.zones } else { Zones::default() }.declared(upper, members);
            self.declared = self.zones.any();
            if !self.declared {
                (self.members, self.others) = (0, 0);
            }
        }
    }

    fn shape(&mut self, at: u64, channel: Channel, shape: Shape, rate: f64) {
        if self.zones.any() {
            return;
        }
        let mine = bit(channel);
        let last = self.last.replace((at, channel, shape));
        let copied = last.filter(|&(then, other, known)| {
            other != channel && known == shape && as_f64(at.wrapping_sub(then)) <= AT_ONCE * rate
        });
        if let Some((_, other, _)) = copied {
            return self.is_ordinary(mine | bit(other));
        }
        if self.down[usize::from(channel.get())].count_ones() == 1 {
            self.members |= mine & TELLING & !self.others;
        }
        if self.members.count_ones() >= PROOFS {
            // A keyboard goes through its members from its master on.
            let above = self.members & 0xff == 0;
            let (lower, upper) = if above { (0, MOST_MEMBERS) } else { (MOST_MEMBERS, 0) };
            self.zones = Zones { lower, upper };
        }
    }

    fn is_ordinary(&mut self, channels: u16) {
        self.others |= channels;
        self.members &= !channels;
    }
}

#[expect(clippy::cast_precision_loss, reason = "few samples")]
fn as_f64(samples: u64) -> f64 {
    samples as f64
}
