//! Training a namer, by itself: from what a voice plays in a piece so far and the chords that accompany it.

use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::lines::{ChordLine, ChordSet, Lines};
use super::options::HarmonyOptions;
use super::windows::{ChordCutter, transposed};
use crate::music::band::BandSpec;
use crate::predict::predictor::HISTORY;
use crate::random::Rng;
use crate::systems::harmony::classes::{CHORD_CLASSES, moved};
use crate::systems::harmony::features::HeardHalf;
use crate::systems::harmony::{NAMED_HALVES, NAMING, Namer, naming};
use crate::systems::nn::{NamedTensor, numbers, set_weights};
use crate::train::course::{self, Lesson, Loss, News, Plan, TrainError, Workbench};

/// Stretches in a batch. Chosen: a hundred batches an epoch.
const BATCH: usize = 64;

/// How often each half measure is heard in an epoch, in stretches that end elsewhere. Chosen: a few dozen seconds an epoch.
const HEARD_AGAIN: usize = 4;

/// By how much faster it learns than the net that copies. Chosen on the validation songs: as far as the best, in half of the
/// time.
const FASTER: f64 = 2.0;

/// How likely a stretch is moved by −6…5 semitones, as if the key were not found. Chosen: oftener than elsewhere, since it soon
/// knows the songs by heart.
const MOVED: f32 = 0.3;

/// What an epoch reached.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NamerEpoch {
    /// Counted from 1.
    pub number: usize,
    /// Training loss: nats per half measure.
    pub train_nll: f64,
    /// Validation: nats per half measure.
    pub valid_nll: f64,
    /// The share of half measures whose root the likeliest chord has.
    pub valid_roots: f64,
}

/// What a user played up to some measure, and the chords that went with it.
#[derive(Clone, Debug)]
struct Stretch {
    /// `[NAMED_HALVES, NAMING]`.
    inputs: Vec<f32>,
    /// `[NAMED_HALVES]`; `None`: nothing has a name there, or it does not count.
    labels: Vec<Option<usize>>,
}

impl Stretch {
    /// Of a piece in which the user plays this voice, up to measure `newest`; all is moved by so many semitones, as if the key
    /// were not found. Chords count from measure `from` on.
    fn of(line: &ChordLine, (voice, semitones): (usize, i32), from: usize, newest: usize) -> Self {
        let bars = &line.bars[(newest + 1).saturating_sub(HISTORY)..=newest];
        let shift = line.bars[newest].to_c[voice] + semitones;
        let heard: Vec<Vec<HeardHalf>> =
            bars.iter().map(|bar| bar.heard[voice].iter().map(|heard| transposed(heard, shift)).collect()).collect();
        let counted = newest + 1 - from;
        let backwards = bars.iter().rev().take(counted).flat_map(|bar| bar.chords.iter().rev());
        let named = backwards.map(|chord| chord.map(|class| moved(class, shift)));
        let mut labels: Vec<_> = named.chain(std::iter::repeat(None)).take(NAMED_HALVES).collect();
        labels.reverse();
        Self { inputs: naming(heard.iter().map(Vec::as_slice)), labels }
    }

    fn says_something(&self) -> bool {
        self.labels.iter().any(Option::is_some)
    }
}

/// Trains a namer on `learn`, watched on `watch`; goes on from the checkpoint beside the workbench's file if there is one. The
/// caller keeps the nets that it is told of.
///
/// # Errors
/// [`TrainError`].
pub fn train_namer(
    spec: &BandSpec,
    options: &HarmonyOptions,
    learn: &[ChordSet],
    watch: &[ChordSet],
    bench: Workbench<'_>,
    tell: impl FnMut(News<'_, NamerEpoch, Namer>),
) -> Result<(), TrainError> {
    options.check(spec)?;
    let (learn, watch) = (Lines::of(learn)?, Lines::of(watch)?);
    let lesson = NamerLesson { options, exam: exam(&watch) };
    Lines::check([exam(&learn).is_empty(), lesson.exam.is_empty()], "a piece with chords is wanted")?;
    let batches = (2 * HEARD_AGAIN * learn.measures() / (BATCH * NAMED_HALVES)).max(1);
    let plan = options.plan("a namer, ", options.namer_epochs, batches, learn.measures());
    let plan = Plan { learning_rate: FASTER * plan.learning_rate, ..plan };
    let optimizer = options.optimizer();
    let cut = ChordCutter::new(options);
    let options = options.clone();
    let draw = move |rng: &mut Rng| Ok(draw((&cut, &options), &learn, rng));
    course::run(&lesson, &plan, bench, optimizer, draw, tell)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "below 12")]
