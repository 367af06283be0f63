//! What is known when the chord of a half measure is asked for, as a pointing net reads it: the music at every lag, and how
//! well each lag speaks for itself.

use super::classes::{NAMED, chord, write_name};
use super::features::{HEARD, HeardHalf, accompaniment, chroma, fit, heard};
use super::lags::best_lags;
use crate::music::band::{BandMeasure, BandSpec, VoiceId};
use crate::music::chart::halves;
use crate::rules::loop_lag::{Lag, MAX_LAG, at_lag};

/// Where a chord may be copied from: the newest that was heard, then each lag from 1 measure to the longest.
pub const PLACES: usize = MAX_LAG + 1;

/// The numbers that speak for or against copying from a place. Required: as many as [`Story::question`] writes.
pub const PLACE_INPUTS: usize = 22;

/// Chromas of what the user is imagined to play, which the softmax over the chords sees beside the LSTM: in the half asked
/// for, in those before and after it, at the best lag, and as last heard. Required: five of twelve.
pub const NEAR: usize = 60;

/// The numbers that the LSTM reads of a half measure.
pub const ASKED: usize = 2 * HEARD + 2 * (HEARD + 2) + 36 + 3 * NAMED + 9;

/// How alike two measures are that are the same, about. Chosen: a note more or less lets them be.
const SAME: f32 = 0.8;

/// The newest measures whose chords are compared with those one lag before: few, and many. Chosen: a phrase, and three.
const COMPARED: [usize; 2] = [4, 12];

/// What is known of one measure: by half, what the user plays and which chord it has.
#[derive(Clone, Debug)]
pub struct Known {
    /// What the user plays in each half.
    pub heard: Vec<HeardHalf>,
    /// The chord of each half, where it is known.
    pub chords: Vec<Option<usize>>,
}

impl Known {
    /// What is known of this measure, of which the user plays this voice.
    #[must_use]
    pub fn of(measure: &BandMeasure, spec: &BandSpec, user: VoiceId) -> Self {
        let ends = || halves(measure.steps());
        Self {
            heard: ends().map(|half| heard(measure, user, half)).collect(),
            chords: ends().map(|half| accompaniment(measure, spec, half)).collect(),
        }
    }

    /// The same where no chord is known, nor looked for.
    #[must_use]
    pub fn of_notes(measure: &BandMeasure, user: VoiceId) -> Self {
        let heard: Vec<_> = halves(measure.steps()).map(|half| heard(measure, user, half)).collect();
        Self { chords: vec![None; heard.len()], heard }
    }

    /// A half of it, or its last where it has fewer. What is heard and the chords may be of two measures, one shorter.
    #[must_use]
    pub fn half(&self, half: usize) -> (&HeardHalf, Option<usize>) {
        let chord = self.chords.get(half).or(self.chords.last()).copied().flatten();
        (&self.heard[half.min(self.heard.len() - 1)], chord)
    }
}

/// The measures that were heard, the oldest first.
#[derive(Clone, Debug)]
pub struct Story {
    /// What is known of each.
    pub known: Vec<Known>,
    /// How alike what the user plays is: `[a][b ≤ a]`.
    pub alike: Vec<Vec<f32>>,
}

/// Which half measure is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// Its measure, counted as those of the story.
    pub measure: usize,
    /// Which half of it.
    pub half: usize,
    /// How many halves its measure has.
    pub halves: usize,
    /// How far it lies after the newest measure that may be heard.
    pub ahead: usize,
    /// The chord of the half before, as planned.
    pub before: Option<usize>,
}

impl Asked {
    /// The half measure before this one.
    pub(super) fn half_before(&self) -> Self {
        match self.half {
            0 => Self { measure: self.measure - 1, half: 1, ahead: self.ahead - 1, ..*self },
            half => Self { half: half - 1, ..*self },
        }
    }

    /// The half measure after this one.
    pub(super) fn half_after(&self) -> Self {
        if self.half + 1 < self.halves {
            return Self { half: self.half + 1, ..*self };
        }
        Self { measure: self.measure + 1, half: 0, ahead: self.ahead + 1, ..*self }
    }
}

