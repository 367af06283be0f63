//! Events, as CLAP says them.

use clack_host::events::Match;
use clack_host::events::UnknownEvent;
use clack_host::events::event_types::{MidiEvent, MidiSysExEvent, NoteOffEvent, NoteOnEvent, ParamValueEvent};
use clack_host::events::io::{OutputEventBuffer, TryPushError};
use clack_host::events::spaces::CoreEventSpace;
use clack_host::prelude::*;
use model::{Channel, Key};

use crate::event::{Event, Kind, read_sysex, sysex};
use crate::host::{Dialects, Parameter};

/// What the plugin says in a block: as much of it as the host has room for.
#[derive(Debug)]
pub(super) struct Output {
    events: EventBuffer,
    dialects: Dialects,
    /// For how many more there is room.
    pub(super) room: usize,
    /// How many found none.
    pub(super) refused: usize,
}

impl Output {
    pub(super) fn new(dialects: Dialects) -> Self {
        Self { events: EventBuffer::with_capacity(256), dialects, room: usize::MAX, refused: 0 }
    }

    /// Forgets all that was said.
    pub(super) fn clear(&mut self) {
        self.events.clear();
        self.refused = 0;
    }

    /// What was said.
    pub(super) fn read(&self) -> impl Iterator<Item = Event> {
        let tells = self.dialects == Dialects::OnlyMidi;
        self.events.iter().map(move |event| match read(event) {
            Event { offset, .. } if tells && is_claps(event) => Event { offset, kind: Kind::Foreign },
            event => event,
        })
    }
}

impl OutputEventBuffer for Output {
    fn try_push(&mut self, event: &UnknownEvent) -> Result<(), TryPushError> {
        if matches!(self.dialects, Dialects::OnlyMidiUntold | Dialects::OnlyMidiAskew) && is_claps(event) {
            return Err(TryPushError::new());
        }
        let Some(left) = self.room.checked_sub(1) else {
            self.refused += 1;
            return Err(TryPushError::new());
        };
        self.room = left;
        match event.as_core_event() {
            // Its bytes are the plugin's, and must be read now.
            Some(CoreEventSpace::MidiSysEx(message)) => {
                // SAFETY: the plugin's bytes live during this call.
                #[expect(unsafe_code, reason = "CLAP hands out a pointer")]
                let heard = read_sysex(unsafe { message.data() });
                let kept = if let Kind::SysEx(number) = heard { sysex(number) } else { &[] };
                self.events.push(&sysex_event(event.header().time(), kept));
            }
            _ => self.events.push(event),
        }
        Ok(())
    }
}

/// Says an event; `midi`: notes are MIDI's own messages.
pub(super) fn push(buffer: &mut EventBuffer, parameters: &[Parameter], event: &Event, midi: bool) {
    let at = event.offset;
    let pckn =
        |channel: Channel, key: Key| Pckn::new(0_u16, u16::from(channel.get()), u16::from(key.get()), Match::All);
    match event.kind {
        Kind::On { channel, key, velocity } if midi => {
            buffer.push(&MidiEvent::new(at, 0, [0x90 | channel.get(), key.get(), velocity.get()]));
        }
        // With running status, a note off is often sent as a note on of velocity 0.
        Kind::Off { channel, key } if midi => {
            buffer.push(&MidiEvent::new(at, 0, [0x90 | channel.get(), key.get(), 0]));
        }
        Kind::On { channel, key, velocity } => {
            let velocity = f64::from(velocity.get()) / 127.0;
            buffer.push(&NoteOnEvent::new(at, pckn(channel, key), velocity));
        }
        Kind::Off { channel, key } => buffer.push(&NoteOffEvent::new(at, pckn(channel, key), 0.0)),
        Kind::Control { channel, number, value } => {
            let bytes = match number {
                Kind::PRESSURE => [0xd0 | channel.get(), value, 0],
                Kind::BEND => [0xe0 | channel.get(), 0, value],
                number => [0xb0 | channel.get(), number, value],
            };
            buffer.push(&MidiEvent::new(at, 0, bytes));
        }
        Kind::Parameter { index, share } => {
            if let Some(parameter) = parameters.get(usize::from(index)) {
                let id = ClapId::new(parameter.id);
                buffer.push(&ParamValueEvent::new(at, id, Pckn::match_all(), parameter.at(share)));
            }
        }
        Kind::SysEx(number) => buffer.push(&sysex_event(at, sysex(number))),
        // An active sensing message: a plugin has to bear with it.
        Kind::Other | Kind::Invalid | Kind::Foreign => buffer.push(&MidiEvent::new(at, 0, [0xfe, 0, 0])),
    }
}

/// Is it a note's event in CLAP's own dialect?
fn is_claps(event: &UnknownEvent) -> bool {
    matches!(
        event.as_core_event(),
        Some(
            CoreEventSpace::NoteOn(_)
                | CoreEventSpace::NoteOff(_)
                | CoreEventSpace::NoteChoke(_)
                | CoreEventSpace::NoteEnd(_)
                | CoreEventSpace::NoteExpression(_)
        )
    )
}

fn read(event: &UnknownEvent) -> Event {
    let offset = event.header().time();
    let number = |value: Match<u16>| value.into_specific().map(i32::from);
    let kind = match event.as_core_event() {
        Some(CoreEventSpace::NoteOn(on)) => Kind::on(number(on.channel()), number(on.key()), on.velocity()),
        Some(CoreEventSpace::NoteOff(off)) => Kind::off(number(off.channel()), number(off.key())),
        Some(CoreEventSpace::MidiSysEx(message)) => {
            // SAFETY: all that were kept are static.
            #[expect(unsafe_code, reason = "CLAP hands out a pointer")]
            let bytes = unsafe { message.data() };
            read_sysex(bytes)
        }
        Some(CoreEventSpace::Midi(midi)) => short_message(midi.data()),
        _ => Kind::Other,
    };
    Event { offset, kind }
}

/// A message whose bytes are static.
#[expect(unsafe_code, reason = "CLAP takes a pointer")]
fn sysex_event(at: u32, bytes: &'static [u8]) -> MidiSysExEvent {
    // SAFETY: the bytes are there for ever.
    unsafe { MidiSysExEvent::new(at, 0, bytes) }
}

/// What MIDI's own bytes say.
fn short_message([status, first, second]: [u8; 3]) -> Kind {
    let channel = status & 0x0f;
    let place = (Some(i32::from(channel)), Some(i32::from(first)));
    match status & 0xf0 {
        0x90 if second > 0 => Kind::on(place.0, place.1, f64::from(second) / 127.0),
        0x80 | 0x90 => Kind::off(place.0, place.1),
        0xb0 => Kind::control(channel, first, second),
        0xd0 => Kind::control(channel, Kind::PRESSURE, first),
        0xe0 => Kind::control(channel, Kind::BEND, second),
        _ => Kind::Other,
    }
}
