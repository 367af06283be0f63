//! Whether a band follows a user who drums.

use super::drum_following::{Share, correlation, ranks, shuffle};
use crate::midi_file::Track;
use crate::music::band::{BandSpec, Role};
use crate::music::drums::Drum;
use crate::music::kit::Kit;
use crate::music::measure::Measure;
use crate::music::note::Key;

/// What a band played to hits, counted over songs. Only measures count in which the band plays.
#[derive(Clone, Debug, Default)]
pub struct RhythmFollowing {
    /// By measure: how many hits and how many steps at which somebody of the band begins, and which of its steps these
    /// are and which have a kick or a snare, a bit each.
    hits: Vec<f64>,
    onsets: Vec<f64>,
    begins: Vec<u16>,
    struck: Vec<u16>,
    bass: Share,
}

impl RhythmFollowing {
    /// Counts a song: the user's hits on this kit, and the tracks of this band.
    #[expect(clippy::cast_precision_loss, reason = "few notes")]
    pub fn add(&mut self, (user, kit): (&[Measure], &Kit), band: &[Track], spec: &BandSpec) {
        let is_bass =
            |track: &Track| spec.voice(&track.name).is_some_and(|voice| spec.voices[voice.index()].role == Role::Bass);
        for (at, hits) in user.iter().enumerate() {
            let of = |track: &Track| track.measures.get(at).map_or(0, |measure| steps_of(measure, |_| true));
            if band.iter().filter_map(|track| track.measures.get(at)).all(Measure::is_silent) {
                continue;
            }
            self.hits.push(hits.onsets().count() as f64);
            self.onsets.push(band.iter().map(|track| f64::from(of(track).count_ones())).sum());
            self.begins.push(band.iter().fold(0, |steps, track| steps | of(track)));
            let drummed =
                |wanted: &[Drum]| steps_of(hits, |key| kit.hears(key).is_some_and(|drum| wanted.contains(&drum)));
            self.struck.push(drummed(&[Drum::Kick, Drum::Snare]));
            let (kicked, bass) = (drummed(&[Drum::Kick]), band.iter().filter(|track| is_bass(track)));
            let bass = bass.fold(0, |steps, track| steps | of(track));
            (0..16).filter(|step| bass >> step & 1 == 1).for_each(|step| self.bass.add(kicked >> step & 1 == 1));
        }
    }

    /// How many measures were counted.
    #[must_use]
    pub fn measures(&self) -> usize {
        self.hits.len()
    }

    /// Spearman's rank correlation of the band's onsets with the user's hits in the same measure; 0 where either never
    /// changes.
    #[must_use]
    pub fn rank_correlation(&self) -> f64 {
        correlation(&ranks(&self.onsets), &ranks(&self.hits))
    }

    /// The same where the user's measures are in any order: what chance reaches.
    #[must_use]
    pub fn shuffled(&self, seed: u64) -> f64 {
        let mut hits = self.hits.clone();
        shuffle(&mut hits, seed);
        correlation(&ranks(&self.onsets), &ranks(&hits))
    }

    /// Of the steps at which somebody of the band begins, the share with a kick or a snare.
    #[must_use]
    pub fn together(&self) -> Option<f64> {
        share(&self.begins, &self.struck)
    }

    /// The same where the user's measures are in any order.
    #[must_use]
    pub fn together_shuffled(&self, seed: u64) -> Option<f64> {
        let mut struck = self.struck.clone();
        shuffle(&mut struck, seed);
        share(&self.begins, &struck)
    }

    /// The share of the bass's notes that begin with a kick.
    #[must_use]
    pub fn bass_with_kick(&self) -> Option<f64> {
        self.bass.get()
    }
}

/// The steps at which such keys are struck, a bit each.
fn steps_of(measure: &Measure, wanted: impl Fn(Key) -> bool) -> u16 {
    let onsets = measure.onsets().filter(|note| wanted(note.key));
    onsets.fold(0, |steps, note| steps | 1 << note.step.0.min(15))
}

/// The share of steps in one that are in the other.
fn share(of: &[u16], with: &[u16]) -> Option<f64> {
    let all: u32 = of.iter().map(|steps| steps.count_ones()).sum();
    let both: u32 = of.iter().zip(with).map(|(of, with)| (of & with).count_ones()).sum();
    (all > 0).then(|| f64::from(both) / f64::from(all))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::note::Note;

    #[test]
    fn a_band_that_begins_with_the_kicks_follows_and_shuffled_follows_less() {
        let line = |key: u8, steps: &[u8]| {
            Measure::from_notes(16, steps.iter().map(|&step| Note::new(step, 1, Key::new(key).expect("a key"))))
        };
        let figures: [&[u8]; 3] = [&[0, 3], &[1, 6, 9, 12], &[5]];
        let hits: Vec<Measure> = (0..90).map(|at| line(36, figures[at * 7 % 3])).collect();
        let bass = Track { measures: hits.iter().map(|hits| hits.transposed(4)).collect(), ..Track::new("Bass") };
        let mut found = RhythmFollowing::default();
        found.add((&hits, &Kit::GENERAL_MIDI), &[bass], &BandSpec::pop());
        assert_eq!((found.measures(), found.together(), found.bass_with_kick()), (90, Some(1.0), Some(1.0)));
        assert!((found.rank_correlation() - 1.0).abs() < 1e-9 && found.shuffled(1).abs() < 0.3);
        assert!(found.together_shuffled(1).is_some_and(|share| share < 0.6));
        // Where the band is silent, nothing is counted.
        found.add(
            (&hits, &Kit::GENERAL_MIDI),
            &[Track { measures: vec![Measure::silent(16); 90], ..Track::new("Bass") }],
            &BandSpec::pop(),
        );
        assert_eq!(found.measures(), 90);
    }
}
