//! From bytes to the chunks of a file, also of one whose lengths and counts lie.
//!
//! A chunk's length is believed where it leads to the end of the file or to another chunk. Else the end-of-track event
//! and the next `MTrk` tell the truth, as they do to players.

use midly::Fps;

use super::clock::Division;
use super::error::{Place, Problem};
use super::events::Events;
use super::warning::{Oddity, Warnings};

/// The header's bytes, with its name and length. Required by the file format.
const HEADER: usize = 14;

/// A chunk's name and length, in bytes. Required by the file format.
const HEAD: usize = 8;

/// How far from the beginning a header is looked for. Required: a MacBinary header has 128 bytes; chosen beyond.
const MOST_BEFORE: usize = 1 << 16;

/// The most tracks of a file. Required: a header has 16 bits for their number.
const MOST_TRACKS: usize = 0xffff;

/// A file's header and its chunks.
#[derive(Clone, Debug)]
pub(super) struct Chunks {
    /// What a tick is.
    pub(super) division: Division,
    /// The format, 0 or 1, and the division as they stand in the file.
    pub(super) header: Header,
    /// The chunks, in the file's order.
    pub(super) chunks: Vec<ChunkAt>,
}

/// What the header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) format: u16,
    pub(super) division: [u8; 2],
    /// Where what lies behind these stands in the file, in a header that is longer than the standard's.
    pub(super) more: (usize, usize),
}

/// Where a chunk lies: its bytes are `file[from..to]`, without its head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ChunkAt {
    pub(super) from: usize,
    pub(super) to: usize,
    /// Of a track its number, counted from 1; other chunks have another name.
    pub(super) kind: ChunkKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChunkKind {
    Track(usize),
    Other([u8; 4]),
}

impl Chunks {
    /// The chunks of a file.
    pub(super) fn find(file: &[u8], warnings: &mut Warnings) -> Result<Self, Problem> {
        if file.is_empty() {
            return Err(Problem::Empty);
        }
        let (start, end) = body(file, warnings)?;
        // What lies behind a wrapper's MIDI file is no part of it.
        let file = &file[..end];
        let Some(bytes) = file.get(start..start + HEADER) else {
            let missing = start + HEADER - file.len();
            return Err(Problem::Truncated { byte: file.len(), place: Place::Header, missing });
        };
        let size = size_at(bytes, 4);
        if size < HEADER - HEAD {
            return Err(Problem::NotMidi);
        }
        let (format, announced) = (word_at(bytes, 8), usize::from(word_at(bytes, 10)));
        let division = division(bytes[12], bytes[13])?;
        let first = start.saturating_add(HEAD).saturating_add(size);
        // A header of another length is stepped over, unless that leads nowhere.
        let first = if plausible(file, first) { first } else { start + HEADER };
        let chunks = walk(file, first, warnings)?;
        let found = chunks.iter().filter(|chunk| matches!(chunk.kind, ChunkKind::Track(_))).count();
        if found == 0 {
            let announced = u16::try_from(announced).unwrap_or(u16::MAX);
            return Err(Problem::MissingTracks { byte: file.len(), announced, found: 0 });
        }
        let header = Place::Header;
        match format {
            0 | 1 => {}
            // One pattern has no other to be in time with.
            2 if found == 1 => warnings.add(Oddity::OnePattern, header, Some(start + 8), None),
            2 => return Err(Problem::SeparatePatterns),
            format => return Err(Problem::UnknownFormat(format)),
        }
        if found > announced {
            warnings.add_many(Oddity::MoreTracks, found - announced, header, Some(start + 10), None);
        } else {
            warnings.add_many(Oddity::FewerTracks, announced - found, header, Some(start + 10), None);
        }
        let header = Header { format: format.min(1), division: [bytes[12], bytes[13]], more: (start + HEADER, first) };
        Ok(Self { division, header, chunks })
    }
}

/// Where the MIDI file lies in the bytes: at their beginning, in a RIFF (.rmi), or behind what a mail program or an old
/// file system put before it.
fn body(file: &[u8], warnings: &mut Warnings) -> Result<(usize, usize), Problem> {
    if b"MThd".starts_with(file) || file.starts_with(b"MThd") {
        return Ok((0, file.len()));
    }
    if file.starts_with(b"RIFF") && file.get(8..12) == Some(b"RMID") {
        // Chunks in any order, each padded to an even length; their sizes are little-endian.
        let mut at = 12;
        while let Some(head) = file.get(at..at + 8) {
            let size = usize::try_from(u32::from_le_bytes([head[4], head[5], head[6], head[7]])).unwrap_or(usize::MAX);
            let from = at + 8;
            if head.starts_with(b"data") && file[from..].starts_with(b"MThd") {
                return Ok((from, from.saturating_add(size).min(file.len())));
            }
            at = from.saturating_add(size).saturating_add(size & 1);
        }
    }
    let searched = &file[..file.len().min(MOST_BEFORE + HEADER)];
    // With a header's length of six, which a text about MIDI files hardly has.
    let found = searched.windows(8).position(|bytes| bytes == b"MThd\0\0\0\x06").ok_or(Problem::NotMidi)?;
    warnings.add_many(Oddity::BytesBefore, found, Place::Header, Some(0), None);
    Ok((found, file.len()))
}

