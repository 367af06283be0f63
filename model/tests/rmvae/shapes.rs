//! Every tensor's shape, in the published form and with each switch.

use burn::tensor::{Device, Tensor};
use model::systems::nn::get_weights;
use model::systems::rmvae::conditions::{InputLayout, LOOPS, STRENGTH};
use model::systems::rmvae::experts::{Gaussian, product};
use model::systems::rmvae::frames::STEPS;
use model::systems::rmvae::stepper::Stepper;
use model::systems::rmvae::{CoderForm, Layout, MonoHead, RmvaeConfig, RmvaeNet};

use crate::common::{bits, convolutional, net, numbers, ours, published, small_band, tensor};

const ROWS: usize = 3;
const MEASURES: usize = 4;

/// Runs a net of this form from measures to logits, and checks each shape against its documentation.
fn check(config: &RmvaeConfig) {
    let device = Device::flex();
    let layouts = Layout::of(&small_band(), config.rests);
    let net = RmvaeNet::new(config, &layouts, &device);
    let zeros = |rows: usize, width: usize| Tensor::<2>::zeros([rows, width], &device);

    let experts: Vec<(Gaussian, Tensor<2>)> = net
        .encoders
        .iter()
        .zip(&layouts)
        .map(|(encoder, layout)| {
            let gaussian = encoder.encode(vec![zeros(ROWS, layout.frame_width()); STEPS]);
            assert_eq!(gaussian.mean.dims(), [ROWS, config.latent], "{config:?}");
            assert_eq!(gaussian.log_var.dims(), [ROWS, config.latent], "{config:?}");
            assert_eq!(gaussian.kl().dims(), [ROWS, 1]);
            (gaussian, Tensor::ones([ROWS, 1], &device))
        })
        .collect();
    let z = product(&experts, config.prior_expert);
    assert_eq!((z.mean.dims(), z.log_var.dims()), ([ROWS, config.latent], [ROWS, config.latent]));

    let remembered = net.remember(vec![z.mean; MEASURES]);
    assert_eq!(remembered.len(), MEASURES);
    assert!(remembered.iter().all(|output| output.dims() == [ROWS, config.recurrent]), "{config:?}");

    let extra = |on: bool| on.then(|| (zeros(ROWS, config.latent), zeros(ROWS, 1)));
    let context = net.context(remembered[MEASURES - 1].clone(), extra(config.plan_expert), extra(config.loop_expert));
    assert_eq!(context.dims(), [ROWS, config.context], "{config:?}");

    for (decoder, layout) in net.decoders.iter().zip(&layouts) {
        let place = InputLayout::new(config, layout, layouts.len());
        let inputs = vec![zeros(ROWS, place.width()); STEPS];
        let outputs = decoder.decode(inputs.clone(), context.clone(), &place, layout);
        assert_eq!(outputs.len(), STEPS);
        assert!(outputs.iter().all(|output| output.dims() == [ROWS, layout.output_width()]), "{config:?}");
        assert_eq!(decoder.stepwise().is_some(), config.frame_before);
        let chain = decoder.chain().map(|chain| chain.dims());
        let expected = [layout.pitches, layout.pitches];
        assert_eq!(chain, (config.pitch_chain && !layout.is_mono()).then_some(expected), "{config:?}");
        let stepper = Stepper::new(decoder, place, *layout);
        assert_eq!(stepper.is_some(), config.frame_before);
        if let Some(decoder) = decoder.stepwise() {
            let (gates, mut state) = decoder.start(context.clone());
            for (input, expected) in inputs.into_iter().zip(outputs) {
                state = decoder.step(input.clone(), &gates, state);
                assert_eq!(state.hidden.dims(), [ROWS, config.decoder]);
                assert_eq!(state.cell.dims(), [ROWS, config.decoder]);
                let output = decoder.heads(state.hidden.clone(), &input, &place, layout);
                let apart = (output - expected).abs().max().into_scalar::<f32>();
                assert!(apart < 1e-6, "step by step and all at once differ by {apart}");
            }
        }
    }
}

#[test]
fn every_form_of_the_net_has_the_documented_shapes() {
    check(&ours());
    check(&published());
    check(&convolutional());
    check(&RmvaeConfig { encoder_form: CoderForm::Convolutional, ..ours() });
    check(&RmvaeConfig { decoder_form: CoderForm::Convolutional, ..published() });
    check(&RmvaeConfig::default());
    let switches: [fn(&mut RmvaeConfig); 11] = [
        |form| form.history_expert = true,
        |form| form.mono_head = MonoHead::Softmax,
        |form| form.rests = false,
        |form| form.prior_expert = false,
        |form| form.rpoe = true,
        |form| form.frame_before = false,
        |form| form.pitch_chain = false,
        |form| form.voice_chain = false,
        |form| form.loop_expert = false,
        |form| form.plan_expert = false,
        |form| form.offset = 1,
    ];
    for switch in switches {
        let mut form = ours();
        switch(&mut form);
        check(&form);
    }
}

