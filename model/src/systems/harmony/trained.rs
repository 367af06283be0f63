//! A trained harmony net.

use super::classes::CHORD_CLASSES;
use super::config::HarmonyConfig;
use super::features::Half;
use super::net::HarmonyNet;
use crate::music::band::BandSpec;
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
}

/// A place in a row of half measures.
#[derive(Clone, Debug)]
pub struct HarmonyState(Vec<RowState>);

impl TrainedHarmony {
    /// A net of this form, ready to be shared.
    #[must_use]
    pub fn new(spec: BandSpec, config: HarmonyConfig, net: &HarmonyNet) -> Self {
        let weights = get_weights(net);
        let layers = (0..config.units.len()).map(|layer| RowLstm::new(&weights, &format!("layers.{layer}"))).collect();
        let head = RowLinear::new(&weights, "head", CHORD_CLASSES);
        Self { spec, config, weights, layers, head }
    }

    /// Before the first half measure.
    #[must_use]
    pub fn start(&self) -> HarmonyState {
        HarmonyState(self.layers.iter().map(RowLstm::start).collect())
    }

    /// Reads a half measure.
    pub fn read(&self, half: &Half<'_>, state: &mut HarmonyState) {
        let numbers = half.numbers();
        let mut below: Option<Vec<f32>> = None;
        for (layer, state) in self.layers.iter().zip(&mut state.0) {
            layer.step(dense(below.as_deref().unwrap_or(&numbers)), state);
            below = Some(state.hidden.clone());
        }
    }

    /// How likely each chord is in the half measure that was read last: `[CHORD_CLASSES]`.
    #[must_use]
    pub fn chances(&self, state: &HarmonyState) -> Vec<f32> {
        let last = state.0.last().map_or(&[][..], |state| &state.hidden);
        let mut chances = self.head.forward(dense(last));
        let highest = chances.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        chances.iter_mut().for_each(|logit| *logit = (*logit - highest).exp());
        let total: f32 = chances.iter().sum();
        chances.iter_mut().for_each(|chance| *chance /= total);
        chances
    }
}
