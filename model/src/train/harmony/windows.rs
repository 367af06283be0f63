//! Windows of half measures, cut from pieces, as a harmony net that copies reads them: each half with what is known when it
//! is asked for.

use super::lines::{Bar, ChordLine, Lines};
use super::options::HarmonyOptions;
use crate::predict::predictor::HISTORY;
use crate::random::Rng;
use crate::rules::loop_lag;
use crate::systems::harmony::classes::{CHORD_CLASSES, chord, moved};
use crate::systems::harmony::features::{HEARD, HeardHalf, chroma, fit};
use crate::systems::harmony::story::{ASKED, Asked, ChordQuestion, Known, NEAR, PLACE_INPUTS, PLACES, Story};

/// How far ahead the net is asked in an examination: the measure after next. Required: that is what the band plays.
pub(super) const AHEAD: usize = 2;

/// How much a fit counts where a band's own chords are made up. Chosen: mostly the chord that fits, not always.
const MADE_UP: f32 = 8.0;

/// A batch of windows. Row `half · batch + window` is one half measure.
#[derive(Clone, Debug)]
pub struct ChordWindows {
    /// Windows side by side.
    pub batch: usize,
    /// `[halves · batch, ASKED]`.
    pub inputs: Vec<f32>,
    /// `[halves · batch, NEAR]`.
    pub near: Vec<f32>,
    /// `[halves · batch · PLACES, PLACE_INPUTS]`.
    pub places: Vec<f32>,
    /// 1 where the chord of a place is the true one: `[halves · batch, PLACES]`.
    pub right: Vec<f32>,
    /// The chord of each, `[halves · batch]`; 0 where there is none.
    pub labels: Vec<usize>,
    /// 1 where it counts: `[halves · batch]`.
    pub weight: Vec<f32>,
}

/// Cuts windows.
#[derive(Clone, Debug)]
pub struct ChordCutter {
    options: HarmonyOptions,
}

/// One half measure: what is asked, the chord, whether it counts.
type Row = (ChordQuestion, usize, f32);

/// Which chords are heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Chords {
    /// Those of the piece.
    True,
    /// None before this measure.
    From(usize),
    /// All moved by so many semitones before this measure.
    Moved(usize, i32),
    /// Before this measure, others that fit what the user plays: as a band plays that does not know the song.
    MadeUp(usize),
}

/// How a window is heard.
struct Hearing {
    /// The voice of the user.
    voice: usize,
    chords: Chords,
    /// All is moved by so many semitones.
    shift: i32,
    ahead: usize,
}

impl ChordCutter {
    /// Cuts them by these options.
    #[must_use]
    pub fn new(options: &HarmonyOptions) -> Self {
        Self { options: options.clone() }
    }

    /// How many batches show each measure once.
    #[must_use]
    pub fn batches_per_epoch(&self, lines: &Lines) -> usize {
        (lines.measures() / (self.options.batch * self.options.measures)).max(1)
    }

    /// A batch of windows that end anywhere.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "below 12")]
    pub fn draw(&self, lines: &Lines, rng: &mut Rng) -> ChordWindows {
        let options = &self.options;
        let windows: Vec<Vec<Row>> = (0..options.batch)
            .map(|_| {
                let (line, end) = self.place(lines, rng);
                let others = rng.unit() < options.other_voice;
                let voice = if others { line.voices[rng.below(line.voices.len())] } else { line.voices[0] };
                let until = if rng.unit() < 0.5 { line.bars.len() } else { rng.below(end + 1) };
                let chance = rng.unit();
                let chords = if chance < options.missing {
                    Chords::From(until)
                } else if chance < options.missing + options.wrong {
                    Chords::Moved(until, 1 + rng.below(11) as i32)
                } else if chance < options.missing + options.wrong + options.made_up {
                    Chords::MadeUp(until)
                } else {
                    Chords::True
                };
                let shift = if rng.unit() < options.transpose { rng.below(12) as i32 - 6 } else { 0 };
                let ahead = if rng.unit() < options.next { 1 } else { AHEAD };
                self.cut(line, end, &Hearing { voice, chords, shift, ahead }, Some(rng))
            })
            .collect();
        assemble(&windows)
    }

