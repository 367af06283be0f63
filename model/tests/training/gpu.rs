//! On a GPU a training costs what it costs on the processor. `cargo xtask gpu` runs this, on whatever device `wgpu`
//! finds; Mesa's software Vulkan is one. Built without `wgpu` these tests are ignored.

use burn::tensor::Tensor;
use model::systems::biaxial::BiaxialConfig;
use model::systems::harmony::HarmonyConfig;
use model::systems::melody::{Learner, Melody, Solo};
use model::systems::melody_lstm::MelodyLstmConfig;
use model::systems::melody_rnn::{MelodyRnnConfig, MelodyRnnForm};
use model::systems::plain_rnn::PlainRnnConfig;
use model::train::biaxial::{self, BiaxialOptions};
use model::train::harmony::{self, HarmonyOptions};
use model::train::{EventOptions, device, train_events};
use model::{Architecture, MonoStep};

use super::*;

/// How many batches are trained on the processor before the two go on apart: first weights are drawn by a generator of
/// which each kind of device has its own.
const TOGETHER: u64 = 2;

/// How many are compared then. From the second on, a loss hangs on all gradients before.
const APART: u64 = 4;

/// So far apart, relative to its size, may a loss be on the two. Chosen: a hundred times what Mesa's software Vulkan showed
/// (1.2e-7 at most), since the kinds of GPUs are not of one mind about `exp` and `tanh`.
const TOLERANCE: f64 = 1e-5;

fn gpu() -> Device {
    device("wgpu").expect("a device that wgpu can use: on Debian, install mesa-vulkan-drivers")
}

/// A training: where, and who is told of each batch's number and loss.
type Training<'a> = &'a dyn Fn(Workbench<'_>, &mut dyn FnMut(u64, f64)) -> Result<(), TrainError>;

/// The losses of a training on these devices that is stopped after so many batches, counted from its very beginning.
fn losses(training: Training<'_>, scratch: &Scratch, devices: &[Device], until: u64) -> Vec<f64> {
    let (stop, mut losses) = (AtomicBool::new(false), Vec::new());
    let workbench = Workbench { out: &scratch.out(), devices, stop: &stop };
    let outcome = training(workbench, &mut |done, nll| {
        losses.push(nll);
        stop.store(done >= until, Ordering::Relaxed);
    });
    outcome.expect("a training");
    losses
}

/// A training that was begun on the processor costs the same on both.
fn check(name: &str, training: Training<'_>) {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let go_on = |on: &str, devices: &[Device]| {
        let scratch = Scratch::new(&format!("{name}-{on}"));
        losses(training, &scratch, &[Device::flex()], TOGETHER);
        losses(training, &scratch, devices, TOGETHER + APART)
    };
    let (expected, found) = (go_on("cpu", &[Device::flex()]), go_on("gpu", &[gpu()]));
    assert_eq!(expected.len() as u64, APART);
    assert_eq!(found.len() as u64, APART);
    println!("{name}: {expected:?} on the processor, {found:?} on the GPU");
    for (batch, (expected, found)) in expected.iter().zip(&found).enumerate() {
        let apart = (expected - found).abs() / expected.abs();
        assert!(apart <= TOLERANCE, "{name}, batch {batch}: {expected} and {found}, {apart:e} apart");
    }
    assert!(expected.windows(2).all(|pair| pair[0] != pair[1]), "the weights change from batch to batch");
}

fn rmvae(workbench: Workbench<'_>, tell: &mut dyn FnMut(u64, f64)) -> Result<(), TrainError> {
    // What is dropped out is drawn on the device.
    let net = RmvaeConfig { dropout: 0.0, ..options().net };
    let options = TrainOptions { net, epochs: 4, ..options() };
    train(&band(), &options, Library::of(pieces(2, 24)), Library::of(pieces(1, 16)), workbench, |news| {
        if let News::Batch { done, nll, .. } = news {
            tell(done, nll);
        }
    })
}

