//! Notes on their way to the plugin and back.

use std::ops::Range;
use std::sync::LazyLock;

use model::midi_file::{Performance, Span, Track};
use model::{Channel, Key, Velocity};

use crate::timeline::{QUARTER, STEP};
use crate::transport::{Move, Script};

/// What the plugin is told, or says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A note begins.
    On {
        /// Its channel.
        channel: Channel,
        /// Its key.
        key: Key,
        /// How loud it is.
        velocity: Velocity,
    },
    /// A note ends.
    Off {
        /// Its channel.
        channel: Channel,
        /// Its key.
        key: Key,
    },
    /// A controller moves.
    Control {
        /// Its channel.
        channel: Channel,
        /// Which: 0 to 127, [`Kind::PRESSURE`] or [`Kind::BEND`].
        number: u8,
        /// Where to, 0 to 127; of the bend its upper seven bits.
        value: u8,
    },
    /// The host automates a parameter.
    Parameter {
        /// Its place in [`crate::host::Instance::parameters`].
        index: u16,
        /// The value, in 65535ths of its range.
        share: u16,
    },
    /// A system exclusive message, by its number: see [`sysex`].
    SysEx(u8),
    /// A message whose channel, key, velocity, number or value MIDI does not have.
    Invalid,
    /// A note in a dialect that the host does not take.
    Foreign,
    /// Anything else: a program change, say.
    Other,
}

impl Kind {
    /// The number that stands for channel pressure, as in VST3.
    pub const PRESSURE: u8 = 128;
    /// The number that stands for the pitch bend, as in VST3.
    pub const BEND: u8 = 129;

    /// A note on as formats give it, with a velocity of up to 1.
    #[must_use]
    pub fn on(channel: Option<i32>, key: Option<i32>, velocity: f64) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "a velocity needs few digits")]
        let loud = (velocity > 0.0 && velocity <= 1.0).then(|| Velocity::clamped((velocity * 127.0) as f32));
        match (place(channel, key), loud) {
            (Some((channel, key)), Some(velocity)) => Self::On { channel, key, velocity },
            _ => Self::Invalid,
        }
    }

    /// A note off as formats give it.
    #[must_use]
    pub fn off(channel: Option<i32>, key: Option<i32>) -> Self {
        place(channel, key).map_or(Self::Invalid, |(channel, key)| Self::Off { channel, key })
    }

    /// A controller's message.
    #[must_use]
    pub fn control(channel: u8, number: u8, value: u8) -> Self {
        match Channel::new(channel) {
            Some(channel) if number <= Self::BEND && value < 128 => Self::Control { channel, number, value },
            _ => Self::Invalid,
        }
    }

    /// The same on another channel, if it has one.
    #[must_use]
    pub const fn on_channel(self, to: Channel) -> Self {
        match self {
            Self::On { key, velocity, .. } => Self::On { channel: to, key, velocity },
            Self::Off { key, .. } => Self::Off { channel: to, key },
            Self::Control { number, value, .. } => Self::Control { channel: to, number, value },
            other => other,
        }
    }

    /// The channel and key of a note on or off.
    #[must_use]
    pub const fn place(self) -> Option<(Channel, Key)> {
        match self {
            Self::On { channel, key, .. } | Self::Off { channel, key } => Some((channel, key)),
            _ => None,
        }
    }

    /// Is it a note on or off?
    #[must_use]
    pub const fn is_note(self) -> bool {
        matches!(self, Self::On { .. } | Self::Off { .. })
    }
}

fn place(channel: Option<i32>, key: Option<i32>) -> Option<(Channel, Key)> {
    let byte = |value: Option<i32>| value.and_then(|value| u8::try_from(value).ok());
    Some((Channel::new(byte(channel)?)?, Key::new(byte(key)?)?))
}

/// The bytes of the system exclusive message with this number: from the shortest to the longest that the plugin passes.
#[must_use]
pub fn sysex(number: u8) -> &'static [u8] {
    static MESSAGES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| (0..=u8::MAX).map(message).collect());
    &MESSAGES[usize::from(number)]
}

fn message(number: u8) -> Vec<u8> {
    let length: usize = [3, 6, 6, 40, 408, 4104, 8192][usize::from(number % 7)];
    let mut bytes: Vec<u8> = (0..length).map(|place| u8::try_from(place * 31 % 128).unwrap_or(0)).collect();
    // As short as it is, it holds its number.
    (bytes[0], bytes[1]) = (0xf0, number & 0x7f);
    if length > 3 {
        bytes[2] = number >> 7;
    }
    bytes[length - 1] = 0xf7;
    bytes
}

/// What these bytes are, if they are one of those messages.
#[must_use]
pub fn read_sysex(bytes: &[u8]) -> Kind {
    (0..=u8::MAX).find(|&number| sysex(number) == bytes).map_or(Kind::Other, Kind::SysEx)
}

/// Something at a sample of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Samples since the block's start.
    pub offset: u32,
    /// What.
    pub kind: Kind,
}

/// A note of the music that the host's track holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClipNote {
    /// When it sounds, in ticks.
    pub ticks: Range<i64>,
    /// Its channel.
    pub channel: Channel,
    /// Its key.
    pub key: Key,
    /// How loud it is.
    pub velocity: Velocity,
}

/// A track's notes, on this channel.
#[must_use]
pub fn clip(track: &Track, spans: &[Span], channel: Channel) -> Vec<ClipNote> {
    let notes = track.notes(spans);
    let tick = |step: u32| i64::from(step) * STEP;
    notes
        .iter()
        .map(|note| ClipNote {
            ticks: tick(note.start)..tick(note.end),
            channel,
            key: note.key,
            velocity: note.velocity,
        })
        .collect()
}

/// The notes of a part that stands on no grid, to the nearest tick, on this channel.
#[must_use]
pub fn clip_of(performance: &Performance, channel: Channel) -> Vec<ClipNote> {
    let resolution = i128::from(performance.resolution.max(1));
    let tick = |tick: u64| {
        let nearest = (2 * i128::from(tick) * i128::from(QUARTER) + resolution).div_euclid(2 * resolution);
        i64::try_from(nearest).unwrap_or(i64::MAX)
    };
    let notes = performance.notes.iter();
    notes
        .map(|note| {
            let on = tick(note.on);
            ClipNote { ticks: on..tick(note.off).max(on + 1), channel, key: note.key, velocity: note.velocity }
        })
        .collect()
}

/// What the host's track sends while the script runs: (sample since the beginning, what), in
/// order, offs before ons. Each roll plays the notes that begin in it; where the transport leaves
/// them, they end.
#[must_use]
pub fn schedule(clip: &[ClipNote], script: &Script) -> Vec<(i64, Kind)> {
    let mut out = Vec::new();
    for (index, action) in script.moves.iter().enumerate() {
        let Move::Roll { ticks, .. } = action else { continue };
        let start = script.start(index);
        let sample = |tick| start + script.timeline.samples(ticks.start, tick, script.rate);
        // The transport is elsewhere at the move's last sample, if it jumps there.
        for note in clip.iter().filter(|note| ticks.contains(&note.ticks.start)) {
            let ClipNote { channel, key, velocity, .. } = *note;
            out.push((sample(note.ticks.start), Kind::On { channel, key, velocity }));
            out.push((sample(note.ticks.end.min(ticks.end)), Kind::Off { channel, key }));
        }
    }
    out.sort_by_key(|&(sample, kind)| (sample, matches!(kind, Kind::On { .. })));
    out
}
