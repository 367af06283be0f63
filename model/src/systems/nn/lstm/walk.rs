//! A whole sequence through an LSTM on the processor, and its gradient, worked out by hand.
//!
//! The rows of a batch know nothing of each other, so each thread takes some of them through all steps: no thread waits
//! for another within a sequence. What can be one product of matrices for all steps is one.

use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::{Shape, Slice, TensorData};
use rayon::prelude::*;

use super::Direction;
use super::cells::{CellGradients, Cells, learn_cells, unlearn_cells};

type Numbers = FloatTensor<Flex>;

/// The sizes of a sequence.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walk {
    steps: usize,
    batch: usize,
    units: usize,
    direction: Direction,
}

/// A sequence that was gone through, with what its gradient needs.
#[derive(Clone, Debug)]
pub(super) struct Walked {
    walk: Walk,
    /// The state before and the outputs, by block ([`Walk::block`]), and at the end the last memory:
    /// `[(steps + 2) · batch, hidden]`.
    pub(super) outputs: Numbers,
    /// The gates: `[steps · batch, 4 · hidden]`.
    gates: Numbers,
    /// The memories, by block: `[(steps + 1) · batch, hidden]`.
    cells: Numbers,
}

/// The gradients of what a sequence was given.
#[derive(Debug)]
pub(super) struct WalkGradients {
    /// Of the gates' sums: `[steps · batch, 4 · hidden]`.
    pub(super) sums: Numbers,
    /// Of the recurrent weights.
    pub(super) recurrent: Numbers,
    /// Of the output before.
    pub(super) hidden: Numbers,
    /// Of the memory before.
    pub(super) cell: Numbers,
}

impl Walk {
    /// For gates' sums of `[steps · batch, 4 · hidden]` and a state of `[batch, hidden]`.
    pub(super) fn new(sums: &Numbers, state: &Numbers, direction: Direction) -> Self {
        let [batch, units] = state.shape().dims();
        let [all, _] = sums.shape().dims();
        Self { steps: all / batch, batch, units, direction }
    }

    /// In which block of the outputs step `number` (counted as they are gone through) stands, and in which its
    /// predecessor. Steps stand in the order of time; the state before stands where its step would.
    fn blocks(self, number: usize) -> (usize, usize) {
        match self.direction {
            Direction::Forward => (number + 1, number),
            Direction::Backward => (self.steps - 1 - number, self.steps - number),
        }
    }

    /// Which step, in the order of time, is gone through as this one.
    fn step(self, number: usize) -> usize {
        match self.direction {
            Direction::Forward => number,
            Direction::Backward => self.steps - 1 - number,
        }
    }

    /// The block of the state before.
    fn first_block(self) -> usize {
        match self.direction {
            Direction::Forward => 0,
            Direction::Backward => self.steps,
        }
    }

    /// How many rows each thread takes.
    fn share(self) -> usize {
        self.batch.div_ceil(rayon::current_num_threads()).max(1)
    }

    /// Goes through a sequence: the gates' sums without what the outputs before add, `[steps · batch, 4 · hidden]`; the
    /// recurrent weights, `[hidden, 4 · hidden]`; and the state before, each `[batch, hidden]`.
    pub(super) fn forward(self, projected: Numbers, recurrent: &Numbers, hidden: Numbers, cell: Numbers) -> Walked {
        let Self { steps, batch, units, .. } = self;
        let [projected, hidden, cell] = [projected, hidden, cell].map(|tensor| tensor.to_contiguous());
        let [projected, hidden, cell] = [&projected, &hidden, &cell].map(numbers);
        let block = batch * units;
        let mut outputs = vec![0.0; (steps + 2) * block];
        let mut gates = vec![0.0; 4 * steps * block];
        let mut cells = vec![0.0; (steps + 1) * block];
        let first = self.first_block() * block;
        outputs[first..first + block].copy_from_slice(hidden);
        cells[first..first + block].copy_from_slice(cell);
        let share = self.share();
        let hands = shares(&mut outputs, block, share * units)
            .into_iter()
            .zip(shares(&mut gates, 4 * block, share * 4 * units))
            .zip(shares(&mut cells, block, share * units));
        hands.enumerate().par_bridge().for_each(|(hand, ((mut outputs, mut gates), mut cells))| {
            let from = hand * share;
            let mut hidden = outputs[self.first_block()].to_vec();
            let mut cell = cells[self.first_block()].to_vec();
            let rows = cell.len() / units;
            for number in 0..steps {
                let (block, step) = (self.blocks(number).0, self.step(number));
                let sums = Flex::float_matmul(tensor(hidden, [rows, units]), recurrent.clone());
                let begin = (step * batch + from) * 4 * units;
                hidden = vec![0.0; rows * units];
                let cells_now = Cells {
                    projected: &projected[begin..begin + 4 * rows * units],
                    sums: numbers(&sums),
                    gates: gates[step],
                    hidden: &mut hidden,
                    cell: &mut cell,
                };
                learn_cells(units, cells_now);
                outputs[block].copy_from_slice(&hidden);
                cells[block].copy_from_slice(&cell);
            }
            outputs[steps + 1].copy_from_slice(&cell);
        });
        Walked {
            walk: self,
            outputs: tensor(outputs, [(steps + 2) * batch, units]),
            gates: tensor(gates, [steps * batch, 4 * units]),
            cells: tensor(cells, [(steps + 1) * batch, units]),
        }
    }
}

