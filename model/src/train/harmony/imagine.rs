//! Training an imaginer, by itself: from what the user had played so far, and what they played two measures later.

use std::sync::Arc;

use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::lines::{ChordLine, ChordSet, Lines};
use super::options::HarmonyOptions;
use super::windows::{AHEAD, ChordCutter, transposed};
use crate::predict::predictor::HISTORY;
use crate::random::Rng;
use crate::rules::loop_lag;
use crate::systems::harmony::features::chroma;
use crate::systems::harmony::imaginer::{IMAGINING, PITCH_CLASSES, imaginer, imagining, shares};
use crate::systems::harmony::story::{Asked, Known, Story};
use crate::systems::harmony::{TrainedHarmony, TwoLayers};
use crate::systems::nn::{NamedTensor, set_weights};
use crate::train::course::{self, Lesson, Loss, News, TrainError, Workbench};

/// Measures in a batch. Chosen: a few hundred batches an epoch.
const BATCH: usize = 256;

/// Measures of the validation pieces that are examined after each epoch. Chosen: enough for a steady figure.
const EXAM: usize = 4096;

/// What an epoch reached.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ImaginerEpoch {
    /// Counted from 1.
    pub number: usize,
    /// Training loss: nats per half measure, the cross entropy with how long each pitch class sounded.
    pub train_nll: f64,
    /// Validation: the same.
    pub valid_nll: f64,
}

/// Half measures, and what the user played in them.
#[derive(Clone, Debug, Default)]
struct Halves {
    /// `[rows, IMAGINING]`.
    inputs: Vec<f32>,
    /// The share of the user's time that each class has: `[rows, PITCH_CLASSES]`.
    played: Vec<f32>,
}

impl Halves {
    fn rows(&self) -> usize {
        self.played.len() / PITCH_CLASSES
    }

    /// Adds the halves of a measure of a piece in which the user plays this voice, asked for so far ahead and moved by so many
    /// semitones, in which they play; lags are believed as by this net.
    fn add(&mut self, net: &TrainedHarmony, line: &ChordLine, hearing: &Hearing) {
        let Hearing { voice, end, ahead, moved } = *hearing;
        let Some(newest) = end.checked_sub(ahead) else { return };
        let oldest = (newest + 1).saturating_sub(HISTORY);
        let shift = line.bars[newest].to_c[voice] + moved;
        let known = line.bars[oldest..=newest].iter().map(|bar| {
            let heard: Vec<_> = bar.heard[voice].iter().map(|heard| transposed(heard, shift)).collect();
            Known { chords: vec![None; heard.len()], heard }
        });
        let shapes: Vec<_> = line.bars[oldest..=newest].iter().map(|bar| &bar.shapes[voice]).collect();
        let alike = |a: usize| (0..=a).map(|b| loop_lag::likeness(shapes[a], shapes[b])).collect();
        let story = Story { known: known.collect(), alike: (0..shapes.len()).map(alike).collect() };
        let believed = net.believed(newest - oldest, ahead, &story.alike);
        let halves = line.bars[end].heard[voice].len();
        for (half, heard) in line.bars[end].heard[voice].iter().enumerate() {
            let played = shares(chroma(&transposed(heard, shift)));
            if played.iter().all(|&share| share <= 0.0) {
                continue;
            }
            let asked = Asked { measure: end - oldest, half, halves, ahead, before: None };
            self.inputs.extend(imagining(&story, &asked, &believed.notes));
            self.played.extend(played);
        }
    }
}

/// How a measure is heard.
struct Hearing {
    voice: usize,
    end: usize,
    ahead: usize,
    /// As if the key were not found, by so many semitones.
    moved: i32,
}

/// Trains an imaginer on `learn`, watched on `watch`, for a net whose believer says how far lags are believed; goes on from the
/// checkpoint beside the workbench's file if there is one. The caller keeps the nets that it is told of.
///
/// # Errors
/// [`TrainError`].
pub fn train_imaginer(
    net: &Arc<TrainedHarmony>,
    options: &HarmonyOptions,
    (learn, watch): (&[ChordSet], &[ChordSet]),
    bench: Workbench<'_>,
    tell: impl FnMut(News<'_, ImaginerEpoch, TwoLayers>),
) -> Result<(), TrainError> {
    options.check(&net.spec)?;
    let (learn, watch) = (Lines::of(learn)?, Lines::of(watch)?);
    let lesson = ImaginerLesson { options, exam: exam(net, &watch) };
    let nothing = |lines: &Lines| exam(net, lines).rows() == 0;
    Lines::check(
        [nothing(&learn), lesson.exam.rows() == 0],
        "a piece with a tune of three measures or more is wanted",
    )?;
    let batches = (learn.measures() / BATCH).max(1);
    let plan = options.plan("an imaginer, ", options.imaginer_epochs, batches, learn.measures());
    let cut = ChordCutter::new(options);
    let optimizer = options.optimizer();
    let (net, options) = (Arc::clone(net), options.clone());
    let draw = move |rng: &mut Rng| Ok(draw(&net, (&cut, &options), &learn, rng));
    course::run(&lesson, &plan, bench, optimizer, draw, tell)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "below 12")]
fn draw(net: &TrainedHarmony, (cut, options): (&ChordCutter, &HarmonyOptions), lines: &Lines, rng: &mut Rng) -> Halves {
    let mut out = Halves::default();
    // Some voices rest: most tries find one that plays.
    for _ in 0..8 * BATCH {
        if out.rows() >= BATCH {
            break;
        }
        let (line, end) = cut.place(lines, rng);
        let others = rng.unit() < options.other_voice;
        let voice = if others { line.voices[rng.below(line.voices.len())] } else { line.voices[0] };
        let ahead = if rng.unit() < options.next { 1 } else { AHEAD };
        let moved = if rng.unit() < options.transpose { rng.below(12) as i32 - 6 } else { 0 };
        out.add(net, line, &Hearing { voice, end, ahead, moved });
    }
    out
}

