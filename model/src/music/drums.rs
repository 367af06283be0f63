//! Drums: nine instruments, and a measure of strokes with their loudness and their place beside the grid.
//!
//! # Source
//! The nine instruments, and which keys count as which, are those of Gillick et al. 2019, "Learning to Groove with Inverse
//! Sequence Transformations", table 5; the keys that are played are those of General MIDI.

use super::measure::MAX_STEPS;
use super::note::{Channel, Key, Velocity};

/// How many instruments are told apart. Required by the folding of the Groove MIDI Dataset.
pub const DRUMS: usize = 9;

/// An instrument of a drum kit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Drum {
    /// The bass drum.
    Kick,
    /// The snare drum, however it is struck.
    Snare,
    /// The hi-hat, closed or with the foot.
    ClosedHat,
    /// The open hi-hat.
    OpenHat,
    /// The floor tom.
    LowTom,
    /// The middle tom.
    MidTom,
    /// The highest tom.
    HighTom,
    /// A crash cymbal.
    Crash,
    /// The ride cymbal, its bell too.
    Ride,
}

impl Drum {
    /// All of them, in the order in which nets know them.
    pub const ALL: [Self; DRUMS] = [
        Self::Kick,
        Self::Snare,
        Self::ClosedHat,
        Self::OpenHat,
        Self::LowTom,
        Self::MidTom,
        Self::HighTom,
        Self::Crash,
        Self::Ride,
    ];

    /// All of them from the top down, as they hang in a kit.
    pub const FROM_TOP: [Self; DRUMS] = [
        Self::Crash,
        Self::Ride,
        Self::OpenHat,
        Self::ClosedHat,
        Self::HighTom,
        Self::MidTom,
        Self::LowTom,
        Self::Snare,
        Self::Kick,
    ];

    /// The channel of drums. Required by General MIDI: the tenth.
    #[must_use]
    pub fn channel() -> Channel {
        // PANIC: MIDI has sixteen channels.
        Channel::new(9).expect("the tenth channel")
    }

    /// Its place in [`Self::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Its name, as drummers say it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kick => "kick",
            Self::Snare => "snare",
            Self::ClosedHat => "closed hat",
            Self::OpenHat => "open hat",
            Self::LowTom => "low tom",
            Self::MidTom => "mid tom",
            Self::HighTom => "high tom",
            Self::Crash => "crash",
            Self::Ride => "ride",
        }
    }

    /// Its name in a picture, where there is little room.
    #[must_use]
    pub const fn short(self) -> &'static str {
        match self {
            Self::Kick => "kick",
            Self::Snare => "snare",
            Self::ClosedHat => "hat",
            Self::OpenHat => "open",
            Self::LowTom => "tom 3",
            Self::MidTom => "tom 2",
            Self::HighTom => "tom 1",
            Self::Crash => "crash",
            Self::Ride => "ride",
        }
    }

    /// Its General MIDI key.
    #[must_use]
    pub const fn key(self) -> Key {
        // PANIC: keys of MIDI, all of them below 128.
        Key::new(match self {
            Self::Kick => 36,
            Self::Snare => 38,
            Self::ClosedHat => 42,
            Self::OpenHat => 46,
            Self::LowTom => 43,
            Self::MidTom => 47,
            Self::HighTom => 50,
            Self::Crash => 49,
            Self::Ride => 51,
        })
        .expect("a key")
    }

    /// The instrument that a key strikes; `None` for percussion that is none of the nine.
    #[must_use]
    pub const fn of(key: Key) -> Option<Self> {
        Some(match key.get() {
            35 | 36 => Self::Kick,
            37..=40 => Self::Snare,
            22 | 42 | 44 => Self::ClosedHat,
            26 | 46 => Self::OpenHat,
            41 | 43 | 58 => Self::LowTom,
            45 | 47 => Self::MidTom,
            48 | 50 => Self::HighTom,
            49 | 52 | 55 | 57 => Self::Crash,
            51 | 53 | 59 => Self::Ride,
            _ => return None,
        })
    }
}

