//! A net of melodies learns, and a training that was stopped goes on as it would have.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use model::music::measure::MonoStep::{self, Continue, Note};
use model::systems::melody::{Learner, Melody, Solo};
use model::systems::melody_rnn::{MelodyRnnConfig, MelodyRnnForm};
use model::systems::plain_rnn::PlainRnnConfig;
use model::train::{EventEpoch, EventOptions, News, Optimizer, TrainError, Workbench, train_events};
use model::{Architecture, Key};

/// A scale up and down in notes of two and of one sixteenth, from any of its notes on.
fn tunes() -> Vec<Melody> {
    let line = [60, 62, 64, 65, 67, 65, 64, 62];
    let events: Vec<MonoStep> = line
        .iter()
        .enumerate()
        .flat_map(|(at, &key)| [Note(Key::clamped(key)), Continue].into_iter().take(1 + at % 2))
        .collect();
    (0..events.len())
        .map(|from| Melody { bar: 12, events: events.iter().copied().cycle().skip(from).take(96).collect() })
        .collect()
}

/// A place for a checkpoint, removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let name = format!("band-player-{}-{name}.safetensors", std::process::id());
        let scratch = Self(std::env::temp_dir().join(name));
        scratch.clear();
        scratch
    }
    fn clear(&self) {
        drop(std::fs::remove_dir_all(self.0.with_extension("checkpoint")));
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        self.clear();
    }
}

/// The epochs of a training that is stopped after so many batches.
fn train<L: Learner>(
    learner: &L,
    options: &EventOptions,
    scratch: &Scratch,
    stop_after: Option<u64>,
) -> Result<Vec<EventEpoch>, TrainError>
where
    Solo<L>: Into<Architecture>,
{
    let (tunes, stop, mut epochs) = (tunes(), AtomicBool::new(false), Vec::new());
    let bench = Workbench { out: &scratch.0, devices: &[model::Device::flex()], stop: &stop };
    train_events(learner, options, &tunes, &tunes[..2], bench, |news| match news {
        News::Batch { done, .. } => stop.store(Some(done) == stop_after, Ordering::Relaxed),
        News::Epoch { epoch, .. } => epochs.push(epoch.clone()),
    })?;
    Ok(epochs)
}

fn small() -> MelodyRnnConfig {
    MelodyRnnConfig { units: vec![16], dropout: 0.1, ..MelodyRnnConfig::new(MelodyRnnForm::Lookback) }
}

fn options() -> EventOptions {
    EventOptions { epochs: 6, batch: 4, steps: 32, learning_rate: 0.02, ..EventOptions::default() }
}

#[test]
fn a_tune_is_learnt_by_adam_and_by_plain_descent() {
    let _alone = crate::draws();
    let learnt = |epochs: Vec<EventEpoch>| {
        let (first, last) = (epochs.first().expect("an epoch"), epochs.last().expect("an epoch"));
        assert!(last.valid_nll < 0.25 * first.valid_nll && last.valid_accuracy > 0.95, "{first:?} to {last:?}");
    };
    let scratch = Scratch::new("adam");
    learnt(train(&small(), &EventOptions { epochs: 20, ..options() }, &scratch, None).expect("a training"));
    let descent = EventOptions { epochs: 60, batch: 1, learning_rate: 0.3, optimizer: Optimizer::Sgd, ..options() };
    let scratch = Scratch::new("sgd");
    learnt(train(&PlainRnnConfig { units: 20 }, &descent, &scratch, None).expect("a training"));
}

#[test]
fn a_stopped_training_goes_on_as_it_would_have() {
    let _alone = crate::draws();
    let (whole, parts) = (Scratch::new("whole"), Scratch::new("parts"));
    let expected = train(&small(), &options(), &whole, None).expect("a training");
    assert_eq!(expected.len(), 6);
    let valid = |epochs: &[EventEpoch]| epochs.iter().map(|epoch| epoch.valid_nll).collect::<Vec<_>>();
    let mut found = train(&small(), &options(), &parts, Some(10)).expect("a training");
    assert!(found.len() < 6, "it was stopped");
    let other = EventOptions { learning_rate: 0.01, ..options() };
    assert!(matches!(train(&small(), &other, &parts, None), Err(TrainError::Checkpoint(_))), "other options");
    found.extend(train(&small(), &options(), &parts, None).expect("the same training"));
    assert_eq!(valid(&found), valid(&expected));
    assert!(!parts.0.with_extension("checkpoint").exists(), "nothing is left behind");
}
