//! Voices of a piece, written anew from all that is known.
//!
//! ```text
//!            measures before   the measure
//! Soprano    ████████████████  █████  given
//! Alto       ████████████████  █████  given
//! Tenor      ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒  ?????  written: what was written before stands before it
//! Bass       ████████████████  █████  given
//! ```
//!
//! One round goes over the piece once. To *fill* a voice in is one round in which nothing stands there at first; to
//! *redo* a piece is several rounds, each of one voice given all others, as in pseudo-Gibbs sampling (Hadjeres, Pachet and
//! Nielsen 2017, "DeepBach").

use std::ops::Range;

use crate::midi_file::band_song::BandSong;
use crate::music::band::{BandMeasure, Role, VoiceId, VoiceMask};
use crate::music::join::join;
use crate::music::note::Note;
use crate::music::tonality::Tonality;
use crate::play::tasks::Manner;
use crate::predict::predictor::{MeasureIndex, PredictError, PredictRequest, Predictor};
use crate::random::mix;

/// One round over a piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    /// The voices that are written.
    pub voices: VoiceMask,
    /// The measures in which they are.
    pub measures: Range<usize>,
    /// Which round this is, from 0: each has its own chance.
    pub number: u32,
}

impl Round {
    /// Writes the voices, measure by measure; what stands there in these voices is not read. `at_measure` is told after
    /// each measure.
    ///
    /// # Errors
    /// [`PredictError`]; then the piece is written in part.
    pub fn write(
        &self,
        piece: &mut BandSong,
        predictor: &mut dyn Predictor,
        manner: &Manner,
        mut at_measure: impl FnMut(),
    ) -> Result<(), PredictError> {
        let all = predictor.spec().all();
        let mut request = PredictRequest::empty();
        request.ahead = 1;
        request.voices = self.voices;
        request.user = leader(predictor, piece.present, self.voices);
        request.style = manner.style;
        let kept = all.iter().filter(|&voice| !self.voices.has(voice)).collect();
        request.tonality = manner.key.unwrap_or_else(|| Tonality::of(&piece.chroma(kept)));
        // Before the first measure there is one of which nothing is known, so that it may be predicted too.
        let first = piece.measures.first().map_or(16, BandMeasure::steps);
        request.history.push(&BandMeasure::missing(first));
        let before = self.measures.start.min(piece.measures.len());
        piece.measures[..before].iter().for_each(|measure| request.history.push(measure));
        for at in self.measures.clone() {
            let Some(&measure) = piece.measures.get(at) else { break };
            request.target = MeasureIndex(u32::try_from(at).unwrap_or(u32::MAX).saturating_add(1));
            request.steps = measure.steps();
            request.given = Some(measure);
            request.seed = mix(mix(manner.seed, u64::from(self.number)), at as u64);
            let written = predictor.predict(&request)?;
            let (before, rest) = piece.measures.split_at_mut(at);
            for voice in self.voices.iter() {
                rest[0].set(voice, written.voice(voice));
            }
            join(before.last_mut(), &mut rest[0]);
            // What the join changed at the bar line is heard as it is.
            if let (Some(before), Some(newest)) = (before.last(), request.history.back_mut(0)) {
                *newest = *before;
            }
            request.history.push(&rest[0]);
            at_measure();
        }
        let end = self.measures.end.min(piece.measures.len());
        let (before, after) = piece.measures.split_at_mut(end);
        match (before.last_mut(), after.first_mut()) {
            (before, Some(after)) => join(before, after),
            (Some(last), None) => join(Some(last), &mut BandMeasure::missing(first)),
            (None, None) => {}
        }
        piece.present = piece.present.or(self.voices);
        Ok(())
    }
}

/// The voice to listen to: of those that are kept the melody, else the bass, else the first.
fn leader(predictor: &dyn Predictor, present: VoiceMask, written: VoiceMask) -> VoiceId {
    let spec = predictor.spec();
    let rank = |voice: &VoiceId| match spec.voices[voice.index()].role {
        Role::Melody => 0,
        Role::Bass => 1,
        Role::Harmony => 2,
        Role::Counter => 3,
    };
    let kept = present.and(spec.all()).iter().filter(|&voice| !written.has(voice));
    kept.min_by_key(rank).unwrap_or(VoiceId::FIRST)
}

/// How many notes of one voice were hit: those of the same key that begin at the same step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    /// Notes that stood there.
    pub before: usize,
    /// Notes that were written.
    pub written: usize,
    /// Of these, how many stood there too.
    pub again: usize,
}

impl Hits {
    /// Compares a voice of two pieces in these measures.
    #[must_use]
    pub fn count(before: &BandSong, after: &BandSong, voice: VoiceId, measures: Range<usize>) -> Self {
        let mut hits = Self::default();
        for (old, new) in before.measures.iter().zip(&after.measures).take(measures.end).skip(measures.start) {
            let (old, new) = (old.voice(voice), new.voice(voice));
            hits.before += old.onsets().count();
            hits.written += new.onsets().count();
            let stood = |note: &Note| old.onsets().any(|o| o.step == note.step && o.key == note.key);
            hits.again += new.onsets().filter(|note| stood(note)).count();
        }
        hits
    }

