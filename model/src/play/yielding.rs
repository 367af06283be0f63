//! The band's notes may yield to what the user holds: one that is due moves to another key, one that sounds is lifted.
//! Their beginnings stay where they were planned.
//!
//! The plan was made when nobody could know what the user would hold now. So about one in nine of the band's notes
//! begins a semitone beside one of the user's, where a neighbour would have been as good a note; and chords sound on while
//! the tune moves to a semitone beside one of their tones, where a player lifts that finger.

use crate::music::band::{BandMeasure, BandSpec, MAX_VOICES, Polyphony, Role, VoiceId, VoiceMask};
use crate::music::chart::halves;
use crate::music::chord::Chord;
use crate::music::measure::Measure;
use crate::music::note::{Key, Note, Velocity};
use crate::play::function::{ChordEar, half_of, kept, mended_root, planned_chords, tones_of};
use crate::play::tones::{Held, Tones};

/// How far the notes of the band follow what the user holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PitchFollow {
    /// Not at all: what was planned is played.
    Off,
    /// A note that would lie a semitone beside a tone of the user's moves to the nearest one that does not; a tone
    /// of a chord that sounds there is lifted.
    #[default]
    AvoidClashes,
    /// Besides, while a chord of the user's is recognised, notes keep their function in it: root for root, third for
    /// third; and a bass note whose root turned out wrong is struck again at the next step.
    Chords,
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

/// The voices of a band of which a tone may be lifted: those that play several at once, of which the others sound on. A line
/// is sung to its end.
#[must_use]
pub fn lifting(spec: &BandSpec) -> VoiceMask {
    let those = (0..MAX_VOICES).filter_map(VoiceId::new).zip(&spec.voices);
    those.filter(|(_, voice)| voice.polyphony == Polyphony::Poly).map(|(id, _)| id).collect()
}

/// The key that sounds in place of a planned one, which is due: where the player's chord is known, the tone of that chord
/// that does what the planned one does in the plan's; else, and where there is none, what does not clash with what is
/// held. `chord` are the tones that the band planned for the moment; `sounds`: does the voice play this key now;
/// `planned_too`: or is it to begin it at the same moment?
#[must_use]
pub fn followed(
    planned: Key,
    held: &Held,
    (player, plan): (Option<Chord>, Option<Chord>),
    chord: Tones,
    (sounds, planned_too): (impl Fn(Key) -> bool, impl Fn(Key) -> bool),
) -> Key {
    let Some(player) = player else {
        return yielded(planned, held.down, chord, |key| sounds(key) || planned_too(key));
    };
    // Those that are planned for the same moment move too, each to a tone of its own.
    let moved = kept(planned, plan, player, &sounds).unwrap_or(planned);
    let tones = tones_of(player);
    let all = held.down.or(tones);
    yielded(moved, all, tones, &sounds)
}

/// The band's notes as they sound, measure after measure, where every note is due on its step: what the plugin plays to
/// a user whose notes lie on the grid.
#[derive(Clone, Debug, Default)]
pub struct Yielding {
    sounding: Vec<Sounds>,
    /// What was lifted before its end: where it goes on over a bar line, it is not struck again.
    lifted: Vec<(VoiceId, Key)>,
    moved: u32,
    lifts: u32,
    ear: ChordEar,
    /// The voice that is the bass.
    bass: Option<VoiceId>,
    /// The voices of which a tone may be lifted.
    lifting: VoiceMask,
}

/// A note that sounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sounds {
    voice: VoiceId,
    /// The key that was planned.
    key: Key,
    /// The key that sounds for it.
    plays: Key,
    velocity: Velocity,
}

/// Something that is due, in the order in which the scheduler sends it: by time, ends first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Due {
    step: u8,
    what: DueKind,
    voice: VoiceId,
    key: Key,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum DueKind {
    Ends,
    /// The player is listened to.
    Listens,
    Begins,
}

