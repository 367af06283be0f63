//! A plain RNN at play.

use std::sync::Arc;

use super::config::{CLASSES, END, PIANO, START, class};
use super::net::PlainRnn;
use crate::music::band::KeyRange;
use crate::music::measure::MonoStep;
use crate::systems::melody::model::softmax;
use crate::systems::melody::{Chances, MelodyModel, Reader};
use crate::systems::nn::arithmetic::{add_rows, dense, tanh};
use crate::systems::nn::rows::named;
use crate::systems::nn::{NamedTensor, get_weights};
use crate::systems::system::Parts;

/// A trained plain RNN: see [`PlainRnn`] for its matrices.
#[derive(Clone, Debug)]
pub struct PlainRnnModel {
    weights: Vec<NamedTensor>,
    input: Arc<[f32]>,
    recurrent: Arc<[f32]>,
    output: Arc<[f32]>,
}

impl PlainRnnModel {
    /// This net, ready to play.
    #[must_use]
    pub fn new(net: &PlainRnn) -> Self {
        let weights = get_weights(net);
        let [input, recurrent, output] = ["input", "recurrent", "output"].map(|name| named(&weights, name));
        Self { weights, input, recurrent, output }
    }
}

impl MelodyModel for PlainRnnModel {
    fn parts(&self) -> Parts {
        Parts { weights: self.weights.clone(), counts: None }
    }

    fn range(&self) -> KeyRange {
        PIANO
    }

    fn keyed(&self) -> bool {
        true
    }

    fn pitches_only(&self) -> bool {
        true
    }

    fn reader(&self, _: usize, _: usize) -> Box<dyn Reader + '_> {
        let state = vec![0.0; self.output.len() / CLASSES];
        let mut reader = NoteReader { model: self, state };
        reader.step(START);
        Box::new(reader)
    }
}

/// A plain RNN in the midst of a melody.
#[derive(Clone)]
struct NoteReader<'a> {
    model: &'a PlainRnnModel,
    state: Vec<f32>,
}

impl NoteReader<'_> {
    fn step(&mut self, class: usize) {
        let mut sums = vec![0.0; self.state.len()];
        add_rows(std::iter::once((class, 1.0)), &self.model.input, &mut sums);
        add_rows(dense(&self.state), &self.model.recurrent, &mut sums);
        self.state.iter_mut().zip(sums).for_each(|(state, sum)| *state = tanh(sum));
    }
}

impl Reader for NoteReader<'_> {
    fn hear(&mut self, event: MonoStep) {
        if let MonoStep::Note(key) = event {
            self.step(class(key));
        }
    }

    /// The chances of the next note, if there is one: a melody neither starts again nor ends here.
    fn chances(&self) -> Chances {
        let mut logits = vec![0.0; CLASSES];
        add_rows(dense(&self.state), &self.model.output, &mut logits);
        logits.truncate(START.min(END));
        softmax(&mut logits);
        let mut chances = Chances::NONE;
        let low = usize::from(PIANO.low.get());
        chances.notes[low..low + logits.len()].copy_from_slice(&logits);
        chances
    }

    fn fork<'f>(&self) -> Box<dyn Reader + 'f>
    where
        Self: 'f,
    {
        Box::new(self.clone())
    }
}