fn draw((cut, options): (&ChordCutter, &HarmonyOptions), lines: &Lines, rng: &mut Rng) -> Vec<Stretch> {
    let mut one = || {
        let (line, newest) = cut.place(lines, rng);
        let others = rng.unit() < options.other_voice;
        let voice = if others { line.voices[rng.below(line.voices.len())] } else { line.voices[0] };
        let moved = if rng.unit() < MOVED { rng.below(12) as i32 - 6 } else { 0 };
        Stretch::of(line, (voice, moved), 0, newest)
    };
    // Some pieces begin without a chord: most tries find one.
    (0..8 * BATCH).map(|_| one()).filter(Stretch::says_something).take(BATCH).collect()
}

/// All pieces, of the first voice of each, so that every half measure counts once.
fn exam(lines: &Lines) -> Vec<Stretch> {
    let mut out = Vec::new();
    for line in lines.sets.iter().flatten() {
        for from in (0..line.bars.len()).step_by(HISTORY) {
            let newest = (from + HISTORY).min(line.bars.len()) - 1;
            out.push(Stretch::of(line, (line.voices[0], 0), from, newest));
        }
    }
    out.retain(Stretch::says_something);
    out
}

struct NamerLesson<'a> {
    options: &'a HarmonyOptions,
    exam: Vec<Stretch>,
}

/// ln P of each chord: `[NAMED_HALVES · stretches, CHORD_CLASSES]`, the stretches running fastest.
fn logs(net: &Namer, stretches: &[Stretch], device: &Device) -> Tensor<2> {
    let mut inputs = Vec::with_capacity(stretches.len() * NAMED_HALVES * NAMING);
    for at in 0..NAMED_HALVES {
        stretches.iter().for_each(|one| inputs.extend_from_slice(&one.inputs[at * NAMING..(at + 1) * NAMING]));
    }
    let inputs = TensorData::new(inputs, [NAMED_HALVES * stretches.len(), NAMING]);
    log_softmax(net.logits(Tensor::from_data(inputs, device), stretches.len()), 1)
}

/// The labels in the order of [`logs`].
fn labels(stretches: &[Stretch]) -> impl Iterator<Item = Option<usize>> {
    (0..NAMED_HALVES).flat_map(move |at| stretches.iter().map(move |one| one.labels[at]))
}

