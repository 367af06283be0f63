//! Exact numbers: places and times that lie between samples or ticks.

/// A number as a fraction. Whoever makes it says what it counts: ticks, seconds.
#[derive(Clone, Copy, Debug)]
pub struct Exact {
    numerator: i128,
    /// Above 0.
    denominator: i128,
}

impl Exact {
    /// `numerator / denominator`.
    ///
    /// # Panics
    /// If the denominator is not above 0.
    #[must_use]
    pub const fn new(numerator: i128, denominator: i128) -> Self {
        assert!(denominator > 0, "a fraction of something");
        Self { numerator, denominator }
    }

    /// The upper part.
    #[must_use]
    pub const fn numerator(self) -> i128 {
        self.numerator
    }

    /// The lower part, above 0.
    #[must_use]
    pub const fn denominator(self) -> i128 {
        self.denominator
    }

    /// This divided by a whole number above 0.
    #[must_use]
    pub const fn per(self, divisor: i64) -> Self {
        Self::new(self.numerator, self.denominator * divisor as i128)
    }

    /// The nearest multiple of `1 / parts`.
    #[must_use]
    pub fn rounded_to(self, parts: i64) -> Self {
        let parts = i128::from(parts);
        Self::new(nearest(self.numerator * parts, self.denominator), parts)
    }

    /// The largest whole number that is not above it.
    #[must_use]
    pub fn floor(self) -> i64 {
        narrow(self.numerator.div_euclid(self.denominator))
    }

    /// The nearest whole number; of two, the upper one.
    #[must_use]
    pub fn round(self) -> i64 {
        narrow(nearest(self.numerator, self.denominator))
    }

    /// As CLAP counts: 2³¹ to the unit, rounded to the nearest.
    #[must_use]
    pub fn fixed_point(self) -> i64 {
        narrow(nearest(self.numerator << 31, self.denominator))
    }

    /// As floating point, with an error below 2⁻⁵¹ of it.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "that is the error")]
    pub fn value(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }
}

impl From<i64> for Exact {
    fn from(whole: i64) -> Self {
        Self::new(i128::from(whole), 1)
    }
}

fn nearest(numerator: i128, denominator: i128) -> i128 {
    (2 * numerator + denominator).div_euclid(2 * denominator)
}

/// What lies beyond 2⁶³ is not music.
fn narrow(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_rounded_to_the_nearest() {
        let third = Exact::new(1, 3);
        assert_eq!((third.floor(), third.round()), (0, 0));
        assert_eq!((Exact::new(-1, 3).floor(), Exact::new(-2, 3).round()), (-1, -1));
        assert_eq!(third.fixed_point(), 715_827_883);
        assert_eq!(Exact::new(-1, 2).fixed_point(), -(1 << 30));
        assert_eq!(third.rounded_to(1920).value(), 1.0 / 3.0);
        assert_eq!(Exact::new(1, 1000).rounded_to(1920).value(), 2.0 / 1920.0);
        assert_eq!(Exact::from(7).per(2).value(), 3.5);
    }
}
