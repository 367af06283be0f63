//! The RMVAE at play: one request, one measure.

mod listening;
mod scene;

use std::collections::HashMap;
use std::sync::Arc;

use burn::tensor::{Device, Tensor, TensorData};

use crate::music::band::{BandMeasure, BandSpec, Role, Voice, VoiceId, VoiceMask};
use crate::music::chord::Chord;
use crate::music::measure::Measure;
use crate::music::obey::{Imagined, ObeyingVoice, StepChords, obey};
use crate::predict::energy::Energy;
use crate::predict::predictor::{PredictError, PredictRequest, Predictor, Style};
use crate::random::{Rng, mix};
use crate::systems::nn::numbers;
use crate::systems::rmvae::chords::{self, Leanings};
use crate::systems::rmvae::conditions::{Before, Conditions, InputLayout, Looped};
use crate::systems::rmvae::fit::{self, Wishes};
use crate::systems::rmvae::frames::{Frames, STEPS, key};
use crate::systems::rmvae::helpers::Helpers;
use crate::systems::rmvae::net::RmvaeNet;
use crate::systems::rmvae::order::decode_order;
use crate::systems::rmvae::recall::{self, Likeness};
use crate::systems::rmvae::sampling::{Draw, Heads, Line, PitchChain};
use crate::systems::rmvae::trained::TrainedRmvae;
use listening::Expert;
use scene::Scene;

/// The musician's temperature 1 is this much of the net's: a band that hears itself adds up its own surprises. Chosen on
/// the validation songs, where 1.0 gives 1.67 times as many notes as people play, and 0.9 gives 1.27.
const COOLING: f32 = 0.9;

/// Mean likeness from which on the user counts as repeating: then the band may repeat itself too. Chosen.
const REPEATS: f32 = 0.8;

/// An RMVAE as a [`Predictor`].
#[derive(Debug)]
pub struct RmvaePredictor {
    trained: Arc<TrainedRmvae>,
    net: RmvaeNet,
    inputs: Vec<InputLayout>,
    chains: Vec<Option<PitchChain>>,
    /// How much earlier measures weigh in the memories: `[FEATURES, RECALLS]`; empty without.
    learned: Vec<f32>,
    helpers: Helpers,
    device: Device,
    cache: HashMap<(u8, u64), Expert>,
}

/// How likely each key is to start at each step of a voice: `[steps][key]`.
pub type OnsetProbabilities = (VoiceId, Vec<[f32; 128]>);

impl RmvaePredictor {
    /// Plays this net with these helpers. Weights are shared, not copied.
    #[must_use]
    pub fn new(trained: Arc<TrainedRmvae>, helpers: Helpers) -> Self {
        let (config, layouts) = (&trained.config, &trained.layouts);
        let inputs = layouts.iter().map(|layout| InputLayout::new(config, layout, layouts.len())).collect();
        let net = trained.net.clone();
        let chains = net.decoders.iter().map(|decoder| decoder.chain().map(PitchChain::new)).collect();
        let learned = net.recall.as_ref().map(|weights| numbers(weights.val())).unwrap_or_default();
        Self { net, inputs, chains, learned, helpers, device: Device::flex(), cache: HashMap::new(), trained }
    }
}

/// What all voices of one request are decoded from.
struct Moment<'a> {
    /// How many steps the wanted measure has.
    steps: usize,
    scene: &'a Scene,
    /// What the decoders are told of the past: `[1, context]`.
    context: Tensor<2>,
    /// What is wished of each pitch class at each step.
    wishes: Wishes,
    /// What the chords say of each pitch class.
    leanings: Leanings,
    /// The same of the bass.
    bass_leanings: Leanings,
    style: Style,
    /// The decoders are not told what they have decided.
    blind: bool,
}

