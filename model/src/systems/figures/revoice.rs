//! Tones that fit better together, in the same figure.
//!
//! A figure is laid note by note, each near where people's lies. What it is worth hangs on what sounds together: so of the figure
//! that is played a tone moves by a few semitones, if all of it then fits what may come better by more than that costs. When it
//! sounds stays, and which tone lies above which.

use super::lay::CHORDS;
use super::sounding::{Sounding, class_in_c};
use super::weighing::Weighing;
use crate::music::band::{BandMeasure, KeyRange, VoiceId};
use crate::music::measure::Measure;
use crate::music::note::{Key, Note};

/// How far a tone may move, in semitones. Chosen: a third, so that the figure keeps its shape.
const REACH: i8 = 4;

/// What it costs to move a tone: where the band leaves room, and where it may sound full. Chosen on the validation songs, between
/// how well what sounds fits there and how often what was played comes back.
const MOVED: [f32; 2] = [0.7, 0.15];

/// How much more each semitone costs, of that. Chosen.
const FARTHER: f32 = 0.2;

/// How many times as much it costs in the second tune, which is a line. Chosen.
const LINE: f32 = 1.5;

/// How often all tones are gone through. Chosen: after the second time hardly any moves.
const TIMES: usize = 2;

/// The tones of this measure, laid over chords that are foretold, where they fit best; the keys of each voice lie in its range.
pub(super) fn revoiced(
    mut laid: BandMeasure,
    weighing: &Weighing<'_>,
    range: impl Fn(VoiceId) -> KeyRange,
) -> BandMeasure {
    if weighing.known {
        return laid;
    }
    let mut tones = Tones { weighing, sounding: weighing.sounding(&laid), worth: 0.0 };
    tones.worth = weighing.tones(&tones.sounding);
    // The chords first: the second tune is heard over them.
    let voices =
        [(CHORDS, 1.0), (0, LINE)].into_iter().filter_map(|(part, costs)| Some((weighing.parts[part]?, costs)));
    let voices: Vec<(VoiceId, f32)> = voices.collect();
    for _ in 0..TIMES {
        let mut moved = false;
        for &(voice, costs) in &voices {
            let mut notes = laid.voice(voice).notes().to_vec();
            let better = (0..notes.len()).filter(|&at| tones.moved(&mut notes, at, range(voice), costs)).count();
            if better > 0 {
                laid.set(voice, &Measure::from_notes(laid.steps(), notes));
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    laid
}

/// What sounds, and what that is worth.
struct Tones<'a> {
    weighing: &'a Weighing<'a>,
    sounding: Sounding,
    worth: f32,
}

impl Tones<'_> {
    /// Moves a note to where all are worth most; says whether it did.
    fn moved(&mut self, notes: &mut [Note], at: usize, range: KeyRange, costs: f32) -> bool {
        let note = notes[at];
        // What began in the measure before lies where it lies.
        if note.continued {
            return false;
        }
        let class = class_in_c(&note, self.weighing.home);
        let costs = costs * self.weighing.fuller(MOVED);
        let mut best = (0.0, None);
        for by in (-REACH..=REACH).filter(|&by| by != 0) {
            let key = Key::clamped(i32::from(note.key.get()) + i32::from(by));
            if !range.contains(key) || !keeps_its_place(notes, at, key) {
                continue;
            }
            let to = Note { key, ..note };
            let sounding = self.sounding.with(&note, (class, class_in_c(&to, self.weighing.home)));
            let worth = self.weighing.tones(&sounding);
            let gain = worth - self.worth - costs * (1.0 + FARTHER * f32::from(by.abs()));
            if gain > best.0 {
                best = (gain, Some((to, sounding, worth)));
            }
        }
        let Some((to, sounding, worth)) = best.1 else { return false };
        (notes[at], self.sounding, self.worth) = (to, sounding, worth);
        true
    }
}

/// Does a note on this key lie above and below the same ones that sound with it?
fn keeps_its_place(notes: &[Note], at: usize, key: Key) -> bool {
    let note = &notes[at];
    let together = |other: &Note| other.step.0 < note.end() && note.step.0 < other.end();
    let others = notes.iter().enumerate().filter(|&(place, other)| place != at && together(other));
    others.map(|(_, other)| other).all(|other| other.key != key && (other.key < note.key) == (other.key < key))
}

#[cfg(test)]
mod tests {
    use super::super::examples::{foretold, ground, held, known, weighing};
    use super::*;
    use crate::music::band::BandSpec;
    use crate::music::chart::MeasureChords;

    /// The keys of Chords once a measure is revoiced that holds these, where the chords that come are told so.
    fn keys(chords: MeasureChords, held_keys: &[i32], fullness: f32) -> Vec<u8> {
        let spec = BandSpec::pop();
        let measure = held(held_keys, 36);
        let ground = ground(chords, &measure);
        let weighing = Weighing { fullness, ..weighing(&ground) };
        let out = revoiced(measure, &weighing, |voice| spec.voices[voice.index()].range);
        let chords = out.voice(spec.voice("Chords").expect("chords"));
        chords.notes().iter().map(|note| note.key.get()).collect()
    }

    #[test]
    fn a_tone_moves_where_all_together_sound_more_like_what_may_come() {
        // C is foretold, which the bass has; A minor may come as well.
        assert_eq!(keys(foretold(&[0, 4, 9]), &[64, 68], 0.0), [64, 69]);
        assert_eq!(keys(foretold(&[0, 4, 9]), &[64, 69], 0.0), [64, 69], "nothing is better");
        assert_eq!(keys(known("C"), &[64, 68], 1.0), [64, 68], "over a known chord tones lie where they were laid");
    }

    #[test]
    fn what_is_handed_over_the_bar_line_stays() {
        let spec = BandSpec::pop();
        let voice = spec.voice("Chords").expect("chords");
        let mut measure = held(&[60, 64, 68], 36);
        measure.voice_mut(voice).for_each_mut(|note| note.continued = true);
        let ground = ground(foretold(&[0, 4, 9]), &measure);
        let out = revoiced(measure, &weighing(&ground), |voice| spec.voices[voice.index()].range);
        assert_eq!(out, measure);
    }

    fn notes(keys: &[(u8, i32)]) -> Vec<Note> {
        keys.iter().map(|&(step, key)| Note::new(step, 4, Key::clamped(key))).collect()
    }

    #[test]
    fn a_tone_stays_between_those_that_sound_with_it() {
        let chord = notes(&[(0, 60), (0, 64), (2, 67), (8, 65)]);
        let may = |at, key| keeps_its_place(&chord, at, Key::clamped(key));
        assert!(may(1, 61) && may(1, 66) && !may(1, 60) && !may(1, 67) && !may(1, 59) && !may(1, 68));
        // What sounds later is not in its way.
        assert!(may(1, 65) && may(2, 65) && !may(2, 64));
    }
}
