//! What is kept of people's accompaniments, and its bytes.

use std::sync::{Arc, OnceLock};

use super::bars::{BARS, Slot};
use super::excerpt::{Excerpt, FigureMeasure, FigureNote};
use super::person::Person;
use super::struck::Struck;
use crate::predict::texture::Texture;

/// What a file of figures begins with, its version last. Required by the file inside the program.
const MAGIC: [u8; 8] = *b"figures2";

/// Velocities are kept in steps of so many. Chosen: nobody hears less.
pub(super) const VELOCITY_STEP: u8 = 4;

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

    /// Whose habits the band has where a tune is struck so, in such measures of this texture: those of who accompanied the tune
    /// that was struck most like it; of no tune, the means of all people.
    pub(super) fn person(&self, tune: Option<&Struck>, texture: Option<Texture>, slot: Slot) -> Person {
        let fitting = self.fitting(texture, slot);
        let far = |excerpt: &Excerpt| Some(excerpt.struck?.apart(tune?, slot.steps));
        let people = fitting.iter().filter_map(|(_, excerpt)| Some((far(excerpt)?, excerpt)));
        let played = |excerpt| fitting.measures(excerpt).map(|(_, measure)| measure);
        let measures: Vec<&FigureMeasure> = match people.min_by(|(one, _), (other, _)| one.total_cmp(other)) {
            Some((_, nearest)) => played(nearest).collect(),
            None => fitting.iter().flat_map(|(_, excerpt)| played(excerpt)).collect(),
        };
        Person::of(&measures)
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
            excerpts.push(Excerpt::new([steps; 2], texture, measures));
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
        FigureBank::new(vec![Excerpt::new([16; 2], Some(Texture::Held), vec![measure(false), measure(true)])])
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
    fn the_band_has_the_habits_of_whose_tune_is_struck_most_like_the_users() {
        // One whose tune goes in quarters, and whose chords play; one with a tune of a note a measure, whose bass plays.
        let note = |step| FigureNote { step, length: 4, key: 60, degree: 0, velocity: 82, continued: false };
        let person = |tune, part: usize| {
            let mut measure = FigureMeasure { tune, ..Default::default() };
            measure.parts[part].push(note(0));
            Excerpt::new([16; 2], None, vec![measure; 2])
        };
        let bank = FigureBank::new(vec![person(0x1111, 1), person(0x0001, 2)]);
        let of = |steps: Option<u16>| {
            let tune = steps.and_then(|steps| Struck::of(std::iter::once(steps)));
            bank.person(tune.as_ref(), None, Slot::whole(16)).presence
        };
        assert_eq!((of(Some(0x1011)), of(Some(0x0101))), ([0.0, 1.0, 0.0], [0.0, 0.0, 1.0]));
        assert_eq!(of(None), [0.0, 0.5, 0.5], "to no tune, what all people do");
    }

    #[test]
    fn the_bank_inside_is_whole() {
        assert!(FigureBank::embedded().is_some_and(|bank| bank.measures() > 1000));
    }
}