    /// A measure of any set, small sets more often than their size.
    pub(super) fn place<'a>(&self, lines: &'a Lines, rng: &mut Rng) -> (&'a ChordLine, usize) {
        let long = |set: &Vec<ChordLine>| set.iter().map(|line| line.bars.len()).sum::<usize>();
        #[expect(clippy::cast_precision_loss, reason = "far below 2^24 measures")]
        let weights: Vec<f32> = lines.sets.iter().map(|set| (long(set) as f32).powf(self.options.balance)).collect();
        let mut left = rng.unit() * weights.iter().sum::<f32>();
        let chosen = weights.iter().position(|weight| {
            left -= weight;
            left < 0.0
        });
        let set = &lines.sets[chosen.unwrap_or(lines.sets.len() - 1)];
        let mut end = rng.below(long(set).max(1));
        let mut piece = 0;
        while end >= set[piece].bars.len() {
            end -= set[piece].bars.len();
            piece += 1;
        }
        (&set[piece], end)
    }

    /// Batches of windows of which the last measure counts, at most so many, spread over all pieces: in turn all chords are
    /// heard, none, and those of a band that does not know the song.
    #[must_use]
    pub fn exam(&self, lines: &Lines, most: usize) -> Vec<ChordWindows> {
        let ends = |line| std::iter::repeat(line).zip(AHEAD..);
        let all: Vec<(&ChordLine, usize)> = lines
            .sets
            .iter()
            .flatten()
            .flat_map(|line| ends(line).take(line.bars.len().saturating_sub(AHEAD)))
            .collect();
        let wanted = (most * self.options.batch).min(all.len());
        let windows: Vec<Vec<Row>> = (0..wanted)
            .map(|index| {
                let (line, end) = all[index * all.len() / wanted];
                let chords = [Chords::True, Chords::From(usize::MAX), Chords::True, Chords::MadeUp(usize::MAX)];
                let hearing = Hearing { voice: line.voices[0], chords: chords[index % 4], shift: 0, ahead: AHEAD };
                self.cut(line, end, &hearing, None)
            })
            .collect();
        windows.chunks(self.options.batch).map(assemble).collect()
    }

    /// The window that ends with this measure. `rng`: what is heard wrongly; without, an examination.
    fn cut(&self, line: &ChordLine, end: usize, hearing: &Hearing, mut rng: Option<&mut Rng>) -> Vec<Row> {
        let options = &self.options;
        let Hearing { voice, ahead, .. } = *hearing;
        let Some(newest) = end.checked_sub(ahead) else { return Vec::new() };
        let oldest = (newest + 1).saturating_sub(HISTORY);
        let shift = line.bars[newest].to_c[voice] + hearing.shift;
        let bars = &line.bars[oldest..=end];
        let known = |(at, bar): (usize, &Bar)| Known {
            heard: bar.heard[voice].iter().map(|heard| transposed(heard, shift)).collect(),
            chords: told(bar, (oldest + at, voice), hearing, options, &mut rng)
                .into_iter()
                .map(|class| class.map(|class| moved(class, shift)))
                .collect(),
        };
        let known: Vec<Known> = bars.iter().enumerate().map(known).collect();
        let shapes: Vec<_> = bars.iter().map(|bar| &bar.shapes[voice]).collect();
        let alike = |a: usize| (0..=a).map(|b| loop_lag::likeness(shapes[a], shapes[b])).collect();
        let story = Story { known, alike: (0..bars.len()).map(alike).collect() };

        let last = end - oldest;
        let first = (last + 1).saturating_sub(options.measures).max(ahead);
        let mut rows = Vec::new();
        let mut before = None;
        for (measure, bar) in bars.iter().enumerate().skip(first) {
            let planned = measure > last - ahead;
            for (half, &chord) in bar.chords.iter().enumerate() {
                let true_class = chord.map(|class| moved(class, shift));
                let asked = Asked { measure, half, halves: bar.chords.len(), ahead, before };
                let counts = true_class.is_some() && (rng.is_some() || measure == last);
                rows.push((story.question(&asked), true_class.unwrap_or(0), f32::from(u8::from(counts))));
                let heard = story.known[measure].half(half).1;
                before = match rng.as_mut().map(|rng| (rng.unit(), rng)) {
                    // What a band plans is right or not; what was heard is as it was heard.
                    Some((chance, rng)) if planned || chance < 0.3 => planned_before(&story, &asked, true_class, rng),
                    Some(_) => heard,
                    None => heard.filter(|_| !planned),
                };
            }
        }
        rows
    }
}

/// The chord that a band planned where this is the true one: that, none, or one that was heard before.
fn planned_before(story: &Story, asked: &Asked, true_class: Option<usize>, rng: &mut Rng) -> Option<usize> {
    let newest = asked.measure - asked.ahead;
    match rng.unit() {
        chance if chance < 0.45 => true_class,
        chance if chance < 0.65 => None,
        _ => story.known[newest - rng.below(newest.min(7) + 1)].half(asked.half).1,
    }
}

/// The chords of this measure as they are heard.
fn told(
    bar: &Bar,
    (at, voice): (usize, usize),
    hearing: &Hearing,
    options: &HarmonyOptions,
    rng: &mut Option<&mut Rng>,
) -> Vec<Option<usize>> {
    let mut noisy = |class: usize| {
        let other = rng.as_mut().and_then(|rng| (rng.unit() < options.noise).then(|| rng.below(CHORD_CLASSES)));
        other.unwrap_or(class)
    };
    match hearing.chords {
        Chords::From(until) if at < until => vec![None; bar.chords.len()],
        Chords::Moved(until, by) if at < until => {
            bar.chords.iter().map(|class| class.map(|class| noisy(moved(class, by)))).collect()
        }
        Chords::MadeUp(until) if at < until => {
            bar.heard[voice].iter().map(|heard| made_up(&chroma(heard), rng)).collect()
        }
        _ => bar.chords.iter().map(|class| class.map(&mut noisy)).collect(),
    }
}

