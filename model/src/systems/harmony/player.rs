//! The foretold chords, played as blocks: what they are worth without a band.

use std::sync::Arc;

use super::plan::{ChordPlan, ChordsHeard, ForetoldHalf};
use super::trained::TrainedHarmony;
use crate::music::band::{BandMeasure, BandSpec, KeyRange, Polyphony, Role, Voice};
use crate::music::chord::ChordSymbol;
use crate::music::measure::Measure;
use crate::music::note::{Key, Note};
use crate::predict::predictor::{PredictError, PredictRequest, Predictor};

/// The octaves from which bass and chords are played. Required: the yardstick of the metrics plays there.
const BASS: u8 = 36;
/// The same for chords. Required: as above.
const CHORDS: u8 = 60;

/// A band that holds the chords of each half measure, the root in the bass; single voices rest where somebody plays chords,
/// and share the chord where nobody does.
#[derive(Debug)]
pub struct BlockChords {
    trained: Arc<TrainedHarmony>,
}

impl BlockChords {
    /// Plays the chords of this net.
    #[must_use]
    pub fn new(trained: Arc<TrainedHarmony>) -> Self {
        Self { trained }
    }
}

fn hold(voice: &Voice, index: usize, chorded: bool, halves: &[ForetoldHalf], request: &PredictRequest) -> Measure {
    let key = |octave: u8, class: u8, range: KeyRange| range.folded(Key::clamped(i32::from(octave + class % 12)));
    let mut notes = Vec::new();
    for half in halves {
        let (from, to) = half.steps;
        let chord = match request.chords.at(from) {
            Some(ChordSymbol::None) => continue,
            Some(ChordSymbol::Chord(chord)) => chord,
            None => half.chord,
        };
        let tones: Vec<u8> = chord.quality.tones().iter().map(|tone| (chord.root + tone) % 12).collect();
        let keys: Vec<Key> = match (voice.role, voice.polyphony) {
            (Role::Bass, _) => vec![key(BASS, chord.bass, voice.range)],
            (Role::Harmony, Polyphony::Poly) => tones[1..].iter().map(|&tone| key(CHORDS, tone, voice.range)).collect(),
            _ if chorded => Vec::new(),
            _ => vec![key(CHORDS, tones[index % tones.len()], voice.range)],
        };
        notes.extend(keys.into_iter().map(|key| Note::new(from, to - from, key)));
    }
    Measure::from_notes(request.steps, notes)
}

impl ChordPlan {
    /// The plan as the wanted voices of this band play it, in blocks.
    #[must_use]
    pub fn as_blocks(&self, spec: &BandSpec, request: &PredictRequest) -> BandMeasure {
        let chorded = spec.voices.iter().any(|voice| voice.role == Role::Harmony);
        let mut out = BandMeasure::missing(request.steps);
        for id in request.voices.iter() {
            out.set(id, &hold(&spec.voices[id.index()], id.index(), chorded, &self.halves, request));
        }
        out
    }
}

impl Predictor for BlockChords {
    fn spec(&self) -> &BandSpec {
        &self.trained.spec
    }

    fn obeys_chords(&self) -> bool {
        true
    }

    fn predict(&mut self, request: &PredictRequest) -> Result<BandMeasure, PredictError> {
        let spec = &self.trained.spec;
        if request.history.is_empty() {
            return Err(PredictError::NothingHeard);
        }
        if request.voices.and(spec.all()) != request.voices || !spec.all().has(request.user) {
            return Err(PredictError::NoSuchVoice);
        }
        let plan = self.trained.plan_hearing(request, spec, ChordsHeard::User);
        if plan.halves.iter().any(|half| half.chances.iter().any(|chance| !chance.is_finite())) {
            return Err(PredictError::NotFinite);
        }
        Ok(plan.as_blocks(spec, request))
    }
}
