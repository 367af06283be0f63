//! What may come with the first sample of a block though it lies before: the plugin's two rules
//! for a transport that is not where it was expected, in exact arithmetic.
//!
//! - **Drift**: a difference of up to half a step, and what a change of tempo within the last
//!   block explains beyond that, is none of the music's. Steps that were left out come at once.
//! - **A landing**: after a start, after any larger jump (1/64 of a quarter note is one, where the
//!   samples jump too), where a loop comes back to its start, and where bars begin that nobody could
//!   foresee, a line that lies up to 1/32 of a quarter note before comes at once.
//!
//! Where the transport goes on as it was said, nothing is due.

use crate::exact::Exact;
use crate::host::Transport;
use crate::timeline::{QUARTER, STEP};

use super::onset::at;

/// A transport that lands at most this many ticks after a bar line lands on it.
pub(super) const ON_LINE: i64 = QUARTER / 32;

/// The smallest jump, in ticks, if the samples jump too.
const SURE_JUMP: f64 = 15.0;

/// The smallest jump, in ticks, if they do not, and the tempo stays.
const JUMP: f64 = 120.0;

/// By how many samples a position may lie beside where the one before led: hosts round it to whole samples.
const ROUNDED: f64 = 2.0;

/// By how many ticks two positions may differ that are rounded to half a tick, for a plugin that
/// makes the best of them.
const ROUNDED_TICKS: f64 = 2.0;

/// What may already be due at the first sample of a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// A line a little before.
    pub line: bool,
    /// Steps up to so many ticks before.
    pub steps: i64,
}

impl Due {
    /// Nothing: the transport goes on.
    pub const NOTHING: Self = Self { line: false, steps: 0 };
    /// It has landed here.
    pub const LANDED: Self = Self { line: true, steps: 0 };

    /// What is due, with the transport in one block (and how many samples that had) and in the
    /// next.
    #[must_use]
    pub fn between(before: Option<(&Transport, u32)>, now: &Transport) -> Self {
        let Some((before, frames)) = before.filter(|(before, _)| before.rolls() && now.rolls()) else {
            return Self::LANDED;
        };
        let sample = 960e6 / (f64::from(before.micros) * f64::from(before.rate));
        let rounding = if now.manners.coarse { ROUNDED_TICKS } else { ROUNDED * sample };
        let Gap { ticks: gap, wraps } = Gap::between(before, frames, now, sample);
        let jumped = (now.samples() - before.samples()).abs_diff(i64::from(frames)) > 2;
        let drift = if jumped && wraps == Wraps::No && now.manners.samples {
            SURE_JUMP
        } else {
            let tempo = |transport: &Transport| 1.0 / f64::from(transport.micros);
            // The speed at which ticks go by may have changed at any sample.
            JUMP + f64::from(frames) * sample * (tempo(now) / tempo(before) - 1.0).abs()
        };
        let lands = gap.abs() > drift - rounding || wraps == Wraps::Now || bars_surprise(before, now);
        let drifts = gap > rounding && gap <= drift + rounding;
        #[expect(clippy::cast_possible_truncation, reason = "a few ticks")]
        let steps = if drifts { gap.ceil() as i64 } else { 0 };
        Self { line: lands, steps }
    }

    /// May what stands at this tick come with the first sample of the block?
    pub(super) fn holds(self, transport: &Transport, tick: i64) -> bool {
        let before = transport.place.floor() - tick;
        let is_line = || is_line(transport, tick);
        (0..=self.steps).contains(&before) && self.steps > 0
            || self.line && (0..=ON_LINE).contains(&before) && is_line()
    }
}

/// Does an announced loop wrap?
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wraps {
    No,
    /// It did in the last block.
    Before,
    /// To a sample where that block ends.
    Now,
}

/// By how many ticks the transport is beyond where the last block led.
struct Gap {
    ticks: f64,
    wraps: Wraps,
}

impl Gap {
    fn between(before: &Transport, frames: u32, now: &Transport, sample: f64) -> Self {
        let straight = at(before, frames);
        let beside = now.place.value() - straight.value();
        let Some(looped) = before.told_loop().filter(|looped| before.place.floor() < looped.end) else {
            return Self { ticks: beside, wraps: Wraps::No };
        };
        let value = |ticks: i64| Exact::from(ticks).value();
        let length = value(looped.end - looped.start);
        let rounds = ((straight.value() - value(looped.start)) / length).max(0.0);
        let gap = |rounds: f64| beside + rounds * length;
        // A loop's end between two samples is reached by the one or by the other.
        let nearest = rounds.round();
        if nearest >= 1.0 && (rounds - nearest).abs() * length <= sample {
            let (wrapped, not_yet) = (gap(nearest), gap(nearest - 1.0));
            return Self { ticks: if wrapped.abs() <= not_yet.abs() { wrapped } else { not_yet }, wraps: Wraps::Now };
        }
        Self { ticks: gap(rounds.floor()), wraps: if rounds >= 1.0 { Wraps::Before } else { Wraps::No } }
    }
}

/// Is this one of the lines of the bar in which the block begins? In a long bar those of its
/// parts are lines too. Where the host tells no bars, or no meter, a plugin can only
/// guess them.
fn is_line(transport: &Transport, tick: i64) -> bool {
    if !(transport.tells_bars() && transport.manners.meter) {
        return true;
    }
    let mut line = transport.bar.start;
    let mut parts = transport.bar.meter.parts().into_iter().flatten();
    line == tick
        || parts.any(|steps| {
            line += i64::from(steps) * STEP;
            line == tick
        })
}

/// Do the bars differ from what could be known before? A host that says of every piece of a block where the whole began
/// tells of a bar only with the next.
fn bars_surprise(before: &Transport, now: &Transport) -> bool {
    let (before, now) = (before.as_said(), now.as_said());
    let beside = now.bar.start - before.bar.start;
    if !now.tells_bars() {
        // A new meter moves the lines that a plugin counts.
        before.bar.meter != now.bar.meter
    } else if !now.manners.meter {
        // Each bar that is not as long as was thought.
        beside != 0
    } else {
        beside.rem_euclid(before.bar.length()) != 0
    }
}
