//! `bandplayer train --system NAME`: a system of one voice.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use model::systems::band_file::{Architecture, Band, BandInfo, FORMAT_VERSION, TrainingSet};
use model::systems::markov::MarkovConfig;
use model::systems::melody::exam::{MelodyScore, examine};
use model::systems::melody::{Extraction, Learner, Melody, MelodyModel, Soloist};
use model::systems::melody_lstm::MelodyLstmConfig;
use model::systems::melody_ngram::MelodyNgramConfig;
use model::systems::melody_rnn::{MelodyRnnConfig, MelodyRnnForm};
use model::systems::plain_rnn::PlainRnnConfig;
use model::systems::system::{Parts, PartsError};
use model::train::{EventEpoch, EventOptions, Optimizer, Workbench, read_melodies, train_events};
use model::{BandSpec, NGram, VoiceId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::args::{Common, SystemName, TrainArgs, folders, metrics, stop_on_ctrl_c};
use super::options;
use super::watch::Watch;
use crate::bad_input::BadInput;

/// All options of a net: what it is, how it is trained, and on what.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NetOptions<C> {
    net: C,
    training: EventOptions,
    extraction: Extraction,
}

/// All options of a system that counts.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CountOptions<C> {
    net: C,
    extraction: Extraction,
}

/// Where the band of a system comes from and goes to.
struct Studio<'a> {
    args: &'a TrainArgs,
    spec: BandSpec,
    voice: VoiceId,
    training_sets: Vec<TrainingSet>,
    /// Plays the other voices.
    ngram: Arc<NGram>,
}

/// Trains the system of this name on one voice, with its published options unless others are given.
pub(super) fn run(args: &TrainArgs, system: SystemName, mut spec: BandSpec, voice: VoiceId) -> Result<()> {
    if let Some(file) = args.data.iter().find(|path| path.is_file()) {
        let line = format!("{}: a system of one voice learns from folders, not from a prepared file", file.display());
        return Err(BadInput::error(line));
    }
    let Common { training_sets, ngram, .. } = args.common(&mut spec, true)?;
    let studio = Studio { args, spec, voice, training_sets, ngram };
    let training = EventOptions::default();
    let rnn = |form| studio.net(MelodyRnnConfig::new(form), training.clone());
    match system {
        SystemName::Rmvae | SystemName::Biaxial => {
            Err(BadInput::error("this system learns all voices: it is no system of one voice"))
        }
        SystemName::BasicRnn => rnn(MelodyRnnForm::Basic),
        SystemName::MonoRnn => rnn(MelodyRnnForm::Mono),
        SystemName::LookbackRnn => rnn(MelodyRnnForm::Lookback),
        SystemName::AttentionRnn => {
            studio.net(MelodyRnnConfig::new(MelodyRnnForm::Attention), EventOptions { clip: 3.0, ..training })
        }
        SystemName::PlainRnn => {
            // Stochastic: after each melody.
            let sgd = EventOptions { optimizer: Optimizer::Sgd, batch: 1, learning_rate: 0.05, ..training };
            studio.net(PlainRnnConfig::default(), sgd)
        }
        SystemName::MelodyLstm => {
            studio.net(MelodyLstmConfig::default(), EventOptions { batch: 64, steps: 64, ..training })
        }
        SystemName::Ngram => studio.counted(
            MelodyNgramConfig::default(),
            |config| config.keyed,
            |config, melodies| Box::new(config.learn(melodies)),
            |voice, config| Architecture::MelodyNgram { voice, config },
            |config, parts| config.read(parts).map(drop),
        ),
        SystemName::Markov => studio.counted(
            MarkovConfig::default(),
            |_| true,
            |config, melodies| Box::new(config.learn(melodies)),
            |voice, config| Architecture::MarkovChain { voice, config },
            |config, parts| config.read(parts).map(drop),
        ),
    }
}

