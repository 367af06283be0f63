//! Band files: one safetensors file per band, weights as f16, everything else as metadata.

use std::any::Any;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use half::f16;
use safetensors::tensor::{Dtype, SafeTensorError, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};

use crate::files;
use crate::music::band::{BandSpec, MAX_VOICES};
use crate::predict::fallback::Fallback;
use crate::predict::predictor::Predictor;
use crate::predict::told::Told;
use crate::rules::loop_rule::LoopRule;
use crate::rules::ngram::{BytesError, NGram};
use crate::systems::drummer::TrainedDrummer;
use crate::systems::figures::{FigureBank, FigurePlayer};
use crate::systems::harmony::HarmonyChoice;
use crate::systems::harmony::TrainedHarmony;
use crate::systems::harmony::hold::{Hold, held};
use crate::systems::nn::NamedTensor;
use crate::systems::system::{Kept, Parts, PartsError, System};

pub use crate::systems::architecture::Architecture;

/// The format that this version writes, and the newest that it reads. Required: it counts up when older versions could
/// not read what is written.
pub const FORMAT_VERSION: u32 = 1;

/// The largest band file that is read, in bytes. Chosen: seventy times the largest band that ships.
pub const MOST_BAND_BYTES: u64 = 256 << 20;

/// The metadata's entry in the safetensors header.
const ENTRY: &str = "band_player";

/// The counts of the n-gram that stands in for the system, as bytes among the weights; a band may lack them.
const NGRAM: &str = "ngram";

/// The system's own counts, as bytes among the weights.
const COUNTS: &str = "counts";

/// The checksum's entry.
const CHECKSUM: &str = "crc32";

static POP: &[u8] = include_bytes!("../../bands/pop.safetensors");
static CHORALE: &[u8] = include_bytes!("../../bands/chorale.safetensors");
static HARMONY_NET: &[u8] = include_bytes!("../../bands/harmony.safetensors");
static DRUMMER_NET: &[u8] = include_bytes!("../../bands/drummer.safetensors");

/// A data set that a band was trained on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainingSet {
    /// Its name.
    pub name: String,
    /// Who made it, as they want to be named.
    pub credit: String,
    /// Its licence.
    pub licence: String,
}

/// All that a band file says beside its weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BandInfo {
    /// The format's version.
    pub format_version: u32,
    /// The kind of system, with its sizes and switches.
    pub architecture: Architecture,
    /// The band: its name and voices.
    pub band: BandSpec,
    /// What it was trained on.
    pub training_sets: Vec<TrainingSet>,
    /// What was measured, by name.
    pub metrics: BTreeMap<String, f64>,
}

impl BandInfo {
    /// What a band file says of itself. Its weights are not looked at, nor is its checksum.
    ///
    /// # Errors
    /// [`BandFileError`], where the file is no band file.
    pub fn load(path: &Path) -> Result<Self, BandFileError> {
        Self::read(&bytes_of(path)?)
    }

    /// What a band file's bytes say of themselves, as [`Self::load`] does.
    ///
    /// # Errors
    /// [`BandFileError`], as there.
    pub fn read(bytes: &[u8]) -> Result<Self, BandFileError> {
        let entries = entries(bytes)?;
        serde_json::from_str(entries.get(ENTRY).ok_or(BandFileError::Foreign)?).map_err(BandFileError::Metadata)
    }

    /// What is trained and ships inside the program, each with the player's name for it.
    ///
    /// # Errors
    /// [`BandFileError`], where the program itself is damaged.
    pub fn inside() -> Result<Vec<(&'static str, Self)>, BandFileError> {
        [
            ("The band Pop, and the figures of its players", POP),
            ("The band Chorale", CHORALE),
            ("Foretold chords", HARMONY_NET),
            ("The drummer", DRUMMER_NET),
        ]
        .into_iter()
        .map(|(name, bytes)| Ok((name, Self::read(bytes)?)))
        .collect()
    }
}

/// A trained band, ready to play. Share it in an `Arc`: each player makes its own predictor, and all use
/// the same weights.
#[derive(Debug)]
pub struct Band {
    /// What its file says.
    pub info: BandInfo,
    system: Arc<dyn System>,
    ngram: Option<Arc<NGram>>,
}