impl Lesson for NamerLesson<'_> {
    type Net = Namer;
    type Batch = Vec<Stretch>;
    type Epoch = NamerEpoch;

    fn net(&self, device: &Device) -> Namer {
        Namer::new(self.options.net.names, device)
    }

    #[expect(clippy::cast_precision_loss, reason = "a batch is small")]
    fn loss(&self, net: &Namer, stretches: Vec<Stretch>, _: f64, device: &Device) -> Loss {
        let rows = NAMED_HALVES * stretches.len();
        let mut right = vec![0.0; rows * CHORD_CLASSES];
        let mut count = 0usize;
        for (row, label) in right.chunks_exact_mut(CHORD_CLASSES).zip(labels(&stretches)) {
            if let Some(label) = label {
                row[label] = 1.0;
                count += 1;
            }
        }
        let right = Tensor::<2>::from_data(TensorData::new(right, [rows, CHORD_CLASSES]), device);
        let cost = (logs(net, &stretches, device) * right).sum().neg().div_scalar(count.max(1) as f32);
        Loss { total: cost.clone(), nll: cost }
    }

    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    fn examine(&self, weights: &[NamedTensor], number: usize, train_nll: f64) -> (NamerEpoch, Namer) {
        let device = Device::flex();
        // PANIC: the same shapes, taken from the same configuration.
        let plain = set_weights(self.net(&device), weights).expect("a net's own weights fit it");
        let (mut nats, mut roots, mut count) = (0.0, 0usize, 0usize);
        for stretches in self.exam.chunks(BATCH) {
            let found = numbers(logs(&plain, stretches, &device));
            for (row, label) in found.chunks_exact(CHORD_CLASSES).zip(labels(stretches)) {
                let Some(label) = label else { continue };
                nats -= f64::from(row[label]);
                let best = (0..CHORD_CLASSES).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap_or(0);
                roots += usize::from(best % 12 == label % 12);
                count += 1;
            }
        }
        let rows = count.max(1) as f64;
        (NamerEpoch { number, train_nll, valid_nll: nats / rows, valid_roots: roots as f64 / rows }, plain)
    }

    fn score(epoch: &NamerEpoch) -> f64 {
        epoch.valid_nll
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::optim::AdamWConfig;

    /// A tune on the fifths of C, F and G, with the chords.
    fn lines(measures: usize) -> Lines {
        Lines::made_up(&[(67, 0), (72, 5), (74, 7)], measures)
    }

    #[test]
    fn tune_and_chord_are_moved_together() {
        let options = HarmonyOptions { other_voice: 0.0, transpose: 0.5, ..HarmonyOptions::default() };
        let drawn = draw((&ChordCutter::new(&options), &options), &lines(12), &mut Rng::new(3));
        assert_eq!(drawn.len(), BATCH);
        let mut seen = 0;
        for Stretch { inputs, labels } in &drawn {
            for (row, label) in inputs.chunks_exact(NAMING).zip(labels) {
                // The middle one of five is the half itself.
                let tune = row[2 * NAMING / 5..].iter().take(12).position(|&time| time > 0.0);
                assert_eq!(label.map(|label| (label % 12 + 7) % 12), tune);
                seen += usize::from(tune.is_some());
            }
        }
        assert!(seen > 2 * BATCH, "{seen}");
    }

    #[test]
    fn in_an_examination_every_half_measure_counts_once() {
        let counted =
            |measures| -> usize { exam(&lines(measures)).iter().map(|one| one.labels.iter().flatten().count()).sum() };
        assert_eq!([12, HISTORY, 2 * HISTORY + 7].map(counted), [24, 2 * HISTORY, 4 * HISTORY + 14]);
    }

    #[test]
    fn a_namer_learns_which_chord_it_was() {
        let options = HarmonyOptions { other_voice: 0.0, transpose: 0.0, ..HarmonyOptions::default() };
        let options =
            HarmonyOptions { net: crate::systems::harmony::HarmonyConfig { names: 8, ..options.net }, ..options };
        let lines = lines(40);
        let lesson = NamerLesson { options: &options, exam: exam(&lines) };
        let drawn = draw((&ChordCutter::new(&options), &options), &lines, &mut Rng::new(4));
        let training = Device::flex().autodiff();
        let (mut namer, mut optimizer) = (lesson.net(&training), AdamWConfig::new().init());
        let reached = |namer: &Namer| lesson.examine(&crate::systems::nn::get_weights(namer), 1, 0.0).0.valid_roots;
        for _ in 0..20 {
            let gradients = lesson.loss(&namer, drawn[..8].to_vec(), 0.0, &training).total.backward();
            let gradients = burn::optim::GradientsParams::from_grads(gradients, &namer);
            namer = optimizer.step(0.05, namer, gradients);
        }
        assert!(reached(&namer) > 0.95, "{}", reached(&namer));
    }
}
