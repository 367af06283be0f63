//! A believer: says how far each earlier measure is believed to come again.
//!
//! The loop rule compares the newest measures with those one lag before. How much a likeness says hangs on more: a measure
//! that is just the same says more than four that are somewhat alike, eight measures are likelier than seven, what came again
//! one round before comes again, and a measure that is like many others is a safe guess. A small net weighs all that, and a
//! softmax over the lags makes shares of it: once for the user's notes, once for the chords, which also return where the tune
//! does not.
//!
//! # Source
//! A mixture of what was played at each lag, its weights by a softmax: attention over the past, as in Bahdanau, Cho and Bengio
//! 2015, "Neural machine translation by jointly learning to align and translate", by what is alike instead of by content.

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::{relu, softmax};
use burn::tensor::{Device, Tensor};

use super::lags::{HYPOTHESES, best_lags};
use crate::rules::loop_lag::{Lag, MAX_LAG, at_lag};
use crate::systems::nn::NamedTensor;
use crate::systems::nn::arithmetic::dense;
use crate::systems::nn::rows::RowLinear;

/// The shortest lag: two measures, since the measure after next is wanted. Required: as the loop rule's.
pub const SHORTEST: usize = 2;

/// How many lags there are.
pub const LAG_COUNT: usize = MAX_LAG + 1 - SHORTEST;

/// The numbers that speak for or against a lag. Required: as many as [`speaking`] writes.
pub const SPEAKING: usize = 20;

/// What is believed in: the user's notes, and the chords. Required: as many as [`Believed`] has.
pub const BELIEFS: usize = 2;

/// How alike two measures are that are just the same. Chosen: what is rounded may be.
const SAME: f32 = 0.95;

/// How alike two measures are that count as the same in a run. Chosen: a note more or less lets them be.
const NEARLY: f32 = 0.8;

/// The newest measures that are compared: few, as by the loop rule, and many. Chosen: a phrase, and two.
const COMPARED: [usize; 2] = [4, 8];

/// What is taken from the score of a lag that was not heard. Chosen: e to it is nothing.
const NOT_HEARD: f32 = 1e4;

/// The part of a net that it is.
pub(super) const PART: &str = "believer";

/// The lags at which something was heard, and what speaks for each: `[SPEAKING]`, about 0…1. `alike` says how alike what the
/// user plays is: `[a][b ≤ a]`, 0…1.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts of measures")]
pub fn speaking(newest: usize, ahead: usize, alike: &[Vec<f32>]) -> Vec<(Lag, [f32; SPEAKING])> {
    let like = |a: usize, b: usize| if a >= b { alike[a][b] } else { alike[b][a] };
    let yes = |it: bool| f32::from(u8::from(it));
    let found = (SHORTEST..=MAX_LAG).filter_map(|lag| at_lag(lag, newest, ahead, |a, b| alike[a][b]));
    let speaks = |lag: Lag| {
        let by = lag.lag;
        let ago = |ago: usize| newest.checked_sub(ago + by).map(|at| like(newest - ago, at));
        let many: Vec<f32> = (0..COMPARED[1]).map_while(ago).collect();
        let run = (0..COMPARED[1]).map_while(ago).take_while(|&alike| alike > NEARLY).count();
        // The measure that would come again, and how well it did so one round before.
        let again = newest + ahead - by;
        let round_before = |at: usize| at.checked_sub(by).map(|before| like(at, before));
        let others: Vec<f32> = (0..=newest).filter(|&at| at != again).map(|at| like(again, at)).collect();
        let numbers = [
            lag.likeness,
            lag.newest,
            yes(lag.newest > SAME),
            ago(1).unwrap_or(0.0),
            many.iter().sum::<f32>() / many.len().max(1) as f32,
            run as f32 / COMPARED[1] as f32,
            many.len().min(COMPARED[0]) as f32 / COMPARED[0] as f32,
            (by as f32).log2() / 5.0,
            yes(by == 2),
            yes(by == 3),
            yes(by.is_multiple_of(2)),
            yes(by.is_multiple_of(4)),
            yes(by.is_multiple_of(8)),
            yes(by.is_multiple_of(16)),
            round_before(again).unwrap_or(0.0),
            yes(again >= by),
            again.checked_sub(1).and_then(round_before).unwrap_or(0.0),
            others.iter().sum::<f32>() / others.len().max(1) as f32,
            others.iter().copied().fold(0.0, f32::max),
            yes(like(again, again) > 0.0),
        ];
        (lag, numbers)
    };
    found.map(speaks).collect()
}

