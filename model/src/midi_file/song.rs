//! What a MIDI file holds: when the measures are, and what the tracks play in them.

use super::grid::Grid;
use super::layout::{self, LongNote, MeterChange, Span};
use super::performance::Performance;
use super::said::Aside;
use crate::music::chart::BarPlace;
use crate::music::measure::Measure;
use crate::music::meter::TimeSignature;
use crate::music::note::{Channel, Velocity};

/// Ticks per quarter note of a song that came from no file. Chosen: what most programs write.
const RESOLUTION: u32 = 480;

/// Music cut into measures: tempo, meter and tracks.
///
/// A long meter is divided into parts ([`TimeSignature::parts`]), and each part is a measure
/// here. Where the meter changes within a measure, that measure is cut off.
///
/// # Examples
/// ```
/// use model::midi_file::{Song, Track};
/// use model::{Key, Measure, Note, TimeSignature};
///
/// let mut song = Song::steady(TimeSignature::FOUR_FOUR, 120.0, 1).unwrap();
/// let mut tune = Track::new("Lead");
/// tune.measures = vec![Measure::from_notes(16, [Note::new(0, 4, Key::MIDDLE_C)])];
/// song.tracks.push(tune);
/// assert_eq!(Song::parse(&song.to_bytes()).unwrap(), song);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Song {
    /// The tempo map, in order; the first stands at beat 0.
    pub tempos: Vec<TempoChange>,
    /// The tracks, in the file's order. Each has as many measures as [`Song::spans`].
    pub tracks: Vec<Track>,
    /// Notes that a full measure had no room for.
    pub dropped: usize,
    /// What is written beside the tracks; nothing, unless it was put there: see [`MidiFile::asides`](super::MidiFile::asides).
    pub asides: Vec<Aside>,
    pub(super) meters: Vec<MeterChange>,
    pub(super) spans: Vec<Span>,
    pub(super) grid: Grid,
}

/// From here on the music has this tempo.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TempoChange {
    /// Where, in quarter notes since the beginning.
    pub beat: f64,
    /// How long a quarter note lasts, in microseconds: 1 to 2²⁴ − 1.
    pub micros_per_quarter: u32,
}

impl TempoChange {
    /// Quarter notes a minute.
    #[must_use]
    pub fn bpm(&self) -> f64 {
        60e6 / f64::from(self.micros_per_quarter.max(1))
    }
}

/// What one player plays on one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Track {
    /// Its name. Where a file's track has several channels, each becomes a track of its own,
    /// named "Piano, channel 2".
    pub name: String,
    /// The name's bytes in the file, where they are not those of `name`: they are written back as they were.
    pub bytes: Option<Box<[u8]>>,
    /// Its channel.
    pub channel: Channel,
    /// Its first General MIDI program, 0 to 127.
    pub program: u8,
    /// What it plays in every measure of the song.
    pub measures: Vec<Measure>,
    /// What is written in place of the measures: a player's part just as it was played.
    pub performance: Option<Performance>,
}

impl Track {
    /// A track of this name on the first channel and program, without measures.
    #[must_use]
    pub fn new(name: &str) -> Self {
        // PANIC: MIDI has a first channel.
        let channel = Channel::new(0).expect("the first channel");
        Self { name: name.into(), bytes: None, channel, program: 0, measures: Vec::new(), performance: None }
    }

    /// The name as it is written: as its file had it, unless it was given another.
    pub(super) fn name_bytes(&self) -> &[u8] {
        match &self.bytes {
            Some(bytes) if text(bytes).as_deref() == Some(&self.name) => bytes,
            _ => self.name.as_bytes(),
        }
    }

    /// Does it play nothing?
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.measures.iter().all(Measure::is_silent)
    }

    /// Its notes as they sound: pieces in neighbouring measures joined into one.
    #[must_use]
    pub fn notes(&self, spans: &[Span]) -> Vec<LongNote> {
        let mut out: Vec<LongNote> = Vec::new();
        let mut open: [Option<usize>; 128] = [None; 128];
        for (measure, span) in self.measures.iter().zip(spans) {
            let before = std::mem::replace(&mut open, [None; 128]);
            for note in measure.notes() {
                let key = usize::from(note.key.get());
                let end = span.start + u32::from(note.end());
                let index = match before[key].filter(|_| note.continued) {
                    Some(index) => {
                        out[index].end = end;
                        index
                    }
                    None => {
                        let start = span.start + u32::from(note.step.0);
                        out.push(LongNote { start, end, key: note.key, velocity: note.velocity });
                        out.len() - 1
                    }
                };
                if note.continues {
                    open[key] = Some(index);
                }
            }
        }
        out
    }

    /// How loud it plays on average; `None` where it is silent.
    #[must_use]
    pub fn loudness(&self) -> Option<Velocity> {
        let (mut sum, mut count) = (0.0_f32, 0.0_f32);
        for note in self.measures.iter().flat_map(Measure::onsets) {
            sum += f32::from(note.velocity.get());
            count += 1.0;
        }
        (count > 0.0).then(|| Velocity::clamped(sum / count))
    }
}

