//! A long short-term memory cell with one matrix product for its four gates.

#[cfg(feature = "train")]
mod cells;
#[cfg(feature = "train")]
mod learnt;
#[cfg(feature = "train")]
mod walk;

use burn::module::{Module, Param};
use burn::nn::Initializer;
use burn::tensor::activation::sigmoid;
use burn::tensor::{Device, Tensor};

use super::split;

/// One layer of LSTM, stepped by hand; where it learns on the processor, a whole sequence is one operation with a
/// gradient of its own (`learnt`).
///
/// # Shapes
/// - step input: `[batch, input]`; a sequence: `[steps · batch, input]`, the batch running fastest
/// - gates: `[batch, 4 · hidden]` in the order input, forget, cell, output
/// - state: two of `[batch, hidden]`
///
/// # Source
/// Hochreiter and Schmidhuber 1997; the forget gate of Gers et al. 2000, its bias starting at 1
/// (Jozefowicz et al. 2015).
#[derive(Module, Debug)]
pub struct Lstm {
    input: Param<Tensor<2>>,
    recurrent: Param<Tensor<2>>,
    bias: Param<Tensor<1>>,
}

/// What a cell hands on from step to step.
#[derive(Clone, Debug)]
pub struct LstmState {
    /// The output: `[batch, hidden]`.
    pub hidden: Tensor<2>,
    /// The memory: `[batch, hidden]`.
    pub cell: Tensor<2>,
}

/// Which way a sequence is gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the first step to the last.
    Forward,
    /// From the last step to the first.
    Backward,
}

impl LstmState {
    /// A state of nothing.
    #[must_use]
    pub fn zeros(batch: usize, hidden: usize, device: &Device) -> Self {
        Self { hidden: Tensor::zeros([batch, hidden], device), cell: Tensor::zeros([batch, hidden], device) }
    }
}

impl Lstm {
    /// A cell with random weights, uniform in ±1/√hidden.
    #[must_use]
    pub fn new(input: usize, hidden: usize, device: &Device) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "layer sizes are small")]
        let bound = 1.0 / (hidden as f64).sqrt();
        let uniform = Initializer::Uniform { min: -bound, max: bound };
        let bias: Vec<f32> = (0..4 * hidden).map(|i| if i / hidden == 1 { 1.0 } else { 0.0 }).collect();
        Self {
            input: uniform.init([input, 4 * hidden], device),
            recurrent: uniform.init([hidden, 4 * hidden], device),
            bias: Param::from_data(bias.as_slice(), device),
        }
    }

    /// The size of the state.
    #[must_use]
    pub fn hidden(&self) -> usize {
        self.recurrent.val().dims()[0]
    }

    /// The part of the gates that the input alone decides, bias included: `[batch, 4 · hidden]`.
    #[must_use]
    pub fn project(&self, input: Tensor<2>) -> Tensor<2> {
        input.matmul(self.input.val()) + self.bias.val().unsqueeze()
    }

    /// One step from an input that [`Self::project`] has prepared.
    #[must_use]
    pub fn step(&self, projected: Tensor<2>, state: LstmState) -> LstmState {
        let hidden = self.hidden();
        let gates = projected + state.hidden.matmul(self.recurrent.val());
        let gate = |index: usize| gates.clone().narrow(1, index * hidden, hidden);
        let kept = sigmoid(gate(1)) * state.cell;
        let cell = kept + sigmoid(gate(0)) * gate(2).tanh();
        LstmState { hidden: sigmoid(gate(3)) * cell.clone().tanh(), cell }
    }

    /// The outputs of all steps (one at least), and the last state. `context`: what is added to the gates at every step,
    /// `[batch, 4 · hidden]`.
    ///
    /// # Shapes
    /// - inputs: `[steps · batch, input]`, outputs: `[steps · batch, hidden]`, the batch running fastest
    #[must_use]
    pub fn run(
        &self,
        inputs: Tensor<2>,
        context: Option<&Tensor<2>>,
        state: LstmState,
        direction: Direction,
    ) -> (Tensor<2>, LstmState) {
        #[cfg(feature = "train")]
        if learnt::is_possible(&inputs.device()) {
            let mut projected = self.project(inputs);
            if let Some(context) = context {
                let steps = projected.dims()[0] / context.dims()[0];
                projected = projected + context.clone().repeat_dim(0, steps);
            }
            return learnt::run(projected, self.recurrent.val(), state, direction);
        }
        self.run_step_by_step(inputs, context, state, direction)
    }

    /// [`Self::run`] in operations that every device has.
    fn run_step_by_step(
        &self,
        inputs: Tensor<2>,
        context: Option<&Tensor<2>>,
        mut state: LstmState,
        direction: Direction,
    ) -> (Tensor<2>, LstmState) {
        let count = inputs.dims()[0] / state.hidden.dims()[0];
        let mut steps = split(inputs, count);
        if direction == Direction::Backward {
            steps.reverse();
        }
        let mut outputs = Vec::with_capacity(count);
        for step in steps {
            let mut gates = self.project(step);
            if let Some(context) = context {
                gates = gates + context.clone();
            }
            state = self.step(gates, state);
            outputs.push(state.hidden.clone());
        }
        if direction == Direction::Backward {
            outputs.reverse();
        }
        (Tensor::cat(outputs, 0), state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One unit, all weights 1, biases 0 but the forget gate's 1; input 1, state 0:
    /// every gate's sum is 1, the forget gate's 2; c = σ(1)·tanh(1) = 0.7310586 · 0.7615942 =
    /// 0.5567699; h = σ(1)·tanh(c) = 0.7310586 · 0.5055769 = 0.3696064. A second step with input 0:
    /// sums are h = 0.3696064 (forget 1.3696064): c' = σ(1.3696064)·c + σ(h)·tanh(h) =
    /// 0.7973165·0.5567699 + 0.5913639·0.3536473 = 0.6530561; h' = σ(h)·tanh(c') =
    /// 0.5913639·0.5737237 = 0.3392795.
    #[test]
    fn two_steps_worked_by_hand() {
        let device = Device::flex();
        let mut cell = Lstm::new(1, 1, &device);
        cell.input = Param::from_data([[1.0, 1.0, 1.0, 1.0]], &device);
        cell.recurrent = Param::from_data([[1.0, 1.0, 1.0, 1.0]], &device);
        let inputs = Tensor::from_data([[1.0], [0.0]], &device);
        let (outputs, _) = cell.run(inputs, None, LstmState::zeros(1, 1, &device), Direction::Forward);
        let outputs: Vec<f32> = outputs.into_data().try_to_vec::<f32>().expect("numbers");
        assert!((outputs[0] - 0.369_606_4).abs() < 1e-5, "{outputs:?}");
        assert!((outputs[1] - 0.339_279_5).abs() < 1e-5, "{outputs:?}");
    }
}
