//! What CONTRIBUTING's "Add a net" says, done: a system of one voice that stands in the registry on one line, and
//! nowhere else, is checked, trained, written, read and played.
//!
//! The net has one layer over the last event: no event, a rest, or one of the twelve pitch classes.

use std::collections::BTreeMap;
use std::sync::Arc;

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::Architecture;
use crate::music::band::{BandMeasure, BandSpec, KeyRange, VoiceId};
use crate::music::measure::{Measure, MonoStep};
use crate::music::note::{Key, Note};
use crate::predict::predictor::PredictRequest;
use crate::systems::band_file::{Band, BandFileError, BandInfo, FORMAT_VERSION};
use crate::systems::checks::{self, Refused};
use crate::systems::melody::learner::{self, EventNet, Learner};
use crate::systems::melody::model::softmax;
use crate::systems::melody::{Chances, Melody, MelodyForm, MelodyModel, Reader, Sequence, Solo, Soloist};
use crate::systems::nn::get_weights;
use crate::systems::system::{Parts, PartsError};

/// An octave.
const RANGE: KeyRange = KeyRange { low: Key::new(60).expect("a key"), high: Key::new(71).expect("a key") };

/// No event, a rest, and the pitch classes. Required: there are twelve.
const CLASSES: usize = 14;

fn class(event: MonoStep) -> usize {
    match event {
        MonoStep::Continue => 0,
        MonoStep::Rest => 1,
        MonoStep::Note(key) => 2 + usize::from(key.pitch_class()),
    }
}

/// Its one option.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ToyConfig {
    bias: bool,
    /// How many times the net counts.
    weight: usize,
}

impl Default for ToyConfig {
    fn default() -> Self {
        Self { bias: true, weight: 1 }
    }
}

/// The net.
#[derive(Module, Debug)]
pub struct Toy {
    layer: Linear,
}

impl EventNet for Toy {
    fn logits(&self, inputs: Vec<Tensor<2>>) -> Tensor<2> {
        self.layer.forward(Tensor::cat(inputs, 0))
    }
}

impl MelodyForm for ToyConfig {
    fn check(&self) -> Result<(), Refused> {
        checks::count("weight", self.weight, 1..=9)
    }

    fn read(&self, parts: &Parts) -> Result<Box<dyn MelodyModel>, PartsError> {
        learner::read(self, parts)
    }
}

impl Learner for ToyConfig {
    type Net = Toy;

    fn init(&self, device: &Device) -> Toy {
        Toy { layer: LinearConfig::new(CLASSES, CLASSES).with_bias(self.bias).init(device) }
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

    fn encode(&self, melody: &Melody) -> Sequence {
        let classes: Vec<usize> = melody.events.iter().map(|&event| class(event)).collect();
        let pairs = classes.iter().zip(classes.iter().skip(1));
        let (inputs, labels) = pairs.map(|(&now, &next)| (vec![(now, 1.0)], next)).unzip();
        Sequence { inputs, labels }
    }

    fn model(&self, net: &Toy) -> Box<dyn MelodyModel> {
        Box::new(ToyModel(net.clone()))
    }
}

/// The net at play.
#[derive(Clone, Debug)]
struct ToyModel(Toy);

impl MelodyModel for ToyModel {
    fn parts(&self) -> Parts {
        Parts { weights: get_weights(&self.0), counts: None }
    }

    fn range(&self) -> KeyRange {
        RANGE
    }

    fn keyed(&self) -> bool {
        true
    }

    fn reader(&self, _: usize, _: usize) -> Box<dyn Reader + '_> {
        Box::new(ToyReader { net: &self.0, last: 0 })
    }
}

#[derive(Clone)]
struct ToyReader<'a> {
    net: &'a Toy,
    last: usize,
}

impl Reader for ToyReader<'_> {
    fn hear(&mut self, event: MonoStep) {
        self.last = class(event);
    }

    fn chances(&self) -> Chances {
        let mut row = [0.0f32; CLASSES];
        row[self.last] = 1.0;
        let input = Tensor::from_data(TensorData::new(row.to_vec(), [1, CLASSES]), &Device::flex());
        let mut probs = self.net.logits(vec![input]).into_data().try_to_vec::<f32>().expect("numbers");
        softmax(&mut probs);
        let mut chances = Chances::NONE;
        (chances.hold, chances.rest) = (probs[0], probs[1]);
        for (key, chance) in (RANGE.low.get()..).zip(&probs[2..]) {
            chances.add(MonoStep::Note(Key::clamped(key.into())), *chance);
        }
        chances
    }

    fn fork<'f>(&self) -> Box<dyn Reader + 'f>
    where
        Self: 'f,
    {
        Box::new(self.clone())
    }
}

