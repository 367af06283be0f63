//! The net computes what `tests/reference/biaxial.py` computed with PyTorch.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Gradients, Tensor, TensorData};
use model::biaxial::encoding::{INPUTS, PITCHES, Sixteenth, write_inputs};
use model::biaxial::{BiaxialConfig, BiaxialNet};
use model::nn::{NamedTensor, get_weights, set_weights};
use model::train::biaxial::cost;
use model::train::biaxial::windows::Windows;
use serde_json::Value;

const BATCH: usize = 2;
const STEPS: usize = 5;
const MEASURE: usize = 3;

/// f32 against double precision, relative to the size of the number, or to 1.
const NEAR: f64 = 1e-4;

fn reference() -> Value {
    serde_json::from_str(include_str!("../reference/biaxial.json")).expect("the script's output")
}

/// A number in [0, 1): `unit` of the script.
fn unit(name: &str, index: usize) -> f64 {
    let index = u32::try_from(index).expect("a small index");
    let mut x = crc32fast::hash(name.as_bytes()) ^ index.wrapping_mul(0x9e37_79b9);
    x ^= x >> 16;
    x = x.wrapping_mul(0x85eb_ca6b);
    x ^= x >> 13;
    x = x.wrapping_mul(0xc2b2_ae35);
    x ^= x >> 16;
    f64::from(x) / 4_294_967_296.0
}

#[expect(clippy::cast_possible_truncation, reason = "the net computes in f32")]
fn net(device: &Device) -> BiaxialNet {
    let config = BiaxialConfig { time: vec![6, 5], note: vec![4, 3], window: 1 };
    let net = BiaxialNet::new(&config, device);
    let weights: Vec<NamedTensor> = get_weights(&net)
        .into_iter()
        .map(|weight| {
            let number = |index: usize| {
                let share = if weight.name == "time.0.input" && index < weight.shape[1] { 78.0 } else { 1.0 };
                ((unit(&weight.name, index) - 0.5) / share) as f32
            };
            NamedTensor { values: (0..weight.values.len()).map(number).collect(), ..weight }
        })
        .collect();
    set_weights(net, &weights).expect("a net's own shapes")
}

fn sixteenth(window: usize, step: usize) -> Sixteenth {
    let index = |pitch: usize| (window * (STEPS + 1) + step) * PITCHES + pitch;
    let set = |name: &str, share: f64| {
        (0..PITCHES).filter(|&pitch| unit(name, index(pitch)) < share).fold(0u128, |set, pitch| set | 1 << pitch)
    };
    let played = set("played", 0.1);
    Sixteenth { played, struck: played & set("struck", 0.5) }
}

fn windows() -> Windows {
    let mut out = Windows {
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
    let tensor = |values: &[f32], width: usize| -> Tensor<2> {
        Tensor::from_data(TensorData::new(values.to_vec(), [values.len() / width, width]), &device)
    };
    let inputs = windows.inputs.iter().map(|rows| tensor(rows, INPUTS)).collect();
    let nothing = vec![0.0; STEPS * BATCH * 2];
    let below = std::iter::once(&nothing).chain(&windows.targets).take(PITCHES).map(|rows| tensor(rows, 2)).collect();
    let logits: Vec<Vec<f32>> = net(&device)
        .forward(inputs, below, 0.0)
        .into_iter()
        .map(|logits| logits.into_data().try_to_vec().expect("f32 data"))
        .collect();
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

struct Check<'a> {
    gradients: &'a Gradients,
    expected: &'a Value,
    path: Vec<String>,
    seen: usize,
}

impl ModuleVisitor for Check<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let name = self.path.join(".");
        let gradient = param.val().grad(self.gradients).expect("every weight has a gradient");
        let gradient: Vec<f32> = gradient.into_data().try_to_vec().expect("f32 data");
        let length = gradient.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
        let direction = |index: usize| unit(&format!("direction.{name}"), index) - 0.5;
        let product: f64 = gradient.iter().enumerate().map(|(index, &x)| f64::from(x) * direction(index)).sum();
        let expected = [0, 1].map(|index| self.expected[&name][index].as_f64().expect("a weight of the script"));
        close(&name, length, expected[0]);
        // The product may cancel out: its error is measured by the gradient's length.
        let apart = product - expected[1];
        assert!(apart.abs() < NEAR * expected[0].max(1.0), "{name}: {product}, PyTorch has {}", expected[1]);
        self.seen += 1;
    }
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.into());
    }
    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }
}

#[test]
fn the_cost_and_its_gradients_are_those_of_pytorch() {
    let device = Device::flex().autodiff();
    let (net, reference) = (net(&device), reference());
    let cost = cost(&net, windows(), 0.0, &device);
    let found = f64::from(cost.clone().into_scalar::<f32>());
    close("nll", found, reference["nll"].as_f64().expect("a number"));
    let gradients = cost.backward();
    let expected = &reference["gradients"];
    let mut check = Check { gradients: &gradients, expected, path: Vec::new(), seen: 0 };
    net.visit(&mut check);
    assert_eq!(Some(check.seen), expected.as_object().map(serde_json::Map::len));
}
