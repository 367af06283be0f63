//! A trained harmony net.

use super::believer::{self, Believed, Believer, RowBeliever};
use super::classes::{CHORD_CLASSES, softmax};
use super::config::HarmonyConfig;
use super::features::Half;
use super::harmoniser;
use super::imaginer::{self, imagining};
use super::namer::{self, Namer, RowNamer};
use super::net::HarmonyNet;
use super::opinions::Opinions;
use super::pointer::RowPointer;
use super::story::{Asked, ChordQuestion, Story};
use super::two_layers::{RowTwoLayers, TwoLayers};
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
    harmoniser: Option<RowTwoLayers>,
    namer: Option<RowNamer>,
    believer: Option<RowBeliever>,
    imaginer: Option<RowTwoLayers>,
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
        let two_layers = |part, sizes| RowTwoLayers::new(&weights, part, sizes);
        let harmonises = config.harmonises;
        let harmoniser = (harmonises > 0).then(|| two_layers(harmoniser::PART, harmoniser::sizes(harmonises)));
        let namer = (config.names > 0).then(|| RowNamer::new(&weights, config.names));
        let believer = (config.believes > 0).then(|| RowBeliever::new(&weights, config.believes));
        let imagines = config.imagines;
        let imaginer = (imagines > 0).then(|| two_layers(imaginer::PART, imaginer::sizes(imagines)));
        Self { spec, config, weights, layers, head, pointer, harmoniser, namer, believer, imaginer }
    }

    /// The same net with this namer, which has so many units each way; it has no harmoniser any more.
    #[must_use]
    pub fn with_namer(&self, net: &Namer, units: usize) -> Self {
        let config = HarmonyConfig { names: units, harmonises: 0, ..self.config.clone() };
        self.with_part(namer::PART, &[namer::PART, harmoniser::PART], get_weights(net), config)
    }

    /// The same net with this believer, which has so many units.
    #[must_use]
    pub fn with_believer(&self, net: &Believer, units: usize) -> Self {
        let config = HarmonyConfig { believes: units, ..self.config.clone() };
        self.with_part(believer::PART, &[believer::PART], get_weights(net), config)
    }

    /// The same net with this imaginer, whose layers have so many units.
    #[must_use]
    pub fn with_imaginer(&self, net: &TwoLayers, units: usize) -> Self {
        let config = HarmonyConfig { imagines: units, ..self.config.clone() };
        self.with_part(imaginer::PART, &[imaginer::PART], get_weights(net), config)
    }

    /// The same net with this part, whose weights are these, in place of those that go.
    fn with_part(&self, part: &str, gone: &[&str], weights: Vec<NamedTensor>, config: HarmonyConfig) -> Self {
        let stays = |weight: &&NamedTensor| !gone.iter().any(|part| weight.is_within(part));
        let part = weights.into_iter().map(|weight| weight.within(part));
        let weights = self.weights.iter().filter(stays).cloned().chain(part).collect();
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
        self.imaginer.as_ref().map(|imaginer| {
            let shares = imaginer.chances(&imagining(story, asked, believed));
            std::array::from_fn(|class| shares[class])
        })
    }

    /// Which chords what was heard may have, as its namer says, or in files of before its harmoniser; `None`: it has neither.
    pub(super) fn opinions<'a>(&'a self, story: &'a Story) -> Option<Opinions<'a>> {
        let of_namer = self.namer.as_ref().map(|namer| Opinions::of_namer(namer, story));
        of_namer.or_else(|| self.harmoniser.as_ref().map(|harmoniser| Opinions::of_harmoniser(harmoniser, story)))
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
