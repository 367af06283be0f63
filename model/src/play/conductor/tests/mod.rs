//! A rig that plays scripts through the conductor, with a predictor and a fallback that are
//! deterministic and sensitive to everything that they are told.

mod causality;
mod context;
mod drums;
mod flow;
mod freeze;
mod interplay;
mod jumps;
mod missing;
mod silence;

use std::hash::{DefaultHasher, Hash, Hasher};

use super::*;
use crate::music::band::{VoiceId, VoiceMask};
use crate::music::note::Key;
use crate::predict::fallback::FallbackContext;
use crate::predict::predictor::{PredictRequest, Predictor};
use crate::random::{Rng, mix};

/// Plays a key for each voice that depends on all that the request says.
pub(super) struct Fake {
    spec: BandSpec,
}

fn hash_measure(measure: &BandMeasure, to: &mut impl Hasher) {
    measure.present.hash(to);
    for voice in measure.present.iter() {
        measure.voice(voice).steps().hash(to);
        measure.voice(voice).notes().hash(to);
    }
}

fn hash_history(history: &History, to: &mut impl Hasher) {
    for measure in history.iter() {
        hash_measure(measure, to);
    }
}

/// One note of the whole measure for each voice, chosen by a hash.
fn notes_of(hash: u64, voices: VoiceMask, low: i32, out: &mut BandMeasure) {
    let mut rng = Rng::new(hash);
    let steps = out.steps();
    for voice in voices.iter() {
        let key = Key::clamped(low + i32::try_from(rng.below(30)).expect("small"));
        out.set(voice, &Measure::from_notes(steps, [Note::new(0, steps, key)]));
    }
}

impl Predictor for Fake {
    fn spec(&self) -> &BandSpec {
        &self.spec
    }

    fn predict(&mut self, request: &PredictRequest) -> Result<BandMeasure, crate::predict::predictor::PredictError> {
        let mut hash = DefaultHasher::new();
        hash_history(&request.history, &mut hash);
        if let Some(planned) = &request.planned {
            hash_measure(planned, &mut hash);
        }
        (request.seed, request.ahead, request.unheard_steps, request.voices, request.tonality).hash(&mut hash);
        let mut out = BandMeasure::missing(request.steps);
        // Predictions lie above key 60, the fallback's notes below.
        notes_of(hash.finish(), request.voices, 60, &mut out);
        Ok(out)
    }
}

/// As sensitive, for the fallback.
struct FakeFallback;

impl Fallback for FakeFallback {
    fn fill(&self, context: &FallbackContext<'_>, out: &mut BandMeasure) {
        let mut hash = DefaultHasher::new();
        hash_history(context.history, &mut hash);
        (context.seed, context.voices, context.tonality).hash(&mut hash);
        notes_of(hash.finish(), context.voices, 20, out);
    }
}

/// A conductor with its fake predictor.
struct Rig {
    conductor: Conductor,
    fake: Fake,
    request: PredictRequest,
}

/// The voice of this number.
fn voice(index: usize) -> VoiceId {
    VoiceId::new(index).expect("a voice")
}

fn settings(lookahead: Lookahead) -> Settings {
    Settings { lookahead, ..Settings::new(&BandSpec::pop(), voice(0)) }
}

/// A measure of one key, held.
fn held(key: i32) -> Measure {
    Measure::from_notes(16, [Note::new(0, 16, Key::clamped(key))])
}

impl Rig {
    fn new(settings: Settings) -> Self {
        let spec = BandSpec::pop();
        let mut conductor = Conductor::new(&spec, Arc::new(FakeFallback), settings);
        conductor.start();
        Self { conductor, fake: Fake { spec }, request: PredictRequest::empty() }
    }

    /// Takes what is due, predicts it and hands it in; false if nothing was due.
    fn predict(&mut self) -> bool {
        self.take().is_some_and(|prediction| {
            assert_eq!(self.conductor.accept(&prediction), Accepted::Planned);
            true
        })
    }

    /// The prediction that is due, not yet handed in.
    fn take(&mut self) -> Option<Prediction> {
        self.conductor.take_request(&mut self.request).then(|| {
            let measure = self.fake.predict(&self.request).expect("the fake never fails");
            Prediction { epoch: self.request.epoch, target: self.request.target, measure, drums: None }
        })
    }

    /// Plays a whole measure of the user, with every prediction in time; where the band's part
    /// came from.
    fn play(&mut self, user: &Measure) -> Source {
        self.play_with(user, user.steps(), true).source
    }

    /// The same, with the next measure's length, and possibly a prediction that never comes.
    fn play_with(&mut self, user: &Measure, next_steps: u8, predicts: bool) -> Begun {
        let begun = self.conductor.begin_measure(user.steps(), next_steps);
        let mut due = predicts && self.predict();
        self.conductor.last_step(user);
        due |= predicts && self.predict();
        assert!(!predicts || !self.conductor.request_due(), "asked twice for one measure (was due: {due})");
        self.conductor.close_measure(user);
        begun
    }

    /// What the band plays now: (voice, key, onset?) of each note.
    fn sounding(&self) -> Vec<(usize, u8, bool)> {
        let measure = self.conductor.playing();
        let notes = |voice: VoiceId| measure.voice(voice).notes().iter().map(move |note| (voice, note));
        measure
            .present
            .iter()
            .flat_map(notes)
            .map(|(voice, note)| (voice.index(), note.key.get(), !note.continued))
            .collect()
    }
}
