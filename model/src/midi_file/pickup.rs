//! Upbeats of which no time signature tells.

use std::str::FromStr;

use crate::music::meter::TimeSignature;

/// How long an upbeat is: what sounds before the first bar line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pickup {
    /// In quarter notes; more than 0, at most [`Pickup::MOST`].
    quarters: f64,
}

/// This is no upbeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an upbeat is more than 0 and at most 16 quarter notes long, as 1, 0.5 or 3/8 of a quarter")]
pub struct NoPickup;

impl Pickup {
    /// The longest, in quarter notes. Chosen: no bar that people write is longer.
    pub const MOST: f64 = 16.0;

    /// An upbeat of so many quarter notes.
    ///
    /// # Errors
    /// [`NoPickup`] where it is not positive, or too long.
    pub fn new(quarters: f64) -> Result<Self, NoPickup> {
        if quarters > 0.0 && quarters <= Self::MOST { Ok(Self { quarters }) } else { Err(NoPickup) }
    }

    /// How long it is, in quarter notes.
    #[must_use]
    pub const fn quarters(self) -> f64 {
        self.quarters
    }

    /// In ticks, at least one.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive and at most 16 quarters")]
    fn ticks(self, resolution: u32) -> u64 {
        ((self.quarters * f64::from(resolution)).round() as u64).max(1)
    }

    /// Says the meter again where the upbeat ends, so that a bar begins there. `meters` are (tick, meter), in order.
    pub(super) fn begin_bars(self, meters: &mut Vec<(u64, TimeSignature)>, resolution: u32) {
        let at = self.ticks(resolution);
        let place = meters.partition_point(|&(tick, _)| tick <= at);
        let meter = place.checked_sub(1).map_or(TimeSignature::FOUR_FOUR, |last| meters[last].1);
        meters.insert(place, (at, meter));
    }
}

impl std::fmt::Display for Pickup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} quarter note{}", self.quarters, if self.quarters == 1.0 { "" } else { "s" })
    }
}

impl FromStr for Pickup {
    type Err = NoPickup;

    /// "1", "0.5", "1/2": quarter notes.
    fn from_str(text: &str) -> Result<Self, NoPickup> {
        let number = |text: &str| text.trim().parse::<f64>().map_err(|_| NoPickup);
        match text.split_once('/') {
            Some((upper, lower)) => Self::new(number(upper)? / number(lower)?),
            None => Self::new(number(text)?),
        }
    }
}
