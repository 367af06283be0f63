//! A tone's place in a chord, whatever the chord is.

use crate::music::chord::{Chord, PitchClasses};

/// The tones of C major and A minor.
const HOME: PitchClasses = PitchClasses::of(&[0, 2, 4, 5, 7, 9, 11]);

#[cfg(any(test, feature = "train"))]
/// The place of a pitch class in a chord, 0 (the root), 1 (second or ninth), … to 6 (the seventh).
pub(super) fn degree(chord: Chord, class: u8) -> u8 {
    let above = (class + 12 - chord.root % 12) % 12;
    let tones = chord.quality.tones();
    match above {
        0 => 0,
        1 | 2 => 1,
        3 | 4 => 2,
        5 => 3,
        6 if tones.has(7) => 3,
        8 if tones.has(7) => 5,
        6..=8 => 4,
        // The seventh of a diminished chord is as wide as a sixth.
        9 if tones.has(6) && !tones.has(7) => 6,
        9 => 5,
        _ => 6,
    }
}

/// The pitch class at a place of a chord, in C: the chord's own tone, else the key's. A chord without a seventh has its
/// root there, unless one `sounds`.
pub(super) fn class_at(chord: Chord, degree: u8, sounds: &[f32; 12]) -> u8 {
    let tones = chord.quality.tones();
    let in_chord = |choices: &[u8]| choices.iter().copied().find(|&above| tones.has(above));
    let class = |above: u8| (chord.root + above) % 12;
    let in_key = |choices: [u8; 2]| choices.into_iter().find(|&above| HOME.has(class(above))).unwrap_or(choices[0]);
    let above = match degree {
        0 => 0,
        1 => in_chord(&[2, 1]).unwrap_or_else(|| in_key([2, 1])),
        2 => in_chord(&[4, 3, 5, 2]).unwrap_or_else(|| in_key([4, 3])),
        3 => in_chord(&[5]).unwrap_or_else(|| in_key([5, 6])),
        4 => in_chord(&[7, 6, 8]).unwrap_or(7),
        5 => in_chord(&[9, 8]).unwrap_or_else(|| in_key([9, 8])),
        _ => in_chord(&[10, 11, 9]).unwrap_or_else(|| {
            let seventh = in_key([10, 11]);
            if sounds[usize::from(class(seventh))] > 0.0 { seventh } else { 0 }
        }),
    };
    class(above)
}

/// The pitch class of a key.
pub(super) fn class_of(key: i32) -> u8 {
    u8::try_from(key.rem_euclid(12)).unwrap_or(0)
}

/// The key of this pitch class that is nearest to another key.
pub(super) fn nearest(key: i32, class: u8) -> i32 {
    key + (i32::from(class) - key + 6).rem_euclid(12) - 6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chord(name: &str) -> Chord {
        name.parse().expect("a chord")
    }

    #[test]
    fn a_tone_keeps_its_place_from_chord_to_chord() {
        let check = |from: &str, class: u8, to: &str, expected: u8| {
            let found = class_at(chord(to), degree(chord(from), class), &[0.0; 12]);
            assert_eq!(found, expected, "{class} of {from} in {to}");
        };
        check("C", 4, "Am", 0);
        check("C", 4, "F", 9);
        check("C", 7, "Bdim", 5);
        check("G7", 5, "Dm7", 0);
        check("G7", 5, "F", 5);
        // The key's F, not F sharp: what the chord does not say, the key does.
        check("C", 2, "Em", 5);
        check("C", 4, "Gsus4", 0);
        check("C", 11, "F", 5);
    }

    #[test]
    fn in_the_same_chord_its_tones_stay() {
        for name in ["C", "Am", "G7", "Fmaj7", "Bdim7", "Dm7b5", "Esus4", "Caug"] {
            let chord = chord(name);
            for class in chord.pitch_classes().iter() {
                assert_eq!(class_at(chord, degree(chord, class), &[0.0; 12]), class, "{name}");
            }
        }
    }

    #[test]
    fn the_nearest_key_is_half_an_octave_away_at_most() {
        assert_eq!((nearest(60, 0), nearest(60, 11), nearest(60, 5), nearest(60, 7)), (60, 59, 65, 55));
    }
}
