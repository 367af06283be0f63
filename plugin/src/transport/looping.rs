//! The loop that the host has announced: where it wraps, and what measure it comes back to.
//!
//! The bars at the loop's start are remembered from the last time that the transport was there. The
//! bars at its end do not tell: the meter may change in between.

use super::grid::{Grid, SAME_LINE};
use super::{HostTransport, JUMP, MeasureClock, QUANTUM};

impl MeasureClock {
    /// Takes over the loop that the host announces. Returns the loop in which the last block ended,
    /// which may just have been switched off.
    pub(super) fn hear_of_loop(&mut self, host: &HostTransport) -> Option<(f64, f64)> {
        // A shorter one is none.
        let shortest = SAME_LINE.max(2.0 * self.beats_per_sample);
        let looped = host.loop_range.filter(|(start, end)| end - start > shortest);
        let before = std::mem::replace(&mut self.loop_range, looped);
        if looped.is_some_and(|(start, _)| before.is_none_or(|(before, _)| before != start)) {
            self.loop_measure = None;
        }
        looped.or(before)
    }

    /// Keeps the measure under way in mind, if the loop starts in it.
    pub(super) fn remember_loop_start(&mut self) {
        let here = self.grid.filter(|grid| self.loop_range.is_some_and(|(start, _)| grid.holds(start)));
        self.loop_measure = here.or(self.loop_measure);
    }

    /// The measure that begins at this beat, where the loop starts. `None`: no bar line lies there, as
    /// far as is known.
    pub(super) fn measure_from(&self, start: f64) -> Option<Grid> {
        let known = self.around_loop_start()?;
        let length = known.meter().beats();
        let off = (start - known.start).rem_euclid(length);
        let on_line = start >= -self.slack() && (off <= SAME_LINE || off >= length - SAME_LINE);
        Some(Grid::new(start, known.meter(), start, SAME_LINE)?.numbered(known.bar_at(start))).filter(|_| on_line)
    }

    /// A measure from which bars can be counted at the loop's start: the one there, or else the
    /// one under way.
    fn around_loop_start(&self) -> Option<Grid> {
        self.loop_measure.or(self.grid)
    }

    /// The loop wraps from a bar line to a bar line.
    pub(super) fn wrap_on_line(&mut self) {
        let Some((start, _)) = self.loop_range else { return };
        self.grid = self.measure_from(start);
        self.meter = self.grid.map_or(self.meter, |grid| Some(grid.meter()));
        self.wrap();
        self.enter();
    }

    /// The loop wraps within a measure, or to the middle of one.
    pub(super) fn wrap_elsewhere(&mut self) {
        let Some((start, _)) = self.loop_range else { return };
        let known = self.around_loop_start();
        self.meter = known.map_or(self.meter, |grid| Some(grid.meter()));
        self.wrap();
        self.land(start, known.map(|grid| grid.start));
        // The bars are counted on from where the loop starts.
        self.grid = self.grid.map(|grid| grid.numbered(known.map_or(grid.bar, |known| known.bar_at(grid.start))));
    }

    /// The host's loop may have wrapped exactly where the last block ended.
    pub(super) fn wrap_between_blocks(&mut self, announced: Option<(f64, f64)>, said: f64) {
        let Some((start, end)) = announced else { return };
        let wrapped = self.position + (start - end);
        let near_end = self.position >= end - QUANTUM - 2.0 * self.beats_per_sample;
        if near_end && (said - wrapped).abs() < (said - self.position).abs() && (said - wrapped).abs() <= JUMP {
            let on_line = self.grid.filter(|grid| (end - grid.end()).abs() <= 2.0 * self.beats_per_sample);
            let Some((grid, first)) = on_line.zip(self.measure_from(start)) else { return };
            // It is over, and the one after it is the loop's first.
            self.grid = Some(grid.shifted(start - grid.end()).numbered(first.bar - 1));
            self.position = wrapped;
        }
    }

    /// The position goes back to the loop's start.
    fn wrap(&mut self) {
        if let Some((start, end)) = self.loop_range {
            self.position += start - end;
            self.next_samples = None;
        }
    }
}
