//! A bass that says which chord it is.

use super::ground::Ground;
use super::tones::{class_of, nearest};
use crate::music::band::KeyRange;
use crate::music::measure::Measure;
use crate::music::note::{Key, Note, Step};

/// A note that was held over the bar line, or a bass into another chord, and cannot be held any more starts anew if it has
/// at least so many steps. Chosen: a quarter.
pub(super) const WORTH_STRIKING: u8 = 4;

/// This line of a bass, `home` semitones below C, over these chords: what was held into another chord is struck anew on its
/// lowest tone, if it lasts. Where the chord is known, from a chart or since it is held, that tone is what sounds first, too;
/// where it is foretold, and may be foretold wrongly, what people's bass strikes itself stays as theirs: founded there too, the
/// band's harmony fits no better (docs/results.md).
pub(super) fn founded(line: &Measure, ground: &Ground, range: KeyRange, home: i32) -> Measure {
    let chord = |step: u8| ground.chords[usize::from(step)].0;
    let in_c = |note: &Note| i32::from(note.key.get()) + home;
    let is_lowest = |note: &Note, step: u8| class_of(in_c(note)) == chord(step).bass;
    let lowest = |note: &Note, step: u8| range.folded(Key::clamped(nearest(in_c(note), chord(step).bass) - home));
    let mut out = Measure::silent(line.steps());
    // The chord in which something has sounded already, by its first step.
    let mut sounded = None;
    for note in line.notes() {
        let (mut note, end) = (*note, note.step.0 + note.length);
        let (from, mut change) = ground.span(note.step.0);
        let known = |step: u8| ground.known[usize::from(step)];
        let held_on = note.continued && note.length < WORTH_STRIKING;
        if known(from) && sounded != Some(from) && !is_lowest(&note, from) && !held_on {
            (note.key, note.continued) = (lowest(&note, from), false);
        }
        while change < end {
            if !is_lowest(&note, change) && end - change >= WORTH_STRIKING {
                let key = lowest(&note, change);
                let then = Note { step: Step(change), length: end - change, key, continued: false, ..note };
                (note.length, note.continues) = (change - note.step.0, false);
                out.push(note);
                note = then;
            } else if !chord(change).pitch_classes().has(class_of(in_c(&note))) {
                (note.length, note.continues) = (change - note.step.0, false);
                break;
            }
            change = ground.span(change).1;
        }
        sounded = Some(ground.span(note.step.0 + note.length - 1).0);
        out.push(note);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::imagined::Imagined;
    use super::*;
    use crate::music::band::{BandMeasure, BandSpec};
    use crate::music::chart::MeasureChords;
    use crate::predict::predictor::PredictRequest;

    /// This line over chords of half a measure each, as steps, lengths and keys.
    fn over(chords: [&str; 2], line: impl IntoIterator<Item = Note>) -> Vec<(u8, u8, u8)> {
        laid(chords, false, line)
    }

    fn laid(chords: [&str; 2], foretold: bool, line: impl IntoIterator<Item = Note>) -> Vec<(u8, u8, u8)> {
        let spec = BandSpec::pop();
        let (mut request, mut told) = (PredictRequest::empty(), MeasureChords::NONE);
        for (step, chord) in [0, 8].into_iter().zip(chords) {
            told.set_from(step, chord.parse().ok());
        }
        if foretold {
            request.chords.foretell(&told)
        } else {
            request.chords = told
        }
        let ground = Ground::new(&request, &BandMeasure::missing(16), None, Imagined::default());
        let range = spec.voices[spec.voice("Bass").expect("a bass").index()].range;
        let line = founded(&Measure::from_notes(16, line), &ground, range, 0);
        line.notes().iter().map(|note| (note.step.0, note.length, note.key.get())).collect()
    }

    fn note(step: u8, length: u8, key: i32) -> Note {
        Note::new(step, length, Key::clamped(key))
    }

    #[test]
    fn a_bass_that_is_held_into_another_chord_is_struck_anew_on_its_lowest_tone() {
        assert_eq!(over(["C", "Am"], [note(0, 16, 36)]), [(0, 8, 36), (8, 8, 33)], "C is in A minor, and not its bass");
        assert_eq!(over(["C", "F"], [note(0, 16, 36)]), [(0, 8, 36), (8, 8, 41)]);
        assert_eq!(over(["C", "C"], [note(0, 16, 36)]), [(0, 16, 36)], "the same chord goes on");
        assert_eq!(over(["G", "C/G"], [note(0, 16, 43)]), [(0, 16, 43)], "so does the same bass");
        assert_eq!(
            over(["C", "Am"], [note(0, 11, 36)]),
            [(0, 11, 36)],
            "three steps more are no note, and no wrong one"
        );
        assert_eq!(over(["C", "Dm"], [note(0, 11, 36)]), [(0, 8, 36)], "where it has no place it ends");
    }

    #[test]
    fn what_sounds_first_in_a_chord_is_its_lowest_tone_and_what_comes_then_is_free() {
        let late = [note(2, 4, 43), note(8, 4, 40), note(12, 4, 43)];
        assert_eq!(over(["C", "Am"], late), [(2, 4, 48), (8, 4, 45), (12, 4, 43)]);
        assert_eq!(over(["C/E", "C/E"], [note(0, 8, 36), note(8, 8, 43)]), [(0, 8, 40), (8, 8, 43)]);
    }

    #[test]
    fn over_chords_that_are_only_foretold_what_is_held_is_struck_anew_and_the_rest_is_as_people_played_it() {
        let foretold = |then, line| laid(["C", then], true, [line]);
        assert_eq!(foretold("Am", note(0, 16, 36)), [(0, 8, 36), (8, 8, 33)]);
        assert_eq!(foretold("Dm", note(0, 11, 36)), [(0, 8, 36)]);
        assert_eq!(foretold("C", Note { continued: true, ..note(0, 8, 43) }), [(0, 8, 43)]);
        assert_eq!(foretold("F", note(10, 6, 36)), [(10, 6, 36)]);
    }

    #[test]
    fn what_was_held_over_the_bar_line_into_another_chord_starts_anew_if_it_lasts() {
        let held = |length| Note { continued: true, ..note(0, length, 36) };
        assert_eq!(over(["F", "F"], [held(8)]), [(0, 8, 41)]);
        assert_eq!(over(["F", "F"], [held(3)]), [(0, 3, 36)]);
    }
}
