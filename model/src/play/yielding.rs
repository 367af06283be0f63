//! A note of the band that is due may yield: its pitch, not its time, gives way to what the user holds at that very
//! moment.
//!
//! The plan was made when nobody could know what the user would hold now. So about one in nine of the band's notes
//! begins a semitone beside one of the user's, where a neighbour would have been as good a note.

use crate::music::band::{BandMeasure, MAX_VOICES, VoiceId};
use crate::music::measure::{MAX_STEPS, Measure};
use crate::music::note::{Key, Note};

/// How far the pitches of the band follow what the user holds as they begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PitchFollow {
    /// Not at all: what was planned is played.
    Off,
    /// A note that would lie a semitone beside a tone of the user's moves to the nearest one that does not.
    #[default]
    AvoidClashes,
}

/// Pitch classes, a bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tones(u16);

impl Tones {
    /// With one more.
    #[must_use]
    pub const fn with(self, key: Key) -> Self {
        Self(self.0 | 1 << key.pitch_class())
    }

    /// Is it one of these?
    #[must_use]
    pub const fn has(self, key: Key) -> bool {
        self.0 & 1 << key.pitch_class() != 0
    }

    /// Are there none?
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Does this key lie a semitone beside one of these, and is none of them itself? A tone that the user holds too is
    /// no clash: the root under a major seventh.
    #[must_use]
    pub const fn clash_with(self, key: Key) -> bool {
        let class = key.pitch_class();
        let beside = 1 << ((class + 1) % 12) | 1 << ((class + 11) % 12);
        self.0 & beside != 0 && !self.has(key)
    }

    /// What sounds at each step of the band's measure.
    #[must_use]
    pub fn of_steps(measure: &BandMeasure) -> [Self; MAX_STEPS as usize] {
        let mut steps = [Self::default(); MAX_STEPS as usize];
        for voice in measure.present.iter() {
            for note in measure.voice(voice).notes() {
                for step in &mut steps[usize::from(note.step.0)..usize::from(note.end())] {
                    *step = step.with(note.key);
                }
            }
        }
        steps
    }

    /// What of the user's measure sounds at a step.
    #[must_use]
    pub fn held_at(measure: &Measure, step: u8) -> Self {
        measure
            .notes()
            .iter()
            .filter(|note| note.sounds_at(step))
            .fold(Self::default(), |held, note| held.with(note.key))
    }
}

impl FromIterator<Key> for Tones {
    fn from_iter<I: IntoIterator<Item = Key>>(keys: I) -> Self {
        keys.into_iter().fold(Self::default(), Self::with)
    }
}

/// How far a note may move, in semitones. Chosen: half an octave either way holds every pitch class.
const FARTHEST: i32 = 6;

/// How many semitones farther a tone seems that neither the chord has nor the user holds. Chosen: the nearest tone of a
/// triad is never farther than that, and a neighbour from outside the key is the worse note.
const NO_CHORD_IS_FARTHER: i32 = 4;

/// The key that sounds in place of a planned one while the user holds these tones. A key that does not clash stays. One
/// that does moves to the nearest key that does not: tones of the `chord` come first, and of two that are equally near
/// the lower one. A key that is `taken` in the voice (it sounds, or is planned for this moment) is never chosen. Where no
/// key is left, the planned one stays.
#[must_use]
pub fn yielded(planned: Key, held: Tones, chord: Tones, taken: impl Fn(Key) -> bool) -> Key {
    if !held.clash_with(planned) {
        return planned;
    }
    let near = (1..=FARTHEST).flat_map(|far| [(-far, far), (far, far)]);
    let free = near
        .filter_map(|(way, far)| Some((planned.transposed(way)?, far)))
        .filter(|&(key, _)| !held.clash_with(key) && !taken(key));
    let cost = |&(key, far): &(Key, i32)| far + if chord.has(key) || held.has(key) { 0 } else { NO_CHORD_IS_FARTHER };
    free.min_by_key(cost).map_or(planned, |(key, _)| key)
}

/// The band's notes as they sound, measure after measure, where every note is due on its step: what the plugin plays to
/// a user whose notes lie on the grid.
#[derive(Clone, Debug, Default)]
pub struct Yielding {
    /// What sounds: its voice, its planned key, the key that sounds for it.
    sounding: Vec<(VoiceId, Key, Key)>,
    moved: u32,
}

/// Something that is due, in the order in which the scheduler sends it: by time, ends first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Due {
    step: u8,
    begins: bool,
    voice: VoiceId,
    key: Key,
}

impl Yielding {
    /// How many notes have moved.
    #[must_use]
    pub const fn moved(&self) -> u32 {
        self.moved
    }

    /// Everything ends: after a jump.
    pub fn clear(&mut self) {
        self.sounding.clear();
    }