/// A believer as it is trained.
#[derive(Module, Debug)]
pub struct Believer {
    hidden: Linear,
    scores: Linear,
}

/// The numbers in all weights of a believer with so many units.
pub(super) const fn numbers(units: usize) -> usize {
    units.saturating_mul(SPEAKING + 1).saturating_add(units.saturating_add(1).saturating_mul(BELIEFS))
}

impl Believer {
    /// One with random weights, with so many units.
    #[must_use]
    pub fn new(units: usize, device: &Device) -> Self {
        Self {
            hidden: LinearConfig::new(SPEAKING, units).init(device),
            scores: LinearConfig::new(units, BELIEFS).init(device),
        }
    }

    /// How far each lag is believed, for the notes and for the chords.
    ///
    /// # Shapes
    /// - speaking: `[rows · LAG_COUNT, SPEAKING]`
    /// - heard: `[rows, LAG_COUNT]`, 1 where something was heard at a lag, else 0
    /// - output: two of `[rows, LAG_COUNT]`, each row 1 together
    #[must_use]
    pub fn forward(&self, speaking: Tensor<2>, heard: &Tensor<2>) -> [Tensor<2>; BELIEFS] {
        let rows = heard.dims()[0];
        let scores = self.scores.forward(relu(self.hidden.forward(speaking)));
        std::array::from_fn(|of| {
            let own = scores.clone().narrow(1, of, 1).reshape([rows, LAG_COUNT]);
            softmax(own + (heard.clone() - 1.0).mul_scalar(NOT_HEARD), 1)
        })
    }
}

/// Lags with their shares of belief, which are 1 together, the most believed first.
pub type Shares = Vec<(Lag, f32)>;

/// How far each lag is believed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Believed {
    /// That the user's notes come again as they were there.
    pub notes: Shares,
    /// That the chords do.
    pub chords: Shares,
}

impl Believed {
    /// As the yardstick of the metrics has it: a few lags, by how well the music repeats at them.
    #[must_use]
    pub fn by_rule(newest: usize, ahead: usize, alike: &[Vec<f32>]) -> Self {
        let notes = best_lags(newest, ahead, |a, b| alike[a][b]);
        Self { chords: notes.clone(), notes }
    }
}

/// How many lags are believed in at most. Chosen on the validation songs: with twice as many, chords are foretold no better
/// (docs/results.md), and what was heard at each is to be named.
const BELIEVED: usize = 2 * HYPOTHESES;

/// The same, one row at a time, for playing.
#[derive(Debug)]
pub(super) struct RowBeliever {
    hidden: RowLinear,
    scores: RowLinear,
}

impl RowBeliever {
    pub(super) fn new(weights: &[NamedTensor], units: usize) -> Self {
        let layer = |name: &str, output| RowLinear::new(weights, &format!("{PART}.{name}"), output);
        Self { hidden: layer("hidden", units), scores: layer("scores", BELIEFS) }
    }

    /// How far each lag is believed, after what was heard up to measure `newest`.
    pub(super) fn believed(&self, newest: usize, ahead: usize, alike: &[Vec<f32>]) -> Believed {
        let found = speaking(newest, ahead, alike);
        let scores: Vec<Vec<f32>> = found.iter().map(|(_, numbers)| self.scores(numbers)).collect();
        let of = |which: usize| {
            let lags = found.iter().zip(&scores).map(|(&(lag, _), scores)| (lag, scores[which])).collect();
            shared(lags)
        };
        Believed { notes: of(0), chords: of(1) }
    }

