//! Tempo and meter of the session, and when its quarters sound.

use anyhow::{Context, ensure};

use super::session::TICKS;
use crate::jack::{BLOCK, RATE};

/// What changes at a place.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Change {
    /// From here on so many quarter notes a minute.
    Tempo(u32),
    /// The same, and from here on evenly, quarter by quarter, to the next tempo.
    Ramp(u32),
    /// A bar line, and from here on so many quarters a measure.
    Meter(u32),
}

use Change::{Meter, Ramp, Tempo};

/// All changes, and the quarter (from 0) at which each stands: a step of the tempo, four measures of 3/4, a
/// ramp. No step between two notes lasts whole samples.
const CHANGES: [(u32, Change); 7] = [
    (0, Tempo(147)),
    (0, Meter(4)),
    (16, Tempo(181)),
    (24, Meter(3)),
    (36, Meter(4)),
    (36, Ramp(181)),
    (44, Tempo(133)),
];

/// Up to which quarter Ardour's own places are compared.
pub(super) const QUARTERS: u32 = 66;

/// The changes for `arrange.lua`: of each what it is, its number, and its quarter.
pub(super) fn words() -> Vec<String> {
    let word = |&(quarter, change): &(u32, Change)| {
        let (what, number) = match change {
            Tempo(bpm) => ("tempo", bpm),
            Ramp(bpm) => ("ramp", bpm),
            Meter(quarters) => ("meter", quarters),
        };
        [what.to_owned(), number.to_string(), quarter.to_string()]
    };
    CHANGES.iter().flat_map(word).collect()
}

/// A tempo, in quarters a second.
#[derive(Clone, Copy, Debug)]
struct Part {
    from: f64,
    speed: f64,
    /// Where a ramp ends, and its slope: how much faster each quarter is than the one before.
    ramp: Option<(f64, f64)>,
}

impl Part {
    /// How long it takes to a quarter within the part, in seconds.
    ///
    /// In a ramp the speed `v` grows evenly along the quarters `q`, from `v0` on: `dt = dq / v`, and so
    /// `t = ln(v / v0) / slope`.
    fn seconds(&self, quarter: f64) -> f64 {
        let quarters = quarter - self.from;
        match self.ramp {
            Some((_, slope)) => (slope * quarters / self.speed).ln_1p() / slope,
            None => quarters / self.speed,
        }
    }
}

/// The tempos, in order.
fn parts() -> Vec<Part> {
    let tempos: Vec<(f64, f64, bool)> = CHANGES
        .iter()
        .filter_map(|&(at, change)| match change {
            Tempo(bpm) => Some((at, bpm, false)),
            Ramp(bpm) => Some((at, bpm, true)),
            Meter(_) => None,
        })
        .map(|(at, bpm, ramp)| (f64::from(at), f64::from(bpm) / 60.0, ramp))
        .collect();
    let part = |(place, &(from, speed, ramp)): (usize, &(f64, f64, bool))| {
        let next = tempos.get(place + 1).filter(|_| ramp);
        Part { from, speed, ramp: next.map(|&(to, next, _)| (to, (next - speed) / (to - from))) }
    };
    tempos.iter().enumerate().map(part).collect()
}

/// When a quarter sounds, in samples since the beginning.
pub(super) fn sample(quarter: f64) -> f64 {
    let parts = parts();
    let ends = parts.iter().skip(1).map(|part| part.from).chain([f64::INFINITY]);
    let reached = parts.iter().zip(ends).take_while(|(part, _)| part.from < quarter);
    reached.map(|(part, end)| part.seconds(quarter.min(end))).sum::<f64>() * f64::from(RATE)
}

/// The quarter that sounds at a sample.
pub(super) fn quarter(at: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1e4);
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if sample(middle) < at { low = middle } else { high = middle }
    }
    low
}

/// How early a note on this quarter may be for what Ardour says, in its ticks.
///
/// Through a whole ramp Ardour tells a plugin the tempo at which the ramp begins, and beside it the place
/// of each block, to half a tick. So a note is placed by the true start of its block and too high a speed
/// from there on: on the block's last sample it is early by the block's length times
/// `1 - v / v0`. The plugin takes one and a half ticks more for trembling.
pub(super) fn early(quarter: f64) -> f64 {
    let ramp = parts().into_iter().find_map(|part| {
        let (to, slope) = part.ramp.filter(|&(to, _)| quarter > part.from && quarter <= to)?;
        Some((part.speed, part.speed + slope * (quarter.min(to) - part.from)))
    });
    let lag = |(first, now): (f64, f64)| {
        f64::from(BLOCK) * (1.0 - now / first) * now / f64::from(RATE) * f64::from(TICKS) + 2.0
    };
    ramp.map_or(0.0, lag)
}

/// Holds the places that Ardour told (`place QUARTER SAMPLE`, a line each) against the arithmetic, and
/// gives the largest distance, in samples.
///
/// # Errors
/// If a quarter is missing, or lies elsewhere: Ardour rounds to whole samples, which is all that it may.
pub(super) fn check(log: &str) -> anyhow::Result<f64> {
    let mut largest = 0.0_f64;
    for quarter in 0..QUARTERS {
        let told = log.lines().find_map(|line| line.strip_prefix(&format!("place {quarter} ")));
        let told: f64 = told.with_context(|| format!("Ardour does not tell where quarter {quarter} is"))?.parse()?;
        let exact = sample(f64::from(quarter));
        let distance = (told - exact).abs();
        ensure!(distance <= 1.0, "Ardour has quarter {quarter} at sample {told} instead of {exact:.2}");
        largest = largest.max(distance);
    }
    Ok(largest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_and_ramps_are_added_up() {
        let minute = 60.0 * 48_000.0;
        let near = |quarter: f64, samples: f64| assert!((sample(quarter) - samples).abs() < 1e-6, "{quarter}");
        near(0.0, 0.0);
        near(16.0, 16.0 * minute / 147.0);
        let ramp = 16.0 * minute / 147.0 + 20.0 * minute / 181.0;
        near(36.0, ramp);
        // The ramp's speed, summed up in a million parts.
        let part = |part: u32| 8e-6 / (181.0 - 48.0 * (f64::from(part) + 0.5) * 1e-6) * minute;
        let summed: f64 = (0..1_000_000).map(part).sum();
        assert!((sample(44.0) - ramp - summed).abs() < 1e-3, "{} {summed}", sample(44.0) - ramp);
        near(46.0, sample(44.0) + 2.0 * minute / 133.0);
        for place in [0.25, 17.0, 36.5, 43.75, 50.0] {
            assert!((quarter(sample(place)) - place).abs() < 1e-9, "{place}");
        }
    }

    #[test]
    fn only_a_ramp_excuses_what_is_early() {
        assert_eq!([0.0, 20.0, 36.0, 44.25].map(early), [0.0; 4]);
        // 512 samples, 48 of 181 too fast, at 133: 136 samples of 11.3 to a tick, and two ticks.
        assert!((early(44.0) - 14.03).abs() < 0.01, "{}", early(44.0));
        assert!(early(37.0) < early(40.0));
    }

    #[test]
    fn a_quarter_elsewhere_is_found() {
        let places = |shift: f64| -> String {
            (0..QUARTERS)
                .map(|quarter| format!("place {quarter} {}\n", (sample(f64::from(quarter)) + shift).round()))
                .collect()
        };
        assert!(check(&places(0.0)).expect("all is well") <= 0.5);
        assert!(check(&places(2.0)).is_err());
        assert!(check("place 0 0").is_err(), "the second is missing");
    }
}