    /// A measure of the band's as it sounds to this measure of the user's.
    #[must_use]
    pub fn play(&mut self, planned: &BandMeasure, user: &Measure, follow: PitchFollow) -> BandMeasure {
        let chords = Tones::of_steps(planned);
        let mut pieces: Vec<(VoiceId, Key, Note)> = Vec::new();
        // What came over the bar line goes on in a piece of this measure.
        for &(voice, key, sounds) in &self.sounding {
            if let Some(note) = notes(planned, voice).iter().find(|note| note.continued && note.key == key) {
                pieces.push((voice, key, Note { key: sounds, length: 0, ..*note }));
            }
        }
        self.sounding.retain(|&(voice, key, _)| pieces.iter().any(|piece| (piece.0, piece.1) == (voice, key)));
        let mut open: Vec<usize> = (0..pieces.len()).collect();
        for due in self.due(planned) {
            let Due { step, begins, voice, key } = due;
            self.end(&mut pieces, &mut open, due);
            if !begins {
                continue;
            }
            let held = if follow == PitchFollow::Off { Tones::default() } else { Tones::held_at(user, step) };
            let taken = |other: Key| {
                self.sounding.iter().any(|&(of, _, sounds)| of == voice && sounds == other)
                    || notes(planned, voice).iter().any(|note| note.step.0 == step && note.key == other)
            };
            let sounds = yielded(key, held, chords[usize::from(step)], taken);
            self.moved += u32::from(sounds != key);
            // Struck again: what sounded there ends.
            open.retain(|&at| {
                let same = pieces[at].0 == voice && pieces[at].2.key == sounds;
                if same {
                    pieces[at].2.length = step - pieces[at].2.step.0;
                }
                !same
            });
            let note = notes(planned, voice).iter().find(|note| note.step.0 == step && note.key == key);
            if let Some(note) = note {
                self.sounding.push((voice, key, sounds));
                open.push(pieces.len());
                pieces.push((voice, key, Note { key: sounds, length: 0, continued: false, continues: false, ..*note }));
            }
        }
        for at in open {
            let note = &mut pieces[at].2;
            note.length = planned.steps() - note.step.0;
            note.continues = true;
        }
        let mut out = *planned;
        for voice in planned.present.iter() {
            let its = pieces.iter().filter(|piece| piece.0 == voice && piece.2.length > 0);
            out.set(voice, &Measure::from_notes(planned.steps(), its.map(|piece| piece.2)));
        }
        out
    }

    /// A planned key of a voice ends. Where another planned key sounds as the same one, that lasts on.
    fn end(&mut self, pieces: &mut [(VoiceId, Key, Note)], open: &mut Vec<usize>, due: Due) {
        let place = self.sounding.iter().position(|&(voice, key, _)| (voice, key) == (due.voice, due.key));
        let Some((voice, _, sounds)) = place.map(|place| self.sounding.swap_remove(place)) else { return };
        if self.sounding.iter().any(|&(of, _, other)| (of, other) == (voice, sounds)) {
            return;
        }
        open.retain(|&at| {
            let same = pieces[at].0 == voice && pieces[at].2.key == sounds;
            if same {
                pieces[at].2.length = due.step - pieces[at].2.step.0;
            }
            !same
        });
    }

    /// What begins and ends in a measure, in order.
    fn due(&self, planned: &BandMeasure) -> Vec<Due> {
        let mut all = Vec::new();
        for voice in (0..MAX_VOICES).filter_map(VoiceId::new) {
            for note in notes(planned, voice) {
                let goes_on = self.sounding.iter().any(|&(of, key, _)| (of, key) == (voice, note.key));
                let due = |step: u8, begins: bool| Due { step, begins, voice, key: note.key };
                if !(note.continued && goes_on) {
                    all.push(due(note.step.0, true));
                }
                if !note.continues {
                    all.push(due(note.end(), false));
                }
            }
        }
        all.sort_unstable();
        all
    }
}

