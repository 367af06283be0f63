//! A model of melodies that plays one voice of a band.

use std::sync::Arc;

use super::events::Melody;
use super::model::{MelodyModel, Reader};
use crate::music::accent::accent;
use crate::music::band::{BandMeasure, BandSpec, KeyRange, Polyphony, Role, VoiceId, VoiceMask};
use crate::music::measure::{Measure, MonoStep};
use crate::music::note::{Key, Note};
use crate::predict::fallback::{Fallback, FallbackContext};
use crate::predict::predictor::{History, PredictError, PredictRequest, Predictor};
use crate::random::{Rng, mix};
use crate::systems::system::{Parts, System};

/// A one-voice system as a band file holds it.
///
/// It plays one of the voices that are wanted: the one that it learnt or, where the user plays that one, the tune, an
/// inner part or the bass, the first of these that is wanted. The band's rule plays the others. It goes on with the
/// line that its voice has played; where its voice has not played, or rested while the user played, it takes up what
/// the user played instead, brought into its own octave: at the start it answers the user's phrase.
#[derive(Debug)]
pub struct Soloist {
    spec: BandSpec,
    voice: VoiceId,
    model: Box<dyn MelodyModel>,
}

impl Soloist {
    /// This model, which learnt this voice of the band; `None` where the band has no such voice.
    #[must_use]
    pub fn new(spec: BandSpec, voice: VoiceId, model: Box<dyn MelodyModel>) -> Option<Self> {
        (voice.index() < spec.voices.len()).then_some(Self { spec, voice, model })
    }

    /// The band.
    #[must_use]
    pub const fn spec(&self) -> &BandSpec {
        &self.spec
    }

    /// The voice that it learnt.
    #[must_use]
    pub const fn voice(&self) -> VoiceId {
        self.voice
    }

    /// The model itself.
    #[must_use]
    pub fn model(&self) -> &dyn MelodyModel {
        &*self.model
    }

    /// Which of the wanted voices it plays.
    fn chosen(&self, wanted: VoiceMask) -> Option<VoiceId> {
        let rank = |voice: &VoiceId| {
            let found = &self.spec.voices[voice.index()];
            let role = match found.role {
                Role::Melody => 0,
                Role::Counter => 1,
                Role::Bass => 2,
                Role::Harmony => 3,
            };
            (*voice != self.voice, found.polyphony == Polyphony::Poly, role)
        };
        wanted.iter().min_by_key(rank)
    }
}

impl System for Soloist {
    fn parts(&self) -> Parts {
        self.model.parts()
    }

    fn predictor(self: Arc<Self>, others: Arc<dyn Fallback>) -> Box<dyn Predictor> {
        Box::new(SoloistPredictor { soloist: self, others, history: Box::default() })
    }
}

/// A [`Soloist`] at play.
struct SoloistPredictor {
    soloist: Arc<Soloist>,
    /// Plays the other voices.
    others: Arc<dyn Fallback>,
    /// Room for what the others hear.
    history: Box<History>,
}

impl Predictor for SoloistPredictor {
    fn spec(&self) -> &BandSpec {
        &self.soloist.spec
    }

    fn predict(&mut self, request: &PredictRequest) -> Result<BandMeasure, PredictError> {
        let all = self.soloist.spec.all();
        if request.history.is_empty() {
            return Err(PredictError::NothingHeard);
        }
        if request.voices.and(all) != request.voices || !all.has(request.user) {
            return Err(PredictError::NoSuchVoice);
        }
        let mut out = BandMeasure::missing(request.steps);
        let Some(voice) = self.soloist.chosen(request.voices) else { return Ok(out) };
        self.accompany(request, request.voices.without(voice), &mut out);
        let line = Line::new(&self.soloist, request, voice).play()?;
        out.set(voice, &line);
        Ok(out)
    }
}

