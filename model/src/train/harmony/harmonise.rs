//! Training a harmoniser, by itself: from true pairs of what a voice plays and the chord that accompanies it.

use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::lines::{ChordLine, ChordSet, Lines};
use super::options::HarmonyOptions;
use super::windows::{ChordCutter, transposed};
use crate::music::band::BandSpec;
use crate::random::Rng;
use crate::systems::harmony::classes::{CHORD_CLASSES, moved};
use crate::systems::harmony::features::HeardHalf;
use crate::systems::harmony::{AROUND, HARMONISED, Harmoniser, surroundings};
use crate::systems::nn::{NamedTensor, numbers, set_weights};
use crate::train::course::{self, Lesson, Loss, News, TrainError, Workbench};

/// Half measures in a batch. Chosen: as many as the windows of a batch of the net that copies have.
const BATCH: usize = 512;

/// Half measures of the validation pieces that are examined after each epoch. Chosen: enough for a steady figure.
const EXAM: usize = 8192;

/// How likely the music after some half measure was not heard yet. Chosen: at short lags it was not.
const UNHEARD: f32 = 0.3;

/// What an epoch reached.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HarmoniserEpoch {
    /// Counted from 1.
    pub number: usize,
    /// Training loss: nats per half measure.
    pub train_nll: f64,
    /// Validation: nats per half measure.
    pub valid_nll: f64,
    /// The share of half measures whose root the likeliest chord has.
    pub valid_roots: f64,
}

/// Half measures with their chords.
#[derive(Clone, Debug)]
struct Pairs {
    /// `[rows, HARMONISED]`.
    inputs: Vec<f32>,
    /// `[rows]`.
    labels: Vec<usize>,
}

/// Trains a harmoniser on `learn`, watched on `watch`; goes on from the checkpoint beside the workbench's file if there is
/// one. The caller keeps the nets that it is told of.
///
/// # Errors
/// [`TrainError`].
pub fn train_harmoniser(
    spec: &BandSpec,
    options: &HarmonyOptions,
    learn: &[ChordSet],
    watch: &[ChordSet],
    bench: Workbench<'_>,
    tell: impl FnMut(News<'_, HarmoniserEpoch, Harmoniser>),
) -> Result<(), TrainError> {
    options.check(spec)?;
    let (learn, watch) = (Lines::of(learn)?, Lines::of(watch)?);
    let lesson = HarmoniserLesson { options, exam: exam(&watch) };
    let wanted = "a piece with a tune and chords is wanted";
    Lines::check([exam(&learn).labels.is_empty(), lesson.exam.labels.is_empty()], wanted)?;
    let batches = (2 * learn.measures() / BATCH).max(1);
    let plan = options.plan("a harmoniser, ", options.harmoniser_epochs, batches, learn.measures());
    let optimizer = options.optimizer();
    let cut = ChordCutter::new(options);
    let options = options.clone();
    let draw = move |rng: &mut Rng| Ok(draw(&cut, &options, &learn, rng));
    course::run(&lesson, &plan, bench, optimizer, draw, tell)
}

/// One half measure of a piece; `None` where no chord has a name or the voice rests. `until`: the first half measure that
/// was not heard.
fn pair(
    line: &ChordLine,
    (voice, shift): (usize, i32),
    (measure, half): (usize, usize),
    until: Option<usize>,
) -> Option<(Vec<f32>, usize)> {
    let bar = &line.bars[measure];
    let label = moved(bar.chords[half]?, shift);
    if bar.heard[voice][half][..24].iter().all(|&time| time <= 0.0) {
        return None;
    }
    let at: usize = line.bars[..measure].iter().map(|bar| bar.chords.len()).sum::<usize>() + half;
    // Only what lies around it is moved: a piece is long.
    let from = at.saturating_sub(AROUND);
    let near: Vec<HeardHalf> = line
        .bars
        .iter()
        .flat_map(|bar| &bar.heard[voice])
        .skip(from)
        .take(at - from + AROUND + 1)
        .map(|heard| transposed(heard, shift))
        .collect();
    let heard = &near[..until.map_or(near.len(), |until| (until - from).clamp(at - from + 1, near.len()))];
    Some((surroundings(heard, at - from, half > 0, bar.chords.len() == 1), label))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "below 12")]
fn draw(cut: &ChordCutter, options: &HarmonyOptions, lines: &Lines, rng: &mut Rng) -> Pairs {
    let mut out = Pairs { inputs: Vec::with_capacity(BATCH * HARMONISED), labels: Vec::new() };
    // Some voices rest, some chords have no name: most tries find one.
    for _ in 0..8 * BATCH {
        if out.labels.len() == BATCH {
            break;
        }
        let (line, measure) = cut.place(lines, rng);
        let others = rng.unit() < options.other_voice;
        let voice = if others { line.voices[rng.below(line.voices.len())] } else { line.voices[0] };
        let bar = &line.bars[measure];
        let half = rng.below(bar.chords.len());
        let moved = if rng.unit() < options.transpose { rng.below(12) as i32 - 6 } else { 0 };
        let until = (rng.unit() < UNHEARD).then(|| {
            line.bars[..measure].iter().map(|bar| bar.chords.len()).sum::<usize>() + half + 1 + rng.below(AROUND)
        });
        if let Some((inputs, label)) = pair(line, (voice, bar.to_c[voice] + moved), (measure, half), until) {
            out.inputs.extend(inputs);
            out.labels.push(label);
        }
    }
    out
}

