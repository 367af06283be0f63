//! `bandplayer train --system harmony`.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};
use model::systems::band_file::{Band, BandInfo};
use model::systems::harmony::{HarmonyConfig, TrainedHarmony};
use model::systems::system::Whole;
use model::train::harmony::{
    ChordSet, HarmoniserEpoch, HarmonyEpoch, HarmonyOptions, temperature, train, train_harmoniser,
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
    let harmoniser_out = args.out().with_extension("harmoniser.safetensors");
    // Where a harmoniser was begun, or the rest is given, the rest is there.
    if given || is_begun(&harmoniser_out)? {
        let rest = if given { options.onto.as_path() } else { args.out() };
        return harmonise(args, (&spec, &options), (&learn, &watch), &devices, (rest, &stop));
    }
    let mut watching = Watch::new(args.out())?;
    let keeping = Keeping { out: args.out(), spec: &spec, training_sets: &training_sets, ngram: None };
    let bench = Workbench { out: args.out(), devices: &devices, stop: &stop };
    train(&spec, &options, &learn, &watch, bench, |news| {
        watching.hear(news, |epoch: &HarmonyEpoch, net| {
            let reached = metrics(
                epoch.number,
                &[
                    ("valid nll per half measure", epoch.valid_nll),
                    ("valid likelihood of the right chord", epoch.valid_likelihood),
                ],
            );
            let config = HarmonyConfig { harmonises: 0, ..options.net.clone() };
            let trained = TrainedHarmony::new(spec.clone(), config.clone(), net);
            keeping.save(Whole { config }, trained, reached)
        });
    })
    .map_err(ended)?;
    if stop.load(Ordering::Relaxed) || options.net.harmonises == 0 {
        temper(args.out(), &watch)?;
        return watching.done(&stop);
    }
    watching.part_done()?;
    harmonise(args, (&spec, &options), (&learn, &watch), &devices, (args.out(), &stop))
}

/// The harmony net in this file, which a harmoniser is trained onto.
fn copying(path: &Path) -> Result<(Band, Arc<TrainedHarmony>)> {
    let wrong = |why: &str| {
        BadInput::error(format!("onto: {}: {why}: give the file of a harmony net that copies", path.display()))
    };
    let band = Band::load(path).map_err(|error| wrong(&error.to_string()))?;
    let net = band.system_as::<TrainedHarmony>().filter(|net| net.config.copies);
    let net = net.ok_or_else(|| wrong("it is none"))?;
    Ok((band, net))
}

/// Trains a harmoniser beside the net in `rest`, and writes both.
fn harmonise(
    args: &TrainingArgs,
    (spec, options): (&BandSpec, &HarmonyOptions),
    (learn, watch): (&[ChordSet], &[ChordSet]),
    devices: &[Device],
    (rest, stop): (&Path, &AtomicBool),
) -> Result<()> {
    let (band, net) = copying(rest)?;
    let out = args.out().with_extension("harmoniser.safetensors");
    let mut watching = Watch::of_part(&out, args.out())?;
    let bench = Workbench { out: &out, devices, stop };
    let units = options.net.harmonises;
    train_harmoniser(spec, options, learn, watch, bench, |news| {
        watching.hear(news, |epoch: &HarmoniserEpoch, harmoniser| {
            let mut info = band.info.clone();
            let trained = net.with_harmoniser(harmoniser, units);
            info.architecture = Whole { config: trained.config.clone() }.into();
            info.metrics.insert("valid nll of the harmoniser per half measure".into(), epoch.valid_nll);
            Band::new(info, Arc::new(trained), None)
                .save(args.out())
                .with_context(|| format!("cannot write {}", args.out().display()))
        });
    })
    .map_err(ended)?;
    temper(args.out(), watch)?;
    watching.done(stop)
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
