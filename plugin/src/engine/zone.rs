//! The band makes room for a user who plays an MPE keyboard: its voices sound beside the zone's channels.

use model::{BandSpec, Channel, VoiceId};

use super::mpe::{Zones, bit};
use super::routing::{Aim, Shaped};
use super::{Engine, MpeChoice};
use crate::midi::{Input, Message, Port, TIMBRE};
use crate::scheduler::Sound;
use crate::units::SampleOffset;

/// Moves the voices that sound on the zones' channels to the highest ones beside, in their order; voices of one channel
/// stay together. Where there are too few beside, the zones give up members: returns what is left of them, and the
/// channels that the band has then, a bit each.
/// A user who drums has no voice (`None`).
pub(super) fn make_room(zones: Zones, sound: &mut Sound, spec: &BandSpec, user: Option<VoiceId>) -> (Zones, u16) {
    let users = |index: usize| user.is_some_and(|user| user.index() == index);
    let voices = || sound.voices.iter().take(spec.voices.len()).map(|voice| voice.channel);
    let band = voices().enumerate().filter(|&(index, _)| !users(index));
    let band = band.fold(0, |channels, (_, channel)| channels | bit(channel));
    let mut kept = zones;
    // Drums keep their channel, by which the world knows them.
    let drums = if sound.drums.audible || user.is_none() { bit(sound.drums.channel) } else { 0 };
    // A band has fewer voices than there are channels: smaller zones leave room at last.
    while drums & kept.channels() != 0
        || (band & kept.channels()).count_ones() > (!kept.channels() & !band & !drums).count_ones()
    {
        let Some(smaller) = kept.smaller() else { break };
        kept = smaller;
    }
    let inside = band & kept.channels();
    let beside = !(kept.channels() | band | drums);
    let free = || (0..16).rev().filter_map(Channel::new).filter(move |&channel| beside & bit(channel) != 0);
    // The user's own voice keeps its channel, if another is free.
    let mine = user.and_then(|user| sound.voices.get(user.index())).map(|voice| voice.channel);
    let mut free =
        free().filter(|&channel| Some(channel) != mine).chain(free().filter(|&channel| Some(channel) == mine));
    let mut moved: [Option<Channel>; 16] = [None; 16];
    for channel in (0..16).rev().filter_map(Channel::new).filter(|&channel| inside & bit(channel) != 0) {
        moved[usize::from(channel.get())] = free.next();
    }
    // What the user plays beside the zone goes to the user's voice: that too is beside it, if there is room.
    if let Some(channel) = mine.filter(|&channel| kept.channels() & bit(channel) != 0) {
        let place = &mut moved[usize::from(channel.get())];
        *place = place.or_else(|| free.next());
    }
    for voice in &mut sound.voices {
        voice.channel = moved[usize::from(voice.channel.get())].unwrap_or(voice.channel);
    }
    let all = sound.voices.iter().take(spec.voices.len()).enumerate().filter(|&(index, _)| !users(index));
    (kept, all.fold(drums, |channels, (_, voice)| channels | bit(voice.channel)))
}

impl Engine {
    /// How this band sounds now; the user's zones as they are passed on beside it; and its channels, a bit each. To a
    /// user whom nobody hears it gives no room: but the zones stay known, so that each note ends where it began.
    pub(super) fn voiced(&self, spec: &BandSpec) -> (Sound, Zones, u16) {
        let sound = self.controls.sound(spec);
        if !self.zones().any() {
            return (sound, Zones::default(), 0);
        }
        let mut beside = sound;
        let (kept, given) = make_room(self.zones(), &mut beside, spec, self.controls.settings(spec).users_voice());
        if self.passes() { (beside, kept, given) } else { (sound, kept, 0) }
    }

    /// The user's zones: as they are heard, or as the user says.
    pub(super) fn zones(&self) -> Zones {
        match (self.controls.mpe, self.mpe.zones()) {
            (MpeChoice::Off, _) => Zones::default(),
            (MpeChoice::On, heard) if !heard.any() => Zones::USUAL,
            (_, heard) => heard,
        }
    }

    /// Is the user passed on?
    pub(super) const fn passes(&self) -> bool {
        self.controls.thru || self.controls.bypass
    }

    /// Band and user take their channels, as an MPE keyboard and the controls now want it. What sounds where it no
    /// longer should ends first. `tell`: say to whoever hears the user how large the zones are that are left.
    pub(super) fn divide<P: Port>(&mut self, port: &mut P, at: SampleOffset, tell: bool) {
        let (sound, kept, given) = self.voiced(&self.ensemble.spec);
        let (before, heard) = (self.routing.heard, if self.passes() { kept } else { Zones::default() });
        let moves =
            sound.voices.iter().zip(&self.scheduler.sound().voices).any(|(now, old)| now.channel != old.channel);
        self.scheduler.set_sound(at, sound, &mut self.sounding, port);
        if kept == self.routing.kept() && heard == before && given == self.routing.given {
            return;
        }
        if heard.any() || before.any() {
            // The band's channels are the band's from now on; where the user's zone was, nothing lasts.
            let left = before.channels() & !heard.channels();
            let mut down = self.sounding.vacate(port, at, given | left);
            if let (false, Aim::One(channel)) = (before.any(), self.routing.aim) {
                // The first notes bent all of the user's, before anybody knew.
                down |= self.sounding.rest(port, at, bit(channel));
            }
            let master = (0..16).filter_map(Channel::new).find(|&channel| heard.masters() & bit(channel) != 0);
            if let (true, Some(master)) = (down, master) {
                self.sounding.press(port, at, master);
            }
            self.owes_programs |= moves && self.controls.programs;
            self.pages.touch();
        }
        (self.routing.given, self.routing.heard) = (given, heard);
        self.routing.set_zones(if kept.any() { self.zones() } else { Zones::default() }, kept);
        if before.any() && !heard.any() {
            self.routing.forget_shapes_said();
        }
        if tell && heard != before && self.mpe.is_declared() {
            self.tell_zones(port, at, heard);
        }
    }

    /// Whoever hears the user is told how large the zones are.
    fn tell_zones<P: Port>(&self, port: &mut P, at: SampleOffset, kept: Zones) {
        for (master, members) in [(Channel::new(0), kept.lower), (Channel::new(15), kept.upper)] {
            if let (Some(master), true) = (master, members > 0) {
                for (number, value) in [(101, 0), (100, 6), (6, members)] {
                    port.say(at, Message::Control(master, number, value));
                }
            }
        }
    }

    /// An MPE keyboard's message that declares its zone, where the zone that is passed on is smaller: says that.
    pub(super) fn declares_less<P: Port>(&self, port: &mut P, at: SampleOffset, what: &Input) -> bool {
        let (Input::Control(channel, number, value), kept) = (*what, self.routing.kept()) else { return false };
        let members = if channel.get() == 0 { kept.lower } else { kept.upper };
        let less = kept.any() && self.mpe.declares(what) && members < value && members > 0;
        less && port.say(at, Message::Control(channel, number, members))
    }

    /// A note of an MPE keyboard begins on a channel that had another's shape: it is told the note's.
    pub(super) fn catch_up<P: Port>(&mut self, port: &mut P, at: SampleOffset, what: &Input) {
        if let Some((to, Shaped { bend, pressure, timbre })) = self.routing.catches_up(what) {
            let shape =
                [Message::Bend(to, bend), Message::Control(to, TIMBRE, timbre), Message::Pressure(to, pressure)];
            for message in shape {
                // What finds no room is counted.
                port.say(at, message);
            }
            self.sounding.shaped(to);
        }
    }
}
