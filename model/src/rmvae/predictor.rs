//! The RMVAE at play: one request, one measure.

use std::collections::HashMap;
use std::sync::Arc;

use burn::tensor::{Device, Tensor, TensorData};

use crate::band::{BandMeasure, BandSpec, VoiceId, VoiceMask};
use crate::loop_lag::{self, Lag};
use crate::measure::Measure;
use crate::predictor::{PredictError, PredictRequest, Predictor, Style};
use crate::random::{Rng, mix};
use crate::rmvae::conditions::{Before, Conditions, InputLayout, LOOPS, Looped, earlier};
use crate::rmvae::config::{Layout, RmvaeConfig};
use crate::rmvae::fit::{self, Wishes};
use crate::rmvae::frames::{Frames, STEPS, key, write_encoder_frame};
use crate::rmvae::net::{Decoder, RmvaeNet};
use crate::rmvae::order::decode_order;
use crate::rmvae::recall::{self, Likeness, RECALLS};
use crate::rmvae::sampling::{Line, PitchChain};
use crate::rmvae::stepper::Stepper;

/// Encoded measures that are kept: a history of every voice, several times over.
const CACHE: usize = 512;

/// The musician's temperature 1 is this much of the net's: a band that hears itself adds up its own surprises. Chosen on
/// the validation songs, where 1.0 gives 1.67 times as many notes as people play, and 0.9 gives 1.27.
const COOLING: f32 = 0.9;

/// Mean likeness from which on the user counts as repeating: then the band may repeat itself too.
const REPEATS: f32 = 0.8;

/// What informs the net beyond the history.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Helpers {
    /// The music is brought to C major or A minor by the key tracked; without, it stays as it is.
    pub key: bool,
    /// The measure that the loop rule points to enters the net.
    pub looped: bool,
    /// The user's measure is imagined (the one that the loop rule points to), and the band fits it.
    pub guide: bool,
    /// How much the fit with the imagined user's measure counts as one more expert on every note, in nats.
    pub fit: f32,
    /// How much worse what the band played one loop ago may fit than the best new measure, to be played again: songs
    /// repeat. Below −1 never.
    pub again: f32,
    /// How much longer than the net says the notes of polyphonic voices sound: mean durations are short where the net
    /// is unsure, and a pianist holds the pedal.
    pub sustain: f32,
    /// How many more notes the net is asked for, as a factor: longer notes leave room for fewer.
    pub density: f32,
    /// Measures sampled, of which the one that fits the imagined user's measure best is played.
    pub candidates: usize,
}

/// Chosen on the validation songs of POP909 by the jam metrics (the README's table, with the test songs).
impl Default for Helpers {
    fn default() -> Self {
        Self { key: true, looped: true, guide: true, fit: 2.0, again: 0.12, sustain: 1.5, density: 1.0, candidates: 12 }
    }
}

impl Helpers {
    /// The net alone.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            key: false,
            looped: false,
            guide: false,
            fit: 0.0,
            again: -9.0,
            sustain: 1.0,
            density: 1.0,
            candidates: 1,
        }
    }
}

/// A trained net with what it needs to be read: shared by all that play it.
#[derive(Debug)]
pub struct Trained {
    /// The band.
    pub spec: BandSpec,
    /// The net's shape.
    pub config: RmvaeConfig,
    /// Its voices' layouts.
    pub layouts: Vec<Layout>,
    /// Its weights, on a device without gradients.
    pub net: RmvaeNet,
    /// Its decoders once more, as plain loops; `None` where frames are independent.
    steppers: Vec<Option<Stepper>>,
}

impl Trained {
    /// A net of this form, ready to be shared.
    #[must_use]
    pub fn new(spec: BandSpec, config: RmvaeConfig, net: RmvaeNet) -> Self {
        let layouts = Layout::of(&spec, config.rests);
        let stepper = |(decoder, layout): (&Decoder, &Layout)| {
            Stepper::new(decoder, InputLayout::new(&config, layout, layouts.len()), *layout)
        };
        let steppers = net.decoders.iter().zip(&layouts).map(stepper).collect();
        Self { spec, config, layouts, net, steppers }
    }
}

