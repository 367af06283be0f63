//! Windows of half measures, cut from pieces, as the harmony net reads them.

use super::options::HarmonyOptions;
use crate::music::band::{BandMeasure, BandSpec, VoiceId, VoiceMask};
use crate::music::chart::halves;
use crate::random::Rng;
use crate::rules::loop_lag::{self, MAX_LAG, Shape};
use crate::systems::harmony::classes::{CHORD_CLASSES, moved};
use crate::systems::harmony::features::{HALF_INPUTS, HEARD, Half, HeardHalf, accompaniment, heard};
use crate::systems::harmony::plan::best_lags;
use crate::train::library::{Library, LibraryError};

/// How far ahead the net is asked: the measure after next. Required: that is what the band plays.
const AHEAD: usize = 2;

/// One measure of a piece: its chords, and what each voice plays, by half.
#[derive(Clone, Debug)]
struct Bar {
    chords: Vec<Option<usize>>,
    heard: Vec<Vec<HeardHalf>>,
    shapes: Vec<Shape>,
}

/// Pieces as the harmony net reads them.
#[derive(Clone, Debug)]
pub struct Lines {
    pieces: Vec<Vec<Bar>>,
    /// The voices that a user may play in each piece.
    voices: Vec<Vec<usize>>,
}

impl Lines {
    /// The pieces of a library that have chords to learn.
    ///
    /// # Errors
    /// [`LibraryError`] where the pieces cannot be read any more.
    pub fn of(spec: &BandSpec, library: &Library) -> Result<Self, LibraryError> {
        let mut lines = Self { pieces: Vec::new(), voices: Vec::new() };
        for piece in library.iter() {
            let measures = piece?.measures;
            let bars: Vec<Bar> = measures.iter().map(|measure| Bar::of(spec, measure)).collect();
            let sounds = |voice: &VoiceId| measures.iter().any(|measure| !measure.is_silent(VoiceMask::only(*voice)));
            let voices: Vec<usize> = spec.all().iter().filter(sounds).map(VoiceId::index).collect();
            if !voices.is_empty() && bars.iter().any(|bar| bar.chords.iter().any(Option::is_some)) {
                lines.pieces.push(bars);
                lines.voices.push(voices);
            }
        }
        Ok(lines)
    }

    /// How many measures all pieces have.
    #[must_use]
    pub fn measures(&self) -> usize {
        self.pieces.iter().map(Vec::len).sum()
    }
}

impl Bar {
    fn of(spec: &BandSpec, measure: &BandMeasure) -> Self {
        let ends = || halves(measure.steps());
        let heard_of = |voice: VoiceId| ends().map(|half| heard(measure, voice, half)).collect();
        Self {
            chords: ends().map(|half| accompaniment(measure, spec, half)).collect(),
            heard: spec.all().iter().map(heard_of).collect(),
            shapes: spec.all().iter().map(|voice| loop_lag::shape(measure, VoiceMask::only(voice))).collect(),
        }
    }
}

/// A batch of windows. Row `half · batch + window` is one half measure.
#[derive(Clone, Debug)]
pub struct ChordWindows {
    /// Windows side by side.
    pub batch: usize,
    /// `[halves · batch, HALF_INPUTS]`.
    pub inputs: Vec<f32>,
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

/// One window, half by half: inputs, the chord, whether it counts.
type Window = Vec<([f32; HALF_INPUTS], usize, f32)>;

/// How a window is heard.
struct Hearing {
    /// The voice of the user.
    voice: usize,
    /// Chords before this measure of the window are unknown (`None`) or moved by so many semitones.
    until: usize,
    moved: Option<i32>,
    /// All is moved by so many semitones.
    shift: i32,
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
        let total = lines.measures().max(1);
        let windows: Vec<Window> = (0..options.batch)
            .map(|_| {
                let mut end = rng.below(total);
                let mut piece = 0;
                while end >= lines.pieces[piece].len() {
                    end -= lines.pieces[piece].len();
                    piece += 1;
                }
                let voices = &lines.voices[piece];
                let voice = if rng.unit() < options.other_voice { voices[rng.below(voices.len())] } else { voices[0] };
                let (mut until, mut wrong) = (0, None);
                let chance = rng.unit();
                if chance < options.missing + options.wrong {
                    until = 1 + rng.below(options.measures);
                    wrong = (chance >= options.missing).then(|| 1 + rng.below(11) as i32);
                }
                let shift = if rng.unit() < options.transpose { rng.below(12) as i32 - 6 } else { 0 };
                let hearing = Hearing { voice, until, moved: wrong, shift };
                self.cut(&lines.pieces[piece], end, &hearing, Some(rng))
            })
            .collect();
        self.assemble(&windows)
    }