/// Why a band file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BandFileError {
    /// The file cannot be read.
    #[error("the band file cannot be read ({0}): check that it exists and that you may read it")]
    Io(#[from] std::io::Error),
    /// It is a folder, which has no bytes, or a device or pipe, which might never end.
    #[error("this is not a file, but a folder or a device: choose a band file")]
    NotAFile,
    /// The file is far too large.
    #[error("a band file of {0} bytes is not plausible: was another file chosen?")]
    TooLarge(u64),
    /// The file is no safetensors file.
    #[error("this is not a band file: it is not in the safetensors format ({0}); was another file chosen?")]
    NotSafetensors(#[source] SafeTensorError),
    /// The file ends too early.
    #[error("the band file is cut off ({0}): copy or download it again")]
    Truncated(#[source] SafeTensorError),
    /// A safetensors file that is no band.
    #[error("this safetensors file is not a band: it lacks Band Player's metadata")]
    Foreign,
    /// The file was made by a newer version.
    #[error("the band file has format {found}, and this version reads up to {FORMAT_VERSION}: update Band Player")]
    Newer {
        /// The file's format.
        found: u32,
    },
    /// The metadata cannot be understood.
    #[error("the band file's metadata, `{ENTRY}` in its header, cannot be read ({0}): copy or download it again")]
    Metadata(#[source] serde_json::Error),
    /// The contents were changed.
    #[error("the band file is damaged (its checksum does not match): copy or download it again")]
    Checksum,
    /// A weight is written in numbers of another size.
    #[error("the band file's weight `{weight}` is stored as {found:?}, and bands have F16: train or export it again")]
    NumberFormat {
        /// Which.
        weight: String,
        /// How it is stored.
        found: Dtype,
    },
    /// There are too many voices, or none.
    #[error("the band file names {0} voices, and a band has 1 to {MAX_VOICES}: train it again")]
    Voices(usize),
    /// The n-gram that stands in for the system is none.
    #[error("the band file's entry `{NGRAM}`: {0}")]
    NGram(#[source] BytesError),
    /// The system is not one, or is not in the file.
    #[error("the band file does not hold the system that it names ({0}): copy or download it again, or train it again")]
    System(#[source] PartsError),
}

/// Only the version, so that newer files are recognised whatever else they hold.
#[derive(Deserialize)]
struct Version {
    format_version: u32,
}

impl Band {
    /// The name of the band that plays where nobody chooses one.
    pub const USUAL: &str = "pop";

    /// The band that ships inside the program under this name: `pop` or `chorale`.
    #[must_use]
    pub fn embedded(name: &str) -> Option<&'static [u8]> {
        match name {
            "pop" => Some(POP),
            "chorale" => Some(CHORALE),
            _ => None,
        }
    }

    /// A band of this system, and of the n-gram that stands in for it when a prediction is missing.
    #[must_use]
    pub fn new(info: BandInfo, system: Arc<dyn System>, ngram: Option<Arc<NGram>>) -> Self {
        Self { info, system, ngram }
    }

    /// Reads a band file.
    ///
    /// # Errors
    /// [`BandFileError`], one for each way in which a file can be wrong.
    pub fn load(path: &Path) -> Result<Self, BandFileError> {
        Self::read(&bytes_of(path)?)
    }

    /// Reads a band file's bytes.
    ///
    /// # Errors
    /// [`BandFileError`], as for [`Self::load`].
    pub fn read(bytes: &[u8]) -> Result<Self, BandFileError> {
        let entries = entries(bytes)?;
        let text = entries.get(ENTRY).ok_or(BandFileError::Foreign)?;
        let file = SafeTensors::deserialize(bytes).map_err(BandFileError::Truncated)?;
        let mut names: Vec<&str> = file.names().into_iter().collect();
        names.sort_unstable();
        let (mut parts, mut ngram) = (Parts::default(), None);
        let mut checksum = crc32fast::Hasher::new();
        checksum.update(text.as_bytes());
        for name in names {
            let view = file.tensor(name).map_err(BandFileError::Truncated)?;
            checksum.update(name.as_bytes());
            checksum.update(view.data());
            if name == NGRAM || name == COUNTS {
                *(if name == NGRAM { &mut ngram } else { &mut parts.counts }) = Some(view.data().to_vec());
                continue;
            }
            if view.dtype() != Dtype::F16 {
                return Err(BandFileError::NumberFormat { weight: name.to_owned(), found: view.dtype() });
            }
            let values = view.data().chunks_exact(2).map(|pair| f16::from_le_bytes([pair[0], pair[1]]).to_f32());
            let (name, shape) = (name.to_owned(), view.shape().to_vec());
            parts.weights.push(NamedTensor { name, shape, values: values.collect() });
        }
        if entries.get(CHECKSUM).and_then(|text| text.parse().ok()) != Some(checksum.finalize()) {
            return Err(BandFileError::Checksum);
        }
        let info: BandInfo = serde_json::from_str(text).map_err(BandFileError::Metadata)?;
        if info.band.voices.is_empty() || info.band.voices.len() > MAX_VOICES {
            return Err(BandFileError::Voices(info.band.voices.len()));
        }
        let ngram = ngram.map(|bytes| NGram::from_bytes(&info.band, &bytes)).transpose();
        let ngram = ngram.map_err(BandFileError::NGram)?.map(Arc::new);
        let kept = Kept { band: &info.band, parts: &parts, ngram: ngram.as_ref() };
        let system = info.architecture.read(&kept).map_err(BandFileError::System)?;
        Ok(Self::new(info, system, ngram))
    }

    /// The bytes of its file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // PANIC: the metadata are strings and numbers.
        let text = serde_json::to_string(&self.info).expect("metadata can be written");
        let Parts { weights, counts } = self.system.parts();
        let mut tensors: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = weights
            .into_iter()
            .map(|weight| {
                let bytes = weight.values.iter().flat_map(|&value| f16::from_f32(value).to_le_bytes()).collect();
                (weight.name, Dtype::F16, weight.shape, bytes)
            })
            .collect();
        for (name, bytes) in [(NGRAM, self.ngram.as_ref().map(|ngram| ngram.to_bytes())), (COUNTS, counts)] {
            if let Some(bytes) = bytes {
                tensors.push((name.to_owned(), Dtype::U8, vec![bytes.len()], bytes));
            }
        }
        tensors.sort_by(|a, b| a.0.cmp(&b.0));
        let mut checksum = crc32fast::Hasher::new();
        checksum.update(text.as_bytes());
        for (name, _, _, bytes) in &tensors {
            checksum.update(name.as_bytes());
            checksum.update(bytes);
        }
        let entries = HashMap::from([(ENTRY.to_owned(), text), (CHECKSUM.to_owned(), checksum.finalize().to_string())]);
        let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
            // PANIC: two bytes were written for each number, one for each byte.
            (name, TensorView::new(*dtype, shape.clone(), bytes).expect("as many bytes as the shape asks for"))
        });
        // PANIC: the views are consistent and the names unique.
        let mut file = safetensors::serialize(views, Some(entries)).expect("weights can be written");
        sort_header(&mut file);
        file
    }

    /// Writes its file: a reader finds the old one or the new one, whole.
    ///
    /// # Errors
    /// What the file system says; what stood there before is untouched.
    pub fn save(&self, path: &Path) -> std::io::Result<()> {
        files::replace(path, &self.to_bytes())
    }

    /// The band's name and voices.
    #[must_use]
    pub fn spec(&self) -> &BandSpec {
        &self.info.band
    }

    /// What was trained.
    #[must_use]
    pub fn system(&self) -> &Arc<dyn System> {
        &self.system
    }

    /// What was trained, if it is a `T`: `band.system_as::<TrainedRmvae>()`.
    #[must_use]
    pub fn system_as<T: System>(&self) -> Option<Arc<T>> {
        let system: Arc<dyn Any + Send + Sync> = Arc::<dyn System>::clone(&self.system);
        system.downcast().ok()
    }

    /// The n-gram trained with it, if there is one.
    #[must_use]
    pub fn ngram(&self) -> Option<&Arc<NGram>> {
        self.ngram.as_ref()
    }

    /// What plays where a prediction is missing and there is no loop: the n-gram, else triads.
    #[must_use]
    pub fn fallback(&self) -> Arc<dyn Fallback> {
        match &self.ngram {
            Some(ngram) => Arc::<NGram>::clone(ngram),
            None => Arc::new(LoopRule::new(self.info.band.clone())),
        }
    }

    /// The band with this n-gram in place of its own.
    #[must_use]
    pub fn with_ngram(mut self, ngram: Arc<NGram>) -> Self {
        self.ngram = Some(ngram);
        self
    }

    /// A player of this band, with all helpers.
    #[must_use]
    pub fn predictor(&self) -> Box<dyn Predictor> {
        Arc::clone(&self.system).predictor(self.fallback())
    }

    /// What this player plans, played in the figures inside the program, where it has voices of which there are any.
    #[must_use]
    pub fn in_figures(player: Box<dyn Predictor>) -> Box<dyn Predictor> {
        match FigureBank::embedded() {
            Some(bank) => FigurePlayer::over(player, bank, Self::harmony()),
            None => player,
        }
    }

    /// This player, told which chords come, where it heeds them and foretells none itself.
    #[must_use]
    pub fn told_chords(player: Box<dyn Predictor>) -> Box<dyn Predictor> {
        match Self::harmony().filter(|_| player.obeys_chords()) {
            Some(harmony) => Box::new(Told::new(player, move |request, spec| harmony.foretold(request, spec))),
            None => player,
        }
    }

    /// This player, told the chords of the round before where the user's music comes round again and they are held, if it
    /// heeds chords.
    #[must_use]
    pub fn holding(player: Box<dyn Predictor>, hold: Hold) -> Box<dyn Predictor> {
        let holds = hold != Hold::Never && player.obeys_chords();
        if holds { Box::new(Told::new(player, move |request, spec| held(hold, request, spec))) } else { player }
    }

    /// This player, told these chords, if it heeds chords. A chart is told outside of this one: what is known comes first.
    #[must_use]
    pub fn telling(player: Box<dyn Predictor>, choice: HarmonyChoice) -> Box<dyn Predictor> {
        let player = if choice.foretell { Self::told_chords(player) } else { player };
        Self::holding(player, choice.hold)
    }

    /// The net inside the program that foretells chords for all bands, read once.
    #[must_use]
    pub fn harmony() -> Option<Arc<TrainedHarmony>> {
        static HARMONY: OnceLock<Option<Arc<TrainedHarmony>>> = OnceLock::new();
        let read = || Self::read(HARMONY_NET).ok()?.system_as();
        HARMONY.get_or_init(read).clone()
    }
}

impl Band {
    /// The drummer inside the program, read once.
    #[must_use]
    pub fn drummer() -> Option<Arc<TrainedDrummer>> {
        static DRUMMER: OnceLock<Option<Arc<TrainedDrummer>>> = OnceLock::new();
        let read = || Self::read(DRUMMER_NET).ok()?.system_as();
        DRUMMER.get_or_init(read).clone()
    }
}

/// What stands beside the weights in a band file that this version can read.
fn entries(bytes: &[u8]) -> Result<HashMap<String, String>, BandFileError> {
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| match error {
        SafeTensorError::HeaderTooSmall
        | SafeTensorError::InvalidHeaderLength
        | SafeTensorError::MetadataIncompleteBuffer
            if looks_like_safetensors(bytes) =>
        {
            BandFileError::Truncated(error)
        }
        _ => BandFileError::NotSafetensors(error),
    })?;
    let entries = header.metadata().clone().ok_or(BandFileError::Foreign)?;
    let text = entries.get(ENTRY).ok_or(BandFileError::Foreign)?;
    let Version { format_version } = serde_json::from_str(text).map_err(BandFileError::Metadata)?;
    if format_version > FORMAT_VERSION {
        return Err(BandFileError::Newer { found: format_version });
    }
    Ok(entries)
}

