//! A trained drummer.

use std::sync::Arc;

use super::blows::{Blow, NO_BLOWS, StepBlows};
use super::config::DrummerConfig;
use super::features::{DRUM_INPUTS, StepScene};
use super::feel::{FEEL, Feel, FeelOf};
use super::net::{DrummerNet, LOUDNESSES, OFFSETS};
use super::people::as_weights;
use super::typical::typical;
use crate::music::drums::DRUMS;
use crate::random::Rng;
use crate::systems::nn::arithmetic::dense;
use crate::systems::nn::rows::{RowLinear, RowLstm, RowState, named};
use crate::systems::nn::{NamedTensor, get_weights};

/// A trained net with what it needs to be played: shared by all that play it.
#[derive(Debug)]
pub struct TrainedDrummer {
    /// The net's form.
    pub config: DrummerConfig,
    /// How the people play whose takes were learnt.
    pub feels: Vec<FeelOf>,
    pub(super) weights: Vec<NamedTensor>,
    /// How far people differ in each figure of their feels, as a standard deviation.
    pub(super) spread: [f32; FEEL],
    /// How readily each feel is drawn where its style is asked for.
    pub(super) typical: Vec<f32>,
    layers: Vec<RowLstm>,
    hits: RowLinear,
    hits_given: Arc<[f32]>,
    loudness: RowLinear,
    loudness_given: Arc<[f32]>,
    offset: RowLinear,
    offset_given: Arc<[f32]>,
}

/// A place in a row of steps.
#[derive(Clone, Debug)]
pub struct DrummerState {
    layers: Vec<RowState>,
    row: Vec<f32>,
}

/// How a step is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draw {
    /// 0 strikes what is likelier than not; 1 is as various as the takes.
    pub(super) temperature: f32,
    /// What is added to the logit of each drum.
    pub(super) lean: [f32; DRUMS],
}

impl TrainedDrummer {
    /// A net of this form, ready to be shared.
    #[must_use]
    pub fn new(config: DrummerConfig, net: &DrummerNet, feels: Vec<FeelOf>) -> Self {
        let mut weights = get_weights(net);
        let layers = (0..config.units.len()).map(|layer| RowLstm::new(&weights, &format!("layers.{layer}"))).collect();
        let hits = RowLinear::new(&weights, "hits", DRUMS);
        let loudness = RowLinear::new(&weights, "loudness", DRUMS * LOUDNESSES);
        let offset = RowLinear::new(&weights, "offset", DRUMS * OFFSETS);
        let given = |name: &str| named(&weights, name);
        let (hits_given, loudness_given) = (given("hits_given"), given("loudness_given"));
        let offset_given = given("offset_given");
        weights.extend(as_weights(&feels));
        let spread = Feel::spread(&feels);
        let typical = typical(&feels, &spread);
        Self {
            config,
            feels,
            weights,
            spread,
            typical,
            layers,
            hits,
            hits_given,
            loudness,
            loudness_given,
            offset,
            offset_given,
        }
    }

    /// Before the first step.
    #[must_use]
    pub fn start(&self) -> DrummerState {
        DrummerState { layers: self.layers.iter().map(RowLstm::start).collect(), row: vec![0.0; DRUM_INPUTS] }
    }

    /// Reads what is known at a step.
    pub fn read(&self, scene: &StepScene<'_>, state: &mut DrummerState) {
        let DrummerState { layers, row } = state;
        scene.write(row);
        for (at, layer) in self.layers.iter().enumerate() {
            let (below, rest) = layers.split_at_mut(at);
            let Some(here) = rest.first_mut() else { continue };
            layer.step(dense(below.last().map_or(&row[..], |below| &below.hidden)), here);
        }
    }

    /// What the net says of the step that was read last, given what is struck there, as logits: whether each drum is,
    /// `[DRUMS]`; how loud, `[DRUMS · LOUDNESSES]`; where, `[DRUMS · OFFSETS]`.
    #[must_use]
    pub fn logits(&self, state: &DrummerState, blows: &StepBlows) -> [Vec<f32>; 3] {
        let struck = blows.map(|blow| f32::from(u8::from(blow.loud > 0.0)));
        let loud = blows.map(|blow| blow.loud);
        let beside = blows.map(|blow| if blow.loud > 0.0 { blow.beside } else { 0.0 });
        let all = |base: &[f32], given: &[f32], known: &[f32; DRUMS], width: usize| {
            (0..DRUMS).flat_map(|drum| one_drum(base, given, drum, width, |before| known[before])).collect()
        };
        let hits = self.hits.forward(heard_and(state, []));
        let loudness = self.loudness.forward(heard_and(state, struck));
        let offset = self.offset.forward(heard_and(state, struck.into_iter().chain(loud)));
        [
            all(&hits, &self.hits_given, &struck, 1),
            all(&loudness, &self.loudness_given, &loud, LOUDNESSES),
            all(&offset, &self.offset_given, &beside, OFFSETS),
        ]
    }

