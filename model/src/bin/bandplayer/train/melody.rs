//! `bandplayer train --system NAME`: a system of one voice.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use model::systems::band_file::TrainingSet;
use model::systems::melody::counted::{Counted, CountedForm};
use model::systems::melody::exam::{MelodyScore, examine};
use model::systems::melody::{Extraction, Learner, Melody, MelodyModel, Solo, Soloist};
use model::systems::melody_ngram::MelodyNgramConfig;
use model::train::{EventEpoch, EventOptions, Workbench, read_melodies, train_events};
use model::{Architecture, BandSpec, NGram, VoiceId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::args::{CPU, Common, TrainingArgs, ended, folders, metrics, stop_on_ctrl_c};
use super::kept::Keeping;
use super::watch::Watch;
use crate::bad_input::BadInput;
use crate::playing::say;
use crate::reading;

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
    args: &'a TrainingArgs,
    spec: BandSpec,
    voice: VoiceId,
    training_sets: Vec<TrainingSet>,
    /// Plays the other voices.
    ngram: Arc<NGram>,
}

/// Trains a net on one voice, with these options unless others are given; Ctrl-C keeps the best band so far and a
/// checkpoint to go on from.
pub(super) fn net<C>(args: &TrainingArgs, net: C, training: EventOptions) -> Result<()>
where
    C: Learner + Serialize + DeserializeOwned,
    Solo<C>: Into<Architecture>,
{
    let (spec, voice) = args.of_one_voice()?;
    let defaults = NetOptions { net, training, extraction: Extraction::default() };
    let change = |options: &mut NetOptions<C>| {
        options.training.epochs = args.epochs.unwrap_or(options.training.epochs);
        options.training.seed = args.seed.unwrap_or(options.training.seed);
    };
    let check = |options: &NetOptions<C>| {
        form(voice, &options.net).check(&spec).map_err(|refused| refused.within("net"))?;
        options.training.check().map_err(|refused| refused.within("training"))?;
        options.extraction.check().map_err(|refused| refused.within("extraction"))
    };
    let Some(NetOptions { net, training, extraction }) = args.options(&defaults, change, check)? else { return Ok(()) };
    let devices = args.devices()?;
    let studio = Studio::new(args, spec, voice)?;
    let read = |part| -> Result<Vec<Melody>> {
        let melodies = studio.melodies(part, net.keyed(), extraction)?;
        let all = melodies.len();
        let kept: Vec<Melody> = melodies.into_iter().filter(|melody| net.accepts(melody)).collect();
        if kept.len() < all {
            say(format_args!("{part}: {} of {all} melodies are of the kind that this system learns from", kept.len()));
        }
        if kept.is_empty() {
            return Err(BadInput::error(format!("{part}: no melody is of the kind that this system learns from")));
        }
        Ok(kept)
    };
    let (learn, watch) = (read("train")?, read("valid")?);
    let (stop, mut watching) = (stop_on_ctrl_c()?, Watch::new(args.out())?);
    let bench = Workbench { out: args.out(), devices: &devices, stop: &stop };
    let mut best = None;
    train_events(&net, &training, &learn, &watch, bench, |news| {
        watching.hear(news, |epoch: &EventEpoch, trained: &C::Net| {
            let figures = [("valid nll per event", epoch.valid_nll), ("valid accuracy", epoch.valid_accuracy)];
            best = Some(trained.clone());
            studio.save(form(voice, &net), net.model(trained), metrics(epoch.number, &figures))
        });
    })
    .map_err(ended)?;
    if let Some(trained) = best {
        compare(&*net.model(&trained), &learn, &watch);
    }
    watching.done(&stop)
}

