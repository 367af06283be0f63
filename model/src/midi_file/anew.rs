//! A voice's notes in one track, written anew in some of its steps.

use std::collections::HashMap;
use std::ops::Range;

use midly::MidiMessage;

use super::clock::Clock;
use super::layout::LongNote;
use super::performance::PlayedNote;
use super::song::{Song, Track};

/// What a voice plays now.
#[derive(Clone, Debug)]
pub struct NewVoice {
    /// The places in [`Song::tracks`](super::Song::tracks) that were the voice: the first gets the notes, the others
    /// lose theirs. None: a track is added.
    pub tracks: Vec<usize>,
    /// Name, channel and program of a track that is added. The channel is taken if nothing else in the file uses it.
    pub added: Track,
    /// The steps in which the voice is written anew, in order.
    pub anew: Vec<Range<u32>>,
    /// The whole line that the voice plays then. What of it sounds in these steps is written; before and behind them the
    /// file's own notes stay, to the tick.
    pub line: Vec<LongNote>,
    /// Notes that lie beside the steps, in the song's ticks, as drums do: they are written in the steps to which they are
    /// nearest.
    pub played: Vec<PlayedNote>,
}

impl NewVoice {
    /// Is all of a song written anew?
    pub(super) fn is_whole(&self, song: &Song) -> bool {
        matches!(&self.anew[..], [only] if only.start == 0 && song.spans().last().is_none_or(|span| span.end() <= only.end))
    }
}

/// The order at one tick: what ends, then what stood there, then what begins.
pub(super) type Placed = (u64, u8, Vec<u8>);

/// A note of the file that has not ended yet.
struct Old {
    on: u64,
    velocity: u8,
    /// In which of the steps that are written anew it began.
    range: Option<usize>,
}

/// A key that sounds on behind what is written anew.
struct Left {
    range: usize,
    key: u8,
    velocity: u8,
    off: u64,
}

/// A voice's channel in one track, while that is read.
pub(super) struct Part<'a> {
    song: &'a Song,
    clock: &'a Clock,
    pub(super) voice: &'a NewVoice,
    channel: u8,
    /// Are the new notes written here?
    writes: bool,
    pub(super) whole: bool,
    open: HashMap<u8, Old>,
    /// Keys that sounded on into what is written anew: (range, key).
    cut: Vec<(usize, u8)>,
    left: Vec<Left>,
    /// The ends of notes that stay, where what ended them does not.
    ends: Vec<Placed>,
    /// The strokes that stay: (key, tick).
    kept: Vec<(u8, u64)>,
}

impl<'a> Part<'a> {
    pub(super) fn new(song: &'a Song, clock: &'a Clock, voice: &'a NewVoice, channel: u8, writes: bool) -> Self {
        let whole = voice.is_whole(song);
        let (open, cut, left) = (HashMap::new(), Vec::new(), Vec::new());
        let (ends, kept) = (Vec::new(), Vec::new());
        Self { song, clock, voice, channel, writes, whole, open, cut, left, ends, kept }
    }

    fn tick(&self, step: u32) -> u64 {
        self.clock.file_tick(self.song.tick(step))
    }

    /// In which of the steps that are written anew a tick lies.
    fn range(&self, tick: u64) -> Option<usize> {
        if self.whole {
            return Some(0);
        }
        // A stroke just before a bar line belongs to the measure behind it.
        let step = self.song.step(self.clock.ticks(tick));
        self.voice.anew.iter().position(|range| range.contains(&step))
    }

    /// Does this message of the channel stay?
    pub(super) fn stays(&mut self, message: MidiMessage, tick: u64) -> bool {
        match message {
            MidiMessage::NoteOn { key, vel } if vel > 0 => {
                let key = key.as_int();
                let ended = self.end(key, tick);
                let range = self.range(tick);
                if ended == Some(true) && range.is_some() {
                    // The stroke that ended it goes.
                    self.ends.push((tick, 0, vec![0x80 | self.channel, key, 64]));
                }
                self.open.insert(key, Old { on: tick, velocity: vel.as_int(), range });
                if range.is_none() {
                    self.kept.push((key, tick));
                }
                range.is_none()
            }
            MidiMessage::NoteOn { key, .. } | MidiMessage::NoteOff { key, .. } => {
                // A release of nothing is no note of the voice.
                self.end(key.as_int(), tick).unwrap_or_else(|| self.range(tick).is_none())
            }
            MidiMessage::Aftertouch { key, .. } => {
                let begun_outside = self.open.get(&key.as_int()).is_none_or(|old| old.range.is_none());
                begun_outside && self.range(tick).is_none()
            }
            _ => true,
        }
    }

