//! A Melody LSTM at play.

use super::config::{FIVE_OCTAVES, HOLD, REST, SLASH, SYMBOLS, Scribe, WINDOW};
use super::net::MelodyLstm;
use crate::music::band::KeyRange;
use crate::music::measure::MonoStep;
use crate::systems::melody::model::softmax;
use crate::systems::melody::{Chances, MelodyModel, Reader};
use crate::systems::nn::arithmetic::dense;
use crate::systems::nn::rows::{RowLinear, RowLstm, RowState};
use crate::systems::nn::{NamedTensor, get_weights};
use crate::systems::system::Parts;

/// A trained Melody LSTM.
#[derive(Clone, Debug)]
pub struct MelodyLstmModel {
    weights: Vec<NamedTensor>,
    lstm: RowLstm,
    head: RowLinear,
    /// After the 64 `/` before a song.
    start: RowState,
}

impl MelodyLstmModel {
    /// This net, ready to play.
    #[must_use]
    pub fn new(net: &MelodyLstm) -> Self {
        let weights = get_weights(net);
        let lstm = RowLstm::new(&weights, "lstm");
        let mut start = lstm.start();
        (0..WINDOW).for_each(|_| lstm.step(std::iter::once((SLASH, 1.0)), &mut start));
        Self { head: RowLinear::new(&weights, "head", SYMBOLS), lstm, start, weights }
    }
}

impl MelodyModel for MelodyLstmModel {
    fn parts(&self) -> Parts {
        Parts { weights: self.weights.clone(), counts: None }
    }

    fn range(&self) -> KeyRange {
        FIVE_OCTAVES
    }

    fn keyed(&self) -> bool {
        true
    }

    fn reader(&self, _: usize, _: usize) -> Box<dyn Reader + '_> {
        Box::new(SymbolReader { model: self, state: self.start.clone(), scribe: Scribe::default() })
    }
}

/// A Melody LSTM in the midst of a melody.
#[derive(Clone)]
struct SymbolReader<'a> {
    model: &'a MelodyLstmModel,
    state: RowState,
    scribe: Scribe,
}

impl Reader for SymbolReader<'_> {
    fn hear(&mut self, event: MonoStep) {
        let symbol = self.scribe.symbol(event);
        self.model.lstm.step(std::iter::once((symbol, 1.0)), &mut self.state);
    }

    /// The chances of the next event, if there is one: a band does not end its song here.
    fn chances(&self) -> Chances {
        let mut logits = self.model.head.forward(dense(&self.state.hidden));
        logits.truncate(SLASH);
        softmax(&mut logits);
        let mut chances = Chances { hold: logits[HOLD], rest: logits[REST], ..Chances::NONE };
        let low = usize::from(FIVE_OCTAVES.low.get());
        chances.notes[low..low + HOLD].copy_from_slice(&logits[..HOLD]);
        chances
    }

    fn fork<'f>(&self) -> Box<dyn Reader + 'f>
    where
        Self: 'f,
    {
        Box::new(self.clone())
    }
}
