//! The net at play: sixteenth after sixteenth, and in each of them pitch after pitch.
//!
//! All pitches step along time together, in one product of matrices per layer. Along the pitches each waits for the one
//! below, and a step of a single row is a plain loop.

use std::sync::Arc;

use burn::tensor::{Device, Tensor, TensorData};

use crate::systems::biaxial::encoding::{INPUTS, PITCHES, Sixteenth, write_inputs};
use crate::systems::biaxial::net::BiaxialNet;
use crate::systems::nn::arithmetic::{add_product, add_rows, dense, step_cell};
use crate::systems::nn::{NamedTensor, get_weights};

/// The weights of a [`BiaxialNet`], arranged for playing.
#[derive(Debug)]
pub struct Axes {
    /// What the first layer along time reads: `[80, 4 · units]`. Nearly all of it is multiplied by 0.
    input: Arc<[f32]>,
    time: Vec<TimeLayer>,
    /// From the time axis's output to the gates of the first layer along the pitches: `[time, 4 · units]`.
    onto_notes: Tensor<2>,
    note: Vec<NoteLayer>,
    /// `[units, 2]`.
    head: Arc<[f32]>,
    /// `[2]`.
    head_bias: Arc<[f32]>,
    device: Device,
}

/// A layer along time.
#[derive(Debug)]
struct TimeLayer {
    /// From the layer below (none below the first) and its own state to its gates: `[below + units, 4 · units]`.
    weight: Tensor<2>,
    bias: Arc<[f32]>,
    units: usize,
}

/// A layer along the pitches.
#[derive(Debug)]
struct NoteLayer {
    /// Of the first layer the rows (played, struck) alone: `[below, 4 · units]`.
    input: Vec<f32>,
    recurrent: Arc<[f32]>,
    bias: Arc<[f32]>,
    units: usize,
}

/// Where all pitches are along time: of each layer `[78, units]`.
#[derive(Clone, Debug)]
pub struct TimeState {
    layers: Vec<(Vec<f32>, Vec<f32>)>,
}

impl Axes {
    /// The weights of this net.
    #[must_use]
    pub fn new(net: &BiaxialNet) -> Self {
        let device = Device::flex();
        let weights = get_weights(net);
        let named = |name: &str| -> &NamedTensor {
            // PANIC: every net has these layers; the tests compare it with the net in training.
            weights.iter().find(|weight| weight.name == name).expect("a weight of the net")
        };
        let layer = |axis: &str, index: usize| {
            ["input", "recurrent", "bias"].map(|part| named(&format!("{axis}.{index}.{part}")))
        };
        let tensor = |values: Vec<f32>, width: usize| {
            let rows = values.len() / width;
            Tensor::from_data(TensorData::new(values, [rows, width]), &device)
        };
        let time = (0..net.time.len())
            .map(|index| {
                let [input, recurrent, bias] = layer("time", index);
                let units = recurrent.shape[0];
                let mut rows = if index == 0 { Vec::new() } else { input.values.to_vec() };
                rows.extend_from_slice(&recurrent.values);
                TimeLayer { weight: tensor(rows, 4 * units), bias: bias.values.clone(), units }
            })
            .collect();
        let mut onto_notes = Vec::new();
        let note = (0..net.note.len())
            .map(|index| {
                let [input, recurrent, bias] = layer("note", index);
                let units = recurrent.shape[0];
                let mut rows = input.values.to_vec();
                if index == 0 {
                    // The rows of the time axis's output come first.
                    let chosen = rows.split_off(rows.len() - 2 * 4 * units);
                    onto_notes = std::mem::replace(&mut rows, chosen);
                }
                NoteLayer { input: rows, recurrent: recurrent.values.clone(), bias: bias.values.clone(), units }
            })
            .collect::<Vec<_>>();
        Self {
            input: named("time.0.input").values.clone(),
            time,
            onto_notes: tensor(onto_notes, 4 * note[0].units),
            note,
            head: named("head.weight").values.clone(),
            head_bias: named("head.bias").values.clone(),
            device,
        }
    }

    /// Before the first sixteenth.
    #[must_use]
    pub fn start(&self) -> TimeState {
        let zeros = |layer: &TimeLayer| vec![0.0; PITCHES * layer.units];
        TimeState { layers: self.time.iter().map(|layer| (zeros(layer), zeros(layer))).collect() }
    }

    /// Goes on along time: this sixteenth sounded, at this place in its measure.
    pub fn hear(&self, state: &mut TimeState, sixteenth: Sixteenth, at: usize) {
        let mut inputs = vec![0.0; PITCHES * INPUTS];
        write_inputs(sixteenth, at, &mut inputs);
        let mut below: Vec<f32> = Vec::new();
        for (index, layer) in self.time.iter().enumerate() {
            let units = layer.units;
            let (hidden, cell) = &mut state.layers[index];
            let rows = if index == 0 { hidden.clone() } else { beside(&below, hidden) };
            let mut gates = self.product(rows, &layer.weight);
            let each = gates.chunks_exact_mut(4 * units).zip(inputs.chunks_exact(INPUTS));
            for ((gates, input), (hidden, cell)) in
                each.zip(hidden.chunks_exact_mut(units).zip(cell.chunks_exact_mut(units)))
            {
                gates.iter_mut().zip(layer.bias.iter()).for_each(|(gate, bias)| *gate += bias);
                if index == 0 {
                    add_rows(dense(input), &self.input, gates);
                }
                step_cell(gates, hidden, cell);
            }
            below.clone_from(hidden);
        }
    }

