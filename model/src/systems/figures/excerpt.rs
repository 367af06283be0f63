//! Measures of people's accompaniments that follow one another.

use super::habits::Habit;
use super::struck::Struck;
use crate::predict::texture::Texture;

/// The voices of which figures are kept.
pub(super) const PARTS: usize = PART_NAMES.len();

/// Their names, as the tracks of the songs that they were learnt from are called.
pub(super) const PART_NAMES: [&str; 3] = ["Counter", "Chords", "Bass"];

/// The name of the voice that they accompany.
pub(super) const TUNE: &str = "Lead";

/// Every so many steps the bass says which chord it is, as people's measures are. Chosen: half a measure of four quarters.
const HALF: u8 = 8;

/// One note of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FigureNote {
    /// Where it starts, in steps.
    pub(super) step: u8,
    /// How long it sounds, in steps.
    pub(super) length: u8,
    /// Which key was played, in C.
    pub(super) key: u8,
    /// Its place in the chord, 0 (the root) to 6 (the seventh).
    pub(super) degree: u8,
    /// How loud.
    pub(super) velocity: u8,
    /// It began in the measure before.
    pub(super) continued: bool,
}

/// What people played in one measure.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct FigureMeasure {
    /// The steps at which the tune had a note that starts, a bit each.
    pub(super) tune: u16,
    /// The notes of each voice, by step.
    pub(super) parts: [Vec<FigureNote>; PARTS],
    /// What is compared of each voice.
    pub(super) rhythms: [Rhythm; PARTS],
    /// What is counted of each voice.
    pub(super) habits: [Habit; PARTS],
}

/// What is compared of one voice's measure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rhythm {
    /// The steps at which a note starts, a bit each.
    pub(super) onsets: u16,
    /// Identifies how loud it is at each of them.
    pub(super) loudness: u32,
}

impl Rhythm {
    /// The rhythm of the notes that start at these steps with these velocities, the steps in order.
    pub(super) fn of(notes: impl Iterator<Item = (u8, u8)>) -> Self {
        let mut loudest = [0u8; 16];
        for (step, velocity) in notes.filter(|&(step, _)| step < 16) {
            let at = &mut loudest[usize::from(step)];
            *at = (*at).max(velocity.max(1));
        }
        let mut out = Self::default();
        for (step, &velocity) in loudest.iter().enumerate().filter(|(_, velocity)| **velocity > 0) {
            out.onsets |= 1 << step;
            // FNV-1a (Fowler, Noll and Vo).
            out.loudness = (out.loudness ^ u32::from(velocity)).wrapping_mul(0x0100_0193) ^ (1 << step);
        }
        out
    }
}

/// Measures of one song that follow one another, all of one length.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Excerpt {
    /// How many steps the measures have, in turn: all the same, but in bars of two lengths.
    pub(super) lengths: [u8; 2],
    /// Every so many steps the bass says which chord it is.
    pub(super) founded: u8,
    /// Of which texture it is; `None`: of a song as it comes.
    pub(super) texture: Option<Texture>,
    /// The measures, from a phrase's first.
    pub(super) measures: Vec<FigureMeasure>,
    /// The middle of each voice's keys.
    pub(super) middles: [f32; PARTS],
    /// How the tune is struck; `None`: it never plays.
    pub(super) struck: Option<Struck>,
}

impl Excerpt {
    /// From the notes alone, in measures of these lengths in turn: fills in what follows from them.
    pub(super) fn new(lengths: [u8; 2], texture: Option<Texture>, mut measures: Vec<FigureMeasure>) -> Self {
        for (place, measure) in measures.iter_mut().enumerate() {
            for (rhythm, notes) in measure.rhythms.iter_mut().zip(&measure.parts) {
                let onsets = notes.iter().filter(|note| !note.continued);
                *rhythm = Rhythm::of(onsets.map(|note| (note.step, note.velocity)));
            }
            for (habit, notes) in measure.habits.iter_mut().zip(&measure.parts) {
                let notes = notes.iter().map(|note| (note.step, note.step + note.length, note.continued));
                *habit = Habit::of(notes, lengths[place % 2]);
            }
        }
        let middles = std::array::from_fn(|part| {
            let keys = measures.iter().flat_map(|measure| &measure.parts[part]).map(|note| f32::from(note.key));
            let (sum, count) = keys.fold((0.0, 0.0), |(sum, count), key| (sum + key, count + 1.0));
            if count > 0.0 { sum / count } else { 60.0 }
        });
        let struck = Struck::of(measures.iter().map(|measure| measure.tune));
        Self { lengths, founded: HALF, texture, measures, middles, struck }
    }

    /// How many steps a measure has.
    pub(super) const fn steps(&self, measure: usize) -> u8 {
        self.lengths[measure % 2]
    }

    /// Does this note of a voice go on in the next measure?
    pub(super) fn continues(&self, measure: usize, part: usize, note: &FigureNote) -> bool {
        let next = self.measures.get(measure + 1).filter(|_| note.step + note.length >= self.steps(measure));
        next.is_some_and(|next| next.parts[part].iter().any(|other| other.continued && other.key == note.key))
    }
}