    /// The onset F1, 0…1; `None` where nothing stood there.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    pub fn f1(self) -> Option<f64> {
        (self.before > 0).then(|| 2.0 * self.again as f64 / (self.before + self.written) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::band::BandSpec;
    use crate::music::measure::Measure;
    use crate::music::note::Key;

    /// Plays one note a measure, a semitone above the lowest note that is given, tied to the next measure's; keeps what it
    /// was asked.
    struct Above {
        spec: BandSpec,
        asked: Vec<PredictRequest>,
    }

    impl Predictor for Above {
        fn spec(&self) -> &BandSpec {
            &self.spec
        }
        fn obeys_given(&self) -> bool {
            true
        }
        fn predict(&mut self, request: &PredictRequest) -> Result<BandMeasure, PredictError> {
            self.asked.push(request.clone());
            let known = request.known().expect("the other voices");
            let keys = known.present.iter().flat_map(|voice| known.voice(voice).notes().iter().map(|note| note.key));
            let key = Key::clamped(i32::from(keys.min().expect("notes").get()) + 1);
            let mut out = BandMeasure::missing(request.steps);
            for voice in request.voices.iter() {
                let note = Note { continues: true, continued: true, ..Note::new(0, request.steps, key) };
                out.set(voice, &Measure::from_notes(request.steps, [note]));
            }
            Ok(out)
        }
    }

    fn id(name: &str) -> VoiceId {
        BandSpec::chorale().voice(name).expect("a voice")
    }

    /// Soprano and bass, in measures of 12 steps; the bass climbs after two measures.
    fn piece() -> BandSong {
        let measure = |at: usize| {
            let mut measure = BandMeasure::missing(12);
            let bass = if at < 2 { 48 } else { 50 };
            for (name, key) in [("Soprano", 72), ("Bass", bass)] {
                measure.set(id(name), &Measure::from_notes(12, [Note::new(0, 6, Key::clamped(key))]));
            }
            measure
        };
        let present = [id("Soprano"), id("Bass")].into_iter().collect();
        BandSong { measures: (0..4).map(measure).collect(), present }
    }

    #[test]
    fn each_measure_is_asked_for_with_all_that_stands_before_and_beside_it() {
        let (mut piece, before) = (piece(), piece());
        let mut above = Above { spec: BandSpec::chorale(), asked: Vec::new() };
        let round = Round { voices: VoiceMask::only(id("Tenor")), measures: 0..4, number: 0 };
        round.write(&mut piece, &mut above, &Manner::default(), || {}).expect("it plays");
        assert_eq!(above.asked.len(), 4);
        for (at, request) in above.asked.iter().enumerate() {
            assert_eq!((request.ahead, request.steps, request.history.len()), (1, 12, at + 1));
            assert_eq!(request.user, id("Soprano"), "the melody leads");
            assert_eq!(request.given, Some(before.measures[at]));
            let newest = request.history.back(0).expect("a measure");
            assert_eq!(newest.present.has(id("Tenor")), at > 0, "what was written is heard");
        }
        let seeds: Vec<u64> = above.asked.iter().map(|request| request.seed).collect();
        assert!((1..4).all(|at| seeds[at] != seeds[0]));
        for (at, measure) in piece.measures.iter().enumerate() {
            for kept in ["Soprano", "Bass"] {
                assert_eq!(measure.voice(id(kept)), before.measures[at].voice(id(kept)));
            }
        }
        // Tied where the note goes on, and not where it changes, begins or ends.
        let ties: Vec<(bool, bool)> = piece
            .measures
            .iter()
            .map(|measure| measure.voice(id("Tenor")).notes()[0])
            .map(|note| (note.continued, note.continues))
            .collect();
        assert_eq!(ties, [(false, true), (true, false), (false, true), (true, false)]);
        assert!(piece.present.has(id("Tenor")));
    }

    #[test]
    fn only_the_measures_of_the_round_change_and_its_number_changes_the_chance() {
        let mut above = Above { spec: BandSpec::chorale(), asked: Vec::new() };
        let (mut piece, before) = (piece(), piece());
        for number in 0..2 {
            let round = Round { voices: VoiceMask::only(id("Bass")), measures: 1..3, number };
            round.write(&mut piece, &mut above, &Manner::default(), || {}).expect("it plays");
        }
        let changed: Vec<bool> = piece.measures.iter().zip(&before.measures).map(|(a, b)| a != b).collect();
        assert_eq!(changed, [false, true, true, false]);
        assert_eq!(above.asked.len(), 4);
        assert_ne!(above.asked[0].seed, above.asked[2].seed);
        let hits = Hits::count(&before, &piece, id("Bass"), 0..4);
        assert_eq!(hits, Hits { before: 4, written: 3, again: 2 }, "one note is tied over the bar line");
    }
}
