//! A plain RNN as a system: how it is checked, taught and played.

use burn::tensor::Device;

use super::config::{CLASSES, END, PlainRnnConfig, START, class};
use super::net::PlainRnn;
use super::player::PlainRnnModel;
use crate::systems::checks::{self, Refused};
use crate::systems::melody::{Learner, Melody, MelodyForm, MelodyModel, Sequence, learner};
use crate::systems::system::{Parts, PartsError};

impl MelodyForm for PlainRnnConfig {
    fn check(&self) -> Result<(), Refused> {
        checks::count("units", self.units, 1..=4096)?;
        learner::check_size(self, "units", self.units)
    }

    fn read(&self, parts: &Parts) -> Result<Box<dyn MelodyModel>, PartsError> {
        learner::read(self, parts)
    }
}

impl Learner for PlainRnnConfig {
    type Net = PlainRnn;

    fn init(&self, device: &Device) -> PlainRnn {
        PlainRnn::new(self, device)
    }

    fn inputs(&self) -> usize {
        CLASSES
    }

    fn classes(&self) -> usize {
        CLASSES
    }

    fn keyed(&self) -> bool {
        true
    }

    /// START, the notes, END.
    fn encode(&self, melody: &Melody) -> Sequence {
        let notes: Vec<usize> = melody.onsets().map(class).collect();
        let before = std::iter::once(START).chain(notes.iter().copied());
        Sequence {
            inputs: before.map(|class| vec![(class, 1.0)]).collect(),
            labels: notes.iter().copied().chain([END]).collect(),
        }
    }

    fn model(&self, net: &PlainRnn) -> Box<dyn MelodyModel> {
        Box::new(PlainRnnModel::new(net))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::measure::MonoStep::{Continue, Note, Rest};
    use crate::music::note::Key;
    use crate::systems::melody::EventNet;
    use burn::tensor::Tensor;
    use burn::tensor::activation::log_softmax;

    /// C, held, a rest, A, and a key that no piano has.
    #[test]
    fn a_melody_is_its_notes_between_start_and_end() {
        let key = |number| Note(Key::clamped(number));
        let melody = Melody { bar: 4, events: vec![key(60), Continue, Rest, key(69), key(120)] };
        let sequence = PlainRnnConfig::default().encode(&melody);
        let inputs: Vec<usize> = sequence.inputs.iter().map(|input| input[0].0).collect();
        assert_eq!(inputs, [START, 39, 48, 87]);
        assert_eq!(sequence.labels, [39, 48, 87, END]);
    }

    /// A net that knows nothing is as unsure as a die of 90 faces.
    #[test]
    fn before_training_the_loss_is_the_logarithm_of_the_classes() {
        let device = Device::flex();
        for seed in 0..5 {
            device.seed(seed);
            let config = PlainRnnConfig::default();
            let classes: Vec<usize> = (0..400).map(|at| (at * 37 + at / 7) % CLASSES).collect();
            let one_hot = |class: usize| {
                let mut row = [0.0f32; CLASSES];
                row[class] = 1.0;
                Tensor::<2>::from_data([row], &device)
            };
            let logits = config.init(&device).logits(classes.iter().map(|&class| one_hot(class)).collect());
            let targets = Tensor::cat(classes.iter().skip(1).chain([&END]).map(|&class| one_hot(class)).collect(), 0);
            let loss = -(log_softmax(logits, 1) * targets).sum().into_scalar::<f32>() / 400.0;
            let expected = 90f32.ln();
            assert!((loss - expected).abs() < 0.02 * expected, "seed {seed}: {loss}, not {expected}");
        }
    }
}