    /// Batches of windows as a jam has them, at most so many, spread over all pieces: no chord is heard, the last two
    /// measures are imagined, and the last one counts.
    #[must_use]
    pub fn exam(&self, lines: &Lines, most: usize) -> Vec<ChordWindows> {
        let ends =
            |(piece, bars): (usize, &Vec<Bar>)| (AHEAD..bars.len()).map(move |end| (piece, end)).collect::<Vec<_>>();
        let all: Vec<(usize, usize)> = lines.pieces.iter().enumerate().flat_map(ends).collect();
        let wanted = (most * self.options.batch).min(all.len());
        let windows: Vec<Window> = (0..wanted)
            .map(|index| {
                let (piece, end) = all[index * all.len() / wanted];
                let voice = lines.voices[piece][0];
                let hearing = Hearing { voice, until: usize::MAX, moved: None, shift: 0 };
                self.cut(&lines.pieces[piece], end, &hearing, None)
            })
            .collect();
        windows.chunks(self.options.batch).map(|batch| self.assemble(batch)).collect()
    }

    /// The window that ends with this measure. `rng`: what is imagined, and what is heard wrongly; without, an examination.
    fn cut(&self, bars: &[Bar], end: usize, hearing: &Hearing, mut rng: Option<&mut Rng>) -> Window {
        let options = &self.options;
        let (voice, newest) = (hearing.voice, end.saturating_sub(AHEAD));
        let alike = |a: usize, b: usize| loop_lag::likeness(&bars[a].shapes[voice], &bars[b].shapes[voice]);
        let lags = best_lags(newest, AHEAD, alike);
        let chosen = rng.as_mut().map_or(0, |rng| rng.below(lags.len().max(1)));
        let lag = lags.get(chosen).map(|(lag, _)| *lag);
        let back = |at: usize| lag.and_then(|lag| at.checked_sub(lag.lag)).map(|at| &bars[at]);
        debug_assert!(lag.is_none_or(|lag| lag.lag <= MAX_LAG), "a lag of the rule");
        let start = (end + 1).saturating_sub(options.measures);
        let moved_all = |class: Option<usize>| class.map(|class| moved(class, hearing.shift));
        let mut window = Window::new();
        let mut before = None;
        for (place, at) in (start..=end).enumerate() {
            let bar = &bars[at];
            let dream = match &mut rng {
                Some(rng) => rng.unit() < options.imagined,
                None => at + AHEAD > end,
            };
            let dreamt = back(at).filter(|_| dream);
            for (half, &chord) in bar.chords.iter().enumerate() {
                let source = dreamt.unwrap_or(bar);
                let heard = &source.heard[voice];
                let second = half.min(heard.len() - 1);
                let now = transposed(&heard[second], hearing.shift);
                let then = heard.get(second + 1).map(|then| transposed(then, hearing.shift));
                let unheard = place < hearing.until;
                let mut told = |class: Option<usize>| {
                    let class = class?;
                    if unheard {
                        return hearing.moved.map(|by| moved(class, by));
                    }
                    let other =
                        rng.as_mut().and_then(|rng| (rng.unit() < options.noise).then(|| rng.below(CHORD_CLASSES)));
                    Some(other.unwrap_or(class))
                };
                let at_lag = back(at).and_then(|back| told(moved_all(back.chords[half.min(back.chords.len() - 1)])));
                let numbers = Half {
                    now: &now,
                    then: then.as_ref(),
                    before,
                    at_lag,
                    second: half > 0,
                    imagined: dreamt.and(lag).map(|lag| lag.likeness),
                };
                let numbers = numbers.numbers();
                before = told(moved_all(chord)).or(before);
                let counts = chord.is_some() && (rng.is_some() || at == end);
                window.push((numbers, moved_all(chord).unwrap_or(0), f32::from(u8::from(counts))));
            }
        }
        window
    }

