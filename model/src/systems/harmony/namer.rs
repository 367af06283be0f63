//! A namer: says which chord each half measure had that was heard, from all that the user played before and after it.
//!
//! What is foretold is the measure after next, in which nobody has played yet. But songs repeat: at each lag that is believed in
//! lies a measure that was heard, and the chord that it had may come again. A tune of a few notes leaves open which that was.
//! What came before and after, and that the same chord comes round to other notes, says more: so the namer reads all that was
//! heard, from the first half measure to the newest and back.
//!
//! # Source
//! Lim, Rhyu and Lee 2017, "Chord generation from symbolic melody using BLSTM networks"; here a chord has half a measure, and
//! with each half two to each side are read.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, Linear, LinearConfig};
use burn::tensor::{Device, Tensor};

use super::classes::{CHORD_CLASSES, softmax};
use super::features::{HEARD, HeardHalf};
use crate::predict::predictor::HISTORY;
use crate::systems::nn::arithmetic::dense;
use crate::systems::nn::rows::{RowLinear, RowLstm};
use crate::systems::nn::{Direction, Lstm, LstmState, NamedTensor};

/// Half measures that are read: of fewer, those before the first are zeros. Required: as many as what is remembered has, of two
/// halves each.
pub const NAMED_HALVES: usize = 2 * HISTORY;

/// Half measures to each side that are read with each. Chosen.
const BESIDE: usize = 2;

/// The share of what is read that training drops. Chosen on the validation songs: with none, as many roots are right there, but
/// it is too sure of itself on lead sheets, of which there are few.
const READ_LESS: f64 = 0.15;

/// The share of what both ways make of it that training drops. Chosen likewise.
const MADE_LESS: f64 = 0.4;

/// What is read of one: what was heard, whether it was, and whether it is the second of its measure or the only one.
const ONE: usize = HEARD + 3;

/// The numbers that are read with each half measure.
pub const NAMING: usize = (2 * BESIDE + 1) * ONE;

/// The part of a net that it is.
pub(super) const PART: &str = "namer";

/// What a namer reads of these measures, each by half, the newest last: `[NAMED_HALVES, NAMING]`.
#[must_use]
pub fn naming<'a>(measures: impl DoubleEndedIterator<Item = &'a [HeardHalf]>) -> Vec<f32> {
    let mut ones = vec![0.0; (NAMED_HALVES + 2 * BESIDE) * ONE];
    let heard = &mut ones[BESIDE * ONE..(BESIDE + NAMED_HALVES) * ONE];
    let backwards = measures.rev().flat_map(|halves| {
        let only = halves.len() == 1;
        halves.iter().enumerate().rev().map(move |(half, heard)| (heard, half > 0, only))
    });
    for (one, (half, second, only)) in heard.chunks_exact_mut(ONE).rev().zip(backwards) {
        one[..HEARD].copy_from_slice(half);
        one[HEARD] = 1.0;
        one[HEARD + 1] = f32::from(u8::from(second));
        one[HEARD + 2] = f32::from(u8::from(only));
    }
    ones.windows(NAMING).step_by(ONE).flatten().copied().collect()
}

/// A namer as it is trained.
#[derive(Module, Debug)]
pub struct Namer {
    forward: Lstm,
    backward: Lstm,
    head: Linear,
    less: [Dropout; 2],
}

/// The numbers in all weights of a namer with so many units each way.
pub(super) const fn numbers(units: usize) -> usize {
    let way = units.saturating_mul(4).saturating_mul(units.saturating_add(NAMING + 1));
    way.saturating_mul(2).saturating_add(units.saturating_mul(2).saturating_add(1).saturating_mul(CHORD_CLASSES))
}

impl Namer {
    /// One with random weights, with so many units each way.
    #[must_use]
    pub fn new(units: usize, device: &Device) -> Self {
        Self {
            forward: Lstm::new(NAMING, units, device),
            backward: Lstm::new(NAMING, units, device),
            head: LinearConfig::new(2 * units, CHORD_CLASSES).init(device),
            less: [READ_LESS, MADE_LESS].map(|share| DropoutConfig::new(share).init()),
        }
    }

    /// The logits of the chords of every half measure.
    ///
    /// # Shapes
    /// - inputs: `[NAMED_HALVES · batch, NAMING]`, the batch running fastest
    /// - output: `[NAMED_HALVES · batch, CHORD_CLASSES]`
    #[must_use]
    pub fn logits(&self, inputs: Tensor<2>, batch: usize) -> Tensor<2> {
        let [read, made] = &self.less;
        let inputs = read.forward(inputs);
        let way = |lstm: &Lstm, direction| {
            let state = LstmState::zeros(batch, lstm.hidden(), &inputs.device());
            lstm.run(inputs.clone(), None, state, direction).0
        };
        let both = vec![way(&self.forward, Direction::Forward), way(&self.backward, Direction::Backward)];
        self.head.forward(made.forward(Tensor::cat(both, 1)))
    }
}

