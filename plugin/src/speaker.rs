//! The sound inside: what leaves as notes is heard from the stereo output too, at the same sample.
//!
//! [`Speaker`] holds the instruments. For a block it stands between the engine and the host as [`Aloud`]: what the band
//! says and the host took, it plays; what the user does, it plays as the user does it. Both go into the synthesiser
//! between the very samples at which they happen, so that a block may be cut anywhere.

mod aloud;
mod channels;
mod settings;
#[cfg(test)]
mod tests;

use model::music::band::MAX_VOICES;
use model::sound::{Instrument, PARTS, PartEvent, Synth};
use model::{BandSpec, Channel, Key, VoiceId};

use crate::midi::{ALL_NOTES_OFF, BANDMATES, Bandmate, Input, Message, Port, SUSTAIN};
pub use aloud::Aloud;
use channels::UserChannels;
pub use settings::{Seat, SpeakerSettings};

/// The part of the user's first channel: those of the band come before. Required by the sum.
const USER: usize = BANDMATES;
const _: () = assert!(USER + 16 <= PARTS, "a part for each channel of the user");

/// How long it takes until nothing is heard any more once the sound is switched off, in seconds. Chosen: in this time the
/// level falls by 120 dB.
const FADES: f64 = 0.15;

/// A controller: all of a channel's controllers go back to rest. Required by MIDI.
const AT_REST: u8 = 121;

/// Whether it sounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Power {
    Off,
    On,
    /// It fades for so many samples more.
    Fades(usize),
}

/// The instruments of an instance, and who plays which of their notes.
///
/// # Realtime safety
/// [`Speaker::activate`] allocates, for the main thread. All else allocates, locks and waits for nothing.
#[derive(Debug)]
pub struct Speaker {
    synth: Synth,
    rate: f64,
    power: Power,
    settings: SpeakerSettings,
    /// By channel and key on which the band sounds: who struck it, and which key that is inside.
    owners: [[Option<(Bandmate, Key)>; 128]; 16],
    /// How the user's channels belong together, and how far each is bent.
    channels: UserChannels,
    /// What the band's voices play unless somebody chooses, and which of them is the user's.
    usual: [Instrument; MAX_VOICES],
    user: VoiceId,
    /// What each part plays now, and how loud and where it stands.
    seated: [Option<(Instrument, f32, f32)>; PARTS],
}

impl Default for Speaker {
    fn default() -> Self {
        Self {
            synth: Synth::new(48_000.0),
            rate: 48_000.0,
            power: Power::Off,
            settings: SpeakerSettings::default(),
            owners: [[None; 128]; 16],
            channels: UserChannels::default(),
            usual: [Instrument::ElectricPiano; MAX_VOICES],
            user: VoiceId::FIRST,
            seated: [None; PARTS],
        }
    }
}

impl Speaker {
    /// For a sample rate, in Hz; nothing sounds. Allocates.
    pub fn activate(&mut self, rate: f64) {
        if rate.to_bits() != self.rate.to_bits() {
            self.rate = rate;
            #[expect(clippy::cast_possible_truncation, reason = "rates have few digits")]
            let rate = rate as f32;
            self.synth = Synth::new(rate);
            self.seated = [None; PARTS];
            self.arrange();
            self.synth.set_level(self.settings.level);
        }
        self.reset();
    }

    /// Silence, at once: time may have passed.
    pub fn reset(&mut self) {
        self.synth.reset();
        // Zones and ranges stay; bends are at rest.
        (0..16).filter_map(Channel::new).for_each(|channel| self.channels.control(channel, AT_REST, 0));
        self.owners = [[None; 128]; 16];
        self.power = if self.settings.on { Power::On } else { Power::Off };
    }

