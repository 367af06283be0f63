//! Which band plays, and where it comes from. Instances in one process share the weights.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, Weak};
use std::time::SystemTime;

use model::band_file::{Band, BandFileError};
use model::loop_rule::LoopRule;
use model::{BandSpec, Fallback, Predictor};

/// A band that ships with Band Player, a rule, or the user's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Wanted {
    /// The pop band.
    #[default]
    Pop,
    /// The choir.
    Chorale,
    /// The loop rule, played by the pop band: no learning.
    LoopRule,
    /// The n-gram, played by the pop band.
    NGram,
    /// The band in this file.
    File(PathBuf),
}

/// All that is needed to play a band.
pub struct Loaded {
    /// Its voices.
    pub spec: BandSpec,
    /// Predicts; lives on the worker.
    pub predictor: Box<dyn Predictor>,
    /// Plays when no prediction is there; lives on the audio thread.
    pub fallback: Arc<dyn Fallback>,
}

impl std::fmt::Debug for Loaded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loaded").field("spec", &self.spec).finish_non_exhaustive()
    }
}

/// Why a band cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// No file was chosen.
    #[error("no band file was chosen")]
    NoFile,
    /// The shipped pop band was trained without counting.
    #[error("the pop band has no n-gram")]
    NoNGram,
    /// The file cannot be used.
    #[error("{path}: {reason}", path = .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: BandFileError,
    },
    /// A band that ships with Band Player cannot be used.
    #[error("the band that ships with Band Player cannot be used: {0}")]
    Shipped(Arc<BandFileError>),
}

/// Loads bands. The seam between the worker and the disk: tests give it fakes.
pub trait Library: Send {
    /// Loads a band, or finds it already loaded.
    ///
    /// # Errors
    /// [`LoadError`]; the band that plays goes on.
    fn load(&mut self, wanted: &Wanted) -> Result<Loaded, LoadError>;
}

/// The bands inside the plugin and on disk, shared by the whole process.
#[derive(Clone, Copy, Debug, Default)]
pub struct SharedBands;

impl Library for SharedBands {
    fn load(&mut self, wanted: &Wanted) -> Result<Loaded, LoadError> {
        let band = match wanted {
            Wanted::Pop => shipped(&POP, "pop")?,
            Wanted::Chorale => shipped(&CHORALE, "chorale")?,
            Wanted::File(path) => own(path)?,
            Wanted::LoopRule => {
                let spec = BandSpec::pop();
                let rule = LoopRule::new(spec.clone());
                return Ok(Loaded { spec, predictor: Box::new(rule.clone()), fallback: Arc::new(rule) });
            }
            Wanted::NGram => {
                let band = shipped(&POP, "pop")?;
                let ngram = band.ngram().ok_or(LoadError::NoNGram)?;
                let (spec, predictor) = (band.spec().clone(), Box::new(ngram.player()));
                return Ok(Loaded { spec, predictor, fallback: band.fallback() });
            }
        };
        Ok(Loaded { spec: band.spec().clone(), predictor: band.predictor(), fallback: band.fallback() })
    }
}

type Shelf = OnceLock<Result<Arc<Band>, Arc<BandFileError>>>;

static POP: Shelf = OnceLock::new();
static CHORALE: Shelf = OnceLock::new();

/// A band inside the plugin, unpacked by the first instance that wants it.
fn shipped(shelf: &Shelf, name: &str) -> Result<Arc<Band>, LoadError> {
    let unpack = || {
        let bytes = Band::embedded(name).ok_or_else(|| Arc::new(BandFileError::Foreign))?;
        Band::read(bytes).map(Arc::new).map_err(Arc::new)
    };
    shelf.get_or_init(unpack).clone().map_err(LoadError::Shipped)
}

/// A user's own band that some instance plays.
struct Known {
    path: PathBuf,
    /// When the file was last written, and how long it is: another file under the same name is
    /// another band.
    stamp: (Option<SystemTime>, u64),
    band: Weak<Band>,
}

#[expect(clippy::disallowed_types, reason = "never on the audio thread: workers share the bands that they load")]
static OWN: std::sync::Mutex<Vec<Known>> = std::sync::Mutex::new(Vec::new());

/// The band in this file; freed when the last instance has left it.
fn own(path: &Path) -> Result<Arc<Band>, LoadError> {
    if path.as_os_str().is_empty() {
        return Err(LoadError::NoFile);
    }
    let failed = |reason| LoadError::File { path: path.to_owned(), reason };
    let file = std::fs::metadata(path).map_err(|error| failed(BandFileError::Io(error)))?;
    let stamp = (file.modified().ok(), file.len());
    // A worker that panicked while it held the lock left a list that is still whole.
    let mut known = OWN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    known.retain(|known| known.band.strong_count() > 0);
    let same = known.iter().find(|known| known.path == path && known.stamp == stamp);
    if let Some(band) = same.and_then(|known| known.band.upgrade()) {
        return Ok(band);
    }
    let band = Arc::new(Band::load(path).map_err(failed)?);
    known.push(Known { path: path.to_owned(), stamp, band: Arc::downgrade(&band) });
    Ok(band)
}