/// One half measure, as a pointing net reads it.
#[derive(Clone, Debug)]
pub struct ChordQuestion {
    /// For the LSTM: `[ASKED]`.
    pub inputs: Vec<f32>,
    /// For the softmax over the chords: `[NEAR]`.
    pub near: Vec<f32>,
    /// What speaks for each place: `[PLACES · PLACE_INPUTS]`.
    pub places: Vec<f32>,
    /// The chord at each place, where there is one.
    pub chords: Vec<Option<usize>>,
}

impl Story {
    /// The lags at which what was heard up to this measure repeats best.
    #[must_use]
    pub fn lags(&self, newest: usize, ahead: usize) -> Vec<(Lag, f32)> {
        best_lags(newest, ahead, |a, b| self.alike[a][b])
    }

    /// What the user is imagined to play in a half measure, which may lie before or after its measure: `[12]`.
    fn imagined(&self, lags: &[(Lag, f32)], (newest, measure): (usize, usize), half: usize) -> [f32; 12] {
        let mut out = [0.0; 12];
        for (lag, share) in lags {
            if let Some(known) = measure.checked_sub(lag.lag).filter(|&at| at <= newest).map(|at| &self.known[at]) {
                add(&mut out, *share, &chroma(known.half(half).0));
            }
        }
        out
    }

    /// The chord that was heard last, up to this measure.
    fn now(&self, newest: usize) -> Option<usize> {
        self.known[..=newest].iter().rev().flat_map(|known| known.chords.iter().rev()).flatten().next().copied()
    }

    /// How many halves of the newest measures have chords there and one lag before, and how many of those are the same.
    fn agreeing(&self, newest: usize, lag: usize, measures: usize) -> (f32, f32) {
        let (mut both, mut same) = (0u8, 0u8);
        for ago in 0..measures {
            let (Some(at), Some(back)) = (newest.checked_sub(ago), newest.checked_sub(ago + lag)) else { break };
            for (half, chord) in self.known[at].chords.iter().enumerate() {
                if let (Some(one), Some(other)) = (chord, self.known[back].half(half).1) {
                    both += 1;
                    same += u8::from(one % 12 == other % 12);
                }
            }
        }
        (f32::from(both), f32::from(same))
    }

    /// How well the chords that were heard lately fit what the user played to them.
    fn trust(&self, newest: usize) -> f32 {
        let (mut sum, mut count) = (0.0, 0.0f32);
        for known in self.known[..=newest].iter().rev().take(COMPARED[0]) {
            for (half, chord) in known.chords.iter().enumerate() {
                if let Some(class) = *chord {
                    sum += fit(chord_of(class), &chroma(known.half(half).0));
                    count += 1.0;
                }
            }
        }
        sum / count.max(1.0)
    }

    /// What a net reads of this half measure.
    ///
    /// # Panics
    /// If nothing was heard so far ahead of it.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    pub fn question(&self, asked: &Asked) -> ChordQuestion {
        let newest = asked.measure - asked.ahead;
        let lags = self.lags(newest, asked.ahead);
        let here = (newest, asked.measure);
        let imagined = self.imagined(&lags, here, asked.half);
        let earlier = match asked.half {
            0 => self.imagined(&lags, (newest, asked.measure - 1), 1),
            half => self.imagined(&lags, here, half - 1),
        };
        let later = if asked.half + 1 < asked.halves {
            self.imagined(&lags, here, asked.half + 1)
        } else {
            self.imagined(&lags, (newest, asked.measure + 1), 0)
        };
        let now = self.now(newest);
        let trust = self.trust(newest);
        let best = lags.first().map(|(lag, _)| *lag);
        let back = best.and_then(|lag| asked.measure.checked_sub(lag.lag)).map(|at| &self.known[at]);

