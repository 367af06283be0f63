//! From notes of any length to measures.

use std::ops::Range;

use super::MOST_SONG_MEASURES;
use super::grid::Grid;
use crate::music::measure::{MAX_STEPS, Measure, Pushed};
use crate::music::meter::TimeSignature;
use crate::music::note::{Key, Note, Step, Velocity};

/// Where a measure lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its first step, in sixteenths since the beginning.
    pub start: u32,
    /// How many steps it has, 1…16.
    pub steps: u8,
    /// Which part of a long measure it is: 0 where a bar line of the meter stands before it.
    pub part: u8,
}

impl Span {
    /// The first step after it.
    #[must_use]
    pub const fn end(&self) -> u32 {
        self.start + self.steps as u32
    }
}

/// From this measure on the music has this meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeterChange {
    /// The measure, counted from 0.
    pub measure: usize,
    /// Its meter.
    pub meter: TimeSignature,
}

/// A note that may sound over bar lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LongNote {
    /// Its first step, in sixteenths since the beginning.
    pub start: u32,
    /// The first step at which it no longer sounds.
    pub end: u32,
    /// Which key.
    pub key: Key,
    /// How loud.
    pub velocity: Velocity,
}

/// Time cut into measures.
pub(super) struct Cut {
    pub(super) spans: Vec<Span>,
    pub(super) meters: Vec<MeterChange>,
    pub(super) grid: Grid,
}

/// Cuts time into measures up to `end`, in ticks of `resolution`. A time signature (tick, meter; in order) begins a bar
/// wherever it stands; the bar before is then cut off. One that stands less than half a step beside a bar line is meant
/// for it. A meter whose sixteenths are not whole has bars too, whose last step is short. `None` if there are too many.
pub(super) fn cut(meters: &[(u64, TimeSignature)], end: u64, resolution: u32) -> Option<Cut> {
    let mut grid = Grid::whole(resolution);
    let mut changes: Vec<(u64, TimeSignature)> = vec![(0, TimeSignature::FOUR_FOUR)];
    for &(tick, meter) in meters {
        loop {
            let Some(&(from, last)) = changes.last() else {
                changes.push((0, meter));
                break;
            };
            let bar = bar_ticks(last, resolution);
            let line = from + (tick.saturating_sub(from) + bar / 2) / bar * bar;
            let on_line = line.abs_diff(tick) * 2 < grid.whole_step();
            let at = if on_line { line } else { tick.max(from) };
            if at == from {
                // Of two at one place the later counts, as if the earlier had not been said.
                changes.pop();
                continue;
            }
            if !(on_line && last == meter) {
                changes.push((at, meter));
            }
            break;
        }
    }
    let mut spans: Vec<Span> = Vec::new();
    let mut map = Vec::new();
    for (i, &(from, meter)) in changes.iter().enumerate() {
        if i > 0 && from >= end {
            break;
        }
        // The next meter cuts a bar off; the song's end does not, nor a meter in which nothing is played.
        let cut = changes.get(i + 1).map_or(u64::MAX, |&(next, _)| if next < end { next } else { u64::MAX });
        let to = cut.min(end);
        let bar = bar_ticks(meter, resolution);
        map.push(MeterChange { measure: spans.len(), meter });
        let mut line = from;
        while line < to {
            let first = spans.last().map_or(0, Span::end);
            grid.anchor(first, line);
            let after = line.saturating_add(bar).min(cut);
            let mut start = first;
            for (steps, part) in parts(meter).zip(0_u8..=u8::MAX) {
                let begin = line + u64::from(start - first) * grid.whole_step();
                if begin >= after.min(to) {
                    break;
                }
                if spans.len() == MOST_SONG_MEASURES {
                    return None;
                }
                let left = (after - begin).div_ceil(grid.whole_step());
                let steps = u8::try_from(left).map_or(steps, |left| steps.min(left));
                spans.push(Span { start, steps, part });
                start += u32::from(steps);
            }
            // The last step of a bar may be short: the next bar, or the end, is where the bar ends.
            if line + u64::from(start - first) * grid.whole_step() >= after {
                grid.anchor(start, after);
            }
            line = after;
        }
        // A bar line of the next meter, or of the music's end, may cut a step short.
        if cut != u64::MAX {
            grid.anchor(spans.last().map_or(0, Span::end), cut);
        }
    }
    Some(Cut { spans, meters: map, grid })
}

