//! What the host's transport does, as data, and what it tells the plugin of each block.

use std::ops::Range;

use crate::host::{Manners, Transport};
use crate::timeline::Timeline;

/// One thing that the transport does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Move {
    /// It rolls through these ticks. A roll that does not begin where the last one ended is a
    /// jump, or a loop that wraps.
    Roll {
        /// From the first up to the last, which is not played.
        ticks: Range<i64>,
        /// The loop that the host says is on.
        looped: Option<Range<i64>>,
    },
    /// It stands still at a tick for so many samples; the plugin is processed on.
    Halt {
        /// Where.
        tick: i64,
        /// For how long, in samples.
        samples: i64,
    },
}

/// What the transport does from beginning to end.
#[derive(Clone, Debug)]
pub struct Script {
    /// Tempo and meter.
    pub timeline: Timeline,
    /// The sample rate, in Hz.
    pub rate: u32,
    /// What it does.
    pub moves: Vec<Move>,
    /// How the host tells of it.
    pub manners: Manners,
    /// Do blocks go over the seams between rolls? Else they are cut short there.
    pub over_seams: bool,
    /// The host processes so many samples at a time, counted from each move's beginning, cut into blocks: of all of them
    /// it says where the first begins. `None`: it says where each begins.
    pub cycle: Option<u32>,
}

/// One call of the plugin's `process()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its first sample, counted since the script began (never turned back).
    pub start: i64,
    /// How many samples it has, at least 1.
    pub frames: u32,
    /// Which of the script's moves it belongs to.
    pub move_index: usize,
    /// Samples since that move began.
    pub offset: i64,
}

impl Script {
    /// A script without moves.
    #[must_use]
    pub fn new(timeline: Timeline, rate: u32) -> Self {
        Self { timeline, rate, moves: Vec::new(), manners: Manners::GOOD, over_seams: false, cycle: None }
    }

    /// Then rolls through these ticks.
    #[must_use]
    pub fn roll(mut self, ticks: Range<i64>) -> Self {
        self.moves.push(Move::Roll { ticks, looped: None });
        self
    }

    /// Then plays a loop so many times, having announced it.
    #[must_use]
    pub fn cycle(mut self, ticks: &Range<i64>, times: usize) -> Self {
        for _ in 0..times {
            self.moves.push(Move::Roll { ticks: ticks.clone(), looped: Some(ticks.clone()) });
        }
        self
    }

    /// Then stops where it is for so many samples.
    #[must_use]
    pub fn halt(mut self, samples: i64) -> Self {
        let tick = self.moves.len().checked_sub(1).map_or(0, |last| self.last_tick(last));
        self.moves.push(Move::Halt { tick, samples });
        self
    }

    /// How many samples a move lasts.
    #[must_use]
    pub fn length(&self, index: usize) -> i64 {
        match &self.moves[index] {
            Move::Roll { ticks, .. } => self.timeline.samples(ticks.start, ticks.end, self.rate),
            Move::Halt { samples, .. } => *samples,
        }
    }

    /// The first sample of a move.
    #[must_use]
    pub fn start(&self, index: usize) -> i64 {
        (0..index).map(|before| self.length(before)).sum()
    }

    /// The tick at which a move begins.
    #[must_use]
    pub fn first_tick(&self, index: usize) -> i64 {
        match &self.moves[index] {
            Move::Roll { ticks, .. } => ticks.start,
            Move::Halt { tick, .. } => *tick,
        }
    }

    /// The tick at which a move ends.
    #[must_use]
    pub fn last_tick(&self, index: usize) -> i64 {
        match &self.moves[index] {
            Move::Roll { ticks, .. } => ticks.end,
            Move::Halt { tick, .. } => *tick,
        }
    }

    /// The calls of `process()`, with blocks of these sizes over and over. Blocks are cut short
    /// where tempo or meter change, since the plugin hears of them only at the start of a block;
    /// and where the transport moves, but for [`Self::over_seams`].
    ///
    /// # Panics
    /// If there is no size, or if one is 0.
    #[must_use]
    pub fn blocks(&self, sizes: &[u32]) -> Vec<Block> {
        assert!(!sizes.is_empty() && sizes.iter().all(|&size| size > 0), "blocks have at least one sample");
        let mut sizes = sizes.iter().copied().cycle();
        let mut blocks = Vec::new();
        let mut starts: Vec<_> = (0..self.moves.len())
            .scan(0, |next, index| {
                let start = *next;
                *next += self.length(index);
                Some(start)
            })
            .collect();
        let end = starts.last().map_or(0, |start| start + self.length(starts.len() - 1));
        starts.push(end);
        let mut at = 0;
        for cut in self.cuts(&starts) {
            while at < cut {
                let left = u32::try_from(cut - at).unwrap_or(u32::MAX);
                let frames = sizes.next().unwrap_or(left).min(left);
                let move_index = starts.partition_point(|&start| start <= at).saturating_sub(1);
                blocks.push(Block { start: at, frames, move_index, offset: at - starts[move_index] });
                at += i64::from(frames);
            }
        }
        blocks
    }

