//! The Markov chain: notes with their durations, drawn from what followed what (Xenakis 1971,
//! "Formalized Music").
//!
//! A state is a key, or a rest, and how long it lasts. An order of k looks back at k states. It is read sixteenth by
//! sixteenth: the state under way goes on or is over, as likely as the durations that are still possible say, and where
//! it is over the next is drawn. That gives the same music as drawing whole states.

use serde::{Deserialize, Serialize};

use crate::music::band::KeyRange;
use crate::music::measure::MonoStep;
use crate::music::note::Key;
use crate::systems::checks::Refused;
use crate::systems::melody::counted::{self, Counted, CountedForm};
use crate::systems::melody::counts::Counts;
use crate::systems::melody::{Chances, Melody, MelodyForm, MelodyModel, Reader};
use crate::systems::system::{Parts, PartsError};

/// The longest duration, in sixteenths; what lasts longer is the same state again. Chosen: two measures of 4/4.
pub const LONGEST: usize = 32;

/// What a Markov chain counts; a band file carries it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MarkovConfig {
    /// How many states it looks back at, 1 to 3.
    pub order: usize,
    /// The keys that it tells apart; others are brought in by octaves.
    pub range: KeyRange,
}

impl Default for MarkovConfig {
    fn default() -> Self {
        Self { order: 1, range: KeyRange { low: Key::clamped(48), high: Key::clamped(83) } }
    }
}

/// A counted Markov chain.
pub type MarkovChain = Counted<MarkovConfig>;

impl MarkovConfig {
    /// The keys, and the rest after them.
    fn pitches(&self) -> usize {
        self.range.len() + 1
    }

    fn pitch(&self, key: Option<Key>) -> usize {
        key.map_or(self.range.len(), |key| self.range.place(key))
    }

    /// The states that are over in these events, and the one under way: its pitch, and how long it has lasted. Silence
    /// at the start is a rest.
    #[must_use]
    pub fn states(&self, events: &[MonoStep]) -> (Vec<u16>, Option<(usize, usize)>) {
        let mut progress = Progress::default();
        events.iter().for_each(|&event| progress.hear(self, event));
        (progress.past, progress.now)
    }

    /// Counts these melodies.
    #[must_use]
    pub fn learn(&self, melodies: &[Melody]) -> MarkovChain {
        Counted::learn(self, melodies)
    }
}

impl MelodyForm for MarkovConfig {
    fn check(&self) -> Result<(), Refused> {
        counted::check(self.order, 1..=3, self.range)
    }

    fn read(&self, parts: &Parts) -> Result<Box<dyn MelodyModel>, PartsError> {
        counted::read(self, parts)
    }
}

impl CountedForm for MarkovConfig {
    fn depth(&self) -> usize {
        self.order + 1
    }

    fn symbols(&self) -> usize {
        self.pitches() * LONGEST
    }

    fn written(&self, melody: &Melody) -> Vec<u16> {
        let (mut states, now) = self.states(&melody.events);
        states.extend(now.map(|(pitch, length)| state(pitch, length)));
        states
    }

    fn range(&self) -> KeyRange {
        self.range
    }

    fn keyed(&self) -> bool {
        true
    }

    fn reader<'a>(&'a self, counts: &'a Counts) -> Box<dyn Reader + 'a> {
        Box::new(StateReader { config: self, counts, progress: Progress::default(), drawn: counts.chances(&[]) })
    }
}

/// The state of a pitch that lasts so long.
fn state(pitch: usize, length: usize) -> u16 {
    u16::try_from(pitch * LONGEST + length - 1).unwrap_or(0)
}

/// Where a melody stands, in states.
#[derive(Clone, Debug, Default)]
struct Progress {
    past: Vec<u16>,
    now: Option<(usize, usize)>,
}

impl Progress {
    fn hear(&mut self, config: &MarkovConfig, event: MonoStep) {
        let next = match event {
            MonoStep::Note(key) => Some(config.pitch(Some(key))),
            MonoStep::Rest => Some(config.pitch(None)),
            MonoStep::Continue => None,
        };
        self.now = Some(match (next, self.now) {
            (Some(pitch), before) => {
                self.past.extend(before.map(|(pitch, length)| state(pitch, length)));
                (pitch, 1)
            }
            (None, Some((pitch, length))) if length == LONGEST => {
                self.past.push(state(pitch, length));
                (pitch, 1)
            }
            (None, Some((pitch, length))) => (pitch, length + 1),
            (None, None) => (config.pitch(None), 1),
        });
    }
}

/// A Markov chain in the midst of a melody.
#[derive(Clone)]
struct StateReader<'a> {
    config: &'a MarkovConfig,
    counts: &'a Counts,
    progress: Progress,
    /// The chances with which the state under way was drawn.
    drawn: Vec<f32>,
}