impl RmvaePredictor {
    /// Decodes one voice for all candidates at once, each with what its other voices were decided to play and a chance
    /// of its own.
    fn decode_voice(
        &self,
        moment: &Moment<'_>,
        voice: VoiceId,
        decided: &[Vec<Option<Frames>>],
        rngs: &mut [Rng],
    ) -> Result<Vec<Line>, PredictError> {
        let &Moment { steps, scene, style, blind, .. } = moment;
        let index = voice.index();
        let layouts = &self.trained.layouts;
        let layout = &layouts[index];
        let frames_in = |measure: Option<&BandMeasure>| {
            let measure = measure.filter(|measure| measure.present.has(voice))?;
            Some(Frames::of(layout, measure.voice(voice)))
        };
        let looped = scene.looped.each_ref().map(|looped| {
            let (measure, lag) = looped.as_ref()?;
            Some(Looped { frames: frames_in(Some(measure)), likeness: lag.likeness, newest: lag.newest })
        });
        let (remembered, weights) = &scene.remembered;
        let recalled = if remembered.is_empty() {
            Vec::new()
        } else {
            let history: Vec<_> = remembered.iter().map(|frames| frames[index]).collect();
            recall::recall(layout, &history, weights)
        };
        let between = if self.trained.config.offset == 2 { scene.plan.as_ref() } else { scene.history.last() };
        let last = frames_in(between).as_ref().map(Before::end_of);
        let width = self.inputs[index].width();
        let rows = decided.len();
        let mut lines: Vec<Line> = (0..rows).map(|_| Line::new(layout, steps, last, self.helpers.sustain)).collect();
        let input = |step: usize, lines: &[Line]| {
            let mut buffer = vec![0.0; rows * width];
            for ((row, line), decided) in buffer.chunks_exact_mut(width).zip(lines).zip(decided) {
                let conditions = Conditions { layouts, voice: index, steps, looped, recalled: &recalled, decided };
                let before = if step == 0 { last } else { (!blind).then(|| line.before(step)) };
                self.inputs[index].write(&conditions, before, step, row);
            }
            buffer
        };
        let role = self.trained.spec.voices[index].role;
        let lift = style.energy.lift(role);
        let leanings = if role == Role::Bass { &moment.bass_leanings } else { &moment.leanings };
        let heads = Heads { layout, mono: self.trained.config.mono_head, chain: self.chains[index].as_ref() };
        let mut sample = |step: usize, outputs: Vec<f32>, lines: &mut [Line]| -> Result<(), PredictError> {
            if outputs.iter().any(|value| !value.is_finite()) {
                return Err(PredictError::NotFinite);
            }
            let each = layout.output_width();
            for ((row, line), rng) in outputs.chunks_exact(each).zip(lines).zip(rngs.iter_mut()) {
                line.sample(
                    heads,
                    step,
                    row,
                    (&moment.wishes[step], leanings[step].as_ref()),
                    Draw { style, lift, rng },
                );
            }
            Ok(())
        };
        if let Some(stepper) = &self.trained.steppers[index] {
            let mut state = stepper.start(&numbers(moment.context.clone()), rows);
            for step in 0..steps {
                let outputs = stepper.step(&input(step, &lines), &mut state);
                sample(step, outputs, &mut lines)?;
            }
        } else {
            let tensor = |step: usize| {
                let values = input(step.min(steps - 1), &lines);
                Tensor::from_data(TensorData::new(values, [rows, width]), &self.device)
            };
            let context = moment.context.clone().repeat_dim(0, rows);
            let decoder = &self.net.decoders[index];
            let outputs = decoder.decode((0..STEPS).map(tensor).collect(), context, &self.inputs[index], layout);
            for (step, outputs) in outputs.into_iter().take(steps).enumerate() {
                sample(step, numbers(outputs), &mut lines)?;
            }
        }
        Ok(lines)
    }
}

impl Predictor for RmvaePredictor {
    fn spec(&self) -> &BandSpec {
        &self.trained.spec
    }

    fn obeys_given(&self) -> bool {
        true
    }

    fn obeys_chords(&self) -> bool {
        self.helpers.chords > 0.0 || self.helpers.known > 0.0
    }