#[test]
#[cfg_attr(not(feature = "wgpu"), ignore = "built without a GPU: `cargo xtask gpu`")]
fn there_is_a_device() {
    let twice = [Tensor::<1>::from_data([2.0f32], &gpu()), Tensor::from_data([3.0f32], &gpu())];
    let [two, three] = twice;
    assert_eq!((two * three).into_scalar::<f32>(), 6.0, "opened once, and found again");
}

#[test]
#[cfg_attr(not(feature = "wgpu"), ignore = "built without a GPU: `cargo xtask gpu`")]
fn an_rmvae_costs_the_same_on_a_gpu() {
    check("rmvae", &rmvae);
}

#[test]
#[cfg_attr(not(feature = "wgpu"), ignore = "built without a GPU: `cargo xtask gpu`")]
fn a_net_that_is_born_on_a_gpu_learns_there() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let found = losses(&rmvae, &Scratch::new("born"), &[gpu()], 6);
    assert!(found[5] < 0.8 * found[0], "{found:?}");
}

#[test]
#[cfg_attr(not(feature = "wgpu"), ignore = "built without a GPU: `cargo xtask gpu`")]
fn a_biaxial_lstm_costs_the_same_on_a_gpu() {
    let options = BiaxialOptions {
        net: BiaxialConfig { time: vec![16], note: vec![12], window: 2 },
        dropout: 0.0,
        batch: 1,
        measures: 1,
        ..BiaxialOptions::default()
    };
    check("biaxial", &|workbench, tell| {
        let [learn, watch] = [pieces(1, 16), pieces(1, 4)].map(Library::of);
        biaxial::train(&band(), &options, learn, &watch, workbench, |news| {
            if let News::Batch { done, nll, .. } = news {
                tell(done, nll);
            }
        })
    });
}

#[test]
#[cfg_attr(not(feature = "wgpu"), ignore = "built without a GPU: `cargo xtask gpu`")]
fn nets_of_melodies_cost_the_same_on_a_gpu() {
    for form in [MelodyRnnForm::Basic, MelodyRnnForm::Attention] {
        let net = MelodyRnnConfig { units: vec![16], dropout: 0.0, ..MelodyRnnConfig::new(form) };
        melodies(&format!("melody-rnn-{form:?}"), &net);
    }
    melodies("melody-lstm", &MelodyLstmConfig { units: 16, dropout: 0.0, ..MelodyLstmConfig::default() });
    melodies("plain-rnn", &PlainRnnConfig { units: 16 });
}

fn melodies<L: Learner>(name: &str, net: &L)
where
    Solo<L>: Into<Architecture>,
{
    let line = [60, 62, 64, 65, 67, 65, 64, 62].map(|key| MonoStep::Note(Key::clamped(key)));
    let tunes = vec![Melody { bar: 16, events: line.into_iter().cycle().take(96).collect() }; 4];
    let options = EventOptions { batch: 4, steps: 16, ..EventOptions::default() };
    check(name, &|workbench, tell| {
        train_events(net, &options, &tunes, &tunes[..1], workbench, |news| {
            if let News::Batch { done, nll, .. } = news {
                tell(done, nll);
            }
        })
    });
}

#[test]
#[cfg_attr(not(feature = "wgpu"), ignore = "built without a GPU: `cargo xtask gpu`")]
fn a_net_that_foretells_chords_costs_the_same_on_a_gpu() {
    let net = HarmonyConfig { units: vec![16], dropout: 0.0, window: 4, copies: true, ..HarmonyConfig::default() };
    let options = HarmonyOptions { net, batch: 2, measures: 6, epochs: 2, ..HarmonyOptions::default() };
    check("harmony", &|workbench, tell| {
        let [learn, watch] = [pieces(2, 24), pieces(1, 8)]
            .map(|pieces| [harmony::ChordSet { spec: band(), library: Library::of(pieces) }]);
        harmony::train(&band(), &options, &learn, &watch, workbench, |news| {
            if let News::Batch { done, nll, .. } = news {
                tell(done, nll);
            }
        })
    });
}
