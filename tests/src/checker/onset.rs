//! Where a band's note may begin, worked out in whole numbers from the transport as it is.
//!
//! The rule: what stands at a musical position sounds at the first sample whose position is not
//! before it. Within a block the music goes on from the block's first sample at the tempo given
//! there; at the end of an announced loop it goes on from the loop's start.

use super::due::{self, Due};
use crate::exact::Exact;
use crate::host::Transport;
use crate::timeline::{QUARTER, STEP};

/// A step that a note can have meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Onset {
    /// The step, in ticks.
    pub tick: i64,
    /// How often the loop has wrapped since the block's start.
    pub wraps: i64,
    /// How many samples the note lies beside it.
    pub error: u64,
}

/// The step to which an onset at this sample of the block is nearest. `due`: what may come with
/// the block's first sample though it lies before. `late`: how many ticks after its step a note
/// may begin.
#[must_use]
pub fn nearest(transport: &Transport, offset: u32, due: Due, late: i64) -> Onset {
    let looped = transport.told_loop().filter(|looped| transport.place.floor() < looped.end);
    let here = at(transport, offset).floor();
    let wraps = looped.map_or(0, |looped| (here - looped.start).max(0) / (looped.end - looped.start));
    let base = transport.bar.start;
    let step = |tick: i64| base + (tick - base).div_euclid(STEP) * STEP;
    let of = |wraps: i64, tick: i64| {
        let error = match looped.filter(|_| wraps > 0) {
            Some(looped) => {
                // Which of the steps at the loop's start is a line, is not said here.
                let lands = (0..=due::ON_LINE).contains(&(looped.start - tick));
                let played = if lands { looped.start } else { tick };
                error(transport, played + wraps * (looped.end - looped.start), offset, late)
            }
            None if due.holds(transport, tick) => u64::from(offset).saturating_sub(length_of(transport, late)),
            None => error(transport, tick, offset, late),
        };
        Onset { tick, wraps, error }
    };
    let before = step(here - looped.map_or(0, |looped| wraps * (looped.end - looped.start)));
    let mut best = of(wraps, before);
    let mut consider = |other: Onset| {
        if other.error < best.error {
            best = other;
        }
    };
    consider(of(wraps, before + STEP));
    if let Some(looped) = looped {
        // A note that is a little early at the loop's end is meant for the steps at its start.
        consider(of(wraps + 1, step(looped.start)));
        consider(of(wraps + 1, step(looped.start) + STEP));
    }
    best
}

/// How many samples so many ticks last, rounded up.
fn length_of(transport: &Transport, ticks: i64) -> u64 {
    let speed = u64::from(transport.micros) * u64::from(transport.rate);
    (ticks.unsigned_abs() * speed).div_ceil(QUARTER.unsigned_abs() * 1_000_000)
}

/// Where the music is at a sample of the block, in ticks, as if no loop wrapped.
pub(super) fn at(transport: &Transport, offset: u32) -> Exact {
    let speed = i128::from(transport.micros) * i128::from(transport.rate);
    let (numerator, denominator) = (transport.place.numerator(), transport.place.denominator());
    let gone = i128::from(offset) * i128::from(QUARTER) * 1_000_000;
    Exact::new(numerator * speed + gone * denominator, denominator * speed)
}

/// How many samples `offset` lies beside the sample of a tick, or beside those up to `late` ticks
/// later.
fn error(transport: &Transport, tick: i64, offset: u32, late: i64) -> u64 {
    let at = i64::from(offset);
    let (first, _) = samples(transport, tick);
    let (_, last) = samples(transport, tick + late);
    if at < first { first.abs_diff(at) } else { at.saturating_sub(last).unsigned_abs() * u64::from(at > last) }
}

/// Which samples of the block a listener would call exact for a tick: the first that is not
/// before it; and the one before, where the tick lies within 1/500 sample after that. (Hosts give
/// the musical position in fixed point, so the plugin cannot tell these apart.)
fn samples(transport: &Transport, tick: i64) -> (i64, i64) {
    let speed = i128::from(transport.micros) * i128::from(transport.rate);
    let (numerator, denominator) = (transport.place.numerator(), transport.place.denominator());
    let exact = (i128::from(tick) * denominator - numerator) * speed;
    let unit = denominator * i128::from(QUARTER) * 1_000_000;
    let over = exact.rem_euclid(unit);
    let late = i64::try_from(exact.div_euclid(unit)).unwrap_or(i64::MAX - 1) + i64::from(over > 0);
    (if over > 0 && over * 500 <= unit { late - 1 } else { late }, late)
}
