//! How fast a band is on this machine: how long its predictions take, and which tempo that can keep.

use std::time::{Duration, Instant};

use model::midi_file::{Song, Track};
use model::play::accompany::accompany;
use model::systems::band_file::Band;
use model::systems::melody::Soloist;
use model::{BandSpec, Key, Lookahead, Measure, Note, Rng, Settings, TimeSignature, VoiceId};
use serde_json::{Value, json};

use crate::timed::{Timed, fastest};

/// Measures of a tune: past the longest context that a net reads. Chosen.
const MEASURES: usize = 50;

/// How many predictions are made for a 99th percentile, unless they take longer than [`PATIENCE`]. Chosen.
const ENOUGH: usize = 200;

/// How long it goes on: after this no further tune is begun. Chosen: one waits for it at a prompt.
const PATIENCE: Duration = Duration::from_secs(3);

/// What was measured with one lookahead.
pub(crate) struct Pace {
    pub(crate) lookahead: Lookahead,
    pub(crate) predictions: usize,
    /// In milliseconds, as the next.
    pub(crate) median: f64,
    pub(crate) p99: f64,
}

/// Does this on one core, as the plugin plays: burn for training spreads large products over all of them.
pub(crate) fn on_one_core<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    #[cfg(feature = "train")]
    if let Ok(pool) = rayon::ThreadPoolBuilder::new().num_threads(1).build() {
        return pool.install(work);
    }
    work()
}

/// Lets the band accompany made-up tunes, one after another, on one core.
pub(crate) fn measure(band: &Band) -> Vec<Pace> {
    on_one_core(|| paces(band))
}

fn paces(band: &Band) -> Vec<Pace> {
    let spec = band.spec();
    let user = seat(band);
    let pace = |lookahead| {
        let mut timed = Timed::new(band.predictor());
        let begun = Instant::now();
        for seed in 0.. {
            if timed.predictions() >= ENOUGH || (seed > 0 && begun.elapsed() > PATIENCE) {
                break;
            }
            let (song, settings) = (song(spec, user, seed), Settings { lookahead, seed, ..Settings::new(spec, user) });
            accompany(&song, &song.tracks[0], (spec, settings), &mut timed, band.fallback(), |_| {});
        }
        let [median, p99, _] = timed.milliseconds()?;
        Some(Pace { lookahead, predictions: timed.predictions(), median, p99 })
    };
    [Lookahead::SecondNext, Lookahead::Next].into_iter().filter_map(pace).collect()
}

/// The user's place beside this band: its first voice, unless the band is a system that plays that one.
pub(crate) fn seat(band: &Band) -> VoiceId {
    let plays_first = band.system_as::<Soloist>().is_some_and(|soloist| soloist.voice() == VoiceId::FIRST);
    band.spec().all().iter().filter(|_| plays_first).last().unwrap_or(VoiceId::FIRST)
}

/// A tune in C major for this voice, in quarters and eighths, that never repeats.
fn song(spec: &BandSpec, user: VoiceId, seed: u64) -> Song {
    let range = spec.voices[user.index()].range;
    let white = (range.low.get()..=range.high.get()).filter(|key| [0, 2, 4, 5, 7, 9, 11].contains(&(key % 12)));
    let keys: Vec<u8> = white.collect();
    let mut rng = Rng::new(seed);
    let mut at = keys.len() / 2;
    let mut note = |step: u8, length: u8| {
        at = (at + rng.below(5)).saturating_sub(2).min(keys.len().saturating_sub(1));
        Note::new(step, length, Key::clamped(keys.get(at).map_or(60, |&key| i32::from(key))))
    };
    let mut measure = |index: usize| {
        let beat =
            |beat: u8| if (index + usize::from(beat)).is_multiple_of(3) { vec![(0, 2), (2, 2)] } else { vec![(0, 4)] };
        let places = (0..4).flat_map(|at| beat(at).into_iter().map(move |(step, length)| (4 * at + step, length)));
        Measure::from_notes(16, places.map(|(step, length)| note(step, length)).collect::<Vec<_>>())
    };
    // PANIC: 4/4 is a meter that every song may have.
    let mut song = Song::steady(TimeSignature::FOUR_FOUR, 120.0, MEASURES).expect("4/4");
    let measures = (0..MEASURES).map(&mut measure).collect();
    song.tracks.push(Track { measures, ..Track::new(&spec.voices[user.index()].name) });
    song
}

impl Pace {
    /// The fastest tempo in 4/4 at which 99 of 100 predictions are there in time, in quarter notes a minute.
    pub(crate) fn tempo(&self) -> f64 {
        fastest(self.lookahead, self.p99)
    }

    fn name(&self) -> &'static str {
        match self.lookahead {
            Lookahead::SecondNext => "second-next",
            Lookahead::Next => "next",
        }
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "lookahead": self.name(),
            "predictions": self.predictions,
            "median_ms": self.median,
            "p99_ms": self.p99,
            "fastest_bpm": self.tempo(),
        })
    }
}

impl std::fmt::Display for Pace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { predictions, median, p99, .. } = self;
        write!(
            f,
            "{}: {median:.2} ms (median), {p99:.2} ms (99th percentile of {predictions}): keeps {} quarter notes a minute in 4/4",
            self.name(),
            tempo_text(self.tempo())
        )
    }
}

/// A tempo as it is shown: nobody plays faster than 1000.
pub(crate) fn tempo_text(tempo: f64) -> String {
    if tempo > 1000.0 { "more than 1000".into() } else { format!("up to {:.0}", tempo.floor()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 99 predictions in 300 ms: a measure of four quarters at 800 lasts as long, a sixteenth at 50.
    #[test]
    fn the_fastest_tempo_is_that_whose_time_the_99th_percentile_fills() {
        let pace = |lookahead| Pace { lookahead, predictions: 200, median: 100.0, p99: 300.0 };
        assert_eq!([Lookahead::SecondNext, Lookahead::Next].map(|lookahead| pace(lookahead).tempo()), [800.0, 50.0]);
        assert!(pace(Lookahead::Next).to_string().ends_with("keeps up to 50 quarter notes a minute in 4/4"));
    }

    #[test]
    fn a_tune_is_in_the_voice_and_does_not_repeat() {
        for spec in [BandSpec::pop(), BandSpec::chorale()] {
            for voice in spec.all().iter() {
                let song = song(&spec, voice, 1);
                let measures = &song.tracks[0].measures;
                let range = spec.voices[voice.index()].range;
                assert!(measures.iter().flat_map(Measure::notes).all(|note| range.contains(note.key)));
                assert!(measures.iter().all(|measure| measure.notes().len() >= 4));
                assert!(measures[1..].iter().all(|measure| *measure != measures[0]));
            }
        }
    }
}