/// An RMVAE as a [`Predictor`].
#[derive(Debug)]
pub struct RmvaePredictor {
    trained: Arc<Trained>,
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

/// One voice's Gaussian over z for one measure.
#[derive(Clone, Debug)]
struct Expert {
    mean: Vec<f32>,
    log_var: Vec<f32>,
}

impl RmvaePredictor {
    /// Plays this net with these helpers. Weights are shared, not copied.
    #[must_use]
    pub fn new(trained: Arc<Trained>, helpers: Helpers) -> Self {
        let (config, layouts) = (&trained.config, &trained.layouts);
        let inputs = layouts.iter().map(|layout| InputLayout::new(config, layout, layouts.len())).collect();
        let net = trained.net.clone();
        let chains = net.decoders.iter().map(|decoder| decoder.chain().map(PitchChain::new)).collect();
        let learned = net.recall.as_ref().map(|weights| numbers(weights.val())).unwrap_or_default();
        Self { net, inputs, chains, learned, helpers, device: Device::flex(), cache: HashMap::new(), trained }
    }

    /// Encodes those of these measures, given with their voices, that are not in the cache yet.
    fn experts(&mut self, wanted: &[(usize, &Measure)]) {
        if self.cache.len() > CACHE {
            self.cache.clear();
        }
        for voice in 0..self.trained.layouts.len() {
            let layout = &self.trained.layouts[voice];
            let mut missing: Vec<(u64, &Measure)> = Vec::new();
            for &(of, measure) in wanted.iter().filter(|(of, _)| *of == voice) {
                let hash = fingerprint(measure);
                let known = self.cache.contains_key(&(voice_number(of), hash));
                if !known && missing.iter().all(|(other, _)| *other != hash) {
                    missing.push((hash, measure));
                }
            }
            if missing.is_empty() {
                continue;
            }
            let width = layout.frame_width();
            let frames: Vec<Frames> = missing.iter().map(|(_, measure)| Frames::of(layout, measure)).collect();
            let steps = (0..STEPS)
                .map(|step| {
                    let mut buffer = vec![0.0; missing.len() * width];
                    for ((row, (_, measure)), frames) in buffer.chunks_exact_mut(width).zip(&missing).zip(&frames) {
                        write_encoder_frame(layout, frames, measure, step, row);
                    }
                    Tensor::from_data(TensorData::new(buffer, [missing.len(), width]), &self.device)
                })
                .collect();
            let gaussian = self.net.encoders[voice].encode(steps);
            let (means, log_vars) = (numbers(gaussian.mean), numbers(gaussian.log_var));
            let latent = self.trained.config.latent;
            for (((hash, _), mean), log_var) in
                missing.iter().zip(means.chunks_exact(latent)).zip(log_vars.chunks_exact(latent))
            {
                let expert = Expert { mean: mean.to_vec(), log_var: log_var.to_vec() };
                self.cache.insert((voice_number(voice), *hash), expert);
            }
        }
    }

    /// The mean of the product of a measure's experts, and with RPoE of the product before: see `experts::product`.
    fn product(&self, measure: &BandMeasure, voices: VoiceMask, before: Option<&Expert>) -> Expert {
        let latent = self.trained.config.latent;
        let mut precision = vec![if self.trained.config.prior_expert { 1.0f32 } else { 0.0 }; latent];
        let mut weighted = vec![0.0f32; latent];
        let mut any = self.trained.config.prior_expert;
        let present = voices.and(measure.present).and(self.trained.spec.all());
        let experts = present
            .iter()
            .filter_map(|voice| self.cache.get(&(voice_number(voice.index()), fingerprint(measure.voice(voice)))));
        for expert in experts.chain(before) {
            any = true;
            for i in 0..latent {
                let each = (-expert.log_var[i]).exp();
                precision[i] += each;
                weighted[i] += expert.mean[i] * each;
            }
        }
        if !any {
            precision.fill(1.0);
        }
        Expert {
            mean: weighted.iter().zip(&precision).map(|(w, p)| w / p).collect(),
            log_var: precision.iter().map(|p| -p.ln()).collect(),
        }
    }

