//! What sounds and what starts at each sixteenth of a song, and how long each pitch class sounds.

use crate::midi_file::LongNote;

/// Sets of pitch classes (bits 0 to 11) that sound, and of keys (bits 0 to 127) that start, one each sixteenth.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    pub(super) sounding: Vec<u16>,
    pub(super) onsets: Vec<u128>,
}

impl Grid {
    /// The first `steps` sixteenths of these notes.
    pub(super) fn of(notes: &[LongNote], steps: usize) -> Self {
        let mut grid = Self { sounding: vec![0; steps], onsets: vec![0; steps] };
        for note in notes {
            if let Some(onsets) = grid.onsets.get_mut(note.start as usize) {
                *onsets |= 1 << note.key.get();
            }
            let end = (note.end as usize).min(steps);
            for sounding in grid.sounding.iter_mut().take(end).skip(note.start as usize) {
                *sounding |= 1 << note.key.pitch_class();
            }
        }
        grid
    }

    /// From this sixteenth on.
    pub(super) fn from(mut self, step: usize) -> Self {
        self.sounding.drain(..step);
        self.onsets.drain(..step);
        self
    }
}

/// The pitch classes of a set of keys.
pub(super) fn classes(mut keys: u128) -> u16 {
    let mut classes = 0;
    while keys != 0 {
        classes |= 1 << (keys.trailing_zeros() % 12);
        keys &= keys - 1;
    }
    classes
}

/// How long each pitch class sounds, in every stretch of `width` of the first `steps` sixteenths.
pub(super) fn chroma(notes: &[LongNote], steps: usize, width: usize) -> Vec<[f64; 12]> {
    let mut out = vec![[0.0; 12]; steps / width];
    for note in notes {
        for step in note.start as usize..(note.end as usize).min(steps) {
            if let Some(stretch) = out.get_mut(step / width) {
                stretch[usize::from(note.key.pitch_class())] += 1.0;
            }
        }
    }
    out
}

/// The cosine of two contents; `None` where one is empty.
pub(super) fn cosine(a: &[f64; 12], b: &[f64; 12]) -> Option<f64> {
    let length = |x: &[f64; 12]| x.iter().map(|x| x * x).sum::<f64>().sqrt();
    let lengths = length(a) * length(b);
    (lengths > 0.0).then(|| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / lengths)
}

/// Mean of 1 − cosine from one stretch to the next; 0 where nothing can be compared.
pub(super) fn movement(chroma: &[[f64; 12]]) -> f64 {
    let moves = chroma.windows(2).filter_map(|pair| cosine(&pair[0], &pair[1]).map(|likeness| 1.0 - likeness));
    average(moves).unwrap_or(0.0)
}

/// The mean, if there is anything.
#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
pub(super) fn average(numbers: impl IntoIterator<Item = f64>) -> Option<f64> {
    let (sum, count) = numbers.into_iter().fold((0.0, 0usize), |(sum, count), x| (sum + x, count + 1));
    (count > 0).then(|| sum / count as f64)
}
