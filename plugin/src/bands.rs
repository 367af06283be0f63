//! Which band plays, and where it comes from. Instances in one process share the weights.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, Weak};
use std::time::SystemTime;

use model::rules::loop_rule::LoopRule;
use model::systems::band_file::{Band, BandFileError};
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

/// Makes predictors of one band: the first one, and another whenever one has panicked. It holds all
/// that it needs: the band's file may have changed or gone.
pub type Predictors = Box<dyn Fn() -> Box<dyn Predictor> + Send>;

/// All that is needed to play a band.
pub struct Loaded {
    /// Its voices.
    pub spec: BandSpec,
    /// Makes what predicts; lives on the worker.
    pub predictors: Predictors,
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
        #[source]
        reason: BandFileError,
    },
    /// A band that ships with Band Player cannot be used.
    #[error("the band that ships with Band Player cannot be used: {0}")]
    Shipped(#[source] Arc<BandFileError>),
}

/// Loads bands. The seam between the worker and the disk: tests give it fakes.
pub trait BandLibrary: Send {
    /// Loads a band, or finds it already loaded.
    ///
    /// # Errors
    /// [`LoadError`]; the band that plays goes on.
    fn load(&mut self, wanted: &Wanted) -> Result<Loaded, LoadError>;
}

/// The bands inside the plugin and on disk, shared by the whole process.
#[derive(Clone, Copy, Debug, Default)]
pub struct SharedBands;

impl BandLibrary for SharedBands {
    fn load(&mut self, wanted: &Wanted) -> Result<Loaded, LoadError> {
        let band = match wanted {
            Wanted::Pop => shipped(&POP, "pop")?,
            Wanted::Chorale => shipped(&CHORALE, "chorale")?,
            Wanted::File(path) => own(path)?,
            Wanted::LoopRule => {
                let spec = BandSpec::pop();
                let rule = LoopRule::new(spec.clone());
                let fallback = Arc::new(rule.clone());
                let predictors = move || Band::in_figures(Box::new(rule.clone()));
                return Ok(Loaded { spec, predictors: Box::new(predictors), fallback });
            }
            Wanted::NGram => {
                let band = shipped(&POP, "pop")?;
                let ngram = Arc::clone(band.ngram().ok_or(LoadError::NoNGram)?);
                let (spec, fallback) = (band.spec().clone(), band.fallback());
                let predictors = move || Band::in_figures(Box::new(ngram.player()));
                return Ok(Loaded { spec, predictors: Box::new(predictors), fallback });
            }
        };
        let (spec, fallback) = (band.spec().clone(), band.fallback());
        // Figures over told chords leave nothing to hear of a band: who loads one of their own wants to hear that.
        let own = matches!(wanted, Wanted::File(_));
        let predictors = move || if own { band.predictor() } else { Band::in_figures(band.predictor()) };
        Ok(Loaded { spec, predictors: Box::new(predictors), fallback })
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
    if !file.is_file() {
        return Err(failed(BandFileError::NotAFile));
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of this test alone, with the choir in it; removed when it is dropped.
    struct OwnFile(PathBuf);

    impl OwnFile {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("band-player-{name}-{}.safetensors", std::process::id()));
            std::fs::write(&path, Band::embedded("chorale").expect("it ships")).expect("a file");
            Self(path)
        }

        fn load(&self) -> Result<Loaded, LoadError> {
            SharedBands.load(&Wanted::File(self.0.clone()))
        }
    }

    impl Drop for OwnFile {
        fn drop(&mut self) {
            let _removed = std::fs::remove_file(&self.0);
        }
    }

    fn bands_of(path: &Path) -> usize {
        let known = OWN.lock().expect("no test panics with it");
        known.iter().filter(|known| known.path == path && known.band.strong_count() > 0).count()
    }

    #[test]
    fn instances_share_a_file_of_the_users_own_until_the_last_has_left() {
        let file = OwnFile::new("shared");
        let (first, second) = (file.load().expect("a band"), file.load().expect("a band"));
        assert_eq!(bands_of(&file.0), 1, "read once");
        drop(first);
        assert_eq!(bands_of(&file.0), 1);
        drop(second);
        assert_eq!(bands_of(&file.0), 0, "and freed");
    }

    #[test]
    fn a_file_that_has_gone_or_changed_is_refused_and_the_loaded_band_goes_on() {
        let file = OwnFile::new("gone");
        let whole = std::fs::read(&file.0).expect("it was written");
        let loaded = file.load().expect("a band");
        for bytes in [&b""[..], b"garbage", &whole[..9], &whole[..whole.len() / 2], &whole[..whole.len() - 1]] {
            std::fs::write(&file.0, bytes).expect("a file");
            assert!(matches!(file.load(), Err(LoadError::File { .. })), "{} bytes", bytes.len());
        }
        std::fs::remove_file(&file.0).expect("removed");
        assert!(matches!(file.load(), Err(LoadError::File { reason: BandFileError::Io(_), .. })));
        // Another predictor of the band that is loaded needs no file.
        assert_eq!((loaded.predictors)().spec().name, "chorale");
    }

    #[test]
    fn what_is_no_file_is_refused_unread() {
        let refused = |path: &str| SharedBands.load(&Wanted::File(path.into())).err();
        assert!(matches!(refused(""), Some(LoadError::NoFile)));
        let folder = std::env::temp_dir();
        assert!(matches!(refused(folder.to_str().expect("text")), Some(LoadError::File { .. })));
        // It has no end.
        #[cfg(unix)]
        assert!(matches!(refused("/dev/zero"), Some(LoadError::File { .. })));
    }
}
