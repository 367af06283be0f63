//! A Melody RNN at play: the same net as plain loops.

use std::collections::VecDeque;
use std::sync::Arc;

use super::config::MelodyRnnConfig;
use super::encoding::Encoding;
use super::form::MelodyRnnForm;
use super::net::MelodyRnn;
use crate::music::band::KeyRange;
use crate::music::measure::MonoStep;
use crate::systems::melody::model::{self, softmax};
use crate::systems::melody::{Chances, Learner, MelodyModel, Reader};
use crate::systems::nn::arithmetic::{add_product, compare, dense};
use crate::systems::nn::rows::{RowLinear, RowLstm, RowState, named};
use crate::systems::nn::{NamedTensor, get_weights};
use crate::systems::system::Parts;

/// A net of at most this many products a step reads its whole context in time: measured, ten measures of it take about
/// 20 ms.
const CHEAP: usize = 600_000;

/// A trained Melody RNN.
#[derive(Clone, Debug)]
pub struct MelodyRnnModel {
    config: MelodyRnnConfig,
    weights: Vec<NamedTensor>,
    layers: Vec<RowLstm>,
    attention: Option<RowAttention>,
    head: RowLinear,
}

/// The attention's weights: see [`super::net::Attention`].
#[derive(Clone, Debug)]
struct RowAttention {
    keys: Arc<[f32]>,
    query: Arc<[f32]>,
    score: Arc<[f32]>,
    length: usize,
}

impl MelodyRnnModel {
    /// This net of this form, ready to play.
    #[must_use]
    pub fn new(config: MelodyRnnConfig, net: &MelodyRnn) -> Self {
        let weights = get_weights(net);
        let attention = (config.form == MelodyRnnForm::Attention).then(|| RowAttention {
            keys: named(&weights, "attention.keys.weight"),
            query: named(&weights, "attention.query.weight"),
            score: named(&weights, "attention.score.weight"),
            length: config.attention_length,
        });
        Self {
            layers: (0..config.units.len()).map(|layer| RowLstm::new(&weights, &format!("layers.{layer}"))).collect(),
            attention,
            head: RowLinear::new(&weights, "head", config.classes()),
            config,
            weights,
        }
    }
}

impl MelodyModel for MelodyRnnModel {
    fn parts(&self) -> Parts {
        Parts { weights: self.weights.clone(), counts: None }
    }

    fn range(&self) -> KeyRange {
        self.config.encoding().range()
    }

    fn keyed(&self) -> bool {
        Learner::keyed(&self.config)
    }

    fn context(&self) -> usize {
        // The two measures that lookbacks reach, and one before.
        (model::CONTEXT * CHEAP / self.config.products().max(1)).clamp(3, model::CONTEXT)
    }

    fn reader(&self, bar: usize, from: usize) -> Box<dyn Reader + '_> {
        Box::new(RnnReader {
            model: self,
            encoding: self.config.encoding(),
            bar,
            from,
            events: Vec::new(),
            states: self.layers.iter().map(RowLstm::start).collect(),
            attended: vec![0.0; self.config.units.last().copied().unwrap_or(1)],
            outputs: VecDeque::new(),
        })
    }
}

/// A Melody RNN in the midst of a melody.
#[derive(Clone)]
struct RnnReader<'a> {
    model: &'a MelodyRnnModel,
    encoding: Encoding,
    bar: usize,
    from: usize,
    events: Vec<MonoStep>,
    states: Vec<RowState>,
    attended: Vec<f32>,
    /// The last outputs with their keys.
    outputs: VecDeque<(Vec<f32>, Vec<f32>)>,
}

impl Reader for RnnReader<'_> {
    fn hear(&mut self, event: MonoStep) {
        self.events.push(event);
        let input = self.encoding.input(&self.events, self.bar, self.from).into_iter();
        let mut layers = self.model.layers.iter().zip(&mut self.states);
        let Some((first, state)) = layers.next() else { return };
        match self.model.attention {
            Some(_) => first.step_joined(input, self.encoding.inputs(), &self.attended, state),
            None => first.step(input, state),
        }
        let mut below = &state.hidden;
        for (layer, state) in layers {
            layer.step_joined(std::iter::empty(), 0, below, state);
            below = &state.hidden;
        }
        if let (Some(attention), Some(state)) = (&self.model.attention, self.states.last()) {
            if !self.outputs.is_empty() {
                self.attended = attention.attend(&self.outputs, &state.cell);
            }
            let mut key = vec![0.0; state.hidden.len()];
            add_product(&state.hidden, &attention.keys, &mut key);
            if self.outputs.len() == attention.length {
                self.outputs.pop_front();
            }
            self.outputs.push_back((state.hidden.clone(), key));
        }
    }

    fn chances(&self) -> Chances {
        let Some(state) = self.states.last() else { return Chances::NONE };
        let hidden = state.hidden.len();
        let attended = self.model.attention.iter().flat_map(|_| dense(&self.attended)).map(|(at, x)| (hidden + at, x));
        let mut probs = self.model.head.forward(dense(&state.hidden).chain(attended));
        softmax(&mut probs);
        self.encoding.chances(&probs, &self.events, self.bar)
    }

    fn fork<'f>(&self) -> Box<dyn Reader + 'f>
    where
        Self: 'f,
    {
        Box::new(self.clone())
    }
}

impl RowAttention {
    fn attend(&self, outputs: &VecDeque<(Vec<f32>, Vec<f32>)>, memory: &[f32]) -> Vec<f32> {
        let mut query = vec![0.0; memory.len()];
        add_product(memory, &self.query, &mut query);
        let mut compared = vec![0.0; memory.len()];
        let score = |(_, key): &(Vec<f32>, Vec<f32>)| {
            compare(key, &query, &self.score, &mut compared);
            compared.iter().sum::<f32>()
        };
        let mut weights: Vec<f32> = outputs.iter().map(score).collect();
        softmax(&mut weights);
        let mut attended = vec![0.0; memory.len()];
        for (weight, (output, _)) in weights.iter().zip(outputs) {
            attended.iter_mut().zip(output).for_each(|(sum, x)| *sum += weight * x);
        }
        attended
    }
}
