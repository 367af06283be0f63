//! What is counted of what a voice does in a measure.

use crate::music::measure::{MAX_STEPS, Measure};

/// What is counted. Required: as many as [`Habit`] has.
pub(super) const COUNTED: usize = 3;

/// What one voice does in a measure: whether it begins on the downbeat, how much of the time it sounds, and how many notes it
/// strikes for each step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Habit(pub(super) [f32; COUNTED]);

impl Habit {
    /// Of notes, each where it starts, where it ends and whether it began before, in a measure of so many steps.
    pub(super) fn of(notes: impl Iterator<Item = (u8, u8, bool)>, steps: u8) -> Self {
        let steps = steps.clamp(1, MAX_STEPS);
        let (mut downbeat, mut sounding, mut struck) = (0.0, 0u32, 0.0);
        for (start, end, continued) in notes.filter(|&(start, ..)| start < steps) {
            (start..end.min(steps)).for_each(|step| sounding |= 1 << step);
            if !continued {
                struck += 1.0;
                downbeat = if start == 0 { 1.0 } else { downbeat };
            }
        }
        let sounding = (0..steps).filter(|step| sounding >> step & 1 == 1).map(|_| 1.0).sum::<f32>();
        Self([downbeat, sounding / f32::from(steps), struck / f32::from(steps)])
    }

    /// Of the band's.
    pub(super) fn of_band(measure: &Measure) -> Self {
        Self::of(measure.notes().iter().map(|note| (note.step.0, note.end(), note.continued)), measure.steps())
    }

    /// The mean of several measures, voice by voice; of none, nothing.
    pub(super) fn means<const VOICES: usize>(measures: impl Iterator<Item = [Self; VOICES]>) -> [Self; VOICES] {
        let (mut out, mut count) = ([Self::default(); VOICES], 0.0f32);
        for habits in measures {
            let both = out.iter_mut().zip(habits);
            both.for_each(|(sum, one)| sum.0.iter_mut().zip(one.0).for_each(|(sum, one)| *sum += one));
            count += 1.0;
        }
        out.map(|sum| Self(sum.0.map(|sum| sum / count.max(1.0))))
    }

    /// Where so many times the notes are wanted.
    pub(super) fn denser(self, times: f32) -> Self {
        let [downbeat, sounds, struck] = self.0;
        Self([downbeat, sounds, struck * times])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::note::{Key, Note};

    fn habit(notes: &[(u8, u8)]) -> Habit {
        let note = |&(step, length): &(u8, u8)| Note::new(step, length, Key::clamped(60 + i32::from(step)));
        Habit::of_band(&Measure::from_notes(16, notes.iter().map(note)))
    }

    #[test]
    fn a_voice_is_counted_once_where_it_sounds_twice() {
        assert_eq!(habit(&[(0, 8), (4, 4)]), Habit([1.0, 0.5, 2.0 / 16.0]));
        assert_eq!(habit(&[(8, 4)]), Habit([0.0, 0.25, 1.0 / 16.0]));
        let held = Note { continued: true, ..Note::new(0, 8, Key::clamped(60)) };
        assert_eq!(Habit::of_band(&Measure::from_notes(16, [held])), Habit([0.0, 0.5, 0.0]), "nothing is struck");
    }
}