    fn tensor(&self, row: &[f32]) -> Tensor<2> {
        Tensor::from_data(TensorData::new(row.to_vec(), [1, row.len()]), &self.device)
    }
}

fn voice_number(voice: usize) -> u8 {
    u8::try_from(voice).unwrap_or(u8::MAX)
}

/// The tensor's numbers, row by row.
pub(crate) fn numbers(tensor: Tensor<2>) -> Vec<f32> {
    // PANIC: every tensor here holds f32.
    tensor.into_data().try_to_vec::<f32>().expect("f32 data")
}

/// Identifies what the encoder reads of a measure (FNV-1a, Fowler, Noll and Vo): velocities do not matter.
fn fingerprint(measure: &Measure) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |byte: u8| hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    add(measure.steps());
    for note in measure.notes() {
        add(note.step.0);
        add(note.length);
        add(note.key.get());
        add(u8::from(note.continued));
    }
    hash
}

/// What a request says, in C and as the net wants it.
struct Scene {
    /// Measures of context, oldest first; the newest is m.
    history: Vec<BandMeasure>,
    /// What is known of m + 1, for a net of offset 2.
    plan: Option<BandMeasure>,
    /// The measures that the loop rule points to, the best first.
    looped: [Option<(BandMeasure, Lag)>; LOOPS],
    /// All that is remembered, in C, by measure and voice, and how much each measure counts; empty without.
    remembered: (Vec<Vec<Option<Frames>>>, [Vec<f32>; RECALLS]),
}

impl RmvaePredictor {
    fn scene(&self, request: &PredictRequest, shift: i32) -> Scene {
        let config = &self.trained.config;
        let mut newest_first: Vec<BandMeasure> =
            request.history.iter().rev().take(config.window + 1).map(|measure| measure.transposed(shift)).collect();
        let mut plan = None;
        if config.offset == 2 {
            if request.ahead == 2 {
                plan = request.planned.map(|planned| planned.transposed(shift));
            } else if !newest_first.is_empty() {
                // Next: the newest measure is the one between.
                plan = Some(newest_first.remove(0));
            }
        } else if request.ahead == 2 {
            // A net of offset 1 goes on from what the band plans, imagining the user's voice as missing.
            newest_first
                .insert(0, request.planned.map_or(BandMeasure::missing(request.steps), |p| p.transposed(shift)));
        }
        newest_first.truncate(config.window);
        if newest_first.is_empty() {
            newest_first.push(BandMeasure::missing(request.steps));
        }
        newest_first.reverse();
        let alike = alikes(request);
        let looped = if self.helpers.looped { looped_measures(request, shift, &alike) } else { [None; LOOPS] };
        let remembered = self.remember(request, shift, &alike);
        Scene { history: newest_first, plan, looped, remembered }
    }

    /// All that was heard, and how much each measure counts in the memories.
    fn remember(
        &self,
        request: &PredictRequest,
        shift: i32,
        alike: &[Vec<f32>],
    ) -> (Vec<Vec<Option<Frames>>>, [Vec<f32>; RECALLS]) {
        if self.learned.is_empty() || !self.helpers.looped {
            return Default::default();
        }
        let history = &request.history;
        let frames_of = |measure: &BandMeasure| -> Vec<Option<Frames>> {
            let measure = measure.transposed(shift);
            let frames = |voice: VoiceId| {
                let layout = &self.trained.layouts[voice.index()];
                measure.present.has(voice).then(|| Frames::of(layout, measure.voice(voice)))
            };
            self.trained.spec.all().iter().map(frames).collect()
        };
        let frames: Vec<_> = history.iter().map(frames_of).collect();
        let sure = sure(request);
        let newest = history.len().saturating_sub(1);
        let like = |a: usize, b: usize| Likeness::of(&frames[a], &frames[b], sure, alike[a][b]);
        let features: Vec<_> = history
            .iter()
            .enumerate()
            .map(|(source, measure)| {
                let resized = measure.steps() != request.steps;
                recall::features(newest, usize::from(request.ahead), source, resized, like)
            })
            .collect();
        let weights = recall::weights(&features, &self.learned);
        (frames, weights)
    }

