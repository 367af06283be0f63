//! A Melody LSTM as a system: how it is checked, taught and played.

use burn::tensor::Device;

use super::config::{DURATIONS, MelodyLstmConfig, SLASH, SYMBOLS, WINDOW, symbols};
use super::net::MelodyLstm;
use super::player::MelodyLstmModel;
use crate::music::measure::MonoStep;
use crate::systems::checks::{self, Refused};
use crate::systems::melody::{Learner, Melody, MelodyForm, MelodyModel, Sequence, learner};
use crate::systems::system::{Parts, PartsError};

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
    use crate::music::note::Key;
    use crate::systems::melody_lstm::config::{HOLD, REST};
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
