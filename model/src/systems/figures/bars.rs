//! People's measures of four and of three quarters, in bars that are counted otherwise.
//!
//! Nobody's accompaniment in 6/8 was learnt. So, as by the drummer, four-four is played with dotted beats. Of the four that
//! make a beat, the first three become its three eighths; the fourth is played as the third, if nothing else is, else left
//! out: two eighths lilt, a quarter and an eighth, and what flows flows in all three.
//!
//! ```text
//!                                            of four          of three
//! sixteenths of a quarter                    0  1  2  3       0  2  4 (4)   what moves in quarters, or in sixteenths
//! eighths of a half measure                  0  2  4  6       0  2  4 (4)   what moves in eighths
//! ```

use super::excerpt::{Excerpt, FigureMeasure, FigureNote, Rhythm};
use crate::music::chart::BarPlace;
use crate::predict::predictor::PredictRequest;
use crate::predict::texture::Texture;

/// The place of the chords among the voices. Required: the bank's order.
const CHORDS: usize = 1;

/// How often chords are struck in four quarters if they move in eighths, where they are of no texture: below it is in quarters,
/// above it in sixteenths. Chosen: half-way between the textures of each, as a musician describes them.
const IN_EIGHTHS: std::ops::Range<f32> = 5.5..9.5;

/// Bars in which people's measures are not played as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bars {
    /// Of two quarters: half of one that has four.
    TwoQuarters,
    /// Of dotted beats, two in a measure: 6/8 and 12/8.
    DottedBeats,
    /// Of three dotted beats, two and one: 9/8.
    ThreeDottedBeats,
    /// Of three eighths: a waltz in eighths, or a dotted beat that flows.
    ThreeEighths,
}

/// How many kinds of bars there are. Required: as many as are told above.
pub(super) const BARS: usize = 4;

/// Which part of people's measure becomes a measure: from which step to which.
type Part = (u8, u8);

/// How an excerpt is played in such bars.
#[derive(Clone, Copy)]
struct Way {
    /// What becomes the measures of a bar, in turn.
    parts: [Part; 2],
    /// So many steps of people's …
    group: u8,
    /// … become so many.
    becomes: u8,
}

impl Bars {
    /// The bars in which a measure of so many steps lies there; `None`: people's measures are played as they are.
    pub(super) fn of(place: BarPlace, steps: u8) -> Option<Self> {
        match (place.beat, place.of, steps) {
            (4, 8, 8) => Some(Self::TwoQuarters),
            (6, 18, 12) | (6, _, 6) => Some(Self::ThreeDottedBeats),
            (6, _, 12) => Some(Self::DottedBeats),
            (2, 6, 6) => Some(Self::ThreeEighths),
            _ => None,
        }
    }

    /// Its number, from 0.
    pub(super) const fn index(self) -> usize {
        self as usize
    }

    /// How an excerpt is played; `None`: not at all.
    fn way(self, excerpt: &Excerpt) -> Option<Way> {
        let way = |parts, group, becomes| Some(Way { parts, group, becomes });
        match (self, excerpt.lengths[0], moves_in_eighths(excerpt)) {
            (Self::TwoQuarters, 16, _) => way([(0, 8), (8, 16)], 8, 8),
            (Self::DottedBeats, 16, true) => way([(0, 16); 2], 8, 6),
            (Self::DottedBeats, 16, false) => way([(0, 8), (8, 16)], 4, 6),
            (Self::ThreeDottedBeats, 16, true) => way([(0, 16), (8, 16)], 8, 6),
            (Self::ThreeDottedBeats, 12, false) => way([(0, 8), (8, 12)], 4, 6),
            (Self::ThreeEighths, 16, true) => way([(0, 8), (8, 16)], 8, 6),
            (Self::ThreeEighths, 12, false) => way([(0, 12); 2], 2, 1),
            _ => None,
        }
    }

    /// People's excerpt in such bars; `None` where it is of no use in them.
    pub(super) fn counted(self, excerpt: &Excerpt) -> Option<Excerpt> {
        let way = self.way(excerpt)?;
        // A whole measure that becomes one is not played twice.
        let parts = if way.parts[0] == way.parts[1] { &way.parts[..1] } else { &way.parts };
        let each = excerpt.measures.iter().flat_map(|measure| parts.iter().map(|&part| way.measure(measure, part)));
        let lengths = way.parts.map(|(from, to)| (to - from) / way.group * way.becomes);
        let mut out = Excerpt::new(lengths, excerpt.texture, each.collect());
        out.founded = excerpt.founded * way.becomes / way.group;
        Some(out)
    }
}