    /// A key's note ends: does its release stay? `None` where there is no note.
    fn end(&mut self, key: u8, tick: u64) -> Option<bool> {
        let old = self.open.remove(&key)?;
        if self.whole {
            return Some(false);
        }
        let first = match old.range {
            Some(range) => range,
            None => {
                let begins = |range: &Range<u32>| (old.on + 1..tick).contains(&self.tick(range.start));
                let Some(range) = self.voice.anew.iter().position(begins) else { return Some(true) };
                self.cut.push((range, key));
                range
            }
        };
        if tick > self.tick(self.voice.anew[first].end) {
            self.left.push(Left { range: first, key, velocity: old.velocity, off: tick });
        }
        Some(false)
    }

    /// What is written into the track, which ends at this tick.
    pub(super) fn finish(mut self, end: u64) -> Vec<Placed> {
        let mut open: Vec<u8> = self.open.keys().copied().collect();
        open.sort_unstable();
        for key in open {
            // What nothing ends needs no release, unless it is cut.
            self.end(key, end);
        }
        let mut out = std::mem::take(&mut self.ends);
        for (number, range) in self.voice.anew.iter().enumerate() {
            let (from, to) = (self.tick(range.start), self.tick(range.end));
            let mut cut: Vec<u8> = self.cut.iter().filter(|cut| cut.0 == number).map(|cut| cut.1).collect();
            let (mut left, rest): (Vec<Left>, Vec<Left>) =
                std::mem::take(&mut self.left).into_iter().partition(|left| left.range == number);
            self.left = rest;
            let inside = |note: &&LongNote| note.start < range.end && note.end > range.start;
            for note in self.voice.line.iter().filter(inside).filter(|_| self.writes) {
                let key = note.key.get();
                let mut off = self.tick(note.end);
                if note.end > range.end
                    && let Some(at) = left.iter().position(|left| left.key == key)
                {
                    // The note of the file sounds on as the end of the new one.
                    off = left.swap_remove(at).off;
                }
                let before = note.start < range.start;
                if before && let Some(at) = cut.iter().position(|&cut| cut == key) {
                    cut.swap_remove(at);
                    out.push((off, 0, vec![0x80 | self.channel, key, 64]));
                } else {
                    let on = if before { from } else { self.tick(note.start) };
                    self.strike(&mut out, key, note.velocity.get(), on..off);
                }
            }
            for note in self.voice.played.iter().filter(|_| self.writes) {
                let (on, off) = (self.clock.file_tick(note.on), self.clock.file_tick(note.off));
                if self.range(on) == Some(number) {
                    self.strike(&mut out, note.key.get(), note.velocity.get(), on..off);
                }
            }
            out.extend(cut.into_iter().map(|key| (from, 0, vec![0x80 | self.channel, key, 64])));
            for Left { key, velocity, off, .. } in left {
                self.strike(&mut out, key, velocity, to..off);
            }
        }
        out
    }

    /// A stroke and its release, before the file strikes the key again.
    fn strike(&self, out: &mut Vec<Placed>, key: u8, velocity: u8, ticks: Range<u64>) {
        let again = self.kept.iter().filter(|kept| kept.0 == key && kept.1 > ticks.start).map(|kept| kept.1).min();
        // A division may be so coarse that a step is no tick.
        let off = ticks.end.max(ticks.start + 1).min(again.unwrap_or(u64::MAX));
        out.push((ticks.start, 2, vec![0x90 | self.channel, key, velocity]));
        out.push((off, 0, vec![0x80 | self.channel, key, 64]));
    }
}