/// The pieces of notes that a measure is made of as it is played.
#[derive(Default)]
struct Pieces {
    all: Vec<(VoiceId, Note)>,
    /// Those that sound.
    open: Vec<usize>,
}

impl Pieces {
    fn begin(&mut self, voice: VoiceId, note: Note) {
        let begins = |at: &&usize| {
            let (whose, other) = &self.all[**at];
            (*whose, other.step, other.key, other.continued) == (voice, note.step, note.key, false)
        };
        // Two planned notes that have moved onto one key are one stroke.
        if self.open.iter().any(|at| begins(&at)) {
            return;
        }
        // Struck again: what sounded there ends.
        self.end(voice, note.key, note.step.0);
        self.open.push(self.all.len());
        self.all.push((voice, Note { length: 0, ..note }));
    }

    fn end(&mut self, voice: VoiceId, key: Key, step: u8) {
        let all = &mut self.all;
        self.open.retain(|&at| {
            let same = (all[at].0, all[at].1.key) == (voice, key);
            if same {
                all[at].1.length = step - all[at].1.step.0;
            }
            !same
        });
    }
}

impl Yielding {
    /// Of a band with these voices.
    #[must_use]
    pub fn of(spec: &BandSpec) -> Self {
        Self { bass: bass_of(spec), lifting: lifting(spec), ..Self::default() }
    }

    /// How many notes have moved.
    #[must_use]
    pub const fn moved(&self) -> u32 {
        self.moved
    }

    /// How many notes were lifted.
    #[must_use]
    pub const fn lifts(&self) -> u32 {
        self.lifts
    }

    /// Everything ends: after a jump.
    pub fn clear(&mut self) {
        self.sounding.clear();
        self.lifted.clear();
        self.ear = ChordEar::default();
    }

    /// A measure of the band's as it sounds to this measure of the user's.
    #[must_use]
    pub fn play(&mut self, planned: &BandMeasure, user: &Measure, follow: PitchFollow) -> BandMeasure {
        let chords = Tones::of_steps(planned);
        let plans = if follow == PitchFollow::Chords { planned_chords(planned, self.bass) } else { [None; 2] };
        let plan = |step: u8| plans[half_of(step, planned.steps())];
        let mut pieces = Pieces::default();
        // What came over the bar line goes on in a piece of this measure.
        self.sounding.retain(|one| {
            let its = notes(planned, one.voice).iter().find(|note| note.continued && note.key == one.key);
            if let Some(note) = its {
                pieces.open.push(pieces.all.len());
                pieces.all.push((one.voice, Note { key: one.plays, length: 0, ..*note }));
            }
            its.is_some()
        });
        self.lifted.retain(|&(voice, key)| notes(planned, voice).iter().any(|note| note.continued && note.key == key));
        for due in self.due(planned, follow) {
            let Due { step, what, voice, key } = due;
            let held = if follow == PitchFollow::Off { Held::default() } else { Held::at(user, step) };
            match what {
                DueKind::Ends => self.end(&mut pieces, due),
                DueKind::Listens => {
                    if halves(planned.steps()).any(|(from, _)| from == step) {
                        self.ear.turn();
                    }
                    self.lift(&mut pieces, held, step);
                    if follow != PitchFollow::Chords {
                        continue;
                    }
                    let Some(player) = self.ear.hear(held) else { continue };
                    let mut basses: Vec<Sounds> =
                        self.sounding.iter().filter(|one| Some(one.voice) == self.bass).copied().collect();
                    basses.sort_unstable_by_key(|one| one.key);
                    for one in basses {
                        if let Some(plays) = mended_root(one.key, one.plays, plan(step), player) {
                            self.end(&mut pieces, Due { voice: one.voice, key: one.key, ..due });
                            self.begin(&mut pieces, Sounds { plays, ..one }, (planned, step));
                        }
                    }
                }
                DueKind::Begins => {
                    self.end(&mut pieces, due);
                    let player = if follow == PitchFollow::Chords { self.ear.hear(held) } else { None };
                    let sounds = |other: Key| self.sounding.iter().any(|one| (one.voice, one.plays) == (voice, other));
                    let planned_too =
                        |other: Key| notes(planned, voice).iter().any(|note| note.step.0 == step && note.key == other);
                    let also = (player, plan(step));
                    let plays = followed(key, &held, also, chords[usize::from(step)], (sounds, planned_too));
                    let note = notes(planned, voice).iter().find(|note| note.step.0 == step && note.key == key);
                    if let Some(note) = note {
                        let one = Sounds { voice, key, plays, velocity: note.velocity };
                        self.begin(&mut pieces, one, (planned, step));
                    }
                }
            }
        }
        for at in pieces.open {
            let note = &mut pieces.all[at].1;
            note.length = planned.steps() - note.step.0;
            note.continues = true;
        }
        let mut out = *planned;
        for voice in planned.present.iter() {
            let its = pieces.all.iter().filter(|piece| piece.0 == voice && piece.1.length > 0);
            out.set(voice, &Measure::from_notes(planned.steps(), its.map(|piece| piece.1)));
        }
        out
    }

