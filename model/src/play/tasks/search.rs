//! New events after a melody, by beam search.
//!
//! ```text
//! beam       each goes on `branches` ways    the best of all
//! ───●─┬─    for `steps` events              are the next beam
//!      ├─
//! ───●─┼─
//!      └─
//! ```
//!
//! With one melody in the beam and one branch it is plain sampling. Melodies are compared by how likely the model finds
//! their new events, whatever the temperature at which they were drawn.
//!
//! # Source
//! `beam_search` of Magenta (2016); the first iteration is the shorter one where the steps do not divide evenly, as there.

use crate::music::band::Role;
use crate::music::measure::MonoStep;
use crate::predict::predictor::Style;
use crate::random::{Rng, mix};
use crate::systems::melody::{Melody, MelodyModel, Reader};

/// How a search goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Search {
    /// How many melodies go on at once, at least 1.
    pub beam: usize,
    /// How many ways each goes on in an iteration, at least 1.
    pub branches: usize,
    /// How many events an iteration has, at least 1.
    pub steps: usize,
}

impl Default for Search {
    fn default() -> Self {
        Self { beam: 1, branches: 1, steps: 1 }
    }
}

/// A melody under way.
struct Entry<'a> {
    reader: Box<dyn Reader + 'a>,
    events: Vec<MonoStep>,
    sounding: bool,
    nats: f64,
}

/// A melody that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The melody, with what was there before.
    pub melody: Melody,
    /// −ln P of the new events, in nats.
    pub nats: f64,
}

/// Goes on with a melody, in the model's key and range, until it has so many events. `None` where the model's chances are
/// not finite: its file is damaged. A model that knows no rhythm takes that of the melody's last measure with notes, else
/// quarters.
#[must_use]
pub fn search(
    model: &dyn MelodyModel,
    melody: &Melody,
    length: usize,
    search: Search,
    style: Style,
    seed: u64,
) -> Option<Found> {
    let mut reader = model.reader(melody.bar, 0);
    melody.events.iter().for_each(|&event| reader.hear(event));
    let sounding = melody.sounding().is_some();
    let mut beam = vec![Entry { reader, events: melody.events.clone(), sounding, nats: 0.0 }];
    let rhythm = model.pitches_only().then(|| rhythm(melody));
    let mut rng = Rng::new(mix(seed, 0));
    let mut left = length.saturating_sub(melody.events.len());
    let each = search.steps.max(1);
    while left > 0 {
        let now = (left - 1) % each + 1;
        let mut next = Vec::with_capacity(beam.len() * search.branches);
        for entry in &beam {
            // The first beam is one melody; it has as many branches as a full one.
            let branches = search.branches.max(1) * if beam.len() == 1 { search.beam.max(1) } else { 1 };
            for _ in 0..branches {
                let mut branch = entry.fork();
                (0..now).try_for_each(|_| branch.step(melody.bar, rhythm.as_deref(), style, &mut rng))?;
                next.push(branch);
            }
        }
        // Stable: of equals the first stays.
        next.sort_by(|a, b| a.nats.total_cmp(&b.nats));
        next.truncate(search.beam.max(1));
        beam = next;
        left -= now;
    }
    let best = beam.into_iter().next()?;
    Some(Found { melody: Melody { bar: melody.bar, events: best.events }, nats: best.nats })
}

impl<'a> Entry<'a> {
    fn fork(&self) -> Self {
        Self { reader: self.reader.fork(), events: self.events.clone(), ..*self }
    }

    /// Draws an event; `None` where the chances are not finite.
    fn step(&mut self, bar: usize, rhythm: Option<&[bool]>, style: Style, rng: &mut Rng) -> Option<()> {
        let place = self.events.len() % bar;
        let event = if rhythm.is_some_and(|rhythm| !rhythm[place]) {
            MonoStep::Continue
        } else {
            let chances = self.reader.chances();
            let total = chances.total();
            if !total.is_finite() {
                return None;
            }
            // A rest begins only where a note sounds.
            let possible = if self.sounding { chances } else { chances.without_rest() };
            let bent = if rhythm.is_none() { possible.denser(style.notes()) } else { possible };
            let bent = bent.higher(style.energy.lift(Role::Melody));
            let event = bent.draw(style.temperature, rng);
            self.nats -= f64::from((possible.of(event) / possible.total()).max(f32::MIN_POSITIVE).ln());
            event
        };
        match event {
            MonoStep::Note(_) => self.sounding = true,
            MonoStep::Rest => self.sounding = false,
            MonoStep::Continue => {}
        }
        self.reader.hear(event);
        self.events.push(event);
        Some(())
    }
}

