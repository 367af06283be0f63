//! Charts: which chord is to be played when, measure by measure.

mod edit;
mod error;
mod laid;
mod print;
mod read;

pub use error::{ChartError, ChartProblem};
pub use laid::{BarPlace, ChartLoop, LaidChart};

use crate::music::chord::ChordSymbol;
use crate::music::measure::MAX_STEPS;

/// The most measures that a chart has once its repeats are written out. Chosen: as many as a song that is read.
pub const MOST_CHART_MEASURES: usize = 10_000;

/// The most chords in a measure. Required: a measure has no more steps.
pub const MOST_CHORDS: usize = MAX_STEPS as usize;

/// Chords, measure by measure, all repeats written out. After its last measure it begins again.
///
/// # Examples
/// ```
/// use model::music::chart::Chart;
///
/// let chart: Chart = "[A]\n| C | Am7 F | G7 | % |".parse().unwrap();
/// assert_eq!(chart.len(), 4);
/// let named = |measure, step| chart.at(measure, step, 16).map(|symbol| symbol.to_string());
/// assert_eq!(named(1, 7).as_deref(), Some("Am7"));
/// assert_eq!(named(1, 8).as_deref(), Some("F"));
/// assert_eq!(named(7, 0).as_deref(), Some("G7"), "it loops");
/// assert_eq!(chart.to_string(), "[A]\n| C | Am7 F | G7 | % |\n");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chart {
    /// Each measure's chords share it equally, as few as say the same; a chord that is left to the band is `None`. No
    /// measure is empty.
    measures: Vec<Vec<Option<ChordSymbol>>>,
    /// Where sections begin, and their names.
    sections: Vec<(usize, String)>,
}

/// A measure has so many halves at most. Required by [`halves`].
const HALVES: usize = 2;

/// What is known of the chords of one measure: the chord of each step, and whether it is known, held since the user's music
/// comes round, or only foretold; and of foretold ones, what may sound whichever comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MeasureChords {
    steps: [Option<ChordSymbol>; MAX_STEPS as usize],
    /// The steps whose chords are foretold, a bit each.
    foretold: u16,
    /// The steps whose chords are known since they are held, a bit each.
    held: u16,
    /// How much each class is expected to sound in each half, of 255; nothing at all where it was not said.
    expected: [[u8; 12]; HALVES],
}

impl MeasureChords {
    /// Nothing is known.
    pub const NONE: Self =
        Self { steps: [None; MAX_STEPS as usize], foretold: 0, held: 0, expected: [[0; 12]; HALVES] };

    /// The chord of a step, where it is known.
    #[must_use]
    pub fn at(&self, step: u8) -> Option<ChordSymbol> {
        self.steps.get(usize::from(step)).copied().flatten()
    }

    /// Is the chord of this step foretold, and not known?
    #[must_use]
    pub fn is_foretold(&self, step: u8) -> bool {
        step < MAX_STEPS && self.foretold >> step & 1 == 1
    }

    /// Is the chord of this step known since it sounded one round before?
    #[must_use]
    pub fn is_held(&self, step: u8) -> bool {
        step < MAX_STEPS && self.held >> step & 1 == 1
    }

    /// From one step to another it is known to be this chord, since that sounded one round before.
    pub fn hold(&mut self, (from, to): (u8, u8), chord: ChordSymbol) {
        self.set_until((from, to), Some(chord));
        (from..to.min(MAX_STEPS)).for_each(|step| self.held |= 1 << step);
    }

    /// In a half of the measure each class is expected to sound so much, 0…1, whichever chord comes.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates: at most 255")]
    pub fn expect(&mut self, half: usize, classes: &[f32; 12]) {
        if let Some(expected) = self.expected.get_mut(half) {
            *expected = classes.map(|sounds| (sounds * 255.0).round() as u8);
        }
    }

    /// How much each class is expected to sound in each half of a measure of so many steps, 0…1, whichever chord comes; `None`
    /// where the chord is known, or nobody said it.
    pub fn expected(&self, steps: u8) -> impl Iterator<Item = Option<[f32; 12]>> {
        halves(steps).zip(self.expected).map(|((from, _), classes)| {
            let said = self.is_foretold(from) && classes.iter().any(|&sounds| sounds > 0);
            said.then(|| classes.map(|sounds| f32::from(sounds) / 255.0))
        })
    }