impl StateReader<'_> {
    /// Makes each pitch of the next state as likely as the counts say, times `share`. A rest after a rest is no event; the
    /// same key after the longest duration is as likely the same note as a new one.
    fn add_next(&self, past: &[u16], (now, length): (usize, usize), share: f32, chances: &mut Chances) {
        let config = self.config;
        let rest = config.pitch(None);
        let next = self.counts.chances(past);
        for (pitch, durations) in next.chunks_exact(LONGEST).enumerate() {
            let chance = share * durations.iter().sum::<f32>();
            let event = match i32::try_from(pitch) {
                Ok(_) if pitch == rest && now == rest => MonoStep::Continue,
                Ok(above) if pitch < rest => MonoStep::Note(Key::clamped(i32::from(config.range.low.get()) + above)),
                _ => MonoStep::Rest,
            };
            if pitch == now && length == LONGEST {
                chances.add(event, chance / 2.0);
                chances.add(MonoStep::Continue, chance / 2.0);
            } else {
                chances.add(event, chance);
            }
        }
    }
}

impl Reader for StateReader<'_> {
    fn hear(&mut self, event: MonoStep) {
        let before = self.progress.past.len();
        let begun = self.progress.now.is_some();
        self.progress.hear(self.config, event);
        if begun && self.progress.past.len() > before {
            self.drawn = self.counts.chances(&self.progress.past);
        }
    }

    fn chances(&self) -> Chances {
        let mut chances = Chances::NONE;
        let Some((pitch, length)) = self.progress.now else {
            self.add_next(&[], (self.config.pitch(None), 1), 1.0, &mut chances);
            return chances;
        };
        let durations = &self.drawn[pitch * LONGEST..(pitch + 1) * LONGEST];
        // Of the durations that are still possible, this one is over now.
        let left: f32 = durations[length - 1..].iter().sum();
        let over = if left > 0.0 { durations[length - 1] / left } else { 1.0 };
        chances.hold = 1.0 - over;
        let mut past = self.progress.past.clone();
        past.push(state(pitch, length));
        self.add_next(&past, (pitch, length), over, &mut chances);
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
    use crate::systems::melody::MelodyModel;
    use MonoStep::{Continue, Rest};

    fn note(key: i32) -> MonoStep {
        MonoStep::Note(Key::clamped(key))
    }

    /// C for two sixteenths, a rest of one, E for three.
    fn tune() -> Melody {
        Melody { bar: 6, events: [note(60), Continue, Rest, note(64), Continue, Continue].repeat(9) }
    }

    #[test]
    fn a_melody_is_its_pitches_and_durations() {
        let config = MarkovConfig::default();
        let (states, now) = config.states(&tune().events[..6]);
        assert_eq!(states, [state(12, 2), state(36, 1)]);
        assert_eq!(now, Some((16, 3)));
        let (states, now) = config.states(&[Continue, Continue, note(48)]);
        assert_eq!((states, now), (vec![state(36, 2)], Some((0, 1))), "silence at the start is a rest");
        let long = [vec![note(60)], vec![Continue; 40]].concat();
        assert_eq!(config.states(&long), (vec![state(12, 32)], Some((12, 9))));
    }

    #[test]
    fn a_state_lasts_as_long_as_it_was_drawn() {
        for order in 1..=3 {
            let chain = MarkovConfig { order, ..MarkovConfig::default() }.learn(&[tune()]);
            let mut reader = chain.reader(6, 0);
            let tune = tune();
            // The first states have little context.
            for (at, pair) in tune.events.windows(2).enumerate() {
                reader.hear(pair[0]);
                let chances = reader.chances();
                assert!((chances.total() - 1.0).abs() < 1e-4, "order {order}, step {at}");
                if at > 18 {
                    assert_eq!(chances.likeliest(), pair[1], "order {order}, step {at}");
                }
            }
        }
    }

    /// The chance of a whole note is that of its state, whether drawn at once or sixteenth by sixteenth: C of two
    /// sixteenths after E of three.
    #[test]
    fn sixteenths_multiply_to_states() {
        let chain = MarkovConfig::default().learn(&[tune()]);
        let whole = chain.counts.chances(&[state(16, 3)])[usize::from(state(12, 2))];
        let after = chain.counts.chances(&[state(12, 2)]);
        let rest: f32 = after[36 * LONGEST..37 * LONGEST].iter().sum();
        let mut reader = chain.reader(6, 0);
        let mut chance = 1.0;
        for event in [note(64), Continue, Continue, note(60), Continue, Rest] {
            if matches!(event, MonoStep::Note(key) if key.get() == 60) {
                // From here on: given that E is over.
                let over = 1.0 - reader.chances().hold;
                chance = 1.0 / over;
            }
            chance *= reader.chances().of(event);
            reader.hear(event);
        }
        assert!((chance - whole * rest).abs() < 1e-4, "{chance}, not {whole} · {rest}");
    }

    #[test]
    fn the_counts_of_another_form_are_refused() {
        let config = MarkovConfig::default();
        let parts = config.learn(&[tune()]).parts();
        assert_eq!(config.read(&parts).expect("its own counts").parts(), parts);
        assert_eq!(MarkovConfig { order: 2, ..config.clone() }.read(&parts).err(), Some(PartsError::Counts));
        assert!([0, 4, usize::MAX].iter().all(|&order| MarkovConfig { order, ..config.clone() }.check().is_err()));
    }
}
