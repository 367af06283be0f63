//! How somebody plays: a few figures of a stretch of drumming.

use super::beats::Beats;
use super::blows::StepBlows;
use super::pattern::Pattern;
use super::style::DrumStyle;
use crate::music::drums::{DRUMS, Drum};
use crate::music::measure::MAX_STEPS;

/// How many figures a feel has.
pub const FEEL: usize = DRUMS + 14;

/// How many sixteenths the densities are of, where beats are quarters. Chosen: a measure of 4/4.
const PER: f32 = 16.0;

/// How a stretch of music is drummed: its figures, each of the size of 1. First how often each drum is struck in four
/// beats, ln(1 + n); then how loud kick, snare and cymbals are, how much loudness spreads, and beats stand out; how far
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
    /// Where each drum is struck; `None` where that is not known.
    pub pattern: Option<Pattern>,
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

/// The place of the figure of one and backbeat.
const BEATS: usize = FEEL - 2;

/// How often that counts beside the others where feels are compared. Chosen: the others lean on these strokes.
const BEATS_COUNT: f32 = 4.0;

/// By how much less energy thins out kick and snare. Chosen: who plays quietly keeps the beat.
const KEPT: f32 = 0.5;

/// How far people differ in a figure, at least. Chosen: no number that one divides by is 0.
const LEAST: f32 = 1e-3;

/// Of one and backbeat, both 1 where they are always struck, how much is there in a steady beat. Chosen: nearly
/// always; of the feels of rock, pop, funk and soul 109 of 577 are steady by this and all below.
const STEADY_BEATS: f32 = 1.6;

/// Strokes of the snare in sixteen steps, at most. Chosen: two and four, and some beside.
const SNARES: f32 = 5.0;

/// Strokes of hats and ride in sixteen steps, at least. Chosen: quarters.
const TIME: f32 = 4.0;

/// In how many of a hundred cells a measure differs from the one before, divided by ten, at most. Chosen: what half of these
/// people reach.
const UNLIKE: f32 = 0.8;

impl Feel {
    /// The feel of these steps, whose measures have so many.
    #[must_use]
    pub fn of(steps: &[StepBlows], measure: usize) -> Self {
        let places: Vec<u8> = (0..MAX_STEPS).cycle().take(measure.max(1)).collect();
        Self::at(steps, &places, PER)
    }

    /// The feel of these steps, whose measures are like this one.
    pub(super) fn among(steps: &[StepBlows], beats: &Beats) -> Self {
        Self::at(steps, beats.places(), beats.four())
    }

