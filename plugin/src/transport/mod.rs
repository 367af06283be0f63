//! The measure clock: from what the host says of its transport to bar lines in whole samples.
//!
//! **The rounding rule.** What stands at a musical position sounds at the first sample whose
//! position is not before it. A thousandth of a sample is forgiven, since hosts give positions
//! in fixed point. Everything is decided in samples by this rule alone, never by comparing
//! beats, so nothing can happen twice or not at all at a block's edge.
//!
//! ```text
//! beats          3.9997   3.9999   4.0001   4.0003
//! samples   ... ---|--------|--------|--------|---
//! the bar line                      ^ at 4 sounds here
//! ```
//!
//! Within a block the tempo is the one that the host gave at its start. Between blocks the clock
//! goes on by itself and compares with the host:
//!
//! - **Drift** is a difference of up to half a step, and whatever a change of tempo within the last
//!   block explains beyond that (the host tells of such a change a block late). Drift is followed
//!   at once. Steps that are left out so sound with the first sample of the block: a late step is
//!   better than none.
//! - **A jump** is any larger difference; and one of more than 1/64 beat, if the host's sample
//!   position says so too. The measure under way ends, and the clock lands (`landing`).
//!
//! A host that says one position for several blocks is not taken at its word at once (`standing`).
//!
//! Bar lines count forward: a line that was passed is not passed again because the host's
//! position trembles.

mod grid;
mod host;
mod landing;
mod looping;
mod standing;
#[cfg(test)]
mod tests;

use model::TimeSignature;
use model::music::chart::BarPlace;

use crate::units::{Bpm, SampleOffset, SampleRate, Steps};
use grid::Grid;
pub use host::HostTransport;
use standing::Standing;

/// Forgiven when a position is rounded to a sample, in samples. Required: CLAP's beats have 31
/// binary digits, up to 4e-4 samples at 768 kHz.
const FORGIVEN: f64 = 1e-3;

/// How much of a quantised position's difference is followed at once. Chosen.
const SMOOTHING: f64 = 1.0 / 16.0;

/// The most that a quantised position is off, in beats. Measured: Ardour counts 1920 ticks a
/// quarter note.
const QUANTUM: f64 = 1.5 / 1920.0;

/// More than this is a jump, in beats. Chosen: half a step.
const JUMP: f64 = 0.125;

/// Something that happens at a sample of the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The transport starts, anywhere.
    Start,
    /// The transport stops, after so many steps of the measure under way.
    Stop {
        /// Steps that were played.
        played: u8,
    },
    /// The transport jumps (or the meter's bar lines do): the measure under way is cut off after
    /// so many steps.
    Break {
        /// Steps that were played.
        played: u8,
    },
    /// A measure (or a part of a long one) begins; the one before is complete.
    Line {
        /// How many steps it has, 1…16.
        steps: u8,
        /// How many the one after it has, as far as is known.
        next_steps: u8,
    },
    /// The last step of the measure under way begins.
    LastStep,
}

/// A moment that comes in this block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Upcoming {
    /// When.
    pub at: SampleOffset,
    /// What.
    pub moment: Moment,
    turn: Turn,
}

