//! The table of what sounds: every note on that was sent is owed a note off.

use model::{Channel, Key, Velocity};

use crate::midi::{
    BANDMATES, Bandmate, CENTRE, EXPRESSION, HOLD_2, MODULATION, Message, PORTAMENTO, Port, SOFT, SOSTENUTO, SUSTAIN,
    TIMBRE,
};
use crate::units::SampleOffset;

/// Who holds a key of a channel down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Slot {
    /// Those of the band, a bit each.
    mates: u16,
    /// The user, by a note that was passed through: the channel on which it was struck.
    user: Option<Channel>,
    /// Its note off did not fit into the host's buffer: it is still owed.
    owed: bool,
}

impl Slot {
    const fn is_down(self) -> bool {
        self.mates != 0 || self.user.is_some()
    }
}

/// Where a voice's note went: the channel and key that it sounds on.
pub type Outlet = (Channel, Key);

/// What a note off of the user does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserOff {
    /// It ends the user's note.
    Ends,
    /// The user's note has ended before: it would end another that sounds there now, and is not passed on.
    Swallowed,
    /// It ends nothing, and is passed on as it came.
    Stray,
}

/// What stays where the user puts it, besides the sustain pedal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lever {
    /// The pitch bend.
    Bend,
    /// The channel's pressure.
    Pressure,
    /// The modulation wheel.
    Modulation,
    /// The timbre that an MPE keyboard gives to its notes.
    Timbre,
    /// The expression pedal: the softer the farther from its rest.
    Expression,
    /// Portamento, switched on.
    Portamento,
    /// The sostenuto pedal: what was down as it was pressed sounds on.
    Sostenuto,
    /// The soft pedal.
    Soft,
    /// The second pedal that holds.
    Hold,
}

/// How many levers there are. Required: each of them.
const LEVERS: usize = 9;

impl Lever {
    const ALL: [Self; LEVERS] = [
        Self::Bend,
        Self::Pressure,
        Self::Modulation,
        Self::Timbre,
        Self::Expression,
        Self::Portamento,
        Self::Sostenuto,
        Self::Soft,
        Self::Hold,
    ];

    /// Do notes sound on as long as it is moved?
    const fn holds(self) -> bool {
        matches!(self, Self::Sostenuto | Self::Hold)
    }

    /// What brings it back to rest.
    const fn at_rest(self, channel: Channel) -> Message {
        match self {
            Self::Bend => Message::Bend(channel, CENTRE),
            Self::Pressure => Message::Pressure(channel, 0),
            Self::Modulation => Message::Control(channel, MODULATION, 0),
            Self::Timbre => Message::Control(channel, TIMBRE, 64),
            Self::Expression => Message::Control(channel, EXPRESSION, 127),
            Self::Portamento => Message::Control(channel, PORTAMENTO, 0),
            Self::Sostenuto => Message::Control(channel, SOSTENUTO, 0),
            Self::Soft => Message::Control(channel, SOFT, 0),
            Self::Hold => Message::Control(channel, HOLD_2, 0),
        }
    }
}

/// Which keys of which channels sound, and for whom.
///
/// Where the user and the band want the same key of the same channel, the user's note wins: the
/// band's ends, or does not begin. It is counted.
///
/// # Realtime safety
/// Of fixed size: nothing allocates.
pub struct Sounding {
    slots: [[Slot; 128]; 16],
    /// By who plays it and key *as the band plays it*, before octaves: where it sounds.
    places: [[Option<Outlet>; 128]; BANDMATES],
    down: u32,
    owed: u32,
    /// The channels, a bit each, whose sustain pedal the user has down, as far as it was passed.
    pressed: u16,
    /// Those whose pedal is still to go up: that found no room either.
    pedals: u16,
    /// By [`Lever`]: the channels, a bit each, on which the user has moved it, as far as it was passed.
    moved: [u16; LEVERS],
    /// Those on which it is still to go back.
    returns: [u16; LEVERS],
    ceded: u32,
}

impl std::fmt::Debug for Sounding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sounding").field("down", &self.down).field("owed", &self.owed).finish_non_exhaustive()
    }
}

