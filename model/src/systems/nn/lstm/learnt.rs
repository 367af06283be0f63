//! A whole sequence of LSTM steps as one operation with a gradient of its own, on the processor.
//!
//! Recorded step by step, a sequence is ten operations a step, each with its own pass over memory forward and backward, and
//! its weights get a gradient for every step. As one operation it takes a third of the time (`benches/training.rs`).

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, backend_extension};
use burn::tensor::{Device, Tensor};

use super::walk::{Walk, Walked};
use super::{Direction, LstmState};

/// Is a sequence one operation for nets that learn on this device?
pub(super) fn is_possible(device: &Device) -> bool {
    device.is_autodiff() && device.clone().without_autodiff() == Device::flex()
}

/// Steps through the gates' sums without what the outputs before add, `[steps · batch, 4 · hidden]`.
pub(super) fn run(
    projected: Tensor<2>,
    recurrent: Tensor<2>,
    state: LstmState,
    direction: Direction,
) -> (Tensor<2>, LstmState) {
    let [batch, _] = state.hidden.dims();
    let steps = projected.dims()[0] / batch;
    let LstmState { hidden, cell } = state;
    let out = Dispatch::lstm(
        projected.into_dispatch(),
        recurrent.into_dispatch(),
        hidden.into_dispatch(),
        cell.into_dispatch(),
        direction,
    );
    let blocks = Tensor::<2>::from_dispatch(out);
    let block = |from: usize, count: usize| blocks.clone().narrow(0, from * batch, count * batch);
    let (from, last) = match direction {
        Direction::Forward => (1, steps),
        Direction::Backward => (0, 0),
    };
    (block(from, steps), LstmState { hidden: block(last, 1), cell: block(steps + 1, 1) })
}

/// A backend that goes through a sequence in one operation.
#[backend_extension(Flex, Autodiff)]
pub(super) trait Sequences: Backend {
    /// The state before, the outputs and the last memory, as in [`Walked::outputs`].
    fn lstm(
        projected: FloatTensor<Self>,
        recurrent: FloatTensor<Self>,
        hidden: FloatTensor<Self>,
        cell: FloatTensor<Self>,
        direction: Direction,
    ) -> FloatTensor<Self>;
}

impl Sequences for Flex {
    fn lstm(
        projected: FloatTensor<Self>,
        recurrent: FloatTensor<Self>,
        hidden: FloatTensor<Self>,
        cell: FloatTensor<Self>,
        direction: Direction,
    ) -> FloatTensor<Self> {
        Walk::new(&projected, &hidden, direction).forward(projected, &recurrent, hidden, cell).outputs
    }
}

/// How the gradient goes back through a sequence.
#[derive(Debug)]
struct Back;

impl Backward<Flex, 4> for Back {
    type State = (Walked, FloatTensor<Flex>);

    fn backward(self, ops: Ops<Self::State, 4>, grads: &mut Gradients, _: &mut Checkpointer) {
        let (walked, recurrent) = ops.state;
        let found = walked.backward(&grads.consume::<Flex>(&ops.node), recurrent);
        let each = [found.sums, found.recurrent, found.hidden, found.cell];
        for (parent, gradient) in ops.parents.into_iter().zip(each) {
            if let Some(parent) = parent {
                grads.register::<Flex>(parent.id, gradient);
            }
        }
    }
}

impl<C: CheckpointStrategy> Sequences for Autodiff<Flex, C> {
    fn lstm(
        projected: FloatTensor<Self>,
        recurrent: FloatTensor<Self>,
        hidden: FloatTensor<Self>,
        cell: FloatTensor<Self>,
        direction: Direction,
    ) -> FloatTensor<Self> {
        let [projected, recurrent, hidden, cell] =
            [projected, recurrent, hidden, cell].map(|tensor| tensor.into_parts());
        let walk = Walk::new(&projected.0, &hidden.0, direction);
        let walked = walk.forward(projected.0, &recurrent.0, hidden.0, cell.0);
        let outputs = walked.outputs.clone();
        let parents = [projected.1, recurrent.1, hidden.1, cell.1];
        match Back.prepare::<C>(parents).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish((walked, recurrent.0), outputs),
            OpsKind::UnTracked(prepared) => prepared.finish(outputs),
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Gradients, TensorData};

