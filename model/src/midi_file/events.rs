//! From bytes to events: the chunks of a file, and what stands in them.
//!
//! `midly` reads the events. It forgives files that end too early, so the chunks are walked
//! here, where a missing byte is noticed.

use midly::{EventIter, Fps, TrackEventKind};

use super::clock::Division;
use super::error::{Place, Problem};

/// A file's first chunk: its name, its length and six bytes. Required by the file format.
const HEADER_BYTES: usize = 14;

/// A file's header and the chunks of its tracks.
pub(super) struct Chunks<'a> {
    pub(super) division: Division,
    pub(super) tracks: Vec<Chunk<'a>>,
}

/// One track's events, still as bytes.
pub(super) struct Chunk<'a> {
    bytes: &'a [u8],
    /// Where they stand in the file.
    at: usize,
    /// Counted from 1.
    number: usize,
}

impl<'a> Chunks<'a> {
    pub(super) fn find(file: &'a [u8]) -> Result<Self, Problem> {
        if file.is_empty() {
            return Err(Problem::Empty);
        }
        // A RIFF file (.rmi) carries a MIDI file in its first chunk.
        let start = if file.starts_with(b"RIFF") && file.get(8..16) == Some(b"RMIDdata") { 20 } else { 0 };
        let body = file.get(start..).unwrap_or_default();
        if !body.starts_with(b"MThd") && !b"MThd".starts_with(body) {
            return Err(Problem::NotMidi);
        }
        let truncated =
            |place, needed: usize| Problem::Truncated { byte: file.len(), place, missing: needed - file.len() };
        let Some(header) = body.get(..HEADER_BYTES) else {
            return Err(truncated(Place::Header, start + HEADER_BYTES));
        };
        let size = size_at(header, 4);
        if size < HEADER_BYTES - 8 {
            return Err(Problem::NotMidi);
        }
        match word_at(header, 8) {
            0 | 1 => {}
            2 => return Err(Problem::SeparatePatterns),
            format => return Err(Problem::UnknownFormat(format)),
        }
        let announced = word_at(header, 10);
        let division = division(header[12], header[13])?;

        let mut tracks: Vec<Chunk<'a>> = Vec::new();
        let mut at = start.saturating_add(8).saturating_add(size);
        while at < file.len() && tracks.len() < usize::from(announced) {
            let Some(head) = file.get(at..at + 8) else { return Err(truncated(Place::ChunkHead, at + 8)) };
            let (from, to) = (at + 8, (at + 8).saturating_add(size_at(head, 4)));
            if head.starts_with(b"MTrk") {
                let number = tracks.len() + 1;
                let bytes = file.get(from..to).ok_or_else(|| truncated(Place::Track(number), to))?;
                tracks.push(Chunk { bytes, at: from, number });
            }
            at = to;
        }
        let found = u16::try_from(tracks.len()).unwrap_or(u16::MAX);
        if found < announced {
            return Err(Problem::MissingTracks { byte: file.len(), announced, found });
        }
        Ok(Self { division, tracks })
    }
}

impl<'a> Chunk<'a> {
    pub(super) const fn number(&self) -> usize {
        self.number
    }

    /// Hands over every event with its tick, and returns the tick at which the track ends.
    pub(super) fn each(
        &self,
        mut take: impl FnMut(u64, TrackEventKind<'a>) -> Result<(), Problem>,
    ) -> Result<u64, Problem> {
        let mut tick = 0_u64;
        let mut events = EventIter::new(self.bytes);
        loop {
            let rest = events.unread();
            if rest.is_empty() {
                return Ok(tick);
            }
            match events.next() {
                Some(Ok(event)) => {
                    tick += u64::from(event.delta.as_int());
                    if event.kind == TrackEventKind::Meta(midly::MetaMessage::EndOfTrack) {
                        return Ok(tick);
                    }
                    take(tick, event.kind)?;
                }
                _ => {
                    let byte = self.at + (self.bytes.len() - rest.len());
                    let bad = Problem::BadEvent { track: self.number, byte, tick };
                    // An odd key signature or SMPTE offset says nothing that is needed here.
                    let (delta, after) = skip_meta(rest).ok_or(bad)?;
                    tick += delta;
                    events = EventIter::new(after);
                }
            }
        }
    }
}

/// Steps over a complete meta event: its delta time and what follows it.
fn skip_meta(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (delta, rest) = variable(bytes)?;
    let [0xff, _, rest @ ..] = rest else { return None };
    let (length, rest) = variable(rest)?;
    rest.get(usize::try_from(length).ok()?..).map(|after| (delta, after))
}

/// A variable-length number of at most four bytes.
fn variable(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (i, &byte) in bytes.iter().take(4).enumerate() {
        value = value << 7 | u64::from(byte & 0x7f);
        if byte < 0x80 {
            return Some((value, &bytes[i + 1..]));
        }
    }
    None
}

fn division(high: u8, low: u8) -> Result<Division, Problem> {
    if high & 0x80 == 0 {
        return match u32::from(high) << 8 | u32::from(low) {
            0 => Err(Problem::ZeroDivision),
            ticks => Ok(Division::PerQuarter(ticks)),
        };
    }
    let rate = high.wrapping_neg();
    let frames = match Fps::from_int(rate).ok_or(Problem::UnknownFrameRate(rate))? {
        Fps::Fps24 => 24.0,
        Fps::Fps25 => 25.0,
        Fps::Fps29 => 30.0 / 1.001,
        Fps::Fps30 => 30.0,
    };
    if low == 0 { Err(Problem::ZeroDivision) } else { Ok(Division::PerSecond(frames * f64::from(low))) }
}

fn word_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

fn size_at(bytes: &[u8], at: usize) -> usize {
    let size = u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    usize::try_from(size).unwrap_or(usize::MAX)
}
