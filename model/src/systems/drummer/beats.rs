//! Where the steps of any meter lie in the four-four that the net has learnt.
//!
//! Nearly all takes that were learnt are in 4/4. A drummer who has learnt those plays a waltz with the kick of its one and
//! the backbeats of two and four, and a 6/8 with a kick and a backbeat, three eighths each: so each beat of a bar is played
//! as one of the four. In 4/4 every step is itself; 7/8 is a 4/4 that lacks an eighth.

use crate::music::chart::BarPlace;
use crate::music::measure::MAX_STEPS;

/// Which beats of 4/4 the beats of a measure are played as, by how many it has: where a bar begins, and in its other parts.
const ROLES: [[&[u8]; 2]; 5] =
    [[&[], &[]], [&[0], &[3]], [&[0, 1], &[2, 3]], [&[0, 1, 3], &[2, 1, 3]], [&[0, 1, 2, 3]; 2]];

/// The steps of a measure as those of 4/4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Beats {
    steps: u8,
    /// How many steps a beat has.
    beat: u8,
    places: [u8; MAX_STEPS as usize],
}

impl Beats {
    /// A measure of so many steps which lies there in its bar.
    pub(super) fn new(place: BarPlace, steps: u8) -> Self {
        let (steps, beat) = (steps.clamp(1, MAX_STEPS), place.beat.clamp(2, 8));
        let roles = ROLES[usize::from(steps.div_ceil(beat)).min(4)][usize::from(place.from > 0)];
        let place = |step: u8| {
            // Of three eighths the last two are both played as what lies between two beats.
            let within = match (beat, step % beat) {
                (2, step) => 2 * step,
                (3, step) => 2 * step.min(1),
                (6, step @ 4..) => step - 2,
                (_, step) => step.min(3),
            };
            4 * roles[usize::from(step / beat) % roles.len()] + within
        };
        let mut places = [0; MAX_STEPS as usize];
        (0..steps).zip(&mut places).for_each(|(step, at)| *at = place(step));
        Self { steps, beat, places }
    }

    /// A measure of so many steps, as a bar of quarters.
    pub(super) fn of(steps: u8) -> Self {
        Self::new(BarPlace::whole(0, steps), steps)
    }

    /// How many steps it has.
    pub(super) fn steps(&self) -> usize {
        self.steps.into()
    }

    /// Where each step lies in 4/4, 0 to 15.
    pub(super) fn places(&self) -> &[u8] {
        &self.places[..self.steps()]
    }

    /// How many steps four beats have.
    pub(super) fn four(&self) -> f32 {
        f32::from(4 * self.beat)
    }

    /// How many beats a minute has, of so many quarter notes.
    pub(super) fn tempo(&self, quarters: f32) -> f32 {
        quarters * 4.0 / f32::from(self.beat)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::meter::TimeSignature;

    /// The places of each part of a bar.
    fn bar(numerator: u8, denominator: u8) -> Vec<Vec<u8>> {
        let meter = TimeSignature::new(numerator, denominator).expect("a time signature");
        let mut from = 0;
        let parts = meter.parts().expect("whole sixteenths").map(|steps| {
            let here = BarPlace::new(0, from, meter);
            from += u16::from(steps);
            Beats::new(here, steps).places().to_vec()
        });
        parts.collect()
    }

    #[test]
    fn four_four_is_itself_and_seven_eight_lacks_an_eighth() {
        assert_eq!(bar(4, 4), [(0..16).collect::<Vec<u8>>()]);
        assert_eq!(bar(2, 2), bar(4, 4));
        assert_eq!(bar(7, 8), [(0..14).collect::<Vec<u8>>()]);
    }

    #[test]
    fn a_waltz_has_one_kick_and_two_backbeats_and_so_has_three_eight_in_eighths() {
        assert_eq!(bar(3, 4), [[0, 1, 2, 3, 4, 5, 6, 7, 12, 13, 14, 15]]);
        assert_eq!(bar(3, 8), [[0, 2, 4, 6, 12, 14]]);
    }

    #[test]
    fn three_eighths_are_a_beat_where_the_meter_says_so() {
        let (kick, back) = ([0, 1, 2, 3, 2, 3], [4, 5, 6, 7, 6, 7]);
        assert_eq!(bar(6, 8), [[kick, back].concat()]);
        let other = [[8, 9, 10, 11, 10, 11], [12, 13, 14, 15, 14, 15]];
        assert_eq!(bar(12, 8), [[kick, back].concat(), other.concat()]);
        assert_eq!(bar(9, 8), [[kick, back].concat(), other[1].to_vec()]);
    }

    #[test]
    fn five_four_is_three_and_two() {
        assert_eq!(bar(5, 4), [vec![0, 1, 2, 3, 4, 5, 6, 7, 12, 13, 14, 15], (8..16).collect()]);
    }

    #[test]
    fn every_meter_has_its_places() {
        for (numerator, denominator) in (1..=255).flat_map(|n| [1, 2, 4, 8, 16, 32, 64].map(|d| (n, d))) {
            let meter = TimeSignature::new(numerator, denominator).expect("a time signature");
            if meter.steps().is_some() {
                assert!(bar(numerator, denominator).concat().iter().all(|&place| place < MAX_STEPS));
            }
        }
    }
}