impl SoloistPredictor {
    /// The rule plays these voices.
    fn accompany(&mut self, request: &PredictRequest, voices: VoiceMask, out: &mut BandMeasure) {
        if voices.is_empty() {
            return;
        }
        self.history.copy_from(&request.history);
        if request.ahead > 1 {
            self.history.push(&request.planned.unwrap_or(BandMeasure::missing(request.steps)));
        }
        let PredictRequest { user, tonality, style, seed, .. } = *request;
        self.others.fill(&FallbackContext { history: &self.history, user, voices, tonality, style, seed }, out);
    }
}

/// One line of one request.
struct Line<'a> {
    model: &'a dyn MelodyModel,
    request: &'a PredictRequest,
    spec: &'a BandSpec,
    voice: VoiceId,
    /// The range that the model learnt, in the key of the music.
    home: KeyRange,
    /// To the model's key.
    shift: i32,
    rng: Rng,
}

impl<'a> Line<'a> {
    fn new(soloist: &'a Soloist, request: &'a PredictRequest, voice: VoiceId) -> Self {
        let shift = if soloist.model.keyed() { request.tonality.to_c() } else { 0 };
        Self {
            model: soloist.model(),
            request,
            spec: &soloist.spec,
            voice,
            home: soloist.spec.voices[soloist.voice.index()].range,
            shift,
            rng: Rng::new(mix(request.seed, voice.index() as u64)),
        }
    }

    /// Reads the context, imagines the measure between where it is not planned, and plays the wanted one.
    fn play(mut self) -> Result<Measure, PredictError> {
        let request = self.request;
        let bar = usize::from(request.steps);
        let mut melody = Melody::new(bar);
        let context = self.model.context().min(request.history.len());
        for ago in (0..context).rev() {
            if let Some(measure) = request.history.back(ago) {
                melody.hear(&self.heard(measure));
            }
        }
        let planned = request.planned.filter(|planned| request.ahead > 1 && planned.present.has(self.voice));
        if let Some(planned) = planned {
            melody.hear(&self.as_heard(planned.voice(self.voice), self.voice));
        }
        let newest = (request.target.0 as usize + 1).saturating_sub(usize::from(request.ahead));
        let mut reader = self.model.reader(bar, newest.saturating_sub(context));
        melody.events.iter().for_each(|&event| reader.hear(event));
        if request.ahead > 1 && planned.is_none() {
            self.draw(&mut *reader, &mut melody, 1)?;
        }
        let held = melody.sounding();
        let from = melody.events.len();
        self.draw(&mut *reader, &mut melody, 0)?;
        Ok(self.as_played(&melody.events[from..], held))
    }

    /// What the voice played in a measure, else what the user did, as the model knows it.
    fn heard(&self, measure: &BandMeasure) -> Measure {
        let (voice, user) = (self.voice, self.request.user);
        let own = measure.present.has(voice) && !measure.voice(voice).is_silent();
        let source = if own || !measure.present.has(user) { voice } else { user };
        self.as_heard(measure.voice(source), source)
    }

    /// A voice's measure in the model's key, octave and range. Notes that two folds bring together become one line again.
    fn as_heard(&self, measure: &Measure, source: VoiceId) -> Measure {
        let octaves = octaves(self.spec.voices[source.index()].range, self.home);
        let mut out = Measure::silent(measure.steps());
        let range = self.model.range();
        for note in measure.transposed(self.shift + octaves).notes() {
            out.push(Note { key: range.folded(note.key), ..*note });
        }
        out
    }

    /// A key of the model in the key and the range of the voice.
    fn to_voice(&self, key: Key) -> Key {
        let range = self.spec.voices[self.voice.index()].range;
        range.folded(Key::clamped(i32::from(key.get()) - self.shift + octaves(self.home, range)))
    }

