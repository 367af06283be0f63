//! A voice's notes brought onto the chords that are planned: when the voice strikes and how far it reaches stays as it
//! was, and which tones it strikes is the chord's.
//!
//! # Source
//! Texture and chords apart: Zhao and Xia 2021, "AccoMontage: Accompaniment arrangement via phrase selection and style
//! transfer", which moves the notes of another song's texture onto the chords that are wanted.

use crate::music::band::{KeyRange, Polyphony, Role};
use crate::music::chord::{Chord, PitchClasses};
use crate::music::measure::{MAX_STEPS, Measure};
use crate::music::note::{Key, Note, Step};

/// The chord of each step, where one is planned.
pub type StepChords = [Option<Chord>; MAX_STEPS as usize];

/// What the player is imagined to sound at each step whose chord is foretold; `None` where the chord is known, which is
/// played whatever the player is imagined to play.
pub type Imagined = [Option<PitchClasses>; MAX_STEPS as usize];

/// Whose notes they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObeyingVoice {
    /// What the voice does.
    pub role: Role,
    /// One note at once, or any number.
    pub polyphony: Polyphony,
    /// The keys that it uses.
    pub range: KeyRange,
}

impl ObeyingVoice {
    /// Does it play chords, as a pianist does?
    const fn is_chords(self) -> bool {
        matches!((self.role, self.polyphony), (Role::Harmony, Polyphony::Poly))
    }

    /// May a note of this key sound on in this chord?
    fn holds(self, chord: Chord, key: Key) -> bool {
        let class = key.pitch_class();
        if self.role == Role::Bass { chord.bass == class } else { chord.pitch_classes().has(class) }
    }
}

/// How far a note may move, in semitones. Required: within an octave lies every pitch class.
const FARTHEST: i32 = 11;

/// How many semitones farther a tone seems that the player is not imagined to play. Chosen: of two that are about as near,
/// the one that fits.
const UNFIT_IS_FARTHER: i32 = 1;

/// How many semitones farther a tone seems that lies a semitone beside what the player is imagined to play. Chosen: the next
/// tone of a chord is mostly nearer.
const CLASHING_IS_FARTHER: i32 = 5;

/// These notes, brought onto the chords.
///
/// A note that begins outside of its chord begins on a near tone of it instead that the voice does not strike at the same
/// moment, unless the player is imagined to play the same tone; one that lies a semitone beside what the player is imagined
/// to play gives way to a tone that does not, where one is near. The bass begins each chord with its lowest tone. A note
/// ends where a chord comes that lacks it, and is struck again on a tone of that one if nothing else of the voice begins
/// there. Where a voice plays chords they sound on until the next comes, as a pianist holds the pedal, and the tones that the
/// voice leaves out of a known one are struck with its first notes. A foretold chord may be wrong: nothing is added to it.
#[must_use]
pub fn obey(measure: &Measure, chords: &StepChords, imagined: &Imagined, part: ObeyingVoice) -> Measure {
    let mut waiting = measure.notes().to_vec();
    waiting.reverse();
    let out = Measure::silent(measure.steps());
    let mut laying = Laying {
        measure,
        chords,
        imagined,
        part,
        waiting,
        struck: Vec::new(),
        begun: Vec::new(),
        whole: Vec::new(),
        out,
    };
    while let Some(note) = laying.waiting.pop() {
        match chords[usize::from(note.step.0)] {
            Some(chord) => laying.lay(note, chord),
            None => drop(laying.out.push(note)),
        }
    }
    laying.out
}

/// A measure on its way onto the chords.
struct Laying<'a> {
    measure: &'a Measure,
    chords: &'a StepChords,
    imagined: &'a Imagined,
    part: ObeyingVoice,
    /// The notes that are still to come, the first last.
    waiting: Vec<Note>,
    /// Where which keys were struck.
    struck: Vec<(u8, Key)>,
    /// The steps at which those chords begin in which a note has been struck.
    begun: Vec<u8>,
    /// The same of those chords of which all tones have been struck.
    whole: Vec<u8>,
    out: Measure,
}