fn note(key: i32) -> MonoStep {
    MonoStep::Note(Key::clamped(key))
}

/// C after every E, E after every C.
fn tune() -> Melody {
    Melody { bar: 16, events: [note(60), note(64)].repeat(64) }
}

fn band(config: ToyConfig, net: &Toy) -> Band {
    let (spec, voice) = (BandSpec::chorale(), VoiceId::FIRST);
    let soloist = Soloist::new(spec.clone(), voice, config.model(net)).expect("the choir has a soprano");
    let info = BandInfo {
        format_version: FORMAT_VERSION,
        architecture: Solo { voice, config }.into(),
        band: spec,
        training_sets: Vec::new(),
        metrics: BTreeMap::new(),
    };
    Band::new(info, Arc::new(soloist), None)
}

#[cfg(feature = "train")]
#[test]
fn a_system_of_one_line_in_the_registry_is_trained_written_read_and_played() {
    use crate::train::{EventOptions, News, Workbench, train_events};
    use std::sync::atomic::AtomicBool;

    let config = ToyConfig::default();
    let out = std::env::temp_dir().join(format!("band-player-toy-{}.safetensors", std::process::id()));
    let (devices, stop) = ([Device::flex()], AtomicBool::new(false));
    let bench = Workbench { out: &out, devices: &devices, stop: &stop };
    let options = EventOptions { epochs: 60, batch: 4, steps: 32, learning_rate: 0.1, ..EventOptions::default() };
    let mut best = None;
    train_events(&config, &options, &[tune()], &[tune()], bench, |news| {
        if let News::Epoch { net, best: true, .. } = news {
            best = Some(net.clone());
        }
    })
    .expect("a training");
    let written = band(config, &best.expect("an epoch"));
    written.save(&out).expect("a writable folder");
    let read = Band::load(&out).expect("an intact band");
    std::fs::remove_file(&out).expect("removed");
    assert_eq!(read.info, written.info);

    let mut request = PredictRequest::empty();
    request.user = VoiceId::new(1).expect("a voice");
    request.voices = request.voices.with(VoiceId::FIRST);
    request.style.temperature = 0.0;
    let mut heard = BandMeasure::missing(16);
    heard.set(VoiceId::FIRST, &Measure::from_notes(16, [Note::new(15, 1, Key::MIDDLE_C)]));
    request.history.push(&heard);
    request.ahead = 1;
    let played = read.predictor().predict(&request).expect("a prediction");
    let classes: Vec<u8> = played.voice(VoiceId::FIRST).onsets().map(|note| note.key.pitch_class()).collect();
    assert_eq!(classes, [4, 0].repeat(8), "what it learnt");
}

#[test]
fn what_its_check_refuses_is_neither_trained_nor_read() {
    let wrong = ToyConfig { weight: 0, ..ToyConfig::default() };
    let refused = wrong.check().expect_err("no such system");
    let file = band(wrong, &ToyConfig::default().init(&Device::flex())).to_bytes();
    let error = Band::read(&file).expect_err("no such system");
    assert!(matches!(&error, BandFileError::System(PartsError::Form(found)) if *found == refused), "{error}");
    #[cfg(feature = "train")]
    {
        use crate::train::{EventOptions, TrainError, Workbench, train_events};
        let wrong = ToyConfig { weight: 0, ..ToyConfig::default() };
        let (devices, stop) = ([Device::flex()], std::sync::atomic::AtomicBool::new(false));
        let bench = Workbench { out: "never".as_ref(), devices: &devices, stop: &stop };
        let trained = train_events(&wrong, &EventOptions::default(), &[tune()], &[tune()], bench, |_| {});
        assert!(matches!(trained, Err(TrainError::Options(found)) if found == refused));
    }
}

#[test]
fn its_kind_stands_in_the_file() {
    let form: Architecture = Solo { voice: VoiceId::FIRST, config: ToyConfig::default() }.into();
    let text = serde_json::to_string(&form).expect("a form can be written");
    assert_eq!(text, r#"{"kind":"toy","voice":0,"config":{"bias":true,"weight":1}}"#);
    assert_eq!(serde_json::from_str::<Architecture>(&text).expect("its own text"), form);
}
