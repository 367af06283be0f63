//! From measures to what the decoders are told: the encoders, the product of their experts, and the LSTM over measures.

use burn::tensor::{Tensor, TensorData};

use super::RmvaePredictor;
use super::scene::Scene;
use crate::music::band::{BandMeasure, VoiceMask};
use crate::music::measure::Measure;
use crate::systems::nn::numbers;
use crate::systems::rmvae::frames::{Frames, STEPS, write_encoder_frame};

/// Encoded measures that are kept: a history of every voice, several times over. Chosen.
const CACHE: usize = 512;

/// One voice's Gaussian over z for one measure.
#[derive(Clone, Debug)]
pub(super) struct Expert {
    mean: Vec<f32>,
    log_var: Vec<f32>,
}

impl RmvaePredictor {
    /// What the decoders are told: `[1, context]`.
    pub(super) fn context(&mut self, scene: &Scene) -> Tensor<2> {
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
