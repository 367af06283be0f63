//! How somebody plays: a few figures of a stretch of drumming.

use super::blows::StepBlows;
use super::style::DrumStyle;
use crate::music::drums::{DRUMS, Drum};

/// How many figures a feel has.
pub const FEEL: usize = DRUMS + 14;

/// How many sixteenths the densities are of. Chosen: a measure of 4/4.
const PER: f32 = 16.0;

/// How a stretch of music is drummed: its figures, each of the size of 1. First how often each drum is struck in sixteen
/// steps, ln(1 + n); then how loud kick, snare and cymbals are, how much loudness spreads, and beats stand out; how far
/// beside the grid kick, snare and cymbals lie, how much that spreads, how late cymbals are between the beats and between
/// the eighths; how many snare strokes are ghosts; how sure the one and the backbeat are; how much a measure is like the
/// one before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Feel(pub [f32; FEEL]);

/// The feel of a person, and what it went with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FeelOf {
    /// How it is played.
    pub feel: Feel,
    /// The style, if it was named.
    pub style: Option<DrumStyle>,
    /// Quarter notes a minute.
    pub tempo: f32,
}

/// A mean; 0 of nothing.
#[derive(Clone, Copy, Default)]
struct Mean(f32, f32);

impl Mean {
    fn add(&mut self, number: f32) {
        self.0 += number;
        self.1 += 1.0;
    }

    fn get(self) -> f32 {
        if self.1 > 0.0 { self.0 / self.1 } else { 0.0 }
    }
}

/// The three groups whose loudness and place are kept apart.
fn group(drum: usize) -> usize {
    match Drum::ALL[drum] {
        Drum::Kick => 0,
        Drum::Snare => 1,
        Drum::ClosedHat | Drum::OpenHat | Drum::Crash | Drum::Ride => 2,
        Drum::LowTom | Drum::MidTom | Drum::HighTom => 3,
    }
}

/// Below this a snare stroke is a ghost. Required: the probe of the drums counts below velocity 50.
const GHOST: f32 = 50.0 / 127.0;

/// By how much offsets are larger in a feel than they are. Chosen: then they are of the size of 1.
const BESIDE: f32 = 4.0;

/// By how much one unit of energy changes how often drums are struck, as a logarithm, and how loud. Chosen: from −1 to 1 it
/// spans what the same people play in their quiet and their busy takes.
const ENERGY: (f32, f32) = (0.3, 0.1);

impl Feel {
    /// The feel of these steps, whose measures have so many.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "few steps")]
    pub fn of(steps: &[StepBlows], measure: usize) -> Self {
        let (mut loud, mut late) = ([Mean::default(); 4], [Mean::default(); 4]);
        let (mut all_loud, mut loud_squares, mut all_late, mut late_squares) =
            (Mean::default(), Mean::default(), Mean::default(), Mean::default());
        let (mut on_beat, mut off_beat) = (Mean::default(), Mean::default());
        let (mut late_eighths, mut late_sixteenths, mut ghosts) = (Mean::default(), Mean::default(), Mean::default());
        let (mut one, mut back, mut alike) = (Mean::default(), Mean::default(), Mean::default());
        let mut counts = [0.0f32; DRUMS];
        for (at, blows) in steps.iter().enumerate() {
            let step = at % measure.max(1);
            for (drum, blow) in blows.iter().enumerate().filter(|(_, blow)| blow.loud > 0.0) {
                counts[drum] += 1.0;
                let group = group(drum);
                loud[group].add(blow.loud);
                late[group].add(blow.beside);
                all_loud.add(blow.loud);
                loud_squares.add(blow.loud * blow.loud);
                all_late.add(blow.beside);
                late_squares.add(blow.beside * blow.beside);
                if step.is_multiple_of(4) { &mut on_beat } else { &mut off_beat }.add(blow.loud);
                match (group, step % 4) {
                    (2, 2) => late_eighths.add(blow.beside),
                    (2, 1 | 3) => late_sixteenths.add(blow.beside),
                    (1, _) => ghosts.add(f32::from(u8::from(blow.loud < GHOST))),
                    _ => {}
                }
            }
            let struck = |drum: Drum| f32::from(u8::from(blows[drum.index()].loud > 0.0));
            if step == 0 {
                one.add(struck(Drum::Kick));
            }
            if step == 4 || step == 12 {
                back.add(struck(Drum::Snare));
            }
            if let Some(before) = at.checked_sub(measure).and_then(|at| steps.get(at)) {
                let same = blows.iter().zip(before).filter(|(a, b)| (a.loud > 0.0) == (b.loud > 0.0)).count();
                alike.add(same as f32 / DRUMS as f32);
            }
        }
        let spread = |squares: Mean, mean: Mean| (squares.get() - mean.get() * mean.get()).max(0.0).sqrt();
        let mut out = [0.0; FEEL];
        let share = PER / (steps.len().max(1) as f32);
        for (figure, count) in out.iter_mut().zip(counts) {
            *figure = (count * share).ln_1p();
        }
        let rest = [
            loud[0].get(),
            loud[1].get(),
            loud[2].get(),
            3.0 * spread(loud_squares, all_loud),
            3.0 * (on_beat.get() - off_beat.get()),
            BESIDE * late[0].get(),
            BESIDE * late[1].get(),
            BESIDE * late[2].get(),
            BESIDE * spread(late_squares, all_late),
            BESIDE * late_eighths.get(),
            BESIDE * late_sixteenths.get(),
            ghosts.get(),
            one.get() + back.get(),
            10.0 * (1.0 - alike.get()),
        ];
        out[DRUMS..].copy_from_slice(&rest);
        Self(out)
    }