impl Laying<'_> {
    fn lay(&mut self, planned: Note, chord: Chord) {
        let at = planned.step.0;
        let (since, until) = (self.since(at), self.until(at));
        let first = !self.begun.contains(&since);
        if first {
            self.begun.push(since);
        }
        let lowest = first && self.part.role == Role::Bass;
        let tones = if lowest { PitchClasses::of(&[chord.bass]) } else { chord.pitch_classes() };
        let fits = !lowest && self.heard(at).0.has(planned.key.pitch_class());
        let key = if fits && !self.struck.contains(&(at, planned.key)) {
            planned.key
        } else if let Some(key) = self.nearest(planned.key, tones, at) {
            key
        } else if self.struck.iter().any(|(step, _)| *step == at) {
            // All tones of the chord that are near are struck already.
            return;
        } else {
            planned.key
        };
        self.struck.push((at, key));
        let mut note = Note { key, continued: planned.continued && key == planned.key, ..planned };
        let pedal = self.part.is_chords() && chord.pitch_classes().has(key.pitch_class());
        let mut end = if pedal { planned.end().max(until) } else { planned.end() };
        let mut change = until;
        while change < end && self.chords[usize::from(change)].is_none_or(|next| self.part.holds(next, key)) {
            change = self.until(change);
        }
        if change < end {
            self.strike_again(Note { step: Step(change), length: end - change, continued: false, ..note });
            end = change;
        }
        note.length = end - at;
        note.continues &= end == self.measure.steps();
        self.out.push(note);
        let last = self.waiting.last().is_none_or(|next| next.step > note.step);
        let known = self.imagined[usize::from(at)].is_none();
        if last && known && self.part.is_chords() && !self.whole.contains(&since) {
            self.whole.push(since);
            self.complete(note, chord, until);
        }
    }

    /// A note whose chord has gone is struck again, unless it is short or something else begins there.
    fn strike_again(&mut self, note: Note) {
        let soon = note.step.0..note.step.0 + 2;
        if note.length < 2 || self.measure.notes().iter().any(|other| soon.contains(&other.step.0)) {
            return;
        }
        let place = self.waiting.iter().position(|other| other.step < note.step).unwrap_or(self.waiting.len());
        self.waiting.insert(place, note);
    }

    /// Strikes with this note the tones of its chord that the voice does not strike with it.
    fn complete(&mut self, last: Note, chord: Chord, until: u8) {
        let at = last.step.0;
        let own = self.struck.iter().filter(|(step, _)| *step == at);
        let own: PitchClasses = own.map(|(_, key)| key.pitch_class()).collect();
        for class in chord.pitch_classes().iter().filter(|&class| !own.has(class)) {
            if let Some(key) = self.nearest(last.key, PitchClasses::of(&[class]), at) {
                self.struck.push((at, key));
                let length = until - at;
                self.out.push(Note { key, length, continued: false, continues: false, ..last });
            }
        }
    }

    /// A near key of these tones that was not struck at this moment: the planned key itself, if it is one and does not clash;
    /// the lower one of two that are as near. A key far out of the voice's range is looked for within it.
    fn nearest(&self, planned: Key, tones: PitchClasses, at: u8) -> Option<Key> {
        self.near(planned, tones, at).or_else(|| self.near(self.part.range.folded(planned), tones, at))
    }

    fn near(&self, planned: Key, tones: PitchClasses, at: u8) -> Option<Key> {
        let free = |key: &Key| tones.has(key.pitch_class()) && !self.struck.contains(&(at, *key));
        let (heard, beside) = self.heard(at);
        let unfit = |key: Key| match key.pitch_class() {
            class if heard.has(class) => 0,
            class if beside.has(class) => CLASHING_IS_FARTHER,
            _ if key == planned => 0,
            _ => UNFIT_IS_FARTHER,
        };
        let KeyRange { low, high } = self.part.range;
        let near = std::iter::once((0, 0)).chain((1..=FARTHEST).flat_map(|far| [(-far, far), (far, far)]));
        near.filter_map(|(way, far)| Some((far, planned.transposed(way)?)))
            .filter(|(far, key)| (*far == 0 || (low..=high).contains(key)) && free(key))
            .min_by_key(|&(far, key)| far + unfit(key))
            .map(|(_, key)| key)
    }

    /// What the player is imagined to play from this step to the end of its chord, and what lies a semitone beside.
    fn heard(&self, at: u8) -> (PitchClasses, PitchClasses) {
        let steps = &self.imagined[usize::from(at)..usize::from(self.until(at))];
        let heard = steps.iter().flatten().fold(PitchClasses::NONE, |all, &step| all.or(step));
        (heard, heard.raised(1).or(heard.raised(11)))
    }

    /// The step at which the chord of this step begins.
    fn since(&self, at: u8) -> u8 {
        let same = |step: &u8| self.chords[usize::from(*step)] == self.chords[usize::from(at)];
        (0..=at).rev().take_while(same).last().unwrap_or(at)
    }

    /// The step at which the chord of this step ends.
    fn until(&self, at: u8) -> u8 {
        let steps = self.measure.steps();
        (at..steps).find(|&step| self.chords[usize::from(step)] != self.chords[usize::from(at)]).unwrap_or(steps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::band::BandSpec;
    use crate::random::Rng;

    fn part(voice: &str) -> ObeyingVoice {
        let spec = BandSpec::pop();
        let voice = &spec.voices[spec.voice(voice).expect("a voice").index()];
        ObeyingVoice { role: voice.role, polyphony: voice.polyphony, range: voice.range }
    }

    /// The first chord to the middle of the measure, then the second.
    fn chords(first: &str, second: &str) -> StepChords {
        let chord = |name: &str| name.parse().ok();
        std::array::from_fn(|step| chord(if step < 8 { first } else { second }))
    }

    /// What becomes of notes, given and shown as (step, length, key).
    fn check(voice: &str, chords: &StepChords, notes: &[(u8, u8, i32)], expected: &[(u8, u8, i32)]) {
        let measure =
            Measure::from_notes(16, notes.iter().map(|&(at, long, key)| Note::new(at, long, Key::clamped(key))));
        let found = obey(&measure, chords, &[None; 16], part(voice));
        let found: Vec<(u8, u8, i32)> =
            found.notes().iter().map(|note| (note.step.0, note.length, i32::from(note.key.get()))).collect();
        assert_eq!(found, expected, "{voice}: {notes:?}");
    }

    #[test]
    fn what_lies_in_the_chord_stays_and_what_does_not_moves_to_its_nearest_tone() {
        check(
            "Counter",
            &chords("C", "C"),
            &[(0, 4, 64), (4, 4, 65), (8, 8, 69)],
            &[(0, 4, 64), (4, 4, 64), (8, 8, 67)],
        );
        check("Counter", &[None; 16], &[(0, 4, 61), (4, 12, 66)], &[(0, 4, 61), (4, 12, 66)]);
    }

    #[test]
    fn notes_that_were_struck_together_stay_as_many() {
        let all = [(0, 16, 60), (0, 16, 61), (0, 16, 62), (0, 16, 63)];
        check("Chords", &chords("C", "C"), &all, &[(0, 16, 55), (0, 16, 60), (0, 16, 64), (0, 16, 67)]);
    }

    #[test]
    fn the_bass_begins_each_chord_with_its_lowest_tone_and_goes_on_as_it_likes() {
        let line = [(0, 4, 40), (4, 4, 43), (8, 4, 45), (12, 4, 41)];
        check("Bass", &chords("C", "F/A"), &line, &[(0, 4, 36), (4, 4, 43), (8, 4, 45), (12, 4, 41)]);
    }

    #[test]
    fn a_note_held_into_a_chord_that_lacks_it_is_struck_again_on_a_tone_of_that() {
        check("Counter", &chords("C", "G"), &[(4, 12, 72)], &[(4, 4, 72), (8, 8, 71)]);
        check("Bass", &chords("C", "G"), &[(0, 16, 36)], &[(0, 8, 36), (8, 8, 31)]);
        check("Counter", &chords("C", "G"), &[(4, 6, 72), (9, 7, 74)], &[(4, 4, 72), (9, 7, 74)]);
        check("Counter", &chords("C", "Am"), &[(4, 12, 72)], &[(4, 12, 72)]);
    }

    #[test]
    fn chords_sound_on_until_the_next_and_none_of_their_tones_is_left_out() {
        check(
            "Chords",
            &chords("C", "F"),
            &[(0, 1, 60), (2, 1, 64)],
            &[(0, 8, 55), (0, 8, 60), (0, 2, 64), (2, 6, 64)],
        );
    }

    #[test]
    fn nothing_is_added_to_a_chord_that_is_foretold() {
        let measure = Measure::from_notes(16, [Note::new(0, 1, Key::clamped(60))]);
        let found = obey(&measure, &chords("C", "F"), &[Some(PitchClasses::NONE); 16], part("Chords"));
        assert_eq!(found.notes(), [Note::new(0, 8, Key::clamped(60))]);
    }

    #[test]
    fn what_the_player_is_imagined_to_play_stays_and_what_clashes_with_it_gives_way() {
        let measure = Measure::from_notes(16, [Note::new(0, 8, Key::clamped(69)), Note::new(8, 8, Key::clamped(64))]);
        let imagined: Imagined = std::array::from_fn(|step| Some(PitchClasses::of(if step < 8 { &[9] } else { &[5] })));
        let keys = |imagined: &Imagined| -> Vec<u8> {
            let found = obey(&measure, &chords("C", "C7"), imagined, part("Counter"));
            found.notes().iter().map(|note| note.key.get()).collect()
        };
        assert_eq!(keys(&[Some(PitchClasses::NONE); 16]), [67, 64]);
        assert_eq!(keys(&imagined), [69, 67], "A is played too, and E gives way to F");
    }

    #[test]
    fn whatever_is_played_everything_lies_in_its_chord_as_often_struck() {
        let seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |time| time.as_secs());
        let mut rng = Rng::new(seed);
        for _ in 0..2000 {
            let names = ["C", "Fm7", "G7/B", "Bbmaj7", "F#dim"];
            let chords = chords(names[rng.below(5)], names[rng.below(5)]);
            let notes = (0..rng.below(9)).map(|_| {
                let at = u8::try_from(rng.below(16)).expect("small");
                let key = 36 + i32::try_from(rng.below(40)).expect("small");
                Note::new(at, 1 + u8::try_from(rng.below(16)).expect("small"), Key::clamped(key))
            });
            let measure = Measure::from_notes(16, notes.collect::<Vec<_>>());
            for voice in ["Counter", "Chords"] {
                let found = obey(&measure, &chords, &[None; 16], part(voice));
                for note in found.notes() {
                    for step in note.step.0..note.end() {
                        let chord = chords[usize::from(step)].expect("a chord");
                        assert!(
                            chord.pitch_classes().has(note.key.pitch_class()),
                            "seed {seed}: {measure:?}, {found:?}"
                        );
                    }
                }
                assert!(found.notes().len() >= measure.notes().len().min(3), "seed {seed}: {measure:?}, {found:?}");
            }
        }
    }
}
