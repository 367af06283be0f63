//! A trained harmony net.

use super::believer::{self, Believed, Believer, RowBeliever};
use super::classes::{CHORD_CLASSES, softmax};
use super::config::HarmonyConfig;
use super::features::Half;
use super::harmoniser::{self, Harmoniser, RowHarmoniser};
use super::imaginer::{self, Imaginer, RowImaginer, imagining};
use super::net::HarmonyNet;
use super::pointer::RowPointer;
use super::story::{Asked, ChordQuestion, Story};
use crate::music::band::BandSpec;
use crate::rules::loop_lag::Lag;
use crate::systems::nn::arithmetic::dense;
use crate::systems::nn::rows::{RowLinear, RowLstm, RowState};
use crate::systems::nn::{NamedTensor, get_weights};

/// A trained net with what it needs to be read: shared by all that ask it.
#[derive(Debug)]
pub struct TrainedHarmony {
    /// The band whose chords it learnt.
    pub spec: BandSpec,
    /// The net's form.
    pub config: HarmonyConfig,
    pub(super) weights: Vec<NamedTensor>,
    layers: Vec<RowLstm>,
    head: RowLinear,
    pointer: Option<RowPointer>,
    harmoniser: Option<RowHarmoniser>,
    believer: Option<RowBeliever>,
    imaginer: Option<RowImaginer>,
}

/// How far each lag is believed, by this net; without one, by the rule: see [`TrainedHarmony::believed`].
#[must_use]
pub fn believed_by(net: Option<&TrainedHarmony>, newest: usize, ahead: usize, alike: &[Vec<f32>]) -> Believed {
    let by_rule = || Believed::by_rule(newest, ahead, alike);
    net.map_or_else(by_rule, |net| net.believed(newest, ahead, alike))
}

/// A place in a row of half measures.
#[derive(Clone, Debug)]
pub struct HarmonyState(Vec<RowState>);

impl TrainedHarmony {
    /// A net of this form, ready to be shared.
    #[must_use]
    pub fn new(spec: BandSpec, config: HarmonyConfig, net: &HarmonyNet) -> Self {
        Self::of_weights(spec, config, get_weights(net))
    }

    fn of_weights(spec: BandSpec, config: HarmonyConfig, weights: Vec<NamedTensor>) -> Self {
        let layers = (0..config.units.len()).map(|layer| RowLstm::new(&weights, &format!("layers.{layer}"))).collect();
        let head = RowLinear::new(&weights, "head", CHORD_CLASSES);
        let pointer = config.copies.then(|| RowPointer::new(&weights));
        let harmoniser = (config.harmonises > 0).then(|| RowHarmoniser::new(&weights, config.harmonises));
        let believer = (config.believes > 0).then(|| RowBeliever::new(&weights, config.believes));
        let imaginer = (config.imagines > 0).then(|| RowImaginer::new(&weights, config.imagines));
        Self { spec, config, weights, layers, head, pointer, harmoniser, believer, imaginer }
    }

    /// The same net with this harmoniser, whose layers have so many units.
    #[must_use]
    pub fn with_harmoniser(&self, net: &Harmoniser, units: usize) -> Self {
        let mut weights: Vec<NamedTensor> =
            self.weights.iter().filter(|weight| !harmoniser::is_own(&weight.name)).cloned().collect();
        weights.extend(harmoniser::named(get_weights(net)));
        let config = HarmonyConfig { harmonises: units, ..self.config.clone() };
        Self::of_weights(self.spec.clone(), config, weights)
    }

    /// The same net with this believer, which has so many units.
    #[must_use]
    pub fn with_believer(&self, net: &Believer, units: usize) -> Self {
        let mut weights: Vec<NamedTensor> =
            self.weights.iter().filter(|weight| !believer::is_own(&weight.name)).cloned().collect();
        weights.extend(believer::named(get_weights(net)));
        let config = HarmonyConfig { believes: units, ..self.config.clone() };
        Self::of_weights(self.spec.clone(), config, weights)
    }

