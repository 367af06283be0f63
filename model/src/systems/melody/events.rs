//! A melody: what one voice does at each sixteenth.

use crate::music::measure::{Measure, MonoStep};
use crate::music::note::{Key, Note, Velocity};

/// A melody from a bar line on, an event per sixteenth.
///
/// [`MonoStep::Note`] is *note on*, [`MonoStep::Rest`] *note off*, [`MonoStep::Continue`] *no event*. A note off stands
/// only where a note sounds, so that the same music always is the same events.
///
/// # Source
/// The melodies of Magenta (2016), whose measures have 16 sixteenths; here a measure has 1 to 16.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Melody {
    /// Sixteenths in a measure, 1…16.
    pub bar: usize,
    /// What happens at each sixteenth.
    pub events: Vec<MonoStep>,
}

impl Melody {
    /// A melody in which nothing has happened yet, in measures of so many sixteenths.
    #[must_use]
    pub fn new(bar: usize) -> Self {
        Self { bar, events: Vec::new() }
    }

    /// The melody of these measures of one voice; measures of another length are cut off or filled with silence.
    #[must_use]
    pub fn of<'a>(bar: u8, measures: impl IntoIterator<Item = &'a Measure>) -> Self {
        let mut melody = Self::new(usize::from(bar));
        measures.into_iter().for_each(|measure| melody.hear(measure));
        melody
    }

    /// Adds a measure.
    pub fn hear(&mut self, measure: &Measure) {
        let steps = u8::try_from(self.bar).unwrap_or(16);
        let measure = if measure.steps() == steps { *measure } else { measure.resized(steps) };
        let mut sounding = self.sounding();
        for (at, mut event) in measure.mono_steps().into_iter().take(self.bar).enumerate() {
            // A note that is handed on from a measure that this melody does not have begins here.
            let carried = measure.notes().iter().filter(|note| note.continued).map(|note| note.key).max();
            if at == 0 && event == MonoStep::Continue && sounding != carried {
                event = carried.map_or(MonoStep::Rest, MonoStep::Note);
            }
            if event == MonoStep::Rest && sounding.is_none() {
                event = MonoStep::Continue;
            }
            match event {
                MonoStep::Note(key) => sounding = Some(key),
                MonoStep::Rest => sounding = None,
                MonoStep::Continue => {}
            }
            self.events.push(event);
        }
    }

    /// The note that sounds at the end.
    #[must_use]
    pub fn sounding(&self) -> Option<Key> {
        self.events.iter().rev().find_map(|event| match event {
            MonoStep::Note(key) => Some(Some(*key)),
            MonoStep::Rest => Some(None),
            MonoStep::Continue => None,
        })?
    }

    /// The measures that it fills, the last one perhaps in part. Notes over bar lines are tied.
    #[must_use]
    pub fn measures(&self) -> Vec<Measure> {
        let steps = u8::try_from(self.bar).unwrap_or(16);
        let mut out: Vec<Measure> = Vec::new();
        let mut held: Option<Key> = None;
        for events in self.events.chunks(self.bar) {
            let before = held.map(|key| Note::new(0, 1, key));
            let mut measure = Measure::from_mono_steps(steps, events, before, Velocity::DEFAULT);
            if held.is_some() && events[0] == MonoStep::Continue {
                let tied = out.last_mut().zip(held);
                tied.into_iter().for_each(|(measure, key)| measure.set_continues(key, true));
            }
            for event in events {
                match event {
                    MonoStep::Note(key) => held = Some(*key),
                    MonoStep::Rest => held = None,
                    MonoStep::Continue => {}
                }
            }
            if events.len() < self.bar {
                // What is not there yet is silent.
                let here = u8::try_from(events.len()).unwrap_or(steps);
                let notes = measure.notes().iter().filter(|note| note.step.0 < here);
                measure = Measure::from_notes(
                    steps,
                    notes.map(|note| Note { length: note.length.min(here - note.step.0), continues: false, ..*note }),
                );
            }
            out.push(measure);
        }
        out
    }

    /// The same melody, moved by so many semitones; keys that MIDI lacks are folded by octaves.
    #[must_use]
    pub fn transposed(&self, semitones: i32) -> Self {
        let moved = |event: &MonoStep| match event {
            MonoStep::Note(key) => {
                let number = i32::from(key.get()) + semitones;
                let octaves = if number < 0 { 12 } else { -12 };
                MonoStep::Note(Key::clamped(if (0..128).contains(&number) { number } else { number + octaves }))
            }
            other => *other,
        };
        Self { bar: self.bar, events: self.events.iter().map(moved).collect() }
    }

    /// The keys that begin, in order.
    pub fn onsets(&self) -> impl Iterator<Item = Key> {
        self.events.iter().filter_map(|event| match event {
            MonoStep::Note(key) => Some(*key),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use MonoStep::{Continue, Rest};

    fn note(key: i32) -> MonoStep {
        MonoStep::Note(Key::clamped(key))
    }

    fn measure(notes: &[(u8, u8, i32)]) -> Measure {
        Measure::from_notes(8, notes.iter().map(|&(step, length, key)| Note::new(step, length, Key::clamped(key))))
    }

    /// A quarter, a rest, a note over the bar line, and silence after it.
    #[test]
    fn measures_become_events_and_events_measures() {
        let mut first = measure(&[(0, 4, 60), (6, 2, 64)]);
        first.set_continues(Key::clamped(64), true);
        let mut second = measure(&[(0, 3, 64)]);
        second.for_each_mut(|note| note.continued = true);
        let melody = Melody::of(8, [&first, &second, &Measure::silent(8)]);
        let hold = Continue;
        let mut events = vec![note(60), hold, hold, hold, Rest, hold, note(64), hold];
        events.extend([hold, hold, hold, Rest, hold, hold, hold, hold]);
        events.extend([hold; 8]);
        assert_eq!(melody.events, events);
        assert_eq!(melody.measures(), [first, second, Measure::silent(8)]);
        assert_eq!(melody.sounding(), None);
    }

    #[test]
    fn silence_is_no_event_however_often_it_is_said() {
        let melody = Melody::of(8, [&Measure::silent(8), &measure(&[(4, 4, 60)]), &Measure::silent(8)]);
        assert_eq!(melody.events.iter().filter(|event| **event == Rest).count(), 1);
        assert_eq!(melody.events[16], Rest, "the note ends at the bar line");
    }

    #[test]
    fn a_note_tied_to_nothing_begins() {
        let mut tied = measure(&[(0, 4, 67)]);
        tied.for_each_mut(|note| note.continued = true);
        assert_eq!(Melody::of(8, [&tied]).events[0], note(67));
        assert_eq!(Melody::of(8, [&measure(&[(4, 4, 60)]), &tied]).events[8], note(67), "another note sounded");
    }

    #[test]
    fn a_measure_that_is_not_over_ends_in_silence() {
        let melody = Melody { bar: 8, events: vec![note(60), Continue, Continue] };
        assert_eq!(melody.measures(), [measure(&[(0, 3, 60)])]);
    }

    #[test]
    fn transposing_folds_at_the_ends_of_midi() {
        let melody = Melody { bar: 4, events: vec![note(126), Rest, note(1)] };
        assert_eq!(melody.transposed(3).events, [note(117), Rest, note(4)]);
        assert_eq!(melody.transposed(-3).events, [note(123), Rest, note(10)]);
    }
}