    /// Events of the model as the voice plays them; `held` sounds at the bar line before.
    fn as_played(&self, events: &[MonoStep], held: Option<Key>) -> Measure {
        let steps = self.request.steps;
        let events: Vec<MonoStep> = events
            .iter()
            .map(|event| match event {
                MonoStep::Note(key) => MonoStep::Note(self.to_voice(*key)),
                other => *other,
            })
            .collect();
        let before = held.map(|key| Note::new(0, 1, self.to_voice(key)));
        let mut out = Measure::from_mono_steps(steps, &events, before, crate::music::note::Velocity::DEFAULT);
        // The last note may go on: what is played next says so.
        out.for_each_mut(|note| {
            note.velocity = accent(usize::from(note.step.0), usize::from(steps));
            note.continues = note.end() == steps;
        });
        out
    }

    /// Draws a measure's events, so many measures before the wanted one.
    fn draw(&mut self, reader: &mut dyn Reader, melody: &mut Melody, before: usize) -> Result<(), PredictError> {
        let rhythm = self.model.pitches_only().then(|| self.rhythm(before));
        let mut sounding = melody.sounding().is_some();
        let style = self.request.style;
        let lift = style.energy.lift(self.spec.voices[self.voice.index()].role);
        for step in 0..melody.bar {
            let event = match rhythm.as_ref().map(|rhythm| rhythm[step]) {
                Some(MonoStep::Rest) if sounding => MonoStep::Rest,
                Some(MonoStep::Rest | MonoStep::Continue) => MonoStep::Continue,
                Some(MonoStep::Note(_)) | None => {
                    let chances = reader.chances();
                    if !chances.total().is_finite() {
                        return Err(PredictError::NotFinite);
                    }
                    let chances = if rhythm.is_none() { chances.denser(style.notes()) } else { chances };
                    let chances = chances.higher(lift);
                    let chances = if sounding { chances } else { chances.without_rest() };
                    chances.draw(style.temperature, &mut self.rng)
                }
            };
            match event {
                MonoStep::Note(_) => sounding = true,
                MonoStep::Rest => sounding = false,
                MonoStep::Continue => {}
            }
            reader.hear(event);
            melody.events.push(event);
        }
        Ok(())
    }

    /// When the notes of a measure begin, for a model that knows only which notes they are: at the steps of the user's
    /// measure two before it, else of the newest measure that is not silent, else on the quarters. A density below 1
    /// leaves out notes, one above divides them.
    fn rhythm(&mut self, before: usize) -> Vec<MonoStep> {
        let (history, user) = (&self.request.history, self.request.user);
        let played = |ago: usize| {
            let measure = history.back(ago).filter(|measure| measure.present.has(user))?;
            Some(measure.voice(user)).filter(|measure| !measure.is_silent())
        };
        let like = played(before).or_else(|| (0..history.len()).find_map(played));
        let mut events = like.map_or_else(
            || (0..self.request.steps).map(quarter).collect(),
            |measure| Melody::of(self.request.steps, [measure]).events,
        );
        let density = self.request.style.notes();
        let onsets: Vec<usize> = (0..events.len()).filter(|&at| matches!(events[at], MonoStep::Note(_))).collect();
        for (&at, &next) in onsets.iter().zip(onsets.iter().skip(1).chain([&events.len()])) {
            if density < 1.0 && Some(&at) != onsets.first() && self.rng.unit() > density {
                events[at] = MonoStep::Continue;
            } else if density > 1.0 && next - at > 1 && self.rng.unit() < (density - 1.0) / 3.0 {
                events[(at + next) / 2] = events[at];
            }
        }
        events
    }
}

fn quarter(step: u8) -> MonoStep {
    if step.is_multiple_of(4) { MonoStep::Note(Key::MIDDLE_C) } else { MonoStep::Continue }
}

/// The octaves, in semitones, by which the middle of one range comes nearest to that of another.
fn octaves(from: KeyRange, to: KeyRange) -> i32 {
    let twice = |range: KeyRange| i32::from(range.low.get()) + i32::from(range.high.get());
    // Rounded: 24 halves of a semitone are an octave.
    (twice(to) - twice(from) + 12).div_euclid(24) * 12
}