    /// What the decoders are told: `[1, context]`.
    fn context(&mut self, scene: &Scene) -> Tensor<2> {
        let all = self.trained.spec.all();
        let mut wanted: Vec<(usize, &Measure)> = Vec::new();
        let looped = scene.looped[0].as_ref().map(|(measure, _)| measure);
        for measure in scene.history.iter().chain(&scene.plan).chain(looped) {
            wanted.extend(measure.present.and(all).iter().map(|voice| (voice.index(), measure.voice(voice))));
        }
        self.experts(&wanted);
        let mut before: Option<Expert> = None;
        let mut z = Vec::with_capacity(scene.history.len());
        for measure in &scene.history {
            let product = self.product(measure, all, before.as_ref());
            z.push(self.tensor(&product.mean));
            before = self.trained.config.rpoe.then_some(product);
        }
        // PANIC: `scene` gives at least one measure.
        let remembered = self.net.remember(z).pop().expect("a measure of context");
        let extra = |measure: Option<&BandMeasure>| {
            let known = measure.filter(|measure| !measure.present.and(all).is_empty());
            let mean = known.map_or(vec![0.0; self.trained.config.latent], |m| self.product(m, all, None).mean);
            (self.tensor(&mean), self.tensor(&[f32::from(u8::from(known.is_some()))]))
        };
        let plan = self.trained.config.plan_expert.then(|| extra(scene.plan.as_ref()));
        let looped = self.trained.config.loop_expert.then(|| extra(looped));
        self.net.context(remembered, plan, looped)
    }

    /// Decodes one voice for all candidates at once; `blind`: without telling the decoder what it has decided.
    #[expect(clippy::too_many_arguments, reason = "each is another part of the moment")]
    fn decode_voice(
        &self,
        voice: VoiceId,
        context: &Tensor<2>,
        scene: &Scene,
        decided: &[Vec<Option<Frames>>],
        wishes: &Wishes,
        request: &PredictRequest,
        style: Style,
        blind: bool,
        rngs: &mut [Rng],
    ) -> Result<Vec<Line>, PredictError> {
        let index = voice.index();
        let layouts = &self.trained.layouts;
        let layout = &layouts[index];
        let steps = usize::from(request.steps);
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
                let conditions = Conditions { steps, looped, recalled: &recalled, decided };
                let before = if step == 0 { last } else { (!blind).then(|| line.before(step)) };
                self.inputs[index].write(layouts, index, &conditions, before, step, row);
            }
            buffer
        };
        let mut sample = |step: usize, outputs: Vec<f32>, lines: &mut [Line]| -> Result<(), PredictError> {
            if outputs.iter().any(|value| !value.is_finite()) {
                return Err(PredictError::NotFinite);
            }
            let each = layout.output_width();
            for ((row, line), rng) in outputs.chunks_exact(each).zip(lines).zip(rngs.iter_mut()) {
                let chain = self.chains[index].as_ref();
                line.sample(layout, self.trained.config.mono_head, chain, row, &wishes[step], step, style, rng);
            }
            Ok(())
        };
        if let Some(stepper) = &self.trained.steppers[index] {
            let mut state = stepper.start(&numbers(context.clone()), rows);
            for step in 0..steps {
                let outputs = stepper.step(&input(step, &lines), &mut state);
                sample(step, outputs, &mut lines)?;
            }
        } else {
            let tensor = |step: usize| {
                let values = input(step.min(steps - 1), &lines);
                Tensor::from_data(TensorData::new(values, [rows, width]), &self.device)
            };
            let context = context.clone().repeat_dim(0, rows);
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

    fn predict(&mut self, request: &PredictRequest) -> Result<BandMeasure, PredictError> {
        let candidates = if request.style.temperature > 0.0 { self.helpers.candidates.max(1) } else { 1 };
        let samples = self.sample(request, candidates, request.style.temperature * COOLING, false)?;
        let guide = samples.guide.as_ref().map(|frames| (request.user, frames));
        let (best, score) = fit::best(&self.trained.layouts, guide, &samples.decided);
        if let (Some(again), Some(_)) = (&samples.again, guide)
            && fit::score(&self.trained.layouts, guide, &again.frames) >= score - self.helpers.again
        {
            return Ok(again.measure);
        }
        Ok(self.played(request, &samples.lines[best]))
    }
}