    /// Where nothing is known, these chords are foretold.
    pub fn foretell(&mut self, chords: &Self) {
        let before = self.foretold;
        for (step, (place, chord)) in self.steps.iter_mut().zip(chords.steps).enumerate() {
            if place.is_none() && chord.is_some() {
                *place = chord;
                self.foretold |= 1 << step;
            }
        }
        if self.foretold != before {
            self.expected = chords.expected;
        }
    }

    /// From this step to the end of the measure it is known to be this chord.
    pub fn set_from(&mut self, step: u8, chord: Option<ChordSymbol>) {
        let before = 1u16.checked_shl(step.into()).map_or(u16::MAX, |bit| bit - 1);
        (self.foretold, self.held) = (self.foretold & before, self.held & before);
        self.steps.iter_mut().skip(usize::from(step)).for_each(|place| *place = chord);
    }

    /// From one step to another it is known to be this chord.
    pub fn set_until(&mut self, (from, to): (u8, u8), chord: Option<ChordSymbol>) {
        let after = *self;
        self.set_from(from, chord);
        for step in to.max(from)..MAX_STEPS {
            self.steps[usize::from(step)] = after.steps[usize::from(step)];
            self.foretold |= after.foretold & 1 << step;
            self.held |= after.held & 1 << step;
        }
    }

    /// Is the chord of any step known, and not only foretold?
    #[must_use]
    pub fn is_known(&self) -> bool {
        (0..MAX_STEPS).any(|step| self.at(step).is_some() && !self.is_foretold(step))
    }

    /// Is nothing known?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.iter().all(Option::is_none)
    }
}

impl Chart {
    /// A chart of these measures, each with its chords, which share it equally; `None` is left to the band. A measure
    /// without any is left to the band; of more chords than a measure has steps those that do not sound are left out.
    #[must_use]
    pub fn new(measures: impl IntoIterator<Item = Vec<Option<ChordSymbol>>>) -> Self {
        Self { measures: measures.into_iter().map(sharing).collect(), sections: Vec::new() }
    }

    /// How many measures it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.measures.len()
    }

    /// Has it none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.measures.is_empty()
    }

    /// Where its sections begin, in measures from 0, and their names.
    pub fn sections(&self) -> impl ExactSizeIterator<Item = (usize, &str)> {
        self.sections.iter().map(|(start, name)| (*start, name.as_str()))
    }

    /// The chord at a step of a measure that has so many steps; measures count from 0 and the chart loops. `None`: it is
    /// left to the band.
    #[must_use]
    pub fn at(&self, measure: usize, step: u8, steps: u8) -> Option<ChordSymbol> {
        self.share(measure.checked_rem(self.len())?, step.into(), steps.into())
    }

    /// The chord at a step of a measure that has so many.
    fn share(&self, measure: usize, step: u16, steps: u16) -> Option<ChordSymbol> {
        let chords = self.measures.get(measure)?;
        let steps = usize::from(steps.max(1));
        chords[usize::from(step).min(steps - 1) * chords.len() / steps]
    }

    /// The chords of a measure that has so many steps.
    #[must_use]
    pub fn measure(&self, measure: usize, steps: u8) -> MeasureChords {
        let mut chords = MeasureChords::NONE;
        (0..steps.min(MAX_STEPS)).for_each(|step| chords.set_from(step, self.at(measure, step, steps)));
        chords
    }

    /// The chart moved by so many semitones.
    #[must_use]
    pub fn transposed(&self, semitones: i32) -> Self {
        let moved = |symbol: &Option<ChordSymbol>| symbol.map(|symbol| symbol.transposed(semitones));
        let measures = self.measures.iter().map(|chords| chords.iter().map(moved).collect()).collect();
        Self { measures, sections: self.sections.clone() }
    }
}