/// The same, one row at a time, for playing.
#[derive(Debug)]
pub(super) struct RowNamer {
    forward: RowLstm,
    backward: RowLstm,
    head: RowLinear,
    units: usize,
}

/// All that was heard, read both ways.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    namer: &'a RowNamer,
    /// What both ways make of each half measure: `[NAMED_HALVES, 2 · units]`.
    made: Vec<f32>,
}

impl RowNamer {
    pub(super) fn new(weights: &[NamedTensor], units: usize) -> Self {
        let way = |name: &str| RowLstm::new(weights, &format!("{PART}.{name}"));
        let head = RowLinear::new(weights, &format!("{PART}.head"), CHORD_CLASSES);
        Self { forward: way("forward"), backward: way("backward"), head, units }
    }

    /// Reads `[NAMED_HALVES, NAMING]`.
    pub(super) fn read(&self, numbers: &[f32]) -> Reading<'_> {
        let units = self.units;
        let mut made = vec![0.0; NAMED_HALVES * 2 * units];
        // Most of what is heard is 0.
        let mut state = self.forward.start();
        for (row, made) in numbers.chunks_exact(NAMING).zip(made.chunks_exact_mut(2 * units)) {
            self.forward.step(dense(row), &mut state);
            made[..units].copy_from_slice(&state.hidden);
        }
        let mut state = self.backward.start();
        for (row, made) in numbers.chunks_exact(NAMING).zip(made.chunks_exact_mut(2 * units)).rev() {
            self.backward.step(dense(row), &mut state);
            made[units..].copy_from_slice(&state.hidden);
        }
        Reading { namer: self, made }
    }
}

impl Reading<'_> {
    /// How likely each chord is in a half measure, so many before the newest: `[CHORD_CLASSES]`; `None`: it was not read.
    pub(super) fn chances(&self, ago: usize) -> Option<Vec<f32>> {
        let made = self.made.chunks_exact(2 * self.namer.units).nth_back(ago)?;
        let mut chances = self.namer.head.forward(dense(made));
        softmax(&mut chances);
        Some(chances)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::nn::{get_weights, numbers_in};

    /// Measures in which the user holds one pitch class after another, in so many halves each.
    fn measures(halves: &[usize]) -> Vec<Vec<HeardHalf>> {
        let mut class = 0;
        let mut half = || {
            class += 1;
            std::array::from_fn(|at| f32::from(u8::from(at == class % 12)))
        };
        halves.iter().map(|&halves| (0..halves).map(|_| half()).collect()).collect()
    }

    #[test]
    fn the_newest_half_comes_last_each_with_what_lies_beside_it() {
        let heard = measures(&[2, 1, 2]);
        let numbers = naming(heard.iter().map(Vec::as_slice));
        assert_eq!(numbers.len(), NAMED_HALVES * NAMING);
        let one = |ago: usize, beside: usize| &numbers[(NAMED_HALVES - 1 - ago) * NAMING + beside * ONE..][..ONE];
        let class = |one: &[f32]| one[..12].iter().position(|&time| time > 0.0);
        assert_eq!(
            [0, 1, 2, 3, 4, 5].map(|ago| class(one(ago, BESIDE))),
            [Some(5), Some(4), Some(3), Some(2), Some(1), None]
        );
        assert_eq!([0, 1, 2, 3, 4].map(|beside| class(one(1, beside))), [Some(2), Some(3), Some(4), Some(5), None]);
        let place = |ago: usize| &one(ago, BESIDE)[HEARD..];
        assert_eq!([0, 1, 2, 5].map(place), [[1.0, 1.0, 0.0], [1.0, 0.0, 0.0], [1.0, 0.0, 1.0], [0.0; 3]]);
        let long = measures(&[2; HISTORY + 3]);
        assert_eq!(naming(long.iter().map(Vec::as_slice)), naming(long[3..].iter().map(Vec::as_slice)));
    }

    #[test]
    fn one_row_is_computed_as_many_are() {
        let device = Device::flex();
        let net = Namer::new(9, &device);
        assert_eq!(numbers(9), numbers_in(&net));
        let heard = measures(&[2; 7]);
        let numbers = naming(heard.iter().map(Vec::as_slice));
        let inputs = burn::tensor::TensorData::new(numbers.clone(), [NAMED_HALVES, NAMING]);
        let all: Vec<f32> = crate::systems::nn::numbers(net.logits(Tensor::from_data(inputs, &device), 1));
        let weights: Vec<NamedTensor> = get_weights(&net).into_iter().map(|weight| weight.within(PART)).collect();
        let namer = RowNamer::new(&weights, 9);
        let reading = namer.read(&numbers);
        for ago in [0, 5, 13] {
            let mut expected = all[(NAMED_HALVES - 1 - ago) * CHORD_CLASSES..][..CHORD_CLASSES].to_vec();
            softmax(&mut expected);
            let found = reading.chances(ago).expect("read");
            assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-5));
        }
        assert!(reading.chances(NAMED_HALVES).is_none());
    }
}