/// Measures of all pieces, spread evenly, of the first voice of each, second-next.
fn exam(net: &TrainedHarmony, lines: &Lines) -> Halves {
    let all = || lines.sets.iter().flatten().flat_map(|line| (0..line.bars.len()).map(move |end| (line, end)));
    let every = all().count().div_ceil(EXAM).max(1);
    let mut out = Halves::default();
    all().step_by(every).for_each(|(line, end)| {
        out.add(net, line, &Hearing { voice: line.voices[0], end, ahead: AHEAD, moved: 0 });
    });
    out
}

struct ImaginerLesson<'a> {
    options: &'a HarmonyOptions,
    exam: Halves,
}

/// The cross entropy of what is expected with what was played, nats per half measure.
fn surprise(net: &TwoLayers, halves: &Halves, device: &Device) -> Tensor<1> {
    let rows = halves.rows();
    let tensor = |numbers: &[f32], shape: [usize; 2]| -> Tensor<2> {
        Tensor::from_data(TensorData::new(numbers.to_vec(), shape), device)
    };
    let expected = log_softmax(net.logits(tensor(&halves.inputs, [rows, IMAGINING])), 1);
    #[expect(clippy::cast_precision_loss, reason = "rows of a batch")]
    let count = rows.max(1) as f32;
    (expected * tensor(&halves.played, [rows, PITCH_CLASSES])).sum().neg().div_scalar(count)
}

impl Lesson for ImaginerLesson<'_> {
    type Net = TwoLayers;
    type Batch = Halves;
    type Epoch = ImaginerEpoch;

    fn net(&self, device: &Device) -> TwoLayers {
        imaginer(self.options.net.imagines, self.options.net.dropout, device)
    }

    fn loss(&self, net: &TwoLayers, halves: Halves, _: f64, device: &Device) -> Loss {
        let cost = surprise(net, &halves, device);
        Loss { total: cost.clone(), nll: cost }
    }

    fn examine(&self, weights: &[NamedTensor], number: usize, train_nll: f64) -> (ImaginerEpoch, TwoLayers) {
        let device = Device::flex();
        // PANIC: the same shapes, taken from the same configuration.
        let plain = set_weights(self.net(&device), weights).expect("a net's own weights fit it");
        let valid_nll = f64::from(surprise(&plain, &self.exam, &device).into_scalar::<f32>());
        (ImaginerEpoch { number, train_nll, valid_nll }, plain)
    }

    fn score(epoch: &ImaginerEpoch) -> f64 {
        epoch.valid_nll
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::band::BandSpec;
    use crate::systems::harmony::{HarmonyConfig, HarmonyNet};
    use burn::optim::AdamWConfig;

    /// A net without a believer: lags are believed by the rule.
    fn net() -> TrainedHarmony {
        let config = HarmonyConfig { units: vec![2], copies: true, ..HarmonyConfig::default() };
        TrainedHarmony::new(BandSpec::pop(), config.clone(), &HarmonyNet::new(&config, &Device::flex()))
    }

    /// A tune of four measures over C, F, G, C, again and again.
    fn lines(measures: usize) -> Lines {
        Lines::made_up(&[(76, 0), (69, 5), (74, 7), (72, 0)], measures)
    }

    #[test]
    fn each_half_has_what_was_played_in_it_and_what_was_heard_two_measures_before() {
        let mut halves = Halves::default();
        let add = |halves: &mut Halves, end: usize, moved: i32| {
            halves.add(&net(), &lines(12).sets[0][0], &Hearing { voice: 0, end, ahead: AHEAD, moved });
        };
        add(&mut halves, 1, 0);
        assert_eq!(halves.rows(), 0, "nothing was heard yet");
        add(&mut halves, 9, 0);
        assert_eq!(halves.rows(), 2);
        let class = |shares: &[f32]| (0..12).max_by(|&a, &b| shares[a].total_cmp(&shares[b])).expect("twelve");
        let (played, imagined) = (class(&halves.played), class(&halves.inputs));
        // What came round twice is imagined before all else, and played.
        assert_eq!((played, halves.played[played]), (imagined, 1.0));
        add(&mut halves, 9, 1);
        assert_eq!(class(&halves.played[24..]), (played + 1) % 12);
    }

    #[test]
    fn an_imaginer_learns_what_comes() {
        let (lines, net) = (lines(40), net());
        let options = HarmonyOptions { other_voice: 0.0, transpose: 0.0, ..HarmonyOptions::default() };
        let drawn = draw(&net, (&ChordCutter::new(&options), &options), &lines, &mut Rng::new(4));
        assert!(drawn.rows() >= BATCH);
        let lesson = ImaginerLesson { options: &options, exam: exam(&net, &lines) };
        let training = Device::flex().autodiff();
        let (mut imaginer, mut optimizer) = (lesson.net(&training), AdamWConfig::new().init());
        let nll = |imaginer: &TwoLayers| lesson.examine(&crate::systems::nn::get_weights(imaginer), 1, 0.0).0.valid_nll;
        let before = nll(&imaginer);
        for _ in 0..40 {
            let gradients = lesson.loss(&imaginer, drawn.clone(), 0.0, &training).total.backward();
            let gradients = burn::optim::GradientsParams::from_grads(gradients, &imaginer);
            imaginer = optimizer.step(0.01, imaginer, gradients);
        }
        assert!(nll(&imaginer) < 0.3 * before, "{} nats, before {before}", nll(&imaginer));
    }
}
