//! Predicting the true next measures: accuracy, onset F1, and what rules without learning reach.

use crate::music::band::{BandMeasure, BandSpec, Polyphony, VoiceId, VoiceMask};
use crate::music::measure::Measure;
use crate::predict::predictor::{History, MeasureIndex, PredictError, PredictRequest, Predictor, Style};
use crate::rules::loop_lag;
use crate::train::pieces::Piece;

/// How well measures were predicted from true histories.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// Measures predicted.
    pub measures: usize,
    /// Share of sixteenths whose event (which notes start; rest; *continue*) is right, 0…1.
    pub accuracy: f64,
    /// F1 of the onsets (sixteenth, pitch, voice), 0…1.
    pub onset_f1: f64,
    /// Share of the true onsets that were predicted.
    pub recall: f64,
    /// Share of the predicted onsets that are true.
    pub precision: f64,
}

/// Predicts measure m + `ahead` for every m of the pieces, all voices, from the true measures up to m, freely, and
/// compares with what is there in `voices`.
///
/// # Errors
/// What the predictor says.
pub fn predict_true(
    predictor: &mut dyn Predictor,
    pieces: &[Piece],
    ahead: u8,
    style: Style,
    voices: VoiceMask,
) -> Result<Score, PredictError> {
    let spec = predictor.spec().clone();
    // PANIC: a band has a first voice.
    let first = VoiceId::new(0).expect("a first voice");
    let mut tally = Tally::default();
    let mut request = PredictRequest::empty();
    for piece in pieces {
        let mut history = History::default();
        for (m, measure) in piece.measures.iter().enumerate() {
            history.push(measure);
            let Some(target) = piece.measures.get(m + usize::from(ahead)) else { break };
            request.target = MeasureIndex(u32::try_from(m).unwrap_or(u32::MAX).saturating_add(u32::from(ahead)));
            request.steps = target.steps();
            request.ahead = ahead;
            request.history.copy_from(&history);
            request.user = first;
            request.voices = spec.all();
            request.style = style;
            request.seed = m as u64;
            tally.add(&spec, voices, target, &predictor.predict(&request)?);
        }
    }
    Ok(tally.score())
}

/// Counts what was right.
#[derive(Debug, Default)]
struct Tally {
    measures: usize,
    steps: usize,
    right: usize,
    hits: usize,
    predicted: usize,
    truth: usize,
}

impl Tally {
    fn add(&mut self, spec: &BandSpec, voices: VoiceMask, truth: &BandMeasure, found: &BandMeasure) {
        self.measures += 1;
        for voice in truth.present.and(spec.all()).and(voices).iter() {
            let (truth, found) = (truth.voice(voice), found.voice(voice));
            self.truth += truth.onsets().count();
            self.predicted += found.onsets().count();
            self.hits += found
                .onsets()
                .filter(|note| truth.onsets().any(|other| other.step == note.step && other.key == note.key))
                .count();
            let steps = usize::from(truth.steps());
            self.steps += steps;
            if spec.voices[voice.index()].polyphony == Polyphony::Mono {
                let events = truth.mono_steps().into_iter().zip(found.mono_steps()).take(steps);
                self.right += events.filter(|(a, b)| a == b).count();
            } else {
                for step in 0..truth.steps() {
                    let at = |measure: &Measure| {
                        let here = measure.onsets().filter(|note| note.step.0 == step);
                        here.fold(0u128, |keys, note| keys | 1 << note.key.get())
                    };
                    self.right += usize::from(at(truth) == at(found));
                }
            }
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    fn score(&self) -> Score {
        let share = |a: usize, b: usize| if b == 0 { 0.0 } else { a as f64 / b as f64 };
        Score {
            measures: self.measures,
            accuracy: share(self.right, self.steps),
            onset_f1: share(2 * self.hits, self.predicted + self.truth),
            recall: share(self.hits, self.truth),
            precision: share(self.hits, self.predicted),
        }
    }
}

/// Repeats an earlier measure: the one so many measures before the target, or the one at the lag that repeats best.
#[derive(Clone, Debug)]
pub struct Repeat {
    /// The band.
    pub spec: BandSpec,
    /// The lag before the target, in measures; `None`: the one that repeats best (all voices heard).
    pub lag: Option<usize>,
}

impl Predictor for Repeat {
    fn spec(&self) -> &BandSpec {
        &self.spec
    }

    fn predict(&mut self, request: &PredictRequest) -> Result<BandMeasure, PredictError> {
        let (history, ahead) = (&request.history, usize::from(request.ahead));
        let newest = history.len().checked_sub(1).ok_or(PredictError::NothingHeard)?;
        let lag = self.lag.or_else(|| {
            let alike = loop_lag::alikes(history.iter(), request.voices);
            loop_lag::lag(newest, ahead, |a, b| alike[a][b]).map(|found| found.lag)
        });
        let from = (newest + ahead).checked_sub(lag.unwrap_or(ahead)).unwrap_or(newest).min(newest);
        let mut out = BandMeasure::missing(request.steps);
        // PANIC: `from` is at most the newest.
        let source = history.get(from).expect("a measure of the history");
        for voice in request.voices.iter() {
            out.set(voice, source.voice(voice));
        }
        Ok(out)
    }
}
