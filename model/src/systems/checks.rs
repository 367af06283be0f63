//! Options that are refused: which one, what it was, and what it may be.
//!
//! Whoever can be trained and read has one `check` made of these, which is asked in both places.

use std::fmt;
use std::ops::RangeInclusive;

/// The most numbers that a net has: two bytes each in a band file of 256 MiB, whose n-gram and metadata take less than
/// the rest. Required by the largest band file that is read.
pub const MOST_WEIGHTS: usize = 127 << 20;

/// An option whose value no training and no band file can have.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{option} is {value}: {allowed}")]
pub struct Refused {
    /// Its name, as the options name it: `net.units`.
    pub option: String,
    /// What was given.
    pub value: String,
    /// What may be given instead.
    pub allowed: Allowed,
}

/// What an option may be.
#[derive(Clone, Debug, PartialEq)]
pub enum Allowed {
    /// A whole number from the first to the second.
    Count(usize, usize),
    /// So many numbers from 1 to the second at most.
    Layers(usize, usize),
    /// From 0 to below 1.
    Share,
    /// From 0 to 1.
    Chance,
    /// Above 0 and no more than this.
    Rate(f64),
    /// From 0 to this.
    UpTo(f64),
    /// Not so many beside another option's value: which, what it is, and how many fit beside it.
    Together {
        /// The other option.
        other: String,
        /// What it is.
        value: usize,
        /// How many fit beside it.
        room: usize,
    },
    /// Sizes that make a net of fewer numbers.
    FewerWeights,
    /// Something that goes with another option: what to do.
    With(&'static str),
}

impl fmt::Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(least, most) => write!(f, "give a whole number from {least} to {most}"),
            Self::Layers(layers, units) => write!(f, "give 1 to {layers} layers of 1 to {units} units, as in [64, 32]"),
            Self::Share => f.write_str("give a share, at least 0 and below 1"),
            Self::Chance => f.write_str("give a number from 0 to 1"),
            Self::Rate(most) => write!(f, "give a number above 0, at most {most}"),
            Self::UpTo(most) => write!(f, "give a number from 0 to {most}"),
            Self::Together { other, value, room } => {
                write!(f, "with {other} {value} give at most {room}, or give fewer {other}")
            }
            Self::FewerWeights => write!(f, "give fewer or smaller layers: a band file holds {MOST_WEIGHTS} weights"),
            Self::With(advice) => f.write_str(advice),
        }
    }
}

impl Refused {
    /// This option refused, for this reason.
    pub fn new(option: &str, value: impl fmt::Debug, allowed: Allowed) -> Self {
        Self { option: option.into(), value: format!("{value:?}"), allowed }
    }

    /// The same option in a table of options: `units` in `net` is `net.units`.
    #[must_use]
    pub fn within(self, table: &str) -> Self {
        Self { option: format!("{table}.{}", self.option), ..self }
    }
}

/// Refuses unless it is `true`.
fn allow(possible: bool, option: &str, value: impl fmt::Debug, allowed: Allowed) -> Result<(), Refused> {
    if possible { Ok(()) } else { Err(Refused::new(option, value, allowed)) }
}

/// Refuses a number outside of the range.
///
/// # Errors
/// [`Refused`], as for all below.
pub fn count(option: &str, value: usize, range: RangeInclusive<usize>) -> Result<(), Refused> {
    allow(range.contains(&value), option, value, Allowed::Count(*range.start(), *range.end()))
}

/// Refuses layers that are too many, none, or of too many units or none.
///
/// # Errors
/// [`Refused`].
pub fn layers(option: &str, units: &[usize], most_layers: usize, most_units: usize) -> Result<(), Refused> {
    let possible =
        (1..=most_layers).contains(&units.len()) && units.iter().all(|units| (1..=most_units).contains(units));
    allow(possible, option, units, Allowed::Layers(most_layers, most_units))
}

/// Refuses what is no share of dropped numbers: of all of them nothing is left to learn from.
///
/// # Errors
/// [`Refused`].
pub fn share(option: &str, value: f64) -> Result<(), Refused> {
    allow((0.0..1.0).contains(&value), option, value, Allowed::Share)
}

/// Refuses what is no probability.
///
/// # Errors
/// [`Refused`].
pub fn chance(option: &str, value: f32) -> Result<(), Refused> {
    allow((0.0..=1.0).contains(&value), option, value, Allowed::Chance)
}

/// Refuses what is not above 0 and at most this.
///
/// # Errors
/// [`Refused`].
pub fn rate(option: &str, value: f64, most: f64) -> Result<(), Refused> {
    allow(value > 0.0 && value <= most, option, value, Allowed::Rate(most))
}

/// Refuses what is not from 0 to this.
///
/// # Errors
/// [`Refused`].
pub fn up_to(option: &str, value: f64, most: f64) -> Result<(), Refused> {
    allow((0.0..=most).contains(&value), option, value, Allowed::UpTo(most))
}

/// Refuses sizes, named by one option, that make a net of more numbers than a band file holds.
///
/// # Errors
/// [`Refused`].
pub fn weights(option: &str, sizes: impl fmt::Debug, numbers: usize) -> Result<(), Refused> {
    allow(numbers <= MOST_WEIGHTS, option, sizes, Allowed::FewerWeights)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(found: Result<(), Refused>, expected: &str) {
        assert_eq!(found.expect_err("refused").to_string(), expected);
    }

    #[test]
    fn what_is_refused_is_named_with_what_may_be_given() {
        check(count("batch", 0, 1..=512), "batch is 0: give a whole number from 1 to 512");
        check(
            layers("time", &[], 8, 2048).map_err(|refused| refused.within("net")),
            "net.time is []: give 1 to 8 layers of 1 to 2048 units, as in [64, 32]",
        );
        check(share("dropout", 1.0), "dropout is 1.0: give a share, at least 0 and below 1");
        check(chance("noise", f32::NAN), "noise is NaN: give a number from 0 to 1");
        check(rate("learning-rate", 0.0, 0.1), "learning-rate is 0.0: give a number above 0, at most 0.1");
        check(up_to("loss.kl", -1.0, 1000.0), "loss.kl is -1.0: give a number from 0 to 1000");
    }

    #[test]
    fn no_number_that_is_none_gets_through() {
        for wild in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.1] {
            assert!(share("x", wild).is_err() && rate("x", wild, 1e9).is_err() && up_to("x", wild, 1e9).is_err());
        }
        assert!(layers("x", &[4, 0], 3, 9).is_err() && layers("x", &[1; 4], 3, 9).is_err());
        assert!(weights("x", [4096], usize::MAX).is_err() && weights("x", [4096], MOST_WEIGHTS).is_ok());
    }
}
