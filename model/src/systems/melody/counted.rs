//! The systems that count: a form says what its symbols are and how counts of them are read as chances.

use std::ops::RangeInclusive;
use std::sync::Arc;

use super::counts::Counts;
use super::events::Melody;
use super::form::MelodyForm;
use super::model::{MelodyModel, Reader};
use crate::music::band::KeyRange;
use crate::systems::checks::{self, Allowed, Refused};
use crate::systems::system::{Parts, PartsError};

/// What is counted, and how it is read.
pub trait CountedForm: MelodyForm {
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

/// Refuses an order and keys that cannot be counted.
///
/// # Errors
/// [`Refused`].
pub fn check(order: usize, orders: RangeInclusive<usize>, range: KeyRange) -> Result<(), Refused> {
    checks::count("order", order, orders)?;
    let KeyRange { low, high } = range;
    if low > high {
        let advice = "give a lowest key that is not above the highest";
        return Err(Refused::new("range.low", low.get(), Allowed::With(advice)));
    }
    Ok(())
}

/// The counts that a file keeps, ready to play: what they answer to [`MelodyForm::read`].
///
/// # Errors
/// [`PartsError`] where the counts are not its own.
pub fn read<F: CountedForm + 'static>(form: &F, parts: &Parts) -> Result<Box<dyn MelodyModel>, PartsError> {
    Ok(Box::new(Counted::read(form, parts)?))
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
    /// [`PartsError`] where the counts are not its own.
    pub fn read(form: &F, parts: &Parts) -> Result<Self, PartsError> {
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
