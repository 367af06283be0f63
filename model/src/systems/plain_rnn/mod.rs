//! The plain RNN: one layer of 50 tanh units over notes (Elman 1990, "Finding structure in time").
//!
//! It reads the keys of a melody's notes, one after another, and says which comes next: s_t = tanh(U x_t + W s_{t−1}),
//! o_t = softmax(V s_t). It knows nothing of rhythm; a band lends it the user's.

mod net;
mod player;

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

pub use net::PlainRnn;
pub use player::PlainRnnModel;

use crate::music::band::KeyRange;
use crate::music::note::Key;
use crate::systems::checks::{self, Refused};
use crate::systems::melody::{Learner, Melody, MelodyForm, MelodyModel, Sequence, learner};
use crate::systems::system::{Parts, PartsError};

/// The keys of a piano.
pub const PIANO: KeyRange = KeyRange { low: Key::new(21).expect("a key"), high: Key::new(108).expect("a key") };

/// The class that stands before a melody's first note, after the 88 keys. Required by the published encoding.
pub const START: usize = 88;

/// The class after its last note. Required by the published encoding.
pub const END: usize = 89;

/// Keys, START, END. Required by the published encoding.
pub const CLASSES: usize = 90;

/// The size of a [`PlainRnn`]; a band file carries it. By default as published.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PlainRnnConfig {
    /// Hidden units.
    pub units: usize,
}

impl Default for PlainRnnConfig {
    fn default() -> Self {
        Self { units: 50 }
    }
}

/// The class of a key; keys beyond the piano are brought in by octaves.
fn class(key: Key) -> usize {
    PIANO.place(key)
}

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