/// The chords of a measure that share it equally: at least one, at most as many as it has steps, as few as say the same.
fn sharing(mut chords: Vec<Option<ChordSymbol>>) -> Vec<Option<ChordSymbol>> {
    if chords.is_empty() {
        chords.push(None);
    }
    chords = fewest(&chords);
    if chords.len() > MOST_CHORDS {
        chords = fewest(&(0..MOST_CHORDS).map(|step| chords[step * chords.len() / MOST_CHORDS]).collect::<Vec<_>>());
    }
    chords
}

/// The fewest chords that say the same: of those that share a measure, so many at a time that are alike become one.
fn fewest(chords: &[Option<ChordSymbol>]) -> Vec<Option<ChordSymbol>> {
    let count = chords.len();
    let whole = |parts: &usize| {
        count.is_multiple_of(*parts)
            && chords.chunks(count / parts).all(|part| part.iter().all(|chord| *chord == part[0]))
    };
    let parts = (1..=count).find(whole).unwrap_or(1);
    chords.chunks((count / parts).max(1)).map(|part| part[0]).collect()
}

/// Where the chords of a measure of so many steps may change: the ends of its halves, or of the whole where it is short.
///
/// # Examples
/// ```
/// use model::music::chart::halves;
///
/// assert_eq!(halves(16).collect::<Vec<_>>(), [(0, 8), (8, 16)]);
/// assert_eq!(halves(12).collect::<Vec<_>>(), [(0, 12)]);
/// ```
pub fn halves(steps: u8) -> impl ExactSizeIterator<Item = (u8, u8)> {
    let middle = if steps > 12 { 8 } else { steps };
    [(0, middle), (middle, steps)].into_iter().take(if middle < steps { 2 } else { 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_sound_is_said_of_halves_that_are_foretold() {
        let chord = |name: &str| Some(name.parse::<ChordSymbol>().expect("a chord"));
        let (mut known, mut foretold) = (MeasureChords::NONE, MeasureChords::NONE);
        foretold.set_from(0, chord("C"));
        let classes = std::array::from_fn(|class| if class == 4 { 0.6 } else { 0.0 });
        (0..2).for_each(|half| foretold.expect(half, &classes));
        assert_eq!(foretold.expected(16).flatten().count(), 0, "these are a plan, which is told to nobody yet");
        known.set_from(8, chord("N.C."));
        known.foretell(&foretold);
        let [first, second] = known.expected(16).collect::<Vec<_>>()[..] else { panic!("two halves") };
        assert_eq!(first.map(|classes| (classes[0], classes[4])), Some((0.0, 0.6)));
        assert_eq!((second, known.expected(12).count()), (None, 1));
    }

    #[test]
    fn what_is_known_stands_and_the_rest_is_foretold() {
        let chord = |name: &str| Some(name.parse::<ChordSymbol>().expect("a chord"));
        let (mut known, mut foretold) = (MeasureChords::NONE, MeasureChords::NONE);
        foretold.set_from(0, chord("C"));
        known.set_from(8, chord("N.C."));
        known.foretell(&foretold);
        assert_eq!((known.at(7), known.at(8)), (chord("C"), chord("N.C.")));
        assert!(known.is_foretold(7) && !known.is_foretold(8) && !known.is_foretold(200));
        known.set_until((2, 4), chord("F"));
        assert_eq!([1, 2, 3, 4, 8].map(|step| known.at(step)), ["C", "F", "F", "C", "N.C."].map(chord));
        assert!(known.is_foretold(1) && !known.is_foretold(2) && known.is_foretold(4) && !known.is_foretold(8));
        known.set_from(4, chord("F"));
        assert!(known.is_foretold(1) && !known.is_foretold(4));
    }

    #[test]
    fn what_is_held_is_known_until_something_else_is() {
        let chord: ChordSymbol = "C".parse().expect("a chord");
        let mut chords = MeasureChords::NONE;
        chords.hold((8, 16), chord);
        assert_eq!([7, 8, 15, 16].map(|step| chords.is_held(step)), [false, true, true, false]);
        assert_eq!((chords.at(7), chords.at(8), chords.is_foretold(8)), (None, Some(chord), false));
        chords.set_until((8, 12), Some(chord));
        assert_eq!([8, 11, 12].map(|step| chords.is_held(step)), [false, false, true], "a chart's is known by itself");
    }
}