    /// The same, played with so much more energy (−1 to 1, 0 as it is): oftener and louder.
    #[must_use]
    pub fn with_energy(mut self, energy: f32) -> Self {
        for count in &mut self.0[..DRUMS] {
            // What is never struck stays so.
            *count = ((count.exp_m1()) * (ENERGY.0 * energy).exp()).ln_1p();
        }
        for loud in self.0[DRUMS..DRUMS + 3].iter_mut().filter(|loud| **loud > 0.0) {
            *loud = (*loud + ENERGY.1 * energy).clamp(0.05, 1.0);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::super::blows::{Blow, NO_BLOWS};
    use super::*;

    /// Two measures of 4/4: kick on one and three, snare on two and four, hats on all eighths, a quarter of a step late
    /// between the beats.
    fn rock() -> Vec<StepBlows> {
        let mut steps = vec![NO_BLOWS; 32];
        for (at, blows) in steps.iter_mut().enumerate() {
            let mut strike = |drum: Drum, loud: f32, beside: f32| blows[drum.index()] = Blow { loud, beside };
            match at % 8 {
                0 => strike(Drum::Kick, 0.8, 0.0),
                4 => strike(Drum::Snare, 0.9, 0.0),
                _ => {}
            }
            if at % 2 == 0 {
                strike(Drum::ClosedHat, 0.5, if at % 4 == 2 { 0.25 } else { 0.0 });
            }
        }
        steps
    }

    #[test]
    fn a_rock_beat_has_the_figures_that_one_counts_by_hand() {
        let Feel(found) = Feel::of(&rock(), 16);
        let near = |at: usize, expected: f32| assert!((found[at] - expected).abs() < 1e-4, "{at}: {}", found[at]);
        near(Drum::Kick.index(), 3.0f32.ln());
        near(Drum::Snare.index(), 3.0f32.ln());
        near(Drum::ClosedHat.index(), 9.0f32.ln());
        near(Drum::Ride.index(), 0.0);
        near(DRUMS, 0.8);
        near(DRUMS + 1, 0.9);
        near(DRUMS + 2, 0.5);
        // Beats: 4 kicks and 4 snares beside 8 hats, mean 0.675; between them hats alone.
        near(DRUMS + 4, 3.0 * (0.675 - 0.5));
        // Half of the hats are a quarter of a step late: an eighth on average.
        near(DRUMS + 7, 4.0 * 0.125);
        near(DRUMS + 9, 1.0);
        near(DRUMS + 11, 0.0);
        near(DRUMS + 12, 2.0);
        near(DRUMS + 13, 0.0);
    }

    #[test]
    fn energy_strikes_oftener_and_harder_but_no_other_drums() {
        let feel = Feel::of(&rock(), 16);
        let (low, high) = (feel.with_energy(-1.0), feel.with_energy(1.0));
        for at in [Drum::Kick.index(), Drum::ClosedHat.index(), DRUMS, DRUMS + 1] {
            assert!(low.0[at] < feel.0[at] && feel.0[at] < high.0[at]);
        }
        assert_eq!(high.0[Drum::Ride.index()], 0.0);
        assert!((feel.with_energy(0.0).0[0] - feel.0[0]).abs() < 1e-6);
    }
}
