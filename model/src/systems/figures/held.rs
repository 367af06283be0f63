//! Held chords: what sounded one round before comes back where a new figure would sound as another chord.

use crate::music::band::{BandMeasure, BandSpec, VoiceMask};
use crate::music::chart::{MeasureChords, halves};
use crate::music::chord::Chord;
use crate::music::measure::Measure;
use crate::music::note::{Note, Step};
use crate::systems::harmony::features::accompanying;

/// The voices `own` of a `new` measure, with what was played in the measure one round before (`then`, as long) in those halves
/// whose chord is held and would be another. A half in which no chord had a name is held beside one that had, where no chart
/// knows better. Where all halves are held and one would be another, all of `then`.
pub(super) fn as_held(
    chords: &MeasureChords,
    (spec, own): (&BandSpec, VoiceMask),
    then: &BandMeasure,
    new: &BandMeasure,
) -> BandMeasure {
    let of = |measure: &BandMeasure, half| accompanying(&alone(measure, own), spec, half).map(Chord::without_bass);
    let any = halves(new.steps()).any(|(from, _)| chords.is_held(from));
    let open = |from: u8| chords.at(from).is_none() || chords.is_foretold(from);
    let held = |half: (u8, u8)| chords.is_held(half.0) || any && open(half.0) && of(then, half).is_none();
    let comes_back = |half: (u8, u8)| held(half) && of(then, half) != of(new, half);
    if !halves(new.steps()).any(comes_back) {
        return *new;
    }
    let whole = halves(new.steps()).all(held);
    let mut out = *new;
    for voice in own.iter() {
        let (then, new) = (then.voice(voice), new.voice(voice));
        let parts = halves(new.steps()).flat_map(|half| part(if comes_back(half) { then } else { new }, half));
        out.set(voice, &if whole { *then } else { Measure::from_notes(new.steps(), parts) });
    }
    out
}

/// These voices and no other.
fn alone(measure: &BandMeasure, own: VoiceMask) -> BandMeasure {
    let mut out = *measure;
    out.present.iter().filter(|&voice| !own.has(voice)).for_each(|voice| out.clear(voice));
    out
}

/// What sounds of a measure from one step to another: what lies over either is cut there.
fn part(measure: &Measure, (from, to): (u8, u8)) -> Vec<Note> {
    let cut = |note: &Note| {
        let (start, end) = (note.step.0.max(from), (note.step.0 + note.length).min(to));
        (start < end).then(|| Note {
            step: Step(start),
            length: end - start,
            continued: note.continued && start == 0,
            continues: note.continues && end == measure.steps(),
            ..*note
        })
    };
    measure.notes().iter().filter_map(cut).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::note::Key;

    /// No chord.
    const SILENT: i32 = 100;

    /// Chords of these roots, a half measure each, in the voice of the chords; one root: through the measure.
    fn playing(roots: &[i32]) -> BandMeasure {
        let length = 16 / u8::try_from(roots.len()).expect("few");
        let notes = (0..)
            .zip(roots)
            .flat_map(|(at, root)| [60, 64, 67].map(|key| Note::new(at * length, length, Key::clamped(key + root))));
        let mut out = BandMeasure::missing(16);
        out.set(BandSpec::pop().voice("Chords").expect("chords"), &Measure::from_notes(16, notes));
        out
    }

    fn names(held: &[(u8, u8)], then: &[i32], new: &[i32]) -> Vec<String> {
        let spec = BandSpec::pop();
        let own = VoiceMask::only(spec.voice("Chords").expect("chords"));
        let mut chords = MeasureChords::NONE;
        held.iter().for_each(|&half| chords.hold(half, "C".parse().expect("a chord")));
        let out = as_held(&chords, (&spec, own), &playing(then), &playing(new));
        let name = |half| accompanying(&out, &spec, half).map(|chord| chord.to_string()).unwrap_or_default();
        halves(16).map(name).collect()
    }

    #[test]
    fn a_held_half_sounds_as_one_round_before_and_the_other_as_it_is_now() {
        let (first, second) = ((0, 8), (8, 16));
        assert_eq!(names(&[], &[0, 5], &[2, 7]), ["D", "G"], "nothing is held");
        assert_eq!(names(&[first], &[0, 5], &[2, 7]), ["C", "G"]);
        assert_eq!(names(&[second], &[0], &[2]), ["D", "C"], "what lies over the middle is cut there");
        assert_eq!(names(&[first, second], &[0, 5], &[0, 7]), ["C", "F"]);
        assert_eq!(names(&[first], &[0, SILENT], &[0, 7]), ["C", ""], "what had no chord has none again");
        assert_eq!(names(&[], &[0, SILENT], &[0, 7]), ["C", "G"]);
    }

    #[test]
    fn what_sounds_as_it_should_is_played_as_it_is_now() {
        let spec = BandSpec::pop();
        let voice = spec.voice("Chords").expect("chords");
        let (then, new) = (playing(&[0]), playing(&[0, 0]));
        let mut chords = MeasureChords::NONE;
        chords.hold((0, 16), "C".parse().expect("a chord"));
        let own = (&spec, VoiceMask::only(voice));
        assert_eq!(as_held(&chords, own, &then, &new), new, "the figure may vary");
        assert_eq!(as_held(&chords, own, &playing(&[5]), &new), playing(&[5]), "whole notes stay whole");
    }
}
