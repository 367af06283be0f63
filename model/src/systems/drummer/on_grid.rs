//! The drummer as a band of one voice, for those that know measures of notes alone: on the grid, in General MIDI keys.

use std::sync::Arc;

use super::groove::REMEMBERED;
use super::player::{BandAround, DrumAsk, Drummer};
use super::trained::TrainedDrummer;
use crate::music::band::{BandMeasure, BandSpec, VoiceId};
use crate::music::drums::{Drum, DrumHit, DrumMeasure};
use crate::music::measure::Measure;
use crate::music::note::Note;
use crate::predict::predictor::{PredictError, PredictRequest, Predictor};

/// The tempo that is assumed, since requests name none. Chosen: the usual default of music programs.
const TEMPO: f32 = 120.0;

/// A band whose only voice is the drummer.
#[derive(Debug)]
pub struct DrumsOnGrid {
    trained: Arc<TrainedDrummer>,
    spec: BandSpec,
}

impl DrumsOnGrid {
    /// Plays with this net.
    #[must_use]
    pub fn new(trained: Arc<TrainedDrummer>) -> Self {
        Self { trained, spec: BandSpec::drums() }
    }
}

/// What a measure of keys strikes.
fn struck(line: &Measure) -> DrumMeasure {
    let mut out = DrumMeasure::silent(line.steps());
    for note in line.onsets() {
        if let Some(drum) = Drum::of(note.key) {
            out.strike(DrumHit { step: note.step.0, drum, velocity: note.velocity, offset: 0.0 });
        }
    }
    out
}

impl DrumMeasure {
    /// The strokes as notes of a step each, on the grid.
    #[must_use]
    pub fn on_grid(&self) -> Measure {
        let note = |hit: DrumHit| Note { velocity: hit.velocity, ..Note::new(hit.step, 1, hit.drum.key()) };
        Measure::from_notes(self.steps(), self.hits().map(note))
    }
}

impl Predictor for DrumsOnGrid {
    fn spec(&self) -> &BandSpec {
        &self.spec
    }

    fn predict(&mut self, request: &PredictRequest) -> Result<BandMeasure, PredictError> {
        let drums = VoiceId::FIRST;
        if request.voices.and(self.spec.all()) != request.voices || request.user != drums {
            return Err(PredictError::NoSuchVoice);
        }
        let mut out = BandMeasure::missing(request.steps);
        if request.voices.has(drums) {
            let mut player = Drummer::new(Arc::clone(&self.trained));
            let heard = request.history.iter().rev().take(REMEMBERED).rev().chain(&request.planned);
            let past: Vec<DrumMeasure> = heard.map(|measure| struck(measure.voice(drums))).collect();
            player.remember(&past);
            let ask = DrumAsk {
                steps: request.steps,
                place: None,
                tempo: TEMPO,
                style: None,
                energy: 0.0,
                temperature: request.style.temperature,
                around: BandAround::default(),
                seed: request.seed,
                take: 0,
            };
            let measure = player.play(&ask).ok_or(PredictError::NotFinite)?;
            out.set(drums, &measure.on_grid());
        }
        Ok(out)
    }
}
