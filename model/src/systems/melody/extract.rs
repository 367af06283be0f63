//! Finding the melodies in a piece, to learn from.

use serde::{Deserialize, Serialize};

use super::events::Melody;
use crate::music::measure::{Measure, MonoStep};
use crate::systems::checks::{self, Refused};

/// What counts as a melody.
///
/// # Source
/// Magenta's melody extraction (2016): `min_bars` 7, `min_unique_pitches` 5, `gap_bars` 1, of notes that begin together
/// the highest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Extraction {
    /// The fewest measures.
    pub least_measures: usize,
    /// The fewest different pitch classes.
    pub least_classes: usize,
    /// A silence of more measures than these ends a melody.
    pub gap_measures: usize,
}

impl Default for Extraction {
    fn default() -> Self {
        Self { least_measures: 7, least_classes: 5, gap_measures: 1 }
    }
}

/// The longest melody that may be asked for and the longest silence in one, in measures. Chosen: longer than any piece.
const MOST_MEASURES: usize = 10_000;

impl Extraction {
    /// Can there be such melodies?
    ///
    /// # Errors
    /// [`Refused`], which names the option that is wrong and what it may be.
    pub fn check(&self) -> Result<(), Refused> {
        checks::count("least-measures", self.least_measures, 0..=MOST_MEASURES)?;
        checks::count("least-classes", self.least_classes, 0..=12)?;
        checks::count("gap-measures", self.gap_measures, 0..=MOST_MEASURES)
    }
}

/// The melodies of a voice: each begins with the measure of its first note and ends with that of its last. A change of
/// the measures' length ends one.
#[must_use]
pub fn extract(measures: &[Measure], rules: Extraction) -> Vec<Melody> {
    let mut found = Vec::new();
    for steady in measures.chunk_by(|a, b| a.steps() == b.steps()) {
        let Some(bar) = steady.first().map(|measure| measure.steps()) else { continue };
        let melody = Melody::of(bar, steady);
        for (from, to) in phrases(&melody, rules.gap_measures * usize::from(bar)) {
            let bar = usize::from(bar);
            let (from, to) = (from / bar * bar, to.next_multiple_of(bar).min(melody.events.len()));
            let melody = Melody { bar, events: melody.events[from..to].to_vec() };
            let classes = melody.onsets().fold(0u16, |classes, key| classes | 1 << key.pitch_class()).count_ones();
            if melody.events.len() >= rules.least_measures * bar && classes as usize >= rules.least_classes {
                found.push(melody);
            }
        }
    }
    found
}

/// From the first note on to where the last note ends, divided where more than `gap` steps are silent.
fn phrases(melody: &Melody, gap: usize) -> Vec<(usize, usize)> {
    let mut out: Vec<(usize, usize)> = Vec::new();
    let mut sounding = false;
    for (at, event) in melody.events.iter().enumerate() {
        sounding = match event {
            MonoStep::Note(_) => true,
            MonoStep::Rest => false,
            MonoStep::Continue => sounding,
        };
        if !sounding {
            continue;
        }
        match out.last_mut() {
            Some((_, to)) if at - *to <= gap => *to = at + 1,
            _ => out.push((at, at + 1)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::note::{Key, Note};

    fn bar(keys: &[i32]) -> Measure {
        let notes = (0u8..).zip(keys).map(|(beat, &key)| Note::new(beat * 4, 4, Key::clamped(key)));
        Measure::from_notes(16, notes)
    }

    const TUNE: [i32; 4] = [60, 62, 64, 65];

    /// How many measures the melodies of such a line have.
    fn check(line: &[Measure], expected: &[usize]) {
        let found = extract(line, Extraction::default());
        let lengths: Vec<usize> = found.iter().map(|melody| melody.events.len() / melody.bar).collect();
        assert_eq!(lengths, expected);
    }

    #[test]
    fn a_melody_has_seven_measures_and_five_pitch_classes() {
        let mut line = vec![bar(&TUNE); 6];
        line.push(bar(&[67, 65, 64, 62]));
        check(&line, &[7]);
        check(&line[..6], &[]);
        check(&[bar(&TUNE); 7], &[]);
        let octaves: Vec<Measure> = (0..7).map(|octave| bar(&TUNE.map(|key| key + 12 * (octave % 2)))).collect();
        check(&octaves, &[]);
    }

    #[test]
    fn a_silence_of_more_than_a_measure_divides() {
        let tune = [bar(&TUNE), bar(&[67, 65, 64, 62])].repeat(4);
        let gap = |measures: usize| [tune.clone(), vec![Measure::silent(16); measures], tune.clone()].concat();
        check(&gap(0), &[16]);
        check(&gap(1), &[17]);
        check(&gap(2), &[8, 8]);
    }

    #[test]
    fn another_meter_divides_and_silence_around_is_left_out() {
        let tune = [bar(&TUNE), bar(&[67, 65, 64, 62])].repeat(4);
        let waltz: Vec<Measure> = tune.iter().map(|measure| measure.resized(12)).collect();
        check(&[tune, waltz, vec![Measure::silent(12); 3]].concat(), &[8, 8]);
    }

    #[test]
    fn of_notes_that_begin_together_the_highest_stays() {
        let mut line = vec![bar(&TUNE); 6];
        line.push(Measure::from_notes(16, [48, 67].map(|key| Note::new(0, 16, Key::clamped(key)))));
        let found = extract(&line, Extraction::default());
        assert_eq!(found[0].onsets().last(), Some(Key::clamped(67)));
    }
}