impl Studio<'_> {
    /// Trains a net.
    fn net<C: Learner + Serialize + DeserializeOwned>(&self, net: C, training: EventOptions) -> Result<()> {
        let args = self.args;
        let defaults = NetOptions { net, training, extraction: Extraction::default() };
        let mut options = options::read(args.options.as_deref(), &args.set, &defaults)?;
        options.training.epochs = args.epochs.unwrap_or(options.training.epochs);
        options.training.seed = args.seed.unwrap_or(options.training.seed);
        let NetOptions { net, training, extraction } = options;
        net.check().map_err(BadInput::error)?;
        let read = |part| -> Result<Vec<Melody>> {
            let melodies = self.melodies(part, net.keyed(), extraction)?;
            let all = melodies.len();
            let kept: Vec<Melody> = melodies.into_iter().filter(|melody| net.accepts(melody)).collect();
            if kept.len() < all {
                println!("{part}: {} of {all} melodies are of the kind that this system learns from", kept.len());
            }
            if kept.is_empty() {
                return Err(BadInput::error(format!("{part}: no melody is of the kind that this system learns from")));
            }
            Ok(kept)
        };
        let (learn, watch) = (read("train")?, read("valid")?);
        let (stop, mut watching, devices) = (stop_on_ctrl_c()?, Watch::new(&args.out)?, args.devices()?);
        let bench = Workbench { out: &args.out, devices: &devices, stop: &stop };
        let mut best = None;
        train_events(&net, &training, &learn, &watch, bench, |news| {
            watching.hear(news, |epoch: &EventEpoch, trained: &C::Net| {
                let figures = [("valid nll per event", epoch.valid_nll), ("valid accuracy", epoch.valid_accuracy)];
                best = Some(trained.clone());
                self.save(net.architecture(self.voice), net.model(trained), metrics(epoch.number, &figures))
            });
        })?;
        if let Some(trained) = best {
            compare(&*net.model(&trained), &learn, &watch);
        }
        watching.done(&stop)
    }

    /// Counts a system that needs no training.
    fn counted<C: Serialize + DeserializeOwned + Clone>(
        &self,
        defaults: C,
        keyed: impl Fn(&C) -> bool,
        learn: impl Fn(&C, &[Melody]) -> Box<dyn MelodyModel>,
        architecture: impl Fn(VoiceId, C) -> Architecture,
        read: impl Fn(&C, &Parts) -> Result<(), PartsError>,
    ) -> Result<()> {
        let args = self.args;
        let defaults = CountOptions { net: defaults, extraction: Extraction::default() };
        let CountOptions { net, extraction } = options::read(args.options.as_deref(), &args.set, &defaults)?;
        let train = self.melodies("train", keyed(&net), extraction)?;
        let valid = self.melodies("valid", keyed(&net), extraction)?;
        let model = learn(&net, &train);
        // What cannot be read again is not written.
        read(&net, &model.parts()).map_err(BadInput::error)?;
        let score = examine(&*model, &valid);
        compare(&*model, &train, &valid);
        let figures = [("valid nll per event", score.nll()), ("valid accuracy", score.accuracy())];
        let figures = figures.map(|(name, value)| (name.to_owned(), value)).into();
        self.save(architecture(self.voice, net), model, figures)?;
        println!("the band is in {}", args.out.display());
        Ok(())
    }

    fn melodies(&self, part: &str, keyed: bool, rules: Extraction) -> Result<Vec<Melody>> {
        let found = read_melodies(&folders(self.args, part), &self.spec, self.voice, keyed, rules);
        let (melodies, skipped) = found.map_err(BadInput::error)?;
        skipped.iter().for_each(|reason| eprintln!("left out: {reason}"));
        let events: usize = melodies.iter().map(|melody| melody.events.len()).sum();
        println!("{part}: {} melodies, {events} events, {} files without one", melodies.len(), skipped.len());
        Ok(melodies)
    }

    fn save(
        &self,
        architecture: Architecture,
        model: Box<dyn MelodyModel>,
        metrics: BTreeMap<String, f64>,
    ) -> Result<()> {
        let info = BandInfo {
            format_version: FORMAT_VERSION,
            architecture,
            band: self.spec.clone(),
            training_sets: self.training_sets.clone(),
            metrics,
        };
        let soloist = Soloist::new(self.spec.clone(), self.voice, model).context("the band lacks the voice")?;
        let band = Band::new(info, Arc::new(soloist), Some(Arc::clone(&self.ngram)));
        band.save(&self.args.out).with_context(|| format!("cannot write {}", self.args.out.display()))
    }
}

/// Tells what the system and the n-gram of five make of the same validation melodies.
fn compare(model: &dyn MelodyModel, train: &[Melody], valid: &[Melody]) {
    let ngram = MelodyNgramConfig::rival(model, 5).learn(train);
    for (name, score) in [("this system", examine(model, valid)), ("the 5-gram", examine(&ngram, valid))] {
        let MelodyScore { events, .. } = score;
        println!(
            "valid, {name}: {:.4} nats per event, accuracy {:.4} ({events} events)",
            score.nll(),
            score.accuracy()
        );
    }
}