/// One stroke, placed in its measure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DrumHit {
    /// The nearest step.
    pub step: u8,
    /// What is struck.
    pub drum: Drum,
    /// How hard.
    pub velocity: Velocity,
    /// How far behind its step it sounds, in steps, in [−0.5, 0.5): before it where negative. The first step's may
    /// sound before the bar line.
    pub offset: f32,
}

/// A measure of strokes: at each step each instrument is struck once or not.
///
/// # Realtime safety
/// `Copy`, of fixed size: no method allocates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DrumMeasure {
    steps: u8,
    cells: [[Option<(Velocity, f32)>; DRUMS]; MAX_STEPS as usize],
}

impl DrumMeasure {
    /// A measure of silence.
    ///
    /// # Panics
    /// Unless `steps` is 1…[`MAX_STEPS`]: the caller must have divided the meter.
    #[must_use]
    pub const fn silent(steps: u8) -> Self {
        assert!(1 <= steps && steps <= MAX_STEPS, "a measure has 1 to 16 steps");
        Self { steps, cells: [[None; DRUMS]; MAX_STEPS as usize] }
    }

    /// How many steps it has, 1…[`MAX_STEPS`].
    #[must_use]
    pub const fn steps(&self) -> u8 {
        self.steps
    }

    /// Adds a stroke; of two of one instrument at one step the harder stays, a step outside is left out, and an offset
    /// that is none is clamped into [−0.5, 0.5).
    pub fn strike(&mut self, hit: DrumHit) {
        let here = self.steps;
        let Some(cell) = self.cells.get_mut(usize::from(hit.step)).filter(|_| hit.step < here) else { return };
        let cell = &mut cell[hit.drum.index()];
        if cell.is_none_or(|(velocity, _)| velocity < hit.velocity) {
            let offset = if hit.offset.is_finite() { hit.offset.clamp(-0.5, LATEST) } else { 0.0 };
            *cell = Some((hit.velocity, offset));
        }
    }

    /// The stroke of an instrument at a step, if there is one.
    #[must_use]
    pub fn hit(&self, step: u8, drum: Drum) -> Option<DrumHit> {
        let (velocity, offset) = (*self.cells.get(usize::from(step))?)[drum.index()]?;
        Some(DrumHit { step, drum, velocity, offset })
    }

    /// All strokes, step by step.
    pub fn hits(&self) -> impl Iterator<Item = DrumHit> + '_ {
        (0..self.steps).flat_map(move |step| Drum::ALL.into_iter().filter_map(move |drum| self.hit(step, drum)))
    }

    /// Is nothing struck?
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.hits().next().is_none()
    }
}

/// The latest place beside a step, in steps. Required: half a step behind is the next one's.
const LATEST: f32 = 0.499_999;

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(step: u8, drum: Drum, velocity: u8, offset: f32) -> DrumHit {
        DrumHit { step, drum, velocity: Velocity::new(velocity).expect("a velocity"), offset }
    }

    #[test]
    fn what_an_instrument_plays_is_heard_as_that_instrument() {
        for (place, drum) in Drum::ALL.into_iter().enumerate() {
            assert_eq!((drum.index(), Drum::of(drum.key())), (place, Some(drum)), "{}", drum.name());
        }
        assert_eq!(Drum::of(Key::clamped(54)), None, "a tambourine is none of them");
    }

    #[test]
    fn the_harder_of_two_strokes_stays_and_what_lies_outside_is_left_out() {
        let mut measure = DrumMeasure::silent(12);
        for stroke in [
            hit(4, Drum::Snare, 40, 0.1),
            hit(4, Drum::Snare, 90, -0.2),
            hit(4, Drum::Snare, 60, 0.3),
            hit(0, Drum::Kick, 70, f32::NAN),
            hit(11, Drum::Ride, 50, 7.0),
            hit(12, Drum::Crash, 99, 0.0),
        ] {
            measure.strike(stroke);
        }
        let found: Vec<DrumHit> = measure.hits().collect();
        assert_eq!(found.len(), 3);
        assert_eq!(found[0], hit(0, Drum::Kick, 70, 0.0));
        assert_eq!(found[1], hit(4, Drum::Snare, 90, -0.2));
        assert!(found[2].offset < 0.5 && found[2].offset > 0.49);
        assert!(DrumMeasure::silent(1).is_silent() && !measure.is_silent());
    }
}