/// At which steps of a measure notes begin: as in the newest measure that has any, else at the quarters.
fn rhythm(melody: &Melody) -> Vec<bool> {
    let starts = |events: &[MonoStep]| -> Vec<bool> {
        (0..melody.bar).map(|at| matches!(events.get(at), Some(MonoStep::Note(_)))).collect()
    };
    let last = melody.events.chunks(melody.bar).map(starts).rfind(|starts| starts.contains(&true));
    // One note alone is no rhythm.
    last.filter(|starts| starts.iter().filter(|start| **start).count() > 1)
        .unwrap_or_else(|| (0..melody.bar).map(|at| at.is_multiple_of(4)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::note::Key;
    use crate::systems::melody_ngram::MelodyNgramConfig;
    use MonoStep::{Continue, Rest};

    fn note(key: i32) -> MonoStep {
        MonoStep::Note(Key::clamped(key))
    }

    /// A model that has heard C, then sometimes D with a sure way on and more often E with an unsure one.
    fn ngram() -> impl MelodyModel {
        let melody = |events: &[MonoStep]| Melody { bar: 4, events: events.to_vec() };
        let mut heard = vec![melody(&[note(60), note(62), note(72), note(62), note(72)]); 6];
        heard.extend((0..12).map(|i| melody(&[note(60), note(64), note(65 + i), note(64), note(65 + i)])));
        MelodyNgramConfig { order: 3, ..MelodyNgramConfig::default() }.learn(&heard)
    }

    fn found(how: Search, seed: u64) -> Found {
        let primer = Melody { bar: 4, events: vec![note(60)] };
        search(&ngram(), &primer, 12, how, Style::default(), seed).expect("finite chances")
    }

    #[test]
    fn what_was_there_stays_and_the_length_is_that_asked_for() {
        for how in
            [Search::default(), Search { beam: 3, branches: 2, steps: 5 }, Search { beam: 2, branches: 1, steps: 40 }]
        {
            let found = found(how, 1);
            assert_eq!((found.melody.events.len(), found.melody.events[0]), (12, note(60)), "{how:?}");
            assert!(found.nats.is_finite() && found.nats > 0.0);
        }
    }

    #[test]
    fn a_wider_search_finds_likelier_melodies() {
        let mean = |how: Search| (0..40).map(|seed| found(how, seed).nats).sum::<f64>() / 40.0;
        let (one, few, many) = (
            mean(Search::default()),
            mean(Search { beam: 2, branches: 4, steps: 2 }),
            mean(Search { beam: 8, branches: 8, steps: 2 }),
        );
        assert!(one > few + 1.0 && few > many, "{one}, {few}, {many} nats");
    }

    #[test]
    fn the_same_seed_finds_the_same_melody_and_another_seed_another() {
        let how = Search { beam: 3, branches: 2, steps: 2 };
        assert_eq!(found(how, 7), found(how, 7));
        assert!((0..10).any(|seed| found(Search::default(), seed).melody != found(Search::default(), 7).melody));
    }

    #[test]
    fn a_model_without_rhythm_plays_in_the_last_measures_or_in_quarters() {
        let tune = Melody {
            bar: 8,
            events: [note(60), Continue, note(62), Rest, note(64), Continue, Continue, note(60)].repeat(4),
        };
        let model = MelodyNgramConfig { order: 2, notes: true, ..MelodyNgramConfig::default() }
            .learn(std::slice::from_ref(&tune));
        let starts = |primer: &Melody| -> Vec<usize> {
            let length = primer.events.len() + 8;
            let found = search(&model, primer, length, Search::default(), Style::default(), 3).expect("finite chances");
            let new = found.melody.events[primer.events.len()..].iter().enumerate();
            new.filter(|(_, event)| matches!(event, MonoStep::Note(_))).map(|(at, _)| at).collect()
        };
        assert_eq!(starts(&tune), [0, 2, 4, 7]);
        assert_eq!(starts(&Melody { bar: 8, events: Vec::new() }), [0, 4]);
    }
}
