//! How many examples a second are learnt, beside PyTorch with the same net and batch where it is installed.
//!
//! ```sh
//! RAYON_NUM_THREADS=2 cargo bench -p model --features train --bench training
//! ```
//!
//! The net is the basic Melody RNN as published (38 inputs, LSTM 128 and 128, 38 classes; nothing dropped, so that both
//! do the same), a batch of 128 windows of 64 steps, Adam, gradients shortened to 5. Optional: nothing depends on it.

use std::process::Command;
use std::time::Instant;

use burn::grad_clipping::GradientClippingConfig;
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};
use model::Rng;
use model::systems::melody::{EventNet, Learner};
use model::systems::melody_rnn::{MelodyRnnConfig, MelodyRnnForm};

const BATCH: usize = 128;
const STEPS: usize = 64;
const ROUNDS: usize = 12;

fn main() {
    // `cargo test` runs benches too, to see that they start.
    let rounds = if std::env::args().any(|argument| argument == "--bench") { ROUNDS } else { 1 };
    let (speed, loss) = ours(rounds);
    println!("here:    {speed:7.1} examples a second (loss {loss:.3})");
    if rounds > 1 {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/training.py");
        match Command::new("python3").arg(script).output() {
            Ok(said) if said.status.success() => print!("{}", String::from_utf8_lossy(&said.stdout)),
            _ => println!("PyTorch: not installed"),
        }
    }
}

/// Examples a second, of windows that were drawn beforehand; the first round warms up.
fn ours(rounds: usize) -> (f64, f32) {
    let config = MelodyRnnConfig { dropout: 0.0, ..MelodyRnnConfig::new(MelodyRnnForm::Basic) };
    let (inputs, classes) = (config.inputs(), config.classes());
    let device = Device::flex().autodiff();
    device.seed(1);
    let mut net = config.init(&device);
    let clipping = GradientClippingConfig::Norm(5.0);
    let mut optimizer = AdamConfig::new().with_grad_clipping(Some(clipping)).init();
    let mut rng = Rng::new(1);
    let mut rows = |count: usize, width: usize| {
        let mut values = vec![0.0f32; count * width];
        values.chunks_exact_mut(width).for_each(|row| row[rng.below(width)] = 1.0);
        Tensor::<2>::from_data(TensorData::new(values, [count, width]), &device)
    };
    let windows: Vec<Tensor<2>> = (0..STEPS).map(|_| rows(BATCH, inputs)).collect();
    let targets = rows(STEPS * BATCH, classes);
    let (mut start, mut last) = (Instant::now(), 0.0);
    for round in 0..=rounds {
        if round == 1 {
            start = Instant::now();
        }
        let logits = net.logits(windows.clone());
        #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
        let loss = (log_softmax(logits, 1) * targets.clone()).sum().div_scalar(-((STEPS * BATCH) as f32));
        last = loss.clone().into_scalar::<f32>();
        let gradients = GradientsParams::from_grads(loss.backward(), &net);
        net = optimizer.step(1e-3, net, gradients);
    }
    #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
    let examples = (rounds * BATCH) as f64;
    (examples / start.elapsed().as_secs_f64(), last)
}
