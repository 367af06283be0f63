//! The same numbers as PyTorch: `reference/melody.py` printed `reference/melody.json`. And the same numbers when a net
//! plays as when it learns.
//!
//! PyTorch computed in f64, these nets in f32, whose rounding (6e-8 of each number, over some hundred additions in a
//! row) leaves about 1e-6; the tolerance is ten times that.

use burn::tensor::activation::softmax;
use burn::tensor::{Device, Tensor};
use model::music::measure::MonoStep;
use model::systems::melody::{Chances, EventNet, Learner, Melody};
use model::systems::melody_lstm::{self, MelodyLstmConfig};
use model::systems::melody_rnn::{MelodyRnnConfig, MelodyRnnForm};
use model::systems::plain_rnn::{self, PlainRnnConfig};
use model::{Key, Rng};
use serde_json::Value;

use crate::numbers::{bits, filled, row, tensor, unit};

const NEAR: f64 = 1e-5;
const BATCH: usize = 2;
const STEPS: usize = 7;

fn reference(case: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("../reference/melody.json")).expect("the script's output");
    all[case].clone()
}

/// A net whose weights are `unit − ½` of their names.
fn net<L: Learner>(learner: &L, device: &Device) -> L::Net {
    let _alone = crate::draws();
    filled(learner.init(device), |weight, index| unit(&weight.name, index) - 0.5)
}

fn inputs(case: &str, width: usize, device: &Device) -> Vec<Tensor<2>> {
    let input = |step: usize| tensor(bits(&format!("{case}.input.{step}"), BATCH, width), width, device);
    (0..STEPS).map(input).collect()
}

/// A step's logits are those of the script.
fn check<L: Learner>(case: &str, learner: &L) {
    let device = Device::flex();
    let found = row(net(learner, &device).logits(inputs(case, learner.inputs(), &device)));
    let expected = reference(case);
    let expected: Vec<f64> = expected["logits"].as_array().expect("numbers").iter().filter_map(Value::as_f64).collect();
    assert_eq!(found.len(), expected.len(), "{case}");
    for (index, (&a, &b)) in found.iter().zip(&expected).enumerate() {
        assert!((f64::from(a) - b).abs() < NEAR * b.abs().max(1.0), "{case}[{index}]: {a}, PyTorch has {b}");
    }
}

fn rnn(form: MelodyRnnForm, units: &[usize]) -> MelodyRnnConfig {
    MelodyRnnConfig { units: units.to_vec(), dropout: 0.0, attention_length: 3, ..MelodyRnnConfig::new(form) }
}

#[test]
fn every_net_gives_the_numbers_of_pytorch() {
    check("basic", &rnn(MelodyRnnForm::Basic, &[6, 5]));
    check("mono", &rnn(MelodyRnnForm::Mono, &[4]));
    check("lookback", &rnn(MelodyRnnForm::Lookback, &[6, 5]));
    check("attention", &rnn(MelodyRnnForm::Attention, &[6, 5]));
    check("melody-lstm", &MelodyLstmConfig { units: 5, dropout: 0.0, ..MelodyLstmConfig::default() });
    check("plain-rnn", &PlainRnnConfig { units: 4 });
}

#[cfg(feature = "train")]
mod gradients {
    use burn::tensor::activation::log_softmax;

    use super::*;
    use crate::gradients;

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a class")]
    #[expect(clippy::cast_precision_loss, reason = "a few classes")]
    fn check<L: Learner>(case: &str, learner: &L) {
        let device = Device::flex().autodiff();
        let net = net(learner, &device);
        let classes = learner.classes();
        let mut targets = vec![0.0; STEPS * BATCH * classes];
        for (index, row) in targets.chunks_exact_mut(classes).enumerate() {
            row[(unit(&format!("{case}.target"), index) * classes as f64) as usize] = 1.0;
        }
        let logits = net.logits(inputs(case, learner.inputs(), &device));
        let loss = (log_softmax(logits, 1) * tensor(targets, classes, &device)).sum();
        let loss = loss.div_scalar(-((STEPS * BATCH) as f32));
        let reference = reference(case);
        let expected = reference["loss"].as_f64().expect("a number");
        let found = f64::from(loss.clone().into_scalar::<f32>());
        assert!((found - expected).abs() < NEAR * expected, "{case}: {found}, PyTorch has {expected}");
        let gradients = loss.backward();
        gradients::are_pytorchs(&net, &gradients, &reference["gradients"], |_| NEAR);
    }

