//! `bandplayer train`: from folders of MIDI files to a band file.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use model::band_file::{Architecture, Band, BandInfo, FORMAT_VERSION, TrainingSet};
use model::rmvae::Trained;
use model::train::{Event, Piece, TrainOptions, read_pieces, train};
use model::{BandSpec, Key, NGram};

use crate::bad_input::BadInput;
use crate::train_biaxial;

/// Trains a band on folders of MIDI files.
#[derive(Debug, clap::Args)]
pub(crate) struct TrainArgs {
    /// What is trained.
    #[arg(long, value_enum, default_value_t = System::Rmvae)]
    system: System,
    /// The size of a biaxial LSTM: small keeps up with fast music on one core [default: the options' sizes].
    #[arg(long, value_enum)]
    form: Option<Form>,
    /// Which voices: those of `pop` (Lead, Counter, Chords, Bass) or of `chorale` (Soprano, Alto, Tenor, Bass).
    #[arg(long, default_value = "pop")]
    band: String,
    /// A folder with the folders `train` and `valid`, in which MIDI files lie with tracks named after the
    /// voices. Give it several times for several sets.
    #[arg(long, required = true)]
    data: Vec<PathBuf>,
    /// The band file to write.
    #[arg(long)]
    out: PathBuf,
    /// Options as a TOML file: net, loss, epochs, batch, learning-rate …
    #[arg(long)]
    options: Option<PathBuf>,
    /// Passes over the pieces (instead of the options' number).
    #[arg(long)]
    epochs: Option<usize>,
    /// Everything random comes from this (instead of the options' number).
    #[arg(long)]
    seed: Option<u64>,
    /// A set trained on, for the band's credits: "NAME; CREDIT; LICENCE".
    #[arg(long = "training-set")]
    training_sets: Vec<String>,
}

/// The systems that learn from whole bands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum System {
    /// The recurrent multimodal variational autoencoder.
    Rmvae,
    /// The biaxial LSTM.
    Biaxial,
}

/// The forms of a biaxial LSTM.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Form {
    /// About a seventeenth of the published one's arithmetic.
    Small,
    /// As published.
    Full,
}

/// What all systems need: pieces, and whom to credit for them.
pub(crate) struct Common {
    pub(crate) training_sets: Vec<TrainingSet>,
    pub(crate) learn: Vec<Piece>,
    pub(crate) watch: Vec<Piece>,
}

impl TrainArgs {
    /// The options of the file, or the default ones.
    pub(crate) fn options<T: serde::de::DeserializeOwned + Default>(&self) -> Result<T> {
        let Some(path) = &self.options else { return Ok(T::default()) };
        let text = std::fs::read_to_string(path)
            .map_err(|error| BadInput::error(format!("the options {} cannot be read: {error}", path.display())))?;
        toml::from_str(&text)
            .map_err(|error| BadInput::error(format!("the options in {} are wrong: {error}", path.display())))
    }

    /// Reads the pieces, and fits the voices' ranges to them.
    pub(crate) fn common(&self, spec: &mut BandSpec) -> Result<Common> {
        let training_sets = self.training_sets.iter().map(|text| training_set(text)).collect::<Result<Vec<_>>>()?;
        let (learn, watch) = (pieces(self, "train", spec)?, pieces(self, "valid", spec)?);
        fit_ranges(spec, &learn);
        Ok(Common { training_sets, learn, watch })
    }

    pub(crate) const fn form(&self) -> Option<Form> {
        self.form
    }

    pub(crate) const fn epochs(&self) -> Option<usize> {
        self.epochs
    }

    pub(crate) const fn seed(&self) -> Option<u64> {
        self.seed
    }

    pub(crate) fn out(&self) -> &Path {
        &self.out
    }
}

