//! The n-gram of melody events: what followed the last n − 1 events (Shannon 1948).
//!
//! P(w_m | w_1 … w_{m−1}) ≈ P(w_m | w_{m−n+1} … w_{m−1}), interpolated down to shorter contexts so that none is 0
//! ([`crate::systems::melody::counts`]). Its events are those of a Melody RNN; or notes alone, as a plain RNN hears them. The
//! n-gram of a whole band is [`crate::rules::ngram`].

use serde::{Deserialize, Serialize};

use crate::music::band::KeyRange;
use crate::music::measure::MonoStep;
use crate::music::note::Key;
use crate::systems::checks::Refused;
use crate::systems::melody::counted::{self, Counted, CountedForm};
use crate::systems::melody::counts::{Counts, MOST_ORDER};
use crate::systems::melody::{Chances, Melody, MelodyForm, MelodyModel, Reader};
use crate::systems::system::{Parts, PartsError};

/// What an n-gram counts; a band file carries it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MelodyNgramConfig {
    /// n: an event is looked up after n − 1 others.
    pub order: usize,
    /// The keys that it tells apart; others are brought in by octaves.
    pub range: KeyRange,
    /// Its events are notes, whenever they come; else there is an event for each sixteenth.
    pub notes: bool,
    /// It counts melodies in C major or A minor.
    pub keyed: bool,
}

impl Default for MelodyNgramConfig {
    fn default() -> Self {
        let range = KeyRange { low: Key::clamped(48), high: Key::clamped(83) };
        Self { order: 5, range, notes: false, keyed: true }
    }
}

/// A counted n-gram of melody events.
pub type MelodyNgram = Counted<MelodyNgramConfig>;

impl MelodyNgramConfig {
    /// An n-gram of this order that tells the same events apart as another model: what that one has to beat.
    #[must_use]
    pub fn rival(model: &dyn MelodyModel, order: usize) -> Self {
        Self { order, range: model.range(), notes: model.pitches_only(), keyed: model.keyed() }
    }

    /// How many symbols stand before those of the keys: *no event* and *note off*, unless notes are counted alone.
    fn before_notes(&self) -> usize {
        if self.notes { 0 } else { 2 }
    }

    /// The symbol of an event; `None` where just notes count.
    fn symbol(&self, event: MonoStep) -> Option<u16> {
        let symbol = match event {
            MonoStep::Note(key) => self.before_notes() + self.range.place(key),
            _ if self.notes => return None,
            MonoStep::Continue => 0,
            MonoStep::Rest => 1,
        };
        u16::try_from(symbol).ok()
    }

    /// Counts these melodies.
    #[must_use]
    pub fn learn(&self, melodies: &[Melody]) -> MelodyNgram {
        Counted::learn(self, melodies)
    }
}

impl MelodyForm for MelodyNgramConfig {
    fn check(&self) -> Result<(), Refused> {
        counted::check(self.order, 1..=MOST_ORDER, self.range)
    }

    fn read(&self, parts: &Parts) -> Result<Box<dyn MelodyModel>, PartsError> {
        counted::read(self, parts)
    }
}

impl CountedForm for MelodyNgramConfig {
    fn depth(&self) -> usize {
        self.order
    }

    fn symbols(&self) -> usize {
        self.before_notes() + self.range.len()
    }

    fn written(&self, melody: &Melody) -> Vec<u16> {
        melody.events.iter().filter_map(|&event| self.symbol(event)).collect()
    }

    fn range(&self) -> KeyRange {
        self.range
    }

    fn keyed(&self) -> bool {
        self.keyed
    }

    fn pitches_only(&self) -> bool {
        self.notes
    }

    fn reader<'a>(&'a self, counts: &'a Counts) -> Box<dyn Reader + 'a> {
        Box::new(NgramReader { config: self, counts, past: Vec::new() })
    }
}

/// An n-gram in the midst of a melody.
#[derive(Clone)]
struct NgramReader<'a> {
    config: &'a MelodyNgramConfig,
    counts: &'a Counts,
    past: Vec<u16>,
}

impl Reader for NgramReader<'_> {
    fn hear(&mut self, event: MonoStep) {
        self.past.extend(self.config.symbol(event));
    }

    fn chances(&self) -> Chances {
        let found = self.counts.chances(&self.past);
        let (others, keys) = found.split_at(self.config.before_notes());
        let mut chances = Chances::NONE;
        if let [hold, rest] = *others {
            (chances.hold, chances.rest) = (hold, rest);
        }
        let low = usize::from(self.config.range.low.get());
        chances.notes[low..low + keys.len()].copy_from_slice(keys);
        chances
    }

    fn fork<'f>(&self) -> Box<dyn Reader + 'f>
    where
        Self: 'f,
    {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use MonoStep::{Continue, Rest};

    fn note(key: i32) -> MonoStep {
        MonoStep::Note(Key::clamped(key))
    }

    fn tune() -> Melody {
        Melody { bar: 4, events: [note(60), Continue, note(64), Rest].repeat(8) }
    }

    #[test]
    fn a_trigram_knows_what_followed_two_events() {
        let ngram = MelodyNgramConfig { order: 3, ..MelodyNgramConfig::default() }.learn(&[tune()]);
        let mut reader = ngram.reader(4, 0);
        for (event, likeliest) in [(note(60), Continue), (Continue, note(64)), (note(64), Rest), (Rest, note(60))] {
            reader.hear(event);
            let chances = reader.chances();
            assert_eq!(chances.likeliest(), likeliest);
            assert!((chances.total() - 1.0).abs() < 1e-5);
            assert!(chances.of(note(50)) > 0.0, "nothing is impossible");
        }
    }

    #[test]
    fn of_notes_alone_it_knows_no_rhythm() {
        let config = MelodyNgramConfig { order: 2, notes: true, ..MelodyNgramConfig::default() };
        let ngram = config.learn(&[tune()]);
        let mut reader = ngram.reader(4, 0);
        [note(60), Continue, Continue].into_iter().for_each(|event| reader.hear(event));
        let chances = reader.chances();
        assert_eq!((chances.hold, chances.rest, chances.likeliest()), (0.0, 0.0, note(64)));
        assert_eq!(config.symbols(), 36);
    }

    #[test]
    fn the_counts_of_another_form_are_refused() {
        let config = MelodyNgramConfig::default();
        let parts = config.learn(&[tune()]).parts();
        assert_eq!(config.read(&parts).expect("its own counts").parts(), parts);
        let higher = MelodyNgramConfig { order: 6, ..config.clone() };
        assert_eq!(higher.read(&parts).err(), Some(PartsError::Counts));
        let absurd = MelodyNgramConfig { order: usize::MAX, ..config.clone() };
        assert!(absurd.check().is_err());
        let turned = KeyRange { low: Key::MAX, high: Key::MIN };
        assert!(MelodyNgramConfig { range: turned, ..config }.check().is_err());
    }
}