    /// Is there anything to be rendered? If not, the output is silence, and nothing needs to be asked or told.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.power != Power::Off
    }

    /// Does nothing sound, and does nothing ring on?
    #[must_use]
    pub const fn is_silent(&self) -> bool {
        self.synth.is_silent()
    }

    /// Other settings, at the start of a block.
    pub fn set(&mut self, new: SpeakerSettings) {
        let old = std::mem::replace(&mut self.settings, new);
        if new.level.to_bits() != old.level.to_bits() {
            self.synth.set_level(new.level);
        }
        if (new.voices, new.drums.to_bits(), new.user_drums) != (old.voices, old.drums.to_bits(), old.user_drums) {
            self.arrange();
        }
        // A key that the user holds would go up as another drum.
        let rekeyed = (new.user_drums, new.kit) != (old.user_drums, old.kit) && (new.user_drums || old.user_drums);
        let channels = (new.listen, new.chord_channel) != (old.listen, old.chord_channel);
        if (old.hear_me && !new.hear_me) || channels || rekeyed {
            (0..16).filter_map(Channel::new).for_each(|channel| self.let_go(channel));
        }
        if new.bypass && !old.bypass {
            self.synth.release_all();
            self.owners = [[None; 128]; 16];
        }
        match (self.power, new.on) {
            (Power::Off, true) => {
                self.synth.set_level(new.level);
                self.reset();
            }
            (Power::Fades(_), true) => {
                self.synth.set_level(new.level);
                self.power = Power::On;
            }
            (Power::On, false) => {
                self.synth.release_all();
                self.synth.set_level(0.0);
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
                let samples = (FADES * self.rate) as usize;
                self.power = Power::Fades(samples);
            }
            _ => {}
        }
    }

    /// Stands between the engine and the host for a block, whose samples these are.
    pub fn overhear<'a, P: Port>(
        &'a mut self,
        port: &'a mut P,
        left: &'a mut [f32],
        right: &'a mut [f32],
    ) -> Aloud<'a, P> {
        Aloud::new(self, port, left, right)
    }

    /// This band plays, and the user this voice of it.
    fn seat(&mut self, spec: &BandSpec, user: VoiceId) {
        let usual =
            std::array::from_fn(|index| spec.voices.get(index).map_or(Instrument::ElectricPiano, Instrument::of_voice));
        if usual != self.usual || user != self.user {
            (self.usual, self.user) = (usual, user);
            self.arrange();
        }
    }

    /// Every part gets its instrument and its place.
    fn arrange(&mut self) {
        for part in 0..PARTS {
            let drums = part == Bandmate::Drummer.index() || (part >= USER && self.settings.user_drums);
            let wanted = if drums {
                (Instrument::Drums, self.settings.drums, 0.0)
            } else {
                let voice = if part < USER { part } else { self.user.index() };
                let Seat { instrument, level, pan } = self.settings.voices[voice];
                (instrument.unwrap_or(self.usual[voice]), level, pan)
            };
            let before = self.seated[part].replace(wanted);
            if before.map(|(instrument, ..)| instrument) != Some(wanted.0) {
                self.synth.set_instrument(part, wanted.0);
            }
            if before != Some(wanted) {
                self.synth.set_place(part, wanted.1, wanted.2);
            }
        }
    }

    /// The host took this of the engine; `said` is who said it, if it is a note that begins, and the key as the band plays
    /// it.
    fn play(&mut self, message: Message, said: Option<(Bandmate, Key)>) {
        match message {
            Message::On(channel, key, velocity) => {
                if let Some((mate, planned)) = said.filter(|_| self.plays()) {
                    // Drums leave on the keys of the kit that is set; the one inside has General MIDI's, as the plan.
                    let inside = if mate == Bandmate::Drummer { planned } else { key };
                    *self.owner(channel, key) = Some((mate, inside));
                    self.synth.tell(mate.index(), PartEvent::On(inside, velocity));
                }
            }
            Message::Off(channel, key) => {
                if let Some((mate, inside)) = self.owner(channel, key).take() {
                    self.synth.tell(mate.index(), PartEvent::Off(inside));
                }
            }
            Message::Control(channel, ALL_NOTES_OFF, _) => {
                for key in (0..128).filter_map(Key::new) {
                    if let Some((mate, inside)) = self.owner(channel, key).take() {
                        self.synth.tell(mate.index(), PartEvent::Off(inside));
                    }
                }
                self.let_go(channel);
            }
            // What is set on a channel of the host's is for who plays there: the parts here have settings of their own.
            Message::Control(..) | Message::Program(..) | Message::Bend(..) | Message::Pressure(..) => {}
        }
    }

    /// The user does this.
    fn hear(&mut self, input: Input) {
        let SpeakerSettings { listen, chord_channel, .. } = self.settings;
        let heard = |channel: Channel| listen.is_none_or(|only| only == channel) && chord_channel != Some(channel);
        let (channel, event) = match input {
            // What ends is let end, whatever is listened to.
            Input::Off(channel, key) => (channel, PartEvent::Off(self.users(key))),
            Input::AllOff(Some(channel)) => (channel, PartEvent::Control(ALL_NOTES_OFF, 0)),
            Input::AllOff(None) => {
                for part in USER..PARTS {
                    self.synth.tell(part, PartEvent::Control(ALL_NOTES_OFF, 0));
                }
                return;
            }
            Input::KeyOff(key) => {
                let key = self.users(key);
                for part in USER..PARTS {
                    self.synth.tell(part, PartEvent::Off(key));
                }
                return;
            }
            Input::On(channel, ..)
            | Input::Pedal(channel, _)
            | Input::Control(channel, ..)
            | Input::Bend(channel, _)
            | Input::Pressure(channel, _)
                if !(self.settings.hear_me && self.plays() && heard(channel)) =>
            {
                return;
            }
            Input::On(channel, key, velocity) => (channel, PartEvent::On(self.users(key), velocity)),
            Input::Pedal(channel, down) => (channel, PartEvent::Control(SUSTAIN, if down { 127 } else { 0 })),
            Input::Control(channel, number, value) => {
                self.channels.control(channel, number, value);
                self.tune();
                (channel, PartEvent::Control(number, value))
            }
            Input::Bend(channel, bend) => {
                self.channels.bend(channel, bend);
                return self.tune();
            }
            Input::Pressure(channel, pressure) => (channel, PartEvent::Pressure(pressure)),
            // Which instrument it is, is chosen here.
            Input::OfNote(..) | Input::Program(_) | Input::Other => return,
        };
        if let PartEvent::On(..) | PartEvent::Off(_) = event {
            self.synth.tell(part_of(channel), event);
        } else {
            // What is set on a zone's first channel is for all of them.
            self.channels.led_by(channel).for_each(|channel| self.synth.tell(part_of(channel), event));
        }
    }

    /// Bends each of the user's parts as far as it should be.
    fn tune(&mut self) {
        for channel in (0..16).filter_map(Channel::new) {
            self.synth.set_bend(part_of(channel), self.channels.bent(channel));
        }
    }

    /// The user's keys, pedals and levers of a channel are at rest.
    fn let_go(&mut self, channel: Channel) {
        let part = part_of(channel);
        self.channels.control(channel, AT_REST, 0);
        self.tune();
        self.synth.tell(part, PartEvent::Control(AT_REST, 0));
        self.synth.tell(part, PartEvent::Control(ALL_NOTES_OFF, 0));
    }

    /// Writes the next samples.
    fn render(&mut self, left: &mut [f32], right: &mut [f32]) {
        let sounds = match &mut self.power {
            Power::Off => 0,
            Power::On => left.len(),
            Power::Fades(left_over) => {
                let sounds = left.len().min(*left_over);
                *left_over -= sounds;
                sounds
            }
        };
        let (left, left_rest) = left.split_at_mut(sounds);
        let (right, right_rest) = right.split_at_mut(sounds);
        self.synth.render(left, right);
        left_rest.fill(0.0);
        right_rest.fill(0.0);
        if self.power == Power::Fades(0) {
            self.reset();
        }
    }

    /// Do notes begin?
    fn plays(&self) -> bool {
        self.settings.on && !self.settings.bypass
    }

    /// The key that a note of the user's has inside.
    fn users(&self, key: Key) -> Key {
        if self.settings.user_drums { self.settings.key_inside(key) } else { key }
    }

    fn owner(&mut self, channel: Channel, key: Key) -> &mut Option<(Bandmate, Key)> {
        &mut self.owners[usize::from(channel.get())][usize::from(key.get())]
    }
}

/// The part that plays what the user does on a channel.
fn part_of(channel: Channel) -> usize {
    USER + usize::from(channel.get())
}
