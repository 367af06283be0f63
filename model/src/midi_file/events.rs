//! From a track's bytes to its events, as players read them.
//!
//! `midly` reads only what the standard allows. Files that every player plays hold more: a status that goes on after a
//! lyric, data bytes above 127, delta times of five bytes. So the events are read here, and only what has no meaning at
//! all is an error.

use midly::num::u7;
use midly::{MidiMessage, PitchBend};

use super::error::{Place, Problem};
use super::warning::{Oddity, Warnings};

/// The end-of-track event's number. Required by the file format.
pub(super) const END_OF_TRACK: u8 = 0x2f;

/// The numbers of other meta events. Required by the file format.
pub(super) const TRACK_NAME: u8 = 0x03;
pub(super) const TEMPO: u8 = 0x51;
pub(super) const TIME_SIGNATURE: u8 = 0x58;

/// The most bytes of a delta time. Chosen: four are allowed, and what pads them with zeros does so by one or two.
const MOST_DELTA_BYTES: usize = 8;

/// One event of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event<'a> {
    /// A channel's message.
    Midi {
        /// 0 to 15.
        channel: u8,
        message: MidiMessage,
    },
    /// A meta event: its number and its bytes.
    Meta(u8, &'a [u8]),
    /// System exclusive: its first byte (F0, or F7 where it goes on) and the bytes after its length.
    SysEx(u8, &'a [u8]),
    /// A message of a cable, of which a file knows nothing.
    Cable(&'a [u8]),
}

impl Event<'_> {
    /// The event as it stands in a file, with its status and without its delta time.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let counted = |head: &[u8], bytes: &[u8]| {
            let mut out = head.to_vec();
            number(&mut out, bytes.len() as u64);
            out.extend_from_slice(bytes);
            out
        };
        match *self {
            Self::Midi { channel, message } => {
                let (status, one, two) = match message {
                    MidiMessage::NoteOff { key, vel } => (0x80, key, Some(vel)),
                    MidiMessage::NoteOn { key, vel } => (0x90, key, Some(vel)),
                    MidiMessage::Aftertouch { key, vel } => (0xa0, key, Some(vel)),
                    MidiMessage::Controller { controller, value } => (0xb0, controller, Some(value)),
                    MidiMessage::ProgramChange { program } => (0xc0, program, None),
                    MidiMessage::ChannelAftertouch { vel } => (0xd0, vel, None),
                    MidiMessage::PitchBend { bend } => {
                        let bend = bend.0.as_int();
                        let seven = |part: u16| u7::from_int_lossy(u8::try_from(part & 0x7f).unwrap_or(0));
                        (0xe0, seven(bend), Some(seven(bend >> 7)))
                    }
                };
                let mut out = vec![status | channel, one.as_int()];
                out.extend(two.map(u7::as_int));
                out
            }
            Self::Meta(kind, bytes) => counted(&[0xff, kind], bytes),
            Self::SysEx(first, bytes) => counted(&[first], bytes),
            Self::Cable(bytes) => bytes.to_vec(),
        }
    }
}

/// An event and the tick at which it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Timed<'a> {
    pub(super) tick: u64,
    pub(super) event: Event<'a>,
}

/// Bytes that are no event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoEvent {
    /// Where they begin, in the file.
    byte: usize,
    /// The time of the last good event.
    tick: u64,
}

/// The events of a track, up to and without the one that ends it.
#[derive(Clone, Debug)]
pub(super) struct Events<'a> {
    bytes: &'a [u8],
    /// Where in `bytes` the next event begins.
    at: usize,
    /// Where `bytes` stand in the file.
    offset: usize,
    track: usize,
    tick: u64,
    status: Option<u8>,
    /// Did a meta event or SysEx come since the status was said?
    interrupted: bool,
    ended: bool,
    failed: bool,
    pub(super) warnings: Warnings,
}

impl<'a> Events<'a> {
    /// The events in these bytes, which stand at `offset` in their file, in the track of this number.
    pub(super) fn new(bytes: &'a [u8], offset: usize, track: usize) -> Self {
        Self {
            bytes,
            at: 0,
            offset,
            track,
            tick: 0,
            status: None,
            interrupted: false,
            ended: false,
            failed: false,
            warnings: Warnings::default(),
        }
    }

    /// The tick of the last event; after the last, the tick at which the track ends.
    pub(super) const fn tick(&self) -> u64 {
        self.tick
    }

    /// Was there an end-of-track event?
    pub(super) const fn ended(&self) -> bool {
        self.ended
    }

    /// Where in the file what stands behind the end-of-track event begins, and how many bytes it has. Zeros that fill up
    /// a chunk are nothing.
    pub(super) fn behind_the_end(&self) -> Option<(usize, usize)> {
        let rest = self.bytes.get(self.at..).filter(|rest| self.ended && rest.iter().any(|&byte| byte != 0))?;
        Some((self.offset + self.at, rest.len()))
    }

    /// Where in the file the events end: behind the end-of-track event, or with the bytes. `None` if there is no sense
    /// in them.
    pub(super) fn end(mut self) -> Option<usize> {
        for event in self.by_ref() {
            event.ok()?;
        }
        Some(self.offset + self.at)
    }

    /// Where in the file the byte behind the end-of-track event stands, if there is one.
    pub(super) fn end_of_track(mut self) -> Option<usize> {
        for event in self.by_ref() {
            event.ok()?;
        }
        self.ended.then_some(self.offset + self.at)
    }

