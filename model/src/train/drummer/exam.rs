//! How well a drummer foretells each step of true takes, beside counting.

use rayon::prelude::*;

use super::takes::DrumTake;
use crate::music::drums::DRUMS;
use crate::systems::drummer::blows::{NO_BLOWS, StepBlows};
use crate::systems::drummer::features::{LAGS, PHRASE, StepScene};
use crate::systems::drummer::{LOUDNESSES, OFFSETS, TrainedDrummer, parts};

/// What it costs to say takes, in nats.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DrumScore {
    /// Which drums are struck, of all steps.
    pub hits: f64,
    /// How loud, of all strokes.
    pub loudness: f64,
    /// Where beside the grid, of all strokes.
    pub offset: f64,
    /// How many steps there were.
    pub steps: usize,
    /// How many strokes.
    pub strokes: usize,
}

impl DrumScore {
    fn and(self, other: Self) -> Self {
        Self {
            hits: self.hits + other.hits,
            loudness: self.loudness + other.loudness,
            offset: self.offset + other.offset,
            steps: self.steps + other.steps,
            strokes: self.strokes + other.strokes,
        }
    }

    /// Nats of what is struck, a step.
    #[must_use]
    pub fn hits_per_step(&self) -> f64 {
        self.hits / count(self.steps)
    }

    /// Nats of loudness, a stroke.
    #[must_use]
    pub fn loudness_per_stroke(&self) -> f64 {
        self.loudness / count(self.strokes)
    }

    /// Nats of the place, a stroke.
    #[must_use]
    pub fn offset_per_stroke(&self) -> f64 {
        self.offset / count(self.strokes)
    }
}

#[expect(clippy::cast_precision_loss, reason = "fewer than 2^53 steps")]
fn count(many: usize) -> f64 {
    many.max(1) as f64
}

/// What was struck at a place of a measure so many before this one.
fn ago(take: &DrumTake, at: usize, lag: usize, step: usize) -> Option<&StepBlows> {
    at.checked_sub(lag).and_then(|at| take.measures[at].get(step))
}

/// What the takes cost a net that knows style, tempo, which measures are fills and, with `felt`, how the take is played;
/// nobody else is heard.
#[must_use]
pub fn drum_score(net: &TrainedDrummer, takes: &[DrumTake], felt: bool) -> DrumScore {
    takes.par_iter().map(|take| take_score(net, take, felt)).reduce(DrumScore::default, DrumScore::and)
}

/// What one take costs.
fn take_score(net: &TrainedDrummer, take: &DrumTake, felt: bool) -> DrumScore {
    let mut score = DrumScore::default();
    let mut state = net.start();
    let mut before = NO_BLOWS;
    for (at, measure) in take.measures.iter().enumerate() {
        let feel = felt.then(|| take.feel(at));
        for (step, blows) in measure.iter().enumerate() {
            let after = at.checked_sub(1).and_then(|last| take.measures[last].get(step + 1).or(measure.first()));
            let scene = StepScene {
                before: &before,
                ago: LAGS.map(|lag| ago(take, at, lag, step)),
                after,
                step: u8::try_from(step).unwrap_or(u8::MAX),
                steps: u8::try_from(measure.len()).unwrap_or(u8::MAX),
                phrase: at % PHRASE,
                style: take.style,
                feel: feel.as_ref(),
                tempo: take.tempo,
                fill: take.fills[at],
                filled: at > 0 && take.fills[at - 1],
                user: None,
                bass: None,
                chords: None,
            };
            net.read(&scene, &mut state);
            let [hits, loudness, offset] = net.logits(&state, blows);
            score.steps += 1;
            for (drum, blow) in blows.iter().enumerate() {
                let struck = blow.loud > 0.0;
                score.hits += f64::from((if struck { -hits[drum] } else { hits[drum] }).exp().ln_1p());
                if let Some((loud, place)) = parts(blow) {
                    score.strokes += 1;
                    score.loudness += surprise(&loudness[drum * LOUDNESSES..(drum + 1) * LOUDNESSES], loud);
                    score.offset += surprise(&offset[drum * OFFSETS..(drum + 1) * OFFSETS], place);
                }
            }
            before = *blows;
        }
    }
    score
}

/// −ln of the softmax at a place.
fn surprise(logits: &[f32], at: usize) -> f64 {
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let total: f32 = logits.iter().map(|logit| (logit - highest).exp()).sum();
    f64::from(total.ln() + highest - logits[at])
}

/// What the takes cost who counts on others: of each drum how often it is struck where it was, or was not, one and two
/// measures ago, how loud it is, and where it lies.
#[must_use]
pub fn drum_counts(learn: &[DrumTake], takes: &[DrumTake]) -> DrumScore {
    let mut hits = [[[1.0f64; 2]; 4]; DRUMS];
    let (mut loudness, mut offset) = ([[1.0f64; LOUDNESSES]; DRUMS], [[1.0f64; OFFSETS]; DRUMS]);
    each(learn, |drum, before, part| {
        hits[drum][before][usize::from(part.is_some())] += 1.0;
        if let Some((loud, place)) = part {
            loudness[drum][loud] += 1.0;
            offset[drum][place] += 1.0;
        }
    });
    let nats = |counts: &[f64], at: usize| (counts.iter().sum::<f64>() / counts[at]).ln();
    let mut score = DrumScore::default();
    each(takes, |drum, before, part| {
        score.hits += nats(&hits[drum][before], usize::from(part.is_some()));
        if let Some((loud, place)) = part {
            score.strokes += 1;
            score.loudness += nats(&loudness[drum], loud);
            score.offset += nats(&offset[drum], place);
        }
    });
    score.steps = takes.iter().flat_map(|take| &take.measures).map(Vec::len).sum();
    score
}

/// Each drum at each step: whether it was struck one (1) and two (2) measures ago, and its parts if it is struck.
fn each(takes: &[DrumTake], mut tell: impl FnMut(usize, usize, Option<(usize, usize)>)) {
    for take in takes {
        for (at, measure) in take.measures.iter().enumerate() {
            for (step, blows) in measure.iter().enumerate() {
                for (drum, blow) in blows.iter().enumerate() {
                    let was = |lag| ago(take, at, lag, step).is_some_and(|blows| blows[drum].loud > 0.0);
                    tell(drum, usize::from(was(1)) + 2 * usize::from(was(2)), parts(blow));
                }
            }
        }
    }
}
