//! What a MIDI file holds: when the measures are, and what the tracks play in them.

use super::layout::{self, LongNote, MeterChange, Span};
use crate::music::measure::Measure;
use crate::music::meter::TimeSignature;
use crate::music::note::{Channel, Velocity};

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
    pub(super) meters: Vec<MeterChange>,
    pub(super) spans: Vec<Span>,
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
    /// Its channel.
    pub channel: Channel,
    /// Its first General MIDI program, 0 to 127.
    pub program: u8,
    /// What it plays in every measure of the song.
    pub measures: Vec<Measure>,
}

impl Track {
    /// A track of this name on the first channel and program, without measures.
    #[must_use]
    pub fn new(name: &str) -> Self {
        // PANIC: MIDI has a first channel.
        let channel = Channel::new(0).expect("the first channel");
        Self { name: name.into(), channel, program: 0, measures: Vec::new() }
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
            meters: vec![MeterChange { measure: 0, meter }],
            spans,
        })
    }

    /// The same tempo, meter and measures, without tracks: to be filled by a band.
    #[must_use]
    pub fn without_tracks(&self) -> Self {
        Self {
            tempos: self.tempos.clone(),
            tracks: Vec::new(),
            dropped: 0,
            meters: self.meters.clone(),
            spans: self.spans.clone(),
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

    /// Has it no measure?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The first track of this name; letter case does not matter.
    #[must_use]
    pub fn track(&self, name: &str) -> Option<&Track> {
        self.tracks.iter().find(|track| track.name.eq_ignore_ascii_case(name))
    }

    /// The track whose notes lie highest on average, leaving out silent tracks and, if there is
    /// another, drums (channel 10).
    #[must_use]
    pub fn highest_track(&self) -> Option<&Track> {
        let height = |track: &Track| {
            let (mut sum, mut count) = (0.0, 0.0);
            for note in track.measures.iter().flat_map(Measure::onsets) {
                sum += f64::from(note.key.get());
                count += 1.0;
            }
            (count > 0.0).then_some((track.channel.get() != 9, sum / count))
        };
        self.tracks
            .iter()
            .filter_map(|track| height(track).map(|height| (height, track)))
            .max_by(|(a, _), (b, _)| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)))
            .map(|(_, track)| track)
    }

    /// Makes a track of notes that may sound over bar lines, and adds it.
    pub fn add_notes(&mut self, mut track: Track, notes: Vec<LongNote>) {
        let (measures, dropped) = layout::lay_out(notes, &self.spans);
        track.measures = measures;
        self.dropped += dropped;
        self.tracks.push(track);
    }
}