    fn begin(&mut self, pieces: &mut Pieces, one: Sounds, (planned, step): (&BandMeasure, u8)) {
        self.moved += u32::from(one.plays != one.key);
        self.sounding.push(one);
        // As loud as the loudest that is planned to meet there.
        let there = |note: &&Note| !note.continued && (note.step.0, note.key) == (step, one.plays);
        let loud = notes(planned, one.voice).iter().filter(there).map(|note| note.velocity);
        let velocity = loud.fold(one.velocity, Ord::max);
        pieces.begin(one.voice, Note { velocity, ..Note::new(step, 1, one.plays) });
    }

    /// What rubs against what the user holds is lifted.
    fn lift(&mut self, pieces: &mut Pieces, held: Held, step: u8) {
        let rubs = |one: &Sounds| self.lifting.has(one.voice) && held.down.clash_with(one.plays);
        let those: Vec<Sounds> = self.sounding.iter().copied().filter(rubs).collect();
        for Sounds { voice, key, .. } in those {
            self.end(pieces, Due { step, what: DueKind::Ends, voice, key });
            self.lifted.push((voice, key));
            self.lifts += 1;
        }
    }

    /// A planned key of a voice ends. Where another planned key sounds as the same one, that lasts on.
    fn end(&mut self, pieces: &mut Pieces, due: Due) {
        self.lifted.retain(|lifted| *lifted != (due.voice, due.key));
        let place = self.sounding.iter().position(|one| (one.voice, one.key) == (due.voice, due.key));
        let Some(one) = place.map(|place| self.sounding.swap_remove(place)) else { return };
        if !self.sounding.iter().any(|other| (other.voice, other.plays) == (one.voice, one.plays)) {
            pieces.end(one.voice, one.plays, due.step);
        }
    }

    /// What begins and ends in a measure, in order, and where the player is listened to.
    fn due(&self, planned: &BandMeasure, follow: PitchFollow) -> Vec<Due> {
        let mut all = Vec::new();
        for voice in (0..MAX_VOICES).filter_map(VoiceId::new) {
            for note in notes(planned, voice) {
                let goes_on = self.sounding.iter().any(|one| (one.voice, one.key) == (voice, note.key))
                    || self.lifted.contains(&(voice, note.key));
                let due = |step: u8, what: DueKind| Due { step, what, voice, key: note.key };
                if !(note.continued && goes_on) {
                    all.push(due(note.step.0, DueKind::Begins));
                }
                if !note.continues {
                    all.push(due(note.end(), DueKind::Ends));
                }
            }
        }
        if follow != PitchFollow::Off {
            let listens = |step| Due { step, what: DueKind::Listens, voice: VoiceId::FIRST, key: Key::MIN };
            all.extend((0..planned.steps()).map(listens));
        }
        all.sort_unstable();
        all
    }
}

