//! What is kept of people's accompaniments, and its bytes.

use std::sync::{Arc, OnceLock};

use super::bars::{BARS, Slot};
use crate::predict::texture::Texture;

/// The voices of which figures are kept.
pub(super) const PARTS: usize = PART_NAMES.len();

/// Their names, as the tracks of the songs that they were learnt from are called.
pub(super) const PART_NAMES: [&str; 3] = ["Counter", "Chords", "Bass"];

/// The name of the voice that they accompany.
pub(super) const TUNE: &str = "Lead";

/// What a file of figures begins with, its version last. Required by the file inside the program.
const MAGIC: [u8; 8] = *b"figures2";

/// Velocities are kept in steps of so many. Chosen: nobody hears less.
pub(super) const VELOCITY_STEP: u8 = 4;

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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FigureMeasure {
    /// The steps at which the tune had a note that starts, a bit each.
    pub(super) tune: u16,
    /// The notes of each voice, by step.
    pub(super) parts: [Vec<FigureNote>; PARTS],
    /// What is compared of each voice.
    pub(super) rhythms: [Rhythm; PARTS],
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
}

impl Excerpt {
    /// From the notes alone: fills in what follows from them.
    pub(super) fn new(steps: u8, texture: Option<Texture>, mut measures: Vec<FigureMeasure>) -> Self {
        for measure in &mut measures {
            for (rhythm, notes) in measure.rhythms.iter_mut().zip(&measure.parts) {
                let onsets = notes.iter().filter(|note| !note.continued);
                *rhythm = Rhythm::of(onsets.map(|note| (note.step, note.velocity)));
            }
        }
        let middles = std::array::from_fn(|part| {
            let keys = measures.iter().flat_map(|measure| &measure.parts[part]).map(|note| f32::from(note.key));
            let (sum, count) = keys.fold((0.0, 0.0), |(sum, count), key| (sum + key, count + 1.0));
            if count > 0.0 { sum / count } else { 60.0 }
        });
        Self { lengths: [steps; 2], founded: HALF, texture, measures, middles }
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

/// People's accompaniments, in excerpts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FigureBank {
    pub(super) excerpts: Vec<Excerpt>,
    /// The same in each kind of bars, once they are asked for.
    in_bars: [OnceLock<Vec<Excerpt>>; BARS],
}

/// From which excerpts a measure is taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fitting<'a> {
    excerpts: &'a [Excerpt],
    /// Of which texture they are.
    pub(super) texture: Option<Texture>,
    /// How many steps the measures have that may be taken.
    pub(super) steps: u8,
    /// Which of two that follow one another they are, if that matters.
    turn: Option<usize>,
}

impl<'a> Fitting<'a> {
    /// The excerpts, and their numbers.
    pub(super) fn iter(self) -> impl Iterator<Item = (u64, &'a Excerpt)> {
        let fits = move |excerpt: &Excerpt| excerpt.texture == self.texture && excerpt.lengths.contains(&self.steps);
        (0u64..).zip(self.excerpts).filter(move |(_, excerpt)| fits(excerpt))
    }

    /// The measures of one of them that may be taken, and their places.
    pub(super) fn measures(self, excerpt: &'a Excerpt) -> impl Iterator<Item = (usize, &'a FigureMeasure)> {
        let fits =
            move |place: usize| excerpt.steps(place) == self.steps && self.turn.is_none_or(|turn| place % 2 == turn);
        excerpt.measures.iter().enumerate().filter(move |(place, _)| fits(*place))
    }
}

impl FigureBank {
    /// The bank inside the program, read once; `None` if it is damaged.
    #[must_use]
    pub fn embedded() -> Option<Arc<Self>> {
        static BANK: OnceLock<Option<Arc<FigureBank>>> = OnceLock::new();
        let read = || Self::read(include_bytes!("../../../bands/figures.bin")).map(Arc::new);
        BANK.get_or_init(read).clone()
    }

    /// These excerpts.
    pub(super) fn new(excerpts: Vec<Excerpt>) -> Self {
        Self { excerpts, ..Self::default() }
    }

    /// The middle of the keys of a voice, over all excerpts of songs as they come, in such measures.
    pub(super) fn middle(&self, part: usize, slot: Slot) -> f32 {
        let middles = self.fitting(None, slot).iter().map(|(_, excerpt)| excerpt.middles[part]);
        let (sum, count) = middles.fold((0.0, 0.0), |(sum, count), middle| (sum + middle, count + 1.0));
        if count > 0.0 { sum / count } else { 60.0 }
    }

    /// In how many such measures, of songs as they come, a voice begins a note, 0…1.
    pub(super) fn presence(&self, part: usize, slot: Slot) -> f32 {
        let fitting = self.fitting(None, slot);
        let all = fitting.iter().flat_map(|(_, excerpt)| fitting.measures(excerpt));
        let (sum, count) = all.fold((0.0, 0.0), |(sum, count), (_, measure)| {
            (sum + if measure.rhythms[part].onsets == 0 { 0.0 } else { 1.0 }, count + 1.0)
        });
        if count > 0.0 { sum / count } else { 0.0 }
    }