impl Upcoming {
    /// Does it end a measure on its bar line?
    #[must_use]
    pub const fn ends_a_measure(&self) -> bool {
        matches!(self.turn, Turn::Line | Turn::WrapOnLine)
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Turn {
    Queued,
    Enter,
    LastStep,
    Line,
    /// The loop wraps on a bar line.
    WrapOnLine,
    /// The loop wraps elsewhere.
    Wrap,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Stopped,
    /// It rolls, but no measure is under way: the next line is waited for.
    Waiting,
    Playing,
}

/// Follows a host's transport through blocks.
///
/// For each block: [`Self::begin_block`], then [`Self::upcoming`] and [`Self::pass`] until
/// nothing comes any more; between them [`Self::offset_of`] places what is played.
///
/// # Realtime safety
/// Nothing allocates.
#[derive(Clone, Debug)]
pub struct MeasureClock {
    rate: SampleRate,
    /// The host has once said a position that lies on no grid of ticks. So it does not round its
    /// positions, and those that happen to lie on the grid, as after a jump, are exact too.
    exact: bool,
    /// The host has once said a position that lies on the grid of ticks but on no sixteenth: it may
    /// round its positions.
    ticks: bool,
    /// The host has named a bar line that cannot be one: its bar lines are not believed any more.
    misnames: bool,
    phase: Phase,
    tempo: Option<Bpm>,
    /// Where sample 0 of the block lies, in beats. After a wrap within the block: where it would lie
    /// if the music after the wrap had begun before the block.
    position: f64,
    beats_per_sample: f64,
    frames: u32,
    /// All before this sample is done.
    handled: u32,
    queued: Option<Moment>,
    /// The position is on the line at which the grid's part starts, and this line was not given yet.
    entering: bool,
    last_step_due: bool,
    meter: Option<TimeSignature>,
    /// `None` while the meter is unsupported.
    grid: Option<Grid>,
    loop_range: Option<(f64, f64)>,
    /// The measure in which the loop starts, as it was when the transport was there last.
    loop_measure: Option<Grid>,
    /// The host's sample position at the end of the block, if it goes on evenly.
    next_samples: Option<f64>,
    standing: Standing,
}

impl MeasureClock {
    /// A clock whose transport stands.
    #[must_use]
    pub fn new(rate: SampleRate) -> Self {
        Self {
            rate,
            exact: false,
            ticks: false,
            misnames: false,
            phase: Phase::Stopped,
            tempo: None,
            position: 0.0,
            beats_per_sample: 1.0,
            frames: 0,
            handled: 0,
            queued: None,
            entering: false,
            last_step_due: false,
            meter: Some(TimeSignature::FOUR_FOUR),
            grid: None,
            loop_range: None,
            loop_measure: None,
            next_samples: None,
            standing: Standing::default(),
        }
    }

    /// The same, whose transport is known never to round a position.
    #[must_use]
    pub fn of_exact(rate: SampleRate) -> Self {
        Self { exact: true, ..Self::new(rate) }
    }

    /// Forgets where the transport was, but not what its host is like.
    pub fn restart(&mut self) {
        let Self { rate, exact, ticks, misnames, standing, .. } = *self;
        *self = Self { exact, ticks, misnames, standing: standing.known(), ..Self::new(rate) };
    }

    /// The same where the transport may go on, in the middle of what a host processes, even.
    pub fn reset(&mut self) {
        let standing = self.standing.reset(self.frames);
        self.restart();
        self.standing = standing;
    }

    /// The sample rate.
    #[must_use]
    pub const fn rate(&self) -> SampleRate {
        self.rate
    }

    /// Where the block ends, in steps of the measure under way.
    #[must_use]
    pub fn end_of_block(&self) -> Steps {
        self.place_of(SampleOffset(self.frames))
    }

    /// Does the transport roll?
    #[must_use]
    pub fn is_rolling(&self) -> bool {
        self.phase != Phase::Stopped
    }

    /// Is a measure under way?
    #[must_use]
    pub fn in_measure(&self) -> bool {
        self.phase == Phase::Playing
    }

    /// How many steps the measure under way has (or, while the next line is waited for, the part
    /// before that line), 1…16.
    #[must_use]
    pub fn steps(&self) -> u8 {
        self.grid.map_or(16, |grid| grid.steps)
    }

    /// A block begins, and this is what the host says of its first sample.
    pub fn begin_block(&mut self, host: &HostTransport, frames: u32) {
        let last_frames = self.frames;
        let last_block = f64::from(last_frames);
        let (own, last_speed) = (self.position + last_block * self.beats_per_sample, self.beats_per_sample);
        self.frames = frames;
        self.handled = 0;
        self.queued = None;
        self.tempo = host.tempo.or(self.tempo);
        self.meter = host.meter(self.meter);
        // What is known of a host is not asked again.
        self.exact = self.exact || host.is_off_grid();
        self.ticks = self.ticks || host.is_on_a_tick();
        self.misnames = self.misnames || self.meter.is_some_and(|meter| host.misnames_bars(meter));
        let (true, Some(tempo)) = (host.playing, self.tempo) else {
            if self.phase != Phase::Stopped {
                self.queued = Some(Moment::Stop { played: self.played(own) });
            }
            self.phase = Phase::Stopped;
            self.entering = false;
            self.next_samples = None;
            self.standing = self.standing.known();
            return;
        };
        self.beats_per_sample = tempo.beats_per_sample(self.rate);
        let expected = self.next_samples;
        self.next_samples = host.exact_samples().map(|at| at + f64::from(frames));
        let announced = self.hear_of_loop(host);
        if self.phase == Phase::Stopped {
            self.queued = Some(Moment::Start);
            let after = standing::as_f64(self.standing.resume(host));
            self.next_samples = self.next_samples.map(|next| next + after);
            self.locate(host, after * self.beats_per_sample);
        } else if let Some(after) = self.stands(host, own, expected, last_frames) {
            self.position = own;
            self.next_samples = self.next_samples.map(|next| next + standing::as_f64(after));
            // Where the loop came round exactly as the last block ended, the host has not said so yet.
            let round = announced.filter(|&(_, end)| own >= end - self.slack());
            self.wrap_between_blocks(announced, round.map_or(own, |(start, end)| own + start - end));
            self.compare_bar_lines(host);
        } else {
            self.position = own;
            let said = host.position(own, expected, self.beats_per_sample, self.may_be_quantised(host));
            self.wrap_between_blocks(announced, said);
            let explained = last_block * (self.beats_per_sample - last_speed).abs();
            if (said - self.position).abs() > host.allowed_drift(expected, explained) {
                self.break_off();
                self.locate(host, 0.0);
            } else {
                self.follow(host, said);
                self.compare_bar_lines(host);
            }
        }
        self.remember_loop_start();
    }

    /// How many samples this block begins after the position that the host says again; `None`: it begins there.
    fn stands(&mut self, host: &HostTransport, own: f64, expected: Option<f64>, last_frames: u32) -> Option<u64> {
        let after = self.standing.hear(host, last_frames, self.beats_per_sample);
        // A loop that was announced may lead to the same place again and again, and the clock has followed it.
        let quantised = self.may_be_quantised(host);
        let said = host.position(own, expected, self.beats_per_sample, quantised);
        let same = if quantised { QUANTUM } else { 2.0 * self.beats_per_sample };
        // (In a cycle's first piece of a sample or two, the position that is said again lies near too.)
        let since = standing::as_f64(self.standing.since()) * self.beats_per_sample;
        let came_round =
            self.loop_range.filter(|&(start, end)| 2.0 * since >= end - start).is_some_and(|(start, end)| {
                (said - own).abs() <= same || (own >= end - same && (said - own - (start - end)).abs() <= same)
            });
        if came_round {
            self.standing.begin(host);
            return None;
        }
        after
    }

    /// Has the host said the same position for longer than any cycle of a host lasts, while it rolls?
    #[must_use]
    pub fn is_stuck(&self) -> bool {
        self.phase != Phase::Stopped && self.standing.is_stuck()
    }

    /// What the host says differs from the clock by drift alone.
    fn follow(&mut self, host: &HostTransport, said: f64) {
        let difference = said - self.position;
        // A position in samples does not tremble.
        let trembles = host.has_beats() && self.may_be_quantised(host);
        // Nor does a loop's start, to which the host went, whatever it rounds.
        let came_back = self.loop_range.is_some_and(|(start, _)| start == said);
        if !trembles || came_back || difference.abs() > QUANTUM {
            self.position = said;
        } else if difference.abs() > self.slack() {
            self.position += difference * SMOOTHING;
        }
    }

    /// The next moment in this block, if any.
    #[must_use]
    pub fn upcoming(&self) -> Option<Upcoming> {
        let now = |moment, turn| Some(Upcoming { at: SampleOffset(self.handled), moment, turn });
        if let Some(moment) = self.queued {
            return now(moment, Turn::Queued);
        }
        let grid = self.grid.filter(|_| self.phase != Phase::Stopped)?;
        if self.entering {
            return now(self.line(&grid), Turn::Enter);
        }
        // Most blocks end before anything comes.
        let last_step = self.last_step_due && self.phase == Phase::Playing;
        let nearest = if last_step { grid.part_start + f64::from(grid.steps - 1) / 4.0 } else { grid.part_end };
        let nearest =
            self.loop_range.map_or(nearest, |(_, end)| if self.lies_ahead(end) { nearest.min(end) } else { nearest });
        if self.sample_of(nearest) >= self.frames {
            return None;
        }
        let line = self.sample_of(grid.part_end);
        let next = grid.next(self.meter?)?;
        let (mut at, mut moment, mut turn) = (line, self.line(&next), Turn::Line);
        if let Some((start, end)) = self.loop_range.filter(|&(_, end)| self.lies_ahead(end)) {
            // A loop's ends may be whole samples in the host: two samples are the same place.
            let same = 2.0 * self.beats_per_sample;
            let wrap = self.sample_of(end);
            let on_line = grid.last && (end - grid.end()).abs() <= same;
            if let Some(first) = self.measure_from(start).filter(|_| on_line) {
                (at, moment, turn) = (wrap, self.line(&first), Turn::WrapOnLine);
            } else if wrap <= line {
                (at, moment, turn) = (wrap, Moment::Break { played: self.played(end) }, Turn::Wrap);
            }
        }
        if last_step {
            let last = self.sample_of(grid.part_start + f64::from(grid.steps - 1) / 4.0);
            // Where the loop ends as the last step begins, that step is not played.
            if last < at || (last == at && turn != Turn::Wrap) {
                (at, moment, turn) = (last, Moment::LastStep, Turn::LastStep);
            }
        }
        (at < self.frames).then_some(Upcoming { at: SampleOffset(at), moment, turn })
    }

    /// Goes past a moment that [`Self::upcoming`] gave.
    pub fn pass(&mut self, upcoming: &Upcoming) {
        self.handled = self.handled.max(upcoming.at.0);
        match upcoming.turn {
            Turn::Queued => self.queued = None,
            Turn::Enter => self.enter(),
            Turn::LastStep => self.last_step_due = false,
            Turn::Line => {
                self.grid = self.grid.zip(self.meter).and_then(|(grid, meter)| grid.next(meter));
                self.enter();
            }
            Turn::WrapOnLine => self.wrap_on_line(),
            Turn::Wrap => self.wrap_elsewhere(),
        }
    }

    /// The first sample at which a place of the measure under way is reached; `None` if that is
    /// not in this block. What should already have been is due at once.
    #[must_use]
    pub fn offset_of(&self, place: Steps) -> Option<SampleOffset> {
        let grid = self.grid?;
        let at = self.sample_of(grid.part_start + place.0 / 4.0);
        (at < self.frames).then_some(SampleOffset(at))
    }

    /// Where a sample lies in the measure under way. While the next line is waited for: in the
    /// part that ends there.
    #[must_use]
    pub fn place_of(&self, at: SampleOffset) -> Steps {
        let start = self.grid.map_or(0.0, |grid| grid.part_start);
        Steps((self.beat_at(at.0) - start) * 4.0)
    }

    /// How long one sample is, in steps.
    #[must_use]
    pub fn steps_per_sample(&self) -> f64 {
        self.beats_per_sample * 4.0
    }

    /// How long after this block the next measure begins, in seconds; infinite while nothing
    /// rolls.
    #[must_use]
    pub fn until_line(&self) -> f64 {
        let Some(grid) = self.grid.filter(|_| self.phase != Phase::Stopped) else { return f64::INFINITY };
        (grid.part_end - self.beat_at(self.frames)).max(0.0) / self.beats_per_sample / self.rate.get()
    }

    /// Where the measure under way lies in the song, and the one after it, as far as the host has said. Bars are counted
    /// from the beginning of the host's time, as if the meter had never changed before the transport started or jumped;
    /// from there on one after the other, whatever the meter.
    #[must_use]
    pub fn places(&self) -> (Option<BarPlace>, Option<BarPlace>) {
        let Some(grid) = self.grid.filter(|_| self.in_measure()) else { return (None, None) };
        let same = 2.0 * self.beats_per_sample;
        let wraps = self.loop_range.filter(|&(_, end)| grid.last && (end - grid.end()).abs() <= same);
        let round = wraps.and_then(|(start, _)| self.measure_from(start));
        let next = round.or_else(|| grid.next(self.meter?));
        (Some(grid.place()), next.map(|next| next.place()))
    }

    fn enter(&mut self) {
        self.entering = false;
        self.phase = Phase::Playing;
        self.last_step_due = true;
        self.remember_loop_start();
    }

    fn line(&self, grid: &Grid) -> Moment {
        let after = grid.next(grid.meter());
        Moment::Line { steps: grid.steps, next_steps: after.map_or(grid.steps, |after| after.steps) }
    }

    /// How many steps of the measure under way lie before `position`.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0…16")]
    fn played(&self, position: f64) -> u8 {
        self.grid
            .filter(|_| self.phase == Phase::Playing)
            .map_or(0, |grid| ((position - grid.part_start) * 4.0).round().clamp(0.0, f64::from(grid.steps)) as u8)
    }

    fn lies_ahead(&self, beat: f64) -> bool {
        self.beat_at(self.handled) < beat - self.slack()
    }

    /// May the position that the host says be rounded, or be worked out from its samples? A host that
    /// has only ever named sixteenths is taken at its word: songs start there, and jumps lead there.
    fn may_be_quantised(&self, host: &HostTransport) -> bool {
        !host.has_beats() || (self.ticks && !self.exact)
    }

    fn slack(&self) -> f64 {
        FORGIVEN * self.beats_per_sample
    }

    fn beat_at(&self, offset: u32) -> f64 {
        self.position + f64::from(offset) * self.beats_per_sample
    }

    /// The rounding rule; never a sample that was handled already.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a u32")]
    fn sample_of(&self, beat: f64) -> u32 {
        let exact = (beat - self.position) / self.beats_per_sample - FORGIVEN;
        (exact.ceil().clamp(0.0, f64::from(u32::MAX)) as u32).max(self.handled)
    }
}