/// The ticks of a bar: 16 divides the resolution, and no denominator is above 64.
fn bar_ticks(meter: TimeSignature, resolution: u32) -> u64 {
    u64::from(resolution) * 4 * u64::from(meter.numerator()) / u64::from(meter.denominator())
}

/// The parts of a bar; of one without whole sixteenths as many whole ones as it begins.
fn parts(meter: TimeSignature) -> impl Iterator<Item = u8> {
    let odd = (u16::from(meter.numerator()) * 16).div_ceil(u16::from(meter.denominator()));
    let whole: Option<Vec<u8>> = meter.parts().map(Iterator::collect);
    whole
        .unwrap_or_else(|| {
            let most = u16::from(MAX_STEPS);
            let parts = (0..odd.div_ceil(most)).map(|part| most.min(odd - part * most));
            parts.map(|steps| u8::try_from(steps).unwrap_or(MAX_STEPS)).collect()
        })
        .into_iter()
}

/// Lays notes into measures, and says how many did not fit into a full one.
///
/// A key struck again ends its earlier note; of two strokes of one key at one step the louder
/// velocity and the later end stay. A note over a bar line stands in both measures. Notes after
/// the last measure are left out.
#[must_use]
pub fn lay_out(mut notes: Vec<LongNote>, spans: &[Span]) -> (Vec<Measure>, usize) {
    end_at_next_stroke(&mut notes);
    let mut measures: Vec<Measure> = spans.iter().map(|span| Measure::silent(span.steps)).collect();
    let mut dropped = 0;
    for note in &notes {
        for index in touched(note, spans) {
            let span = &spans[index];
            let (from, to) = (note.start.max(span.start), note.end.min(span.end()));
            let piece = Note {
                step: Step(u8::try_from(from - span.start).unwrap_or(u8::MAX)),
                length: u8::try_from(to - from).unwrap_or(u8::MAX),
                key: note.key,
                velocity: note.velocity,
                continues: note.end > span.end(),
                continued: note.start < span.start,
            };
            dropped += usize::from(measures[index].push(piece) != Pushed::Kept);
        }
    }
    if dropped > 0 {
        forget_broken_ties(&mut measures);
    }
    (measures, dropped)
}

/// The measures in which a note sounds.
fn touched(note: &LongNote, spans: &[Span]) -> Range<usize> {
    let first = spans.partition_point(|span| span.end() <= note.start);
    first..spans.partition_point(|span| span.start < note.end).max(first)
}

/// Sorts by start and key, and leaves no two notes of one key overlapping.
fn end_at_next_stroke(notes: &mut Vec<LongNote>) {
    notes.sort_unstable_by_key(|note| (note.key, note.start));
    notes.dedup_by(|later, earlier| {
        let same = (later.key, later.start) == (earlier.key, earlier.start);
        if same {
            earlier.end = earlier.end.max(later.end);
            earlier.velocity = earlier.velocity.max(later.velocity);
        }
        same
    });
    for i in 1..notes.len() {
        let next = notes[i];
        let note = &mut notes[i - 1];
        if note.key == next.key {
            note.end = note.end.min(next.start);
        }
    }
    notes.sort_unstable_by_key(|note| (note.start, note.key));
}

/// Where a full measure dropped a piece of a long note, the note ends before it.
fn forget_broken_ties(measures: &mut [Measure]) {
    for i in 0..measures.len() {
        let held = |measure: &Measure, key| measure.notes().iter().any(|note| note.key == key && note.continues);
        if i > 0 {
            let (before, now) = (measures[i - 1], measures[i]);
            let kept = now.notes().iter().filter(|note| !note.continued || held(&before, note.key));
            measures[i] = Measure::from_notes(now.steps(), kept.copied());
        }
        let after = measures.get(i + 1).copied();
        measures[i].for_each_mut(|note| {
            note.continues &=
                after.is_some_and(|after| after.notes().iter().any(|next| next.key == note.key && next.continued));
        });
    }
}
