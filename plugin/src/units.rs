//! Numbers with their units.

/// A sample within the block that is processed, 0 being its first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SampleOffset(pub u32);

/// A place in the host's song, in quarter notes from its beginning. Before it: negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Beats(pub f64);

/// A place in a measure, in steps (sixteenths) from its beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Steps(pub f64);

/// Quarter notes per minute.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Bpm(f64);

/// Samples per second.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct SampleRate(f64);

impl Bpm {
    /// A tempo that a host can mean: 1 to 4000.
    #[must_use]
    pub fn new(value: f64) -> Option<Self> {
        (1.0..=4000.0).contains(&value).then_some(Self(value))
    }

    /// Quarter notes per minute.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }

    /// Quarter notes that pass in one sample.
    #[must_use]
    pub fn beats_per_sample(self, rate: SampleRate) -> f64 {
        self.0 / 60.0 / rate.0
    }
}

impl SampleRate {
    /// This rate, or 48 kHz where it is none.
    #[must_use]
    pub fn or_usual(value: f64) -> Self {
        if value.is_finite() && value >= 1.0 { Self(value) } else { Self(48_000.0) }
    }

    /// In Hz.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}
