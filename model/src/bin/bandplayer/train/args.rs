//! What `bandplayer train` is told, and what every training begins with.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail};
use model::systems::band_file::TrainingSet;
use model::systems::checks::Refused;
use model::train::{CheckpointError, Library, LibraryError, Piece, TrainError, device};
use model::{BandSpec, Device, Key, NGram, VoiceId};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::options;
use crate::bad_input::BadInput;
use crate::files;
use crate::playing::{no_such_voice, say};
use crate::reading;

/// Trains a band on folders of MIDI files.
#[derive(Debug, clap::Args)]
pub(super) struct TrainingArgs {
    /// The voice that a system of one voice learns; by default the band's first.
    #[arg(long)]
    pub(super) voice: Option<String>,
    /// The size of a biaxial LSTM: small keeps up with fast music on one core [default: the options' sizes].
    #[arg(long, value_enum)]
    pub(super) form: Option<Form>,
    /// Which voices: those of `pop` (Lead, Counter, Chords, Bass) or of `chorale` (Soprano, Alto, Tenor, Bass).
    #[arg(long, default_value = "pop")]
    pub(super) band: String,
    /// A folder with the folders `train` and `valid`, in which MIDI files lie with tracks named after the
    /// voices, or (for a net of all voices) a file of `bandplayer prepare`. Give it several times for several sets.
    #[arg(long, required_unless_present = "show_options")]
    pub(super) data: Vec<PathBuf>,
    /// The band file to write.
    #[arg(long, required_unless_present = "show_options")]
    out: Option<PathBuf>,
    /// Options as a TOML file: net, loss, epochs, batch, learning-rate …; of a system of one voice the tables net,
    /// training and extraction.
    #[arg(long)]
    pub(super) options: Option<PathBuf>,
    /// One option, as the TOML file would have it: `training.batch=64`, `net.units=[256, 256]`, `net.order=3`. Give it
    /// several times for several options.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,
    /// Trains nothing, but writes all options with their values as a TOML file has them, and whether they are possible.
    #[arg(long)]
    show_options: bool,
    /// Passes over the pieces (instead of the options' number).
    #[arg(long)]
    pub(super) epochs: Option<usize>,
    /// Everything random comes from this (instead of the options' number).
    #[arg(long)]
    pub(super) seed: Option<u64>,
    /// What to compute on: cpu, cuda, wgpu or vulkan, or one of several, as in cuda:1. Given several times, each takes a
    /// batch of its own of every step.
    #[arg(long, default_value = CPU)]
    pub(super) device: Vec<String>,
    /// A set trained on, for the band's credits: "NAME; CREDIT; LICENCE".
    #[arg(long = "training-set")]
    training_sets: Vec<String>,
}

/// The device that is there always.
pub(super) const CPU: &str = "cpu";

/// The forms of a biaxial LSTM.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Form {
    /// About a seventeenth of the published one's arithmetic.
    Small,
    /// As published.
    Full,
}

/// What all systems need: pieces, and whom to credit for them.
pub(super) struct Common {
    pub(super) training_sets: Vec<TrainingSet>,
    pub(super) learn: Library,
    pub(super) watch: Library,
    /// What steps in for the net.
    pub(super) ngram: Arc<NGram>,
}

impl TrainingArgs {
    /// The options: the defaults, changed by the file, by single ones and by `change`, which has what the command line says
    /// otherwise. Nothing is read or trained before `check` has found them possible. `None`: they were shown, which was
    /// all that was wanted.
    pub(super) fn options<T: Serialize + DeserializeOwned>(
        &self,
        defaults: &T,
        change: impl FnOnce(&mut T),
        check: impl FnOnce(&T) -> Result<(), Refused>,
    ) -> Result<Option<T>> {
        let mut options = options::read(self.options.as_deref(), &self.set, defaults)?;
        change(&mut options);
        check(&options).map_err(BadInput::error)?;
        if self.show_options {
            say(format_args!("{}", toml::to_string(&options).context("the options cannot be written")?.trim_end()));
            return Ok(None);
        }
        let folder = self.out().parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
            bail!("cannot write {}: there is no folder {}", self.out().display(), folder.display());
        }
        files::may_write(self.out())?;
        Ok(Some(options))
    }

    /// The band file to write.
    pub(super) fn out(&self) -> &Path {
        // Only where options are shown, and nothing is written, is there none.
        self.out.as_deref().unwrap_or(Path::new(""))
    }

    /// Refuses a voice where all are learnt.
    pub(super) fn of_all_voices(&self) -> Result<BandSpec> {
        match &self.voice {
            None => spec_of(&self.band),
            Some(voice) => Err(BadInput::error(format!(
                "this system learns all voices: leave out --voice {voice}, or choose a --system of one voice"
            ))),
        }
    }

    /// The voice that is learnt where it is one.
    pub(super) fn of_one_voice(&self) -> Result<(BandSpec, VoiceId)> {
        let spec = spec_of(&self.band)?;
        let voice = match &self.voice {
            None => VoiceId::FIRST,
            Some(name) => spec.voice(name).ok_or_else(|| no_such_voice(name, &spec))?,
        };
        Ok((spec, voice))
    }

    /// Reads the pieces, in C major or A minor where `home_key`, and fits the voices' ranges to them.
    pub(super) fn common(&self, spec: &mut BandSpec, home_key: bool) -> Result<Common> {
        let training_sets = training_sets(self)?;
        let (learn, watch) = (pieces(self, "train", spec, home_key)?, pieces(self, "valid", spec, home_key)?);
        fit_ranges(spec, &learn)?;
        say("counting the n-gram");
        let ngram = Arc::new(ngram(spec, &learn)?);
        Ok(Common { training_sets, learn, watch, ngram })
    }

    /// The devices to compute on.
    pub(super) fn devices(&self) -> Result<Vec<Device>> {
        self.device.iter().map(|name| device(name).map_err(BadInput::error)).collect()
    }
}

