//! `bandplayer train --system biaxial`.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use model::band_file::{Architecture, Band, BandInfo, FORMAT_VERSION};
use model::biaxial::{BiaxialConfig, Trained};
use model::train::Piece;
use model::train::biaxial::{BiaxialEvent, BiaxialOptions, train};
use model::{BandSpec, NGram};

use crate::train::{Common, Form, TrainArgs, stop_on_ctrl_c};

/// Trains; Ctrl-C keeps the best band so far and a checkpoint to go on from.
pub(crate) fn run(args: &TrainArgs, mut spec: BandSpec) -> Result<()> {
    let mut options: BiaxialOptions = args.options()?;
    match args.form {
        Some(Form::Full) => options.net = BiaxialConfig::full(),
        Some(Form::Small) => options.net = BiaxialConfig::small(),
        None => {}
    }
    options.epochs = args.epochs.unwrap_or(options.epochs);
    options.seed = args.seed.unwrap_or(options.seed);
    let Common { training_sets, learn, watch } = args.common(&mut spec, true)?;
    println!("counting the n-gram");
    let ngram = Arc::new(NGram::train(&spec, &learn.iter().map(Piece::song).collect::<Vec<_>>()));

    let stop = stop_on_ctrl_c()?;
    let bar = ProgressBar::new(0);
    bar.set_style(ProgressStyle::with_template("{bar:30} {pos}/{len} {msg} · {eta} left")?);
    let mut smooth: Option<f64> = None;
    let mut saved = Ok(());
    train(&spec, &options, learn, &watch, &args.out, &stop, |event| match event {
        BiaxialEvent::Batch { done, of, nll, rate } => {
            let mean = smooth.map_or(nll, |mean| mean * 0.98 + nll * 0.02);
            smooth = Some(mean);
            bar.set_length(of);
            bar.set_position(done);
            bar.set_message(format!("loss {mean:.3} · rate {rate:.1e}"));
        }
        BiaxialEvent::Epoch { epoch, net, best } => {
            bar.suspend(|| {
                println!(
                    "epoch {:3}: nats per sixteenth train {:.4}, valid {:.4}; per note {:.4}{}",
                    epoch.number,
                    epoch.train_nll,
                    epoch.valid_per_step,
                    epoch.valid_per_note,
                    if best { " · best" } else { "" }
                );
            });
            if best {
                let metrics = [
                    ("epoch", f64::from(u32::try_from(epoch.number).unwrap_or(u32::MAX))),
                    ("valid nll per step", epoch.valid_per_step),
                    ("valid nll per note", epoch.valid_per_note),
                ];
                let info = BandInfo {
                    format_version: FORMAT_VERSION,
                    architecture: Architecture::Biaxial { config: options.net.clone() },
                    band: spec.clone(),
                    training_sets: training_sets.clone(),
                    metrics: metrics.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
                };
                let trained = Trained::new(spec.clone(), options.net.clone(), net.clone());
                saved = Band::new(info, Arc::new(trained), Some(Arc::clone(&ngram))).save(&args.out);
            }
        }
    })?;
    bar.finish_and_clear();
    saved.with_context(|| format!("cannot write {}", args.out.display()))?;
    if stop.load(Ordering::Relaxed) {
        println!("stopped: the best band so far is in {}; the same command goes on", args.out.display());
    } else {
        println!("the band is in {}", args.out.display());
    }
    Ok(())
}