/// The widths of what goes in and out of a voice: mono of 5 keys, poly of 6.
#[test]
fn widths_are_counted_by_hand() {
    let check = |config: &RmvaeConfig, frame: [usize; 2], input: [usize; 2]| {
        let layouts = Layout::of(&small_band(), config.rests);
        for voice in 0..2 {
            assert_eq!(layouts[voice].frame_width(), frame[voice]);
            assert_eq!(layouts[voice].output_width(), frame[voice]);
            assert_eq!(InputLayout::new(config, &layouts[voice], 3).width(), input[voice]);
        }
    };
    // Notes, rest, continue; activations and durations. The step's place and the measure's length: 17.
    let place = STEPS + 1;
    check(&published(), [5 + 1, 2 * 6], [place, place]);
    // The step before: sounding pitches, whether (poly: which) started, whether known: 5 + 2; 2 · 6 + 1.
    let before = [5 + 2, 2 * 6 + 1];
    let own = [5 + 2, 6];
    let loops = own.map(|own| LOOPS * (own + 1 + STRENGTH));
    // Of each voice: decided?, starts here?, the classes that sound, in the half measure, in the measure.
    let others = 3 * (2 + 3 * 12);
    let all = [0, 1].map(|voice| before[voice] + loops[voice] + others + place);
    check(&ours(), [5 + 2, 2 * 6], all);
}

/// Names and shapes of the weights are the band file's format: they must not change unnoticed.
#[test]
fn the_weights_of_a_band_file_keep_their_names_and_shapes() {
    let config = ours();
    let layouts = Layout::of(&small_band(), config.rests);
    let net = RmvaeNet::new(&config, &layouts, &Device::flex());
    let found: Vec<(String, Vec<usize>)> = get_weights(&net).into_iter().map(|w| (w.name, w.shape)).collect();
    let mut expected: Vec<(String, Vec<usize>)> = Vec::new();
    let mut add = |name: String, shape: &[usize]| expected.push((name, shape.to_vec()));
    let lstm = |add: &mut dyn FnMut(String, &[usize]), name: &str, input: usize, hidden: usize| {
        add(format!("{name}.input"), &[input, 4 * hidden]);
        add(format!("{name}.recurrent"), &[hidden, 4 * hidden]);
        add(format!("{name}.bias"), &[4 * hidden]);
    };
    let linear = |add: &mut dyn FnMut(String, &[usize]), name: &str, input: usize, output: usize| {
        add(format!("{name}.weight"), &[input, output]);
        add(format!("{name}.bias"), &[output]);
    };
    for (voice, layout) in layouts.iter().enumerate() {
        let name = |part: &str| format!("encoders.{voice}.{part}");
        linear(&mut add, &name("frame"), layout.frame_width(), config.frame);
        lstm(&mut add, &name("forward"), config.frame, config.encoder);
        lstm(&mut add, &name("backward"), config.frame, config.encoder);
        linear(&mut add, &name("measure"), 2 * config.encoder, config.measure);
        linear(&mut add, &name("mean"), config.measure, config.latent);
        linear(&mut add, &name("log_var"), config.measure, config.latent);
    }
    lstm(&mut add, "recurrent.0", config.latent, config.recurrent);
    lstm(&mut add, "recurrent.1", config.recurrent, config.recurrent);
    // The LSTM's output, and the means and masks of the planned and of the looped measure.
    linear(&mut add, "context", config.recurrent + 2 * (config.latent + 1), config.context);
    for (voice, layout) in layouts.iter().enumerate() {
        let name = |part: &str| format!("decoders.{voice}.{part}");
        linear(&mut add, &name("start"), config.context, config.decoder);
        add(name("context.weight"), &[config.context, 4 * config.decoder]);
        lstm(&mut add, &name("forward"), InputLayout::new(&config, layout, 3).width(), config.decoder);
        linear(&mut add, &name("heads"), config.decoder, layout.output_width());
        if !layout.is_mono() {
            add(name("chain"), &[layout.pitches, layout.pitches]);
        }
        for which in 0..LOOPS {
            add(name(&format!("loops.{which}")), &[STRENGTH, 2]);
        }
    }
    assert_eq!(found, expected);
}

/// What plays and what was trained are the same net: plain loops and tensors, over all steps of every voice. The
/// tolerance is the rounding of sums in another order.
#[test]
fn the_steps_that_play_are_those_of_the_net() {
    let device = Device::flex();
    for config in [ours(), RmvaeConfig { loop_expert: false, voice_chain: false, ..ours() }, RmvaeConfig::default()] {
        let layouts = Layout::of(&small_band(), config.rests);
        let net = net(&config, &small_band(), &device);
        // The candidates share one context.
        let context = numbers("context", 1, config.context, |x| x - 0.5);
        for (voice, (decoder, layout)) in net.decoders.iter().zip(&layouts).enumerate() {
            let place = InputLayout::new(&config, layout, layouts.len());
            let input = |step: usize| bits(&format!("inputs.{voice}.{step}"), ROWS, place.width());
            let inputs = (0..STEPS).map(|step| tensor(input(step), place.width(), &device)).collect();
            let expected =
                decoder.decode(inputs, tensor(context.repeat(ROWS), config.context, &device), &place, layout);
            let stepper = Stepper::new(decoder, place, *layout).expect("a stepwise decoder");
            let mut state = stepper.start(&context, ROWS);
            for (step, expected) in expected.into_iter().enumerate() {
                let expected: Vec<f32> = expected.into_data().try_to_vec().expect("f32 data");
                let found = stepper.step(&input(step), &mut state);
                assert_eq!(found.len(), expected.len());
                for (a, b) in found.iter().zip(&expected) {
                    assert!((a - b).abs() < 1e-4, "voice {voice}, step {step}: {a}, the net has {b}");
                }
            }
        }
    }
}