/// The bytes of a band file.
fn bytes_of(path: &Path) -> Result<Vec<u8>, BandFileError> {
    let file = std::fs::metadata(path)?;
    if !file.is_file() {
        return Err(BandFileError::NotAFile);
    }
    let size = file.len();
    if size > MOST_BAND_BYTES {
        return Err(BandFileError::TooLarge(size));
    }
    Ok(std::fs::read(path)?)
}

/// Does it begin as a safetensors file does: eight bytes of length, then a JSON object?
fn looks_like_safetensors(bytes: &[u8]) -> bool {
    bytes.len() < 9 && !bytes.is_empty() || bytes.get(8) == Some(&b'{')
}

/// Brings the entries of a safetensors file's header into one order: the same band is the same bytes. (The format's
/// crate takes them from a map, whose order changes from run to run.)
fn sort_header(file: &mut [u8]) {
    let Some((length, rest)) = file.split_first_chunk_mut::<8>() else { return };
    let header = usize::try_from(u64::from_le_bytes(*length)).ok().and_then(|length| rest.get_mut(..length));
    let Some(header) = header else { return };
    let entries = serde_json::from_slice::<BTreeMap<String, serde_json::Value>>(header);
    let sorted = entries.and_then(|entries| serde_json::to_vec(&entries)).unwrap_or_default();
    // The header may have become longer: it is filled up with spaces.
    if (1..=header.len()).contains(&sorted.len()) {
        header.fill(b' ');
        header[..sorted.len()].copy_from_slice(&sorted);
    }
}