/// Do the chords move in eighths, mostly?
fn moves_in_eighths(excerpt: &Excerpt) -> bool {
    if let Some(texture) = excerpt.texture {
        return matches!(texture, Texture::Broken | Texture::Flowing | Texture::Rocking | Texture::Driving);
    }
    let strokes = excerpt.measures.iter().map(|measure| measure.rhythms[CHORDS].onsets.count_ones());
    let struck = strokes.filter(|&strokes| strokes > 0).map(|strokes| u8::try_from(strokes).map_or(16.0, f32::from));
    let (sum, count) = struck.fold((0.0, 0.0), |(sum, count), strokes| (sum + strokes, count + 1.0));
    let quarters = count * f32::from(excerpt.lengths[0]) / 4.0;
    quarters > 0.0 && IN_EIGHTHS.contains(&(4.0 * sum / quarters))
}

impl Way {
    /// A part of people's measure.
    fn measure(self, measure: &FigureMeasure, part: Part) -> FigureMeasure {
        let mut out = FigureMeasure::default();
        for step in (part.0..part.1).filter(|step| measure.tune >> step & 1 == 1) {
            out.tune |= 1 << self.place(step - part.0, true);
        }
        for (notes, (people, rhythm)) in out.parts.iter_mut().zip(measure.parts.iter().zip(measure.rhythms)) {
            notes.extend(people.iter().filter_map(|note| self.note(note, rhythm, part)));
            notes.sort_by_key(|note| (note.step, note.key, std::cmp::Reverse(note.length)));
            notes.dedup_by_key(|note| (note.step, note.key));
        }
        out
    }

    /// A note of a voice that has this rhythm; `None` where it does not sound.
    fn note(self, note: &FigureNote, rhythm: Rhythm, (from, to): Part) -> Option<FigureNote> {
        let end = note.step + note.length;
        if note.step >= to || end <= from {
            return None;
        }
        // Is this the fourth, and nothing the third, so that it is played there?
        let folds = |step: u8| {
            let fourth = step - step % self.group + self.kept();
            let is_struck = |steps: std::ops::Range<u8>| steps.into_iter().any(|step| rhythm.onsets >> step & 1 == 1);
            is_struck(fourth..fourth + self.fourth()) && !is_struck(fourth - self.fourth()..fourth)
        };
        let is_played = note.continued || note.step % self.group < self.kept() || folds(note.step);
        let next = note.step - note.step % self.group + self.group;
        let (step, continued) = match is_played {
            true if note.step < from => (from, true),
            true => (note.step, note.continued),
            // What was left out and still sounds on the next beat begins there.
            false if next < from => (from, true),
            false if next < end.min(to) => (next, false),
            false => return None,
        };
        let end = end.min(to);
        let (step, end) = (self.place(step - from, true), self.place(end - from, end < to && folds(end)));
        Some(FigureNote { step, length: end.max(step + 1) - step, continued, ..*note })
    }

    /// How many steps of a group are the fourth of four that become three, or the second of two that become one.
    const fn fourth(self) -> u8 {
        match self.group / 4 {
            _ if self.group == self.becomes => 0,
            0 => 1,
            quarter => quarter,
        }
    }

    /// How many come before them.
    const fn kept(self) -> u8 {
        self.group - self.fourth()
    }

    /// Where a step lies, from a part's first. The fourth of four lies where the third is, or on the next beat.
    fn place(self, step: u8, folds: bool) -> u8 {
        let within = match step % self.group {
            step if step < self.kept() => step * self.becomes / self.kept(),
            step if folds => (step - self.fourth()) * self.becomes / self.kept(),
            _ => self.becomes,
        };
        step / self.group * self.becomes + within
    }
}

/// Where the wanted measure lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Slot {
    /// How many steps it has.
    pub(super) steps: u8,
    /// In which bars, if people's measures are not played as they are.
    pub(super) bars: Option<Bars>,
    /// Which of two measures it is that are one of people's, if the meter says it.
    pub(super) turn: Option<usize>,
}

impl Slot {
    /// That of the measure which is asked for.
    pub(super) fn of(request: &PredictRequest) -> Self {
        let steps = request.steps;
        let bars = request.place.and_then(|place| Bars::of(place, steps));
        // A bar of four dotted beats is one of people's.
        let turn = request.place.filter(|place| bars == Some(Bars::DottedBeats) && place.of == 24);
        Self { steps, bars, turn: turn.map(|place| usize::from(place.from > 0)) }
    }