impl Song {
    /// A song of so many measures in one meter and tempo (quarter notes a minute), without tracks. A divided meter
    /// gives that many parts. `None` for a meter whose steps are not whole.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 24 bits")]
    pub fn steady(meter: TimeSignature, bpm: f64, measures: usize) -> Option<Self> {
        let parts: Vec<u8> = meter.parts()?.collect();
        let mut spans = Vec::with_capacity(measures);
        let mut start = 0;
        for (part, &steps) in (0_u8..).zip(&parts).cycle().take(measures) {
            spans.push(Span { start, steps, part });
            start += u32::from(steps);
        }
        let micros_per_quarter = (60e6 / bpm).clamp(1.0, f64::from((1 << 24) - 1)).round() as u32;
        Some(Self {
            tempos: vec![TempoChange { beat: 0.0, micros_per_quarter }],
            tracks: Vec::new(),
            dropped: 0,
            asides: Vec::new(),
            meters: vec![MeterChange { measure: 0, meter }],
            spans,
            grid: Grid::whole(RESOLUTION),
        })
    }

    /// The same tempo, meter and measures, without tracks: to be filled by a band.
    #[must_use]
    pub fn without_tracks(&self) -> Self {
        Self {
            tempos: self.tempos.clone(),
            tracks: Vec::new(),
            dropped: 0,
            asides: Vec::new(),
            meters: self.meters.clone(),
            spans: self.spans.clone(),
            grid: self.grid.clone(),
        }
    }

    /// Where each measure lies.
    #[must_use]
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// The meters, in order; the first at measure 0.
    #[must_use]
    pub fn meters(&self) -> &[MeterChange] {
        &self.meters
    }

    /// How many measures it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Ticks per quarter note: a multiple of 16, fine enough for the file that the song came from.
    #[must_use]
    pub const fn resolution(&self) -> u32 {
        self.grid.resolution()
    }

    /// Where a step begins, in ticks. Steps are sixteenths but for the last of a bar that has no whole number of them.
    #[must_use]
    pub fn tick(&self, step: u32) -> u64 {
        self.grid.tick(step)
    }

    /// The step that is nearest to a tick; half a step before a bar line already belongs to the next measure.
    #[must_use]
    pub fn step(&self, tick: u64) -> u32 {
        self.grid.step(tick)
    }

    /// Is every bar line on a sixteenth?
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.grid.is_whole()
    }

    /// The meter of a measure.
    #[must_use]
    pub fn meter(&self, measure: usize) -> TimeSignature {
        let index = self.meters.partition_point(|change| change.measure <= measure).saturating_sub(1);
        self.meters.get(index).map_or(TimeSignature::FOUR_FOUR, |change| change.meter)
    }

    /// Where a measure lies among the bars.
    #[must_use]
    pub fn place(&self, measure: usize) -> BarPlace {
        let spans = self.spans().get(..=measure).unwrap_or_default();
        let bars = spans.iter().filter(|span| span.part == 0).count();
        let begins = spans.iter().rfind(|span| span.part == 0).map_or(0, |span| span.start);
        let from = spans.last().map_or(0, |span| span.start - begins);
        let bar = i64::try_from(bars).unwrap_or(i64::MAX) - 1;
        BarPlace::new(bar, u16::try_from(from).unwrap_or(u16::MAX), self.meter(measure))
    }

    /// Can a band play in this measure? Not in a meter whose bars are no whole number of sixteenths: there notes only
    /// pass through.
    #[must_use]
    pub fn is_played(&self, measure: usize) -> bool {
        self.meter(measure).steps().is_some()
    }

    /// Has it no measure?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The first track of this name, with notes if one has any; letter case does not matter.
    #[must_use]
    pub fn track(&self, name: &str) -> Option<&Track> {
        let mut named = self.tracks.iter().filter(|track| track.name.eq_ignore_ascii_case(name));
        let first = named.clone().next();
        named.find(|track| !track.is_silent()).or(first)
    }

    /// What several tracks play together, by their places.
    #[must_use]
    pub fn together(&self, tracks: &[usize]) -> Vec<Measure> {
        let found: Vec<&Track> = tracks.iter().filter_map(|&track| self.tracks.get(track)).collect();
        match found[..] {
            [only] => only.measures.clone(),
            _ => layout::lay_out(found.iter().flat_map(|track| track.notes(&self.spans)).collect(), &self.spans).0,
        }
    }

    /// Makes a track of notes that may sound over bar lines, and adds it.
    pub fn add_notes(&mut self, mut track: Track, notes: Vec<LongNote>) {
        let (measures, dropped) = layout::lay_out(notes, &self.spans);
        track.measures = measures;
        self.dropped += dropped;
        self.tracks.push(track);
    }
}

/// A name: as UTF-8, else as Latin-1, which older programs wrote.
pub(super) fn text(bytes: &[u8]) -> Option<String> {
    let name =
        std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().map(|&byte| char::from(byte)).collect(), str::to_owned);
    let name = name.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    // Of another alphabet's bytes some are no letters in ours, and would drive a terminal.
    let name: String = name.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect();
    (!name.is_empty()).then_some(name)
}
