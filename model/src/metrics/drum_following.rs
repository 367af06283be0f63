//! Whether a drummer follows those whom they play beside, and keeps a beat that these can lean on.

use crate::music::drums::{Drum, DrumMeasure};
use crate::music::measure::Measure;
use crate::random::Rng;

/// The steps of the backbeat. Required: two and four of a measure of 4/4.
const BACKBEAT: [u8; 2] = [4, 12];

/// The steps of such a measure. Required: four beats of four sixteenths.
const FOUR_FOUR: u8 = 16;

/// What a drummer played beside others, counted over songs. Only measures count in which the drums play.
#[derive(Clone, Debug, Default)]
pub struct DrumFollowing {
    /// Strokes of each measure, and the user's onsets in it.
    strokes: Vec<f64>,
    onsets: Vec<f64>,
    kicks: Share,
    bass: Share,
    backbeat: Share,
    one: Share,
}

/// So many of so many.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Share(u32, u32);

impl Share {
    pub(super) fn add(&mut self, is: bool) {
        self.0 += u32::from(is);
        self.1 += 1;
    }

    pub(super) fn get(self) -> Option<f64> {
        (self.1 > 0).then(|| f64::from(self.0) / f64::from(self.1))
    }
}

impl DrumFollowing {
    /// Counts a song: its drums, the user's measures and the bass's, if there is a bass.
    #[expect(clippy::cast_precision_loss, reason = "few strokes")]
    pub fn add(&mut self, drums: &[DrumMeasure], user: &[Measure], bass: Option<&[Measure]>) {
        for (at, (measure, user)) in drums.iter().zip(user).enumerate().filter(|(_, (drums, _))| !drums.is_silent()) {
            self.strokes.push(measure.hits().count() as f64);
            self.onsets.push(user.onsets().count() as f64);
            if measure.steps() == FOUR_FOUR {
                BACKBEAT.into_iter().for_each(|step| self.backbeat.add(measure.hit(step, Drum::Snare).is_some()));
                self.one.add(measure.hit(0, Drum::Kick).is_some());
            }
            let Some(bass) = bass.and_then(|bass| bass.get(at)) else { continue };
            for step in 0..measure.steps() {
                let kicked = measure.hit(step, Drum::Kick).is_some();
                let begins = bass.onsets().any(|note| note.step.0 == step);
                if kicked {
                    self.kicks.add(begins);
                }
                if begins {
                    self.bass.add(kicked);
                }
            }
        }
    }

    /// How many measures were counted.
    #[must_use]
    pub fn measures(&self) -> usize {
        self.strokes.len()
    }

    /// Spearman's rank correlation of strokes with the user's onsets in the same measure; 0 where either never changes.
    #[must_use]
    pub fn rank_correlation(&self) -> f64 {
        correlation(&ranks(&self.strokes), &ranks(&self.onsets))
    }

    /// The same where the user's measures are in any order: what chance reaches.
    #[must_use]
    pub fn shuffled(&self, seed: u64) -> f64 {
        let mut onsets = self.onsets.clone();
        shuffle(&mut onsets, seed);
        correlation(&ranks(&self.strokes), &ranks(&onsets))
    }

    /// The share of kicks with which the bass begins a note; `None` without kicks beside a bass.
    #[must_use]
    pub fn kicks_on_bass(&self) -> Option<f64> {
        self.kicks.get()
    }

    /// The share of the bass's notes that begin with a kick.
    #[must_use]
    pub fn bass_with_kick(&self) -> Option<f64> {
        self.bass.get()
    }

    /// In 4/4: the share of twos and fours that the snare strikes.
    #[must_use]
    pub fn backbeat(&self) -> Option<f64> {
        self.backbeat.get()
    }

    /// In 4/4: the share of measures that begin with a kick.
    #[must_use]
    pub fn kick_on_one(&self) -> Option<f64> {
        self.one.get()
    }
}

/// Any order of these.
pub(super) fn shuffle<T>(all: &mut [T], seed: u64) {
    let mut rng = Rng::new(seed);
    for at in (1..all.len()).rev() {
        all.swap(at, rng.below(at + 1));
    }
}

/// The place of each number among all; equal ones share the mean of their places.
#[expect(clippy::cast_precision_loss, reason = "fewer than 2^53 measures")]
pub(super) fn ranks(numbers: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..numbers.len()).collect();
    order.sort_by(|&a, &b| numbers[a].total_cmp(&numbers[b]));
    let mut out = vec![0.0; numbers.len()];
    for equal in order.chunk_by(|&a, &b| numbers[a].total_cmp(&numbers[b]).is_eq()) {
        let below = numbers.iter().filter(|number| **number < numbers[equal[0]]).count();
        equal.iter().for_each(|&at| out[at] = below as f64 + 0.5 * (equal.len() - 1) as f64);
    }
    out
}

/// Pearson's correlation; 0 where there is none.
#[expect(clippy::cast_precision_loss, reason = "fewer than 2^53 measures")]
pub(super) fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len().max(1) as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let sum = |of: &dyn Fn(f64, f64) -> f64| a.iter().zip(b).map(|(a, b)| of(a - mean_a, b - mean_b)).sum::<f64>();
    let size = (sum(&|a, _| a * a) * sum(&|_, b| b * b)).sqrt();
    if size > 0.0 { sum(&|a, b| a * b) / size } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::drums::DrumHit;
    use crate::music::note::{Key, Note, Velocity};

    #[test]
    fn equal_numbers_share_a_rank() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [2.5, 0.0, 2.5, 1.0]);
        assert!((correlation(&[0.0, 1.0, 2.0], &[2.0, 1.0, 0.0]) + 1.0).abs() < 1e-12);
    }

    #[test]
    fn who_strikes_as_often_as_the_user_follows_and_shuffled_follows_no_more() {
        let line = |many: u8| Measure::from_notes(16, (0..many).map(|step| Note::new(step, 1, Key::MIDDLE_C)));
        let drums = |many: u8| {
            let mut out = DrumMeasure::silent(16);
            for step in 0..many {
                out.strike(DrumHit { step, drum: Drum::Kick, velocity: Velocity::clamped(90.0), offset: 0.0 });
            }
            out
        };
        let many: Vec<u8> = (0..200).map(|at| 1 + (at * 7 % 13)).collect();
        let (played, user): (Vec<_>, Vec<_>) = many.iter().map(|&many| (drums(many), line(many))).unzip();
        let bass = vec![line(2); 200];
        let mut found = DrumFollowing::default();
        found.add(&played, &user, Some(&bass));
        assert!((found.rank_correlation() - 1.0).abs() < 1e-9);
        assert!(found.shuffled(1).abs() < 0.2, "{}", found.shuffled(1));
        let kicks: f64 = many.iter().map(|&many| f64::from(many)).sum();
        let both: f64 = many.iter().map(|&many| f64::from(many.min(2))).sum();
        assert_eq!((found.kicks_on_bass(), found.bass_with_kick()), (Some(both / kicks), Some(both / 400.0)));
        assert_eq!((found.kick_on_one(), found.backbeat()), (Some(1.0), Some(0.0)));
        // A measure without drums does not count.
        found.add(&[DrumMeasure::silent(16)], &[line(3)], None);
        assert_eq!(found.measures(), 200);
    }
}
