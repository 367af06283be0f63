//! Voices of a file written anew; everything else in it stays as it is.
//!
//! A track in which nothing changes keeps its bytes. In a track that held a voice, the voice's notes go, and the new ones
//! come in their place; names, programs, controllers, lyrics and whatever else stands there stays at its tick.

use std::collections::BTreeSet;
use std::path::Path;

use midly::MidiMessage;

use super::DRUMS;
use super::anew::{NewVoice, Part, Placed};
use super::chunks::ChunkKind;
use super::clock::Clock;
use super::error::WriteError;
use super::events::{END_OF_TRACK, Event, number};
use super::file::MidiFile;
use super::read::Lane;
use crate::files::replace;

/// A file whose voices were written anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    /// The new file.
    pub bytes: Vec<u8>,
    /// What cannot be told from the file itself, in words for whoever asked for it.
    pub remarks: Vec<Remark>,
}

/// What a listener should know of an edited file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remark {
    /// All sixteen channels are in use: the added track shares one.
    ChannelShared {
        /// The added track.
        track: String,
        /// Its channel, counted from 1.
        channel: u8,
    },
    /// The file lay in a wrapper (RIFF), or had bytes before its header: they are not written.
    Unwrapped,
    /// Pedals, bends and pressure of a voice's own channel went with the notes that they shaped.
    GesturesRemoved {
        /// The track.
        track: String,
        /// How many of its messages.
        messages: usize,
    },
}

impl std::fmt::Display for Remark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::ChannelShared { track, channel } => {
                write!(f, "all sixteen channels are in use: the new track `{track}` shares channel {channel}")
            }
            Self::Unwrapped => {
                f.write_str("written as a plain MIDI file, without the wrapper or other bytes around it")
            }
            Self::GesturesRemoved { track, messages } => {
                write!(
                    f,
                    "`{track}`: {messages} messages of pedal, bend and pressure went with the notes that they shaped"
                )
            }
        }
    }
}

impl MidiFile {
    /// The file with these voices written anew.
    #[must_use]
    pub fn with_voices(&self, voices: &[NewVoice]) -> Edited {
        let mut remarks = Vec::new();
        if self.is_wrapped() {
            remarks.push(Remark::Unwrapped);
        }
        let mut used = self.used_channels();
        let clock = self.clock();
        let mut out = Vec::new();
        let mut tracks = 0_usize;
        let lanes = self.lanes();
        let mut put = |name: &[u8; 4], bytes: &[u8]| {
            tracks += usize::from(name == b"MTrk");
            out.extend_from_slice(name);
            out.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
            out.extend_from_slice(bytes);
        };
        for chunk in &self.chunks().chunks {
            match chunk.kind {
                ChunkKind::Other(name) => put(&name, &self.bytes()[chunk.from..chunk.to]),
                ChunkKind::Track(number) => {
                    let touched = voices.iter().flat_map(|voice| &voice.tracks);
                    if touched.clone().any(|&track| self.origin(track) == Some(number)) {
                        put(b"MTrk", &self.rewritten(&lanes[number - 1], voices, &clock, &mut remarks));
                    } else {
                        put(b"MTrk", &self.bytes()[chunk.from..chunk.to]);
                    }
                }
            }
        }
        for voice in voices.iter().filter(|voice| voice.tracks.is_empty()) {
            // Drums are known by their channel: they share it with whatever else is said there.
            let own = voice.added.channel.get();
            let channel = if own == DRUMS { Some(DRUMS) } else { free_channel(own, &used) };
            if channel.is_none() {
                let channel = voice.added.channel.get() + 1;
                remarks.push(Remark::ChannelShared { track: voice.added.name.clone(), channel });
            }
            let channel = channel.unwrap_or(voice.added.channel.get());
            used.insert(channel);
            put(b"MTrk", &self.added(voice, channel, &clock));
        }
        let header = self.chunks().header;
        // A file of format 0 has one track.
        let format = if tracks == 1 { header.format } else { 1 };
        let more = &self.bytes()[header.more.0..header.more.1];
        let mut bytes = b"MThd".to_vec();
        bytes.extend(u32::try_from(6 + more.len()).unwrap_or(6).to_be_bytes());
        bytes.extend(format.to_be_bytes());
        bytes.extend(u16::try_from(tracks).unwrap_or(u16::MAX).to_be_bytes());
        bytes.extend(header.division);
        bytes.extend_from_slice(more);
        bytes.append(&mut out);
        Edited { bytes, remarks }
    }