impl Default for Sounding {
    fn default() -> Self {
        Self {
            slots: [[Slot::default(); 128]; 16],
            places: [[None; 128]; BANDMATES],
            down: 0,
            owed: 0,
            pressed: 0,
            pedals: 0,
            moved: [0; LEVERS],
            returns: [0; LEVERS],
            ceded: 0,
        }
    }
}

impl Sounding {
    /// Does nothing sound, and is nothing owed?
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.down == 0 && self.owed == 0 && self.pedals == 0 && self.returns == [0; LEVERS]
    }

    /// How many notes of the band ended early, or did not begin, because the user held their place.
    #[must_use]
    pub const fn ceded(&self) -> u32 {
        self.ceded
    }

    /// Does this one of the band play this key (as the band plays it)?
    #[must_use]
    pub fn has(&self, mate: impl Into<Bandmate>, key: Key) -> bool {
        self.places[mate.into().index()][usize::from(key.get())].is_some()
    }

    /// Where this one of the band plays this key (as the band plays it), if it does.
    #[must_use]
    pub fn place_of(&self, mate: Bandmate, key: Key) -> Option<Outlet> {
        self.places[mate.index()][usize::from(key.get())]
    }

    /// Does this one of the band sound there, for whichever of its keys?
    #[must_use]
    pub fn sounds_at(&self, mate: Bandmate, place: Outlet) -> bool {
        self.places[mate.index()].contains(&Some(place))
    }

    /// One of the band strikes a key, to sound on `place`. Does nothing where the user holds that place.
    pub fn strike(
        &mut self,
        port: &mut impl Port,
        at: SampleOffset,
        (mate, key): (Bandmate, Key),
        place: Outlet,
        velocity: Velocity,
    ) {
        self.release(port, at, mate, key);
        let (channel, sounding) = place;
        let slot = self.slot(place);
        if slot.user.is_some() {
            self.ceded = self.ceded.wrapping_add(1);
            return;
        }
        if slot.mates != 0 {
            // Another plays it already: struck again.
            self.off(port, at, place);
        }
        port.speaks(mate, key);
        if self.slot(place).owed || !port.say(at, Message::On(channel, sounding, velocity)) {
            // No room in the host's buffer. A note on that is not sent is owed nothing.
            let slot = self.slot(place);
            if slot.mates != 0 {
                slot.mates = 0;
                self.down -= 1;
            }
            return;
        }
        let slot = self.slot(place);
        let was_down = slot.is_down();
        slot.mates |= 1 << mate.index();
        self.down += u32::from(!was_down);
        self.places[mate.index()][usize::from(key.get())] = Some(place);
    }

    /// Another key of this one of the band sounds as what it has struck on `place` already, and holds that too. `false`: it
    /// does not sound there any more.
    pub fn join(&mut self, (mate, key): (Bandmate, Key), place: Outlet) -> bool {
        let sounds = self.sounds_at(mate, place);
        if sounds {
            self.places[mate.index()][usize::from(key.get())] = Some(place);
        }
        sounds
    }

    /// The band releases `key`, wherever it sounds.
    pub fn release(&mut self, port: &mut impl Port, at: SampleOffset, mate: Bandmate, key: Key) {
        let Some(place) = self.places[mate.index()][usize::from(key.get())].take() else { return };
        // Two of its keys may have been folded onto one place.
        if self.places[mate.index()].contains(&Some(place)) {
            return;
        }
        let slot = self.slot(place);
        let bit = 1 << mate.index();
        if slot.mates & bit == 0 {
            return;
        }
        slot.mates &= !bit;
        if !slot.is_down() {
            self.down -= 1;
            self.off(port, at, place);
        }
    }

    /// One of the band releases all keys.
    pub fn release_mate(&mut self, port: &mut impl Port, at: SampleOffset, mate: Bandmate) {
        if self.down == 0 {
            return;
        }
        for number in 0..128 {
            if let Some(key) = Key::new(number) {
                self.release(port, at, mate, key);
            }
        }
    }

    /// The band releases everything.
    pub fn release_band(&mut self, port: &mut impl Port, at: SampleOffset) {
        for mate in Bandmate::all() {
            self.release_mate(port, at, mate);
        }
    }

    /// A note of the user, struck on channel `from`, is about to be passed through: what the band plays there
    /// ends, and what the user struck on another channel and was passed on there too. `false`: that found
    /// no room in the host's buffer, and the user's note has to wait for its end.
    pub fn make_room(&mut self, port: &mut impl Port, at: SampleOffset, place: Outlet, from: Channel) -> bool {
        if let Some(other) = self.slot(place).user.filter(|&other| other != from) {
            self.end_user(port, at, place, other);
        }
        let slot = self.slot(place);
        if slot.mates != 0 {
            slot.mates = 0;
            if !slot.is_down() {
                self.down -= 1;
            }
            for voice in &mut self.places {
                for known in voice.iter_mut() {
                    if *known == Some(place) {
                        *known = None;
                    }
                }
            }
            self.ceded = self.ceded.wrapping_add(1);
            self.off(port, at, place);
        }
        !self.slot(place).owed
    }

    /// A note of the user, struck on channel `from`, has passed through.
    pub fn user_on(&mut self, place: Outlet, from: Channel) {
        let slot = self.slot(place);
        let was_down = slot.is_down();
        slot.user = Some(from);
        self.down += u32::from(!was_down);
    }

    /// Ends the note of the user that sounds here, if it was struck on channel `from`.
    pub fn end_user(&mut self, port: &mut impl Port, at: SampleOffset, place: Outlet, from: Channel) {
        if self.slot(place).user == Some(from) {
            self.slot(place).user = None;
            self.down -= 1;
            self.off(port, at, place);
        }
    }

    /// What a note off of the user on channel `from` is, that is about to be passed through.
    pub fn user_off(&mut self, place: Outlet, from: Channel) -> UserOff {
        let slot = self.slot(place);
        if slot.user == Some(from) {
            slot.user = None;
            self.down -= 1;
            UserOff::Ends
        } else if slot.user.is_some() || slot.mates != 0 || slot.owed {
            UserOff::Swallowed
        } else {
            UserOff::Stray
        }
    }

    /// The user's notes end, and whatever would hold them goes up: thru is switched off, or everything is reset.
    pub fn release_user(&mut self, port: &mut impl Port, at: SampleOffset) {
        self.lift(port, at, self.pressed);
        let mut holding = self.moved;
        Lever::ALL.iter().filter(|lever| !lever.holds()).for_each(|&lever| holding[lever as usize] = 0);
        self.bring_back(port, at, holding);
        self.each_slot(|table, place| {
            if let Some(from) = table.slot(place).user {
                table.end_user(port, at, place, from);
            }
        });
    }

    /// A note off of the user did not fit into the host's buffer.
    pub fn owe(&mut self, place: Outlet) {
        let slot = self.slot(place);
        if !slot.owed {
            slot.owed = true;
            self.owed += 1;
        }
    }

    /// A pedal of the user moves. `passed`: the message found room in the host's buffer. A pedal that
    /// could not go up would let every note sound on, so it goes up in the next block.
    pub fn pedal(&mut self, channel: Channel, passed: bool, down: bool) {
        let bit = 1_u16 << channel.get();
        if passed && down {
            self.pressed |= bit;
        } else if passed {
            self.pressed &= !bit;
        }
        if passed || down {
            self.pedals &= !bit;
        } else {
            self.pedals |= bit;
        }
    }

    /// A lever of the user moves, and the message was passed: away from its rest, or back.
    pub fn lever(&mut self, channel: Channel, lever: Lever, away: bool) {
        let bit = 1_u16 << channel.get();
        let index = lever as usize;
        self.moved[index] = if away { self.moved[index] | bit } else { self.moved[index] & !bit };
        self.returns[index] &= !bit;
    }

    /// The user has sent "reset all controllers" there, and it was passed: all is at rest that it brings to rest (timbre
    /// is not among it).
    pub fn is_reset(&mut self, channel: Channel) {
        self.pedal(channel, true, false);
        Lever::ALL.iter().filter(|&&lever| lever != Lever::Timbre).for_each(|&lever| self.lever(channel, lever, false));
    }

    /// On these channels, a bit each, all pedals and levers of the user go back to rest: the user is passed on
    /// elsewhere. Returns whether a pedal was down.
    pub fn rest(&mut self, port: &mut impl Port, at: SampleOffset, channels: u16) -> bool {
        let down = self.pressed & channels;
        self.lift(port, at, down);
        self.bring_back(port, at, self.moved.map(|moved| moved & channels));
        down != 0
    }

    /// The user leaves these channels, a bit each: the notes there end, and what lasts goes back to rest. Returns
    /// whether a pedal was down.
    pub fn vacate(&mut self, port: &mut impl Port, at: SampleOffset, channels: u16) -> bool {
        self.each_slot(|table, place| {
            if let (Some(from), true) = (table.slot(place).user, channels & 1 << place.0.get() != 0) {
                table.end_user(port, at, place, from);
            }
        });
        self.rest(port, at, channels)
    }

    /// The user's notes on this channel were given their shape by us.
    pub fn shaped(&mut self, channel: Channel) {
        for lever in [Lever::Bend, Lever::Pressure, Lever::Timbre] {
            self.lever(channel, lever, true);
        }
    }

    /// Does the band alone sound there?
    #[must_use]
    pub fn is_bands(&self, (channel, key): Outlet) -> bool {
        let slot = self.slots[usize::from(channel.get())][usize::from(key.get())];
        slot.mates != 0 && slot.user.is_none()
    }

    /// Does the band alone sound this key on any channel?
    #[must_use]
    pub fn is_bands_anywhere(&self, key: Key) -> bool {
        (0..16).filter_map(Channel::new).any(|channel| self.is_bands((channel, key)))
    }

    /// The pedal that the user holds goes down on this channel too.
    pub fn press(&mut self, port: &mut impl Port, at: SampleOffset, channel: Channel) {
        if port.say(at, Message::Control(channel, SUSTAIN, 127)) {
            self.pedal(channel, true, true);
        }
    }

    fn bring_back(&mut self, port: &mut impl Port, at: SampleOffset, moved: [u16; LEVERS]) {
        for (lever, channels) in Lever::ALL.into_iter().zip(moved).filter(|&(_, channels)| channels != 0) {
            for channel in (0..16).filter_map(Channel::new).filter(|channel| channels & 1 << channel.get() != 0) {
                let said = port.say(at, lever.at_rest(channel));
                self.lever(channel, lever, false);
                self.returns[lever as usize] |= u16::from(!said) << channel.get();
            }
        }
    }

    /// Sends what did not fit into the host's buffer before: note offs, pedals up, and levers back.
    pub fn pay(&mut self, port: &mut impl Port, at: SampleOffset) {
        if self.owed > 0 {
            self.each_slot(|table, place| {
                if table.slot(place).owed {
                    table.slot(place).owed = false;
                    table.owed -= 1;
                    table.off(port, at, place);
                }
            });
        }
        self.lift(port, at, self.pedals);
        self.bring_back(port, at, self.returns);
    }

    /// The pedals of these channels, a bit each, go up.
    fn lift(&mut self, port: &mut impl Port, at: SampleOffset, pedals: u16) {
        if pedals != 0 {
            for channel in (0..16).filter_map(Channel::new).filter(|channel| pedals & 1 << channel.get() != 0) {
                let passed = port.say(at, Message::Control(channel, SUSTAIN, 0));
                self.pedal(channel, passed, false);
            }
        }
    }

    fn each_slot(&mut self, mut visit: impl FnMut(&mut Self, Outlet)) {
        for place in (0..16)
            .filter_map(Channel::new)
            .flat_map(|channel| (0..128).filter_map(Key::new).map(move |key| (channel, key)))
        {
            visit(self, place);
        }
    }

    fn slot(&mut self, (channel, key): Outlet) -> &mut Slot {
        &mut self.slots[usize::from(channel.get())][usize::from(key.get())]
    }

    fn off(&mut self, port: &mut impl Port, at: SampleOffset, place: Outlet) {
        if !port.say(at, Message::Off(place.0, place.1)) {
            self.owe(place);
        }
    }
}
