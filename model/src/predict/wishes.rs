//! How much the musician asked for, measure by measure: what was asked for otherwise is not what is wanted now.

use super::predictor::{HISTORY, MeasureIndex, Style};

/// So many measures are remembered. Required: more than a request knows of the past.
const REMEMBERED: usize = HISTORY + 2;

/// So much of *Energy* changes nothing. Chosen: a sixth of the notes, and a semitone.
const SAME_ENERGY: f32 = 0.25;

/// So many times as many notes are as many. Chosen likewise.
const SAME_DENSITY: f32 = 1.2;

/// How much was asked for of the last measures.
#[derive(Clone, Copy, Debug)]
pub struct Wishes {
    newest: [Option<Wish>; REMEMBERED],
}

#[derive(Clone, Copy, Debug)]
struct Wish {
    measure: MeasureIndex,
    density: f32,
    energy: f32,
}

impl Default for Wishes {
    fn default() -> Self {
        Self { newest: [None; REMEMBERED] }
    }
}

impl Wishes {
    /// This measure is asked for so.
    pub fn ask(&mut self, measure: MeasureIndex, style: &Style) {
        let wish = Wish { measure, density: style.density, energy: style.energy.get() };
        self.newest[Self::place(measure)] = Some(wish);
    }

    /// Was the measure so many before this one asked for as it is: for about as many notes, and as much energy? What is not
    /// known to have been asked for otherwise was.
    #[must_use]
    pub fn were_alike(&self, measure: MeasureIndex, ago: usize) -> bool {
        let then = u32::try_from(ago).ok().and_then(|ago| measure.0.checked_sub(ago)).map(MeasureIndex);
        let wish = |of: MeasureIndex| self.newest[Self::place(of)].filter(|wish| wish.measure == of);
        let (Some(then), Some(now)) = (then.and_then(wish), wish(measure)) else { return true };
        let times = now.density.max(f32::MIN_POSITIVE) / then.density.max(f32::MIN_POSITIVE);
        times.max(times.recip()) <= SAME_DENSITY && (now.energy - then.energy).abs() <= SAME_ENERGY
    }

    fn place(measure: MeasureIndex) -> usize {
        usize::try_from(measure.0).unwrap_or(0) % REMEMBERED
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::predict::energy::Energy;

    #[test]
    fn a_verse_is_asked_for_as_the_verse_before_the_chorus_was() {
        let mut wishes = Wishes::default();
        let styles = [(1.0, 0.0), (1.0, 0.2), (1.0, 0.8), (2.0, 0.0), (1.0, 0.0)];
        for (measure, (density, energy)) in (0..).zip(styles) {
            wishes.ask(MeasureIndex(measure), &Style { density, energy: Energy::clamped(energy), ..Style::default() });
        }
        let alike = |ago| wishes.were_alike(MeasureIndex(4), ago);
        assert_eq!([1, 2, 3, 4].map(alike), [false, false, true, true]);
        assert!(alike(5) && alike(1000), "nothing says otherwise");
        assert!(wishes.were_alike(MeasureIndex(50), 46), "nothing was asked for there");
    }

    #[test]
    fn a_measure_of_long_ago_is_not_taken_for_another() {
        let mut wishes = Wishes::default();
        let loud = Style { energy: Energy::clamped(1.0), ..Style::default() };
        wishes.ask(MeasureIndex(0), &loud);
        let last = u32::try_from(REMEMBERED).expect("few");
        (1..=last).for_each(|measure| wishes.ask(MeasureIndex(measure), &Style::default()));
        assert!(wishes.were_alike(MeasureIndex(last), REMEMBERED));
        assert!((1..REMEMBERED).all(|ago| wishes.were_alike(MeasureIndex(last), ago)));
    }
}