/// Several measures sampled for one request.
struct Samples {
    /// What the user is imagined to play.
    guide: Option<Frames>,
    /// All voices of each candidate, the imagined user's too.
    decided: Vec<Vec<Option<Frames>>>,
    /// The wanted voices of each candidate.
    lines: Vec<Vec<(VoiceId, Line)>>,
    /// What the band played in the measure that the loop rule points to, where the user does repeat.
    again: Option<Again>,
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
        let imagined = scene.looped[0].as_ref().map(|(measure, _)| measure);
        let imagined = imagined.filter(|measure| {
            self.helpers.guide && measure.present.has(request.user) && !measure.is_silent(VoiceMask::only(request.user))
        });
        let guide = imagined.map(|measure| {
            Frames::of(&self.trained.layouts[user], &measure.voice(request.user).resized(request.steps))
        });
        let wishes = fit::wishes(&self.trained.layouts[user], guide.as_ref(), self.helpers.fit);
        let style = Style { temperature, density: request.style.density * self.helpers.density };
        let mut decided = vec![vec![None; self.trained.layouts.len()]; candidates];
        for row in &mut decided {
            row[user] = guide;
        }
        let mut rngs: Vec<Rng> = (0u64..).take(candidates).map(|i| Rng::new(mix(request.seed, i))).collect();
        let mut lines: Vec<Vec<(VoiceId, Line)>> = vec![Vec::new(); candidates];
        for voice in decode_order(&self.trained.spec, Some(request.user)) {
            if !request.voices.has(voice) {
                continue;
            }
            let decoded =
                self.decode_voice(voice, &context, &scene, &decided, &wishes, request, style, blind, &mut rngs)?;
            for ((line, row), out) in decoded.into_iter().zip(&mut decided).zip(&mut lines) {
                row[voice.index()] = (!blind).then_some(line.frames);
                out.push((voice, line));
            }
        }
        let again = self.again(request, &scene);
        Ok(Samples { guide, decided, lines, again })
    }

    /// The band's own looped measure, if the user repeats and all the wanted voices played there.
    fn again(&self, request: &PredictRequest, scene: &Scene) -> Option<Again> {
        let (looped, lag) = scene.looped[0].as_ref()?;
        let whole = looped.present.and(request.voices) == request.voices && looped.steps() == request.steps;
        if lag.likeness < REPEATS || !whole || looped.is_silent(request.voices) {
            return None;
        }
        let mut measure = BandMeasure::missing(request.steps);
        let mut frames = vec![None; self.trained.layouts.len()];
        for voice in request.voices.iter() {
            measure.set(voice, &looped.voice(voice).transposed(-self.shift(request)));
            frames[voice.index()] = Some(Frames::of(&self.trained.layouts[voice.index()], looped.voice(voice)));
        }
        Some(Again { measure, frames })
    }

    /// A candidate as notes, back in the request's key.
    fn played(&self, request: &PredictRequest, lines: &[(VoiceId, Line)]) -> BandMeasure {
        let shift = self.shift(request);
        let mut measure = BandMeasure::missing(request.steps);
        for (voice, line) in lines {
            let played = line.measure(&self.trained.layouts[voice.index()]);
            measure.set(*voice, &played.transposed(-shift));
        }
        measure
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
        for (voice, line) in found.lines.iter().flatten() {
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

/// How alike the measures heard are to those before them: `[a][b ≤ a]`. In a jam only the user's voice is sure; where
/// all voices are wanted, all that was heard is true.
fn alikes(request: &PredictRequest) -> Vec<Vec<f32>> {
    loop_lag::alikes(request.history.iter(), sure(request))
}

/// The voices whose notes are those that were truly played.
fn sure(request: &PredictRequest) -> VoiceMask {
    if request.voices.has(request.user) { request.voices } else { VoiceMask::only(request.user) }
}

/// The earlier measures that are shown to the net, in C.
fn looped_measures(request: &PredictRequest, shift: i32, alike: &[Vec<f32>]) -> [Option<(BandMeasure, Lag)>; LOOPS] {
    let history = &request.history;
    let Some(newest) = history.len().checked_sub(1) else { return [None; LOOPS] };
    let ahead = usize::from(request.ahead);
    earlier(newest, ahead, |a, b| alike[a][b])
        .map(|lag| lag.and_then(|lag| Some((history.get(newest + ahead - lag.lag)?.transposed(shift), lag))))
}