    fn scores(&self, numbers: &[f32; SPEAKING]) -> Vec<f32> {
        let mut units = self.hidden.forward(dense(numbers));
        units.iter_mut().for_each(|unit| *unit = unit.max(0.0));
        self.scores.forward(dense(&units))
    }
}

/// The softmax of these scores, of the best [`BELIEVED`].
fn shared(mut lags: Shares) -> Shares {
    lags.sort_by(|a, b| b.1.total_cmp(&a.1));
    lags.truncate(BELIEVED);
    let best = lags.first().map_or(0.0, |one| one.1);
    lags.iter_mut().for_each(|(_, share)| *share = (*share - best).exp());
    let all: f32 = lags.iter().map(|one| one.1).sum();
    lags.iter_mut().for_each(|(_, share)| *share /= all);
    lags
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::nn::{get_weights, numbers_in};
    use burn::tensor::TensorData;

    /// Measures that are alike where these are the same.
    fn alike(measures: &[usize]) -> Vec<Vec<f32>> {
        let to = |a: usize| (0..=a).map(|b| f32::from(u8::from(measures[a] == measures[b]))).collect();
        (0..measures.len()).map(to).collect()
    }

    #[test]
    fn one_row_is_computed_as_many_are_and_what_was_not_heard_is_not_believed() {
        let device = Device::flex();
        let net = Believer::new(7, &device);
        assert_eq!(numbers(7), numbers_in(&net));
        let weights: Vec<NamedTensor> = get_weights(&net).into_iter().map(|weight| weight.within(PART)).collect();
        let (newest, ahead) = (BELIEVED + 1, 2);
        let alike = alike(&(0..=newest).map(|measure| measure % 4).collect::<Vec<_>>());
        let mut numbers = vec![0.0; LAG_COUNT * SPEAKING];
        let mut heard = vec![0.0; LAG_COUNT];
        for (lag, speaks) in speaking(newest, ahead, &alike) {
            let at = lag.lag - SHORTEST;
            numbers[at * SPEAKING..(at + 1) * SPEAKING].copy_from_slice(&speaks);
            heard[at] = 1.0;
        }
        let tensor = |numbers: Vec<f32>, shape: [usize; 2]| -> Tensor<2> {
            Tensor::from_data(TensorData::new(numbers, shape), &device)
        };
        let shares = net.forward(tensor(numbers, [LAG_COUNT, SPEAKING]), &tensor(heard, [1, LAG_COUNT]));
        let [_, chords] = shares.map(crate::systems::nn::numbers);
        let found = RowBeliever::new(&weights, 7).believed(newest, ahead, &alike);
        assert!((found.notes.iter().map(|one| one.1).sum::<f32>() - 1.0).abs() < 1e-5);
        // All lags are few enough to be believed in.
        assert_eq!(found.chords.len(), BELIEVED);
        for (lag, share) in &found.chords {
            assert!((share - chords[lag.lag - SHORTEST]).abs() < 1e-5);
        }
        assert!(found.chords.windows(2).all(|pair| pair[0].1 >= pair[1].1) && chords[LAG_COUNT - 1] < 1e-9);
    }

    #[test]
    fn what_speaks_for_a_lag_is_how_well_it_repeats_now_and_did_one_round_before() {
        let found = speaking(11, 2, &alike(&[0, 1, 2, 3].repeat(3)));
        let of = |lag: usize| found.iter().find(|(one, _)| one.lag == lag).expect("heard").1;
        let [four, five, eight] = [4, 5, 8].map(of);
        assert_eq!((four[0], four[2], four[5], four[14]), (1.0, 1.0, 1.0, 1.0), "{four:?}");
        assert_eq!((five[0], five[2], five[5], five[14]), (0.0, 0.0, 0.0, 0.0), "{five:?}");
        assert_eq!((eight[0], eight[12], eight[15]), (1.0, 1.0, 0.0), "no round before was heard: {eight:?}");
    }
}
