//! The same numbers as PyTorch: `reference/rmvae.py` printed `reference/rmvae.json`.
//!
//! PyTorch computed in f64, this net in f32, whose rounding (6e-8 of each number, over some hundred additions in a
//! row) leaves about 1e-6; the tolerance is ten times that. Gradients pass through every layer twice: ten times more.

use burn::tensor::{Device, Tensor};
use model::systems::rmvae::conditions::InputLayout;
use model::systems::rmvae::experts::{Gaussian, product};
use model::systems::rmvae::frames::STEPS;
use model::systems::rmvae::{Layout, MonoHead, RmvaeConfig, loss};
use serde_json::Value;

use crate::common::{bits, convolutional, net, numbers, ours, published, row, small_band, tensor};

pub(crate) const NEAR: f64 = 1e-5;
pub(crate) const ROWS: usize = 8;
pub(crate) const PREDICTED: usize = 6;
pub(crate) const BATCH: usize = 2;

pub(crate) fn reference() -> Value {
    serde_json::from_str(include_str!("../reference/rmvae.json")).expect("the script's output")
}

fn close(what: &str, found: Tensor<2>, expected: &Value) {
    let found = row(found);
    let expected: Vec<f64> = expected.as_array().expect("numbers").iter().filter_map(Value::as_f64).collect();
    assert_eq!(found.len(), expected.len(), "{what}");
    for (index, (&a, &b)) in found.iter().zip(&expected).enumerate() {
        assert!((f64::from(a) - b).abs() < NEAR * b.abs().max(1.0), "{what}[{index}]: {a}, PyTorch has {b}");
    }
}

pub(crate) fn forms() -> [RmvaeConfig; 3] {
    [ours(), published(), convolutional()]
}

/// Encoders, product, LSTM over the measures, context, decoders and heads.
#[test]
fn a_forward_step_gives_the_numbers_of_pytorch() {
    let (device, spec, reference) = (Device::flex(), small_band(), reference());
    let cases = reference["cases"].as_array().expect("cases");
    assert_eq!(cases.len(), forms().len());
    for (config, case) in forms().iter().zip(cases) {
        let layouts = Layout::of(&spec, config.rests);
        let net = net(config, &spec, &device);
        let mask = |name: String, rows: usize, share: f64| {
            tensor(numbers(&name, rows, 1, |x| f64::from(u8::from(x < share))), 1, &device)
        };
        let mut experts = Vec::new();
        for (voice, (encoder, layout)) in net.encoders.iter().zip(&layouts).enumerate() {
            let width = layout.frame_width();
            let frame = |step: usize| tensor(bits(&format!("frames.{voice}.{step}"), ROWS, width), width, &device);
            let gaussian = encoder.encode((0..STEPS).map(frame).collect());
            experts.push((gaussian, mask(format!("present.{voice}"), ROWS, 0.6)));
        }
        let posterior = if config.rpoe { recurrent(&experts) } else { product(&experts, config.prior_expert) };
        close("posterior mean", posterior.mean.clone(), &case["mean"]);
        close("posterior log variance", posterior.log_var.clone(), &case["log_var"]);

        let heard = Gaussian {
            mean: posterior.mean.clone().narrow(0, 0, PREDICTED),
            log_var: posterior.log_var.narrow(0, 0, PREDICTED),
        };
        let noise = tensor(numbers("noise", PREDICTED, config.latent, |x| 2.0 * x - 1.0), config.latent, &device);
        let remembered = Tensor::cat(net.remember(heard.sample(noise).chunk(PREDICTED / BATCH, 0)), 0);
        close("LSTM over the measures", remembered.clone(), &case["remembered"]);

        let plan = config.plan_expert.then(|| {
            let mut any = Tensor::<2>::zeros([PREDICTED, 1], &device);
            let planned: Vec<_> = experts
                .iter()
                .enumerate()
                .map(|(voice, (expert, _))| {
                    let mask = mask(format!("plan.{voice}"), PREDICTED, 0.25);
                    any = any.clone() + mask.clone();
                    let next = |all: &Tensor<2>| all.clone().narrow(0, BATCH, PREDICTED);
                    (Gaussian { mean: next(&expert.mean), log_var: next(&expert.log_var) }, mask)
                })
                .collect();
            (product(&planned, config.prior_expert).mean, any.greater_elem(0.0).float())
        });
        let looped = config.loop_expert.then(|| {
            let rows = loop_rows().into_iter().map(|row| posterior.mean.clone().narrow(0, row, 1)).collect();
            (Tensor::cat(rows, 0), mask("looped".into(), PREDICTED, 0.5))
        });
        let context = net.context(remembered, plan, looped);
        close("context", context.clone(), &case["context"]);

        for (voice, (decoder, layout)) in net.decoders.iter().zip(&layouts).enumerate() {
            let place = InputLayout::new(config, layout, layouts.len());
            let width = place.width();
            let input = |step: usize| tensor(bits(&format!("inputs.{voice}.{step}"), PREDICTED, width), width, &device);
            let outputs = decoder.decode((0..STEPS).map(input).collect(), context.clone(), &place, layout);
            for (index, step) in [0, 1, 15].into_iter().enumerate() {
                let what = format!("decoder {voice} at step {step}");
                close(&what, outputs[step].clone(), &case["outputs"][voice][index]);
            }
        }
    }
}

