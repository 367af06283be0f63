//! How the user's channels belong together, and how far each is bent: alone, or in a zone of MPE, whose first channel leads
//! the others.
//!
//! # Source
//! MIDI Polyphonic Expression 1.1 (MMA M1-100): the configuration message is registered parameter 6 on channel 1 or 16, whose
//! value is how many channels the zone has beside its master; bends of these are 48 semitones unless parameter 0 says so, and
//! those of a channel alone, and of a master, two.

use model::Channel;

use crate::midi::CENTRE;

/// How far a channel alone bends, and one of a zone, in semitones. Required by MIDI, and by MPE.
const ALONE: f32 = 2.0;
const MEMBER: f32 = 48.0;

/// The farthest that a channel can be told to bend, in semitones. Required by MPE.
const FARTHEST: u8 = 96;

/// Registered parameters: how far the bend goes, and MPE's configuration. Required by MIDI, and by MPE.
const RANGE: (u8, u8) = (0, 0);
const ZONE: (u8, u8) = (0, 6);

/// None is being set. Required by MIDI.
const NONE: (u8, u8) = (127, 127);

/// The user's channels.
#[derive(Clone, Debug)]
pub(super) struct UserChannels {
    /// Of 0 that it is not bent, by so much of its range: −1 to 1.
    bends: [f32; 16],
    /// In semitones.
    ranges: [f32; 16],
    /// The parameter that is being set: its upper and its lower number.
    parameters: [(u8, u8); 16],
    /// Who leads it, if somebody does.
    masters: [Option<usize>; 16],
}

impl Default for UserChannels {
    fn default() -> Self {
        Self { bends: [0.0; 16], ranges: [ALONE; 16], parameters: [NONE; 16], masters: [None; 16] }
    }
}

impl UserChannels {
    /// The channel's bend moves.
    pub(super) fn bend(&mut self, channel: Channel, bend: u16) {
        self.bends[usize::from(channel.get())] = (f32::from(bend) - f32::from(CENTRE)) / f32::from(CENTRE);
    }

    /// A controller of the channel moves.
    pub(super) fn control(&mut self, channel: Channel, number: u8, value: u8) {
        let channel = usize::from(channel.get());
        match (number, self.parameters[channel]) {
            (98 | 99, _) => self.parameters[channel] = NONE,
            (100, (upper, _)) => self.parameters[channel] = (upper, value),
            (101, (_, lower)) => self.parameters[channel] = (value, lower),
            (6, RANGE) => self.set_range(channel, f32::from(value.min(FARTHEST))),
            (38, RANGE) => self.set_range(channel, self.ranges[channel].floor() + f32::from(value.min(99)) / 100.0),
            (6, ZONE) => self.set_zone(channel, usize::from(value)),
            (121, _) => (self.bends[channel], self.parameters[channel]) = (0.0, NONE),
            _ => {}
        }
    }

    /// All members of a zone bend as far.
    fn set_range(&mut self, channel: usize, range: f32) {
        let master = self.masters[channel];
        for other in 0..16 {
            if other == channel || (master.is_some() && self.masters[other] == master) {
                self.ranges[other] = range;
            }
        }
    }

    fn set_zone(&mut self, master: usize, members: usize) {
        let member = |other: usize| match master {
            0 => (1..=members).contains(&other),
            15 => (15 - members.min(15)..15).contains(&other),
            _ => false,
        };
        if master != 0 && master != 15 {
            return;
        }
        for other in 0..16 {
            let was = self.masters[other] == Some(master);
            if member(other) {
                (self.masters[other], self.ranges[other]) = (Some(master), MEMBER);
            } else if was {
                (self.masters[other], self.ranges[other]) = (None, ALONE);
            }
        }
    }

    /// The channel, and those that it leads.
    pub(super) fn led_by(&self, channel: Channel) -> impl Iterator<Item = Channel> + use<> {
        let (masters, one) = (self.masters, usize::from(channel.get()));
        let own = move |other: &Channel| {
            let other = usize::from(other.get());
            other == one || masters[other] == Some(one)
        };
        (0..16).filter_map(Channel::new).filter(own)
    }

    /// How far a channel is bent, with whoever leads it, in semitones.
    pub(super) fn bent(&self, channel: Channel) -> f32 {
        let own = |channel: usize| self.bends[channel] * self.ranges[channel];
        let channel = usize::from(channel.get());
        own(channel) + self.masters[channel].map_or(0.0, own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(number: u8) -> Channel {
        Channel::new(number).expect("a channel")
    }

    /// A parameter of a channel is set to a value.
    fn set(channels: &mut UserChannels, on: u8, parameter: u8, value: u8) {
        for (number, value) in [(101, 0), (100, parameter), (6, value)] {
            channels.control(channel(on), number, value);
        }
    }

    #[test]
    fn a_channel_alone_bends_by_two_semitones_unless_told() {
        let mut channels = UserChannels::default();
        channels.bend(channel(3), 0);
        assert_eq!((channels.bent(channel(3)), channels.bent(channel(4))), (-2.0, 0.0));
        set(&mut channels, 3, 0, 12);
        assert_eq!(channels.bent(channel(3)), -12.0);
        channels.control(channel(3), 121, 0);
        assert_eq!(channels.bent(channel(3)), 0.0);
        assert_eq!(channels.led_by(channel(3)).collect::<Vec<_>>(), [channel(3)]);
    }

    #[test]
    fn a_zone_is_bent_by_its_master_too_and_all_its_channels_as_far() {
        let mut channels = UserChannels::default();
        set(&mut channels, 0, 6, 5);
        channels.bend(channel(2), 3 << 12);
        channels.bend(channel(0), 3 << 12);
        assert_eq!([0, 1, 2, 6].map(|number| channels.bent(channel(number))), [1.0, 1.0, 25.0, 0.0]);
        set(&mut channels, 4, 0, 24);
        assert_eq!(channels.bent(channel(2)), 13.0);
        assert_eq!(channels.led_by(channel(0)).count(), 6);
        assert_eq!(channels.led_by(channel(2)).count(), 1);
        // No zone any more.
        set(&mut channels, 0, 6, 0);
        assert_eq!((channels.bent(channel(2)), channels.led_by(channel(0)).count()), (1.0, 1));
        // The upper zone; and no channel in the middle has one.
        set(&mut channels, 15, 6, 15);
        assert_eq!(channels.led_by(channel(15)).count(), 16);
        set(&mut channels, 7, 6, 3);
        assert_eq!(channels.led_by(channel(7)).count(), 1);
    }
}