    fn assemble(&self, windows: &[Window]) -> ChordWindows {
        let (batch, steps) = (windows.len(), windows.iter().map(Vec::len).max().unwrap_or(0));
        let rows = steps * batch;
        let mut out = ChordWindows {
            batch,
            inputs: vec![0.0; rows * HALF_INPUTS],
            labels: vec![0; rows],
            weight: vec![0.0; rows],
        };
        for (column, window) in windows.iter().enumerate() {
            for (step, (numbers, label, weight)) in window.iter().enumerate() {
                let row = step * batch + column;
                out.inputs[row * HALF_INPUTS..(row + 1) * HALF_INPUTS].copy_from_slice(numbers);
                (out.labels[row], out.weight[row]) = (*label, *weight);
            }
        }
        out
    }
}

/// What is heard, moved by so many semitones.
fn transposed(heard: &HeardHalf, semitones: i32) -> HeardHalf {
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
    use crate::music::chord::{Chord, Quality};
    use crate::music::measure::Measure;
    use crate::music::note::{Key, Note};
    use crate::systems::harmony::classes::class;
    use crate::train::Piece;

    /// Measures of C, F, G and C again, the tune on the third.
    fn lines(measures: usize) -> Lines {
        let spec = BandSpec::pop();
        let measure = |index: usize| {
            let root = [0, 5, 7, 0][index % 4];
            let mut measure = BandMeasure::missing(16);
            let hold =
                |keys: &[i32]| Measure::from_notes(16, keys.iter().map(|&key| Note::new(0, 16, Key::clamped(key))));
            measure.set(spec.voice("Lead").expect("a lead"), &hold(&[64 + root]));
            measure.set(spec.voice("Chords").expect("chords"), &hold(&[60 + root, 64 + root, 67 + root]));
            measure.set(spec.voice("Bass").expect("a bass"), &hold(&[36 + root]));
            measure
        };
        let piece = Piece { source: "made up".into(), measures: (0..measures).map(measure).collect() };
        Lines::of(&spec, &Library::of(vec![piece])).expect("in memory")
    }

    #[test]
    fn in_an_examination_the_last_measure_alone_counts_and_is_imagined() {
        let cutter = ChordCutter::new(&HarmonyOptions { batch: 3, measures: 4, ..HarmonyOptions::default() });
        let exam = cutter.exam(&lines(12), 100);
        let last = exam.last().expect("a batch");
        assert_eq!((last.batch, last.weight.len()), (1, 8));
        assert_eq!(last.weight, [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0]);
        assert_eq!(last.labels[6], class(Chord::new(0, Quality::Major)), "the twelfth measure is C");
        let flags: Vec<f32> = last.inputs.chunks_exact(HALF_INPUTS).map(|row| row[HALF_INPUTS - 2]).collect();
        assert_eq!(flags, [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0]);
        // What is imagined is what was played four measures before: an E.
        assert_eq!(last.inputs[6 * HALF_INPUTS..][..12].iter().position(|&time| time > 0.0), Some(4));
    }

    #[test]
    fn moved_windows_move_notes_and_chords_together() {
        let cutter = ChordCutter::new(&HarmonyOptions {
            transpose: 1.0,
            other_voice: 0.0,
            measures: 1,
            ..HarmonyOptions::default()
        });
        let windows = cutter.draw(&lines(8), &mut Rng::new(5));
        for (row, &label) in windows.inputs.chunks_exact(HALF_INPUTS).zip(&windows.labels) {
            let tune = row[..12].iter().position(|&time| time > 0.0).expect("a note");
            // Imagined measures may be of another chord of the song.
            if row[HALF_INPUTS - 2] == 0.0 {
                assert_eq!((label % 12 + 4) % 12, tune, "the tune is the third");
            }
        }
    }
}
