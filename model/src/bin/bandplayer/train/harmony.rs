//! `bandplayer train --system harmony`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};
use model::systems::band_file::{Band, BandInfo, TrainingSet};
use model::systems::harmony::TrainedHarmony;
use model::systems::system::Whole;
use model::train::harmony::{
    BelieverEpoch, ChordSet, HarmonyEpoch, HarmonyOptions, ImaginerEpoch, NamerEpoch, temperature, train,
    train_believer, train_imaginer, train_namer,
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
    let parts = Part::wanted(&options);
    let mut begun = None;
    for (at, part) in parts.iter().enumerate() {
        begun = is_begun(&training.beside(part.name()))?.then_some(at).or(begun);
    }
    if !given && begun.is_none() {
        training.copy(&training_sets)?;
    }
    // Where a part was begun, those before it are there.
    for (at, part) in parts.iter().enumerate().skip(begun.unwrap_or(0)) {
        if training.goes_on() {
            training.add(*part, if given && at == 0 { &options.onto } else { args.out() })?;
        }
    }
    temper(args.out(), &watch)?;
    training.done()
}

/// A part of the net that is trained by itself, beside all that was trained before it.
#[derive(Clone, Copy)]
enum Part {
    Namer,
    Believer,
    Imaginer,
}

impl Part {
    /// Those that are to be trained, in turn.
    fn wanted(options: &HarmonyOptions) -> Vec<Self> {
        let HarmonyOptions { net, namer_epochs, believer_epochs, imaginer_epochs, .. } = options;
        let all = [
            (Self::Namer, net.names > 0 && *namer_epochs > 0),
            (Self::Believer, net.believes > 0 && *believer_epochs > 0),
            (Self::Imaginer, net.imagines > 0 && *imaginer_epochs > 0),
        ];
        all.into_iter().filter(|(_, wanted)| *wanted).map(|(part, _)| part).collect()
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Namer => "namer",
            Self::Believer => "believer",
            Self::Imaginer => "imaginer",
        }
    }
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
                let config = self.options.net.alone();
                let trained = TrainedHarmony::new(self.spec.clone(), config.clone(), net);
                keeping.save(Whole { config }, trained, reached)
            });
        })
        .map_err(ended)?;
        watching.part_done()
    }

    /// Trains a part beside the net in `rest`, and writes both.
    fn add(&self, part: Part, rest: &Path) -> Result<()> {
        let (band, net) = copying(rest)?;
        let out = self.beside(part.name());
        let mut watching = Watch::of_part(&out, self.args.out())?;
        let (spec, options, bench, form) = (self.spec, self.options, self.bench(&out), &self.options.net);
        let keep = |trained, name: &str, reached| save(&band, trained, (name, reached), self.args.out());
        match part {
            Part::Namer => train_namer(spec, options, self.learn, self.watch, bench, |news| {
                watching.hear(news, |epoch: &NamerEpoch, namer| {
                    let name = "valid nll of the namer per half measure";
                    keep(net.with_namer(namer, form.names), name, epoch.valid_nll)
                });
            }),
            Part::Believer => train_believer(spec, options, self.learn, self.watch, bench, |news| {
                watching.hear(news, |epoch: &BelieverEpoch, believer| {
                    let name = "valid nll of the believer per measure";
                    keep(net.with_believer(believer, form.believes), name, epoch.valid_nll)
                });
            }),
            Part::Imaginer => train_imaginer(&net, options, (self.learn, self.watch), bench, |news| {
                watching.hear(news, |epoch: &ImaginerEpoch, imaginer| {
                    let name = "valid nll of the imaginer per half measure";
                    keep(net.with_imaginer(imaginer, form.imagines), name, epoch.valid_nll)
                });
            }),
        }
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
