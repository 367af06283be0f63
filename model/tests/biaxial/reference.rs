//! The net computes what `tests/reference/biaxial.py` computed with PyTorch.

use burn::tensor::Device;
use model::systems::biaxial::encoding::{INPUTS, PITCHES, Sixteenth, write_inputs};
use model::systems::biaxial::{BiaxialConfig, BiaxialNet};
use model::train::biaxial::cost;
use model::train::biaxial::windows::BiaxialWindows;
use serde_json::Value;

use crate::gradients;
use crate::numbers::{filled, row, tensor, unit};

const BATCH: usize = 2;
const STEPS: usize = 5;
const MEASURE: usize = 3;

/// f32 against double precision, relative to the size of the number, or to 1.
const NEAR: f64 = 1e-4;

fn reference() -> Value {
    serde_json::from_str(include_str!("../reference/biaxial.json")).expect("the script's output")
}

fn net(device: &Device) -> BiaxialNet {
    let config = BiaxialConfig { time: vec![6, 5], note: vec![4, 3], window: 1 };
    filled(BiaxialNet::new(&config, device), |weight, index| {
        let share = if weight.name == "time.0.input" && index < weight.shape[1] { 78.0 } else { 1.0 };
        (unit(&weight.name, index) - 0.5) / share
    })
}

fn sixteenth(window: usize, step: usize) -> Sixteenth {
    let index = |pitch: usize| (window * (STEPS + 1) + step) * PITCHES + pitch;
    let set = |name: &str, share: f64| {
        (0..PITCHES).filter(|&pitch| unit(name, index(pitch)) < share).fold(0u128, |set, pitch| set | 1 << pitch)
    };
    let played = set("played", 0.1);
    Sixteenth { played, struck: played & set("struck", 0.5) }
}

fn windows() -> BiaxialWindows {
    let mut out = BiaxialWindows {
        batch: BATCH,
        inputs: vec![vec![0.0; PITCHES * BATCH * INPUTS]; STEPS],
        targets: vec![vec![0.0; STEPS * BATCH * 2]; PITCHES],
        weight: vec![1.0; STEPS * BATCH],
    };
    let mut rows = vec![0.0; PITCHES * INPUTS];
    for window in 0..BATCH {
        for step in 0..STEPS {
            write_inputs(sixteenth(window, step), step % MEASURE, &mut rows);
            for (pitch, row) in rows.chunks_exact(INPUTS).enumerate() {
                let at = (pitch * BATCH + window) * INPUTS;
                out.inputs[step][at..at + INPUTS].copy_from_slice(row);
            }
            let next = sixteenth(window, step + 1);
            for (pitch, target) in out.targets.iter_mut().enumerate() {
                for (index, set) in [next.played, next.struck].into_iter().enumerate() {
                    target[2 * (step * BATCH + window) + index] = f32::from(u8::from(set >> pitch & 1 == 1));
                }
            }
        }
    }
    out
}

fn close(what: &str, found: f64, expected: f64) {
    assert!((found - expected).abs() < NEAR * expected.abs().max(1.0), "{what}: {found}, PyTorch has {expected}");
}

#[test]
fn the_logits_are_those_of_pytorch() {
    let device = Device::flex();
    let windows = windows();
    let inputs = windows.inputs.iter().map(|rows| tensor(rows.clone(), INPUTS, &device)).collect();
    let nothing = vec![0.0; STEPS * BATCH * 2];
    let below = std::iter::once(&nothing)
        .chain(&windows.targets)
        .take(PITCHES)
        .map(|rows| tensor(rows.clone(), 2, &device))
        .collect();
    let logits: Vec<Vec<f32>> = net(&device).forward(inputs, below, 0.0).into_iter().map(row).collect();
    let reference = reference();
    let mut expected = reference["logits"].as_array().expect("numbers").iter().filter_map(Value::as_f64);
    for window in 0..BATCH {
        for step in 0..STEPS {
            for pitch in [0, 30, 77] {
                for index in 0..2 {
                    let found = f64::from(logits[pitch][2 * (step * BATCH + window) + index]);
                    close(&format!("{window}, {step}, {pitch}"), found, expected.next().expect("a number"));
                }
            }
        }
    }
    assert_eq!(expected.next(), None);
}

#[test]
fn the_cost_and_its_gradients_are_those_of_pytorch() {
    let device = Device::flex().autodiff();
    let (net, reference) = (net(&device), reference());
    let cost = cost(&net, windows(), 0.0, &device);
    let found = f64::from(cost.clone().into_scalar::<f32>());
    close("nll", found, reference["nll"].as_f64().expect("a number"));
    let gradients = cost.backward();
    gradients::are_pytorchs(&net, &gradients, &reference["gradients"], |length| NEAR * length.max(1.0));
}
