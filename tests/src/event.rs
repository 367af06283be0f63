//! Notes on their way to the plugin and back.

use std::ops::Range;

use model::midi_file::{Span, Track};
use model::{Channel, Key, Velocity};

use crate::timeline::STEP;
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
    /// Something that is no note: a program change, a controller, a parameter.
    Other,
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
