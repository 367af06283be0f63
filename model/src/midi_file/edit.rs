//! Voices of a file written anew; everything else in it stays as it is.
//!
//! A track in which nothing changes keeps its bytes. In a track that held a voice, the voice's notes go, and the new ones
//! come in their place; names, programs, controllers, lyrics and whatever else stands there stays at its tick.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::path::Path;

use midly::MidiMessage;

use super::DRUMS;
use super::chunks::ChunkKind;
use super::clock::Clock;
use super::error::WriteError;
use super::events::{END_OF_TRACK, Event, number};
use super::file::MidiFile;
use super::layout::LongNote;
use super::song::Track;
use crate::files::replace;

/// What a voice plays now.
#[derive(Clone, Debug)]
pub struct NewVoice {
    /// The places in [`Song::tracks`](super::Song::tracks) that were the voice: the first gets the notes, the others
    /// lose theirs. None: a track is added.
    pub tracks: Vec<usize>,
    /// Name, channel and program of a track that is added. The channel is taken if nothing else in the file uses it.
    pub added: Track,
    /// From which step on the voice is written anew.
    pub from: u32,
    /// Up to which step.
    pub to: u32,
    /// The new notes that begin there, in steps.
    pub notes: Vec<LongNote>,
}

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
    /// The file lay in a wrapper (RIFF), which is not written.
    Unwrapped,
    /// The pedal of a voice's own channel went with the notes that it held.
    PedalRemoved {
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
            Self::Unwrapped => f.write_str("written as a plain MIDI file, without the wrapper (RIFF) that it lay in"),
            Self::PedalRemoved { track, messages } => {
                write!(f, "`{track}`: {messages} messages of its pedal went with the notes that they held")
            }
        }
    }
}

/// The order at one tick: what ends, then what stood there, then what begins.
type Placed = (u64, u8, Vec<u8>);

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
            let channel = free_channel(voice.added.channel.get(), &used);
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
        let mut bytes = b"MThd\0\0\0\x06".to_vec();
        bytes.extend(format.to_be_bytes());
        bytes.extend(u16::try_from(tracks).unwrap_or(u16::MAX).to_be_bytes());
        bytes.extend(header.division);
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

    /// A step in ticks of the file.
    fn file_tick(&self, clock: &Clock, step: u32) -> u64 {
        clock.file_tick(self.song().tick(step))
    }

    /// A track in which voices are written anew.
    fn rewritten(
        &self,
        lane: &super::read::Lane<'_>,
        voices: &[NewVoice],
        clock: &Clock,
        remarks: &mut Vec<Remark>,
    ) -> Vec<u8> {
        // By channel, the voice that is written there, and whether this is the track that gets its notes.
        let mut written: [Option<(&NewVoice, bool)>; 16] = [None; 16];
        for voice in voices {
            for (place, &track) in voice.tracks.iter().enumerate() {
                if self.origin(track) == Some(lane.number)
                    && let Some(found) = self.song().tracks.get(track)
                {
                    written[usize::from(found.channel.get())] = Some((voice, place == 0));
                }
            }
        }
        let mut placed: Vec<Placed> = Vec::new();
        let mut pedals = [0_usize; 16];
        let mut stays = Stays::default();
        let mut events = lane.events();
        while let Some(Ok(event)) = events.next() {
            if let Event::Midi { channel, message } = event.event
                && let Some((voice, _)) = written[usize::from(channel)]
            {
                let whole = voice.from == 0 && self.song().spans().last().is_none_or(|span| span.end() <= voice.to);
                let to = if whole { u64::MAX } else { self.file_tick(clock, voice.to) };
                if !stays.stays(channel, message, event.tick, &(self.file_tick(clock, voice.from)..to)) {
                    continue;
                }
                if whole && is_pedal(message) && self.alone_on(channel, lane.number) {
                    pedals[usize::from(channel)] += 1;
                    continue;
                }
            }
            placed.push((event.tick, 1, event.event.bytes()));
        }
        let end = events.tick();
        for (channel, found) in (0_u8..).zip(&written) {
            let Some((voice, first)) = found else { continue };
            // What sounded on into what is new ends where that begins.
            let from = self.file_tick(clock, voice.from);
            placed.extend(stays.ends_at(channel, from));
            if *first {
                placed.extend(self.strokes(&voice.notes, channel, clock));
            }
            if pedals[usize::from(channel)] > 0 {
                let track = voice.tracks.first().and_then(|&track| self.song().tracks.get(track));
                let track = track.map_or_else(String::new, |track| track.name.clone());
                remarks.push(Remark::PedalRemoved { track, messages: pedals[usize::from(channel)] });
            }
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
        placed.extend(self.strokes(&voice.notes, channel, clock));
        in_bytes(placed, 0)
    }

    /// The strokes and releases of notes.
    fn strokes(&self, notes: &[LongNote], channel: u8, clock: &Clock) -> Vec<Placed> {
        let mut out = Vec::with_capacity(2 * notes.len());
        for note in notes {
            let (on, off) = (self.file_tick(clock, note.start), self.file_tick(clock, note.end));
            out.push((on, 2, vec![0x90 | channel, note.key.get(), note.velocity.get()]));
            // A division may be so coarse that a step is no tick.
            out.push((off.max(on + 1), 0, vec![0x80 | channel, note.key.get(), 64]));
        }
        out
    }
}

fn is_pedal(message: MidiMessage) -> bool {
    matches!(message, MidiMessage::Controller { controller, .. } if controller == 64)
}

/// Which notes of the channels that are written anew stay: those that begin outside of what is new.
#[derive(Default)]
struct Stays {
    /// Per channel and key, when the sounding note began, and whether it stays.
    sounding: HashMap<(u8, u8), (u64, bool)>,
    /// Notes that stay and sounded on into what is new: they end where it begins.
    cut: Vec<(u8, u8)>,
}

impl Stays {
    /// Does this message stay, where the ticks `new` are written anew?
    fn stays(&mut self, channel: u8, message: MidiMessage, tick: u64, new: &Range<u64>) -> bool {
        let inside = new.contains(&tick);
        match message {
            MidiMessage::NoteOn { key, vel } if vel > 0 => {
                self.sounding.insert((channel, key.as_int()), (tick, !inside));
                !inside
            }
            MidiMessage::NoteOn { key, .. } | MidiMessage::NoteOff { key, .. } => {
                let at = (channel, key.as_int());
                match self.sounding.remove(&at) {
                    Some((began, true)) if began < new.start && tick > new.start => {
                        self.cut.push(at);
                        false
                    }
                    Some((_, stays)) => stays,
                    // A release of nothing.
                    None => !inside,
                }
            }
            MidiMessage::Aftertouch { key, .. } => {
                self.sounding.get(&(channel, key.as_int())).map_or(!inside, |&(_, stays)| stays)
            }
            _ => true,
        }
    }

    /// The ends of the notes that sounded on into what is new, which begins at this tick.
    fn ends_at(&mut self, channel: u8, tick: u64) -> Vec<Placed> {
        let (cut, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut self.cut).into_iter().partition(|at| at.0 == channel);
        self.cut = rest;
        cut.into_iter().map(|(channel, key)| (tick, 0, vec![0x80 | channel, key, 64])).collect()
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
