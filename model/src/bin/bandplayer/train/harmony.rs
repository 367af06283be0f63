//! `bandplayer train --system harmony`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};
use model::systems::band_file::{Band, BandInfo, TrainingSet};
use model::systems::harmony::{HarmonyConfig, TrainedHarmony};
use model::systems::system::Whole;
use model::train::harmony::{
    BelieverEpoch, ChordSet, HarmoniserEpoch, HarmonyEpoch, HarmonyOptions, temperature, train, train_believer,
    train_harmoniser,
};
use model::train::{Library, Workbench, is_begun};
use model::{BandSpec, Device, VoiceId};

use super::args::{TrainingArgs, ended, metrics, stop_on_ctrl_c, training_sets};
use super::kept::Keeping;
use super::watch::Watch;
use crate::bad_input::BadInput;
use crate::playing::say;
use crate::reading;

/// Trains; Ctrl-C keeps the best band so far and a checkpoint to go on from.
pub(super) fn run(args: &TrainingArgs) -> Result<()> {
    let spec = args.of_all_voices()?;
    let change = |options: &mut HarmonyOptions| {
        options.epochs = args.epochs.unwrap_or(options.epochs);
        options.seed = args.seed.unwrap_or(options.seed);
    };
    let options = args.options(&HarmonyOptions::default(), change, |options| options.check(&spec))?;
    let Some(options) = options else { return Ok(()) };
    let given = !options.onto.as_os_str().is_empty();
    if given {
        drop(copying(&options.onto)?);
    }
    let devices = args.devices()?;
    let training_sets = training_sets(args)?;
    let (learn, watch) = (sets(args, &spec, "train")?, sets(args, &spec, "valid")?);

    let stop = stop_on_ctrl_c()?;
    let training =
        Training { args, spec: &spec, options: &options, learn: &learn, watch: &watch, devices, stop: &stop };
    // Where a part was begun, or the rest is given, the rest is there.
    let harmonising = is_begun(&training.beside("harmoniser"))?;
    let believing = is_begun(&training.beside("believer"))?;
    let mut rest = if given { options.onto.as_path() } else { args.out() };
    if !given && !harmonising && !believing {
        training.copy(&training_sets)?;
    }
    if training.goes_on() && options.net.harmonises > 0 && options.harmoniser_epochs > 0 && !believing {
        training.harmonise(rest)?;
        rest = args.out();
    }
    if training.goes_on() && options.net.believes > 0 {
        training.believe(if believing { args.out() } else { rest })?;
    }
    temper(args.out(), &watch)?;
    training.done()
}

/// The harmony net in this file, which other parts are trained onto.
fn copying(path: &Path) -> Result<(Band, Arc<TrainedHarmony>)> {
    let wrong = |why: &str| {
        BadInput::error(format!("onto: {}: {why}: give the file of a harmony net that copies", path.display()))
    };
    let band = Band::load(path).map_err(|error| wrong(&error.to_string()))?;
    let net = band.system_as::<TrainedHarmony>().filter(|net| net.config.copies);
    let net = net.ok_or_else(|| wrong("it is none"))?;
    Ok((band, net))
}

/// All that a training is made of.
struct Training<'a> {
    args: &'a TrainingArgs,
    spec: &'a BandSpec,
    options: &'a HarmonyOptions,
    learn: &'a [ChordSet],
    watch: &'a [ChordSet],
    devices: Vec<Device>,
    stop: &'a AtomicBool,
}

