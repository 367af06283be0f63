//! What a tone does in a chord, and which tone does the same in another: root for root, third for third, fifth for fifth,
//! tension for tension, each near where it was planned.

use crate::music::band::{BandMeasure, VoiceId};
use crate::music::chart::halves;
use crate::music::chord::{Chord, Quality};
use crate::music::note::Key;
use crate::play::tones::{Held, PlayerHands, Tones};

/// What a tone does in its chord.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Function {
    Root,
    /// The third, or what is suspended in its place.
    Third,
    Fifth,
    /// The sixth or the seventh.
    Seventh,
    /// Anything above.
    Tension,
}

/// What the tone so many semitones above the root does; `None`: it is no tone of the chord.
fn function(quality: Quality, above: u8) -> Option<Function> {
    let tones = quality.tones();
    let third = tones.has(3) || tones.has(4);
    tones.has(above).then_some(match above % 12 {
        0 => Function::Root,
        3 if tones.has(4) => Function::Tension,
        3 | 4 => Function::Third,
        2 | 5 if !third && (above == 5 || !tones.has(5)) => Function::Third,
        6 | 8 if !tones.has(7) => Function::Fifth,
        7 => Function::Fifth,
        9 if !(tones.has(10) || tones.has(11)) => Function::Seventh,
        10 | 11 => Function::Seventh,
        _ => Function::Tension,
    })
}

/// The pitch class that does in chord `to` what this one does in chord `from`; `None`: it does nothing there, or nothing
/// does it here.
#[must_use]
pub fn counterpart(class: u8, from: Chord, to: Chord) -> Option<u8> {
    let above = (class % 12 + 12 - from.root) % 12;
    let wanted = function(from.quality, above)?;
    // Of several tensions the same one comes first.
    let same = std::iter::once(above).chain(0..12);
    let found = same.into_iter().find(|&above| function(to.quality, above) == Some(wanted))?;
    Some((to.root + found) % 12)
}

/// How far from its plan a tone may sound when it keeps its function, in semitones. Chosen: the nearest is never farther
/// than half that, and where that one is taken the octave beyond is not.
const REACH: i32 = 12;

/// The nearest key of a pitch class that is not taken, of two that are equally near the lower one; `None`: all are.
fn nearest(planned: Key, class: u8, taken: impl Fn(Key) -> bool) -> Option<Key> {
    let near = (0..=REACH).flat_map(|far| [-far, far]).filter_map(|way| planned.transposed(way));
    near.filter(|key| key.pitch_class() == class).find(|&key| !taken(key))
}

/// Where a planned key keeps its function in the player's chord. `None`: it has none in the plan, or none does the same
/// there.
#[must_use]
pub fn kept(planned: Key, plan: Option<Chord>, player: Chord, taken: impl Fn(Key) -> bool) -> Option<Key> {
    let class = counterpart(planned.pitch_class(), plan?, player)?;
    nearest(planned, class, taken)
}

/// Where a bass note that sounds as `sounds` belongs, if it is the root of the plan and the player's root is another, or if it
/// is another tone of the plan's chord that does not lie in the player's: on the player's root. A passing note, which is no
/// tone of the plan's chord, passes.
#[must_use]
pub fn mended_root(planned: Key, sounds: Key, plan: Option<Chord>, player: Chord) -> Option<Key> {
    let (class, sounds) = (planned.pitch_class(), sounds.pitch_class());
    let plan = plan?;
    let wrong = if plan.root == class {
        sounds != player.root
    } else {
        !player.pitch_classes().has(sounds) && plan.pitch_classes().has(class)
    };
    wrong.then(|| nearest(planned, player.root, |_| false)).flatten()
}

/// The chords that a band's measure is made of, as they are recognised in its halves; what has no name goes on with the
/// other half's.
///
/// # Realtime safety
/// Nothing allocates; some tens of microseconds.
#[must_use]
pub fn planned_chords(measure: &BandMeasure, bass: Option<VoiceId>) -> [Option<Chord>; 2] {
    let mut found = [None; 2];
    for (place, (from, to)) in found.iter_mut().zip(halves(measure.steps())) {
        let (mut chroma, mut low) = ([0.0; 12], [0.0; 12]);
        for voice in measure.present.iter() {
            let part = measure.voice(voice).chroma_between(from, to);
            for class in 0..12 {
                chroma[class] += part[class];
                low[class] += if Some(voice) == bass { part[class] } else { 0.0 };
            }
        }
        *place = Chord::recognised(&chroma, &low);
    }
    [found[0].or(found[1]), found[1].or(found[0])]
}

/// Which half of a measure of so many steps a step lies in.
#[must_use]
pub fn half_of(step: u8, steps: u8) -> usize {
    halves(steps).position(|(from, to)| (from..to).contains(&step)).unwrap_or(0)
}

