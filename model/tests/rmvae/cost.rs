//! What the trainer minimises, and its gradients: the same numbers as PyTorch ([`crate::reference`]).

use burn::tensor::Device;
use model::systems::rmvae::conditions::InputLayout;
use model::systems::rmvae::frames::STEPS;
use model::systems::rmvae::{Layout, RmvaeConfig};
use model::train::LossWeights;
use model::train::rmvae::objective::{ShapedNet, Terms, cost};
use model::train::rmvae::windows::Windows;

use crate::common::{bits, net, numbers, small_band, tensor, unit};
use crate::gradients;
use crate::reference::{BATCH, NEAR, PREDICTED, ROWS, forms, loop_rows, reference};

const MEASURES: usize = PREDICTED / BATCH;

/// The windows of the script: arbitrary bits; the second window's measures have 12 steps.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "indices")]
fn windows(config: &RmvaeConfig, layouts: &[Layout]) -> Windows {
    let voices = 0..layouts.len();
    let weight: Vec<Vec<f32>> = (0..STEPS)
        .map(|step| (0..PREDICTED).map(|row| f32::from(u8::from(row % 2 == 0 || step < 12))).collect())
        .collect();
    let target = |voice: usize, step: usize| {
        let layout = &layouts[voice];
        let width = layout.output_width();
        let mut rows = vec![0.0f32; PREDICTED * width];
        let name = format!("target.{voice}.{step}");
        let starts = bits(&name, PREDICTED, layout.pitches);
        for (row, out) in rows.chunks_exact_mut(width).enumerate() {
            if layout.is_mono() {
                out[(unit(&name, row) * width as f64) as usize] = 1.0;
            } else {
                for pitch in 0..layout.pitches {
                    let at = row * layout.pitches + pitch;
                    let length = (unit(&format!("length.{voice}.{step}"), at) * 8.0).floor() + 1.0;
                    out[pitch] = starts[at];
                    out[layout.pitches + pitch] = starts[at] * length as f32;
                }
            }
            out.iter_mut().for_each(|cell| *cell *= weight[step][row]);
        }
        rows
    };
    let steps = |of: &dyn Fn(usize) -> Vec<f32>| (0..STEPS).map(of).collect::<Vec<_>>();
    let input = |voice: usize| InputLayout::new(config, &layouts[voice], layouts.len()).width();
    let present = |voice| numbers(&format!("present.{voice}"), ROWS, 1, |x| f64::from(u8::from(x < 0.6)));
    Windows {
        batch: BATCH,
        measures: MEASURES,
        frames: voices
            .clone()
            .map(|v| steps(&|s| bits(&format!("frames.{v}.{s}"), ROWS, layouts[v].frame_width())))
            .collect(),
        present: voices.clone().map(present).collect(),
        plan: voices.clone().map(|v| bits(&format!("plan.{v}"), PREDICTED, 1)).collect(),
        loop_row: loop_rows().into_iter().map(|row| i32::try_from(row).expect("a row")).collect(),
        looped: numbers("looped", PREDICTED, 1, |x| f64::from(u8::from(x < 0.5))),
        inputs: voices.clone().map(|v| steps(&|s| bits(&format!("inputs.{v}.{s}"), PREDICTED, input(v)))).collect(),
        targets: voices.map(|v| steps(&|s| target(v, s))).collect(),
        weight,
        recall: None,
    }
}

#[test]
fn the_cost_of_a_batch_and_its_gradients_are_those_of_pytorch() {
    let device = Device::flex().autodiff();
    let (spec, reference) = (small_band(), reference());
    let weights =
        LossWeights { kl: 0.25, duration: 2.0, scale: 0.1, rhythm: 0.2, semitone: 0.3, tone: 0.4, tritone: 0.5 };
    let cases = reference["cases"].as_array().expect("cases");
    assert_eq!(cases.len(), forms().len());
    for (config, case) in forms().iter().zip(cases) {
        let layouts = Layout::of(&spec, config.rests);
        let net = net(config, &spec, &device);
        let noise = tensor(numbers("noise", PREDICTED, config.latent, |x| 2.0 * x - 1.0), config.latent, &device);
        let windows = windows(config, &layouts);
        let shaped = ShapedNet { net: &net, config, layouts: &layouts };
        let cost = cost(shaped, Terms { weights: &weights, beta: 0.5 }, Some(noise), windows, &device);
        for (name, found) in [("nll", &cost.nll), ("kl", &cost.kl), ("total", &cost.total)] {
            let found = f64::from(found.clone().into_scalar::<f32>());
            let expected = case[name].as_f64().expect("a number");
            assert!((found - expected).abs() < NEAR * expected.abs().max(1.0), "{name}: {found}, not {expected}");
        }
        let gradients = cost.total.backward();
        gradients::are_pytorchs(&net, &gradients, &case["gradients"], |length| 10.0 * NEAR * length.max(0.1));
    }
}
