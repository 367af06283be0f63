//! New music's time, made of another song's.

use std::ops::Range;

use super::layout::{self, Cut, Span};
use super::song::{Song, TempoChange};
use crate::music::meter::TimeSignature;

/// A stretch of a new song's time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stretch {
    /// These measures of the old song, with their meters and tempos.
    Same(Range<usize>),
    /// So many measures after those, in the last meter before them in which a band plays, and in the last tempo.
    GoesOn(usize),
}

impl Stretch {
    /// How many measures it has.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Same(measures) => measures.len(),
            Self::GoesOn(measures) => *measures,
        }
    }

    /// Has it none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Song {
    /// A song without tracks, whose time is made of this song's. A stretch begins a bar, unless it goes on with one that
    /// is not over. `None` if there are more than [`MOST_SONG_MEASURES`](super::MOST_SONG_MEASURES) of them.
    ///
    /// # Examples
    /// ```
    /// use model::TimeSignature;
    /// use model::midi_file::{Song, Stretch};
    ///
    /// let waltz = Song::steady(TimeSignature::new(3, 4).unwrap(), 90.0, 2).unwrap();
    /// let longer = waltz.arranged(&[Stretch::Same(0..2), Stretch::GoesOn(6)]).unwrap();
    /// assert_eq!((longer.len(), longer.meters().len(), longer.spans()[7].steps), (8, 1, 12));
    /// ```
    #[must_use]
    pub fn arranged(&self, stretches: &[Stretch]) -> Option<Self> {
        let resolution = self.resolution();
        let mut time = Time { at: 0, meters: Vec::new(), tempos: Vec::new() };
        let mut last = 0..0;
        for stretch in stretches.iter().filter(|stretch| !stretch.is_empty()) {
            match stretch {
                Stretch::Same(measures) => {
                    last = measures.start..measures.end.min(self.len());
                    self.repeat(&last, &mut time);
                }
                Stretch::GoesOn(measures) => self.go_on(last.end, *measures, &mut time),
            }
        }
        let Cut { spans, meters, grid } = layout::cut(&time.meters, time.at, resolution)?;
        let mut tempos = time.tempos;
        if tempos.is_empty() {
            tempos.extend(self.tempos.first());
        }
        let asked: usize = stretches.iter().map(Stretch::len).sum();
        (spans.len() == asked).then_some(Self {
            tempos,
            tracks: Vec::new(),
            dropped: 0,
            asides: Vec::new(),
            meters,
            spans,
            grid,
        })
    }

    /// Adds measures of this song.
    fn repeat(&self, measures: &Range<usize>, time: &mut Time) {
        let (from, to) = (self.begin(measures.start), self.begin(measures.end));
        time.meters.push((time.at, self.meter(measures.start)));
        for change in
            self.meters().iter().filter(|change| measures.start < change.measure && change.measure < measures.end)
        {
            time.meters.push((time.at + self.begin(change.measure) - from, change.meter));
        }
        let beat = |tick: u64| as_f64(tick) / f64::from(self.resolution());
        let tempos = &self.tempos;
        let first = tempos.partition_point(|tempo| tempo.beat <= beat(from)).saturating_sub(1);
        for tempo in tempos.iter().skip(first).take_while(|tempo| tempo.beat < beat(to)) {
            let change = TempoChange { beat: beat(time.at) + (tempo.beat - beat(from)).max(0.0), ..*tempo };
            // One that was said before needs no word where it still holds.
            let holds = time.tempos.last().is_some_and(|last| last.micros_per_quarter == change.micros_per_quarter);
            if tempo.beat >= beat(from) || !holds {
                time.tempo(change);
            }
        }
        time.at += to - from;
    }

    /// Adds so many measures like those before the measure `end`.
    fn go_on(&self, end: usize, measures: usize, time: &mut Time) {
        let before = (0..end).rev().map(|measure| self.meter(measure));
        let meter = before.into_iter().find(|meter| meter.parts().is_some()).unwrap_or(TimeSignature::FOUR_FOUR);
        let parts: Vec<u8> = meter.parts().into_iter().flatten().collect();
        // Which part of a bar comes next, in a bar that is not over.
        let next = match (end.checked_sub(1).and_then(|last| self.spans().get(last)), self.spans().get(end)) {
            (_, Some(span)) if self.meter(end) == meter => usize::from(span.part),
            (Some(last), None) if self.meter(end - 1) == meter => (usize::from(last.part) + 1) % parts.len().max(1),
            _ => 0,
        };
        if next == 0 {
            time.meters.push((time.at, meter));
        }
        let steps: u64 = parts.iter().cycle().skip(next).take(measures).map(|&steps| u64::from(steps)).sum();
        time.at += steps * u64::from(self.resolution()) / 4;
    }

    /// Where a measure begins, in ticks; where the song ends, behind the last.
    pub(super) fn begin(&self, measure: usize) -> u64 {
        let end = || self.spans().last().map_or(0, Span::end);
        self.tick(self.spans().get(measure).map_or_else(end, |span| span.start))
    }
}

/// Time under way.
struct Time {
    /// In ticks.
    at: u64,
    meters: Vec<(u64, TimeSignature)>,
    tempos: Vec<TempoChange>,
}

impl Time {
    fn tempo(&mut self, change: TempoChange) {
        if self.tempos.last().is_some_and(|last| last.beat >= change.beat) {
            self.tempos.pop();
        }
        self.tempos.push(change);
    }
}

#[expect(clippy::cast_precision_loss, reason = "a song has fewer than 2^53 ticks")]
fn as_f64(tick: u64) -> f64 {
    tick as f64
}