    fn predict(&mut self, request: &PredictRequest) -> Result<BandMeasure, PredictError> {
        let candidates = if request.style.temperature > 0.0 { self.helpers.candidates.max(1) } else { 1 };
        let samples = self.sample(request, candidates, request.style.temperature * COOLING, false)?;
        if request.known().is_some() {
            let best = most_agreed(&samples.decided, request.voices);
            return Ok(self.played(request, &samples.lines[best]));
        }
        let guide = samples.guide.as_ref().map(|frames| (request.user, frames));
        let layouts = &self.trained.layouts;
        let planned = samples.chords.iter().any(Option::is_some);
        let extra = |voices: &[Option<Frames>]| {
            if !planned {
                return 0.0;
            }
            self.helpers.chorded * chords::share(&samples.chords, layouts, request.user.index(), voices)
        };
        let (best, score) = fit::best(layouts, guide, &samples.decided, extra);
        let worth = |voices: &[Option<Frames>]| request.style.energy.worth(onsets(voices, request.voices));
        // Of those that fit as well as the best, some are weighed by their notes: with all of them, the least energy would
        // choose the densest each time.
        let fits = |voices: &&Vec<Option<Frames>>| fit::score(layouts, guide, voices) + extra(voices) >= score;
        let weighed = weighed(request.style.energy);
        let equals = samples.decided.iter().enumerate().filter(|(_, voices)| fits(voices)).take(weighed);
        let best = match weighed {
            0 => best,
            _ => equals.max_by(|(_, a), (_, b)| worth(a).total_cmp(&worth(b))).map_or(best, |(at, _)| at),
        };
        if let (Some(again), Some(_)) = (&samples.again, guide)
            && fit::score(layouts, guide, &again.frames) + extra(&again.frames) + worth(&again.frames)
                >= score + worth(&samples.decided[best]) - self.helpers.again
        {
            return Ok(again.measure);
        }
        Ok(self.played(request, &samples.lines[best]))
    }
}

/// How much of the energy this net is asked for, of less than none and of more. It plays on from what it has played: higher
/// and denser, once it began so. Measured on POP909's `valid`: with all of it, a band at 50 % plays four times as many notes.
const TAKEN: (f32, f32) = (0.3, 0.12);

/// How many measures that fit as well as each other are weighed by their notes, at full energy; at none nothing is weighed.
/// Chosen: a few of the twelve, so that half the energy does about half as much.
const WEIGHED: f32 = 3.0;

/// How many of them are weighed.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 4")]
fn weighed(energy: Energy) -> usize {
    if energy == Energy::NEUTRAL { 0 } else { 1 + (WEIGHED * energy.get().abs()).round() as usize }
}

fn taken(energy: Energy) -> Energy {
    energy.part(if energy.get() < 0.0 { TAKEN.0 } else { TAKEN.1 })
}

/// How many notes these voices begin.
fn onsets(voices: &[Option<Frames>], wanted: VoiceMask) -> usize {
    let those = wanted.iter().filter_map(|voice| voices.get(voice.index())?.as_ref());
    those.flat_map(|frames| &frames.onset[..frames.steps]).map(|starts| starts.count_ones() as usize).sum()
}

/// The candidate that has most in common with all others: the mean F1 of its notes in these voices is the highest. The
/// likeliest one would be the one with the fewest notes.
///
/// # Source
/// Minimum Bayes risk decoding, by samples: Eikema and Aziz 2020, "Is MAP decoding all you need?"
fn most_agreed(candidates: &[Vec<Option<Frames>>], voices: VoiceMask) -> usize {
    let agreement =
        |a: &[Option<Frames>]| candidates.iter().map(|b| Likeness::of(a, b, voices, 0.0).onsets).sum::<f32>();
    // Nobody falls silent, if there is a way: a voice that is asked for is wanted.
    let silent = |frames: &Option<Frames>| frames.is_none_or(|frames| frames.sounding.iter().all(|&keys| keys == 0));
    let sounds = |a: &[Option<Frames>]| voices.iter().filter(|voice| !silent(&a[voice.index()])).count();
    let all: Vec<(usize, f32)> = candidates.iter().map(|each| (sounds(each), agreement(each))).collect();
    // Of equals the first.
    let order = |&a: &usize, &b: &usize| all[a].0.cmp(&all[b].0).then(all[a].1.total_cmp(&all[b].1));
    (0..all.len()).rev().max_by(order).unwrap_or(0)
}