/// The voice that is the bass of a band.
#[must_use]
pub fn bass_of(spec: &BandSpec) -> Option<VoiceId> {
    spec.voices.iter().position(|voice| voice.role == Role::Bass).and_then(VoiceId::new)
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
        let mut yielding = Yielding::of(&BandSpec::pop());
        let first = yielding.play(&plan, &holds(64), PitchFollow::AvoidClashes);
        assert_eq!(first.voice(voice(3)).notes(), [Note { continues: true, ..Note::new(8, 8, key(40)) }]);
        let second = yielding.play(&next, &holds(65), PitchFollow::AvoidClashes);
        assert_eq!(
            second.voice(voice(3)).notes(),
            [Note { continued: true, ..Note::new(0, 4, key(40)) }, Note::new(4, 2, key(41))]
        );
        assert_eq!(yielding.moved(), 1);
    }

    /// A band of a bass and chords over a measure of C, in which both strike at the first step and at the eighth.
    fn in_c() -> (Yielding, BandMeasure) {
        let spec = BandSpec::pop();
        let mut plan = BandMeasure::missing(16);
        let chord = |step| [48, 52, 55].map(|number| Note::new(step, 8, key(number)));
        plan.set(voice(2), &Measure::from_notes(16, chord(0).into_iter().chain(chord(8))));
        plan.set(voice(3), &Measure::from_notes(16, [Note::new(0, 8, key(36)), Note::new(8, 8, key(36))]));
        (Yielding::of(&spec), plan)
    }

    fn keys_of(measure: &BandMeasure, index: usize) -> Vec<(u8, u8, u8)> {
        let notes = measure.voice(voice(index)).notes();
        let mut keys: Vec<_> = notes.iter().map(|note| (note.step.0, note.length, note.key.get())).collect();
        keys.sort_unstable();
        keys
    }

    fn chord_of(numbers: [i32; 3], (from, to): (u8, u8)) -> Measure {
        Measure::from_notes(16, numbers.map(|number| Note::new(from, to - from, key(number))))
    }

    #[test]
    fn notes_keep_their_function_in_the_players_chord() {
        let (mut yielding, plan) = in_c();
        let sounds = yielding.play(&plan, &chord_of([65, 69, 72], (0, 8)), PitchFollow::Chords);
        assert_eq!(keys_of(&sounds, 3), [(0, 8, 41), (8, 8, 36)], "the player has let go in the second half");
        let first: Vec<u8> = keys_of(&sounds, 2).iter().filter(|note| note.0 == 0).map(|note| note.2).collect();
        assert_eq!(first.iter().map(|key| key % 12).collect::<std::collections::BTreeSet<_>>(), [0, 5, 9].into());
        // With the plan's own chord nothing moves, nor with less than a chord.
        for user in [chord_of([60, 64, 67], (0, 16)), chord_of([60, 72, 84], (0, 16)), Measure::silent(16)] {
            let (mut yielding, plan) = in_c();
            let sounds = yielding.play(&plan, &user, PitchFollow::Chords);
            assert_eq!((keys_of(&sounds, 2), keys_of(&sounds, 3)), (keys_of(&plan, 2), keys_of(&plan, 3)));
        }
    }

    #[test]
    fn a_bass_whose_root_turned_out_wrong_is_struck_again_at_the_next_step() {
        let (mut yielding, plan) = in_c();
        let sounds = yielding.play(&plan, &chord_of([65, 69, 72], (3, 16)), PitchFollow::Chords);
        assert_eq!(keys_of(&sounds, 3), [(0, 3, 36), (3, 5, 41), (8, 8, 41)]);
        let others: Vec<_> = keys_of(&sounds, 2).into_iter().filter(|note| note.0 == 0).collect();
        let (lifted, rest) = ((0, 3, 52), [(0, 8, 48), (0, 8, 55)]);
        assert_eq!(others, [&[lifted][..], &rest].concat(), "of the chord the E is lifted from the F");
        assert_eq!(yielding.lifts(), 1);
        assert_eq!(keys_of(&yielding.play(&plan, &Measure::silent(16), PitchFollow::AvoidClashes), 3)[0], (0, 8, 36));
    }

    #[test]
    fn a_chord_that_is_broken_is_followed_once_its_last_tone_has_come() {
        let (mut yielding, plan) = in_c();
        let broken = [65, 69, 72, 69].into_iter().zip((0..16).step_by(2).cycle());
        let broken = broken.map(|(number, step)| Note::new(step, 2, key(number)));
        let sounds = yielding.play(&plan, &Measure::from_notes(16, broken), PitchFollow::Chords);
        assert_eq!(keys_of(&sounds, 3), [(0, 4, 36), (4, 4, 41), (8, 8, 36)], "and the second half is silent");
    }

    #[test]
    fn a_tone_that_rubs_against_the_tune_is_lifted_and_the_bass_stays() {
        let sounds = |key_held: i32, follow| {
            let (mut yielding, plan) = in_c();
            let user = Measure::from_notes(16, [Note::new(4, 2, key(key_held))]);
            let sounds = yielding.play(&plan, &user, follow);
            let first = keys_of(&sounds, 2).into_iter().filter(|note| note.0 == 0).map(|note| (note.2, note.1));
            let mut first: Vec<_> = first.collect();
            first.sort_unstable();
            assert_eq!(keys_of(&sounds, 3), [(0, 8, 36), (8, 8, 36)]);
            first
        };
        assert_eq!(sounds(65, PitchFollow::AvoidClashes), [(48, 8), (52, 4), (55, 8)], "an F over C, E and G");
        assert_eq!(sounds(61, PitchFollow::AvoidClashes), [(48, 4), (52, 8), (55, 8)], "the bass holds its C");
        for (held, follow) in [(65, PitchFollow::Off), (64, PitchFollow::AvoidClashes)] {
            assert_eq!(sounds(held, follow), [(48, 8), (52, 8), (55, 8)]);
        }
    }

    #[test]
    fn what_was_lifted_is_not_struck_again_where_it_goes_on_over_the_bar_line() {
        let plan = measure(&[Note { continues: true, ..Note::new(0, 16, key(52)) }]);
        let next = measure(&[Note { continued: true, ..Note::new(0, 4, key(52)) }, Note::new(8, 2, key(52))]);
        let mut yielding = Yielding { lifting: VoiceMask::only(voice(3)), ..Yielding::default() };
        let holds = Measure::from_notes(16, [Note::new(12, 4, key(65))]);
        let sounds = [(plan, holds), (next, Measure::silent(16))]
            .map(|(plan, user)| keys_of(&yielding.play(&plan, &user, PitchFollow::AvoidClashes), 3));
        assert_eq!(sounds, [vec![(0, 12, 52)], vec![(8, 2, 52)]]);
    }

    #[test]
    fn a_note_that_moved_onto_a_later_one_ends_where_that_begins() {
        let plan = measure(&[Note::new(0, 8, key(41)), Note::new(4, 2, key(40))]);
        let user = Measure::from_notes(16, [Note::new(0, 4, key(64))]);
        let sounds = Yielding::default().play(&plan, &user, PitchFollow::AvoidClashes);
        // The first plays E instead of F until the planned E begins, which lasts as long as either.
        assert_eq!(sounds.voice(voice(3)).notes(), [Note::new(0, 4, key(40)), Note::new(4, 4, key(40))]);
    }

    #[test]
    fn two_notes_that_meet_on_one_key_are_one_stroke_as_long_as_the_longer() {
        let (mut yielding, mut plan) = in_c();
        // To F the root of C moves up to it, where another is planned that does nothing in C, and stays.
        plan.set(voice(3), &Measure::from_notes(16, [Note::new(0, 8, key(36)), Note::new(0, 4, key(41))]));
        let sounds = yielding.play(&plan, &chord_of([65, 69, 72], (0, 16)), PitchFollow::Chords);
        assert_eq!(keys_of(&sounds, 3), [(0, 8, 41)]);
    }
}