    /// Draws what is struck at the step that was read last. `None` where the net's numbers are none.
    pub(super) fn draw(&self, state: &DrummerState, draw: Draw, rng: &mut Rng) -> Option<StepBlows> {
        let mut struck = [0.0; DRUMS];
        let base = self.hits.forward(heard_and(state, []));
        for drum in 0..DRUMS {
            let logit = one_drum(&base, &self.hits_given, drum, 1, |before| struck[before])[0];
            if !logit.is_finite() {
                return None;
            }
            let logit = logit + draw.lean[drum];
            let is_struck = if draw.temperature > 0.0 {
                rng.unit() < 1.0 / (1.0 + (-logit / draw.temperature).exp())
            } else {
                logit > 0.0
            };
            struck[drum] = f32::from(u8::from(is_struck));
        }
        let mut blows = NO_BLOWS;
        if struck == [0.0; DRUMS] {
            return Some(blows);
        }
        let base = self.loudness.forward(heard_and(state, struck));
        for drum in (0..DRUMS).filter(|&drum| struck[drum] > 0.0) {
            let part = one_drum(&base, &self.loudness_given, drum, LOUDNESSES, |before| blows[before].loud);
            blows[drum].loud = drawn(&part, rng)?.clamp(1.0 / 127.0, 1.0);
        }
        let loud = blows.map(|blow| blow.loud);
        let base = self.offset.forward(heard_and(state, struck.into_iter().chain(loud)));
        for drum in (0..DRUMS).filter(|&drum| struck[drum] > 0.0) {
            let part = one_drum(&base, &self.offset_given, drum, OFFSETS, |before| blows[before].beside);
            blows[drum].beside = drawn(&part, rng)? - 0.5;
        }
        Some(blows)
    }
}

/// What the last layer says, then what the first reads, then these numbers, each with its place.
fn heard_and(state: &DrummerState, numbers: impl IntoIterator<Item = f32>) -> impl Iterator<Item = (usize, f32)> {
    let hidden = state.layers.last().map_or(&[][..], |state| &state.hidden);
    hidden.iter().chain(&state.row).copied().chain(numbers).enumerate()
}

/// The logits of one drum, given those before it.
fn one_drum(base: &[f32], given: &[f32], drum: usize, width: usize, known: impl Fn(usize) -> f32) -> Vec<f32> {
    let mut part = base[drum * width..(drum + 1) * width].to_vec();
    for before in 0..drum {
        let known = known(before);
        let row = &given[(before * DRUMS + drum) * width..(before * DRUMS + drum + 1) * width];
        part.iter_mut().zip(row).for_each(|(out, weight)| *out += known * weight);
    }
    part
}

/// A number of 0 to 1, drawn from the parts into which that is divided.
#[expect(clippy::cast_precision_loss, reason = "few parts")]
fn drawn(logits: &[f32], rng: &mut Rng) -> Option<f32> {
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let weights: Vec<f32> = logits.iter().map(|logit| (logit - highest).exp()).collect();
    let part = rng.weighted(&weights)?;
    Some((part as f32 + rng.unit()) / logits.len() as f32)
}

