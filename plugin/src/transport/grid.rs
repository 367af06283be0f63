//! Bar lines, and the parts of long measures between them.

use model::TimeSignature;

/// Two bar lines less than this apart are the same, in beats. Chosen: beyond every host's
/// rounding, far below a step.
pub(super) const SAME_LINE: f64 = 1.0 / 64.0;

/// The measure around a position, and which of its parts the position lies in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Grid {
    meter: TimeSignature,
    /// The beat at which the measure starts.
    pub(super) start: f64,
    part: usize,
    /// The beat at which the part starts.
    pub(super) part_start: f64,
    /// How many steps the part has, 1…16.
    pub(super) steps: u8,
}

impl Grid {
    /// The measure that starts at this beat, and its part around `position`, which may lie
    /// `slack` before its line. `None` for a meter that cannot be divided into steps.
    pub(super) fn new(start: f64, meter: TimeSignature, position: f64, slack: f64) -> Option<Self> {
        let mut part_start = start;
        let mut found = None;
        for (part, steps) in meter.parts()?.enumerate() {
            if part > 0 && part_start > position + slack {
                break;
            }
            found = Some(Self { meter, start, part, part_start, steps });
            part_start += beats(steps);
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

    /// The beat at which the next part or measure starts.
    pub(super) fn part_end(&self) -> f64 {
        if self.is_last_part() { self.end() } else { self.part_start + beats(self.steps) }
    }

    /// The part after this one; after the last, the first of a measure of `meter`.
    pub(super) fn next(&self, meter: TimeSignature) -> Option<Self> {
        if self.is_last_part() {
            return Self::new(self.end(), meter, self.end(), SAME_LINE);
        }
        let part = self.part + 1;
        let steps = self.meter.parts()?.nth(part)?;
        Some(Self { part, part_start: self.part_end(), steps, ..*self })
    }

    /// The same, so many beats later.
    pub(super) fn shifted(&self, beats: f64) -> Self {
        Self { start: self.start + beats, part_start: self.part_start + beats, ..*self }
    }

    fn is_last_part(&self) -> bool {
        self.meter.parts().is_none_or(|parts| parts.count() <= self.part + 1)
    }
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