    /// May a measure come again here in which chords and bass strike on these steps? What was played in three quarters is as
    /// long as two dotted beats, and no music for them: it strikes the second quarter and the third, and nothing between.
    pub(super) fn counts(self, onsets: u16) -> bool {
        let strikes = |step: u8| onsets >> step & 1 == 1;
        let three = strikes(4) && strikes(8) && !strikes(6);
        !(three && self.bars == Some(Bars::DottedBeats))
    }

    /// A measure of so many steps whose place is not known.
    #[cfg(test)]
    pub(super) const fn whole(steps: u8) -> Self {
        Self { steps, bars: None, turn: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::meter::TimeSignature;
    use crate::systems::figures::bank::FigureBank;

    fn note(step: u8, length: u8) -> FigureNote {
        FigureNote { step, length, key: 60, degree: 0, velocity: 82, continued: false }
    }

    /// Notes of chords, people's, in a measure of so many steps, as they are played in each measure of such bars: step,
    /// length, and `true` where they go on from the measure before.
    fn played(bars: Bars, steps: u8, notes: &[(u8, u8)]) -> Vec<Vec<(u8, u8, bool)>> {
        let chords = notes.iter().map(|&(step, length)| note(step, length)).collect();
        let measure = FigureMeasure { parts: [vec![], chords, vec![]], ..Default::default() };
        let counted = bars.counted(&Excerpt::new([steps; 2], None, vec![measure])).expect("it is of use there");
        let of = |notes: &[FigureNote]| notes.iter().map(|note| (note.step, note.length, note.continued)).collect();
        counted.measures.iter().map(|measure| of(&measure.parts[CHORDS])).collect()
    }

    /// The same, where nothing goes on from the measure before.
    fn struck(bars: Bars, steps: u8, notes: &[(u8, u8)]) -> Vec<Vec<(u8, u8)>> {
        let measures = played(bars, steps, notes).into_iter();
        measures.map(|notes| notes.into_iter().map(|(step, length, _)| (step, length)).collect()).collect()
    }

    /// As many notes as fit, so long each.
    fn every(length: u8, steps: u8) -> Vec<(u8, u8)> {
        (0..steps).step_by(length.into()).map(|step| (step, length)).collect()
    }

    #[test]
    fn quarters_are_dotted_beats_and_what_lies_between_them_lilts() {
        let check = |notes: &[(u8, u8)], expected: [&[(u8, u8)]; 2]| {
            assert_eq!(struck(Bars::DottedBeats, 16, notes), expected, "{notes:?}");
        };
        check(&every(4, 16), [&[(0, 6), (6, 6)]; 2]);
        check(&[(0, 6), (6, 2), (8, 8)], [&[(0, 10), (10, 2)], &[(0, 12)]]);
        check(&[(0, 2), (2, 2), (12, 2)], [&[(0, 4), (4, 2)], &[(6, 4)]]);
        // A sixteenth before the beat is an eighth before it.
        check(&[(0, 3), (3, 1), (4, 4)], [&[(0, 4), (4, 2), (6, 6)], &[]]);
    }

    #[test]
    fn eighths_flow_in_all_six_and_so_do_sixteenths() {
        assert_eq!(struck(Bars::DottedBeats, 16, &every(2, 16)), [every(2, 12)]);
        assert_eq!(struck(Bars::DottedBeats, 16, &every(1, 16)), [every(2, 12), every(2, 12)]);
        // What waits for the beat in eighths waits for it still.
        let after: Vec<_> = every(2, 16).into_iter().filter(|note| note.0 % 8 > 0).collect();
        let flows: Vec<_> = every(2, 12).into_iter().filter(|note| note.0 % 6 > 0).collect();
        assert_eq!(struck(Bars::DottedBeats, 16, &after), [flows]);
    }

    #[test]
    fn what_is_held_over_the_middle_is_held_over_the_bar_line() {
        let held = played(Bars::DottedBeats, 16, &[(0, 16)]);
        assert_eq!(held, [[(0, 12, false)], [(0, 12, true)]]);
        assert_eq!(
            played(Bars::TwoQuarters, 16, &[(0, 4), (4, 12)]),
            [vec![(0, 4, false), (4, 4, false)], vec![(0, 8, true)]]
        );
        // A syncope for which there is no eighth comes on the beat.
        assert_eq!(
            played(Bars::DottedBeats, 16, &[(0, 2), (6, 1), (7, 5)]),
            [vec![(0, 4, false), (10, 2, false)], vec![(0, 6, false)]]
        );
    }

    #[test]
    fn two_quarters_are_half_of_four_note_for_note() {
        let four = every(2, 16);
        let halves = struck(Bars::TwoQuarters, 16, &four);
        assert_eq!(halves, [every(2, 8), every(2, 8)]);
        assert_eq!(struck(Bars::TwoQuarters, 16, &[(1, 2), (11, 3)]), [vec![(1, 2)], vec![(3, 3)]]);
    }

    #[test]
    fn a_waltz_has_its_three_beats_in_nine_eight_and_in_three_eight() {
        assert_eq!(struck(Bars::ThreeDottedBeats, 12, &every(4, 12)), [vec![(0, 6), (6, 6)], vec![(0, 6)]]);
        assert_eq!(struck(Bars::ThreeEighths, 12, &every(4, 12)), [every(2, 6)]);
        let flows = every(2, 16);
        assert_eq!(struck(Bars::ThreeDottedBeats, 16, &flows), [every(2, 12), every(2, 6)]);
        assert_eq!(struck(Bars::ThreeEighths, 16, &flows), [every(2, 6), every(2, 6)]);
    }

    #[test]
    fn bars_are_told_by_their_beats() {
        let of = |numerator, denominator| {
            let meter = TimeSignature::new(numerator, denominator).expect("a time signature");
            let mut from = 0;
            let parts = meter.parts().expect("whole sixteenths").map(|steps| {
                let here = BarPlace::new(0, from, meter);
                from += u16::from(steps);
                Bars::of(here, steps)
            });
            parts.collect::<Vec<_>>()
        };
        let (two, three) = (Some(Bars::DottedBeats), Some(Bars::ThreeDottedBeats));
        assert_eq!(
            [of(6, 8), of(12, 8), of(9, 8), of(15, 8)],
            [vec![two], vec![two; 2], vec![three; 2], vec![two, two, three]]
        );
        assert_eq!([of(2, 4), of(3, 8)], [[Some(Bars::TwoQuarters)], [Some(Bars::ThreeEighths)]]);
        // These are people's measures as they are, or cut.
        for (numerator, denominator) in [(4, 4), (2, 2), (3, 4), (7, 8), (5, 4), (6, 4), (1, 4), (6, 16)] {
            assert!(of(numerator, denominator).iter().all(Option::is_none), "{numerator}/{denominator}");
        }
    }

    #[test]
    fn a_waltz_does_not_come_again_in_six_eight() {
        let strikes = |steps: &[u8]| steps.iter().fold(0, |strikes, step| strikes | 1 << step);
        let slot = |bars| Slot { steps: 12, bars, turn: None };
        for (steps, comes) in
            [(&[0, 4, 8][..], false), (&[4, 8], false), (&[0, 4, 6, 10], true), (&[0, 2, 4, 6, 8], true)]
        {
            assert_eq!(slot(Some(Bars::DottedBeats)).counts(strikes(steps)), comes, "{steps:?}");
            assert!(slot(None).counts(strikes(steps)), "in three quarters it does");
        }
    }

    #[test]
    fn in_all_bars_no_key_is_struck_twice_at_once_and_all_sounds_within_its_measure() {
        let bank = FigureBank::embedded().expect("a bank");
        for (bars, steps) in [
            (Bars::TwoQuarters, [8, 8]),
            (Bars::DottedBeats, [12, 12]),
            (Bars::ThreeDottedBeats, [12, 6]),
            (Bars::ThreeEighths, [6, 6]),
        ] {
            let slot = Slot { steps: steps[0], bars: Some(bars), turn: None };
            for texture in [None].into_iter().chain(Texture::ALL.map(Some)) {
                let fitting = bank.fitting(texture, slot);
                assert_eq!(fitting.texture, texture, "{bars:?} has every texture");
                for (_, excerpt) in fitting.iter() {
                    assert_eq!(excerpt.lengths, steps);
                    for (place, measure) in excerpt.measures.iter().enumerate() {
                        for notes in &measure.parts {
                            let ends =
                                |note: &FigureNote| note.length > 0 && note.step + note.length <= steps[place % 2];
                            assert!(notes.iter().all(ends), "{bars:?}");
                            let twice =
                                |pair: &[FigureNote]| (pair[0].step, pair[0].key) >= (pair[1].step, pair[1].key);
                            assert!(!notes.windows(2).any(twice), "{bars:?}");
                        }
                    }
                }
            }
        }
    }
}