/// Trains; Ctrl-C keeps the best band so far and a checkpoint to go on from.
pub(crate) fn run(args: &TrainArgs) -> Result<()> {
    let mut spec = match args.band.as_str() {
        "pop" => BandSpec::pop(),
        "chorale" => BandSpec::chorale(),
        other => {
            let line = format!("there are no voices for a band named `{other}`: choose pop or chorale");
            return Err(BadInput::error(line));
        }
    };
    if args.system == System::Biaxial {
        return train_biaxial::run(args, spec);
    }
    let mut options: TrainOptions = args.options()?;
    options.epochs = args.epochs.unwrap_or(options.epochs);
    options.seed = args.seed.unwrap_or(options.seed);
    let Common { training_sets, learn, watch } = args.common(&mut spec)?;
    println!("counting the n-gram");
    let ngram = Arc::new(NGram::train(&spec, &learn.iter().map(Piece::song).collect::<Vec<_>>()));

    let stop = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&stop);
    ctrlc::set_handler(move || asked.store(true, Ordering::Relaxed)).context("cannot listen for Ctrl-C")?;

    let bar = ProgressBar::new(0);
    bar.set_style(ProgressStyle::with_template("{bar:30} {pos}/{len} {msg} · {eta} left")?);
    let mut smooth: Option<f64> = None;
    let mut saved = Ok(());
    train(&spec, &options, learn, watch, &args.out, &stop, |event| match event {
        Event::Batch { done, of, nll, rate } => {
            let mean = smooth.map_or(nll, |mean| mean * 0.98 + nll * 0.02);
            smooth = Some(mean);
            bar.set_length(of);
            bar.set_position(done);
            bar.set_message(format!("loss {mean:.4} · rate {rate:.1e}"));
        }
        Event::Epoch { epoch, net, best } => {
            bar.suspend(|| {
                println!(
                    "epoch {:3}: nll train {:.4}, valid {:.4}, valid as in a jam {:.4}; kl {:.2}{}",
                    epoch.number,
                    epoch.train_nll,
                    epoch.valid_nll,
                    epoch.jam_nll,
                    epoch.kl,
                    if best { " · best" } else { "" }
                );
            });
            if best {
                let metrics = [
                    ("epoch", f64::from(u32::try_from(epoch.number).unwrap_or(u32::MAX))),
                    ("valid nll per step and voice", epoch.valid_nll),
                    ("valid nll per step and voice, as in a jam", epoch.jam_nll),
                ];
                let info = BandInfo {
                    format_version: FORMAT_VERSION,
                    architecture: Architecture::Rmvae { config: options.net.clone() },
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

fn pieces(args: &TrainArgs, part: &str, spec: &BandSpec) -> Result<Vec<Piece>> {
    let folders: Vec<PathBuf> = args.data.iter().map(|folder| folder.join(part)).collect();
    let (pieces, skipped) = read_pieces(&folders, spec).map_err(BadInput::error)?;
    for reason in &skipped {
        eprintln!("left out: {reason}");
    }
    let measures: usize = pieces.iter().map(|piece| piece.measures.len()).sum();
    println!("{part}: {} pieces, {measures} measures, {} files left out", pieces.len(), skipped.len());
    Ok(pieces)
}

/// Gives each voice the keys that nearly all of its training notes use (in C), so that no number is wasted.
fn fit_ranges(spec: &mut BandSpec, pieces: &[Piece]) {
    for (index, voice) in spec.voices.iter_mut().enumerate() {
        let Some(id) = model::VoiceId::new(index) else { continue };
        let mut counts = [0usize; 128];
        for note in pieces.iter().flat_map(|piece| &piece.measures).flat_map(|measure| measure.voice(id).onsets()) {
            counts[usize::from(note.key.get())] += 1;
        }
        let total: usize = counts.iter().sum();
        if total == 0 {
            continue;
        }
        // Half a percent at each end is folded in by octaves.
        let outside = |counts: &mut dyn Iterator<Item = &usize>| {
            let mut sum = 0;
            counts
                .take_while(|&count| {
                    sum += count;
                    sum * 200 <= total
                })
                .count()
        };
        let (low, high) = (outside(&mut counts.iter()), 127 - outside(&mut counts.iter().rev()));
        let clamped = |key: usize| Key::clamped(i32::try_from(key).unwrap_or(127));
        voice.range.low = clamped(low);
        voice.range.high = clamped(high.max(low + 11));
    }
}

fn training_set(text: &str) -> Result<TrainingSet> {
    let parts: Vec<&str> = text.split(';').map(str::trim).collect();
    let [name, credit, licence] = parts[..] else {
        return Err(BadInput::error(format!("--training-set wants \"NAME; CREDIT; LICENCE\", not \"{text}\"")));
    };
    Ok(TrainingSet { name: name.into(), credit: credit.into(), licence: licence.into() })
}