/// What is struck, from which the net learns and by which it is examined: which, how loud (in parts), where (in parts).
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "clamped to the parts"
)]
pub fn parts(blow: &Blow) -> Option<(usize, usize)> {
    let part = |share: f32, many: usize| ((share * many as f32) as usize).min(many - 1);
    (blow.loud > 0.0).then(|| (part(blow.loud, LOUDNESSES), part(blow.beside + 0.5, OFFSETS)))
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Tensor, TensorData};

    use super::super::DrumStyle;
    use super::super::features::UserStep;
    use super::*;
    use crate::systems::nn::{numbers, set_weights};

    fn config() -> DrummerConfig {
        DrummerConfig { units: vec![6, 5], dropout: 0.0 }
    }

    /// A net all of whose weights are something, those too that begin as 0.
    fn net(rng: &mut Rng) -> DrummerNet {
        let net = DrummerNet::new(&config(), &Device::flex());
        let mut weights = get_weights(&net);
        weights.iter_mut().flat_map(NamedTensor::values_mut).for_each(|value| *value = 0.4 * rng.normal());
        set_weights(net, &weights).expect("its own weights")
    }

    fn some_blows(rng: &mut Rng) -> StepBlows {
        NO_BLOWS.map(|rest| match rng.unit() {
            x if x < 0.4 => Blow { loud: 0.1 + 0.8 * rng.unit(), beside: rng.unit() - 0.5 },
            _ => rest,
        })
    }

    /// Worked by hand: a part of which nothing is said has the logits 1 and 2; one drum before it is 0.5 loud and adds
    /// 0.5 · (4, −2) = (2, −1); the second before it is silent. So 3 and 1.
    #[test]
    fn a_drum_is_given_those_before_it_and_none_after() {
        let base = [9.0, 9.0, 9.0, 9.0, 1.0, 2.0];
        let mut given = vec![100.0; DRUMS * DRUMS * 2];
        given[4..6].copy_from_slice(&[4.0, -2.0]);
        let found = one_drum(&base, &given, 2, 2, |before| if before == 0 { 0.5 } else { 0.0 });
        assert_eq!(found, [3.0, 1.0]);
    }

    #[test]
    fn played_step_by_step_the_net_says_what_it_says_as_it_is_trained() {
        let mut rng = Rng::new(3);
        let net = net(&mut rng);
        let played = TrainedDrummer::new(config(), &net, Vec::new());
        let steps: Vec<StepBlows> = (0..5).map(|_| some_blows(&mut rng)).collect();
        let feel = Feel(std::array::from_fn(|_| rng.normal()));
        let (mut state, mut rows, mut said) = (played.start(), Vec::new(), [Vec::new(), Vec::new(), Vec::new()]);
        for (step, blows) in (0..5).zip(&steps) {
            let scene = StepScene {
                before: &steps[(usize::from(step) + 2) % 5],
                ago: [None, Some(&steps[1]), Some(&steps[2])],
                after: None,
                step,
                steps: 16,
                phrase: 3,
                style: Some(DrumStyle::Funk),
                feel: Some(&feel),
                tempo: 93.0,
                fill: false,
                filled: true,
                user: Some(UserStep { now: 0.5, next: 0.0, density: 0.25, loudness: 0.7 }),
                bass: Some((true, false)),
                chords: None,
            };
            let mut row = vec![0.0; DRUM_INPUTS];
            scene.write(&mut row);
            rows.extend(row);
            played.read(&scene, &mut state);
            said.iter_mut().zip(played.logits(&state, blows)).for_each(|(all, one)| all.extend(one));
        }
        let tensor = |of: &dyn Fn(&Blow) -> f32| {
            let numbers: Vec<f32> = steps.iter().flatten().map(of).collect();
            Tensor::from_data(TensorData::new(numbers, [5, DRUMS]), &Device::flex())
        };
        let inputs = Tensor::from_data(TensorData::new(rows, [5, DRUM_INPUTS]), &Device::flex());
        let struck = tensor(&|blow| f32::from(u8::from(blow.loud > 0.0)));
        let learnt = net.forward(inputs, &struck, &tensor(&|blow| blow.loud), &tensor(&|blow| blow.beside), 1);
        let learnt = [learnt.hits, learnt.loudness, learnt.offset].map(numbers);
        for (said, learnt) in said.iter().zip(&learnt) {
            assert_eq!(said.len(), learnt.len());
            for (a, b) in said.iter().zip(learnt) {
                assert!((a - b).abs() < 1e-4, "{a} and {b}");
            }
        }
    }

    #[test]
    fn loudness_and_place_come_back_from_their_parts() {
        let blow = Blow { loud: 100.0 / 127.0, beside: 0.26 };
        assert_eq!(parts(&blow), Some((12, 18)));
        assert_eq!(parts(&Blow { loud: 1.0, beside: -0.5 }), Some((LOUDNESSES - 1, 0)));
        assert_eq!(parts(&NO_BLOWS[0]), None);
        let mut logits = vec![-50.0; OFFSETS];
        logits[18] = 50.0;
        let found = drawn(&logits, &mut Rng::new(1)).expect("numbers") - 0.5;
        assert!((0.25..0.2917).contains(&found), "{found}");
        assert_eq!(drawn(&[f32::NAN; 4], &mut Rng::new(1)), None);
    }
}
