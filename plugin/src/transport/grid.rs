//! Bar lines, and the parts of long measures between them.

use model::TimeSignature;
use model::music::chart::BarPlace;

/// Two bar lines less than this apart are the same, in beats. Chosen: beyond every host's
/// rounding, far below a step.
pub(super) const SAME_LINE: f64 = 1.0 / 64.0;

/// The measure around a position, and which of its parts the position lies in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Grid {
    meter: TimeSignature,
    /// Which bar of the song it is, from 0; before it, negative.
    pub(super) bar: i64,
    /// The beat at which the measure starts.
    pub(super) start: f64,
    /// The beat at which the part starts.
    pub(super) part_start: f64,
    /// The beat at which the next part or measure starts.
    pub(super) part_end: f64,
    /// Does the measure end with this part?
    pub(super) last: bool,
    /// How many steps the part has, 1…16.
    pub(super) steps: u8,
}

impl Grid {
    /// The measure that starts at this beat, and its part around `position`, which may lie
    /// `slack` before its line. `None` for a meter that cannot be divided into steps.
    pub(super) fn new(start: f64, meter: TimeSignature, position: f64, slack: f64) -> Option<Self> {
        let bar = counted(start, meter);
        let mut part_start = start;
        let mut found = None;
        let mut parts = meter.parts()?.enumerate().peekable();
        while let Some((part, steps)) = parts.next() {
            if part > 0 && part_start > position + slack {
                break;
            }
            let last = parts.peek().is_none();
            let part_end = if last { start + meter.beats() } else { part_start + beats(steps) };
            found = Some(Self { meter, bar, start, part_start, part_end, last, steps });
            part_start = part_end;
        }
        found
    }

    /// The measure around `position`, where `line` is one of the bar lines.
    pub(super) fn around(line: f64, meter: TimeSignature, position: f64, slack: f64) -> Option<Self> {
        Self::new(last_line(line, meter, position, slack), meter, position, slack)
    }

    pub(super) const fn meter(&self) -> TimeSignature {
        self.meter
    }

    /// The beat at which the next measure starts.
    pub(super) fn end(&self) -> f64 {
        self.start + self.meter.beats()
    }

    /// Does this beat lie in the measure?
    pub(super) fn holds(&self, beat: f64) -> bool {
        (self.start - SAME_LINE..self.end() - SAME_LINE).contains(&beat)
    }

    /// The part after this one; after the last, the first of a measure of `meter`.
    pub(super) fn next(&self, meter: TimeSignature) -> Option<Self> {
        if self.last {
            return Some(Self::new(self.end(), meter, self.end(), SAME_LINE)?.numbered(self.bar + 1));
        }
        // A place within the part that is wanted.
        Some(Self::new(self.start, self.meter, self.part_end, SAME_LINE)?.numbered(self.bar))
    }

    /// The same, as this bar of the song.
    pub(super) const fn numbered(self, bar: i64) -> Self {
        Self { bar, ..self }
    }

    /// The number of the bar that starts at this beat, if all bars between are as long as this one.
    #[expect(clippy::cast_possible_truncation, reason = "`as` saturates")]
    pub(super) fn bar_at(&self, beat: f64) -> i64 {
        self.bar + ((beat - self.start) / self.meter.beats()).round() as i64
    }

    /// Where it lies among the bars of the song.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a bar has few steps")]
    pub(super) fn place(&self) -> BarPlace {
        let from = ((self.part_start - self.start) * 4.0).round() as u16;
        BarPlace::new(self.bar, from, self.meter)
    }

    /// The same, so many beats later.
    pub(super) fn shifted(&self, beats: f64) -> Self {
        Self {
            start: self.start + beats,
            part_start: self.part_start + beats,
            part_end: self.part_end + beats,
            ..*self
        }
    }
}

/// The number of the bar that starts at this beat, from 0, if the meter was the same from the song's beginning on.
#[expect(clippy::cast_possible_truncation, reason = "`as` saturates")]
fn counted(start: f64, meter: TimeSignature) -> i64 {
    ((start + SAME_LINE) / meter.beats()).floor() as i64
}

/// The last bar line that is at most `slack` after `position`, where `line` is any of them. So
/// it does not matter if a host names the next one (Ardour does).
pub(super) fn last_line(line: f64, meter: TimeSignature, position: f64, slack: f64) -> f64 {
    let length = meter.beats();
    line + ((position - line + slack) / length).floor() * length
}

fn beats(steps: u8) -> f64 {
    f64::from(steps) / 4.0
}