        let mut inputs = Vec::with_capacity(ASKED);
        let last = &self.known[newest];
        inputs.extend_from_slice(last.half(0).0);
        inputs.extend_from_slice(last.half(1).0);
        for place in 0..2 {
            let found = lags.get(place);
            let heard = found.and_then(|(lag, _)| asked.measure.checked_sub(lag.lag)).map(|at| &self.known[at]);
            inputs.extend_from_slice(heard.map_or(&[0.0; HEARD], |known| known.half(asked.half).0));
            inputs.extend(found.map_or([0.0; 2], |(lag, share)| [lag.likeness, *share]));
        }
        for chroma in [&imagined, &earlier, &later] {
            inputs.extend_from_slice(chroma);
        }
        for class in [now, asked.before, back.and_then(|known| known.half(asked.half).1)] {
            let from = inputs.len();
            inputs.resize(from + NAMED, 0.0);
            write_name(class, &mut inputs[from..]);
        }
        let (both, same) = best.map_or((0.0, 0.0), |lag| self.agreeing(newest, lag.lag, COMPARED[1]));
        let run = best.map_or(0.0, |lag| self.run(newest, lag.lag) as f32 / 8.0);
        inputs.extend([
            asked.half as f32,
            f32::from(u8::from(asked.halves == 1)),
            f32::from(u8::from(asked.ahead == 1)),
            ((newest + 1) as f32).ln() / 4.0,
            trust,
            same / both.max(1.0),
            both / 24.0,
            run,
            best.map_or(0.0, |lag| lag.newest),
        ]);
        debug_assert_eq!(inputs.len(), ASKED);

        let mut near = Vec::with_capacity(NEAR);
        let at_best = back.map_or([0.0; 12], |known| chroma(known.half(asked.half).0));
        let last = chroma(last.half(1).0);
        [imagined, earlier, later, at_best, last].iter().for_each(|chroma| near.extend_from_slice(chroma));

        let (places, chords) = self.places(asked, (&imagined, now, trust));
        ChordQuestion { inputs, near, places, chords }
    }

    /// How many of the newest measures, one after another, are as they were one lag before.
    fn run(&self, newest: usize, lag: usize) -> usize {
        let same = |ago: &usize| newest.checked_sub(ago + lag).is_some_and(|at| self.alike[newest - ago][at] > SAME);
        (0..8).take_while(same).count()
    }

    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    fn places(
        &self,
        asked: &Asked,
        (imagined, now, trust): (&[f32; 12], Option<usize>, f32),
    ) -> (Vec<f32>, Vec<Option<usize>>) {
        let newest = asked.measure - asked.ahead;
        let alike = |a: usize, b: usize| self.alike[a][b];
        let found: Vec<Option<Lag>> = (1..=MAX_LAG).map(|lag| at_lag(lag, newest, asked.ahead, alike)).collect();
        let at = |lag: usize| asked.measure.checked_sub(lag).filter(|&at| at <= newest).map(|at| &self.known[at]);
        let mut chords = vec![now];
        chords.extend((1..=MAX_LAG).map(|lag| at(lag).and_then(|known| known.half(asked.half).1)));
        // The sum by which the loop rule chooses, and each lag's share of belief by it.
        let weighted = |lag: &Lag| {
            let terms = (newest - lag.lag + 1).min(4);
            let weights: f32 = [1.0, 0.8, 0.6, 0.4][..terms].iter().sum();
            lag.likeness * weights - 0.003 * lag.lag as f32
        };
        let best = found.iter().flatten().map(weighted).fold(f32::NEG_INFINITY, f32::max);
        let belief = |lag: &Lag| (4.0 * (weighted(lag) - best)).exp();
        let total: f32 = found.iter().flatten().map(belief).sum::<f32>().max(1e-6);
        let votes = |class: Option<usize>| -> f32 {
            let same = |place: &(&Option<Lag>, &Option<usize>)| place.1.is_some() && *place.1 == class;
            let voters = found.iter().zip(&chords[1..]).filter(same);
            voters.filter_map(|(lag, _)| lag.as_ref()).map(belief).sum::<f32>() / total
        };
        let mut out = vec![0.0; PLACES * PLACE_INPUTS];
        for (place, (numbers, &class)) in out.chunks_exact_mut(PLACE_INPUTS).zip(&chords).enumerate() {
            let Some(class) = class else { continue };
            numbers[0] = 1.0;
            numbers[1] = fit(chord_of(class), imagined);
            numbers[2] = votes(Some(class));
            numbers[3] = f32::from(u8::from(now == Some(class)));
            numbers[4] = f32::from(u8::from(asked.before == Some(class)));
            numbers[5] = trust;
            if place == 0 {
                numbers[6] = 1.0;
                continue;
            }
            let Some(lag) = found[place - 1] else { continue };
            let heard = at(place).map_or([0.0; 12], |known| chroma(known.half(asked.half).0));
            let long = (0..8).filter_map(|ago| newest.checked_sub(ago + place).map(|at| self.alike[newest - ago][at]));
            let (sum, count) = long.fold((0.0, 0.0f32), |(sum, count), alike| (sum + alike, count + 1.0));
            let few = self.agreeing(newest, place, COMPARED[0]);
            let many = self.agreeing(newest, place, COMPARED[1]);
            numbers[7] = lag.likeness;
            numbers[8] = lag.newest;
            numbers[9] = self.run(newest, place) as f32 / 8.0;
            numbers[10] = sum / count.max(1.0);
            numbers[11] = weighted(&lag) - best;
            numbers[12] = belief(&lag) / total;
            numbers[13] = few.1 / few.0.max(1.0);
            numbers[14] = few.0 / 8.0;
            numbers[15] = many.1 / many.0.max(1.0);
            numbers[16] = many.0 / 24.0;
            numbers[17] = fit(chord_of(class), &heard);
            numbers[18] = (place as f32).log2() / 5.0;
            numbers[19] = f32::from(u8::from(place.is_multiple_of(4)));
            numbers[20] = f32::from(u8::from(place.is_multiple_of(8)));
            numbers[21] = f32::from(u8::from(place.is_multiple_of(2)));
        }
        (out, chords)
    }

    /// What the user is imagined to play in this half measure, by how far each lag is believed: `[12]`.
    #[must_use]
    pub fn expected(&self, asked: &Asked, believed: &[(Lag, f32)]) -> [f32; 12] {
        let newest = asked.measure - asked.ahead;
        let found = self.imagined(believed, (newest, asked.measure), asked.half);
        if found.iter().sum::<f32>() > 0.0 { found } else { chroma(self.known[newest].half(asked.half).0) }
    }
}