    /// The samples before which a block has to end, in order; `starts`: where each move begins,
    /// and the end of the last one.
    fn cuts(&self, starts: &[i64]) -> Vec<i64> {
        let mut cuts = Vec::new();
        for (index, action) in self.moves.iter().enumerate() {
            if let Move::Roll { ticks, .. } = action {
                let changes = self.timeline.changes(ticks.start, ticks.end);
                cuts.extend(
                    changes.iter().map(|&tick| starts[index] + self.timeline.samples(ticks.start, tick, self.rate)),
                );
            }
            if let (Move::Roll { .. }, Some(cycle)) = (action, self.cycle) {
                let cycles = (starts[index]..starts[index + 1]).step_by(usize::try_from(cycle).unwrap_or(1).max(1));
                cuts.extend(cycles.skip(1));
            }
            let seam = matches!((action, self.moves.get(index + 1)), (Move::Roll { .. }, Some(Move::Roll { .. })));
            if !(seam && self.over_seams) {
                cuts.push(starts[index + 1]);
            }
        }
        cuts.sort_unstable();
        cuts
    }

    /// Does the transport roll during this block?
    #[must_use]
    pub fn rolls(&self, block: &Block) -> bool {
        matches!(self.moves[block.move_index], Move::Roll { .. })
    }

    /// What the host says of the transport at the start of a block.
    #[must_use]
    pub fn event(&self, block: &Block) -> Transport {
        let cycle = self.cycle.filter(|_| self.rolls(block)).map_or(1, i64::from);
        let offset = block.offset - block.offset % cycle.max(1);
        let said = (offset != block.offset).then(|| Box::new(self.truth(&Block { offset, ..*block })));
        Transport { said, ..self.truth(block) }
    }

    fn truth(&self, block: &Block) -> Transport {
        let (timeline, rate) = (&self.timeline, self.rate);
        let first = self.first_tick(block.move_index);
        let (playing, samples, looped) = match &self.moves[block.move_index] {
            Move::Roll { looped, .. } => (true, block.offset, looped.clone()),
            Move::Halt { .. } => (false, 0, None),
        };
        let place = timeline.place(first, samples, rate);
        Transport {
            playing,
            recording: false,
            micros: timeline.micros(first, samples, rate),
            place,
            seconds: timeline.seconds(first, samples, rate),
            bar: timeline.bar(place.floor()),
            looped,
            rate,
            manners: self.manners,
            said: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::QUARTER;
    use model::TimeSignature;

    fn script() -> Script {
        let timeline = Timeline::new(&[(0, 500_000), (2 * QUARTER, 400_000)], &[(0, TimeSignature::FOUR_FOUR)]);
        Script::new(timeline, 48_000).roll(0..4 * QUARTER).cycle(&(0..QUARTER), 2).halt(100)
    }

    #[test]
    fn blocks_cover_every_sample_once() {
        let script = script();
        for sizes in [&[64][..], &[1000, 1, 333], &[16_384]] {
            let mut next = 0;
            for block in script.blocks(sizes) {
                assert_eq!(block.start, next);
                assert_eq!(block.start, script.start(block.move_index) + block.offset);
                next += i64::from(block.frames);
            }
            assert_eq!(next, 48_000 + 38_400 + 2 * 24_000 + 100);
        }
    }

    #[test]
    fn blocks_are_cut_where_the_tempo_changes() {
        let script = script();
        let blocks = script.blocks(&[10_000]);
        let cut = blocks.iter().find(|block| block.start == 48_000).expect("a block begins at the change");
        assert_eq!(script.event(cut).bpm(), 150.0);
        assert_eq!(script.event(&blocks[4]).bpm(), 120.0);
    }

    #[test]
    fn the_loop_is_announced() {
        let script = script();
        let blocks = script.blocks(&[16_384]);
        let looped = blocks.iter().find(|block| block.move_index == 1).expect("the loop is played");
        let event = script.event(looped);
        assert!(event.rolls());
        assert_eq!(event.told_loop(), Some(&(0..QUARTER)));
        assert!(!script.event(blocks.last().expect("blocks")).rolls());
    }

    #[test]
    fn blocks_go_over_seams_on_request() {
        let mut script = script();
        script.over_seams = true;
        let blocks = script.blocks(&[16_384]);
        // The first roll ends at 86 400, where the loop begins: 70 784 + 16 384 is beyond.
        let over = blocks.iter().find(|block| block.start + i64::from(block.frames) > 86_400).expect("it goes on");
        assert!(over.start < 86_400 && over.move_index == 0);
        let next = blocks.iter().find(|block| block.start > 86_400).expect("a block");
        assert_eq!((next.move_index, next.offset), (1, next.start - 86_400));
        assert_eq!(blocks.last().map(|block| (block.move_index, block.offset)), Some((3, 0)), "a stop is a cut");
    }
}