/// Several measures sampled for one request.
struct Samples {
    /// The chord of each step, in C, where one is known and obeyed.
    chords: [Option<Chord>; STEPS],
    /// What the user is imagined to play.
    guide: Option<Frames>,
    /// All voices of each candidate, the imagined user's too.
    decided: Vec<Vec<Option<Frames>>>,
    /// The wanted voices of each candidate.
    lines: Vec<Vec<Played>>,
    /// What the band played in the measure that the loop rule points to, where the user does repeat.
    again: Option<Again>,
}

/// What one voice of a candidate plays.
#[derive(Clone, Debug)]
struct Played {
    voice: VoiceId,
    /// As it was sampled.
    line: Line,
    /// As it is played, in C.
    measure: Measure,
}

/// A measure that the band may play again: as it was, and as the net sees it.
struct Again {
    measure: BandMeasure,
    frames: Vec<Option<Frames>>,
}

impl RmvaePredictor {
    /// The semitones that bring the request's music to C.
    fn shift(&self, request: &PredictRequest) -> i32 {
        if self.helpers.key && self.trained.config.home_key { request.tonality.to_c() } else { 0 }
    }

    fn sample(
        &mut self,
        request: &PredictRequest,
        candidates: usize,
        temperature: f32,
        blind: bool,
    ) -> Result<Samples, PredictError> {
        let all = self.trained.spec.all();
        if request.history.is_empty() {
            return Err(PredictError::NothingHeard);
        }
        if request.voices.and(all) != request.voices || !all.has(request.user) {
            return Err(PredictError::NoSuchVoice);
        }
        let scene = self.scene(request, self.shift(request));
        let context = self.context(&scene);
        let user = request.user.index();
        let known = request.known().map(|known| known.transposed(self.shift(request)));
        let guide = if known.is_some() { None } else { self.imagined(request, &scene) };
        let wishes = fit::wishes(&self.trained.layouts[user], guide.as_ref(), self.helpers.fit);
        let chords =
            if self.obeys_chords() { chords::in_c(&request.chords, self.shift(request)) } else { [None; STEPS] };
        let weights = std::array::from_fn(|step| {
            let foretold = u8::try_from(step).is_ok_and(|step| request.chords.is_foretold(step));
            if foretold { self.helpers.chords } else { self.helpers.known }
        });
        let leanings = chords::leanings(&chords, &weights, 0.0);
        let bass_leanings = chords::leanings(&chords, &weights, self.helpers.root);
        let density = request.style.density * self.helpers.density;
        let style = Style { temperature, density, energy: taken(request.style.energy), ..request.style };
        let moment = Moment {
            steps: usize::from(request.steps),
            scene: &scene,
            context,
            wishes,
            leanings,
            bass_leanings,
            style,
            blind,
        };
        let mut decided = vec![vec![None; self.trained.layouts.len()]; candidates];
        for row in &mut decided {
            row[user] = guide;
            if let Some(known) = &known {
                for voice in known.present.and(all).iter() {
                    row[voice.index()] = Some(Frames::of(&self.trained.layouts[voice.index()], known.voice(voice)));
                }
            }
        }
        let mut rngs: Vec<Rng> = (0u64..).take(candidates).map(|i| Rng::new(mix(request.seed, i))).collect();
        let mut lines: Vec<Vec<Played>> = vec![Vec::new(); candidates];
        let imagined: Imagined = std::array::from_fn(|step| {
            u8::try_from(step).is_ok_and(|step| request.chords.is_foretold(step)).then(|| {
                let frames = guide.as_ref().filter(|frames| step < frames.steps);
                let classes = frames.map_or(0, |frames| frames.pitch_classes(&self.trained.layouts[user], step));
                (0u8..12).filter(|&class| classes >> class & 1 == 1).collect()
            })
        });
        let planned = chords.iter().any(Option::is_some);
        for voice in decode_order(&self.trained.spec, Some(request.user)) {
            if !request.voices.has(voice) {
                continue;
            }
            let decoded = self.decode_voice(&moment, voice, &decided, &mut rngs)?;
            for ((line, row), out) in decoded.into_iter().zip(&mut decided).zip(&mut lines) {
                let layout = &self.trained.layouts[voice.index()];
                let mut measure = line.measure(layout);
                let mut frames = line.frames;
                if planned {
                    measure = obey(&measure, &chords, &imagined, self.part(voice));
                    frames = Frames::of(layout, &measure);
                }
                row[voice.index()] = (!blind).then_some(frames);
                out.push(Played { voice, line, measure });
            }
        }
        let again =
            if known.is_some() { None } else { self.again(request, &scene, planned.then_some((&chords, &imagined))) };
        Ok(Samples { chords, guide, decided, lines, again })
    }

