//! The Melody LSTM: one layer of 256 units over a melody written in symbols (Velardo 2020, "Generating
//! melodies with RNN-LSTM").
//!
//! A symbol stands for each sixteenth: a key starts a note, `_` holds what goes on, `r` starts a rest; 64 `/` stand
//! between songs. It reads windows of 64 symbols.

mod net;
mod player;

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

pub use net::MelodyLstm;
pub use player::MelodyLstmModel;

use crate::music::band::KeyRange;
use crate::music::measure::MonoStep;
use crate::music::note::Key;
use crate::systems::checks::{self, Refused};
use crate::systems::melody::{Learner, Melody, MelodyForm, MelodyModel, Sequence, learner};
use crate::systems::system::{Parts, PartsError};

/// Five octaves: with the three other symbols, 64.
pub const FIVE_OCTAVES: KeyRange = KeyRange { low: Key::new(36).expect("a key"), high: Key::new(96).expect("a key") };

/// `_`: what goes on goes on. Required by the published encoding.
pub const HOLD: usize = 61;

/// `r`: a rest starts. Required by the published encoding.
pub const REST: usize = 62;

/// `/`: a song is over. Required by the published encoding.
pub const SLASH: usize = 63;

/// All symbols. Required by the published encoding.
pub const SYMBOLS: usize = 64;

/// How many `/` stand before a song, and how long a window is. Required by the published preparation.
pub const WINDOW: usize = 64;

/// The durations, in sixteenths, of the published songs. Required by the published preparation.
const DURATIONS: [usize; 8] = [1, 2, 3, 4, 6, 8, 12, 16];

/// The sizes and switches of a [`MelodyLstm`]; a band file carries them. By default as published.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MelodyLstmConfig {
    /// Hidden units.
    pub units: usize,
    /// Share of the outputs that training drops.
    pub dropout: f64,
    /// It learns from a song only if all its durations are of 1, 2, 3, 4, 6, 8, 12 or 16 sixteenths.
    pub plain_durations: bool,
}

impl Default for MelodyLstmConfig {
    fn default() -> Self {
        Self { units: 256, dropout: 0.2, plain_durations: true }
    }
}

/// Writes a melody down, one event after another: at its start silence is a rest.
#[derive(Clone, Copy, Debug, Default)]
struct Scribe {
    begun: bool,
}

impl Scribe {
    fn symbol(&mut self, event: MonoStep) -> usize {
        let begun = std::mem::replace(&mut self.begun, true);
        match event {
            MonoStep::Note(key) => FIVE_OCTAVES.place(key),
            MonoStep::Continue if begun => HOLD,
            MonoStep::Continue | MonoStep::Rest => REST,
        }
    }
}

/// A melody in symbols.
#[must_use]
pub fn symbols(melody: &Melody) -> Vec<usize> {
    let mut scribe = Scribe::default();
    melody.events.iter().map(|&event| scribe.symbol(event)).collect()
}

impl MelodyForm for MelodyLstmConfig {
    fn check(&self) -> Result<(), Refused> {
        checks::count("units", self.units, 1..=4096)?;
        checks::share("dropout", self.dropout)?;
        learner::check_size(self, "units", self.units)
    }

    fn read(&self, parts: &Parts) -> Result<Box<dyn MelodyModel>, PartsError> {
        learner::read(self, parts)
    }
}

impl Learner for MelodyLstmConfig {
    type Net = MelodyLstm;

    fn init(&self, device: &Device) -> MelodyLstm {
        MelodyLstm::new(self, device)
    }

    fn inputs(&self) -> usize {
        SYMBOLS
    }

    fn classes(&self) -> usize {
        SYMBOLS
    }

    fn keyed(&self) -> bool {
        true
    }

    fn accepts(&self, melody: &Melody) -> bool {
        let changes = (1..melody.events.len()).filter(|&at| melody.events[at] != MonoStep::Continue);
        let bounds: Vec<usize> = std::iter::once(0).chain(changes).chain([melody.events.len()]).collect();
        !self.plain_durations || bounds.windows(2).all(|pair| DURATIONS.contains(&(pair[1] - pair[0])))
    }

    /// 64 `/`, the song, and the `/` after it.
    fn encode(&self, melody: &Melody) -> Sequence {
        let text = [vec![SLASH; WINDOW], symbols(melody), vec![SLASH]].concat();
        Sequence {
            inputs: text[..text.len() - 1].iter().map(|&symbol| vec![(symbol, 1.0)]).collect(),
            labels: text[1..].to_vec(),
        }
    }

    fn model(&self, net: &MelodyLstm) -> Box<dyn MelodyModel> {
        Box::new(MelodyLstmModel::new(net))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use MonoStep::{Continue, Rest};

    fn note(key: i32) -> MonoStep {
        MonoStep::Note(Key::clamped(key))
    }

    /// As `r _ 60 _ _ r 64` is written.
    #[test]
    fn a_melody_is_written_in_symbols() {
        let melody = Melody { bar: 8, events: vec![Continue, Continue, note(60), Continue, Continue, Rest, note(64)] };
        assert_eq!(symbols(&melody), [REST, HOLD, 24, HOLD, HOLD, REST, 28]);
        let sequence = MelodyLstmConfig::default().encode(&melody);
        assert_eq!((sequence.inputs.len(), sequence.labels.len()), (71, 71));
        assert_eq!(sequence.labels[63..], [REST, HOLD, 24, HOLD, HOLD, REST, 28, SLASH]);
        assert_eq!(sequence.inputs[70], [(28, 1.0)]);
    }

    #[test]
    fn songs_of_other_durations_are_left_out() {
        let check = |durations: &[usize], plain: bool| {
            let events = durations
                .iter()
                .flat_map(|&length| std::iter::once(note(60)).chain(std::iter::repeat_n(Continue, length - 1)));
            let melody = Melody { bar: 16, events: events.collect() };
            assert_eq!(MelodyLstmConfig::default().accepts(&melody), plain, "{durations:?}");
            assert!(MelodyLstmConfig { plain_durations: false, ..MelodyLstmConfig::default() }.accepts(&melody));
        };
        check(&[1, 2, 3, 4, 6, 8, 12, 16], true);
        check(&[4, 5], false);
        check(&[4, 10, 4], false);
        check(&[20], false);
    }
}
