//! Training a believer, by itself: from how well each lag would have told what the user played, and which chord it was.

use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::lines::{ChordLine, ChordSet, Lines};
use super::options::HarmonyOptions;
use super::windows::{AHEAD, ChordCutter};
use crate::music::band::BandSpec;
use crate::predict::predictor::HISTORY;
use crate::random::Rng;
use crate::rules::loop_lag;
use crate::systems::harmony::believer::{BELIEFS, Believer, LAG_COUNT, SHORTEST, SPEAKING, speaking};
use crate::systems::nn::{NamedTensor, set_weights};
use crate::train::course::{self, Lesson, Loss, News, TrainError, Workbench};

/// Measures in a batch. Chosen: a few hundred batches an epoch.
const BATCH: usize = 256;

/// Measures of the validation pieces that are examined after each epoch. Chosen: enough for a steady figure.
const EXAM: usize = 4096;

/// The least that a lag is good for. Chosen: what never comes again costs seven nats, and no more.
const LEAST: f32 = 1e-3;

/// What an epoch reached.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BelieverEpoch {
    /// Counted from 1.
    pub number: usize,
    /// Training loss, notes and chords together: nats per measure.
    pub train_nll: f64,
    /// Validation: nats per measure.
    pub valid_nll: f64,
    /// The same of the notes alone.
    pub notes_nll: f64,
    /// The same of the chords alone.
    pub chords_nll: f64,
}

/// Measures with what speaks for each lag, and how good each would have been.
#[derive(Clone, Debug, Default)]
struct Measures {
    /// `[rows · LAG_COUNT, SPEAKING]`.
    speaking: Vec<f32>,
    /// 1 where something was heard: `[rows, LAG_COUNT]`.
    heard: Vec<f32>,
    /// How like what the user played is to what they played at each lag, 0…1, and how like the chords are:
    /// `[rows, LAG_COUNT]` each.
    good: [Vec<f32>; BELIEFS],
    /// 1 where there is something to be alike to: `[rows]` each.
    counts: [Vec<f32>; BELIEFS],
}

impl Measures {
    fn rows(&self) -> usize {
        self.counts[0].len()
    }

    /// Adds a measure of a piece in which the user plays this voice, asked for so far ahead, if something can repeat there.
    fn add(&mut self, line: &ChordLine, voice: usize, (end, ahead): (usize, usize)) {
        let Some(newest) = end.checked_sub(ahead) else { return };
        let oldest = (newest + 1).saturating_sub(HISTORY);
        let bars = &line.bars[oldest..=end];
        let shapes: Vec<_> = bars.iter().map(|bar| &bar.shapes[voice]).collect();
        let to = |a: usize| (0..=a).map(|b| loop_lag::likeness(shapes[a], shapes[b])).collect();
        let alike: Vec<Vec<f32>> = (0..bars.len()).map(to).collect();
        let (end, newest) = (end - oldest, newest - oldest);
        let found = speaking(newest, ahead, &alike[..=newest]);
        if found.is_empty() {
            return;
        }
        let row = self.rows();
        self.speaking.resize((row + 1) * LAG_COUNT * SPEAKING, 0.0);
        self.heard.resize((row + 1) * LAG_COUNT, 0.0);
        self.good.iter_mut().for_each(|good| good.resize((row + 1) * LAG_COUNT, 0.0));
        for (lag, speaks) in found {
            let at = row * LAG_COUNT + lag.lag - SHORTEST;
            self.speaking[at * SPEAKING..(at + 1) * SPEAKING].copy_from_slice(&speaks);
            self.heard[at] = 1.0;
            self.good[0][at] = alike[end][end - lag.lag];
            self.good[1][at] = bars[end].chords_like(&bars[end - lag.lag]);
        }
        let named = bars[end].chords.iter().any(Option::is_some);
        self.counts[0].push(alike[end][end].ceil());
        self.counts[1].push(f32::from(u8::from(named)));
    }
}