impl Training<'_> {
    /// Where the log and the checkpoint of a part of the band lie.
    fn beside(&self, part: &str) -> PathBuf {
        self.args.out().with_extension(format!("{part}.safetensors"))
    }

    fn bench<'a>(&'a self, out: &'a Path) -> Workbench<'a> {
        Workbench { out, devices: &self.devices, stop: self.stop }
    }

    fn goes_on(&self) -> bool {
        !self.stop.load(Ordering::Relaxed)
    }

    /// Trains the net that copies.
    fn copy(&self, training_sets: &[TrainingSet]) -> Result<()> {
        let mut watching = Watch::new(self.args.out())?;
        let keeping = Keeping { out: self.args.out(), spec: self.spec, training_sets, ngram: None };
        train(self.spec, self.options, self.learn, self.watch, self.bench(self.args.out()), |news| {
            watching.hear(news, |epoch: &HarmonyEpoch, net| {
                let reached = metrics(
                    epoch.number,
                    &[
                        ("valid nll per half measure", epoch.valid_nll),
                        ("valid likelihood of the right chord", epoch.valid_likelihood),
                    ],
                );
                let config = HarmonyConfig { harmonises: 0, believes: 0, ..self.options.net.clone() };
                let trained = TrainedHarmony::new(self.spec.clone(), config.clone(), net);
                keeping.save(Whole { config }, trained, reached)
            });
        })
        .map_err(ended)?;
        watching.part_done()
    }

    /// Trains a harmoniser beside the net in `rest`, and writes both.
    fn harmonise(&self, rest: &Path) -> Result<()> {
        let (band, net) = copying(rest)?;
        let out = self.beside("harmoniser");
        let mut watching = Watch::of_part(&out, self.args.out())?;
        train_harmoniser(self.spec, self.options, self.learn, self.watch, self.bench(&out), |news| {
            watching.hear(news, |epoch: &HarmoniserEpoch, harmoniser| {
                let trained = net.with_harmoniser(harmoniser, self.options.net.harmonises);
                let reached = ("valid nll of the harmoniser per half measure", epoch.valid_nll);
                save(&band, trained, reached, self.args.out())
            });
        })
        .map_err(ended)?;
        watching.part_done()
    }

    /// Trains a believer beside the net in `rest`, and writes both.
    fn believe(&self, rest: &Path) -> Result<()> {
        let (band, net) = copying(rest)?;
        let out = self.beside("believer");
        let mut watching = Watch::of_part(&out, self.args.out())?;
        train_believer(self.spec, self.options, self.learn, self.watch, self.bench(&out), |news| {
            watching.hear(news, |epoch: &BelieverEpoch, believer| {
                let trained = net.with_believer(believer, self.options.net.believes);
                let reached = ("valid nll of the believer per measure", epoch.valid_nll);
                save(&band, trained, reached, self.args.out())
            });
        })
        .map_err(ended)?;
        watching.part_done()
    }

    fn done(&self) -> Result<()> {
        Watch::new(self.args.out())?.done(self.stop)
    }
}

/// Writes a band with another net, of which this was measured besides.
fn save(band: &Band, net: TrainedHarmony, (name, reached): (&str, f64), out: &Path) -> Result<()> {
    let mut info = band.info.clone();
    info.architecture = Whole { config: net.config.clone() }.into();
    info.metrics.insert(name.into(), reached);
    Band::new(info, Arc::new(net), None).save(out).with_context(|| format!("cannot write {}", out.display()))
}

/// Makes the probabilities of the net in this file mean what they say.
fn temper(out: &Path, watch: &[ChordSet]) -> Result<()> {
    let Ok(band) = Band::load(out) else { return Ok(()) };
    let Some(net) = band.system_as::<TrainedHarmony>() else { return Ok(()) };
    let plain = net.with_temperature(1.0, 0.0);
    let (found, cooling) = temperature(&plain, watch)?;
    let tempered = plain.with_temperature(found, cooling);
    let config = tempered.config.clone();
    say(format_args!("temperature {found}, which falls by e to the {cooling}"));
    let info = BandInfo { architecture: Whole { config }.into(), ..band.info.clone() };
    Band::new(info, Arc::new(tempered), None).save(out).with_context(|| format!("cannot write {}", out.display()))
}

/// A part of each set, as the band reads it whose first voice most of its pieces have: this one's, else a band's of ours.
fn sets(args: &TrainingArgs, own: &BandSpec, part: &str) -> Result<Vec<ChordSet>> {
    args.data.iter().map(|path| set(path, own, part)).collect()
}

fn set(path: &Path, own: &BandSpec, part: &str) -> Result<ChordSet> {
    let open = |spec: &BandSpec| Library::open(&[path.to_owned()], part, spec, path.is_file());
    for spec in [own.clone(), BandSpec::pop(), BandSpec::chorale()] {
        let Ok((library, remarks)) = open(&spec) else { continue };
        let mut first = 0;
        for piece in library.iter() {
            let piece = piece?;
            first += usize::from(piece.measures.iter().any(|measure| measure.present.has(VoiceId::FIRST)));
        }
        if first * 2 > library.len() {
            reading::tell_folder(&remarks);
            let (pieces, measures) = (library.len(), library.measures());
            say(format_args!("{part}: {}, {pieces} pieces of {}, {measures} measures", path.display(), spec.name));
            return Ok(ChordSet { spec, library });
        }
    }
    // Whatever is wrong with the folder is said of the net's own band.
    let (library, remarks) = open(own).map_err(BadInput::error)?;
    reading::tell_folder(&remarks);
    Ok(ChordSet { spec: own.clone(), library })
}