/// From chunk to chunk.
fn walk(file: &[u8], first: usize, warnings: &mut Warnings) -> Result<Vec<ChunkAt>, Problem> {
    let mut chunks = Vec::new();
    let (mut at, mut tracks) = (first, 0);
    // How many bytes may be read twice to find where tracks end: bounds the time that a hostile file takes.
    let mut patience = 4 * file.len();
    while at < file.len() {
        let Some(head) = file.get(at..at + HEAD).filter(|head| is_name(&head[..4])) else {
            // What is no chunk is stepped over, up to the next track.
            let next = find_track(file, at + 1).unwrap_or(file.len());
            let rest = &file[at..next];
            if b"MTrk".starts_with(&rest[..rest.len().min(4)]) && next == file.len() {
                let missing = at + HEAD - file.len();
                return Err(Problem::Truncated { byte: file.len(), place: Place::ChunkHead, missing });
            }
            if rest.iter().any(|&byte| byte != 0) {
                warnings.add_many(Oddity::Junk, rest.len(), Place::ChunkHead, Some(at), None);
            }
            at = next;
            continue;
        };
        let (from, declared) = (at + HEAD, (at + HEAD).saturating_add(size_at(head, 4)));
        let track = head.starts_with(b"MTrk");
        let to = if plausible(file, declared) {
            declared
        } else if track && ends_in(file, (from, declared), &mut patience) {
            // The track is whole; what follows is no chunk.
            declared
        } else if track {
            let to = true_end(file, from, &mut patience).ok_or(Problem::Truncated {
                byte: file.len(),
                place: Place::Track(tracks + 1),
                missing: declared.saturating_sub(file.len()).max(1),
            })?;
            warnings.add(Oddity::ChunkLength, Place::Track(tracks + 1), Some(at + 4), None);
            to
        } else if let Some(next) = find_track(file, from) {
            warnings.add(Oddity::ChunkLength, Place::ChunkHead, Some(at + 4), None);
            next
        } else {
            // Letters behind the last chunk are no chunk.
            warnings.add_many(Oddity::Junk, file.len() - at, Place::ChunkHead, Some(at), None);
            break;
        };
        let kind = if track {
            tracks += 1;
            if tracks > MOST_TRACKS {
                return Err(Problem::TooManyTracks { byte: at });
            }
            ChunkKind::Track(tracks)
        } else {
            ChunkKind::Other([head[0], head[1], head[2], head[3]])
        };
        chunks.push(ChunkAt { from, to, kind });
        at = to;
    }
    Ok(chunks)
}

/// Do a track's events fill just these bytes, with no next track and no end of this one behind them?
fn ends_in(file: &[u8], (from, to): (usize, usize), patience: &mut usize) -> bool {
    let Some(bytes) = file.get(from..to).filter(|bytes| bytes.len() <= *patience) else { return false };
    *patience -= bytes.len();
    if to >= file.len() || find_track(file, to).is_some() || Events::new(bytes, from, 0).end() != Some(to) {
        return false;
    }
    let rest = file.len() - from;
    if Events::new(bytes, from, 0).end_of_track().is_some() || rest > *patience {
        return true;
    }
    // A length that was never filled in says that the last track is empty.
    *patience -= rest;
    Events::new(&file[from..], from, 0).end_of_track().is_none()
}

/// Where a track ends whose length is wrong: behind its end-of-track event, or where the next track begins and nothing
/// ended it. `None` if the file ends before either.
fn true_end(file: &[u8], from: usize, patience: &mut usize) -> Option<usize> {
    let next = find_track(file, from);
    // A text may hold the letters of a chunk's name: they end the track only if the events end there too.
    if let Some(next) = next
        && Events::new(&file[from..next], from, 0).end().is_some_and(|end| end <= next)
    {
        let end = Events::new(&file[from..next], from, 0).end_of_track();
        return Some(end.unwrap_or(next));
    }
    let rest = file.len() - from;
    if *patience < rest {
        return next;
    }
    *patience -= rest;
    Events::new(&file[from..], from, 0).end_of_track().or(next)
}

/// Does the file end here, or a chunk begin? A few bytes that are no chunk may end a file.
fn plausible(file: &[u8], at: usize) -> bool {
    match file.get(at..) {
        None => false,
        Some(rest) if rest.len() < HEAD => {
            rest.iter().all(|&byte| byte == 0) || b"MTrk".starts_with(&rest[..rest.len().min(4)])
        }
        Some(rest) if rest.starts_with(b"MTrk") => true,
        // Events may look like a name: what follows must make sense too.
        Some(rest) if rest[0].is_ascii_alphabetic() && is_name(&rest[..4]) => {
            let after = rest.get(HEAD.saturating_add(size_at(rest, 4))..);
            after.is_some_and(|after| after.is_empty() || after.len() >= 4 && is_name(&after[..4]))
        }
        Some(rest) => rest.iter().all(|&byte| byte == 0),
    }
}

/// Is this a chunk's name: four letters, digits or spaces?
fn is_name(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b' ')
}

/// Where the next track's head stands.
fn find_track(file: &[u8], from: usize) -> Option<usize> {
    file.get(from..)?.windows(4).position(|bytes| bytes == b"MTrk").map(|at| from + at)
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