/// Two tones are a chord if the lower lies below this key. Chosen: C below middle C; there a left hand says the bass.
const BASS_BELOW: u8 = 48;

/// The chord that the player's tones make as they sound: three tones, or two of which one is a bass. Who has a channel
/// for chords (`named`) means one with any two, and the lower is their bass.
fn recognised(held: &Held, named: bool) -> Option<Chord> {
    let count = (0..12).filter(|&class| held.sounding.has_class(class)).count();
    let bass = held.lowest.filter(|key| key.get() < BASS_BELOW || (count == 2 && named));
    if count < 2 || (count == 2 && bass.is_none()) {
        return None;
    }
    let (chroma, mut low) = (chroma(held.sounding), [0.0; 12]);
    if let Some(bass) = bass {
        low[usize::from(bass.pitch_class())] = 1.0;
    }
    Chord::recognised(&chroma, &low)
}

/// Each of these tones, as long as the others.
fn chroma(tones: Tones) -> [f32; 12] {
    let mut chroma = [0.0; 12];
    for (class, sounds) in (0..12).zip(&mut chroma) {
        *sounds = f32::from(u8::from(tones.has_class(class)));
    }
    chroma
}

/// The chord that these tones make one after another: all of its tones were played, its third among them, and nothing else.
fn broken(gathered: Tones) -> Option<Chord> {
    if (0..12).filter(|&class| gathered.has_class(class)).count() < 3 {
        return None;
    }
    let chord = Chord::recognised(&chroma(gathered), &[0.0; 12])?;
    let third = [3, 4].into_iter().any(|third| chord.quality.tones().has(third));
    (third && tones_of(chord) == gathered).then_some(chord)
}

/// Listens for the player's chords, held or broken. What was recognised holds until another is, or until half the measure is
/// over.
///
/// # Realtime safety
/// Nothing allocates. A chord is looked for once for each change of what sounds.
#[derive(Clone, Copy, Debug, Default)]
pub struct ChordEar {
    heard: Option<Chord>,
    /// What sounded last and what was gathered then, and the chord of it.
    last: (PlayerHands, Tones, Option<Chord>),
    /// All that sounded in this half of the measure.
    gathered: Tones,
}

impl ChordEar {
    /// Half a measure is over: what was recognised in it holds no longer.
    pub fn turn(&mut self) {
        *self = Self::default();
    }

    /// The player strikes a key that may name a chord: it counts though it should be gone before the ear is asked.
    pub fn touch(&mut self, key: Key) {
        self.gathered = self.gathered.with(key);
    }

    /// The player's chord, while this sounds.
    pub fn hear(&mut self, hands: impl Into<PlayerHands>) -> Option<Chord> {
        let hands = hands.into();
        let held = hands.names.unwrap_or(hands.holds);
        self.gathered = self.gathered.or(held.sounding);
        if (hands, self.gathered) != (self.last.0, self.last.1) {
            let chord = recognised(&held, hands.names.is_some()).or_else(|| broken(self.gathered));
            self.last = (hands, self.gathered, chord);
        }
        self.heard = self.last.2.or(self.heard);
        self.heard
    }
}