/// Options that turn out to be impossible with these pieces are the user's, and so are those that are not the ones a
/// checkpoint was made with; all else that ends a training is not.
pub(super) fn ended(error: TrainError) -> anyhow::Error {
    match error {
        TrainError::Options(refused) => BadInput::error(refused),
        nothing @ TrainError::Nothing { .. } => BadInput::error(nothing),
        other @ TrainError::Checkpoint(CheckpointError::OtherRun { .. }) => BadInput::error(other),
        other => other.into(),
    }
}

/// The voices of a band of this name.
pub(crate) fn spec_of(band: &str) -> Result<BandSpec> {
    match band {
        "pop" => Ok(BandSpec::pop()),
        "chorale" => Ok(BandSpec::chorale()),
        other => {
            let line = format!("there are no voices for a band named `{other}`: choose pop or chorale");
            Err(BadInput::error(line))
        }
    }
}

/// What Ctrl-C sets.
pub(super) fn stop_on_ctrl_c() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&stop);
    ctrlc::set_handler(move || asked.store(true, Ordering::Relaxed)).context("cannot listen for Ctrl-C")?;
    Ok(stop)
}

/// The folders of this part of the data: `train`, `valid` or `test`.
pub(super) fn folders(args: &TrainingArgs, part: &str) -> Vec<PathBuf> {
    args.data.iter().map(|folder| folder.join(part)).collect()
}

pub(super) fn pieces(args: &TrainingArgs, part: &str, spec: &BandSpec, home_key: bool) -> Result<Library> {
    let (library, remarks) = Library::open(&args.data, part, spec, home_key).map_err(BadInput::error)?;
    reading::tell_folder(&remarks);
    let (pieces, measures, left_out) = (library.len(), library.measures(), remarks.left_out());
    say(format_args!("{part}: {pieces} pieces, {measures} measures, {left_out} files left out"));
    Ok(library)
}

/// Counts the n-gram of these pieces, one after another.
pub(super) fn ngram(spec: &BandSpec, pieces: &Library) -> Result<NGram, LibraryError> {
    let mut failed = Ok(());
    let songs = pieces.iter().map_while(|piece| piece.map_err(|error| failed = Err(error)).ok());
    let ngram = NGram::train(spec, songs.map(|piece: Piece| piece.song()));
    failed.map(|()| ngram)
}

/// Gives each voice just the keys that nearly all of its training notes use, so that the net wastes no numbers on
/// others.
pub(super) fn fit_ranges(spec: &mut BandSpec, pieces: &Library) -> Result<(), LibraryError> {
    let mut all = vec![[0usize; 128]; spec.voices.len()];
    for piece in pieces.iter() {
        for measure in &piece?.measures {
            for (id, counts) in spec.all().iter().zip(&mut all) {
                measure.voice(id).onsets().for_each(|note| counts[usize::from(note.key.get())] += 1);
            }
        }
    }
    for (voice, counts) in spec.voices.iter_mut().zip(&all) {
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
    Ok(())
}

/// What the band's file says was reached, and in which epoch.
pub(super) fn metrics(epoch: usize, figures: &[(&str, f64)]) -> BTreeMap<String, f64> {
    let number = f64::from(u32::try_from(epoch).unwrap_or(u32::MAX));
    let all = std::iter::once(("epoch", number)).chain(figures.iter().copied());
    all.map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The sets that the band's file credits.
pub(super) fn training_sets(args: &TrainingArgs) -> Result<Vec<TrainingSet>> {
    args.training_sets.iter().map(|text| training_set(text)).collect()
}

fn training_set(text: &str) -> Result<TrainingSet> {
    let parts: Vec<&str> = text.split(';').map(str::trim).collect();
    let [name, credit, licence] = parts[..] else {
        return Err(BadInput::error(format!("--training-set wants \"NAME; CREDIT; LICENCE\", not \"{text}\"")));
    };
    Ok(TrainingSet { name: name.into(), credit: credit.into(), licence: licence.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_of_other_options_is_the_users_to_settle_and_a_damaged_one_is_not() {
        let path = PathBuf::from("band.checkpoint");
        let is_users = |error| ended(TrainError::Checkpoint(error)).is::<BadInput>();
        assert!(is_users(CheckpointError::OtherRun { path: path.clone() }));
        assert!(!is_users(CheckpointError::Damaged { path, reason: "too short".into() }));
    }
}