/// Trains a believer on `learn`, watched on `watch`; goes on from the checkpoint beside the workbench's file if there is one.
/// The caller keeps the nets that it is told of.
///
/// # Errors
/// [`TrainError`].
pub fn train_believer(
    spec: &BandSpec,
    options: &HarmonyOptions,
    learn: &[ChordSet],
    watch: &[ChordSet],
    bench: Workbench<'_>,
    tell: impl FnMut(News<'_, BelieverEpoch, Believer>),
) -> Result<(), TrainError> {
    options.check(spec)?;
    let (learn, watch) = (Lines::of(learn)?, Lines::of(watch)?);
    let lesson = BelieverLesson { units: options.net.believes, exam: exam(&watch) };
    check(&learn, &watch)?;
    let batches = (learn.measures() / BATCH).max(1);
    let plan = options.plan("a believer, ", options.believer_epochs, batches, learn.measures());
    let optimizer = options.optimizer();
    let cut = ChordCutter::new(options);
    let options = options.clone();
    let draw = move |rng: &mut Rng| Ok(draw(&cut, &options, &learn, rng));
    course::run(&lesson, &plan, bench, optimizer, draw, tell)
}

/// Is there anything that can come again?
pub(super) fn check(learn: &Lines, watch: &Lines) -> Result<(), TrainError> {
    let wanted = "a piece of five measures or more is wanted (net.believes=0 does without)";
    let nothing = |lines: &Lines| lines.sets.iter().flatten().all(|line| line.bars.len() <= SHORTEST + AHEAD);
    Lines::check([learn, watch].map(nothing), wanted)
}

fn draw(cut: &ChordCutter, options: &HarmonyOptions, lines: &Lines, rng: &mut Rng) -> Measures {
    let mut out = Measures::default();
    // At some measures nothing was heard yet that could repeat: most tries find one.
    for _ in 0..8 * BATCH {
        if out.rows() == BATCH {
            break;
        }
        let (line, end) = cut.place(lines, rng);
        let others = rng.unit() < options.other_voice;
        let voice = if others { line.voices[rng.below(line.voices.len())] } else { line.voices[0] };
        let ahead = if rng.unit() < options.next { 1 } else { AHEAD };
        out.add(line, voice, (end, ahead));
    }
    out
}

/// Measures of all pieces, spread evenly, of the first voice of each, second-next.
fn exam(lines: &Lines) -> Measures {
    let all = || lines.sets.iter().flatten().flat_map(|line| (0..line.bars.len()).map(move |end| (line, end)));
    let every = all().count().div_ceil(EXAM).max(1);
    let mut out = Measures::default();
    all().step_by(every).for_each(|(line, end)| out.add(line, line.voices[0], (end, AHEAD)));
    out
}

struct BelieverLesson {
    units: usize,
    exam: Measures,
}

/// ln of how good the lags are that are believed in, the mean over the measures that count: of the notes, and of the chords.
///
/// # Source
/// The likelihood of a mixture of experts: Jacobs, Jordan, Nowlan and Hinton 1991, "Adaptive mixtures of local experts".
fn logs(net: &Believer, measures: &Measures, device: &Device) -> [Tensor<1>; BELIEFS] {
    let rows = measures.rows();
    let tensor = |numbers: &[f32], shape: [usize; 2]| -> Tensor<2> {
        Tensor::from_data(TensorData::new(numbers.to_vec(), shape), device)
    };
    let heard = tensor(&measures.heard, [rows, LAG_COUNT]);
    let shares = net.forward(tensor(&measures.speaking, [rows * LAG_COUNT, SPEAKING]), &heard);
    let mut of = 0;
    shares.map(|shares| {
        let (good, counts) = (&measures.good[of], &measures.counts[of]);
        of += 1;
        let expected = (shares * tensor(good, [rows, LAG_COUNT])).sum_dim(1);
        let counted = counts.iter().sum::<f32>().max(1.0);
        ((expected + LEAST).log() * tensor(counts, [rows, 1])).sum().div_scalar(counted)
    })
}

impl Lesson for BelieverLesson {
    type Net = Believer;
    type Batch = Measures;
    type Epoch = BelieverEpoch;

    fn net(&self, device: &Device) -> Believer {
        Believer::new(self.units, device)
    }

    fn loss(&self, net: &Believer, measures: Measures, _: f64, device: &Device) -> Loss {
        let [notes, chords] = logs(net, &measures, device);
        let cost = (notes + chords).neg();
        Loss { total: cost.clone(), nll: cost }
    }

    fn examine(&self, weights: &[NamedTensor], number: usize, train_nll: f64) -> (BelieverEpoch, Believer) {
        let device = Device::flex();
        // PANIC: the same shapes, taken from the same configuration.
        let plain = set_weights(self.net(&device), weights).expect("a net's own weights fit it");
        let [notes_nll, chords_nll] = logs(&plain, &self.exam, &device).map(|log| -f64::from(log.into_scalar::<f32>()));
        (BelieverEpoch { number, train_nll, valid_nll: notes_nll + chords_nll, notes_nll, chords_nll }, plain)
    }

    fn score(epoch: &BelieverEpoch) -> f64 {
        epoch.valid_nll
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::optim::AdamWConfig;

    /// A tune of four measures over C, F, G, C, again and again.
    fn lines(measures: usize) -> Lines {
        Lines::made_up(&[(76, 0), (69, 5), (74, 7), (72, 0)], measures)
    }

    #[test]
    fn a_lag_is_good_where_the_tune_and_the_chords_came_again() {
        let lines = lines(12);
        let mut measures = Measures::default();
        measures.add(&lines.sets[0][0], 0, (11, AHEAD));
        let good = |of: usize, lag: usize| measures.good[of][lag - SHORTEST];
        assert_eq!((good(0, 4), good(0, 8), good(0, 3)), (1.0, 1.0, 0.0));
        // Three measures before lay C, too, under another note; two before, F.
        assert!(good(1, 4) > 0.99 && good(1, 3) > 0.99 && good(1, 2) < 0.9, "{:?}", measures.good[1]);
        assert_eq!(measures.heard.iter().sum::<f32>(), 8.0, "lags of 2 to 9 measures");
        assert_eq!(measures.counts, [vec![1.0], vec![1.0]]);
        assert_eq!((exam(&lines).rows(), check(&lines, &lines).is_ok()), (8, true));
        let (short, refused) =
            (self::lines(4), |result: Result<(), TrainError>| result.expect_err("short").to_string());
        assert!(
            refused(check(&short, &lines)).contains("`train`") && refused(check(&lines, &short)).contains("`valid`")
        );
    }

    #[test]
    fn a_believer_learns_at_which_lag_a_piece_comes_again() {
        let (lines, options) = (lines(40), HarmonyOptions { other_voice: 0.0, ..HarmonyOptions::default() });
        let device = Device::flex();
        let drawn = draw(&ChordCutter::new(&options), &options, &lines, &mut Rng::new(4));
        assert_eq!(drawn.rows(), BATCH);
        let lesson = BelieverLesson { units: 8, exam: exam(&lines) };
        let training = device.clone().autodiff();
        let (mut net, mut optimizer) = (lesson.net(&training), AdamWConfig::new().init());
        let nll = |net: &Believer| {
            let weights = crate::systems::nn::get_weights(net);
            lesson.examine(&weights, 1, 0.0).0.notes_nll
        };
        let before = nll(&net);
        for _ in 0..60 {
            let gradients = lesson.loss(&net, drawn.clone(), 0.0, &training).total.backward();
            let gradients = burn::optim::GradientsParams::from_grads(gradients, &net);
            net = optimizer.step(0.02, net, gradients);
        }
        assert!(nll(&net) < 0.5 * before, "{} nats, before {before}", nll(&net));
    }
}