    #[test]
    fn every_gradient_is_that_of_pytorch() {
        check("attention", &rnn(MelodyRnnForm::Attention, &[6, 5]));
        check("lookback", &rnn(MelodyRnnForm::Lookback, &[6, 5]));
        check("melody-lstm", &MelodyLstmConfig { units: 5, dropout: 0.0, ..MelodyLstmConfig::default() });
        check("plain-rnn", &PlainRnnConfig { units: 4 });
    }
}

/// A melody of any events that there can be.
pub(crate) fn wild(seed: u64, bar: usize, measures: usize) -> Melody {
    let mut rng = Rng::new(seed);
    let mut melody = Melody::new(bar);
    for _ in 0..bar * measures {
        let key = i32::try_from(rng.below(36)).unwrap_or(0);
        let event = match rng.below(5) {
            0 | 1 => MonoStep::Note(Key::clamped(48 + key / 5 * 5)),
            2 if melody.sounding().is_some() => MonoStep::Rest,
            _ => MonoStep::Continue,
        };
        melody.events.push(event);
    }
    melody
}

/// What the net says of a melody in training is what its player says, event by event. `chances`: of the probabilities of
/// the classes, and the events so far.
fn plays_as_it_learns<L: Learner>(
    learner: &L,
    melody: &Melody,
    first: usize,
    happens: impl Fn(&MonoStep) -> bool,
    chances: impl Fn(&[f32], &[MonoStep]) -> Chances,
) {
    let device = Device::flex();
    let net = net(learner, &device);
    let sequence = learner.encode(melody);
    let width = learner.inputs();
    let inputs = sequence.inputs.iter().map(|sparse| {
        let mut row = vec![0.0; width];
        sparse.iter().for_each(|&(at, value)| row[at] = value);
        tensor(row, width, &device)
    });
    let probs = row(softmax(net.logits(inputs.collect()), 1));
    let mut rows = probs.chunks_exact(learner.classes()).skip(first);
    let model = learner.model(&net);
    let mut reader = model.reader(melody.bar, 0);
    let mut compared = 0;
    for (at, event) in melody.events.iter().enumerate() {
        reader.hear(*event);
        if !happens(event) || at + 1 == melody.events.len() {
            continue;
        }
        let expected = chances(rows.next().expect("a row for each event"), &melody.events[..=at]);
        let found = reader.chances();
        let near = |a: f32, b: f32| (a - b).abs() <= 1e-5;
        let right = found.notes.iter().zip(&expected.notes).all(|(&a, &b)| near(a, b));
        assert!(
            right && near(found.hold, expected.hold) && near(found.rest, expected.rest),
            "{learner:?}, event {at}: {found:?}, not {expected:?}"
        );
        compared += 1;
    }
    assert!(compared > 4, "{compared} events of {}", melody.events.len());
}

/// The chances of these probabilities, which need not sum to 1: hold, rest, and the keys from `low` up.
fn shared(hold: f32, rest: f32, keys: &[f32], low: u8) -> Chances {
    let total = hold + rest + keys.iter().sum::<f32>();
    let mut chances = Chances { hold: hold / total, rest: rest / total, ..Chances::NONE };
    for (note, key) in chances.notes[usize::from(low)..].iter_mut().zip(keys) {
        *note = key / total;
    }
    chances
}

#[test]
fn a_net_plays_as_it_learns() {
    for (seed, bar) in [(1, 16), (2, 12), (3, 7)] {
        let melody = wild(seed, bar, 5);
        for form in [MelodyRnnForm::Basic, MelodyRnnForm::Mono, MelodyRnnForm::Lookback, MelodyRnnForm::Attention] {
            let config = rnn(form, &[6, 5]);
            let encoding = config.encoding();
            plays_as_it_learns(&config, &melody, 0, |_| true, |probs, events| encoding.chances(probs, events, bar));
        }
        let lstm = MelodyLstmConfig { units: 5, ..MelodyLstmConfig::default() };
        let of_symbols = |probs: &[f32], _: &[MonoStep]| {
            let keys = &probs[..melody_lstm::HOLD];
            shared(probs[melody_lstm::HOLD], probs[melody_lstm::REST], keys, melody_lstm::FIVE_OCTAVES.low.get())
        };
        plays_as_it_learns(&lstm, &melody, melody_lstm::WINDOW, |_| true, of_symbols);
        let of_notes =
            |probs: &[f32], _: &[MonoStep]| shared(0.0, 0.0, &probs[..plain_rnn::START], plain_rnn::PIANO.low.get());
        let notes = |event: &MonoStep| matches!(event, MonoStep::Note(_));
        plays_as_it_learns(&PlainRnnConfig { units: 4 }, &melody, 1, notes, of_notes);
    }
}