/// RPoE without a prior, as the published form has it.
fn recurrent(experts: &[(Gaussian, Tensor<2>)]) -> Gaussian {
    let mut measures: Vec<Gaussian> = Vec::new();
    for measure in 0..ROWS / BATCH {
        let at = |all: &Tensor<2>| all.clone().narrow(0, measure * BATCH, BATCH);
        let mut here: Vec<_> = experts
            .iter()
            .map(|(expert, mask)| (Gaussian { mean: at(&expert.mean), log_var: at(&expert.log_var) }, at(mask)))
            .collect();
        if let Some(before) = measures.last() {
            here.push((before.clone(), Tensor::ones([BATCH, 1], &before.mean.device())));
        }
        measures.push(product(&here, false));
    }
    let join = |part: fn(Gaussian) -> Tensor<2>| Tensor::cat(measures.iter().cloned().map(part).collect(), 0);
    Gaussian { mean: join(|gaussian| gaussian.mean), log_var: join(|gaussian| gaussian.log_var) }
}

/// Which row each looped measure is.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0…5")]
pub(crate) fn loop_rows() -> Vec<usize> {
    (0..PREDICTED).map(|row| (crate::common::unit("loop_row", row) * 6.0) as usize).collect()
}

#[test]
fn every_loss_gives_the_numbers_of_pytorch() {
    let device = Device::flex();
    let reference = &reference()["losses"];
    let spec = small_band();
    let layouts = Layout::of(&spec, true);
    let logits = |name: &str, width: usize| tensor(numbers(name, 3, width, |x| x * 6.0 - 3.0), width, &device);
    let plain = |name: &str, width: usize, scale: f64| tensor(numbers(name, 3, width, |x| x * scale), width, &device);
    let active = || tensor(bits("active", 3, 6), 6, &device);

    let mut classes = vec![0.0; 21];
    for (row, class) in [0, 6, 5].into_iter().enumerate() {
        classes[row * 7 + class] = 1.0;
    }
    let classes = tensor(classes, 7, &device);
    for (head, name) in [(MonoHead::Softmax, "softmax"), (MonoHead::Binary, "binary")] {
        let nll = loss::mono_nll(head, &layouts[0], logits("mono", 7), classes.clone());
        close(name, nll, &reference[format!("mono_{name}")]);
        close(name, loss::onset_mass(head, &layouts[0], logits("mono", 7)), &reference[format!("mass_{name}")]);
    }
    close("mass", loss::onset_mass(MonoHead::Binary, &layouts[1], logits("both", 12)), &reference["mass_poly"]);

    let chain = tensor(numbers("chain", 6, 6, |x| x - 0.5), 6, &device).triu(1);
    close("poly", loss::poly_nll(logits("poly", 6), None, active()), &reference["poly"]);
    close("chain", loss::poly_nll(logits("poly", 6), Some(&chain), active()), &reference["poly_chain"]);
    let lengths = plain("lengths", 6, 16.0);
    close("duration", loss::duration_loss(logits("raw", 6), lengths, active()), &reference["duration"]);

    // The third row has no truth.
    let mut truth = bits("truth", 3, 12);
    for (index, (cell, weight)) in truth.iter_mut().zip(numbers("weight", 3, 12, |x| x)).enumerate() {
        *cell *= if index < 24 { weight } else { 0.0 };
    }
    let truth = tensor(truth, 12, &device);
    close("share", loss::share_loss(plain("predicted", 12, 1.0), truth), &reference["share"]);
    let harmony = loss::harmony_loss(plain("predicted", 12, 1.0), 0.3, 0.4, 0.5);
    close("harmony", harmony, &reference["harmony"]);
    let gaussian = Gaussian { mean: logits("mean", 4), log_var: logits("log_var", 4) };
    close("kl", gaussian.kl(), &reference["kl"]);
}