/// What a voice plays in a measure.
fn notes(measure: &BandMeasure, voice: VoiceId) -> &[Note] {
    if measure.present.has(voice) { measure.voice(voice).notes() } else { &[] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Rng;

    fn key(number: i32) -> Key {
        Key::clamped(number)
    }

    fn tones(keys: &[i32]) -> Tones {
        keys.iter().map(|&number| key(number)).collect()
    }

    fn voice(index: usize) -> VoiceId {
        VoiceId::new(index).expect("a voice")
    }

    /// The planned key, what the user holds, the chord, what is taken, and what sounds.
    fn check(planned: i32, held: &[i32], chord: &[i32], taken: &[i32], expected: i32) {
        let sounds = yielded(key(planned), tones(held), tones(chord), |other| taken.contains(&i32::from(other.get())));
        assert_eq!(sounds, key(expected), "{planned} to {held:?} in {chord:?}, {taken:?} taken");
    }

    #[test]
    fn what_does_not_clash_stays() {
        check(60, &[], &[60, 64, 67], &[], 60);
        check(60, &[64, 67], &[60, 64, 67], &[], 60);
        // In another octave it is the same clash.
        check(60, &[73], &[60, 64, 67], &[], 61);
        // What the user holds too is none: the root under a major seventh.
        check(36, &[60, 64, 67, 71], &[60, 64, 67], &[], 36);
    }

    #[test]
    fn what_clashes_goes_to_the_nearest_tone_that_does_not() {
        check(65, &[64], &[65, 69, 72], &[], 64);
        check(63, &[64], &[63, 67, 70], &[], 64);
        check(65, &[64], &[65, 69, 72], &[64], 69);
        check(65, &[64], &[65, 69, 74], &[64], 62);
        // Between two tones of the user's a semitone away, neither neighbour will do.
        check(60, &[59, 61], &[60, 64, 67], &[], 59);
        check(60, &[59, 61], &[60, 64, 67], &[59, 61], 64);
    }

    #[test]
    fn where_nothing_is_left_the_plan_is_played() {
        let all: Vec<i32> = (0..128).collect();
        check(60, &[61], &[60], &all, 60);
        check(0, &[1], &[0], &[1], 3);
        check(127, &[126], &[127], &[126], 124);
    }

    #[test]
    fn another_key_of_the_music_moves_the_same_way() {
        let seed = 7;
        let mut rng = Rng::new(seed);
        for _ in 0..2000 {
            let planned = 40 + i32::try_from(rng.below(40)).expect("small");
            let held: Vec<i32> =
                (0..1 + rng.below(3)).map(|_| 60 + i32::try_from(rng.below(24)).expect("small")).collect();
            let chord: Vec<i32> = (0..3).map(|_| i32::try_from(rng.below(12)).expect("small")).collect();
            let up = |keys: &[i32], by: i32| tones(&keys.iter().map(|key| key + by).collect::<Vec<_>>());
            let at = |by: i32| yielded(key(planned + by), up(&held, by), up(&chord, by), |_| false).transposed(-by);
            for by in 1..12 {
                assert_eq!(at(by), at(0), "seed {seed}: {planned}, {held:?}, {chord:?}, {by} higher");
            }
            assert!(!up(&held, 0).clash_with(at(0).expect("a key")), "seed {seed}");
        }
    }

    fn measure(notes: &[Note]) -> BandMeasure {
        let mut out = BandMeasure::missing(16);
        out.set(voice(3), &Measure::from_notes(16, notes.iter().copied()));
        out
    }

    #[test]
    fn off_every_measure_is_as_it_was_planned() {
        let plan = measure(&[Note::new(0, 4, key(65)), Note { continues: true, ..Note::new(8, 8, key(41)) }]);
        let next = measure(&[Note { continued: true, ..Note::new(0, 4, key(41)) }, Note::new(4, 2, key(41))]);
        let user = Measure::from_notes(16, [Note::new(0, 16, key(64))]);
        let mut yielding = Yielding::default();
        for measure in [plan, next] {
            assert_eq!(
                yielding.play(&measure, &user, PitchFollow::Off).voice(voice(3)).notes(),
                measure.voice(voice(3)).notes()
            );
        }
        assert_eq!(yielding.moved(), 0);
    }

    #[test]
    fn a_note_that_has_moved_stays_there_over_the_bar_line() {
        let plan = measure(&[Note { continues: true, ..Note::new(8, 8, key(41)) }]);
        let next = measure(&[Note { continued: true, ..Note::new(0, 4, key(41)) }, Note::new(4, 2, key(41))]);
        let holds = |keys: i32| Measure::from_notes(16, [Note::new(0, 16, key(keys))]);
        let mut yielding = Yielding::default();
        let first = yielding.play(&plan, &holds(64), PitchFollow::AvoidClashes);
        assert_eq!(first.voice(voice(3)).notes(), [Note { continues: true, ..Note::new(8, 8, key(40)) }]);
        let second = yielding.play(&next, &holds(65), PitchFollow::AvoidClashes);
        assert_eq!(
            second.voice(voice(3)).notes(),
            [Note { continued: true, ..Note::new(0, 4, key(40)) }, Note::new(4, 2, key(41))]
        );
        assert_eq!(yielding.moved(), 1);
    }

    #[test]
    fn a_note_that_moved_onto_a_later_one_ends_where_that_begins() {
        let plan = measure(&[Note::new(0, 8, key(41)), Note::new(4, 2, key(40))]);
        let user = Measure::from_notes(16, [Note::new(0, 4, key(64))]);
        let sounds = Yielding::default().play(&plan, &user, PitchFollow::AvoidClashes);
        // The first plays E instead of F until the planned E begins, which lasts as long as either.
        assert_eq!(sounds.voice(voice(3)).notes(), [Note::new(0, 4, key(40)), Note::new(4, 4, key(40))]);
    }
}