    /// Goes along the pitches of the next sixteenth, from the lowest: `choose` is told each pitch with its two logits
    /// (played, struck if played), and answers (played, struck).
    pub fn next(&self, state: &TimeState, mut choose: impl FnMut(usize, [f32; 2]) -> (bool, bool)) -> Sixteenth {
        // PANIC: an axis has a layer.
        let (hidden, _) = state.layers.last().expect("a layer");
        let from_time = self.product(hidden.clone(), &self.onto_notes);
        let zeros = |layer: &NoteLayer| (vec![0.0; layer.units], vec![0.0; layer.units], vec![0.0; 4 * layer.units]);
        let mut layers: Vec<_> = self.note.iter().map(zeros).collect();
        let mut out = Sixteenth::default();
        let mut below: Vec<f32> = vec![0.0; 2];
        for (pitch, from_time) in from_time.chunks_exact(4 * self.note[0].units).enumerate() {
            for (index, (layer, (hidden, cell, gates))) in self.note.iter().zip(&mut layers).enumerate() {
                gates.copy_from_slice(&layer.bias);
                if index == 0 {
                    gates.iter_mut().zip(from_time).for_each(|(gate, from_time)| *gate += from_time);
                }
                add_product(&below, &layer.input, gates);
                add_product(hidden, &layer.recurrent, gates);
                step_cell(gates, hidden, cell);
                below.clone_from(hidden);
            }
            let mut logits = [self.head_bias[0], self.head_bias[1]];
            add_rows(dense(&below), &self.head, &mut logits);
            let (played, struck) = choose(pitch, logits);
            out.played |= u128::from(played) << pitch;
            out.struck |= u128::from(played && struck) << pitch;
            below.clear();
            below.extend([played, played && struck].map(|bit| f32::from(u8::from(bit))));
        }
        out
    }

    /// `[78, k]` times `[k, n]`.
    fn product(&self, rows: Vec<f32>, matrix: &Tensor<2>) -> Vec<f32> {
        let width = rows.len() / PITCHES;
        let rows: Tensor<2> = Tensor::from_data(TensorData::new(rows, [PITCHES, width]), &self.device);
        // PANIC: every tensor here holds f32.
        rows.matmul(matrix.clone()).into_data().try_to_vec::<f32>().expect("f32 data")
    }
}

/// The rows of two matrices of 78 rows side by side.
fn beside(left: &[f32], right: &[f32]) -> Vec<f32> {
    let [a, b] = [left.len(), right.len()].map(|numbers| numbers / PITCHES);
    let mut out = Vec::with_capacity(left.len() + right.len());
    for (left, right) in left.chunks_exact(a).zip(right.chunks_exact(b)) {
        out.extend_from_slice(left);
        out.extend_from_slice(right);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Rng;
    use crate::systems::biaxial::BiaxialConfig;

    /// The plain loops and the net in training are the same function, whatever sounds.
    #[test]
    fn at_play_the_net_says_what_it_says_in_training() {
        let device = Device::flex();
        let config = BiaxialConfig { time: vec![6, 7], note: vec![5, 4], window: 1 };
        let net = BiaxialNet::new(&config, &device);
        let axes = Axes::new(&net);
        let mut rng = Rng::new(4);
        let mut some = || (0..PITCHES).filter(|_| rng.unit() < 0.1).fold(0, |set, pitch| set | 1u128 << pitch);
        let music: Vec<Sixteenth> = (0..6)
            .map(|_| {
                let played = some();
                Sixteenth { played, struck: played & some() }
            })
            .collect();
        let bit = |set: u128, pitch: usize| f32::from(u8::from(set >> pitch & 1 == 1));
        let steps = music.len() - 1;
        let inputs = (0..steps)
            .map(|step| {
                let mut rows = vec![0.0; PITCHES * INPUTS];
                write_inputs(music[step], step, &mut rows);
                Tensor::from_data(TensorData::new(rows, [PITCHES, INPUTS]), &device)
            })
            .collect();
        let below = (0..PITCHES)
            .map(|pitch| {
                let chosen = |next: &Sixteenth| match pitch.checked_sub(1) {
                    Some(lower) => [bit(next.played, lower), bit(next.struck, lower)],
                    None => [0.0; 2],
                };
                let rows: Vec<f32> = music[1..].iter().flat_map(chosen).collect();
                Tensor::from_data(TensorData::new(rows, [steps, 2]), &device)
            })
            .collect();
        let trained: Vec<Vec<f32>> = net
            .forward(inputs, below, 0.0)
            .into_iter()
            .map(|logits| logits.into_data().try_to_vec().expect("f32 data"))
            .collect();
        let mut state = axes.start();
        for (step, pair) in music.windows(2).enumerate() {
            axes.hear(&mut state, pair[0], step);
            axes.next(&state, |pitch, logits| {
                for (logit, expected) in logits.iter().zip(&trained[pitch][2 * step..]) {
                    assert!((logit - expected).abs() < 1e-5, "{step}, {pitch}: {logit}, not {expected}");
                }
                (bit(pair[1].played, pitch) > 0.0, bit(pair[1].struck, pitch) > 0.0)
            });
        }
    }
}
