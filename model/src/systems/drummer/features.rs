//! What the net reads at a step.

use super::blows::StepBlows;
use super::feel::{FEEL, Feel};
use super::style::{DrumStyle, STYLES};
use crate::music::drums::DRUMS;
use crate::music::measure::MAX_STEPS;

/// How many measures ago the net reads what was struck at the same place. Chosen: grooves repeat by measures, by twos and
/// by fours.
pub const LAGS: [usize; 3] = [1, 2, 4];

/// Measures of a phrase that are told apart. Chosen: pop music is built of eights.
pub const PHRASE: usize = 8;

/// The numbers of what is struck at a step.
const STRUCK: usize = 3 * DRUMS;

/// All numbers that the net reads at a step.
pub const DRUM_INPUTS: usize = STRUCK * (1 + LAGS.len())
    + LAGS.len()
    + DRUMS
    + 2 * MAX_STEPS as usize
    + PHRASE
    + STYLES
    + FEEL
    + 2
    + 2
    + 5
    + 3
    + 2;

/// What is known of the user at a step. They are taken to go on as in the measure that was heard last.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct UserStep {
    /// How hard they strike at this step, 0 (not at all) to 1, and at the next.
    pub now: f32,
    /// As above.
    pub next: f32,
    /// How many steps of the measure they strike at, 0 to 1.
    pub density: f32,
    /// How loud they are on average, 0 to 1.
    pub loudness: f32,
}

/// All that is known at a step.
#[derive(Clone, Copy, Debug)]
pub struct StepScene<'a> {
    /// What was struck at the step before.
    pub before: &'a StepBlows,
    /// What was struck at the same place so many measures ago ([`LAGS`]); `None` where that is not known.
    pub ago: [Option<&'a StepBlows>; LAGS.len()],
    /// What was struck a measure ago at the step after.
    pub after: Option<&'a StepBlows>,
    /// The step in its measure, from 0.
    pub step: u8,
    /// How many steps the measure has.
    pub steps: u8,
    /// Which measure of an eight it is, from 0.
    pub phrase: usize,
    /// The style, if it is known.
    pub style: Option<DrumStyle>,
    /// How it is played, if that is known.
    pub feel: Option<&'a Feel>,
    /// Quarter notes a minute.
    pub tempo: f32,
    /// Is the measure a fill, and was the one before?
    pub fill: bool,
    /// As above.
    pub filled: bool,
    /// The user, if they are heard.
    pub user: Option<UserStep>,
    /// Whether the bass begins a note at this step, and at the next, if that is known.
    pub bass: Option<(bool, bool)>,
    /// Whether chords begin at this step, if that is known.
    pub chords: Option<bool>,
}

/// Writes one number after the other.
struct Pen<'a> {
    row: &'a mut [f32],
    at: usize,
}

impl Pen<'_> {
    fn put(&mut self, number: f32) {
        self.row[self.at] = number;
        self.at += 1;
    }

    fn flag(&mut self, set: bool) {
        self.put(f32::from(u8::from(set)));
    }

    /// One of so many.
    fn one_of(&mut self, place: Option<usize>, many: usize) {
        if let Some(place) = place.filter(|&place| place < many) {
            self.row[self.at + place] = 1.0;
        }
        self.at += many;
    }

    fn struck(&mut self, blows: Option<&StepBlows>) {
        for (place, blow) in blows.iter().flat_map(|blows| blows.iter().enumerate()) {
            if blow.loud > 0.0 {
                self.row[self.at + place] = 1.0;
                self.row[self.at + DRUMS + place] = blow.loud;
                self.row[self.at + 2 * DRUMS + place] = BESIDE * blow.beside;
            }
        }
        self.at += STRUCK;
    }
}

/// By how much offsets are larger to the net than they are. Chosen: they spread as far as the other numbers then.
const BESIDE: f32 = 2.0;

impl StepScene<'_> {
    /// Its numbers.
    ///
    /// # Shapes
    /// - row: `[DRUM_INPUTS]`, overwritten
    pub fn write(&self, row: &mut [f32]) {
        row.fill(0.0);
        let mut pen = Pen { row, at: 0 };
        pen.struck(Some(self.before));
        for ago in self.ago {
            pen.struck(ago);
            pen.flag(ago.is_some());
        }
        for drum in 0..DRUMS {
            pen.flag(self.after.is_some_and(|after| after[drum].loud > 0.0));
        }
        pen.one_of(Some(self.step.into()), MAX_STEPS.into());
        pen.one_of(usize::from(self.steps).checked_sub(1), MAX_STEPS.into());
        pen.one_of(Some(self.phrase % PHRASE), PHRASE);
        pen.one_of(self.style.map(DrumStyle::index), STYLES);
        match self.feel {
            Some(feel) => feel.0.iter().for_each(|&number| pen.put(number)),
            None => pen.at += FEEL,
        }
        pen.flag(self.feel.is_some());
        pen.put((self.tempo.clamp(20.0, 400.0) / USUAL_TEMPO).log2());
        pen.flag(self.fill);
        pen.flag(self.filled);
        let UserStep { now, next, density, loudness } = self.user.unwrap_or_default();
        [now, next, density, loudness].into_iter().for_each(|number| pen.put(number));
        pen.flag(self.user.is_some());
        let (now, next) = self.bass.unwrap_or_default();
        [now, next, self.bass.is_some(), self.chords.unwrap_or_default(), self.chords.is_some()]
            .into_iter()
            .for_each(|set| pen.flag(set));
        debug_assert_eq!(pen.at, DRUM_INPUTS, "all numbers are written");
    }
}

/// The tempo that is 0 to the net, in quarter notes a minute. Chosen: the middle of the takes.
const USUAL_TEMPO: f32 = 110.0;

#[cfg(test)]
mod tests {
    use super::super::blows::{Blow, NO_BLOWS};
    use super::*;
    use crate::music::drums::Drum;

    #[test]
    fn what_is_known_stands_at_its_place() {
        let mut before = NO_BLOWS;
        before[Drum::Snare.index()] = Blow { loud: 0.5, beside: -0.25 };
        let mut scene = StepScene {
            before: &before,
            ago: [None; 3],
            after: None,
            step: 3,
            steps: 12,
            phrase: 9,
            style: Some(DrumStyle::Rock),
            feel: None,
            tempo: 220.0,
            fill: true,
            filled: false,
            user: None,
            bass: Some((false, true)),
            chords: None,
        };
        let mut row = vec![7.0; DRUM_INPUTS];
        scene.write(&mut row);
        let found: Vec<(usize, f32)> = row.iter().copied().enumerate().filter(|(_, number)| *number != 0.0).collect();
        let steps = 4 * STRUCK + 3 + DRUMS;
        let style = steps + 32 + PHRASE;
        let rest = style + STYLES + FEEL + 1;
        let expected = [
            (1, 1.0),
            (DRUMS + 1, 0.5),
            (2 * DRUMS + 1, -0.5),
            (steps + 3, 1.0),
            (steps + 16 + 11, 1.0),
            (steps + 32 + 1, 1.0),
            (style + DrumStyle::Rock.index(), 1.0),
            (rest, 1.0),
            (rest + 1, 1.0),
            (rest + 9, 1.0),
            (rest + 10, 1.0),
        ];
        assert_eq!(found, expected);
        scene.ago[2] = Some(&before);
        scene.write(&mut row);
        let third = STRUCK + 2 * (STRUCK + 1);
        assert_eq!([row[third + 1], row[third + STRUCK]], [1.0, 1.0]);
    }
}
