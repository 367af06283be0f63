//! A list of events, as the host hands it to the plugin or gets it back.

use std::cell::{Cell, RefCell};

use vst3::Class;
use vst3::Steinberg::Vst::Event_::EventTypes_::{kDataEvent, kLegacyMIDICCOutEvent, kNoteOffEvent, kNoteOnEvent};
use vst3::Steinberg::Vst::{DataEvent, Event as Raw, IEventList, IEventListTrait, NoteOffEvent, NoteOnEvent};
use vst3::Steinberg::{kInvalidArgument, kResultFalse, kResultOk, tresult};

use crate::event::{Event, Kind, read_sysex, sysex};

/// Events in VST3's form.
pub(super) struct Events {
    list: RefCell<Vec<Raw>>,
    /// How many of the plugin's events there is room for.
    pub(super) room: Cell<usize>,
    /// How many found none.
    pub(super) refused: Cell<usize>,
}

impl Default for Events {
    fn default() -> Self {
        Self { list: RefCell::default(), room: Cell::new(usize::MAX), refused: Cell::default() }
    }
}

impl Events {
    /// Forgets all.
    pub(super) fn clear(&self) {
        self.list.borrow_mut().clear();
        self.refused.set(0);
    }

    /// Adds a note or a system exclusive message; VST3 has no events for anything else that this host sends.
    pub(super) fn add(&self, event: &Event) {
        // SAFETY: plain numbers, for all of which 0 is a value.
        let mut raw: Raw = unsafe { std::mem::zeroed() };
        raw.sampleOffset = i32::try_from(event.offset).unwrap_or(i32::MAX);
        match event.kind {
            Kind::On { channel, key, velocity } => {
                raw.r#type = of_type(kNoteOnEvent);
                raw.__field0.noteOn = NoteOnEvent {
                    channel: i16::from(channel.get()),
                    pitch: i16::from(key.get()),
                    tuning: 0.0,
                    velocity: f32::from(velocity.get()) / 127.0,
                    length: 0,
                    noteId: -1,
                };
            }
            Kind::Off { channel, key } => {
                raw.r#type = of_type(kNoteOffEvent);
                raw.__field0.noteOff = NoteOffEvent {
                    channel: i16::from(channel.get()),
                    pitch: i16::from(key.get()),
                    velocity: 0.0,
                    noteId: -1,
                    tuning: 0.0,
                };
            }
            Kind::SysEx(number) => {
                let bytes = sysex(number);
                raw.r#type = of_type(kDataEvent);
                raw.__field0.data =
                    DataEvent { size: u32::try_from(bytes.len()).unwrap_or(0), r#type: 0, bytes: bytes.as_ptr() };
            }
            _ => return,
        }
        self.list.borrow_mut().push(raw);
    }

    /// Reads all events as the checker wants them.
    pub(super) fn read(&self, into: &mut Vec<Event>) {
        into.extend(self.list.borrow().iter().map(|raw| Event {
            // One before the block is as wrong as one after it.
            offset: u32::try_from(raw.sampleOffset).unwrap_or(u32::MAX),
            kind: kind_of(raw),
        }));
    }
}

impl Class for Events {
    type Interfaces = (IEventList,);
}

impl IEventListTrait for Events {
    unsafe fn getEventCount(&self) -> i32 {
        i32::try_from(self.list.borrow().len()).unwrap_or(i32::MAX)
    }

    unsafe fn getEvent(&self, index: i32, event: *mut Raw) -> tresult {
        let events = self.list.borrow();
        let known = usize::try_from(index).ok().and_then(|index| events.get(index));
        match known {
            Some(known) if !event.is_null() => {
                // SAFETY: the caller gives a place for an event, perhaps never written to.
                unsafe { event.write(*known) };
                kResultOk
            }
            _ => kInvalidArgument,
        }
    }

    unsafe fn addEvent(&self, event: *mut Raw) -> tresult {
        // SAFETY: the caller gives an event or null.
        let Some(event) = (unsafe { event.as_ref() }) else { return kInvalidArgument };
        if self.list.borrow().len() >= self.room.get() {
            self.refused.set(self.refused.get() + 1);
            return kResultFalse;
        }
        self.list.borrow_mut().push(*event);
        kResultOk
    }
}

fn kind_of(raw: &Raw) -> Kind {
    let is = |kind: u32| u32::from(raw.r#type) == kind;
    // SAFETY: the type says which of the union's parts was written; all are plain numbers.
    unsafe {
        if is(kNoteOnEvent) {
            let on = raw.__field0.noteOn;
            Kind::on(Some(on.channel.into()), Some(on.pitch.into()), on.velocity.into())
        } else if is(kNoteOffEvent) {
            let off = raw.__field0.noteOff;
            Kind::off(Some(off.channel.into()), Some(off.pitch.into()))
        } else if is(kDataEvent) && raw.__field0.data.r#type == 0 && !raw.__field0.data.bytes.is_null() {
            // Hosts read them when the call is over: so long the plugin has to keep them.
            let data = raw.__field0.data;
            read_sysex(std::slice::from_raw_parts(data.bytes, data.size as usize))
        } else if is(kLegacyMIDICCOutEvent) {
            let control = raw.__field0.midiCCOut;
            let byte = |value: i8| u8::try_from(value).unwrap_or(u8::MAX);
            match control.controlNumber {
                // Poly pressure, programs and what else VST3 counts beyond the bend.
                number if number > Kind::BEND => Kind::Other,
                Kind::BEND => Kind::control(byte(control.channel), Kind::BEND, byte(control.value2)),
                number => Kind::control(byte(control.channel), number, byte(control.value)),
            }
        } else {
            Kind::Other
        }
    }
}

fn of_type(kind: u32) -> u16 {
    u16::try_from(kind).unwrap_or(u16::MAX)
}
