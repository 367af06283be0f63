//! Notes of CLAP's own kind as MIDI says them, for hosts that understand nothing else.

use clap_sys::events::{
    CLAP_EVENT_NOTE_CHOKE, CLAP_EVENT_NOTE_OFF, CLAP_EVENT_NOTE_ON, CLAP_NOTE_EXPRESSION_PRESSURE, clap_event_note,
    clap_event_note_expression,
};

use crate::midi::ALL_NOTES_OFF;

/// A status: a note ends. Required by MIDI, as those that follow.
const OFF: u8 = 0x80;
const ON: u8 = 0x90;
const KEY_PRESSURE: u8 = 0xa0;
const CONTROL: u8 = 0xb0;
const CHANNEL_PRESSURE: u8 = 0xd0;

/// One message, for one channel or for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spoken {
    /// From 0; `None`: all.
    channel: Option<u8>,
    /// The message, without its channel.
    bytes: [u8; 3],
}

impl Spoken {
    /// A note that begins or ends. An end for every key is that of all notes. `None`: MIDI has no such message, as for
    /// a beginning on every key.
    pub(super) fn note(event: &clap_event_note) -> Option<Self> {
        let channel = channel(event.channel)?;
        let bytes = match (event.header.type_, key(event.key)?) {
            (CLAP_EVENT_NOTE_ON, Some(key)) if channel.is_some() => [ON, key, seven_bits(event.velocity).max(1)],
            (CLAP_EVENT_NOTE_OFF, Some(key)) => [OFF, key, seven_bits(event.velocity)],
            (CLAP_EVENT_NOTE_CHOKE, Some(key)) => [OFF, key, 0],
            (CLAP_EVENT_NOTE_OFF | CLAP_EVENT_NOTE_CHOKE, None) => [CONTROL, ALL_NOTES_OFF, 0],
            _ => return None,
        };
        Some(Self { channel, bytes })
    }

    /// What changes in a note that sounds: MIDI knows only how hard it is pressed.
    pub(super) fn expression(event: &clap_event_note_expression) -> Option<Self> {
        if event.expression_id != CLAP_NOTE_EXPRESSION_PRESSURE {
            return None;
        }
        let value = seven_bits(event.value);
        let bytes = match key(event.key)? {
            Some(key) => [KEY_PRESSURE, key, value],
            None => [CHANNEL_PRESSURE, value, 0],
        };
        Some(Self { channel: channel(event.channel)?, bytes })
    }

    /// The same as the bytes of one message for each channel.
    pub(super) fn messages(self) -> impl Iterator<Item = [u8; 3]> {
        let [status, first, second] = self.bytes;
        let channels = self.channel.map_or(0..=15, |channel| channel..=channel);
        channels.map(move |channel| [status | channel, first, second])
    }
}

/// A channel, `None` of it being all; `None`: no channel.
fn channel(number: i16) -> Option<Option<u8>> {
    match number {
        -1 => Some(None),
        _ => u8::try_from(number).ok().filter(|&channel| channel < 16).map(Some),
    }
}

/// A key, `None` of it being all; `None`: no key.
fn key(number: i16) -> Option<Option<u8>> {
    match number {
        -1 => Some(None),
        _ => u8::try_from(number).ok().filter(|&key| key < 128).map(Some),
    }
}

/// A value of 0 to 1 in seven bits.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
fn seven_bits(value: f64) -> u8 {
    (value * 127.0).round().clamp(0.0, 127.0) as u8
}

#[cfg(test)]
mod tests {
    use clap_sys::events::{
        CLAP_CORE_EVENT_SPACE_ID, CLAP_EVENT_NOTE_END, CLAP_EVENT_NOTE_EXPRESSION, CLAP_NOTE_EXPRESSION_TUNING,
        clap_event_header,
    };

    use super::*;

    fn header(type_: u16) -> clap_event_header {
        clap_event_header { size: 0, time: 3, space_id: CLAP_CORE_EVENT_SPACE_ID, type_, flags: 0 }
    }

    fn check(type_: u16, channel: i16, key: i16, velocity: f64, expected: &[[u8; 3]]) {
        let event = clap_event_note { header: header(type_), note_id: -1, port_index: 0, channel, key, velocity };
        let said: Vec<_> = Spoken::note(&event).into_iter().flat_map(Spoken::messages).collect();
        assert_eq!(said, expected, "{event:?}");
    }

    #[test]
    fn notes_are_said_in_three_bytes() {
        check(CLAP_EVENT_NOTE_ON, 3, 60, 100.0 / 127.0, &[[0x93, 60, 100]]);
        // A note on of no velocity would be a note off.
        check(CLAP_EVENT_NOTE_ON, 0, 0, 0.0, &[[0x90, 0, 1]]);
        check(CLAP_EVENT_NOTE_OFF, 15, 127, 1.0, &[[0x8f, 127, 127]]);
        check(CLAP_EVENT_NOTE_CHOKE, 1, 64, 0.5, &[[0x81, 64, 0]]);
    }

    #[test]
    fn an_end_for_all_keys_is_that_of_all_notes() {
        check(CLAP_EVENT_NOTE_OFF, 2, -1, 0.0, &[[0xb2, 123, 0]]);
        let all: Vec<_> = (0..16).map(|channel| [0xb0 | channel, 123, 0]).collect();
        check(CLAP_EVENT_NOTE_CHOKE, -1, -1, 0.0, &all);
        let one_key: Vec<_> = (0..16).map(|channel| [0x80 | channel, 60, 0]).collect();
        check(CLAP_EVENT_NOTE_OFF, -1, 60, 0.0, &one_key);
    }

    #[test]
    fn what_midi_cannot_say_is_not_said() {
        for (channel, key) in [(0, -1), (-1, 60), (16, 60), (0, 128), (-2, 3), (3, -2)] {
            check(CLAP_EVENT_NOTE_ON, channel, key, 0.5, &[]);
        }
        check(CLAP_EVENT_NOTE_OFF, 16, 60, 0.5, &[]);
        check(CLAP_EVENT_NOTE_END, 0, 60, 0.5, &[]);
    }

    #[test]
    fn a_note_that_is_pressed_is_pressed() {
        let pressed = |expression_id, key| {
            let header = header(CLAP_EVENT_NOTE_EXPRESSION);
            let (note_id, port_index, channel, value) = (-1, 0, 4, 1.0);
            Spoken::expression(&clap_event_note_expression {
                header,
                expression_id,
                note_id,
                port_index,
                channel,
                key,
                value,
            })
            .map(|spoken| spoken.messages().collect::<Vec<_>>())
        };
        assert_eq!(pressed(CLAP_NOTE_EXPRESSION_PRESSURE, 60), Some(vec![[0xa4, 60, 127]]));
        assert_eq!(pressed(CLAP_NOTE_EXPRESSION_PRESSURE, -1), Some(vec![[0xd4, 127, 0]]));
        assert_eq!(pressed(CLAP_NOTE_EXPRESSION_TUNING, 60), None);
    }
}