    use super::*;
    use crate::random::Rng;
    use crate::systems::nn::Lstm;

    const BATCH: usize = 5;
    const STEPS: usize = 7;
    const UNITS: usize = 6;

    fn numbers(tensor: &Tensor<2>) -> Vec<f32> {
        tensor.to_data().try_to_vec::<f32>().expect("numbers")
    }

    /// Numbers in [-1, 1] that are always the same: burn's own generator belongs to the whole process, and other tests
    /// draw from it meanwhile.
    fn random(rng: &mut Rng, rows: usize, width: usize, device: &Device) -> Tensor<2> {
        let numbers: Vec<f32> = (0..rows * width).map(|_| rng.unit() * 2.0 - 1.0).collect();
        Tensor::from_data(TensorData::new(numbers, [rows, width]), device)
    }

    /// The outputs and the last state of a layer, and the gradients of all that was given, of something that uses every
    /// part of them; `step_by_step`: as burn records it.
    fn learn(layer: &Lstm, direction: Direction, step_by_step: bool) -> Vec<Vec<f32>> {
        let device = Device::flex().autodiff();
        let mut rng = Rng::new(7);
        let mut random = |rows: usize, width: usize| random(&mut rng, rows, width, &device);
        let wanted = [random(STEPS * BATCH, UNITS), random(BATCH, UNITS), random(BATCH, UNITS)];
        let given = [random(STEPS * BATCH, 3), random(BATCH, 4 * UNITS), random(BATCH, UNITS), random(BATCH, UNITS)];
        let [inputs, context, hidden, cell] = given.map(Tensor::require_grad);
        let state = LstmState { hidden: hidden.clone(), cell: cell.clone() };
        let (outputs, last) = if step_by_step {
            layer.run_step_by_step(inputs.clone(), Some(&context), state, direction)
        } else {
            layer.run(inputs.clone(), Some(&context), state, direction)
        };
        let found = [outputs, last.hidden, last.cell];
        let loss = found.iter().zip(wanted).map(|(found, wanted)| (found.clone() * wanted).sum());
        let gradients: Gradients = loss.reduce(|a, b| a + b).expect("three").backward();
        let of = |tensor: &Tensor<2>| numbers(&tensor.grad(&gradients).expect("a gradient"));
        let mut all: Vec<_> = found.iter().map(numbers).collect();
        all.extend([&inputs, &context, &hidden, &cell, &layer.input.val(), &layer.recurrent.val()].map(of));
        all.push(layer.bias.grad(&gradients).expect("a gradient").to_data().try_to_vec::<f32>().expect("numbers"));
        all
    }

    #[test]
    fn a_sequence_is_what_its_steps_are_and_so_are_all_gradients() {
        let layer = Lstm::new(3, UNITS, &Device::flex().autodiff());
        for direction in [Direction::Forward, Direction::Backward] {
            let (whole, steps) = (learn(&layer, direction, false), learn(&layer, direction, true));
            assert_eq!(whole.len(), 10);
            for (part, (whole, steps)) in whole.iter().zip(&steps).enumerate() {
                assert_eq!(whole.len(), steps.len(), "{direction:?}, part {part}");
                let size = steps.iter().fold(0.0f32, |most, x| most.max(x.abs()));
                for (one, other) in whole.iter().zip(steps) {
                    assert!(
                        (one - other).abs() <= 2e-6 * (1.0 + size),
                        "{direction:?}, part {part}: {one}, not {other}"
                    );
                }
                assert!(size > 0.0, "{direction:?}, part {part} is not used");
            }
        }
    }

    #[test]
    fn who_needs_no_gradient_gets_the_same_outputs() {
        let device = Device::flex().autodiff();
        let layer = Lstm::new(1, 2, &device);
        let inputs = Tensor::<2>::from_data(TensorData::from([[1.0f32], [0.5]]), &device);
        let run = |layer: &Lstm| layer.run(inputs.clone(), None, LstmState::zeros(1, 2, &device), Direction::Forward).0;
        let frozen = burn::module::Module::no_grad(layer.clone());
        assert_eq!(numbers(&run(&layer)), numbers(&run(&frozen)));
    }
}
