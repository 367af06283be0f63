//! Windows cut from pieces, as the biaxial LSTM reads them.

use crate::music::band::{BandMeasure, BandSpec, VoiceId, VoiceMask};
use crate::random::Rng;
use crate::systems::biaxial::encoding::{INPUTS, PITCHES, Sixteenth, sixteenths, write_inputs};
use crate::train::library::{Library, LibraryError};

/// A batch of windows. Row `step · batch + window` of a pitch is one sixteenth.
#[derive(Clone, Debug)]
pub struct BiaxialWindows {
    /// Windows side by side.
    pub batch: usize,
    /// By sixteenth: `[78 · batch, 80]`.
    pub inputs: Vec<Vec<f32>>,
    /// What the next sixteenth shows, by pitch: (played, struck), `[steps · batch, 2]`.
    pub targets: Vec<Vec<f32>>,
    /// 1 where the next sixteenth counts: `[steps · batch]`.
    pub weight: Vec<f32>,
}

/// Cuts windows of so many measures.
#[derive(Clone, Debug)]
pub struct BiaxialCutter {
    /// The band whose voices are merged.
    pub spec: BandSpec,
    /// Windows in a batch.
    pub batch: usize,
    /// Measures in a window, of sixteen sixteenths; of shorter ones there are more.
    pub measures: usize,
    /// How likely the beginning of a window lacks some voices, as a jam's does: then only what follows counts.
    pub missing: f32,
    /// How likely a window is moved by −6…5 semitones.
    pub transpose: f32,
}

/// One window: sixteenths with their places in the measure, and from which of them on they count.
struct Window {
    sixteenths: Vec<(Sixteenth, usize)>,
    from: usize,
}

impl BiaxialCutter {
    fn steps(&self) -> usize {
        16 * self.measures
    }

    /// How many batches show each measure once.
    #[must_use]
    pub fn batches_per_epoch(&self, pieces: &Library) -> usize {
        (pieces.measures() / (self.batch * self.measures)).max(1)
    }

    /// A batch of windows that begin anywhere.
    ///
    /// # Errors
    /// [`LibraryError`] where the pieces cannot be read any more.
    pub fn draw(&self, pieces: &Library, rng: &mut Rng) -> Result<BiaxialWindows, LibraryError> {
        let starts: usize = pieces.lengths().map(|length| self.starts(length)).sum();
        let windows = (0..self.batch).map(|_| {
            let mut start = rng.below(starts);
            let mut chosen = 0;
            for (piece, length) in pieces.lengths().enumerate() {
                chosen = piece;
                if start < self.starts(length) {
                    break;
                }
                start -= self.starts(length);
            }
            Ok(self.cut(&pieces.window(chosen, start, self.steps() + 1)?, Some(rng)))
        });
        Ok(self.assemble(&windows.collect::<Result<Vec<_>, LibraryError>>()?))
    }

    /// Batches of neighbouring windows, as they are: at most so many, spread over all pieces.
    ///
    /// # Errors
    /// [`LibraryError`] where the pieces cannot be read any more.
    pub fn exam(&self, pieces: &Library, most: usize) -> Result<Vec<BiaxialWindows>, LibraryError> {
        let starts = |(piece, length)| (0..length).step_by(self.measures).map(move |start| (piece, start));
        let all: Vec<(usize, usize)> = pieces.lengths().enumerate().flat_map(starts).collect();
        let wanted = (most * self.batch).min(all.len()).max(1);
        let chosen = (0..wanted).map(|index| all[index * all.len() / wanted]);
        let cut = |(piece, start)| Ok(self.cut(&pieces.window(piece, start, self.steps() + 1)?, None));
        let windows: Vec<Window> = chosen.map(cut).collect::<Result<_, LibraryError>>()?;
        Ok(windows.chunks(self.batch).map(|batch| self.assemble(batch)).collect())
    }

    /// Places where a window may begin in a piece of so many measures: nearly whole ones, or the beginning.
    fn starts(&self, length: usize) -> usize {
        (length + 1).saturating_sub(self.measures).max(1)
    }

    fn cut(&self, measures: &[BandMeasure], rng: Option<&mut Rng>) -> Window {
        let all = self.spec.all();
        let (mut heard, mut until, mut shift) = (all, 0, 0);
        if let Some(rng) = rng {
            if rng.unit() < self.missing {
                heard = some_of(all, rng);
                until = 1 + rng.below(self.measures.max(2) - 1);
            }
            if rng.unit() < self.transpose {
                shift = i32::try_from(rng.below(12)).unwrap_or(6) - 6;
            }
        }
        let mut window = Window { sixteenths: Vec::new(), from: 0 };
        for (index, measure) in measures.iter().enumerate() {
            let voices = if index < until { heard } else { all };
            let steps = sixteenths(&measure.transposed(shift), voices);
            window.sixteenths.extend(steps.into_iter().zip(0..));
            if index + 1 == until {
                window.from = window.sixteenths.len();
            }
            if window.sixteenths.len() > self.steps() {
                break;
            }
        }
        window
    }

