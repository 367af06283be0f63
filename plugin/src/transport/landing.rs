//! Landing: finding the measure, and the line in it, after a start or a jump, or when the host's
//! bars turn out to be others than was thought.
//!
//! A transport that lands up to 1/32 beat after a bar line lands on that line: its notes come with
//! the first sample. A loop that nobody announced wraps within a block, and the plugin hears of it
//! a block late; if it waited for the next line then, the band would lose a measure each time
//! around. A transport that lands farther from a line waits for the next one.

use model::TimeSignature;

use super::grid::{self, Grid, SAME_LINE};
use super::{HostTransport, MeasureClock, Moment, Phase};

/// A transport that lands at most this far after a line, in beats, lands on it. Chosen: an eighth of
/// a step, which is a block or two of an audio interface.
const ON_LINE: f64 = 1.0 / 32.0;

impl MeasureClock {
    /// Goes so many beats after where the host says that it is, and finds the bar lines around.
    pub(super) fn locate(&mut self, host: &HostTransport, after: f64) {
        self.position = host.start(self.beats_per_sample, self.may_be_quantised(host)) + after;
        self.find_line(host);
    }

    fn find_line(&mut self, host: &HostTransport) {
        let line = self.meter.and_then(|meter| self.bar_line(host, meter));
        self.land(self.position, line);
    }

    /// A bar line that the host names, if the host names bar lines rightly.
    fn bar_line(&self, host: &HostTransport, meter: TimeSignature) -> Option<f64> {
        host.bar_line(meter, self.position).filter(|_| !self.misnames)
    }

    /// Where `line` is a bar line (0 unless known): lands in a measure, on its line or not. The
    /// music begins at 0: what a host plays before is its count-in.
    pub(super) fn land(&mut self, position: f64, line: Option<f64>) {
        self.phase = Phase::Waiting;
        let slack = self.slack();
        let probe = position.max(-2.0 * slack);
        self.grid = self.meter.and_then(|meter| Grid::around(line.unwrap_or(0.0), meter, probe, slack));
        self.entering = self.grid.is_some_and(|grid| {
            position >= -slack && grid.part_start >= -slack && position - grid.part_start <= ON_LINE
        });
    }

    /// After drift was followed: does the host agree about the bar lines?
    pub(super) fn compare_bar_lines(&mut self, host: &HostTransport) {
        let (Some(grid), Some(meter)) = (self.grid, self.meter) else {
            if self.grid.is_some() || self.meter.is_some() {
                self.break_off();
                self.find_line(host);
            }
            return;
        };
        let due = self.position >= grid.end() - self.slack();
        let named = self.bar_line(host, meter);
        let agreed = match named {
            Some(line) => {
                let said = grid::last_line(line, meter, self.position, SAME_LINE);
                let same = |line: f64| (said - line).abs() <= SAME_LINE;
                if same(grid.end()) {
                    return;
                }
                same(grid.start)
            }
            None => true,
        };
        if agreed && (meter == grid.meter() || (due && named.is_none())) {
            return;
        }
        // The meter of the measure under way is another than was thought: it gets its new length,
        // unless the position then lies in another part.
        let resized = Grid::new(grid.start, meter, self.position, self.slack());
        if let Some(resized) = resized
            && agreed
            && self.position < resized.end() - self.slack()
            && resized.part_start == grid.part_start
        {
            self.grid = Some(resized.numbered(grid.bar));
            return;
        }
        self.break_off();
        self.find_line(host);
    }

    /// The measure under way ends here, before its line.
    pub(super) fn break_off(&mut self) {
        if self.phase == Phase::Playing {
            self.queued = Some(Moment::Break { played: self.played(self.position) });
        }
    }
}
