//! Drawing.

use std::sync::Arc;

use super::NGram;
use super::harmony::{self, Heard, SILENCE, UNKNOWN};
use super::table::{Decision, MOST_SYMBOLS, Table};
use super::walk::{self, Decide, NOTE, REST, Walker};
use crate::music::band::{BandMeasure, BandSpec, Role, VoiceId, VoiceMask};
use crate::music::measure::Measure;
use crate::music::tonality::Tonality;
use crate::predict::fallback::{Fallback, FallbackContext};
use crate::predict::predictor::{History, PredictError, PredictRequest, Predictor, Style};
use crate::random::Rng;

/// How much rarer rests of chords and bass become: people let them rest for whole sections, but a
/// band that falls silent stays so. Chosen.
const RESTS_OF_GROUND: f32 = 0.1;

/// Divides the temperature of the chord labels. Measured on POP909's validation set, second-next,
/// user = Lead: 4 lowers the clashes from 0.141 to 0.114 and keeps the harmony moving (change 0.60
/// of people's); always the likeliest label gives 0.114 and 0.56.
const SHARPER_LABELS: f32 = 4.0;

/// Draws decisions.
struct Draw<'a> {
    table: &'a Table,
    rng: Rng,
    style: Style,
    /// Multiplies the probability of rests.
    rests: f32,
    /// How much likelier each semitone makes a key, in nats.
    lift: f32,
}

impl Draw<'_> {
    /// `sharper` divides the temperature.
    fn draw(&mut self, decision: &Decision, sharper: f32, bend: impl FnOnce(&mut [f32])) -> u8 {
        let mut room = [0.0; MOST_SYMBOLS];
        let probs = self.table.probs(decision, &mut room);
        bend(probs);
        let likeliest = (0..probs.len()).rev().max_by(|&a, &b| probs[a].total_cmp(&probs[b])).unwrap_or(decision.first);
        let temperature = self.style.temperature / sharper;
        let drawn = if temperature > 0.01 {
            if (temperature - 1.0).abs() > 0.01 {
                let most = probs[likeliest];
                probs.iter_mut().for_each(|p| *p = (*p / most).powf(1.0 / temperature));
            }
            self.rng.weighted(probs).unwrap_or(likeliest)
        } else {
            likeliest
        };
        u8::try_from(drawn).unwrap_or(u8::MAX)
    }
}

impl Decide for Draw<'_> {
    fn decide(&mut self, decision: &Decision, _: Option<u8>) -> u8 {
        self.draw(decision, 1.0, |_| {})
    }

    fn decide_key(&mut self, decision: &Decision, _: Option<u8>, keys: usize) -> u8 {
        let lift = self.lift;
        self.draw(decision, 1.0, |probs| higher(&mut probs[..keys], lift))
    }

    fn decide_label(&mut self, decision: &Decision, _: Option<u8>) -> u8 {
        // A band that means to play needs a chord.
        self.draw(decision, SHARPER_LABELS, |probs| probs[usize::from(SILENCE)] = 0.0)
    }

    fn decide_kind(&mut self, decision: &Decision, _: Option<u8>) -> u8 {
        let (density, rests) = (self.style.notes(), self.rests);
        self.draw(decision, 1.0, |probs| {
            probs[usize::from(NOTE)] *= density;
            probs[usize::from(REST)] *= rests;
        })
    }
}

/// Makes higher keys likelier, by so many nats each, and all of them together as likely as before.
fn higher(keys: &mut [f32], lift: f32) {
    if lift == 0.0 {
        return;
    }
    let before: f32 = keys.iter().sum();
    for (key, prob) in (0u8..).zip(keys.iter_mut()) {
        *prob *= (lift * f32::from(key)).exp();
    }
    let after: f32 = keys.iter().sum();
    if after > 0.0 {
        keys.iter_mut().for_each(|prob| *prob *= before / after);
    }
}