    /// What the user is imagined to play: what they play in the measure that the loop rule points to.
    fn imagined(&self, request: &PredictRequest, scene: &Scene) -> Option<Frames> {
        let (measure, _) = scene.looped[0].as_ref()?;
        let sounds = measure.present.has(request.user) && !measure.is_silent(VoiceMask::only(request.user));
        let layout = &self.trained.layouts[request.user.index()];
        (self.helpers.guide && sounds).then(|| Frames::of(layout, &measure.voice(request.user).resized(request.steps)))
    }

    /// The band's own looped measure, if the user repeats and all the wanted voices played there.
    fn again(
        &self,
        request: &PredictRequest,
        scene: &Scene,
        chords: Option<(&StepChords, &Imagined)>,
    ) -> Option<Again> {
        let (looped, lag) = scene.looped[0].as_ref()?;
        let whole = looped.present.and(request.voices) == request.voices && looped.steps() == request.steps;
        if lag.likeness < REPEATS || !whole || looped.is_silent(request.voices) {
            return None;
        }
        let mut measure = BandMeasure::missing(request.steps);
        let mut frames = vec![None; self.trained.layouts.len()];
        for voice in request.voices.iter() {
            let its = looped.voice(voice);
            let its = chords.map_or(*its, |(chords, imagined)| obey(its, chords, imagined, self.part(voice)));
            measure.set(voice, &its.transposed(-self.shift(request)));
            frames[voice.index()] = Some(Frames::of(&self.trained.layouts[voice.index()], &its));
        }
        Some(Again { measure, frames })
    }

    /// A candidate as notes, back in the request's key.
    fn played(&self, request: &PredictRequest, voices: &[Played]) -> BandMeasure {
        let shift = self.shift(request);
        let mut measure = BandMeasure::missing(request.steps);
        for played in voices {
            measure.set(played.voice, &played.measure.transposed(-shift));
        }
        measure
    }

    /// What is to be known of a voice whose notes are brought onto chords.
    fn part(&self, voice: VoiceId) -> ObeyingVoice {
        let Voice { role, polyphony, range, .. } = self.trained.spec.voices[voice.index()];
        ObeyingVoice { role, polyphony, range }
    }

    /// How likely each note is to start, as the mean over so many samples: for every wanted voice
    /// `[steps][key]`, probabilities. `blind`: by a net that was trained to say so without sampling (`TrainOptions::blind`);
    /// then one sample is enough for monophonic voices.
    ///
    /// # Errors
    /// As [`Predictor::predict`].
    pub fn onset_probabilities(
        &mut self,
        request: &PredictRequest,
        samples: usize,
        blind: bool,
    ) -> Result<Vec<OnsetProbabilities>, PredictError> {
        let found = self.sample(request, samples, request.style.temperature, blind)?;
        let shift = self.shift(request);
        #[expect(clippy::cast_precision_loss, reason = "a few samples")]
        let share = 1.0 / samples as f32;
        let steps = usize::from(request.steps);
        let mut out: Vec<OnsetProbabilities> =
            request.voices.iter().map(|voice| (voice, vec![[0.0; 128]; steps])).collect();
        for Played { voice, line, .. } in found.lines.iter().flatten() {
            let layout = &self.trained.layouts[voice.index()];
            let Some((_, rows)) = out.iter_mut().find(|(id, _)| id == voice) else { continue };
            for (row, mass) in rows.iter_mut().zip(line.mass.chunks_exact(layout.pitches)) {
                for (pitch, mass) in mass.iter().enumerate() {
                    if let Some(key) = key(layout, pitch).transposed(-shift) {
                        row[usize::from(key.get())] += mass * share;
                    }
                }
            }
        }
        Ok(out)
    }
}