    /// The same net with this imaginer, whose layers have so many units.
    #[must_use]
    pub fn with_imaginer(&self, net: &Imaginer, units: usize) -> Self {
        let mut weights: Vec<NamedTensor> =
            self.weights.iter().filter(|weight| !imaginer::is_own(&weight.name)).cloned().collect();
        weights.extend(imaginer::named(get_weights(net)));
        let config = HarmonyConfig { imagines: units, ..self.config.clone() };
        Self::of_weights(self.spec.clone(), config, weights)
    }

    /// How far each lag is believed after what was heard up to measure `newest`, where `alike` says how alike what the user
    /// plays is: `[a][b ≤ a]`. Files of before have no believer, and go by the rule.
    #[must_use]
    pub fn believed(&self, newest: usize, ahead: usize, alike: &[Vec<f32>]) -> Believed {
        let by_rule = || Believed::by_rule(newest, ahead, alike);
        self.believer.as_ref().map_or_else(by_rule, |believer| believer.believed(newest, ahead, alike))
    }

    /// How much of the user's time in this half measure each pitch class is expected to have, 1 together, where so far each lag is
    /// believed; `None`: files of before have no imaginer.
    #[must_use]
    pub fn imagined(&self, story: &Story, asked: &Asked, believed: &[(Lag, f32)]) -> Option<[f32; 12]> {
        self.imaginer.as_ref().map(|imaginer| imaginer.shares(&imagining(story, asked, believed)))
    }

    /// How likely each chord is where the user plays this, as its harmoniser says: `[CHORD_CLASSES]`; `None`: it has none.
    #[must_use]
    pub fn harmonised(&self, surroundings: &[f32]) -> Option<Vec<f32>> {
        self.harmoniser.as_ref().map(|harmoniser| harmoniser.chances(surroundings))
    }

    /// The same net with this temperature, which falls so fast: see [`HarmonyConfig::cooling`].
    #[must_use]
    pub fn with_temperature(&self, temperature: f32, cooling: f32) -> Self {
        let config = HarmonyConfig { temperature, cooling, ..self.config.clone() };
        Self::of_weights(self.spec.clone(), config, self.weights.clone())
    }

    /// Before the first half measure.
    #[must_use]
    pub fn start(&self) -> HarmonyState {
        HarmonyState(self.layers.iter().map(RowLstm::start).collect())
    }

    /// Reads a half measure.
    pub fn read(&self, half: &Half<'_>, state: &mut HarmonyState) {
        self.step(&half.numbers(), state);
    }

    fn step(&self, numbers: &[f32], state: &mut HarmonyState) {
        let mut below: Option<Vec<f32>> = None;
        for (layer, state) in self.layers.iter().zip(&mut state.0) {
            layer.step(dense(below.as_deref().unwrap_or(numbers)), state);
            below = Some(state.hidden.clone());
        }
    }

    /// Reads a half measure as a net that copies is asked for it, and says how likely each chord is there:
    /// `[CHORD_CLASSES]`. `None`: this net copies nothing.
    pub fn answer(&self, question: &ChordQuestion, state: &mut HarmonyState) -> Option<Vec<f32>> {
        let pointer = self.pointer.as_ref()?;
        self.step(&question.inputs, state);
        let last = state.0.last().map_or(&[][..], |state| &state.hidden);
        let logits = self.head.forward(dense(last));
        Some(pointer.chances(last, logits, &question.near, (&question.places, &question.chords)))
    }

    /// Reads a half measure that is no question.
    pub fn pass(&self, question: &ChordQuestion, state: &mut HarmonyState) {
        self.step(&question.inputs, state);
    }

    /// Chances as sure as they are right, where chords were heard, after so many measures.
    pub(super) fn tempered(&self, mut chances: Vec<f32>, measures: usize) -> Vec<f32> {
        let temperature = self.config.temperature_after(measures);
        if (temperature - 1.0).abs() > f32::EPSILON {
            chances.iter_mut().for_each(|chance| *chance = chance.max(1e-9).ln() / temperature);
            softmax(&mut chances);
        }
        chances
    }

    /// How likely each chord is in the half measure that was read last: `[CHORD_CLASSES]`.
    #[must_use]
    pub fn chances(&self, state: &HarmonyState) -> Vec<f32> {
        let last = state.0.last().map_or(&[][..], |state| &state.hidden);
        let mut chances = self.head.forward(dense(last));
        softmax(&mut chances);
        chances
    }
}