/// What a measure is drawn from.
struct Scene<'a> {
    history: &'a History,
    /// How far the target lies after the newest measure of the history.
    ahead: usize,
    /// The measure directly before the target, where it is known.
    before: Option<&'a BandMeasure>,
    user: VoiceId,
    voices: VoiceMask,
    tonality: Tonality,
    style: Style,
    seed: u64,
    /// What others play in the target itself, where that is known.
    known: Option<&'a BandMeasure>,
}

impl NGram {
    fn fill_scene(&self, scene: &Scene<'_>, out: &mut BandMeasure) {
        let shift = scene.tonality.to_c();
        let (steps, middle) = (out.steps(), harmony::boundary(out.steps()));
        let heard = harmony::reference(scene.history, scene.ahead, scene.user)
            .map_or(Heard::NOTHING, |user| Heard::of(user, shift));
        let mut draw =
            Draw { table: &self.table, rng: Rng::new(scene.seed), style: scene.style, rests: 1.0, lift: 0.0 };
        let before = walk::last_label(&self.players, scene.before, shift);
        // What others play names the chords, unless they rest.
        let known = scene.known.map_or([UNKNOWN; 2], |known| walk::true_labels(&self.players, known, shift));
        let mut label = |half: usize, before| match known[half] {
            UNKNOWN | SILENCE => walk::decide_label(&mut draw, scene.user, &heard, before, half, None),
            label => label,
        };
        let first = label(0, before);
        let second = if middle < steps { label(1, first) } else { first };
        for voice in scene.voices.and(self.voices()).iter() {
            let player = self.players.player(voice);
            let last = scene.history.iter().rev().find(|measure| measure.present.has(voice));
            let last = scene.before.filter(|measure| measure.present.has(voice)).or(last);
            let mut walker = Walker::new(voice, player, scene.before, last, shift).without_ties();
            draw.rests = match player.role {
                Role::Harmony | Role::Bass => RESTS_OF_GROUND,
                Role::Melody | Role::Counter => 1.0,
            };
            draw.lift = scene.style.energy.lift(player.role);
            let mut measure = Measure::silent(steps);
            walker.walk(0..middle, first, &mut draw, None, &mut measure);
            walker.walk(middle..steps, second, &mut draw, None, &mut measure);
            walker.release(&mut measure);
            out.set(voice, &measure);
        }
    }
}

impl Fallback for NGram {
    fn fill(&self, context: &FallbackContext<'_>, out: &mut BandMeasure) {
        let FallbackContext { history, user, voices, tonality, style, seed } = *context;
        let before = history.back(0);
        self.fill_scene(&Scene { history, ahead: 1, before, user, voices, tonality, style, seed, known: None }, out);
    }
}

/// An n-gram behind the seam of all predictors.
#[derive(Clone, Debug)]
pub struct NGramPlayer(Arc<NGram>);

impl NGramPlayer {
    pub(super) const fn new(ngram: Arc<NGram>) -> Self {
        Self(ngram)
    }
}

impl Predictor for NGramPlayer {
    fn spec(&self) -> &BandSpec {
        self.0.spec()
    }

    fn obeys_given(&self) -> bool {
        true
    }

    fn predict(&mut self, request: &PredictRequest) -> Result<BandMeasure, PredictError> {
        let newest = request.history.back(0).ok_or(PredictError::NothingHeard)?;
        if request.voices.and(self.0.voices()) != request.voices {
            return Err(PredictError::NoSuchVoice);
        }
        let known = request.known();
        let before = if request.ahead == 1 { Some(newest) } else { request.planned.as_ref() };
        let scene = Scene {
            history: &request.history,
            ahead: usize::from(request.ahead.max(1)),
            before,
            user: request.user,
            voices: request.voices,
            tonality: request.tonality,
            style: request.style,
            seed: request.seed,
            known: known.as_ref(),
        };
        let mut out = BandMeasure::missing(request.steps);
        self.0.fill_scene(&scene, &mut out);
        Ok(out)
    }
}