/// A chord that fits what is heard, triads first; `None` where nothing is.
fn made_up(heard: &[f32; 12], rng: &mut Option<&mut Rng>) -> Option<usize> {
    if heard.iter().sum::<f32>() <= 0.0 {
        return None;
    }
    // Triads and sevenths on all roots; of the diatonic and the others alike.
    let score = |class: usize, chance: f32| {
        MADE_UP * fit(chord(class).pitch_classes(), heard) - chance.max(1e-6).ln().abs().ln()
    };
    let mut best = (f32::NEG_INFINITY, 0);
    for class in 0..36 {
        let chance = rng.as_mut().map_or(0.5, |rng| rng.unit());
        let score = score(class, chance);
        if score > best.0 {
            best = (score, class);
        }
    }
    Some(best.1)
}

fn assemble(windows: &[Vec<Row>]) -> ChordWindows {
    let (batch, steps) = (windows.len(), windows.iter().map(Vec::len).max().unwrap_or(0).max(1));
    let rows = steps * batch;
    let mut out = ChordWindows {
        batch,
        inputs: vec![0.0; rows * ASKED],
        near: vec![0.0; rows * NEAR],
        places: vec![0.0; rows * PLACES * PLACE_INPUTS],
        right: vec![0.0; rows * PLACES],
        labels: vec![0; rows],
        weight: vec![0.0; rows],
    };
    for (column, window) in windows.iter().enumerate() {
        for (step, (question, label, weight)) in window.iter().enumerate() {
            let row = step * batch + column;
            out.inputs[row * ASKED..(row + 1) * ASKED].copy_from_slice(&question.inputs);
            out.near[row * NEAR..(row + 1) * NEAR].copy_from_slice(&question.near);
            let of_all = PLACES * PLACE_INPUTS;
            out.places[row * of_all..(row + 1) * of_all].copy_from_slice(&question.places);
            for (right, chord) in out.right[row * PLACES..(row + 1) * PLACES].iter_mut().zip(&question.chords) {
                *right = f32::from(u8::from(*chord == Some(*label)));
            }
            (out.labels[row], out.weight[row]) = (*label, *weight);
        }
    }
    out
}

/// What is heard, moved by so many semitones.
pub(super) fn transposed(heard: &HeardHalf, semitones: i32) -> HeardHalf {
    let mut out = *heard;
    let by = usize::try_from(semitones.rem_euclid(12)).unwrap_or(0);
    for part in [0, 12] {
        (0..12).for_each(|class| out[part + (class + by) % 12] = heard[part + class]);
    }
    debug_assert!(out[24..HEARD] == heard[24..HEARD], "where notes are struck stays");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Measures of C, F, G and C again, the tune on the third.
    fn lines(measures: usize) -> Lines {
        Lines::made_up(&[(64, 0), (69, 5), (71, 7), (64, 0)], measures)
    }

    #[test]
    fn in_an_examination_the_last_measure_alone_counts_and_its_chord_stands_at_the_lag() {
        let cutter = ChordCutter::new(&HarmonyOptions { batch: 3, measures: 4, ..HarmonyOptions::default() });
        let exam = cutter.exam(&lines(13), 100);
        let last = exam.last().expect("a batch");
        assert_eq!((last.batch, last.weight.len()), (2, 16));
        assert_eq!(last.weight.iter().sum::<f32>(), 4.0);
        assert!(last.weight[12..].iter().all(|&weight| weight == 1.0));
        // The first of the two hears the chords: those of 4 and 8 measures before are right, and of the second none is heard.
        let right = |row: usize| -> Vec<usize> {
            let places = last.right[row * PLACES..(row + 1) * PLACES].iter().enumerate();
            places.filter(|(_, right)| **right == 1.0).map(|(place, _)| place).collect()
        };
        let heard = [12, 13].map(right);
        assert!(heard.iter().any(|places| places.contains(&4) && places.contains(&8)), "{heard:?}");
    }

    #[test]
    fn moved_windows_move_notes_and_chords_together() {
        let cutter = ChordCutter::new(&HarmonyOptions {
            transpose: 1.0,
            other_voice: 0.0,
            missing: 0.0,
            wrong: 0.0,
            made_up: 0.0,
            noise: 0.0,
            measures: 1,
            ..HarmonyOptions::default()
        });
        let lines = lines(24);
        let mut rng = Rng::new(5);
        let mut seen = 0;
        for _ in 0..8 {
            let windows = cutter.draw(&lines, &mut rng);
            let of = |row: usize| &windows.near[row * NEAR + 36..][..12];
            for (row, &label) in windows.labels.iter().enumerate().filter(|&(row, _)| windows.weight[row] > 0.0) {
                let four_ago = windows.right[row * PLACES + 4] == 1.0;
                if let Some(tune) = of(row).iter().position(|&time| time > 0.0).filter(|_| four_ago) {
                    seen += usize::from((label % 12 + 4) % 12 == tune);
                }
            }
        }
        assert!(seen > 100, "the tune at the best lag is the third: {seen}");
    }
}
