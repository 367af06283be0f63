//! What a file says beside its notes: lyrics, markers, texts, key signatures, SysEx.

use midly::{MetaMessage, TrackEventKind};

use super::events::{Event, TEMPO, TIME_SIGNATURE, TRACK_NAME};

/// The meta events that speak of the whole piece, in whatever track they stand: copyright, marker, cue point, film time,
/// key signature. Required by the file format.
const OF_ALL: [u8; 5] = [0x02, 0x06, 0x07, 0x54, 0x59];

/// An event that is no channel's: what it says, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// A meta event: its number and its bytes. Never a track's name, a tempo, a meter or a track's end.
    Meta(u8, Box<[u8]>),
    /// System exclusive, without its first byte.
    SysEx(Box<[u8]>),
    /// What goes on with it, or is sent as it is, without its first byte.
    Escape(Box<[u8]>),
}

impl Said {
    pub(super) fn of(event: Event<'_>) -> Option<Self> {
        match event {
            Event::Meta(TRACK_NAME | TEMPO | TIME_SIGNATURE, _) | Event::Midi { .. } | Event::Cable(_) => None,
            Event::Meta(kind, bytes) => Some(Self::Meta(kind, bytes.into())),
            Event::SysEx(0xf0, bytes) => Some(Self::SysEx(bytes.into())),
            Event::SysEx(_, bytes) => Some(Self::Escape(bytes.into())),
        }
    }

    /// The event as it is written.
    pub(super) fn written(&self) -> TrackEventKind<'_> {
        match self {
            Self::Meta(kind, bytes) => TrackEventKind::Meta(MetaMessage::Unknown(*kind, bytes)),
            Self::SysEx(bytes) => TrackEventKind::SysEx(bytes),
            Self::Escape(bytes) => TrackEventKind::Escape(bytes),
        }
    }

    /// Does it speak of the whole piece?
    pub(super) fn is_of_all(&self) -> bool {
        matches!(self, Self::Meta(kind, _) if OF_ALL.contains(kind))
    }
}

/// What stands beside the music of a song: in a track without notes, or of the whole piece.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aside {
    /// The name of its track, as bytes; `None`: it stands in the first track, with the tempos.
    pub name: Option<Box<[u8]>>,
    /// What is said, with its tick, in order.
    pub said: Vec<(u64, Said)>,
}

/// In so many ticks per quarter note what was in others.
pub(super) fn in_ticks(said: &[(u64, Said)], from: u32, to: u16) -> impl Iterator<Item = (u32, &Said)> {
    let (from, to) = (u128::from(from.max(1)), u128::from(to));
    said.iter().map(move |(tick, said)| {
        let scaled = (2 * u128::from(*tick) * to + from) / (2 * from);
        (u32::try_from(scaled).unwrap_or(u32::MAX), said)
    })
}
