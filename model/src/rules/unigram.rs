//! How likely each event is at each place of the measure, whatever came before: what a net's
//! log-likelihood has to beat.

use std::collections::BTreeMap;

use crate::midi_file::band_song::BandSong;
use crate::music::band::{BandMeasure, BandSpec, KeyRange, MAX_VOICES, Polyphony, VoiceId, VoiceMask};
use crate::music::measure::{MAX_STEPS, Measure, MonoStep};
use crate::music::note::Key;

/// How much the counts over all places weigh at one place, in measures. Chosen.
const SHARED: f64 = 8.0;

/// Per voice and step of the measure, a distribution over events.
///
/// - A monophonic voice: one of its keys, *continue* or *rest* ([`Measure::mono_steps`]).
/// - A polyphonic voice: for each of its keys on its own, whether a note stands there (held over
///   from the measure before counts at step 0).
///
/// Smoothed towards the voice's events at all steps, and these by adding one to each count, so
/// that nothing has probability 0. Songs and measures must be in the same key for both training
/// and judging, say C ([`crate::Tonality::to_c`]).
#[derive(Clone, Debug)]
pub struct Unigram {
    voices: Vec<VoiceTable>,
}

#[derive(Clone, Debug)]
struct VoiceTable {
    polyphony: Polyphony,
    range: KeyRange,
    /// How often each event came: `[16][events]`.
    at: Vec<Vec<f64>>,
    /// How many measures were counted at each step: `[16]`.
    measures: [f64; MAX_STEPS as usize],
}

impl Unigram {
    /// Counts these songs.
    #[must_use]
    pub fn train<'a>(spec: &BandSpec, songs: impl IntoIterator<Item = &'a BandSong>) -> Self {
        let mut voices: Vec<VoiceTable> = spec
            .voices
            .iter()
            .map(|voice| {
                let events = voice.range.len() + if voice.polyphony == Polyphony::Mono { 2 } else { 0 };
                let at = vec![vec![0.0; events]; usize::from(MAX_STEPS)];
                VoiceTable { polyphony: voice.polyphony, range: voice.range, at, measures: [0.0; 16] }
            })
            .collect();
        for measure in songs.into_iter().flat_map(|song| &song.measures) {
            for (id, table) in ids().zip(&mut voices).filter(|(id, _)| measure.present.has(*id)) {
                table.count(measure.voice(id));
            }
        }
        Self { voices }
    }

    /// The log-probability of what a voice plays, in nats, over all steps of the measure.
    #[must_use]
    pub fn log_prob(&self, voice: VoiceId, measure: &Measure) -> f64 {
        self.voices.get(voice.index()).map_or(0.0, |table| table.log_prob(measure))
    }

    /// The negative log-likelihood of these measures, in nats per sixteenth and voice: for each
    /// voice, and over all of them. `None` for a voice that is never present.
    #[must_use]
    pub fn nll<'a>(&self, measures: impl IntoIterator<Item = &'a BandMeasure>) -> (Vec<Option<f64>>, f64) {
        let mut sums = [(0.0, 0.0); MAX_VOICES];
        let voices: VoiceMask = ids().take(self.voices.len()).collect();
        for measure in measures {
            for voice in measure.present.and(voices).iter() {
                let (cost, steps) = &mut sums[voice.index()];
                *cost -= self.log_prob(voice, measure.voice(voice));
                *steps += f64::from(measure.steps());
            }
        }
        let each =
            sums[..self.voices.len()].iter().map(|&(cost, steps)| (steps > 0.0).then_some(cost / steps)).collect();
        let (cost, steps) = sums.iter().fold((0.0, 0.0), |(a, b), &(cost, steps)| (a + cost, b + steps));
        (each, if steps > 0.0 { cost / steps } else { 0.0 })
    }
}

fn ids() -> impl Iterator<Item = VoiceId> {
    (0..MAX_VOICES).filter_map(VoiceId::new)
}

impl VoiceTable {
    fn key(&self, key: Key) -> usize {
        usize::from(self.range.folded(key).get() - self.range.low.get())
    }

    /// The event at each step of a monophonic voice.
    fn events(&self, measure: &Measure) -> impl Iterator<Item = usize> {
        let keys = self.range.len();
        measure.mono_steps().into_iter().take(usize::from(measure.steps())).map(move |event| match event {
            MonoStep::Note(key) => self.key(key),
            MonoStep::Continue => keys,
            MonoStep::Rest => keys + 1,
        })
    }

    /// The keys that stand at each step of a polyphonic voice.
    fn keys(&self, measure: &Measure) -> BTreeMap<(usize, usize), ()> {
        measure.notes().iter().map(|note| ((usize::from(note.step.0), self.key(note.key)), ())).collect()
    }