/// The tones of a chord.
#[must_use]
pub fn tones_of(chord: Chord) -> Tones {
    chord.pitch_classes().iter().filter_map(Key::new).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chord(name: &str) -> Chord {
        name.parse().expect("a chord")
    }

    #[test]
    fn each_tone_finds_the_one_that_does_the_same() {
        let check = |from: &str, to: &str, classes: &[(u8, Option<u8>)]| {
            for &(class, expected) in classes {
                assert_eq!(counterpart(class, chord(from), chord(to)), expected, "{class} of {from} in {to}");
            }
        };
        check("C", "F", &[(0, Some(5)), (4, Some(9)), (7, Some(0)), (2, None)]);
        check("C", "Am", &[(0, Some(9)), (4, Some(0)), (7, Some(4))]);
        check("C7", "Dm7", &[(10, Some(0))]);
        check("C7", "D", &[(10, None)]);
        check("Csus4", "G", &[(5, Some(11))]);
        check("C7#9", "G9", &[(3, Some(9)), (4, Some(11))]);
        check("Cdim", "Caug", &[(3, Some(4)), (6, Some(8))]);
        check("C5", "Fm", &[(7, Some(0))]);
        check("C13", "F13", &[(9, Some(2)), (2, Some(7))]);
    }

    #[test]
    fn a_tone_keeps_its_register() {
        let to = |key: u8, from: &str, player: &str, taken: &[u8]| {
            let planned = Key::new(key).expect("a key");
            kept(planned, Some(chord(from)), chord(player), |key| taken.contains(&key.get())).map(Key::get)
        };
        assert_eq!(to(36, "C", "F", &[]), Some(41));
        assert_eq!(to(36, "C", "G", &[]), Some(31));
        assert_eq!(to(36, "C", "F#", &[]), Some(30), "a tritone goes down");
        assert_eq!(to(60, "C", "F", &[65]), Some(53));
        assert_eq!(to(62, "C", "F", &[]), None, "it does nothing in the plan");
        assert_eq!(to(60, "C", "C", &[]), Some(60));
    }

    #[test]
    fn a_bass_that_turned_out_wrong_goes_to_the_root_and_a_passing_note_passes() {
        let mended = |planned: u8, sounds: u8, plan: &str, player: &str| {
            let key = |number| Key::new(number).expect("a key");
            mended_root(key(planned), key(sounds), Some(chord(plan)), chord(player)).map(Key::get)
        };
        assert_eq!(mended(36, 36, "C", "F"), Some(41));
        assert_eq!(mended(36, 41, "C", "F"), None, "it was right already");
        assert_eq!(mended(43, 43, "C", "F"), Some(41), "the fifth lies outside of the chord");
        assert_eq!(mended(43, 43, "C", "Em"), None, "the fifth lies in it");
        assert_eq!(mended(38, 38, "C", "F"), None, "a passing note passes");
        assert_eq!(mended(36, 36, "C", "C7"), None);
    }

    #[test]
    fn three_tones_are_a_chord_and_two_with_a_bass() {
        let heard = |keys: &[u8]| {
            let held = Held::of(keys.iter().filter_map(|&key| Key::new(key)));
            ChordEar::default().hear(held).map(|chord| chord.to_string())
        };
        assert_eq!(heard(&[60, 64, 67]).as_deref(), Some("C"));
        assert_eq!(heard(&[64, 69, 72]).as_deref(), Some("Am"), "an inversion in the right hand");
        assert_eq!(heard(&[36, 64]).as_deref(), Some("C"));
        assert_eq!(heard(&[60, 64]), None);
        assert_eq!(heard(&[60, 72]), None);
        assert_eq!(heard(&[]), None);
    }

    #[test]
    fn what_was_recognised_holds_for_half_a_measure() {
        let mut ear = ChordEar::default();
        let chord = Held::of([57, 60, 64].into_iter().filter_map(Key::new));
        let named = ear.hear(chord);
        assert!(named.is_some());
        assert_eq!(ear.hear(Held::default()), named, "the hand is lifted");
        ear.turn();
        assert_eq!(ear.hear(Held::default()), None);
        assert_eq!(ear.hear(chord), named);
    }

    #[test]
    fn a_broken_chord_is_one_as_soon_as_its_last_tone_comes_and_a_tune_that_passes_is_none() {
        let one =
            |ear: &mut ChordEar, key: u8| ear.hear(Held::of(Key::new(key).into_iter())).map(|chord| chord.to_string());
        let heard = |keys: &[u8]| {
            let mut ear = ChordEar::default();
            keys.iter().map(|&key| one(&mut ear, key)).last().flatten()
        };
        assert_eq!(heard(&[57, 60, 64]).as_deref(), Some("Am"));
        assert_eq!(heard(&[48, 55, 52, 55]).as_deref(), Some("C"));
        assert_eq!(heard(&[55, 59, 62, 65]).as_deref(), Some("G7"));
        assert_eq!(heard(&[60, 64]), None, "two may be of many");
        assert_eq!(heard(&[60, 62, 64]), None, "a tune");
        assert_eq!(heard(&[60, 65, 67]), None, "no third says what it is");
        assert_eq!(heard(&[60, 64, 65]), None);
        let mut ear = ChordEar::default();
        for key in [57, 60] {
            assert_eq!(one(&mut ear, key), None);
        }
        ear.turn();
        assert_eq!(one(&mut ear, 64), None, "half a measure is over");
        // Struck and let go between two sixteenths.
        ear.turn();
        [57, 60, 64].into_iter().filter_map(Key::new).for_each(|key| ear.touch(key));
        assert_eq!(ear.hear(Held::default()).map(|chord| chord.to_string()).as_deref(), Some("Am"));
    }

    #[test]
    fn where_chords_have_a_channel_two_keys_are_one_and_what_is_played_is_none() {
        let keys = |keys: &[u8]| Held::of(keys.iter().filter_map(|&key| Key::new(key)));
        let heard = |names: &[u8]| {
            let hands = PlayerHands { holds: keys(&[60, 64, 67]), names: Some(keys(names)) };
            ChordEar::default().hear(hands).map(|chord| chord.to_string())
        };
        assert_eq!(heard(&[65, 69, 72]).as_deref(), Some("F"), "not the C that is played");
        assert_eq!(heard(&[62, 65]).as_deref(), Some("Dm"));
        assert_eq!(heard(&[67, 74]).as_deref(), Some("G5"));
        assert_eq!(heard(&[64, 67, 72]).as_deref(), Some("C"), "an inversion has no bass to speak of");
        assert_eq!(heard(&[60]), None);
        assert_eq!(heard(&[]), None);
    }
}
