//! Where a band's note may begin, worked out in whole numbers from the transport as it is.
//!
//! The rule: what stands at a musical position sounds at the first sample whose position is not
//! before it. Within a block the music goes on from the block's first sample at the tempo given
//! there; at the end of an announced loop it goes on from the loop's start.

use crate::exact::Exact;
use crate::host::Transport;
use crate::timeline::{QUARTER, STEP};

/// Who lands at most so many ticks after a bar line (1/32 of a quarter note) lands on it, by the
/// plugin's rule: the notes of the line itself then come with the first sample.
const ON_LINE: i64 = QUARTER / 32;

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

/// The step to which an onset at this sample of the block is nearest. `due`: up to how many ticks
/// before the block's start a note may lie that comes at its first sample. `late`: how many ticks
/// after its step a note may begin.
#[must_use]
pub fn nearest(transport: &Transport, offset: u32, due: i64, late: i64) -> Onset {
    let looped = transport.told_loop().filter(|looped| transport.place.floor() < looped.end);
    let here = at(transport, offset).floor();
    let wraps = looped.map_or(0, |looped| (here - looped.start).max(0) / (looped.end - looped.start));
    let base = transport.bar.start;
    let step = |tick: i64| base + (tick - base).div_euclid(STEP) * STEP;
    // Where the transport came from elsewhere, what should already have been is due at once.
    let is_due = |start: i64, tick: i64, most: i64| (0..=most).contains(&(start - tick));
    let of = |wraps: i64, tick: i64| {
        let error = match looped.filter(|_| wraps > 0) {
            Some(looped) => {
                let played = if is_due(looped.start, tick, ON_LINE) { looped.start } else { tick };
                error(transport, played + wraps * (looped.end - looped.start), offset, late)
            }
            None if due > 0 && is_due(transport.place.floor(), tick, due) => {
                u64::from(offset).saturating_sub(length_of(transport, late))
            }
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
        // Who is a little early at the loop's end has the steps at its start in mind.
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
fn at(transport: &Transport, offset: u32) -> Exact {
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

/// By how many ticks a note may already be due at the first sample of a block, because the
/// transport came there otherwise than by going on: 0 if it went on, to two samples.
#[must_use]
pub(super) fn already_due(before: Option<(&Transport, u32)>, now: &Transport) -> i64 {
    let Some((before, frames)) = before.filter(|(before, _)| before.rolls() && now.rolls()) else { return ON_LINE };
    if bars_surprise(before, now) {
        return ON_LINE;
    }
    let sample = 960e6 / (f64::from(before.micros) * f64::from(before.rate));
    let straight = at(before, frames);
    // Where it should be: at the end of an announced loop, where that starts.
    let mut expected = straight.value();
    let mut wraps_now = false;
    if let Some(looped) = before.told_loop().filter(|looped| before.place.floor() < looped.end) {
        let length = looped.end - looped.start;
        #[expect(clippy::cast_precision_loss, reason = "to two samples")]
        let (start, back) = (looped.start as f64, ((straight.floor() - looped.start).max(0) / length * length) as f64);
        expected -= back;
        wraps_now = back > 0.0 && expected - start <= sample;
    }
    let mut gap = now.place.value() - expected;
    let beside = now.place.value() - straight.value();
    if wraps_now && beside.abs() < gap.abs() {
        // Nothing has wrapped yet, and it goes on.
        gap = beside;
    }
    if gap.abs() <= 2.0 * sample {
        return if wraps_now { ON_LINE } else { 0 };
    }
    // A step is played late where less than half of one is left out: that is no jump.
    #[expect(clippy::cast_possible_truncation, reason = "a few ticks")]
    let left_out = gap.clamp(0.0, 1e6).ceil() as i64;
    if left_out <= STEP / 2 { left_out.max(ON_LINE) } else { ON_LINE }
}

/// Do the bars differ from what could be known before? Then a plugin looks for its place as after
/// a jump. A host that names bars but no meter surprises with every bar.
fn bars_surprise(before: &Transport, now: &Transport) -> bool {
    before.bar.meter != now.bar.meter || (!now.manners.meter && before.bar.start != now.bar.start)
}