    fn assemble(&self, windows: &[Window]) -> BiaxialWindows {
        let (batch, steps) = (windows.len(), self.steps());
        let mut out = BiaxialWindows {
            batch,
            inputs: vec![vec![0.0; PITCHES * batch * INPUTS]; steps],
            targets: vec![vec![0.0; steps * batch * 2]; PITCHES],
            weight: vec![0.0; steps * batch],
        };
        let mut one = vec![0.0; PITCHES * INPUTS];
        for (column, window) in windows.iter().enumerate() {
            for (step, pair) in window.sixteenths.windows(2).take(steps).enumerate() {
                let [(now, at), (next, _)] = [pair[0], pair[1]];
                write_inputs(now, at, &mut one);
                for (pitch, numbers) in one.chunks_exact(INPUTS).enumerate() {
                    let row = (pitch * batch + column) * INPUTS;
                    out.inputs[step][row..row + INPUTS].copy_from_slice(numbers);
                }
                let row = step * batch + column;
                for (pitch, target) in out.targets.iter_mut().enumerate() {
                    target[2 * row] = f32::from(u8::from(next.played >> pitch & 1 == 1));
                    target[2 * row + 1] = f32::from(u8::from(next.struck >> pitch & 1 == 1));
                }
                out.weight[row] = f32::from(u8::from(step + 1 >= window.from));
            }
        }
        out
    }
}

/// Some voices, not all: half the time a single one.
fn some_of(all: VoiceMask, rng: &mut Rng) -> VoiceMask {
    let voices: Vec<VoiceId> = all.iter().collect();
    let one = voices[rng.below(voices.len())];
    if rng.unit() < 0.5 {
        return VoiceMask::only(one);
    }
    voices.into_iter().filter(|&voice| voice != one && rng.unit() < 0.5).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::measure::Measure;
    use crate::music::note::{Key, Note};
    use crate::train::Piece;

    fn piece(measures: usize) -> Piece {
        let measure = |index: usize| {
            let mut measure = BandMeasure::missing(12);
            for (voice, key) in [(0, 72), (1, 67), (2, 60), (3, 48)] {
                let key = Key::clamped(key + i32::try_from(index % 4).expect("small"));
                measure.set(VoiceId::new(voice).expect("a voice"), &Measure::from_notes(12, [Note::new(0, 12, key)]));
            }
            measure
        };
        Piece { source: "made up".into(), measures: (0..measures).map(measure).collect() }
    }

    fn cutter(missing: f32) -> BiaxialCutter {
        BiaxialCutter { spec: BandSpec::chorale(), batch: 2, measures: 2, missing, transpose: 0.0 }
    }

    #[test]
    fn each_sixteenth_is_followed_by_the_next_and_the_end_counts_for_nothing() {
        // Two measures of 12: 24 sixteenths, of which 23 are followed by one; windows have room for 32.
        let windows = &cutter(0.0).exam(&Library::of(vec![piece(2)]), 9).expect("in memory")[0];
        assert_eq!((windows.batch, windows.inputs.len()), (1, 32));
        assert_eq!(windows.weight.iter().sum::<f32>(), 23.0);
        let soprano = &windows.targets[72 - 24];
        assert_eq!(soprano[..4], [1.0, 0.0, 1.0, 0.0], "held, not struck");
        assert_eq!(windows.targets[73 - 24][2 * 11..2 * 12], [1.0, 1.0], "the next measure's is struck");
        let place = |step: usize| windows.inputs[step][75..79].to_vec();
        assert_eq!(place(12), place(0), "the second measure begins");
        assert_eq!(place(11), [1.0, 1.0, -1.0, 1.0], "11 = binary 1011");
    }

    #[test]
    fn where_voices_are_missing_only_what_follows_counts() {
        let windows = cutter(1.0).draw(&Library::of(vec![piece(9)]), &mut Rng::new(3)).expect("in memory");
        for column in 0..2 {
            let counts: Vec<bool> = (0..32).map(|step| windows.weight[step * 2 + column] > 0.0).collect();
            assert_eq!(counts.iter().position(|&counts| counts), Some(11), "from the second measure's first sixteenth");
            let sounding =
                |targets: usize| windows.targets.iter().map(|pitch| pitch[2 * (targets * 2 + column)]).sum::<f32>();
            assert!(sounding(5) < 4.0 && sounding(14) == 4.0);
        }
    }
}
