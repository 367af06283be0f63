//! The systems that count: a form says what its symbols are and how counts of them are read as chances.

use std::fmt::Debug;
use std::sync::Arc;

use super::counts::Counts;
use super::events::Melody;
use super::model::{MelodyModel, Reader};
use crate::music::band::KeyRange;
use crate::systems::system::{Parts, PartsError};

/// What is counted, and how it is read.
pub trait CountedForm: Clone + Debug + Send + Sync {
    /// Is there such a form? To be asked of what a file claims.
    ///
    /// # Errors
    /// [`PartsError::Form`], which says what is wrong.
    fn check(&self) -> Result<(), PartsError>;

    /// n of the counts: a symbol is looked up after n − 1 others.
    fn depth(&self) -> usize;

    /// How many symbols there are.
    fn symbols(&self) -> usize;

    /// A melody in symbols.
    fn written(&self, melody: &Melody) -> Vec<u16>;

    /// See [`MelodyModel::range`].
    fn range(&self) -> KeyRange;

    /// See [`MelodyModel::keyed`].
    fn keyed(&self) -> bool;

    /// See [`MelodyModel::pitches_only`].
    fn pitches_only(&self) -> bool {
        false
    }

    /// Begins to read a melody by these counts.
    fn reader<'a>(&'a self, counts: &'a Counts) -> Box<dyn Reader + 'a>;
}

/// Counts of one form.
#[derive(Clone, Debug)]
pub struct Counted<F> {
    pub(crate) form: F,
    pub(crate) counts: Arc<Counts>,
}

impl<F: CountedForm> Counted<F> {
    /// Counts these melodies.
    #[must_use]
    pub fn learn(form: &F, melodies: &[Melody]) -> Self {
        let mut counts = Counts::new(form.depth(), form.symbols());
        melodies.iter().for_each(|melody| counts.learn(&form.written(melody)));
        Self { form: form.clone(), counts: Arc::new(counts) }
    }

    /// The counts of a band file.
    ///
    /// # Errors
    /// [`PartsError`] where there is no such form, or the counts are not its own.
    pub fn read(form: &F, parts: &Parts) -> Result<Self, PartsError> {
        form.check()?;
        let KeyRange { low, high } = form.range();
        if low > high {
            return Err(PartsError::Form("the lowest key counted is above the highest"));
        }
        let counts = parts.counts.as_deref().and_then(|bytes| Counts::from_bytes(bytes, form.symbols()));
        let counts = counts.filter(|counts| counts.order() == form.depth()).ok_or(PartsError::Counts)?;
        Ok(Self { form: form.clone(), counts: Arc::new(counts) })
    }
}

impl<F: CountedForm> MelodyModel for Counted<F> {
    fn parts(&self) -> Parts {
        Parts { weights: Vec::new(), counts: Some(self.counts.to_bytes()) }
    }

    fn range(&self) -> KeyRange {
        self.form.range()
    }

    fn keyed(&self) -> bool {
        self.form.keyed()
    }

    fn pitches_only(&self) -> bool {
        self.form.pitches_only()
    }

    fn reader(&self, _: usize, _: usize) -> Box<dyn Reader + '_> {
        self.form.reader(&self.counts)
    }
}
