//! How much the musician asked for, measure by measure: what was asked for otherwise is not what is wanted now.

use super::energy::Energy;

/// So many measures are remembered. Required: more than a request knows of the past, and the two that it is ahead.
pub(super) const REMEMBERED: usize = 42;

/// So much of *Energy* changes nothing. Chosen: a sixth of the notes, and a semitone.
const SAME_ENERGY: f32 = 0.25;

/// So many times as many notes are as many. Chosen likewise.
const SAME_DENSITY: f32 = 1.2;

/// How much was asked for of the last measures.
#[derive(Clone, Copy, Debug)]
pub struct AskedFor {
    newest: [Option<Asked>; REMEMBERED],
}

#[derive(Clone, Copy, Debug)]
struct Asked {
    measure: u32,
    density: f32,
    energy: f32,
}

impl Default for AskedFor {
    fn default() -> Self {
        Self { newest: [None; REMEMBERED] }
    }
}

impl AskedFor {
    /// The measure of this index is asked for with so many notes, as a factor, and with this energy.
    pub fn ask(&mut self, measure: u32, density: f32, energy: Energy) {
        self.newest[Self::place(measure)] = Some(Asked { measure, density, energy: energy.get() });
    }

    /// Was the measure so many before this one asked for as it is: for about as many notes, and as much energy? What is not
    /// known to have been asked for otherwise was.
    #[must_use]
    pub fn were_alike(&self, measure: u32, ago: usize) -> bool {
        let asked = |of: u32| self.newest[Self::place(of)].filter(|asked| asked.measure == of);
        let then = u32::try_from(ago).ok().and_then(|ago| measure.checked_sub(ago));
        let (Some(then), Some(now)) = (then.and_then(asked), asked(measure)) else { return true };
        let times = now.density.max(f32::MIN_POSITIVE) / then.density.max(f32::MIN_POSITIVE);
        times.max(times.recip()) <= SAME_DENSITY && (now.energy - then.energy).abs() <= SAME_ENERGY
    }

    fn place(measure: u32) -> usize {
        usize::try_from(measure).unwrap_or(0) % REMEMBERED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verse_is_asked_for_as_the_verse_before_the_chorus_was() {
        let mut asked = AskedFor::default();
        let song = [(1.0, 0.0), (1.0, 0.2), (1.0, 0.8), (2.0, 0.0), (1.0, 0.0)];
        for (measure, (density, energy)) in (0..).zip(song) {
            asked.ask(measure, density, Energy::clamped(energy));
        }
        let alike = |ago| asked.were_alike(4, ago);
        assert_eq!([1, 2, 3, 4].map(alike), [false, false, true, true]);
        assert!(alike(5) && alike(1000), "nothing says otherwise");
        assert!(asked.were_alike(50, 46), "nothing was asked for there");
    }

    #[test]
    fn a_measure_of_long_ago_is_not_taken_for_another() {
        let mut asked = AskedFor::default();
        asked.ask(0, 1.0, Energy::clamped(1.0));
        (1..=42).for_each(|measure| asked.ask(measure, 1.0, Energy::NEUTRAL));
        assert!((1..=42).all(|ago| asked.were_alike(42, ago)));
    }
}