/// Half measures of all pieces, spread evenly, of the first voice of each.
fn exam(lines: &Lines) -> Pairs {
    let all = || {
        lines.sets.iter().flatten().flat_map(|line| {
            (0..line.bars.len())
                .flat_map(move |measure| (0..line.bars[measure].chords.len()).map(move |half| (line, measure, half)))
        })
    };
    let every = all().count().div_ceil(EXAM).max(1);
    let mut out = Pairs { inputs: Vec::new(), labels: Vec::new() };
    for (line, measure, half) in all().step_by(every) {
        let voice = line.voices[0];
        if let Some((inputs, label)) = pair(line, (voice, line.bars[measure].to_c[voice]), (measure, half), None) {
            out.inputs.extend(inputs);
            out.labels.push(label);
        }
    }
    out
}

struct HarmoniserLesson<'a> {
    options: &'a HarmonyOptions,
    exam: Pairs,
}

/// ln P of each chord: `[rows, CHORD_CLASSES]`.
fn logs(net: &Harmoniser, pairs: &Pairs, device: &Device) -> Tensor<2> {
    let inputs = TensorData::new(pairs.inputs.clone(), [pairs.labels.len(), HARMONISED]);
    log_softmax(net.forward(Tensor::from_data(inputs, device)), 1)
}

impl Lesson for HarmoniserLesson<'_> {
    type Net = Harmoniser;
    type Batch = Pairs;
    type Epoch = HarmoniserEpoch;

    fn net(&self, device: &Device) -> Harmoniser {
        Harmoniser::new(self.options.net.harmonises, self.options.net.dropout, device)
    }

    #[expect(clippy::cast_precision_loss, reason = "a batch is small")]
    fn loss(&self, net: &Harmoniser, pairs: Pairs, _: f64, device: &Device) -> Loss {
        let rows = pairs.labels.len().max(1);
        let mut right = vec![0.0; pairs.labels.len() * CHORD_CLASSES];
        right.chunks_exact_mut(CHORD_CLASSES).zip(&pairs.labels).for_each(|(row, &label)| row[label] = 1.0);
        let right = Tensor::<2>::from_data(TensorData::new(right, [pairs.labels.len(), CHORD_CLASSES]), device);
        let cost = (logs(net, &pairs, device) * right).sum().neg().div_scalar(rows as f32);
        Loss { total: cost.clone(), nll: cost }
    }

    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    fn examine(&self, weights: &[NamedTensor], number: usize, train_nll: f64) -> (HarmoniserEpoch, Harmoniser) {
        let device = Device::flex();
        // PANIC: the same shapes, taken from the same configuration.
        let plain = set_weights(self.net(&device), weights).expect("a net's own weights fit it");
        let found = numbers(logs(&plain, &self.exam, &device));
        let (mut nats, mut roots) = (0.0, 0usize);
        for (row, &label) in found.chunks_exact(CHORD_CLASSES).zip(&self.exam.labels) {
            nats -= f64::from(row[label]);
            let best = (0..CHORD_CLASSES).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap_or(0);
            roots += usize::from(best % 12 == label % 12);
        }
        let rows = self.exam.labels.len().max(1) as f64;
        (HarmoniserEpoch { number, train_nll, valid_nll: nats / rows, valid_roots: roots as f64 / rows }, plain)
    }

    fn score(epoch: &HarmoniserEpoch) -> f64 {
        epoch.valid_nll
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::harmony::features::HEARD;

    /// A tune on the fifths of C, F and G, with the chords.
    fn lines() -> Lines {
        Lines::made_up(&[(67, 0), (72, 5), (74, 7)], 12)
    }

    #[test]
    fn tune_and_chord_are_moved_together_and_what_was_not_heard_is_left_out() {
        let (lines, options) =
            (lines(), HarmonyOptions { other_voice: 0.0, transpose: 0.5, ..HarmonyOptions::default() });
        let drawn = draw(&ChordCutter::new(&options), &options, &lines, &mut Rng::new(3));
        assert_eq!(drawn.labels.len(), BATCH);
        let (mut cut, middle) = (0, AROUND * (HEARD + 1));
        for (row, &label) in drawn.inputs.chunks_exact(HARMONISED).zip(&drawn.labels) {
            let tune = row[middle..middle + 12].iter().position(|&time| time > 0.0).expect("a tune");
            assert_eq!((label % 12 + 7) % 12, tune);
            assert_eq!(row[middle + HEARD], 1.0);
            cut += usize::from(row[middle + HEARD + 1 + HEARD] == 0.0);
        }
        assert!(cut > 10, "{cut} of {BATCH} know nothing of what comes after");
        assert_eq!(exam(&lines).labels.len(), 24);
    }
}