    fn count(&mut self, measure: &Measure) {
        for step in 0..usize::from(measure.steps()) {
            self.measures[step] += 1.0;
        }
        match self.polyphony {
            Polyphony::Mono => {
                let events: Vec<_> = self.events(measure).collect();
                for (at, event) in self.at.iter_mut().zip(events) {
                    at[event] += 1.0;
                }
            }
            Polyphony::Poly => {
                for (step, key) in self.keys(measure).into_keys() {
                    self.at[step][key] += 1.0;
                }
            }
        }
    }

    /// The probability of an event at a step; `outcomes` is how many exclude each other.
    fn prob(&self, step: usize, event: usize, outcomes: f64) -> f64 {
        let shared: f64 = self.at.iter().map(|at| at[event]).sum();
        let everywhere = (shared + 1.0) / (self.measures.iter().sum::<f64>() + outcomes);
        (self.at[step][event] + SHARED * everywhere) / (self.measures[step] + SHARED)
    }

    #[expect(clippy::cast_precision_loss, reason = "at most 130 events")]
    fn log_prob(&self, measure: &Measure) -> f64 {
        match self.polyphony {
            Polyphony::Mono => {
                let events = self.events(measure).enumerate();
                events.map(|(step, event)| self.prob(step, event, self.at[step].len() as f64).ln()).sum()
            }
            Polyphony::Poly => {
                let sounding = self.keys(measure);
                let cells = (0..usize::from(measure.steps()))
                    .flat_map(|step| (0..self.range.len()).map(move |key| (step, key)));
                cells
                    .map(|(step, key)| {
                        let p = self.prob(step, key, 2.0);
                        if sounding.contains_key(&(step, key)) { p.ln() } else { (-p).ln_1p() }
                    })
                    .sum()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::midi_file::{LongNote, Song, Track};
    use crate::music::meter::TimeSignature;
    use crate::music::note::{Note, Velocity};

    fn band(notes: &[(&str, u32, u32, i32)]) -> BandSong {
        let mut song = Song::steady(TimeSignature::FOUR_FOUR, 120.0, 2).expect("a supported meter");
        for voice in &BandSpec::pop().voices {
            let own = notes.iter().filter(|(name, ..)| *name == voice.name);
            let long = own.map(|&(_, start, end, key)| LongNote {
                start,
                end,
                key: Key::clamped(key),
                velocity: Velocity::DEFAULT,
            });
            song.add_notes(Track::new(&voice.name), long.collect());
        }
        BandSong::new(&song, &BandSpec::pop())
    }

    fn voice(name: &str) -> VoiceId {
        BandSpec::pop().voice(name).expect("a voice of the pop band")
    }

    #[test]
    fn the_probabilities_of_a_step_sum_to_one() {
        let songs = [band(&[("Lead", 0, 6, 60), ("Lead", 8, 12, 64)]), band(&[("Lead", 4, 20, 62)])];
        let unigram = Unigram::train(&BandSpec::pop(), &songs);
        let table = &unigram.voices[0];
        for step in 0..16 {
            let events = table.at[step].len();
            let sum: f64 =
                (0..events).map(|event| table.prob(step, event, f64::from(u8::try_from(events).expect("few")))).sum();
            assert!((sum - 1.0).abs() < 1e-9, "step {step}: {sum}");
        }
    }

    #[test]
    fn what_was_heard_there_is_likelier_than_elsewhere_and_nothing_is_impossible() {
        let songs = vec![band(&[("Lead", 4, 8, 64), ("Chords", 4, 8, 60), ("Chords", 4, 8, 67)]); 20];
        let unigram = Unigram::train(&BandSpec::pop(), &songs);
        for name in ["Lead", "Chords"] {
            let at = |step, key| Measure::from_notes(16, [Note::new(step, 4, Key::clamped(key))]);
            let key = if name == "Lead" { 64 } else { 60 };
            let (here, late, foreign) = (at(4, key), at(9, key), at(4, 71));
            let cost = |measure: &Measure| -unigram.log_prob(voice(name), measure);
            assert!(cost(&here) < cost(&late) && cost(&here) < cost(&foreign), "{name}");
            assert!(cost(&late).is_finite() && cost(&foreign).is_finite(), "{name}");
        }
    }

    #[test]
    fn untrained_it_costs_the_logarithm_of_the_number_of_events() {
        let unigram = Unigram::train(&BandSpec::pop(), []);
        // Lead: keys 48 to 88, continue, rest.
        let (each, _) = unigram.nll(&band(&[("Lead", 0, 4, 60)]).measures);
        assert!((each[0].expect("present") - 43.0_f64.ln()).abs() < 1e-9);
        // Chords: 49 keys that stand there or not.
        assert!((each[2].expect("present") - 49.0 * 2.0_f64.ln()).abs() < 1e-9);
    }
}
