//! What the host's transport does, as data, and what it tells the plugin of each block.

use std::ops::Range;

use clack_host::events::event_types::{TransportEvent, TransportFlags};
use clack_host::events::{EventFlags, EventHeader};
use clack_host::utils::{BeatTime, SecondsTime};

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
        Self { timeline, rate, moves: Vec::new() }
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
    /// where the transport moves and where tempo or meter change: the plugin hears of them only
    /// at the start of a block.
    ///
    /// # Panics
    /// If there is no size, or if one is 0.
    #[must_use]
    pub fn blocks(&self, sizes: &[u32]) -> Vec<Block> {
        assert!(!sizes.is_empty() && sizes.iter().all(|&size| size > 0), "blocks have at least one sample");
        let mut sizes = sizes.iter().copied().cycle();
        let mut blocks = Vec::new();
        let mut start = 0;
        for (move_index, action) in self.moves.iter().enumerate() {
            let mut cuts: Vec<i64> = match action {
                Move::Roll { ticks, .. } => {
                    let changes = self.timeline.changes(ticks.start, ticks.end);
                    changes.iter().map(|&tick| self.timeline.samples(ticks.start, tick, self.rate)).collect()
                }
                Move::Halt { .. } => Vec::new(),
            };
            cuts.push(self.length(move_index));
            let mut offset = 0;
            for cut in cuts {
                while offset < cut {
                    let left = u32::try_from(cut - offset).unwrap_or(u32::MAX);
                    let frames = sizes.next().unwrap_or(left).min(left);
                    blocks.push(Block { start: start + offset, frames, move_index, offset });
                    offset += i64::from(frames);
                }
            }
            start += offset;
        }
        blocks
    }

    /// Does the transport roll during this block?
    #[must_use]
    pub fn rolls(&self, block: &Block) -> bool {
        matches!(self.moves[block.move_index], Move::Roll { .. })
    }

    /// What a well-behaved CLAP host says of the transport at the start of a block.
    #[must_use]
    pub fn event(&self, block: &Block) -> TransportEvent {
        let (timeline, rate) = (&self.timeline, self.rate);
        let first = self.first_tick(block.move_index);
        let mut flags = TransportFlags::HAS_TEMPO
            | TransportFlags::HAS_BEATS_TIMELINE
            | TransportFlags::HAS_SECONDS_TIMELINE
            | TransportFlags::HAS_TIME_SIGNATURE;
        let mut samples = 0;
        let mut loop_ticks = 0..0;
        if let Move::Roll { looped, .. } = &self.moves[block.move_index] {
            flags |= TransportFlags::IS_PLAYING;
            samples = block.offset;
            if let Some(looped) = looped {
                flags |= TransportFlags::IS_LOOP_ACTIVE;
                loop_ticks = looped.clone();
            }
        }
        let bar = timeline.bar(timeline.tick_at(first, samples, rate));
        let beats = |tick| BeatTime::from_bits(timeline.beat_bits(tick, 0, rate));
        let seconds = |tick| SecondsTime::from_bits(timeline.second_bits(tick, 0, rate));
        TransportEvent {
            header: EventHeader::new_core(0, EventFlags::IS_LIVE),
            flags,
            song_pos_beats: BeatTime::from_bits(timeline.beat_bits(first, samples, rate)),
            song_pos_seconds: SecondsTime::from_bits(timeline.second_bits(first, samples, rate)),
            tempo: timeline.bpm(first, samples, rate),
            tempo_inc: 0.0,
            loop_start_beats: beats(loop_ticks.start),
            loop_end_beats: beats(loop_ticks.end),
            loop_start_seconds: seconds(loop_ticks.start),
            loop_end_seconds: seconds(loop_ticks.end),
            bar_start: beats(bar.start),
            bar_number: i32::try_from(bar.number).unwrap_or(i32::MAX),
            time_signature_numerator: u16::from(bar.meter.numerator()),
            time_signature_denominator: u16::from(bar.meter.denominator()),
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
        assert_eq!(script.event(cut).tempo, 150.0);
        assert_eq!(script.event(&blocks[4]).tempo, 120.0);
    }

    #[test]
    fn the_loop_is_announced() {
        let script = script();
        let blocks = script.blocks(&[16_384]);
        let looped = blocks.iter().find(|block| block.move_index == 1).expect("the loop is played");
        let event = script.event(looped);
        assert!(event.flags.contains(TransportFlags::IS_LOOP_ACTIVE | TransportFlags::IS_PLAYING));
        assert_eq!(event.loop_end_beats, BeatTime::from_int(1));
        let halted = script.event(blocks.last().expect("blocks"));
        assert!(!halted.flags.contains(TransportFlags::IS_PLAYING));
    }
}