    /// From which excerpts such a measure is taken: where there are none of this texture those of songs as they come, and
    /// where there are none of this length, those of four quarters, which are cut.
    pub(super) fn fitting(&self, texture: Option<Texture>, slot: Slot) -> Fitting<'_> {
        let in_bars = slot.bars.map(|bars| {
            let counted = || self.excerpts.iter().filter_map(|excerpt| bars.counted(excerpt)).collect();
            self.in_bars[bars.index()].get_or_init(counted).as_slice()
        });
        let of = |excerpts, texture, steps| Fitting { excerpts, texture, steps, turn: slot.turn };
        let has = |fitting: &Fitting<'_>| fitting.iter().next().is_some();
        if let Some(excerpts) = in_bars {
            let found = [texture, None].map(|texture| of(excerpts, texture, slot.steps)).into_iter().find(has);
            if let Some(found) = found {
                return found;
            }
        }
        let whole = |texture, steps| Fitting { turn: None, ..of(&self.excerpts, texture, steps) };
        let choices =
            [(texture, slot.steps), (texture, 16), (None, slot.steps)].map(|(texture, steps)| whole(texture, steps));
        choices.into_iter().find(has).unwrap_or(whole(None, 16))
    }

    /// Of each texture in measures of each length: its name, the steps, how many excerpts and measures there are.
    #[must_use]
    pub fn textures(&self) -> Vec<(&'static str, u8, usize, usize)> {
        let of = |excerpt: &Excerpt| excerpt.texture.map(|texture| (texture.name(), excerpt.lengths[0]));
        let stretches = self.excerpts.chunk_by(|a, b| of(a) == of(b));
        stretches
            .filter_map(|those| {
                let (name, steps) = of(&those[0])?;
                Some((name, steps, those.len(), those.iter().map(|excerpt| excerpt.measures.len()).sum()))
            })
            .collect()
    }

    /// How many measures it has.
    #[must_use]
    pub fn measures(&self) -> usize {
        self.excerpts.iter().map(|excerpt| excerpt.measures.len()).sum()
    }

    /// As a file keeps it: of each excerpt its steps and texture, and how many measures, of each measure the tune's steps and, voice by voice, the
    /// notes of three bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let narrow = |number: usize| u8::try_from(number).unwrap_or(u8::MAX);
        let mut out = MAGIC.to_vec();
        for excerpt in &self.excerpts {
            let texture = excerpt.texture.map_or(0, |texture| narrow(texture.index() + 1));
            out.extend([excerpt.lengths[0], texture, narrow(excerpt.measures.len())]);
            for measure in &excerpt.measures {
                out.extend(measure.tune.to_le_bytes());
                for notes in &measure.parts {
                    out.push(narrow(notes.len()));
                    for note in notes {
                        out.push(note.step << 4 | (note.length - 1));
                        out.push(note.key | u8::from(note.continued) << 7);
                        out.push((note.degree << 5) | (note.velocity / VELOCITY_STEP));
                    }
                }
            }
        }
        out
    }

    /// The bank that these bytes keep; `None` if they contradict themselves.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut bytes = bytes.strip_prefix(&MAGIC)?;
        let mut excerpts = Vec::new();
        while !bytes.is_empty() {
            let [steps, texture, count] = take(&mut bytes)?;
            if !(1..=16).contains(&steps) {
                return None;
            }
            let texture = match usize::from(texture).checked_sub(1) {
                Some(place) => Some(*Texture::ALL.get(place)?),
                None => None,
            };
            let mut measures = Vec::new();
            for _ in 0..count {
                let mut measure = FigureMeasure { tune: u16::from_le_bytes(take(&mut bytes)?), ..Default::default() };
                for notes in &mut measure.parts {
                    let [count] = take(&mut bytes)?;
                    for _ in 0..count {
                        notes.push(note(take(&mut bytes)?).filter(|note| note.step + note.length <= steps)?);
                    }
                }
                measures.push(measure);
            }
            excerpts.push(Excerpt::new(steps, texture, measures));
        }
        Some(Self::new(excerpts))
    }
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*first)
}

fn note([place, key, rest]: [u8; 3]) -> Option<FigureNote> {
    let degree = rest >> 5;
    (degree < 7).then_some(FigureNote {
        step: place >> 4,
        length: 1 + (place & 15),
        key: key & 127,
        degree,
        velocity: (rest & 31) * VELOCITY_STEP + VELOCITY_STEP / 2,
        continued: key >> 7 == 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bank() -> FigureBank {
        let note = |step, continued| FigureNote { step, length: 4, key: 60, degree: 2, velocity: 82, continued };
        let measure = |continued| FigureMeasure {
            tune: 0x1111,
            parts: [vec![], vec![note(0, continued), note(12, false)], vec![note(8, false)]],
            ..Default::default()
        };
        FigureBank::new(vec![Excerpt::new(16, Some(Texture::Held), vec![measure(false), measure(true)])])
    }

    #[test]
    fn a_bank_comes_back_from_its_bytes_and_damaged_ones_are_refused() {
        let bytes = bank().to_bytes();
        assert_eq!(FigureBank::read(&bytes), Some(bank()));
        for length in 0..bytes.len() {
            assert_ne!(FigureBank::read(&bytes[..length]), Some(bank()), "{length} bytes");
        }
        assert_eq!(FigureBank::read(&[MAGIC.as_slice(), &[17, 0, 0]].concat()), None, "no measure has 17 steps");
        assert_eq!(FigureBank::read(&[MAGIC.as_slice(), &[16, 11, 0]].concat()), None, "there are ten textures");
    }

    #[test]
    fn a_note_goes_on_where_the_next_measure_takes_it_up() {
        let Some(excerpt) = bank().excerpts.pop() else { return };
        let notes = &excerpt.measures[0].parts[1];
        assert!(!excerpt.continues(0, 1, &notes[0]) && excerpt.continues(0, 1, &notes[1]));
        assert!(!excerpt.continues(1, 1, &notes[1]), "nothing follows the last measure");
    }

    #[test]
    fn the_bank_inside_is_whole() {
        assert!(FigureBank::embedded().is_some_and(|bank| bank.measures() > 1000));
    }
}