fn add(sum: &mut [f32; 12], share: f32, part: &[f32; 12]) {
    sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += share * part);
}

/// The tones of a class.
fn chord_of(class: usize) -> crate::music::chord::PitchClasses {
    chord(class).pitch_classes()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Measures of whole chords: the user plays the root, the chord is the major one.
    fn story(roots: &[usize]) -> Story {
        let known = |&root: &usize| {
            let mut heard = [0.0; HEARD];
            (heard[root], heard[12 + root]) = (1.0, 1.0);
            Known { heard: vec![heard; 2], chords: vec![Some(root); 2] }
        };
        let alike = |a: usize| (0..=a).map(|b| f32::from(u8::from(roots[a] == roots[b]))).collect();
        Story { known: roots.iter().map(known).collect(), alike: (0..roots.len()).map(alike).collect() }
    }

    #[test]
    fn the_chord_at_every_lag_is_there_with_what_speaks_for_it() {
        let story = story(&[0, 5, 7, 9].repeat(3));
        let asked = Asked { measure: 13, half: 0, halves: 2, ahead: 2, before: None };
        let question = story.question(&asked);
        assert_eq!((question.inputs.len(), question.near.len()), (ASKED, NEAR));
        // The thirteenth measure from 0 has the second root of the four.
        assert_eq!(question.chords[4], Some(5));
        assert_eq!((question.chords[0], question.chords[1]), (Some(9), None), "what is not heard yet is not copied");
        let of = |place: usize, number: usize| question.places[place * PLACE_INPUTS + number];
        assert_eq!((of(4, 0), of(4, 7), of(4, 13)), (1.0, 1.0, 1.0));
        assert_eq!((of(3, 7), of(3, 13)), (0.0, 0.0), "nothing repeats there");
        assert_eq!(of(4, 17), 1.0, "it fitted what was played to it");
        assert_eq!(story.expected(&asked, &story.lags(11, 2)).iter().position(|&time| time > 0.0), Some(5));
    }
}
