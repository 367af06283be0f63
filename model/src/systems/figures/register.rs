//! How high a voice lies: where people's lies, whatever the key, and near where it was.

use super::excerpt::PARTS;
use crate::music::measure::Measure;

/// How much of a voice's middle is that of what it played in the last measures; the rest is people's. Chosen on the
/// validation songs: a voice stays where it is from excerpt to excerpt, and near people's.
const STAYS: f32 = 0.5;

/// How much of people's middle is that of all excerpts, of each voice; the rest is that of the one that is played. Chosen
/// likewise: the second tune lies now high, now low.
const COMMON: [f32; PARTS] = [0.25, 0.5, 0.5];

/// How many semitones above the excerpts' middles, which are of people's notes in C, a voice is laid. Chosen on the validation
/// songs and those of `train` that are not in the bank: voices then lie as high as people's.
const LIFTED: [f32; PARTS] = [0.0, 1.6, 1.0];

/// By how much of a semitone a voice lies higher for each that the tune does. Measured on POP909's `train`: the slopes of the
/// middles of people's Counter, Chords and Bass over their tunes' are 0.29, 0.14 and 0.08; of the bass's nothing is made.
const WITH_TUNE: [f32; PARTS] = [0.3, 0.14, 0.0];

/// Where people's tunes lie in the mean. Measured there.
const TUNE_MIDDLE: f32 = 71.5;

/// How much of what the energy raises a voice by its middle is raised. Chosen: a line that keeps from leaping, and plays
/// again what it played, follows its middle only in part.
const RISES: f32 = 1.3;

/// Around what a voice lies; middles are keys.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Register {
    /// The voice's middle in all songs, brought to C.
    pub(super) songs: f32,
    /// Its middle in the excerpt that is played, brought to C.
    pub(super) excerpt: f32,
    /// The middle of the user's tune, if there is one.
    pub(super) tune: Option<f32>,
    /// The middle of what the voice played of late, if it did.
    pub(super) before: Option<f32>,
}

impl Register {
    /// The voice's middle, brought to C by `home` semitones; the energy raises it by `rise`.
    pub(super) fn middle(&self, part: usize, home: i32, rise: f32) -> f32 {
        let to_c = i16::try_from(home).map_or(0.0, f32::from);
        let people = COMMON[part] * self.songs + (1.0 - COMMON[part]) * self.excerpt + LIFTED[part];
        let with_tune = self.tune.map_or(0.0, |tune| WITH_TUNE[part] * (tune - TUNE_MIDDLE));
        let people = people + with_tune + RISES * rise;
        to_c + self.before.map_or(people, |before| STAYS * before + (1.0 - STAYS) * people)
    }
}

/// The middle of these notes, a key.
pub(super) fn middle_of<'a>(measures: impl Iterator<Item = &'a Measure>) -> Option<f32> {
    let notes = measures.flat_map(Measure::onsets);
    let (sum, count) = notes.fold((0.0, 0.0), |(sum, count), note| (sum + f32::from(note.key.get()), count + 1.0));
    (count > 0.0).then(|| sum / count)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNTER: usize = 0;

    /// How high a second tune lies in a key `home` semitones below C.
    fn heard(home: i32, tune: Option<f32>, before: Option<f32>) -> f32 {
        let register = Register { songs: 72.0, excerpt: 76.0, tune, before };
        register.middle(COUNTER, home, 0.0) - f32::from(i16::try_from(home).expect("a few semitones"))
    }

    #[test]
    fn a_voice_lies_as_high_in_any_key_near_where_it_was_and_higher_over_a_higher_tune() {
        for home in -6..6 {
            assert!((heard(home, None, None) - 75.0).abs() < 1e-3);
            assert!((heard(home, None, Some(71.0)) - 73.0).abs() < 1e-3);
        }
        assert!((heard(0, Some(TUNE_MIDDLE), None) - 75.0).abs() < 1e-3);
        assert!((heard(0, Some(TUNE_MIDDLE + 10.0), None) - 78.0).abs() < 1e-3);
    }
}