    /// The feel of these steps, whose measures have steps at these places of 4/4; so many of them are four beats.
    #[expect(clippy::cast_precision_loss, reason = "few steps")]
    fn at(steps: &[StepBlows], places: &[u8], four: f32) -> Self {
        let (mut loud, mut late) = ([Mean::default(); 4], [Mean::default(); 4]);
        let (mut all_loud, mut loud_squares, mut all_late, mut late_squares) =
            (Mean::default(), Mean::default(), Mean::default(), Mean::default());
        let (mut on_beat, mut off_beat) = (Mean::default(), Mean::default());
        let (mut late_eighths, mut late_sixteenths, mut ghosts) = (Mean::default(), Mean::default(), Mean::default());
        let (mut one, mut back, mut alike) = (Mean::default(), Mean::default(), Mean::default());
        let mut counts = [0.0f32; DRUMS];
        for (at, blows) in steps.iter().enumerate() {
            let step = places[at % places.len()];
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
            if let Some(before) = at.checked_sub(places.len()).and_then(|at| steps.get(at)) {
                let same = blows.iter().zip(before).filter(|(a, b)| (a.loud > 0.0) == (b.loud > 0.0)).count();
                alike.add(same as f32 / DRUMS as f32);
            }
        }
        let spread = |squares: Mean, mean: Mean| (squares.get() - mean.get() * mean.get()).max(0.0).sqrt();
        let mut out = [0.0; FEEL];
        let share = four / (steps.len().max(1) as f32);
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

    /// How far these differ in each figure, as a standard deviation.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "some thousand feels")]
    pub fn spread(feels: &[FeelOf]) -> [f32; FEEL] {
        let many = feels.len().max(1) as f32;
        std::array::from_fn(|at| {
            let figures = feels.iter().map(|of| of.feel.0[at]);
            let mean = figures.clone().sum::<f32>() / many;
            (figures.map(|figure| (figure - mean) * (figure - mean)).sum::<f32>() / many).sqrt().max(LEAST)
        })
    }

    /// How far this one is from another, each figure in so many parts of it; what is farther off than two parts is not told
    /// apart. A single measure is like none before it: `first` leaves that figure out.
    #[must_use]
    pub fn distance(&self, other: &Self, parts: &[f32; FEEL], first: bool) -> f32 {
        let figures = self.0.iter().zip(&other.0).zip(parts).take(if first { FEEL - 1 } else { FEEL });
        let apart = figures.map(|((a, b), part)| ((a - b) / part).clamp(-2.0, 2.0));
        let weighed =
            apart.enumerate().map(|(at, apart)| if at == BEATS { BEATS_COUNT * apart * apart } else { apart * apart });
        weighed.sum()
    }

    /// Each figure in parts of it, for [`Self::distance_of`].
    pub(super) fn in_parts(&self, parts: &[f32; FEEL]) -> [f32; FEEL] {
        std::array::from_fn(|at| self.0[at] / parts[at])
    }

    /// [`Self::distance`] of two feels in parts, where many are held against each other: without a division, and in four
    /// sums, of which none waits for another.
    pub(super) fn distance_of(one: &[f32; FEEL], other: &[f32; FEEL]) -> f32 {
        let mut sums = [0.0; 4];
        for at in 0..FEEL {
            let apart = (one[at] - other[at]).clamp(-2.0, 2.0);
            sums[at % 4] += if at == BEATS { BEATS_COUNT * apart * apart } else { apart * apart };
        }
        sums.into_iter().sum()
    }

    /// The same, with each figure nearer to what it should be: what was played too seldom is asked for oftener. `share` is
    /// how much of what is missing is added, at most so many `parts` of a figure.
    #[must_use]
    pub fn corrected(mut self, played: &Self, share: f32, parts: &[f32; FEEL]) -> Self {
        for ((wanted, played), part) in self.0.iter_mut().zip(&played.0).zip(parts) {
            *wanted += share * (*wanted - played).clamp(-part, *part);
        }
        self
    }

    /// Strokes in four beats.
    #[must_use]
    pub fn strokes(&self) -> f32 {
        self.0[..DRUMS].iter().map(|count| count.exp_m1()).sum()
    }

    /// Is this a beat that a band can lean on: kick on one and snare on two and four nearly always, few strokes of the
    /// snare beside, a cymbal that keeps time, measures alike?
    #[must_use]
    pub fn is_steady(&self) -> bool {
        let many = |drum: Drum| self.0[drum.index()].exp_m1();
        let time = many(Drum::ClosedHat) + many(Drum::OpenHat) + many(Drum::Ride);
        let (beats, unlike) = (self.0[BEATS], self.0[FEEL - 1]);
        beats >= STEADY_BEATS && many(Drum::Snare) <= SNARES && time >= TIME && unlike <= UNLIKE
    }

    /// The same, played with so much more energy (−1 to 1, 0 as it is): oftener and louder.
    #[must_use]
    pub fn with_energy(mut self, energy: f32) -> Self {
        for (drum, count) in self.0[..DRUMS].iter_mut().enumerate() {
            let energy = if energy < 0.0 && group(drum) < 2 { KEPT * energy } else { energy };
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
    fn a_rock_beat_is_steady_and_one_without_a_backbeat_is_not() {
        let feel = Feel::of(&rock(), 16);
        assert!(feel.is_steady());
        let mut without = rock();
        without.iter_mut().for_each(|blows| blows[Drum::Snare.index()] = Blow::default());
        assert!(!Feel::of(&without, 16).is_steady());
        assert!(!Feel::of(&[], 16).is_steady());
    }

    #[test]
    fn feels_are_compared_and_corrected_figure_by_figure() {
        let (feel, parts) = (Feel::of(&rock(), 16), [0.5; FEEL]);
        let mut other = feel;
        (other.0[0], other.0[1], other.0[FEEL - 1]) = (feel.0[0] + 0.25, feel.0[1] - 100.0, feel.0[FEEL - 1] + 0.5);
        // A half part, two at most, and one.
        assert!((feel.distance(&other, &parts, false) - (0.25 + 4.0 + 1.0)).abs() < 1e-4);
        assert!((feel.distance(&other, &parts, true) - 4.25).abs() < 1e-4);
        let corrected = feel.corrected(&other, 2.0, &parts);
        assert!((corrected.0[0] - (feel.0[0] - 0.5)).abs() < 1e-5, "too often: less is asked for");
        assert!((corrected.0[1] - (feel.0[1] + 1.0)).abs() < 1e-5, "by a part at most, twice");
        assert!((feel.strokes() - 12.0).abs() < 1e-3, "two kicks, two snares, eight hats");
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