/// Counts a system that needs no training, with these options unless others are given.
pub(super) fn counted<C>(args: &TrainingArgs, net: C) -> Result<()>
where
    C: CountedForm + Serialize + DeserializeOwned + 'static,
    Solo<C>: Into<Architecture>,
{
    let epochs = args.epochs.map(|epochs| format!("--epochs {epochs}"));
    let seed = args.seed.map(|seed| format!("--seed {seed}"));
    let device = args.device.iter().find(|&device| device != CPU).map(|device| format!("--device {device}"));
    if let Some(option) = epochs.or(seed).or(device) {
        return Err(BadInput::error(format!(
            "this system counts its pieces once, and draws nothing: leave out {option}"
        )));
    }
    let (spec, voice) = args.of_one_voice()?;
    let defaults = CountOptions { net, extraction: Extraction::default() };
    let check = |options: &CountOptions<C>| {
        form(voice, &options.net).check(&spec).map_err(|refused| refused.within("net"))?;
        options.extraction.check().map_err(|refused| refused.within("extraction"))
    };
    let Some(CountOptions { net, extraction }) = args.options(&defaults, |_| {}, check)? else { return Ok(()) };
    let studio = Studio::new(args, spec, voice)?;
    let keyed = CountedForm::keyed(&net);
    let train = studio.melodies("train", keyed, extraction)?;
    let valid = studio.melodies("valid", keyed, extraction)?;
    let model = Box::new(Counted::learn(&net, &train));
    let score = examine(&*model, &valid);
    compare(&*model, &train, &valid);
    let figures = [("valid nll per event", score.nll()), ("valid accuracy", score.accuracy())];
    let figures = figures.map(|(name, value)| (name.to_owned(), value)).into();
    studio.save(form(voice, &net), model, figures)?;
    say(format_args!("the band is in {}", args.out().display()));
    Ok(())
}

/// How a band file names what is learnt of one voice.
fn form<C: Clone>(voice: VoiceId, config: &C) -> Architecture
where
    Solo<C>: Into<Architecture>,
{
    Solo { voice, config: config.clone() }.into()
}

impl<'a> Studio<'a> {
    fn new(args: &'a TrainingArgs, mut spec: BandSpec, voice: VoiceId) -> Result<Self> {
        if let Some(file) = args.data.iter().find(|path| path.is_file()) {
            return Err(BadInput::error(format!(
                "{}: a system of one voice learns from folders, not from a prepared file",
                file.display()
            )));
        }
        let Common { training_sets, ngram, .. } = args.common(&mut spec, true)?;
        Ok(Self { args, spec, voice, training_sets, ngram })
    }

    fn melodies(&self, part: &str, keyed: bool, rules: Extraction) -> Result<Vec<Melody>> {
        let found = read_melodies(&folders(self.args, part), &self.spec, self.voice, keyed, rules);
        let (melodies, remarks) = found.map_err(BadInput::error)?;
        reading::tell_folder(&remarks);
        let events: usize = melodies.iter().map(|melody| melody.events.len()).sum();
        let (melody, without) = (melodies.len(), remarks.left_out());
        say(format_args!("{part}: {melody} melodies, {events} events, {without} files without one"));
        Ok(melodies)
    }

    fn save(
        &self,
        architecture: Architecture,
        model: Box<dyn MelodyModel>,
        metrics: BTreeMap<String, f64>,
    ) -> Result<()> {
        let soloist = Soloist::new(self.spec.clone(), self.voice, model).context("the band lacks the voice")?;
        let Self { spec, training_sets, ngram, .. } = self;
        let keeping = Keeping { out: self.args.out(), spec, training_sets, ngram: Some(ngram) };
        keeping.save(architecture, soloist, metrics)
    }
}

/// Tells what the system and the n-gram of five make of the same validation melodies.
fn compare(model: &dyn MelodyModel, train: &[Melody], valid: &[Melody]) {
    let ngram = MelodyNgramConfig::rival(model, 5).learn(train);
    for (name, score) in [("this system", examine(model, valid)), ("the 5-gram", examine(&ngram, valid))] {
        let MelodyScore { events, .. } = score;
        let (nll, accuracy) = (score.nll(), score.accuracy());
        say(format_args!("valid, {name}: {nll:.4} nats per event, accuracy {accuracy:.4} ({events} events)"));
    }
}