impl Walked {
    /// From the gradient of [`Self::outputs`] back to all that the sequence was given.
    pub(super) fn backward(self, gradient: &Numbers, recurrent: Numbers) -> WalkGradients {
        let Walk { steps, batch, units, .. } = self.walk;
        let gradient = gradient.to_contiguous();
        let [gradient, gates, cells] = [&gradient, &self.gates, &self.cells].map(numbers);
        let turned = Flex::float_transpose(recurrent).to_contiguous();
        let block = batch * units;
        let mut sums = vec![0.0; 4 * steps * block];
        let (mut to_hidden, mut to_cell) = (vec![0.0; block], vec![0.0; block]);
        let share = self.walk.share();
        let hands = shares(&mut sums, 4 * block, share * 4 * units)
            .into_iter()
            .zip(to_hidden.chunks_mut(share * units).zip(to_cell.chunks_mut(share * units)));
        hands.enumerate().par_bridge().for_each(|(hand, (mut sums, (to_hidden, to_cell)))| {
            let (from, rows) = (hand * share, to_cell.len() / units);
            let part = |numbers: &'_ [f32], block: usize, width: usize| {
                let begin = (block * batch + from) * width;
                begin..(begin + rows * width).min(numbers.len())
            };
            to_cell.copy_from_slice(&gradient[part(gradient, steps + 1, units)]);
            for number in (0..steps).rev() {
                let ((block, before), step) = (self.walk.blocks(number), self.walk.step(number));
                add(to_hidden, &gradient[part(gradient, block, units)]);
                let mut of_sums = vec![0.0; 4 * rows * units];
                let gradients = CellGradients {
                    gates: &gates[part(gates, step, 4 * units)],
                    before: &cells[part(cells, before, units)],
                    after: &cells[part(cells, block, units)],
                    hidden: to_hidden,
                    cell: to_cell,
                    sums: &mut of_sums,
                };
                unlearn_cells(units, gradients);
                sums[step].copy_from_slice(&of_sums);
                let back = Flex::float_matmul(tensor(of_sums, [rows, 4 * units]), turned.clone());
                to_hidden.copy_from_slice(numbers(&back));
            }
            add(to_hidden, &gradient[part(gradient, self.walk.first_block(), units)]);
        });
        let sums = tensor(sums, [steps * batch, 4 * units]);
        // What each step was given of the one before it, for all steps in one product.
        let from = if self.walk.direction == Direction::Forward { 0 } else { batch };
        let rows = Slice::from(from..from + steps * batch);
        let given = Flex::float_slice(self.outputs, &[rows, Slice::full()]);
        let recurrent = Flex::float_matmul(Flex::float_transpose(given), sums.clone());
        let [hidden, cell] = [to_hidden, to_cell].map(|numbers| tensor(numbers, [batch, units]));
        WalkGradients { sums, recurrent, hidden, cell }
    }
}

/// Cuts each block of so many numbers into shares: by share, its part of each block.
fn shares(numbers: &mut [f32], block: usize, share: usize) -> Vec<Vec<&mut [f32]>> {
    let mut out: Vec<Vec<&mut [f32]>> = (0..block.div_ceil(share)).map(|_| Vec::new()).collect();
    for block in numbers.chunks_mut(block) {
        for (share, part) in out.iter_mut().zip(block.chunks_mut(share)) {
            share.push(part);
        }
    }
    out
}

fn add(sums: &mut [f32], more: &[f32]) {
    sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
}

fn tensor(numbers: Vec<f32>, shape: [usize; 2]) -> Numbers {
    Numbers::from_data(TensorData::new(numbers, Shape::from(shape)))
}

/// The numbers of a tensor that lie one after the other.
fn numbers(tensor: &Numbers) -> &[f32] {
    let from = tensor.layout().start_offset();
    &tensor.storage()[from..from + tensor.layout().num_elements()]
}
