//! Which chord a half measure may have, by those of what was heard at the lags that are believed in.

use super::classes::CHORD_CLASSES;
use super::features::HeardHalf;
use super::harmoniser::surroundings;
use super::namer::{Reading, RowNamer, naming};
use super::story::{Asked, Story};
use super::two_layers::RowTwoLayers;
use crate::rules::loop_lag::Lag;

/// What names the chords of what was heard.
enum Namer<'a> {
    /// A net that has read all of it.
    Read(Reading<'a>),
    /// One that reads what lies around each half measure, and all of it.
    Around(&'a RowTwoLayers, Vec<HeardHalf>),
}

/// Opinions of all that was heard.
pub(super) struct Opinions<'a> {
    story: &'a Story,
    namer: Namer<'a>,
}

impl<'a> Opinions<'a> {
    /// Those of a namer.
    pub(super) fn of_namer(namer: &'a RowNamer, story: &'a Story) -> Self {
        let measures = story.known.iter().map(|known| known.heard.as_slice());
        Self { story, namer: Namer::Read(namer.read(&naming(measures))) }
    }

    /// Those of a harmoniser.
    pub(super) fn of_harmoniser(harmoniser: &'a RowTwoLayers, story: &'a Story) -> Self {
        let heard = story.known.iter().flat_map(|known| known.heard.iter().copied()).collect();
        Self { story, namer: Namer::Around(harmoniser, heard) }
    }

    /// Their mean, by how far each lag is believed: `[CHORD_CLASSES]`. Where nothing has repeated yet, the music goes on as now.
    pub(super) fn mean(&self, asked: &Asked, believed: &[(Lag, f32)]) -> Vec<f32> {
        let newest = self.story.known.len() - 1;
        let there = |(lag, share): &(Lag, f32)| {
            let at = asked.measure.checked_sub(lag.lag).filter(|&at| at <= newest)?;
            Some((self.at(at, asked.half)?, *share))
        };
        let mut all: Vec<(Vec<f32>, f32)> = believed.iter().filter_map(there).collect();
        if all.is_empty() {
            all.extend(self.at(newest, asked.half).map(|now| (now, 1.0)));
        }
        let total: f32 = all.iter().map(|(_, share)| share).sum();
        let mut out = vec![0.0; CHORD_CLASSES];
        for (chances, share) in &all {
            out.iter_mut().zip(chances).for_each(|(sum, chance)| *sum += share / total * chance);
        }
        out
    }

    /// Which chord this half of a measure may have; of a measure with fewer, its last. `None`: it is too long ago.
    fn at(&self, measure: usize, half: usize) -> Option<Vec<f32>> {
        let known = &self.story.known;
        let halves = known[measure].heard.len();
        let half = half.min(halves - 1);
        match &self.namer {
            Namer::Read(reading) => {
                let since: usize = known[measure..].iter().map(|known| known.heard.len()).sum();
                reading.chances(since - half - 1)
            }
            Namer::Around(harmoniser, heard) => {
                let before: usize = known[..measure].iter().map(|known| known.heard.len()).sum();
                Some(harmoniser.chances(&surroundings(heard, before + half, half > 0, halves == 1)))
            }
        }
    }
}
