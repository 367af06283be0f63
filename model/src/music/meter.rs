//! Time signatures, and how a long measure is divided into parts that the nets can hold.

use serde::{Deserialize, Serialize};

use crate::music::measure::MAX_STEPS;

/// A time signature as hosts and MIDI files give it: 3/4, 6/8 …
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TimeSignature {
    numerator: u8,
    denominator: u8,
}

impl TimeSignature {
    /// Four quarters.
    pub const FOUR_FOUR: Self = Self { numerator: 4, denominator: 4 };

    /// This time signature, if it is one: a numerator of at least 1 and a denominator that is a
    /// power of two up to 64.
    #[must_use]
    pub const fn new(numerator: u8, denominator: u8) -> Option<Self> {
        if numerator >= 1 && denominator <= 64 && denominator.is_power_of_two() {
            Some(Self { numerator, denominator })
        } else {
            None
        }
    }

    /// The upper number.
    #[must_use]
    pub const fn numerator(self) -> u8 {
        self.numerator
    }

    /// The lower number.
    #[must_use]
    pub const fn denominator(self) -> u8 {
        self.denominator
    }

    /// How many sixteenths it has, or `None` where that number is not whole (5/32): such a
    /// meter is unsupported.
    #[must_use]
    pub fn steps(self) -> Option<u16> {
        let sixteenths = u16::from(self.numerator) * 16;
        let denominator = u16::from(self.denominator);
        sixteenths.is_multiple_of(denominator).then_some(sixteenths / denominator)
    }

    /// The measure's length in quarter notes.
    #[must_use]
    pub fn beats(self) -> f64 {
        f64::from(self.numerator) * 4.0 / f64::from(self.denominator)
    }

    /// How the measure is divided into parts of at most [`MAX_STEPS`] steps: at beat groups, as
    /// evenly as they allow, the longer parts first. Each part counts as a measure everywhere.
    /// `None` for an unsupported meter.
    ///
    /// # Examples
    /// ```
    /// let five_four = model::TimeSignature::new(5, 4).unwrap();
    /// assert_eq!(five_four.parts().unwrap().collect::<Vec<_>>(), [12, 8]);
    /// ```
    #[must_use]
    pub fn parts(self) -> Option<impl Iterator<Item = u8>> {
        let steps = self.steps()?;
        let max = u16::from(MAX_STEPS);
        let group = if steps <= max { steps } else { self.group() };
        let groups = steps / group;
        let parts = groups.div_ceil(max / group);
        let (each, longer) = (groups / parts, groups % parts);
        Some((0..parts).map(move |part| u8::try_from((each + u16::from(part < longer)) * group).unwrap_or(MAX_STEPS)))
    }

    /// How many steps a beat has, as players count: three eighths in compound meters (6/8, 9/8, 12/8), an eighth in 3/8,
    /// else a quarter, also where a measure has an eighth beside its quarters (5/8, 7/8).
    #[must_use]
    pub fn beat(self) -> u8 {
        match (self.numerator, self.denominator) {
            (3, 8) => 2,
            (more, 8) if more.is_multiple_of(3) => 6,
            (more, 16) if more > 3 && more.is_multiple_of(3) => 3,
            _ => 4,
        }
    }

    /// The steps of one beat group: three eighths in compound meters, else one beat.
    fn group(self) -> u16 {
        let beat = (16 / u16::from(self.denominator)).max(1);
        let compound = self.denominator >= 8 && self.numerator.is_multiple_of(3) && self.denominator <= 16;
        if compound { beat * 3 } else { beat }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(numerator: u8, denominator: u8, expected: Option<&[u8]>) {
        let parts = TimeSignature::new(numerator, denominator).expect("a time signature").parts();
        assert_eq!(parts.map(Iterator::collect::<Vec<_>>).as_deref(), expected, "{numerator}/{denominator}");
    }

    #[test]
    fn long_measures_are_divided_at_beat_groups() {
        check(4, 4, Some(&[16]));
        check(3, 4, Some(&[12]));
        check(7, 8, Some(&[14]));
        check(5, 4, Some(&[12, 8]));
        check(6, 4, Some(&[12, 12]));
        check(7, 4, Some(&[16, 12]));
        check(9, 8, Some(&[12, 6]));
        check(12, 8, Some(&[12, 12]));
        check(15, 8, Some(&[12, 12, 6]));
        check(4, 2, Some(&[16, 16]));
        check(1, 16, Some(&[1]));
        check(5, 32, None);
    }

    #[test]
    fn beats_are_those_that_players_count() {
        let of = |numerator, denominator| TimeSignature::new(numerator, denominator).expect("a time signature").beat();
        assert_eq!([of(4, 4), of(3, 4), of(2, 2), of(7, 8), of(5, 4), of(3, 16)], [4; 6]);
        assert_eq!([of(6, 8), of(9, 8), of(12, 8)], [6; 3]);
        assert_eq!([of(3, 8), of(6, 16)], [2, 3]);
    }

    #[test]
    fn every_supported_meter_is_divided_without_loss() {
        for numerator in 1..=255 {
            for denominator in [1, 2, 4, 8, 16, 32, 64] {
                let meter = TimeSignature::new(numerator, denominator).expect("a time signature");
                let Some(steps) = meter.steps() else { continue };
                let parts: Vec<u8> = meter.parts().expect("supported").collect();
                assert_eq!(parts.iter().map(|&p| u16::from(p)).sum::<u16>(), steps, "{numerator}/{denominator}");
                assert!(parts.iter().all(|&p| (1..=MAX_STEPS).contains(&p)), "{numerator}/{denominator}: {parts:?}");
            }
        }
    }
}
