//! Where the steps lie in time.
//!
//! A step is a sixteenth, counted from the beginning. Where a bar line does not lie on a sixteenth — after a bar of 5/32,
//! or an upbeat of a triplet — the step before it is cut short, and the steps are counted anew from the bar line.

/// From steps to ticks and back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grid {
    /// Ticks per quarter note, a multiple of 16.
    resolution: u32,
    /// Steps that lie where they would not if all before them were whole: (step, tick). The first is (0, 0).
    anchors: Vec<(u32, u64)>,
}

impl Grid {
    /// Whole steps only, of a resolution in ticks per quarter note that 16 divides.
    pub(super) fn whole(resolution: u32) -> Self {
        debug_assert!(resolution.is_multiple_of(16) && resolution > 0);
        Self { resolution, anchors: vec![(0, 0)] }
    }

    pub(super) const fn resolution(&self) -> u32 {
        self.resolution
    }

    /// The ticks of a whole step.
    pub(super) const fn whole_step(&self) -> u64 {
        self.resolution as u64 / 4
    }

    /// From here on the steps are counted from this tick.
    pub(super) fn anchor(&mut self, step: u32, tick: u64) {
        if self.tick(step) == tick {
            return;
        }
        if self.anchors.last().is_some_and(|last| last.0 == step) {
            self.anchors.pop();
        }
        self.anchors.push((step, tick));
    }

    /// Where a step begins.
    pub(super) fn tick(&self, step: u32) -> u64 {
        let (first, tick) = self.anchors[self.anchors.partition_point(|anchor| anchor.0 <= step).saturating_sub(1)];
        tick + u64::from(step - first) * self.whole_step()
    }

    /// The nearest step; half a step before a step already belongs to it, so that an early note at a bar line belongs to
    /// the next measure.
    pub(super) fn step(&self, tick: u64) -> u32 {
        let at = self.anchors.partition_point(|anchor| anchor.1 <= tick).saturating_sub(1);
        let (first, from) = self.anchors[at];
        let width = self.whole_step();
        let nearest = |tick: u64| u32::try_from((2 * (tick - from) + width) / (2 * width)).unwrap_or(u32::MAX);
        let step = first.saturating_add(nearest(tick));
        let Some(&(next, end)) = self.anchors.get(at + 1) else { return step };
        // The last step before an anchor may be short.
        let last = next - 1;
        let begin = from + u64::from(last - first) * width;
        if tick > begin && 2 * (end - tick) <= end - begin { next } else { step.min(last) }
    }

    /// Is every step whole?
    pub(super) fn is_whole(&self) -> bool {
        self.anchors.len() == 1
    }

    /// Where a step begins, in ticks of another resolution: the last tick that is not behind it.
    pub(super) fn tick_in(&self, step: u32, resolution: u32) -> u64 {
        let tick = u128::from(self.tick(step)) * u128::from(resolution) / u128::from(self.resolution);
        u64::try_from(tick).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_belongs_to_the_nearest_step_and_an_early_one_to_the_next_measure() {
        let grid = Grid::whole(96);
        let steps: Vec<u32> = [0, 11, 12, 24, 371, 372, 384].map(|tick| grid.step(tick)).to_vec();
        assert_eq!(steps, [0, 0, 1, 1, 15, 16, 16]);
    }

    #[test]
    fn steps_are_counted_anew_after_a_bar_that_is_not_whole() {
        // A bar of 5/32 is two sixteenths and a half: 60 ticks of 96 a quarter; three steps, the last of 12 ticks.
        let mut grid = Grid::whole(96);
        grid.anchor(3, 60);
        assert_eq!([0, 1, 2, 3, 4].map(|step| grid.tick(step)), [0, 24, 48, 60, 84]);
        assert_eq!([47, 48, 53, 54, 59, 60, 71, 72].map(|tick| grid.step(tick)), [2, 2, 2, 3, 3, 3, 3, 4]);
        assert_eq!([2, 3, 4].map(|step| grid.tick_in(step, 480)), [240, 300, 420]);
    }
}