    fn warn(&mut self, oddity: Oddity, at: usize) {
        self.warnings.add(oddity, Place::Track(self.track), Some(self.offset + at), Some(self.tick));
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    /// A variable-length number at `at`, and how many bytes it has.
    fn number(&self, at: usize, most: usize) -> Option<(u64, usize)> {
        let mut value = 0_u64;
        for (i, &byte) in self.bytes.get(at..)?.iter().take(most).enumerate() {
            value = value << 7 | u64::from(byte & 0x7f);
            if byte < 0x80 {
                return (value <= u64::from(u32::MAX)).then_some((value, i + 1));
            }
        }
        None
    }

    /// A number of bytes and these bytes; where the next event begins.
    fn counted(&self, at: usize) -> Option<(&'a [u8], usize)> {
        let (length, wide) = self.number(at, 4)?;
        let from = at + wide;
        let to = from.checked_add(usize::try_from(length).ok()?)?;
        self.bytes.get(from..to).map(|bytes| (bytes, to))
    }

    /// A data byte, as one that exists.
    fn data(&mut self, at: usize) -> Option<u7> {
        let byte = self.byte(at)?;
        if byte > 127 {
            self.warn(Oddity::DataByte, at);
        }
        Some(u7::new(byte.min(127)))
    }

    /// The event that begins at `at`, behind its delta time; where the next begins.
    fn read(&mut self, at: usize) -> Option<(Event<'a>, usize)> {
        let first = self.byte(at)?;
        match first {
            0xff => {
                let kind = self.byte(at + 1)?;
                let (bytes, next) = self.counted(at + 2)?;
                self.interrupted = true;
                Some((Event::Meta(kind, bytes), next))
            }
            0xf0 | 0xf7 => {
                let (bytes, next) = self.counted(at + 1)?;
                self.interrupted = true;
                Some((Event::SysEx(first, bytes), next))
            }
            0xf1..=0xfe => {
                let length = match first {
                    0xf1 | 0xf3 => 1,
                    0xf2 => 2,
                    0xf6 | 0xf8 | 0xfa..=0xfc | 0xfe => 0,
                    // These do not exist anywhere.
                    _ => return None,
                };
                self.warn(Oddity::CableMessage, at);
                self.bytes.get(at..=at + length).map(|bytes| (Event::Cable(bytes), at + 1 + length))
            }
            0x80..=0xef => {
                (self.status, self.interrupted) = (Some(first), false);
                self.channel(first, at + 1)
            }
            _ => {
                let status = self.status?;
                if std::mem::take(&mut self.interrupted) {
                    self.warn(Oddity::RunningStatus, at);
                }
                self.channel(status, at)
            }
        }
    }

    /// A channel's message of this status whose data begin at `at`.
    fn channel(&mut self, status: u8, at: usize) -> Option<(Event<'a>, usize)> {
        let channel = status & 0x0f;
        let one = self.data(at)?;
        let long = !matches!(status >> 4, 0xc | 0xd);
        let two = if long { self.data(at + 1)? } else { u7::new(0) };
        let message = match status >> 4 {
            0x8 => MidiMessage::NoteOff { key: one, vel: two },
            0x9 => MidiMessage::NoteOn { key: one, vel: two },
            0xa => MidiMessage::Aftertouch { key: one, vel: two },
            0xb => MidiMessage::Controller { controller: one, value: two },
            0xc => MidiMessage::ProgramChange { program: one },
            0xd => MidiMessage::ChannelAftertouch { vel: one },
            _ => {
                let bend = u16::from(two.as_int()) << 7 | u16::from(one.as_int());
                MidiMessage::PitchBend { bend: PitchBend(bend.into()) }
            }
        };
        Some((Event::Midi { channel, message }, at + 1 + usize::from(long)))
    }
}

impl<'a> Iterator for Events<'a> {
    type Item = Result<Timed<'a>, NoEvent>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended || self.failed || self.at >= self.bytes.len() {
            return None;
        }
        let start = self.at;
        let read = self.number(start, MOST_DELTA_BYTES).and_then(|(delta, wide)| {
            let before = self.tick;
            self.tick += delta;
            if wide > 4 {
                self.warn(Oddity::LongDelta, start);
            }
            let read = self.read(start + wide);
            if read.is_none() {
                self.tick = before;
            }
            read
        });
        let Some((event, next)) = read else {
            self.failed = true;
            return Some(Err(NoEvent { byte: self.offset + start, tick: self.tick }));
        };
        self.at = next;
        if matches!(event, Event::Meta(END_OF_TRACK, _)) {
            self.ended = true;
            return None;
        }
        Some(Ok(Timed { tick: self.tick, event }))
    }
}

impl NoEvent {
    /// The same as a file's problem.
    pub(super) fn problem(self, track: usize) -> Problem {
        Problem::BadEvent { track, byte: self.byte, tick: self.tick }
    }
}

/// A variable-length number.
pub(super) fn number(out: &mut Vec<u8>, value: u64) {
    let groups = (1..).find(|&groups| groups == 9 || value >> (7 * groups) == 0).unwrap_or(9);
    for group in (0..groups).rev() {
        let seven = u8::try_from(value >> (7 * group) & 0x7f).unwrap_or(0);
        out.push(if group > 0 { seven | 0x80 } else { seven });
    }
}