    /// Writes the file with these voices, whole or not at all.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn save_with_voices(&self, path: impl AsRef<Path>, voices: &[NewVoice]) -> Result<Vec<Remark>, WriteError> {
        let path = path.as_ref();
        let edited = self.with_voices(voices);
        replace(path, &edited.bytes).map_err(|reason| WriteError { file: path.into(), reason })?;
        Ok(edited.remarks)
    }

    /// The channels on which anything is said.
    fn used_channels(&self) -> BTreeSet<u8> {
        let events = self.lanes().into_iter().flat_map(|lane| lane.events().flatten());
        events
            .filter_map(|event| match event.event {
                Event::Midi { channel, .. } => Some(channel),
                _ => None,
            })
            .collect()
    }

    /// A track in which voices are written anew.
    fn rewritten(&self, lane: &Lane<'_>, voices: &[NewVoice], clock: &Clock, remarks: &mut Vec<Remark>) -> Vec<u8> {
        // By channel, the voice that is written there.
        let mut parts: [Option<Part<'_>>; 16] = [const { None }; 16];
        for voice in voices {
            for (place, &track) in voice.tracks.iter().enumerate() {
                if self.origin(track) == Some(lane.number)
                    && let Some(found) = self.song().tracks.get(track)
                {
                    let channel = found.channel.get();
                    parts[usize::from(channel)] = Some(Part::new(self.song(), clock, voice, channel, place == 0));
                }
            }
        }
        let mut placed: Vec<Placed> = Vec::new();
        let mut gestures = [0_usize; 16];
        let mut events = lane.events();
        while let Some(Ok(event)) = events.next() {
            if let Event::Midi { channel, message } = event.event
                && let Some(part) = &mut parts[usize::from(channel)]
            {
                if part.whole && is_gesture(message) && self.alone_on(channel, lane.number) {
                    gestures[usize::from(channel)] += 1;
                    continue;
                }
                if !part.stays(message, event.tick) {
                    continue;
                }
            }
            placed.push((event.tick, 1, event.event.bytes()));
        }
        let end = events.tick();
        for (part, messages) in parts.into_iter().zip(gestures) {
            let Some(part) = part else { continue };
            if messages > 0 {
                let track = part.voice.tracks.first().and_then(|&track| self.song().tracks.get(track));
                let track = track.map_or_else(String::new, |track| track.name.clone());
                remarks.push(Remark::GesturesRemoved { track, messages });
            }
            placed.extend(part.finish(end));
        }
        in_bytes(placed, end)
    }

    /// Does nothing but this track play on this channel?
    fn alone_on(&self, channel: u8, number: usize) -> bool {
        let mut tracks = self.song().tracks.iter().enumerate();
        tracks.all(|(place, track)| track.channel.get() != channel || self.origin(place) == Some(number))
    }

    /// A new track.
    fn added(&self, voice: &NewVoice, channel: u8, clock: &Clock) -> Vec<u8> {
        let name = voice.added.name_bytes();
        let mut placed: Vec<Placed> =
            vec![(0, 0, Event::Meta(0x03, name).bytes()), (0, 0, vec![0xc0 | channel, voice.added.program & 0x7f])];
        placed.extend(Part::new(self.song(), clock, voice, channel, true).finish(0));
        in_bytes(placed, 0)
    }
}

/// Does a message shape the notes that sound, and no others?
fn is_gesture(message: MidiMessage) -> bool {
    match message {
        // Sustain, sostenuto, soft pedal.
        MidiMessage::Controller { controller, .. } => matches!(controller.as_int(), 64 | 66 | 67),
        MidiMessage::PitchBend { .. } | MidiMessage::ChannelAftertouch { .. } => true,
        _ => false,
    }
}

/// The voice's own channel, else the first that nothing uses; drums have their own.
fn free_channel(own: u8, used: &BTreeSet<u8>) -> Option<u8> {
    std::iter::once(own).chain((0..16).filter(|&channel| channel != DRUMS)).find(|channel| !used.contains(channel))
}

/// A track's bytes.
fn in_bytes(mut placed: Vec<Placed>, end: u64) -> Vec<u8> {
    placed.sort_by_key(|&(tick, turn, _)| (tick, turn));
    let end = placed.last().map_or(end, |last| last.0.max(end));
    placed.push((end, 3, vec![0xff, END_OF_TRACK, 0]));
    let mut out = Vec::new();
    let mut last = 0;
    for (tick, _, bytes) in placed {
        number(&mut out, tick - last);
        last = tick;
        out.extend(bytes);
    }
    out
}
